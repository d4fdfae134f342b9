"""Whatever stands in the headers, nothing but a sentence comes out, and no header sizes an allocation."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from segy_surveys import telling_amplitude

from seisgui.errors import SeisguiError
from seisgui.seismic.axes import LineAxis, SampleAxis, SectionRef, VolumeAxes
from seisgui.seismic.headers import read_headers
from seisgui.seismic.records import open_records
from seisgui.seismic.segy import fingerprint, open_volume, scan
from seisgui.seismic.segy_writer import write_segy

LARGEST_ALLOCATION = 32 << 20
AXES = VolumeAxes(LineAxis(10, 1, 4), LineAxis(20, 1, 5), SampleAxis(0.0, 4.0, 12))
TRACE = 240 + 12 * 4

INTERESTING = [b"\x00\x00", b"\xff\xff", b"\x7f\xff", b"\x80\x00", b"\x00\x01", b"\x01\x00", b"\x00\x02", b"\x40\x40"]
PLACES = [3212, 3216, 3220, 3224, 3228, 3254, 3268, 3270, 3296, 3500, 3502, 3504, 3506, 3508] + [
    3600 + trace * TRACE + byte
    for trace in (0, 1, 7, 19)
    for byte in (8, 12, 20, 28, 36, 70, 108, 114, 116, 180, 184, 188, 190, 192, 194, 214)
]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("fuzz") / "original.sgy"
    write_segy(path, telling_amplitude(AXES), AXES, cards=["INLINE: 189, XLINE: 193"])
    return path.read_bytes()


def use_everything(path: Path) -> None:
    """Scan, open, look at every section, read headers and gathers; only a sentence may come out."""
    for look in (scan, look_at_volume, look_at_gathers, look_at_headers, fingerprint):
        sentence = sentence_of(look, path)
        assert sentence is None or (sentence and "\n" not in sentence)


def sentence_of(look: Callable[[Path], object], path: Path) -> str | None:
    try:
        look(path)
    except SeisguiError as error:
        return error.sentence
    return None


def look_at_volume(path: Path) -> None:
    volume = open_volume(path)
    try:
        for orientation in volume.axes.orientations:
            shape = volume.section(SectionRef(orientation, 11)).shape
            assert shape == volume.axes.section_shape(orientation)
        volume.coordinates()
        volume.sample_traces(50)
    finally:
        volume.close()


def look_at_gathers(path: Path) -> None:
    records = open_records([path])
    try:
        for by in records.groupings:
            for group in records.groups(by)[:3]:
                records.read(group.records.tolist(), 3, 40)
        records.read([0, len(records.table) - 1])
    finally:
        records.close()


def look_at_headers(path: Path) -> None:
    with read_headers(path) as headers:
        headers.trace_header(0)


def check(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    tracemalloc.start()
    try:
        use_everything(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < LARGEST_ALLOCATION


CHANGES = st.tuples(st.sampled_from(PLACES), st.sampled_from(INTERESTING) | st.binary(min_size=2, max_size=4))
EXAMPLES = int(os.environ.get("SEISGUI_FUZZ", "50"))
SETTINGS = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@SETTINGS
@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.sampled_from(INTERESTING) | st.binary(min_size=2, max_size=4)), max_size=6
    )
)
def test_mutated_header_words(tmp_path: Path, original: bytes, changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(original)
    for place, value in changes:
        data[place : place + len(value)] = value
    check(tmp_path / "mutant.sgy", bytes(data))


@SETTINGS
@given(st.integers(0, 3600 + 20 * TRACE), st.binary(max_size=40), st.integers(0, 3600 + 20 * TRACE))
def test_cut_and_spliced_files(tmp_path: Path, original: bytes, cut: int, splice: bytes, place: int) -> None:
    data = original[:place] + splice + original[place:]
    check(tmp_path / "mutant.sgy", data[: cut + len(splice)])


@settings(SETTINGS, max_examples=EXAMPLES // 2)
@given(st.binary(min_size=3600, max_size=6000))
def test_random_bytes(tmp_path: Path, data: bytes) -> None:
    check(tmp_path / "mutant.sgy", data)


@pytest.mark.parametrize("seed", range(EXAMPLES // 3))
def test_noise_in_all_trace_headers(tmp_path: Path, original: bytes, seed: int) -> None:
    rng = np.random.default_rng(seed)
    data = np.frombuffer(original, dtype=np.uint8).copy()
    traces = data[3600:].reshape(-1, TRACE)
    traces[:, :240] = rng.integers(0, 256, (len(traces), 240)) * (rng.random((len(traces), 240)) < rng.random())
    check(tmp_path / "mutant.sgy", data.tobytes())
