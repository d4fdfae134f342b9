"""Suggestions: asked of the compute process, listed with reasons, drawn on the map, gone to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from seisgui.gui.desk import Desk
from seisgui.gui.job_list import Job
from seisgui.gui.panels.suggestions import SuggestionsPanel
from seisgui.gui.state import Suggested
from seisgui.gui.views.panes import PaneGrid
from seisgui.jobs.messages import CallRequest, Failed, Progress
from seisgui.seismic.axes import Orientation, SectionRef

COUNT = 5
SUGGEST = "seisgui.learning.suggest:suggest_in_project_steps"
MARGIN = 1.0  # of a stretch, shown on either side of it


class SuggestFlow(QObject):
    """One question at a time; the answer stays until labels or survey are others."""

    wanted = Signal()  # the panel is to be seen
    changed = Signal()

    def __init__(self, desk: Desk, panes: PaneGrid, panel: SuggestionsPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._panes, self._panel = desk, panes, panel
        self._job: Job | None = None
        self._at = -1
        panel.jump.connect(self.go_to)
        desk.shown.connect(lambda: self._show(()))

    def commands(self) -> dict[str, Callable[..., object]]:
        return {"review.suggest": self.ask, "review.next_suggestion": self.go_on}

    def ask(self) -> None:
        """Have the lines ranked by the run in view."""
        state = self._desk.state
        self.wanted.emit()
        if self._job is not None or state.run_id is None or state.labels is None:
            return
        if not self._desk.attempt(state.project.wait_saved):
            return
        arguments = {
            "project_path": state.project.path,
            "run_id": state.run_id,
            "count": COUNT,
            "dataset": state.dataset_id,
            "label_set": state.labels.id,
        }
        self._panel.say("Looking at lines…")
        labels = state.labels
        self._job = self._desk.jobs.start(
            CallRequest(SUGGEST, arguments),
            "Suggesting what to label",
            on_event=self._event,
            on_finished=lambda found: self._take(found) if state.labels is labels else None,
            on_failed=self._failed,
            on_ended=self._ended,
        )

    def _event(self, event: object) -> None:
        if isinstance(event, Progress):
            self._panel.say(f"{event.phrase}…")

    def _take(self, found: list[dict[str, Any]]) -> None:
        self._show(tuple(suggested(entry) for entry in found))

    def _failed(self, failed: Failed) -> None:
        self._panel.say(failed.sentence)
        self._desk.tell_failure(failed)

    def _ended(self) -> None:
        self._job = None
        if not self._desk.state.suggested and self._panel.phrase.text().endswith("…"):
            self._panel.fill(())

    def _show(self, lines: tuple[Suggested, ...]) -> None:
        self._at = -1
        self._desk.state.suggest(lines)
        self._panel.fill(lines)
        self.changed.emit()

    def go_on(self) -> None:
        """To the next one of the list, from its end to its beginning."""
        lines = self._desk.state.suggested
        if lines:
            self.go_to(lines[(self._at + 1) % len(lines)])

    def go_to(self, entry: Suggested) -> None:
        """Show a suggested line; of a stretch a window about it."""
        self._at = self._desk.state.suggested.index(entry)
        self._panel.mark(entry)
        views = self._panes.views or [self._panes.active_view]
        same = [view for view in views if view.ref is not None and view.ref.orientation is entry.ref.orientation]
        view = (same or [self._panes.active_view])[0]
        view.set_ref(entry.ref)
        if entry.first is not None:
            room = MARGIN * (entry.last - entry.first)
            view.set_ranges({view.frame.lateral_name: (entry.first - room, entry.last + room)})

    def stop(self) -> None:
        """The project goes."""
        if self._job is not None:
            self._desk.jobs.cancel(self._job)


def suggested(document: dict[str, Any]) -> Suggested:
    """A suggestion as the compute process tells it."""
    ref = SectionRef(Orientation(document["orientation"]), document["number"])
    return Suggested(ref, tuple(document["reasons"]), document["first"], document["last"])
