"""Curves of probability of a run for the records in view, as much of them as can be seen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from seisgui.gui.views.gather import TRACES, GatherView

if TYPE_CHECKING:
    from seisgui.learning.picking.stored_picks import CurveReader

MOST_RECORDS = 200  # side by side with curves between them
WHOLE = 200_000  # samples that are read at once; of longer records the part in view
REST_MS = 60


class PickCurves(QObject):
    """Reads curves when records or their window change, and hands them to the view."""

    def __init__(self, view: GatherView) -> None:
        super().__init__(view)
        self._view = view
        self._reader: CurveReader | None = None
        self._drawn = False
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self.show)
        view.shown.connect(self._timer.start)
        view.view_changed.connect(self._timer.start)

    def follow(self, reader: CurveReader | None) -> None:
        """The curves of another run, or none."""
        self._reader = reader
        self.show()

    def show(self) -> None:
        """Draw the curves of the records in view."""
        view, reader = self._view, self._reader
        wanted = view.record_ids if reader is not None and view.source is not None else ()
        if self._drawn:
            view.clear_probabilities()
            self._drawn = False
        if view.mode != TRACES and len(wanted) > MOST_RECORDS:
            return
        for record in wanted:
            self._drawn |= self._show_one(reader, record)

    def _show_one(self, reader: CurveReader, record: str) -> bool:
        rate = reader.rate(record)
        index = self._view.source.table.index_of(record)
        if rate is None or index is None:
            return False
        first, count = 0, None
        if int(self._view.source.table.n_samples[index]) > WHOLE:
            t0, t1 = self._view.window
            first = max(math.floor((t0 - (t1 - t0)) * rate), 0)
            count = min(math.ceil(3 * (t1 - t0) * rate), WHOLE)
        values = reader.read(record, first, count)
        if values is None or not values.shape[1]:
            return False
        phases = {phase: values[row] for row, phase in enumerate(reader.phases) if phase.upper() not in {"N", "NOISE"}}
        self._view.set_probabilities(record, phases, first / rate, 1.0 / rate)
        return True
