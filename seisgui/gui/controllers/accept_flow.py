"""Accept prediction as labels: threshold, class and area, drawn on the section before anything is painted."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer

from seisgui.errors import InputError
from seisgui.gui.desk import Desk
from seisgui.gui.panels.accept_bar import LASSO, WHOLE, AcceptBar
from seisgui.gui.views.class_colours import learnt_here
from seisgui.gui.views.panes import PaneGrid
from seisgui.interpretation.classes import LEAVE, UNLABELLED
from seisgui.learning import review

if TYPE_CHECKING:
    from seisgui.gui.views.section import SectionView
    from seisgui.seismic.axes import SectionRef

LASSO_TOOL = "review.lasso"


class AcceptFlow(QObject):
    """While the bar is open the active section shows what would be accepted."""

    def __init__(self, desk: Desk, panes: PaneGrid, bar: AcceptBar, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._panes, self._bar = desk, panes, bar
        self._area: tuple[SectionRef, NDArray[np.bool_]] | None = None  # what was outlined, and where
        self._tool_before = ""
        self._prediction: NDArray[np.uint8] | None = None  # that is shown, in classes of the label set
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._show)
        bar.changed.connect(self._timer.start)
        bar.area_changed.connect(self._choose_area)
        bar.accepted.connect(self.accept)
        bar.closed.connect(self.close)
        panes.refs_changed.connect(self._follow)
        panes.active_changed.connect(self._timer.start)
        desk.changed.connect(self._document_changed)
        desk.shown.connect(self.close)
        desk.state.run_changed.connect(self._follow)
        desk.state.tool_changed.connect(self._tool_changed)
        desk.predictions.changed.connect(self._follow)
        panes.area_drawn.connect(self._take_area)

    def commands(self) -> dict[str, Callable[..., object]]:
        return {"review.accept": self.open_or_accept, LASSO_TOOL: self.take_lasso}

    @property
    def is_open(self) -> bool:
        return not self._bar.isHidden()

    def open_or_accept(self) -> None:
        """Open the bar; where it is open already, accept."""
        if self.is_open:
            self.accept()
            return
        self._bar.show()
        self._bar.threshold.setFocus()
        self._show()

    def take_lasso(self) -> None:
        """Outline what is to be accepted."""
        if not self.is_open:
            self.open_or_accept()
        if self._desk.state.tool != LASSO_TOOL:
            self._tool_before = self._desk.state.tool
        self._bar.choose_area(LASSO)
        self._desk.state.tool = LASSO_TOOL

    def close(self) -> None:
        """Leave what has not been accepted."""
        if not self.is_open:
            return
        self._bar.hide()
        self._area = self._prediction = None
        self._bar.choose_area(WHOLE)
        self._put_lasso_down()
        for view in self._panes.views:
            view.show_candidate(None)
        self._panes.active_view.canvas.setFocus()

    def _choose_area(self, area: str) -> None:
        if area == LASSO:
            self.take_lasso()
        else:
            self._area = None
            self._put_lasso_down()
        self._timer.start()

    def _put_lasso_down(self) -> None:
        if self._desk.state.tool == LASSO_TOOL:
            self._desk.state.tool = self._tool_before or "label.brush"

    def _tool_changed(self, tool: str) -> None:
        """Taking the lasso by its key or menu opens the bar as well."""
        if tool == LASSO_TOOL and not self.is_open:
            self.take_lasso()

    def _take_area(self, ref: SectionRef, area: NDArray[np.bool_]) -> None:
        self._area = ref, area
        if self.is_open:
            self._show()

    def _follow(self, *_: object) -> None:
        if self.is_open:
            self._timer.start()

    def _document_changed(self, change: object) -> None:
        if change.kind in ("labels", "classes", "layout"):
            self._follow()

    # what would be accepted

    def _show(self) -> None:
        """Draw it on the active section and count it."""
        if not self.is_open:
            return
        view = self._panes.active_view
        for other in self._panes.views:
            if other is not view:
                other.show_candidate(None)
        values, sentence = self._wanted(view)
        self._bar.say(sentence, possible=values is not None)
        view.show_candidate(None if values is None else drawn(values))

    def _wanted(self, view: SectionView) -> tuple[NDArray[np.int16] | None, str]:
        """Classes to paint, -2 elsewhere, and a sentence about them."""
        state, ref, prediction = self._desk.state, view.ref, view.content.prediction
        self._prediction = None
        if state.labels is None or ref is None or prediction is None or prediction.shape[1:] != view.frame.shape:
            return None, "This section has no prediction yet."
        if view.content.prediction_step > 1:
            return None, "The fine prediction is on its way."
        try:
            self._prediction = self._translated(prediction)
        except InputError as error:
            return None, str(error)
        self._offer_classes(self._prediction)
        area = self._area[1] if self._area is not None and self._area[0] == ref else None
        if self._bar.by_lasso and area is None:
            return None, "Drag around what is to be accepted; the lasso is in your hand."
        values = review.acceptable(
            self._prediction, self._bar.share, area=area if self._bar.by_lasso else None, class_id=self._bar.class_id
        )
        confident = np.count_nonzero(values >= 0)
        np.putmask(values, state.labels.section(ref)[0] != UNLABELLED, LEAVE)
        count = np.count_nonzero(values >= 0)
        labelled = f"; {confident - count:,} more are labelled already" if confident > count else ""
        if not count:
            return None, f"Nothing that confident is free here{labelled}."
        old = " It is older than the last labels." if view.content.stale else ""
        return values, f"{count:,} samples of {view.frame.title} would become accepted labels{labelled}.{old}"

    def _translated(self, prediction: NDArray[np.uint8]) -> NDArray[np.uint8]:
        state = self._desk.state
        if learnt_here(state, state.run):
            return prediction
        return review.translated(prediction, state.run, state.labels)

    def _offer_classes(self, prediction: NDArray[np.uint8]) -> None:
        present = set(np.flatnonzero(cv2.calcHist([prediction[0]], [0], None, [256], [0, 256])).tolist())
        self._bar.fill_classes([(c.id, c.name, c.colour) for c in self._desk.state.labels.classes if c.id in present])

    def accept(self) -> None:
        """Paint what is drawn, as one undo step."""
        view = self._panes.active_view
        values, sentence = self._wanted(view)
        if values is None:
            self._bar.say(sentence, possible=False)
            return
        labels, area = self._desk.state.labels, self._area[1] if self._bar.by_lasso else None

        def paint() -> None:
            review.accept(labels, view.ref, self._prediction, self._bar.share, area=area, class_id=self._bar.class_id)

        if self._desk.attempt(paint):
            self._desk.tell(
                f"{np.count_nonzero(values >= 0):,} samples of {view.frame.title} were accepted as labels.",
                "One undo takes them back; they train with less weight and never score.",
            )
            self._area = None


def drawn(values: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Classes to paint, as the view draws them: 255 where nothing would be painted."""
    return values.astype(np.uint8) | (values < 0).view(np.uint8) * np.uint8(255)
