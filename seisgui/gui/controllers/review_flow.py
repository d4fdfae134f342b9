"""Everything between a prediction and a decision: its flows, put together."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from seisgui.gui.actions import Actions
from seisgui.gui.controllers.accept_flow import AcceptFlow
from seisgui.gui.controllers.compare_flow import CompareFlow
from seisgui.gui.controllers.label_review_flow import LabelReviewFlow
from seisgui.gui.controllers.runs_flow import RunsFlow
from seisgui.gui.controllers.suggest_flow import SuggestFlow
from seisgui.gui.desk import Desk
from seisgui.gui.panels.accept_bar import AcceptBar
from seisgui.gui.panels.layers import LayersPanel
from seisgui.gui.panels.suggestions import SuggestionsPanel
from seisgui.gui.views.panes import PaneGrid


class ReviewFlow(QObject):
    """Accept, compare, suggest, fill; ``changed`` when other commands make sense than before."""

    changed = Signal()

    def __init__(
        self,
        desk: Desk,
        panes: PaneGrid,
        layers: LayersPanel,
        bar: AcceptBar,
        suggestions: SuggestionsPanel,
        runs: RunsFlow,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._desk, self._runs = desk, runs
        self.accept = AcceptFlow(desk, panes, bar, self)
        self.compare = CompareFlow(desk, panes, layers, runs, self)
        self.suggest = SuggestFlow(desk, panes, suggestions, self)
        self.labels = LabelReviewFlow(desk, panes, window)
        self.suggest.changed.connect(self.changed)
        desk.state.review.events.swipe.connect(self.changed.emit)

    def commands(self) -> dict[str, Callable[..., object]]:
        parts = self.accept, self.compare, self.suggest, self.labels
        return {name: handler for part in parts for name, handler in part.commands().items()}

    def at_hand(self, *, writable: bool) -> dict[str, bool]:
        """Facts that commands need."""
        state = self._desk.state
        run = state.run_id is not None and state.volume is not None
        return {
            "reviewable": run and writable and state.labels is not None,
            "swipe": run and state.review.swipe,
            "suggestions": bool(state.suggested),
            "earlier run": run and self._runs.earlier is not None,
        }

    def show_states(self, actions: Actions) -> None:
        """Checked entries as things stand."""
        actions.set_checked("review.swipe", self._desk.state.review.swipe)

    def stop(self) -> None:
        """The project goes."""
        self.accept.close()
        self.compare.stop()
        self.suggest.stop()
