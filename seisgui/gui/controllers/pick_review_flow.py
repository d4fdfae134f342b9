"""Proposed picks: which run proposes, and deciding with one key a pick, the least certain first."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from seisgui.gui.controllers.gather_flow import GatherFlow
from seisgui.gui.controllers.pick_flow import PickFlow
from seisgui.gui.desk import Desk
from seisgui.gui.panels.picks import PicksPanel
from seisgui.gui.pick_book import PickBook, Proposals, Standing, place_of
from seisgui.gui.pick_curves import PickCurves
from seisgui.gui.views.gather_pane import GatherPane
from seisgui.interpretation.runs import RunRecord

if TYPE_CHECKING:
    from seisgui.interpretation.edits import Change
    from seisgui.interpretation.project import Project
    from seisgui.learning.picking.stored_picks import CurveReader

COUNT_MS = 120  # counts follow a decision after this long


class PickReviewFlow(QObject):
    """Brings a run's picks to the gathers in view as proposals, and decides on them."""

    proposed = Signal(str)  # id of the run whose picks are shown, '' for none

    def __init__(self, desk: Desk, gathers: GatherFlow, picks: PickFlow, pane: GatherPane, panel: PicksPanel) -> None:
        super().__init__(picks)
        self._desk, self._gathers, self._picks, self._panel = desk, gathers, picks, panel
        self._view = pane.view
        self.curves = PickCurves(pane.view)
        self._known: set[str] = set()  # runs that have picked here
        self._went_on = False  # the next one was taken in hand by a decision, not asked for
        self._place: tuple[float, int] | None = None  # in the order of certainty
        self._count = QTimer(self, singleShot=True, interval=COUNT_MS)
        self._count.timeout.connect(self._show_counts)
        self._news = QTimer(self, singleShot=True, interval=0)
        self._news.timeout.connect(self.refresh)
        picks.opened.connect(self._opened)
        picks.changed.connect(self._count.start)
        picks.selected_changed.connect(self._selected)
        desk.changed.connect(self._document_changed)
        desk.state.run_changed.connect(self._run_changed)
        panel.pick_set_chosen.connect(picks.open)
        panel.run_chosen.connect(self.propose)
        panel.accept_above.connect(self.accept_above)

    def commands(self) -> dict[str, Callable[..., object]]:
        return {
            "pick.accept": self.accept,
            "pick.reject": self.reject,
            "pick.next": self.next,
            "pick.accept_all": lambda: self.accept_above(self._panel.threshold.value()),
        }

    @property
    def book(self) -> PickBook:
        return self._picks.book

    # ---- runs

    def _opened(self) -> None:
        """Another pick set: its sets and runs to choose from, the proposals of the run in use or the newest one."""
        project, dataset_id = self._desk.project, self._desk.state.records_id
        picks = self.book.picks
        sets = project.pick_sets(dataset_id) if picks is not None and project is not None else []
        self._panel.fill_sets([(info.id, info.name) for info in sets], picks.id if picks is not None else "")
        runs = self.runs()
        kept = ((project.state("runs.current") or {}) if project is not None else {}).get(dataset_id)
        chosen = next((run.id for run in runs if run.id == kept), None)
        self.propose(chosen or (runs[-1].id if runs else ""))

    def runs(self) -> list[RunRecord]:
        """Runs that have picked in the gathers in view, oldest first."""
        project, dataset_id = self._desk.project, self._desk.state.records_id
        if project is None or dataset_id is None:
            return []
        from seisgui.learning.picking.stored_picks import PICKS, folder_of

        return [run for run in project.runs() if (folder_of(project, run.id, dataset_id) / PICKS).is_file()]

    def propose(self, run_id: str) -> None:
        """Show the picks of a run as proposals ('' for none), read off the window's thread."""
        runs = self.runs()
        self._known = {run.id for run in runs}
        self._panel.fill_runs([(run.id, f"{run.network} · {run.id}") for run in reversed(runs)], run_id)
        self._place, self._went_on = None, False
        project, dataset_id = self._desk.project, self._desk.state.records_id
        if not run_id or project is None or dataset_id is None:
            self._take(Proposals(), None)
            return

        def came(found: tuple[Proposals, CurveReader]) -> None:
            if self._desk.project is project and self._desk.state.records_id == dataset_id:
                self._take(*found)

        self._desk.background.run(lambda: read_run_picks(project, run_id, dataset_id), came, self._desk.tell_error)

    def _take(self, proposals: Proposals, curves: CurveReader | None) -> None:
        self.book.propose(proposals)
        if self._picks.selected is not None:
            self._picks.select(self.book.get(self._picks.selected.key))
        self._picks.show_all()
        self.curves.follow(curves)
        self._show_counts()
        self.proposed.emit(proposals.run_id)

    def refresh(self) -> None:
        """A run may have picked: the newest that was not there before proposes, else the present one as it is now."""
        runs = [run.id for run in self.runs()]
        new = [run_id for run_id in runs if run_id not in self._known]
        wanted = new[-1] if new else self.book.run_id
        self.propose(wanted if wanted in runs else (runs[-1] if runs else ""))

    def _run_changed(self, run_id: str) -> None:
        if run_id and run_id in [run.id for run in self.runs()]:
            self.propose(run_id)

    def _document_changed(self, change: Change) -> None:
        if change.kind == "runs" and self._desk.state.records is not None:
            self._news.start()

    # ---- decisions

    def accept(self) -> None:
        """Make the proposal in hand the interpreter's word."""
        self._decide(lambda standing: self._picks.editor.accept([standing]), "accept")

    def reject(self) -> None:
        """Refuse the proposal in hand for good."""
        self._decide(lambda standing: self._picks.editor.reject([standing]), "reject")

    def _decide(self, decide: Callable[[Standing], object], verb: str) -> None:
        standing = self._in_hand()
        if standing is None:
            self._desk.tell(f"There is no proposal to {verb} here", "N goes to the next one.")
            return
        place = place_of(standing)
        if not self._picks.attempt(lambda: decide(standing)):
            return
        if self._picks.picking.go_on and standing.proposed:
            self._go_on(place)
            self._went_on = True
        else:
            after = self.book.nearest(standing.pick.record, standing.pick.time, standing.pick.phase)
            self._picks.select(after)

    def _in_hand(self) -> Standing | None:
        """What is in hand where it can be decided on, else the proposal on the trace that the keyboard is on."""
        selected = self._picks.selected
        if selected is not None and (selected.proposed or selected.pick.provenance == "accepted"):
            return selected
        table, current = self.book.table, self._view.current
        if selected is not None or table is None or current < 0:
            return selected
        open_here = self.book.open_proposals(table.id_of(current))
        return min(open_here, key=place_of, default=None)

    def next(self) -> None:
        """Take the next least certain proposal in hand, wherever it is."""
        if self._went_on:  # A or X has gone there already
            self._went_on = False
            return
        selected = self._picks.selected
        if selected is not None and selected.proposed:
            self._place = place_of(selected)
        self._go_on(self._place)

    def _go_on(self, place: tuple[float, int] | None) -> None:
        found = self.book.after(place)
        if found is None:
            self._picks.select(None)
            self._desk.tell("No proposal waits for a decision", "Predict picks, or choose another run in the panel.")
            return
        self._place = place_of(found)
        index = self.book.table.index_of(found.pick.record)
        if index is not None:
            if found.pick.record not in self._view.record_ids:
                self._gathers.go_to_record(index)
            self._picks.select(found)
            self._view.ensure_visible(index, found.pick.time)

    def _selected(self, _standing: object) -> None:
        self._went_on = False

    def accept_above(self, threshold: float) -> None:
        """Accept all proposals of at least this probability as one undo step."""
        counts: list[int] = []
        if self._picks.attempt(lambda: counts.append(self._picks.editor.accept_above(threshold))):
            self._desk.tell(f"Accepted {counts[0]:,} proposals from {threshold:.2f} on.", "One undo takes them back.")
            self._picks.show_all()

    def _show_counts(self) -> None:
        picks = self.book.picks
        phases, provenances = (picks.counts(), picks.provenances()) if picks is not None else ({}, {})
        self._panel.show_counts(phases, provenances, self.book.waiting(), bool(self.book.run_id))


def read_run_picks(project: Project, run_id: str, dataset_id: str) -> tuple[Proposals, CurveReader]:
    """Picks of a run and its curves; in any thread."""
    from seisgui.learning.picking.stored_picks import CurveReader, read_predicted_picks

    predicted = read_predicted_picks(project, run_id, dataset_id)
    return Proposals.of(predicted, run_id), CurveReader(project, run_id, dataset_id)
