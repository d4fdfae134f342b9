"""Predictions of what is in sight: from memory, from disk, else from the compute process, coarse first."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from seisgui.errors import SeisguiError
from seisgui.gui.desk import Desk
from seisgui.gui.job_list import Job
from seisgui.gui.views.panes import PaneGrid
from seisgui.gui.views.prediction_reader import PredictionReader, StoredRequest, StoredResult
from seisgui.gui.views.predictions import NOT_PREDICTED
from seisgui.jobs.messages import Failed, Notice, PartialPrediction, PredictRequest, Priority, VolumeGrown
from seisgui.seismic.axes import Orientation, SectionRef

if TYPE_CHECKING:
    from numpy.typing import NDArray

logger = logging.getLogger(__name__)

REST_MS = 120  # lines passed faster than this while scrolling are not predicted
GROWN_MS = 250  # slabs that come faster than this are read together


class PredictionFlow(QObject):
    """Keeps the sections in sight predicted by the current run.

    What the disk has is read in a thread; sections that it lacks, or has only a part of, are asked for.
    """

    arrived = Signal(object)  # PartialPrediction

    def __init__(self, desk: Desk, panes: PaneGrid, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk, self._panes = desk, panes
        self._job: Job | None = None
        self._asked: PredictRequest | None = None
        self._reader: PredictionReader | None = None  # of the open project
        self._looked_for: set[SectionRef] = set()  # in sight, on their way from the disk
        self._lacking: set[tuple[str, str, SectionRef]] = set()  # run, dataset, section: not all of it is on the disk
        self._failed: set[tuple[str, SectionRef]] = set()  # asked once, failed: not asked again unasked
        self.suspended = False  # live training predicts what is in sight by itself
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self.request_visible)
        self._growing = QTimer(self, singleShot=True, interval=GROWN_MS)
        self._growing.timeout.connect(self._read_grown)
        self._grown: set[SectionRef] = set()
        panes.refs_changed.connect(self._timer.start)
        desk.state.run_changed.connect(self._run_changed)
        desk.shown.connect(self._timer.start)

    def commands(self) -> dict[str, Callable[..., object]]:
        return {"review.predict": self.predict_again}

    def take(self, partial: PartialPrediction) -> None:
        """A predicted section has come."""
        try:
            self._desk.predictions.put(partial)
        except SeisguiError as error:
            logger.warning("%s", error)
            return
        self._lacking.discard((partial.run_id, partial.dataset_id, partial.ref))
        self.arrived.emit(partial)

    def visible(self) -> tuple[SectionRef, ...]:
        """Vertical sections in sight, the active one first."""
        return tuple(ref for ref in self._panes.refs if ref.orientation is not Orientation.TIME)

    def _run_changed(self, run_id: str) -> None:
        self._failed.clear()
        if run_id and self._timer.parent() is not None:
            self.request_visible()

    # what the disk has

    def request_visible(self) -> None:
        """Bring the sections in sight from the disk, and ask for those that the current run has not predicted."""
        state = self._desk.state
        if self.suspended or state.project is None or state.run_id is None or state.volume is None:
            return
        self._looked_for = {ref for ref in self._panes.refs if not self._held(ref)}
        for ref in self._looked_for:
            self._look(ref)
        self._ask_for_lacking()

    def _held(self, ref: SectionRef) -> bool:
        """Whether the section is in memory, as much of it as there is."""
        state = self._desk.state
        held = self._desk.predictions.entry(state.run_id, ref, state.dataset_id)
        return held is not None and held.step == 1

    def _look(self, ref: SectionRef) -> None:
        state = self._desk.state
        if self._reader is None:
            self._reader = PredictionReader(self)
            self._reader.ready.connect(self._found)
        self._reader.submit(StoredRequest(state.project, state.run_id, ref, state.dataset_id))

    def _found(self, result: StoredResult) -> None:
        """The disk has been looked at for a section."""
        request, state = result.request, self._desk.state
        if request.project is not state.project:
            return
        key = request.run_id, request.dataset_id, request.ref
        if result.array is not None:
            self._desk.predictions.put_array(result.partial, result.array)
        whole = result.array is not None and not self._has_gaps(request.ref, result.array)
        (self._lacking.discard if whole else self._lacking.add)(key)
        if (request.run_id, request.dataset_id) == (state.run_id, state.dataset_id):
            self._looked_for.discard(request.ref)
            self._ask_for_lacking()

    def _has_gaps(self, ref: SectionRef, array: NDArray[np.uint8]) -> bool:
        """Whether traces of the section that are no holes of the survey have not been predicted."""
        live = self._panes.positions.live
        if live is None:
            return False
        axes = self._desk.state.volume.axes
        index = axes.section_index(ref)
        missing = array[0] == NOT_PREDICTED
        if ref.orientation is Orientation.TIME:
            return missing.shape == live.shape and bool((missing & live).any())
        here = live[index] if ref.orientation is Orientation.INLINE else live[:, index]
        return len(missing) == len(here) and bool((missing.all(axis=1) & here).any())

    # a volume that grows

    def grown(self, news: VolumeGrown) -> None:
        """More of a whole-survey prediction is on the disk: what is in sight of it is read again."""
        state = self._desk.state
        if (news.run_id, news.dataset_id) != (state.run_id, state.dataset_id):
            return
        for ref in self._panes.refs:
            here = ref.orientation is not news.orientation or news.first <= ref.number <= news.last
            if here and (not self._held(ref) or (news.run_id, news.dataset_id, ref) in self._lacking):
                self._grown.add(ref)
        if self._grown and not self._growing.isActive():
            self._growing.start()

    def _read_grown(self) -> None:
        grown, self._grown = self._grown, set()
        if self._desk.project is not None and self._desk.state.run_id is not None:
            for ref in grown & set(self._panes.refs):
                self._look(ref)

    # what it lacks

    def predict_again(self) -> None:
        """Ask for the sections in sight, also where they are there already."""
        self._failed.clear()
        if self._desk.state.run_id is not None and self.visible():
            self._ask(self.visible())

    def _ask_for_lacking(self) -> None:
        """Ask for the sections in sight that are not on the disk, once all have been looked for."""
        state = self._desk.state
        if self._looked_for or self.suspended or state.run_id is None:
            return
        lacking = {
            ref for run_id, dataset, ref in self._lacking if (run_id, dataset) == (state.run_id, state.dataset_id)
        }
        wanted = tuple(ref for ref in self.visible() if ref in lacking and (state.run_id, ref) not in self._failed)
        if wanted and self._request(wanted) != self._asked:
            self._ask(wanted)

    def _ask(self, refs: tuple[SectionRef, ...]) -> None:
        if self._job is not None:
            self._desk.jobs.cancel(self._job)
        request = self._asked = self._request(refs)
        title = f"Predicting {refs[0]}" + (f" and {len(refs) - 1} more" if len(refs) > 1 else "")
        job = self._desk.jobs.start(
            request,
            title,
            on_event=self._event,
            on_failed=lambda failed: self._not_predicted(request.run_id, refs, failed),
            on_ended=lambda: self._ended(job),
            priority=Priority.VISIBLE,
            quiet=True,
        )
        self._job = job

    def _request(self, refs: tuple[SectionRef, ...]) -> PredictRequest:
        """Predict these sections of the volume in view with the current run."""
        state = self._desk.state
        return PredictRequest(state.project.path, state.run_id, refs, state.dataset_id, state.volume_id)

    def _event(self, event: object) -> None:
        if isinstance(event, PartialPrediction):
            self.take(event)
        elif isinstance(event, Notice):
            self._desk.tell(event.sentence, event.hint)

    def _not_predicted(self, run_id: str, refs: tuple[SectionRef, ...], failed: Failed) -> None:
        self._failed.update((run_id, ref) for ref in refs)
        self._desk.tell_failure(failed)

    def _ended(self, job: Job) -> None:
        if self._job is job:
            self._job, self._asked = None, None

    def forget(self, run_id: str) -> None:
        """What is held of a run is out of date: read and ask anew."""
        self._lacking = {key for key in self._lacking if key[0] != run_id}
        self._desk.predictions.forget(run_id)
        self.request_visible()

    def stop(self) -> None:
        """The project goes: end what runs for it."""
        self._timer.stop()
        self._growing.stop()
        if self._job is not None:
            self._desk.jobs.cancel(self._job)
        if self._reader is not None:
            self._reader.close()
            self._reader.deleteLater()
            self._reader = None
        self._looked_for.clear()
        self._lacking.clear()
        self._failed.clear()
        self._grown.clear()
