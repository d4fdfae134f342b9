"""Traces land where they belong, in any order and by any way to the disk, and a wrong byte is found."""

from __future__ import annotations

import errno
import os
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from seisgui.seismic import past_cache, read_back, trace_sink
from seisgui.seismic.read_back import Written
from seisgui.seismic.trace_sink import TraceSink

HEAD = bytes(range(200)) * 18


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace_sink, "BUFFER_BYTES", 20_000)
    monkeypatch.setattr(read_back, "BLOCK_BYTES", 8192)


def write(path: Path, traces: np.ndarray, order: np.ndarray, *, straight: bool) -> Written:
    """Write ``traces`` (n, trace_bytes) in pieces of changing size."""
    with closing(TraceSink(path, HEAD, traces.shape[1], len(HEAD) + traces.size, straight=straight)) as sink:
        chance, start = np.random.default_rng(1), 0
        while start < len(order):
            positions = order[start : start + int(chance.integers(1, sink.most_rows + 1))]
            sink.rows(positions)[:] = traces[positions]
            start += len(positions)
        return sink.finish()


def problem(written: Written, path: Path) -> str:
    return [found for _, found in written.problems(path)][-1]


@pytest.mark.parametrize("n_trace", [1, 3, 400])
@pytest.mark.parametrize("trace_bytes", [241, 4240, 30_001])
@pytest.mark.parametrize("ways", ["straight", "scattered", "through the cache"])
@pytest.mark.usefixtures("small_blocks")
def test_what_is_written_is_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_trace: int, trace_bytes: int, ways: str
) -> None:
    chance = np.random.default_rng(0)
    traces = chance.integers(0, 256, (n_trace, trace_bytes), dtype=np.uint8)
    if ways == "through the cache":
        monkeypatch.setattr(past_cache, "DIRECT", 0)
    order = chance.permutation(n_trace) if ways == "scattered" else np.arange(n_trace)
    path = tmp_path / "out"
    written = write(path, traces, order, straight=ways != "scattered")
    assert path.read_bytes() == HEAD + traces.tobytes()
    assert written.size == path.stat().st_size
    assert problem(written, path) == ""


@pytest.mark.usefixtures("small_blocks")
def test_a_wrong_byte_anywhere_is_found(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    traces = chance.integers(0, 256, (40, 700), dtype=np.uint8)
    path = tmp_path / "out"
    written = write(path, traces, np.arange(40), straight=True)
    whole = bytearray(path.read_bytes())
    for place in [0, len(whole) - 1, *chance.integers(0, len(whole), 20).tolist()]:
        whole[place] ^= 1
        path.write_bytes(whole)
        assert "differ" in problem(written, path)
        whole[place] ^= 1
    path.write_bytes(whole[:-1])
    assert "bytes instead of" in problem(written, path)


@pytest.mark.skipif(not past_cache.DIRECT, reason="this system always writes through its cache")
@pytest.mark.usefixtures("small_blocks")
def test_a_file_system_that_refuses_on_the_way_is_written_through_its_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, refusals = os.write, []

    def refuse_once(descriptor: int, data: memoryview) -> int:
        if not refusals:
            refusals.append(len(data))
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return real(descriptor, data)

    monkeypatch.setattr(trace_sink.os, "write", refuse_once)
    traces = np.random.default_rng(0).integers(0, 256, (100, 700), dtype=np.uint8)
    path = tmp_path / "out"
    descriptor, direct = past_cache.open_past_cache(path, os.O_RDWR | os.O_CREAT)
    os.close(descriptor)
    if not direct:
        pytest.skip("the folder of temporary files is on a system that refuses at once")
    written = write(path, traces, np.arange(100), straight=True)
    assert refusals
    assert path.read_bytes() == HEAD + traces.tobytes()
    assert problem(written, path) == ""
