"""All that is about picks in a window: hand, review, files."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from seisgui.gui.actions import Actions
from seisgui.gui.controllers.gather_flow import GatherFlow
from seisgui.gui.controllers.pick_files_flow import PickFilesFlow
from seisgui.gui.controllers.pick_flow import PickFlow
from seisgui.gui.controllers.pick_review_flow import PickReviewFlow
from seisgui.gui.desk import Desk
from seisgui.gui.panels.picks import PicksPanel
from seisgui.gui.views.gather_pane import GatherPane


class PickFlows(QObject):
    """Puts the three flows and their panel together."""

    def __init__(
        self,
        desk: Desk,
        actions: Actions,
        gathers: GatherFlow,
        pane: GatherPane,
        panel: PicksPanel,
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self._actions = actions
        self.hand = PickFlow(desk, gathers, pane, panel, window)
        self.review = PickReviewFlow(desk, gathers, self.hand, pane, panel)
        self.files = PickFilesFlow(desk, self.hand, panel, window)
        panel.add_actions([actions[name] for name in ("file.import_picks", "file.export_picks")])
        self.hand.picking.events.connect(self.show_states)

    def commands(self) -> dict[str, Callable[..., object]]:
        return self.hand.commands() | self.review.commands() | self.files.commands()

    def show_states(self, *_: object) -> None:
        """Checked entries as things stand."""
        self.hand.show_states(self._actions)

    def follow_step(self, change: object, _what: str) -> None:
        """After undo or redo."""
        self.hand.follow_step(change)
