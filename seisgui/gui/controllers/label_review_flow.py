"""Labels beside labels: filled between two labelled lines, and one label set against another."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from seisgui.errors import InputError, SeisguiError
from seisgui.gui.desk import Desk
from seisgui.gui.dialogs.compare_labels import CompareLabelsDialog
from seisgui.gui.dialogs.propagate import PropagateDialog
from seisgui.gui.panels.explorer import section_title
from seisgui.gui.views.panes import PaneGrid
from seisgui.jobs.messages import DATA, CallRequest
from seisgui.learning import review
from seisgui.seismic.axes import Orientation, SectionRef

if TYPE_CHECKING:
    from seisgui.interpretation.edits import Edit
    from seisgui.interpretation.facies import FaciesLabels
    from seisgui.interpretation.label_comparison import LabelComparison

COMPARE = "seisgui.interpretation.label_comparison:compare_in_project_steps"


class LabelReviewFlow(QObject):
    """One dialog of each kind at a time."""

    def __init__(self, desk: Desk, panes: PaneGrid, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._panes, self._window = desk, panes, window
        self.dialog: PropagateDialog | CompareLabelsDialog | None = None
        self._filling = False

    def commands(self) -> dict[str, Callable[..., object]]:
        return {"review.propagate": self.ask_fill, "review.compare_labels": self.ask_compare}

    def _open(self, dialog: PropagateDialog | CompareLabelsDialog) -> None:
        def closed() -> None:
            self.dialog = None
            dialog.deleteLater()

        dialog.finished.connect(lambda _: closed())
        self.dialog = dialog
        dialog.open()

    # filling between lines

    def ask_fill(self) -> None:
        """Offer the labelled lines of the active view's orientation, the nearest two chosen."""
        labels, here = self._desk.state.labels, self._panes.active_view.ref
        if labels is None or here is None or self.dialog is not None:
            return
        if not labels.counted:
            self._desk.tell("The labels are being counted.")
            return
        refs = [entry.ref for entry in labels.labelled_sections() if entry.ref.orientation is here.orientation]
        if here.orientation is Orientation.TIME or len(refs) < 2:
            self._desk.tell(
                "Filling needs two labelled lines of one orientation.",
                "Paint the same classes on two inlines or two crosslines, and show one of that kind.",
            )
            return
        dialog = PropagateDialog(refs, nearest_pair(refs, here), self._outlook, self._window)
        dialog.chosen.connect(self.fill)
        self._open(dialog)

    def _outlook(self, first: SectionRef, second: SectionRef) -> tuple[str, bool]:
        """What filling between two lines would do, and whether it can be done."""
        labels = self._desk.state.labels
        try:
            gap = review.gap_between(labels, first, second)
        except InputError as error:
            return str(error), False
        names = {entry.id: entry.name for entry in labels.classes}
        shared = ", ".join(names.get(class_id, str(class_id)) for class_id in gap.shared)
        lines = f"{len(gap.refs)} line{'s' if len(gap.refs) > 1 else ''}"
        return f"{lines} between them can be filled with what both carry: {shared}.", True

    def fill(self, first: SectionRef, second: SectionRef) -> None:
        """Work out the lines between in a thread, then paint them as one undo step."""
        labels = self._desk.state.labels
        if labels is None or self._filling:
            return
        try:
            gap = review.gap_between(labels, first, second)
        except InputError as error:
            self._desk.tell_error(error)
            return
        self._filling = True

        def paint(sections: list[review.ClassArray]) -> None:
            self._step(review.fill_steps(labels, gap, sections), labels, (first, second))

        def failed(error: InputError) -> None:
            self._filling = False
            self._desk.tell_error(error)

        self._desk.background.run(gap.filled, paint, failed)

    def _step(
        self,
        steps: Generator[None, None, Edit | None],
        labels: FaciesLabels,
        ends: tuple[SectionRef, SectionRef],
    ) -> None:
        """Prepare one line after the other while the window goes on, then paint all of them."""
        self._filling = labels is self._desk.state.labels
        if not self._filling:
            return
        try:
            next(steps)
        except StopIteration as end:
            self._filling = False
            self._tell_filled(end.value, ends)
        except SeisguiError as error:
            self._filling = False
            self._desk.tell_error(error)
        else:
            QTimer.singleShot(0, self, lambda: self._step(steps, labels, ends))

    def _tell_filled(self, edit: Edit | None, ends: tuple[SectionRef, SectionRef]) -> None:
        if edit is None:
            self._desk.tell("Between these lines nothing was free to be filled.")
            return
        first, second = map(section_title, ends)
        self._desk.tell(
            f"{edit.voxels:,} samples between {first} and {second} were filled as automatic labels.",
            "One undo takes them back.",
        )

    # two label sets

    def ask_compare(self) -> None:
        """Choose another label set of this dataset and see how far the two agree."""
        state = self._desk.state
        if state.labels is None or self.dialog is not None:
            return
        sets = state.project.label_sets(state.dataset_id)
        others = [(info.name, info.id) for info in sets if info.id != state.labels.id]
        if not others:
            self._desk.tell(
                "There is only one label set here.", "Make another one with Edit › New label set, or import one."
            )
            return
        dialog = CompareLabelsDialog(state.labels.info.name, others, self._window)
        if state.review.other_labels:
            dialog.other.setCurrentIndex(max(dialog.other.findData(state.review.other_labels), 0))
        dialog.chosen.connect(lambda label_set: self._compare(dialog, label_set))
        dialog.drawn.connect(self._draw)
        self._open(dialog)
        self._compare(dialog, dialog.other.currentData())

    def _draw(self, on: bool) -> None:
        self._desk.state.layer("disagreement").visible = on

    def _compare(self, dialog: CompareLabelsDialog, label_set: str) -> None:
        """Have the two compared in the data process, and draw where they disagree."""
        state = self._desk.state
        if not self._desk.attempt(state.project.wait_saved):
            return
        state.review.other_labels = label_set
        self._draw(dialog.draw.isChecked())
        dialog.wait()
        labels, project = state.labels, state.project

        def take(found: LabelComparison) -> None:
            if self.dialog is dialog and dialog.other.currentData() == label_set:
                entries = [*project.labels(label_set).classes, *labels.classes]
                dialog.show_comparison(found, {entry.name.strip().casefold(): entry.colour for entry in entries})

        def failed(failure: object) -> None:
            if self.dialog is dialog:
                dialog.warn(failure.sentence)

        arguments = {"project_path": project.path, "first": labels.id, "second": label_set}
        self._desk.jobs.start(
            CallRequest(COMPARE, arguments, DATA), "Comparing label sets", on_finished=take, on_failed=failed
        )


def nearest_pair(refs: list[SectionRef], here: SectionRef) -> tuple[SectionRef, SectionRef]:
    """The labelled lines before and after a section; at either end of them the nearest two."""
    ordered = sorted(refs, key=lambda ref: ref.number)
    before = [ref for ref in ordered if ref.number <= here.number]
    after = [ref for ref in ordered if ref.number > here.number]
    if before and after:
        return before[-1], after[0]
    return (ordered[-2], ordered[-1]) if before else (ordered[0], ordered[1])
