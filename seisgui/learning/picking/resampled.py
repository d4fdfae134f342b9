"""Records read at the rate a picker learned with, piece by piece, so that a day of data needs little memory."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import resample_poly

from seisgui.errors import InputError
from seisgui.learning.picking.normalise import FloatArray
from seisgui.learning.picking.picker_model import arranged

if TYPE_CHECKING:
    from seisgui.seismic.records import RecordSet

SAME = 2e-3  # rates that differ by less are taken as the same: clocks are rarely better
MOST = 1000  # of the numbers in the ratio of two rates
REACH = 10  # resampling filters reach that many samples of the slower rate


class Resampled:
    """Records ``indices`` of a set, all of one rate, with the components and at the rate of a picker.

    ``rate`` in Hz is that of the samples handed out, ``n_samples`` (n,) how many each record has.
    """

    def __init__(self, records: RecordSet, indices: Sequence[int], rate: float, components: Sequence[str]) -> None:
        table = records.table
        own = float(table.rate[indices[0]])
        if not own > 0.0:
            raise InputError(f"{table.id_of(indices[0])} has no sampling rate.", "State it when you add the records.")
        self._records, self._indices, self._components = records, list(indices), tuple(components)
        ratio = Fraction(1) if abs(rate / own - 1.0) < SAME else Fraction(rate / own).limit_denominator(MOST)
        self._up, self._down = ratio.numerator, ratio.denominator
        self.rate = own * self._up / self._down
        self.n_samples = (table.n_samples[self._indices] - 1) * self._up // self._down + 1

    def __len__(self) -> int:
        return len(self._indices)

    @property
    def longest(self) -> int:
        return int(self.n_samples.max())

    def read(self, first: int, count: int) -> FloatArray:
        """Samples [first, first + count) of all records: (n, component, count), NaN outside a record and in gaps."""
        return self.read_some(range(len(self)), first, count)

    def read_some(self, rows: Sequence[int], first: int, count: int) -> FloatArray:
        """As ``read``, of some of the records."""
        indices = [self._indices[row] for row in rows]
        if self._up == self._down:
            return arranged(self._records.read(indices, first, count), self._records.table.components, self._components)
        margin = REACH * max(self._up, self._down) // self._up + 1
        begin = (first * self._down // self._up - margin) // self._down * self._down  # an exact sample of both rates
        end = -(-(first + count) * self._down // self._up) + margin
        values = _read_from(self._records, indices, begin, end - begin)
        there = np.isfinite(values)
        made = resample_poly(np.where(there, values, np.float32(0.0)), self._up, self._down, axis=-1)
        skipped = first - begin * self._up // self._down
        nearest = np.round((np.arange(count) + skipped) * (self._down / self._up)).astype(np.int64)
        found = made[..., skipped : skipped + count].astype(np.float32)
        found[~there[..., np.minimum(nearest, there.shape[-1] - 1)]] = np.nan
        return arranged(found, self._records.table.components, self._components)


def _read_from(records: RecordSet, indices: list[int], begin: int, count: int) -> FloatArray:
    """Samples from ``begin``, which may lie before the first."""
    missing = max(-begin, 0)
    values = records.read(indices, begin + missing, count - missing)
    return np.pad(values, ((0, 0), (0, 0), (missing, 0)), constant_values=np.nan) if missing else values
