"""What the labels are good for, worked out in the data process while nobody waits for it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from seisgui.gui.desk import Desk
from seisgui.gui.job_list import Job
from seisgui.jobs.messages import DATA, CallRequest, Priority, TrainRequest

REST_MS = 700  # after the last stroke or choice
SAME_LABELS = 3  # parts of a key: project, dataset, label set
BUDGET = "seisgui.learning.budget:budget_steps"


class BudgetFlow(QObject):
    """Knows the sentences about one request at a time; ``changed`` when they have come."""

    changed = Signal()

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._job: Job | None = None
        self._wanted: TrainRequest | None = None
        self._known: tuple[tuple[object, ...], tuple[str, ...]] | None = None
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._ask)
        desk.saved.connect(self._saved)

    def sentences(self, request: TrainRequest) -> tuple[str, ...] | None:
        """What is known of a request, or of the last one on the same label set until that is; None of neither."""
        known, sentences = self._known or ((), None)
        if known == key(request):
            self._wanted = None
            return sentences
        self._wanted = request
        self._timer.start()
        return sentences if known[:SAME_LABELS] == key(request)[:SAME_LABELS] else None

    def _saved(self, _revision: int) -> None:
        if self._wanted is not None:
            self._timer.start()

    def _ask(self) -> None:
        request, project = self._wanted, self._desk.project
        if request is None or project is None or project.path != request.project or not project.all_saved:
            return  # labels that are not on disk yet call again when they are
        if self._job is not None:
            self._desk.jobs.cancel(self._job)

        def take(found: tuple[str, ...]) -> None:
            self._known = key(request), found
            self.changed.emit()

        def ended() -> None:
            if self._job is job:
                self._job = None

        job = self._job = self._desk.jobs.start(
            CallRequest(BUDGET, {"request": request}, DATA),
            "Looking at labels",
            on_finished=take,
            on_failed=lambda _: None,  # the training itself says what is wrong
            on_ended=ended,
            priority=Priority.VOLUME,
            quiet=True,
        )


def key(request: TrainRequest) -> tuple[object, ...]:
    """What the sentences depend on."""
    return (
        request.project,
        request.dataset_id,
        request.label_set_id,
        request.label_revision,
        request.hold_out,
        request.split,
        request.orientation,
    )
