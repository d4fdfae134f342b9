"""Whatever bytes are changed in a file of records: it opens, or it is refused in one sentence."""

from __future__ import annotations

import logging
import random
from pathlib import Path

import numpy as np
import pytest
from waveform_files import noise, seg2, seisbench, trace, write

from seisgui.errors import InputError
from seisgui.seismic.records import open_records

TRIES = 60
KINDS = ("mseed", "sac", "seg2", "npz", "hdf5", "csv")


def example(folder: Path, kind: str) -> Path:
    """A sound file of each kind."""
    file = folder / f"a.{kind}"
    if kind == "mseed":
        return write(file, trace(noise(2000, 1), "HHE"), trace(noise(2000, 2)), reclen=512)
    if kind == "sac":
        trace(noise(400).astype(np.float32)).write(str(file), format="SAC")
        return file
    if kind == "seg2":
        return seg2(file, np.random.default_rng(0).normal(size=(4, 64)))
    if kind == "npz":
        np.savez(file, data=np.random.default_rng(0).normal(size=(3, 2, 100)), p=[1, 2, 3], name=["a", "b", "c"])
        return file
    seisbench(folder / "set", bucket=True)
    return folder / "set" / ("waveforms.hdf5" if kind == "hdf5" else "metadata.csv")


def changed(data: bytes, chance: random.Random) -> bytes:
    """Cut off somewhere, or with some bytes replaced, most of them near the beginning."""
    if chance.random() < 0.25:
        return data[: chance.randrange(len(data))]
    out = bytearray(data)
    for _ in range(chance.choice([1, 3, 10, 60])):
        place = chance.randrange(min(len(out), chance.choice([64, 700, len(out)])))
        out[place] = chance.choice([0, 127, 128, 255, chance.randrange(256)])
    return bytes(out)


def use(file: Path) -> None:
    records = open_records([file])
    try:
        table = records.table
        last = len(table) - 1
        assert table.index_of(table.id_of(last)) == last
        for by in records.groupings:
            assert sum(len(group.records) for group in records.groups(by)) == len(table)
        records.read(range(min(3, len(table))), 0, 3000)
        records.read([last], max(int(table.n_samples[last]) - 50, 0), 100)
        assert all(pick.time >= 0.0 for pick in records.known_picks)
    finally:
        records.close()


@pytest.mark.parametrize("kind", KINDS)
def test_changed_bytes_are_told_in_a_sentence(tmp_path: Path, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    file = example(tmp_path, kind)
    sound, chance = file.read_bytes(), random.Random(kind)
    told: list[str] = []
    for _ in range(TRIES):
        file.write_bytes(changed(sound, chance))
        try:
            use(file)
        except InputError as refusal:
            told.append(str(refusal))
    assert 0 < len(told) < TRIES
    assert not any("\n" in sentence for sentence in told)
    assert all(file.stem in sentence or "waveforms" in sentence or "set" in sentence for sentence in told)
