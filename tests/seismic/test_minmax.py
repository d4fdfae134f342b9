"""Envelopes of long records: exact where one looks closely, whole at every zoom, kept between sessions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seisgui.seismic.minmax import LONG, PIECE, STEP, PyramidReader
from seisgui.seismic.record_table import make_table
from seisgui.seismic.table_records import TableRecords

N_LONG = 2 * PIECE + 1234


class Arrays(TableRecords):
    """Records of two components that lie in memory; counts the samples that are read."""

    def __init__(self) -> None:
        table = make_table([100.0, 100.0], [N_LONG, 5000], components=("X", "Z"))
        super().__init__("arrays", table, ("shot",))
        rng = np.random.default_rng(0)
        self.samples = [rng.normal(size=(2, n)).astype(np.float32) for n in (N_LONG, 5000)]
        self.samples[0][:, 300_000:300_700] = np.nan
        self.read_samples = 0

    def read(self, indices, first=0, count=None):
        out = self.window(indices, first, count)
        for row, index in enumerate(indices):
            own = self.samples[index]
            begin, end = max(first, 0), min(first + out.shape[2], own.shape[1])
            if end > begin:
                out[row, :, begin - first : end - first] = own[:, begin:end]
                self.read_samples += end - begin
        return out


def exact(samples: np.ndarray, first: int, count: int, columns: int) -> np.ndarray:
    """Smallest and largest of every column, by hand."""
    out = np.full((len(samples), columns, 2), np.nan, dtype=np.float32)
    for column in range(columns):
        begin = first + column * count // columns
        end = max(first + (column + 1) * count // columns, begin + 1)
        piece = samples[:, max(begin, 0) : max(end, 0)]
        if piece.shape[1] and np.isfinite(piece).any():
            out[:, column] = np.stack([np.nanmin(piece, axis=1), np.nanmax(piece, axis=1)], axis=1)
    return out


@pytest.mark.parametrize(("first", "count", "columns"), [(1000, 3000, 400), (250_000, 40_000, 900), (7, 5, 50)])
def test_a_close_look_is_exact(first: int, count: int, columns: int) -> None:
    records = Arrays()
    got = PyramidReader(records).envelope([0, 1], first, count, columns)
    assert got.shape == (2, 2, columns, 2)
    for row in (0, 1):
        assert np.array_equal(got[row], exact(records.samples[row], first, count, columns), equal_nan=True)


@pytest.mark.parametrize("columns", [10, 128, 1000])
def test_from_afar_columns_end_at_whole_steps(columns: int) -> None:
    records = Arrays()
    pyramid = PyramidReader(records)
    got = pyramid.envelope([0], 0, N_LONG, columns)[0]
    samples = records.samples[0]
    assert np.nanmin(got) == np.nanmin(samples)
    assert np.nanmax(got) == np.nanmax(samples)
    wanted = exact(samples, 0, N_LONG, columns)
    near = np.abs(np.nan_to_num(got - wanted)) < 1e-7
    assert near.mean() > 0.8  # where the edge of a column is moved, another sample may be its largest
    assert not np.isnan(got).all(axis=2).any(axis=0)[np.isfinite(wanted).all(axis=2).all(axis=0)].any()


def test_beyond_the_record_there_is_nothing() -> None:
    records = Arrays()
    got = PyramidReader(records).envelope([0], -N_LONG, 3 * N_LONG, 300)[0, 0, :, 0]
    assert np.isnan(got[:99]).all()
    assert np.isfinite(got[101:199]).all()
    assert np.isnan(got[201:]).all()
    assert np.isnan(PyramidReader(records).envelope([0], N_LONG + 300, 10**6, 300)).all()
    assert PyramidReader(records).envelope([], 0, 10, 10).shape == (0, 2, 10, 2)


def test_who_is_not_patient_sees_what_there_is() -> None:
    pyramid = PyramidReader(Arrays())
    assert not pyramid.is_complete([0], 0, N_LONG, 500)
    assert np.isnan(pyramid.envelope([0], 0, N_LONG, 500, patient=False)).all()
    steps = pyramid.build_steps()
    first = next(steps)
    steps.close()
    assert (first.done, first.total) == (PIECE, N_LONG)
    half = pyramid.envelope([0], 0, N_LONG, 500, patient=False)[0, 0, :, 0]
    assert np.isfinite(half[:240]).all()
    assert np.isnan(half[260:]).all()
    assert [step.done for step in pyramid.build_steps()][-1] == N_LONG
    assert pyramid.is_complete([0], 0, N_LONG, 500)
    assert list(pyramid.build_steps()) == []


def test_a_long_look_reads_nothing_again(tmp_path: Path) -> None:
    records = Arrays()
    wanted = PyramidReader(records, tmp_path, "a").envelope([0], 0, N_LONG, 700)
    before = records.read_samples
    again = PyramidReader(records, tmp_path, "a")
    assert np.array_equal(again.envelope([0], 0, N_LONG, 700, patient=False), wanted, equal_nan=True)
    assert records.read_samples == before
    other = PyramidReader(records, tmp_path, "the file was changed")
    assert np.isnan(other.envelope([0], 0, N_LONG, 700, patient=False)).all()
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2 * 2 * 2 * 4 * (N_LONG + PIECE) // STEP + 1000


def test_a_damaged_or_unwritable_cache_is_made_again(tmp_path: Path) -> None:
    records = Arrays()
    wanted = PyramidReader(records, tmp_path, "a").envelope([0], 0, N_LONG, 300)
    file = next(tmp_path.glob("*.minmax"))
    file.write_bytes(file.read_bytes()[:1000])
    assert np.array_equal(PyramidReader(records, tmp_path, "a").envelope([0], 0, N_LONG, 300), wanted, equal_nan=True)
    blocked = tmp_path / "a file"
    blocked.write_text("in the way")
    assert np.array_equal(PyramidReader(records, blocked, "a").envelope([0], 0, N_LONG, 300), wanted, equal_nan=True)


def test_short_records_are_read() -> None:
    records = Arrays()
    assert records.table.n_samples[1] < LONG
    got = PyramidReader(records).envelope([1], 0, 5000, 3)[0]
    assert np.array_equal(got, exact(records.samples[1], 0, 5000, 3))
