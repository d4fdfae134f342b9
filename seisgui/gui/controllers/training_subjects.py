"""What a training in the window is about: facies painted on sections, or arrivals picked on records."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal

from seisgui.gui.controllers.budget_flow import BudgetFlow
from seisgui.gui.controllers.runs_flow import best_baseline, known_run
from seisgui.gui.dialogs.hold_out import HoldOutDialog
from seisgui.jobs.messages import LiveRequest, LiveUpdate, PartialPrediction, TrainRequest
from seisgui.learning.requests import HeldOutGroup, HoldOut

if TYPE_CHECKING:
    from seisgui.gui.controllers.prediction_flow import PredictionFlow
    from seisgui.gui.desk import Desk
    from seisgui.gui.panels.training import TrainingChoice, TrainingPanel
    from seisgui.interpretation.facies import FaciesClass, LabelledSection
    from seisgui.interpretation.runs import RunRecord

FEW_PIXELS = 50


class Subject(Protocol):
    """What the training flow must know of a task; its signal ``told`` says that ``look`` has news."""

    task: str
    kinds: tuple[str, ...]  # of document changes that a live session hears of
    told: Any

    @property
    def present(self) -> bool:
        """Whether there is anything in view to learn from."""
        ...

    @property
    def place(self) -> tuple[str | None, str | None]:
        """Ids of the dataset and of the label set or pick set in view."""
        ...

    @property
    def run_id(self) -> str | None:
        """The run whose predictions are shown."""
        ...

    @property
    def classes(self) -> list[tuple[int, str, str]]:
        """Id, name and colour of the classes that curves may speak of."""
        ...

    def look(self, request: TrainRequest | None) -> tuple[list[str], bool]:
        """What is missing or doubtful before training, and whether it cannot begin."""
        ...

    def request(self, choice: TrainingChoice, hold_out: tuple[HoldOut | HeldOutGroup, ...]) -> TrainRequest:
        """What the panel asks for, on the labels or picks as they are now."""
        ...

    def live_request(self, train: TrainRequest) -> LiveRequest: ...

    def live_update(self, revision: int) -> LiveUpdate: ...

    def ask_hold_out(self, panel: TrainingPanel) -> None: ...

    def suspend(self, suspended: bool) -> None:
        """A live session brings predictions: ask for none, or ask again."""
        ...

    def take(self, event: object) -> None:
        """Predictions have come."""
        ...

    def show_run(self, run_id: str | None) -> None:
        """Show the predictions of this run at once, without remembering it."""
        ...

    def predict_again(self) -> None: ...

    def outcome(self, record: RunRecord) -> str:
        """How a run did, in a sentence."""
        ...

    def outcome_beside(self, record: RunRecord) -> str:
        """How the run from scratch beside it did, '' where nothing is scored."""
        ...

    def parsed(self, hold_out: list[str]) -> tuple[HoldOut | HeldOutGroup, ...]:
        """What a run held out, from its record."""
        ...


class FaciesSubject(QObject):
    """Facies painted on sections."""

    task = "facies"
    kinds = ("labels", "classes")
    told = Signal()

    def __init__(self, desk: Desk, predictions: PredictionFlow, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._predictions = desk, predictions
        self._budget = BudgetFlow(desk, self)
        self._budget.changed.connect(self.told)

    @property
    def present(self) -> bool:
        return self._desk.state.labels is not None and self._desk.state.volume is not None

    @property
    def place(self) -> tuple[str | None, str | None]:
        state = self._desk.state
        return state.dataset_id, state.labels.id if state.labels else None

    @property
    def run_id(self) -> str | None:
        return self._desk.state.run_id

    @property
    def classes(self) -> list[tuple[int, str, str]]:
        labels = self._desk.state.labels
        return [(entry.id, entry.name, entry.colour) for entry in labels.classes] if labels is not None else []

    def look(self, request: TrainRequest | None) -> tuple[list[str], bool]:
        labels = self._desk.state.labels
        if labels is None:
            return [], True
        if not labels.counted:
            return ["The labels are being counted."], True
        sentences, blocked = missing_labels(labels.classes, labels.labelled_sections())
        if not blocked and request is not None:
            sentences = [*(self._budget.sentences(request) or sentences)]
        return sentences, blocked

    def request(self, choice: TrainingChoice, hold_out: tuple[HoldOut, ...]) -> TrainRequest:
        request = base_request(self._desk, choice, self.task, self.place)
        return replace(
            request,
            hold_out=hold_out,
            position=choice.position,
            clip_rule=choice.clip_rule,
            orientation=choice.orientation,
        )

    def live_request(self, train: TrainRequest) -> LiveRequest:
        return LiveRequest(train, self._predictions.visible())

    def live_update(self, revision: int) -> LiveUpdate:
        return LiveUpdate(revision, self._predictions.visible())

    def ask_hold_out(self, panel: TrainingPanel) -> None:
        volume = self._desk.state.volume
        if volume is None:
            return
        dialog = HoldOutDialog(volume.axes, panel.choice.hold_out, panel.window())
        dialog.chosen.connect(panel.set_hold_out)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def suspend(self, suspended: bool) -> None:
        self._predictions.suspended = suspended

    def take(self, event: object) -> None:
        if isinstance(event, PartialPrediction):
            self._predictions.take(event)

    def show_run(self, run_id: str | None) -> None:
        self._desk.state.run_id = run_id

    def predict_again(self) -> None:
        self._predictions.predict_again()

    def outcome(self, record: RunRecord) -> str:
        return outcome(record)

    def outcome_beside(self, record: RunRecord) -> str:
        return outcome_beside(record)

    def parsed(self, hold_out: list[str]) -> tuple[HoldOut, ...]:
        return tuple(map(HoldOut.parse, hold_out))


def base_request(desk: Desk, choice: TrainingChoice, task: str, place: tuple[str | None, str | None]) -> TrainRequest:
    """What every task asks for alike."""
    return TrainRequest(
        project=desk.project.path,
        task=task,
        network=choice.network,
        dataset_id=place[0],
        label_set_id=place[1],
        label_revision=desk.project.journal.revision,
        start_from=choice.start_from,
        freeze=choice.freeze,
        norms=choice.norms,
        beside_scratch=choice.beside_scratch,
        epochs=choice.epochs,
        seed=choice.seed,
        device=choice.device,
    )


def goes_on(desk: Desk, run_id: str | None, request: TrainRequest) -> TrainRequest:
    """Go on from the current run where it is of the same network; a forest is always grown anew."""
    record = known_run(desk, run_id or "")
    same = record is not None and record.network == request.network != "forest"
    if request.start_from == "scratch" and same:
        return replace(request, start_from=record.id, position=bool(record.metrics.get("position")))
    return request


def missing_labels(classes: list[FaciesClass], sections: list[LabelledSection]) -> tuple[list[str], bool]:
    """What is missing or doubtful before training, and whether it cannot begin at all."""
    names = {entry.id: entry.name for entry in classes}
    counts: dict[int, int] = {}
    places: dict[int, int] = {}
    for section in sections:
        for class_id, count in section.counts.items():
            if count > 0:
                counts[class_id] = counts.get(class_id, 0) + count
                places[class_id] = places.get(class_id, 0) + 1
    painted = [class_id for class_id in counts if class_id in names]
    if not painted:
        return ["Paint strokes of two classes first."], True
    if len(painted) == 1:
        return [f"Only {names[painted[0]]} is painted: a second class is needed."], True
    sentences = [
        f"{names[class_id]} has {counts[class_id]} pixels on "
        f"{'one section' if places[class_id] == 1 else f'{places[class_id]} sections'}: few to learn from."
        for class_id in painted
        if counts[class_id] < FEW_PIXELS
    ]
    return sentences, False


def outcome(record: RunRecord) -> str:
    """How a run of facies did: the score beside the best baseline, or why there is none."""
    score = record.metrics.get("mean_class_accuracy")
    sentence = str(record.metrics.get("sentence") or "")
    sentence = f"{sentence[:1].upper()}{sentence[1:]}." if sentence else ""
    if not isinstance(score, int | float):
        return sentence
    best = best_baseline(record)
    beside = f", best position baseline {best[1]['mean_class_accuracy']:.3f} ({best[0]})" if best else ""
    return f"Mean class accuracy {score:.3f}{beside}. {sentence}"


def outcome_beside(record: RunRecord) -> str:
    """What the run from scratch scored, '' where nothing is scored."""
    score = record.metrics.get("mean_class_accuracy")
    return f"From scratch: {score:.3f}." if isinstance(score, int | float) else ""
