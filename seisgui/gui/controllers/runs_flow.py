"""Runs: the ledger beside the baselines, the current run, notes, comparison, deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

from seisgui.errors import SeisguiError
from seisgui.gui.controllers.score_sheet import figure, score_sheet
from seisgui.gui.desk import Desk
from seisgui.gui.dialogs.compare_runs import CompareDialog
from seisgui.gui.dialogs.scores import ScoresDialog
from seisgui.gui.panels.runs import RunRow, RunsPanel
from seisgui.gui.words import run_title
from seisgui.interpretation.runs import RunRecord
from seisgui.learning.guard import Verdict, compare_runs

FIGURES = (
    ("pixel_accuracy", "Pixel accuracy"),
    ("mean_class_accuracy", "Mean class accuracy"),
    ("mean_iou", "Mean IoU"),
    ("frequency_weighted_iou", "Frequency-weighted IoU"),
)


class RunsFlow(QObject):
    """Fills the panel with the runs of one task; ``current`` is the run whose predictions are shown."""

    changed = Signal()
    picker_chosen = Signal(str)  # id of a run that is to propose picks

    def __init__(self, desk: Desk, panel: RunsPanel, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._panel, self._window = desk, panel, window
        self.records: list[RunRecord] = []
        self.task = "facies"
        self.picker: Callable[[], str | None] = lambda: None  # the run whose picks are proposed
        desk.changed.connect(self._document_changed)
        desk.shown.connect(self._shown)
        panel.made_current.connect(self.make_current)
        panel.compare.connect(self.compare)
        panel.scores.connect(self.show_scores)
        panel.notes.connect(self.ask_notes)
        panel.delete.connect(self.ask_delete)

    def commands(self) -> dict[str, Callable[..., object]]:
        return {
            "review.compare": lambda: self.compare([r.id for r in self.records if r.task == self.task][-4:]),
            "review.scores": lambda: self.show_scores(self.current or ""),
            "review.roll_back": self.roll_back,
        }

    def show_task(self, task: str) -> None:
        """List the runs of this task from now on."""
        if task != self.task:
            self.task = task
            self.refresh()

    @property
    def current(self) -> str | None:
        """The run in use for the task that is listed."""
        return self._desk.state.run_id if self.task == "facies" else self.picker()

    def _is_here(self, record: RunRecord) -> bool:
        """Whether a run is about the dataset in view."""
        state = self._desk.state
        return record.dataset_id in ("", state.dataset_id if record.task == "facies" else state.records_id)

    def _document_changed(self, change: Any) -> None:
        if change.kind in ("runs", "layout"):
            self.refresh()

    def _shown(self) -> None:
        """Another dataset: its last current run comes back."""
        self.refresh()
        project, dataset = self._desk.project, self._desk.state.dataset_id
        if project is None or self._desk.state.volume is None:
            return
        wanted = (project.state("runs.current") or {}).get(dataset or "")
        known = {record.id for record in self.records}
        mine = [record.id for record in self.records if record.dataset_id == dataset and record.task == "facies"]
        run_id = wanted if wanted in known else (mine[-1] if mine else None)
        if run_id is not None:
            self.make_current(run_id)

    def refresh(self) -> None:
        """Read the ledger again."""
        project = self._desk.project
        self.records = project.runs() if project is not None else []
        current = self.current
        mine = [record for record in reversed(self.records) if record.task == self.task]
        self._panel.show_task(self.task)
        self._panel.fill([run_row(record, record.id == current) for record in mine])
        self.changed.emit()

    def make_current(self, run_id: str) -> None:
        """Show this run's predictions from now on."""
        record = known_run(self._desk, run_id)
        if record is not None and record.task == "picking":
            self._remember(record.dataset_id, run_id)
            self.picker_chosen.emit(run_id)
        else:
            self._desk.state.run_id = run_id
            self._remember(self._desk.state.dataset_id, run_id)
        self.refresh()

    def take_new(self, run_id: str, before: str | None = None) -> None:
        """A run was made: it is shown on its own dataset, now or when that is looked at again.

        Where it is clearly worse than ``before``, the run it would replace, that one stays and the user is asked.
        """
        record = known_run(self._desk, run_id)
        here = record is None or self._is_here(record)
        if not here:
            before = (self._desk.project.state("runs.current") or {}).get(record.dataset_id)
        present = known_run(self._desk, before) if before and before != run_id else None
        verdict = compare_runs(present, record) if present is not None and record is not None else None
        kept = run_id if verdict is None or verdict.replace else present.id
        if here:
            self.make_current(kept)
        if kept != run_id:
            self._tell_worse(present, record, verdict)
        if here:
            return
        self._remember(record.dataset_id, kept)
        self.refresh()
        name = self._desk.project.dataset(record.dataset_id).name
        self._desk.tell(f"{run_title(record)} is ready.", f"It learnt from {name} and is shown there.")

    def _tell_worse(self, present: RunRecord, new: RunRecord, verdict: Verdict) -> None:
        """Say what got worse, and let the user choose; comparing does not answer the question."""

        def use() -> None:
            if known_run(self._desk, new.id) is None:
                return
            if self._is_here(new):
                self.make_current(new.id)
            else:
                self._remember(new.dataset_id, new.id)

        def look() -> None:
            self.compare([present.id, new.id])
            self._tell_worse(present, new, verdict)

        answers = (("Use it anyway", use), ("Keep the present one", lambda: None), ("Compare", look))
        self._desk.tell(verdict.sentence, level="warning", answers=answers, stays=True)

    @property
    def earlier(self) -> RunRecord | None:
        """The run on the dataset in view that was made before the present one."""
        mine = [record for record in self.records if record.task == self.task and self._is_here(record)]
        places = [place for place, record in enumerate(mine) if record.id == self.current]
        return mine[places[0] - 1] if places and places[0] > 0 else None

    def roll_back(self) -> None:
        """Make the run before the present one current again."""
        record = self.earlier
        if record is not None:
            self.make_current(record.id)
            self._desk.tell(f"{run_title(record)} is current again.", "The newer run stays in the list.")

    def show_scores(self, run_id: str) -> None:
        """Confusion matrix and scores of each class."""
        record = next((r for r in self.records if r.id == run_id), None)
        if record is not None and record.task == "picking":
            self.compare([run_id])
        elif record is not None:
            dialog = ScoresDialog(score_sheet(record, self.records), self._desk.theme, self._window)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def _remember(self, dataset_id: str | None, run_id: str) -> None:
        """Keep with the project which run a dataset shows."""
        project = self._desk.project
        if project is not None and not project.read_only:
            kept = project.state("runs.current") or {}
            project.set_state("runs.current", kept | {dataset_id or "": run_id})

    def compare(self, run_ids: list[str]) -> None:
        """The figures of several runs beside each other and their baselines."""
        chosen = [record for record in self.records if record.id in run_ids]
        if chosen:
            dialog = CompareDialog(*comparison(chosen), self._window)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def offer_pair(self, run_id: str, beside: str) -> None:
        """A run and the one from scratch beside it are there: their figures can be looked at together."""
        record = known_run(self._desk, beside)
        if record is not None:
            answers = (("Compare", lambda: self.compare([run_id, beside])),)
            self._desk.tell(f"{run_title(record)}, from scratch, stands beside it.", answers=answers)

    def ask_notes(self, run_id: str) -> None:
        record = next((r for r in self.records if r.id == run_id), None)
        if record is None:
            return
        text, agreed = QInputDialog.getMultiLineText(
            self._window, "Notes", f"Notes on {run_title(record)}", record.notes
        )
        if agreed:
            self.set_notes(run_id, text)

    def set_notes(self, run_id: str, text: str) -> None:
        if self._desk.attempt(lambda: self._desk.project.note_run(run_id, text)):
            self.refresh()

    def ask_delete(self, run_id: str) -> None:
        record = next((r for r in self.records if r.id == run_id), None)
        if record is None:
            return
        question = f"Delete {run_title(record)} with its weights and predictions? This cannot be undone."
        if QMessageBox.question(self._window, "Delete run", question) == QMessageBox.StandardButton.Yes:
            self.delete(run_id)

    def delete(self, run_id: str) -> None:
        """Remove a run with weights and predictions."""
        project = self._desk.project
        if not self._desk.attempt(lambda: project.delete_run(run_id)):
            return
        self._desk.predictions.forget(run_id)
        if self._desk.state.run_id == run_id:
            self._desk.state.run_id = None
        self.refresh()


def best_baseline(record: RunRecord) -> tuple[str, dict[str, Any]] | None:
    """The position baseline with the highest mean class accuracy."""
    scored = [
        (name, scores)
        for name, scores in (record.metrics.get("baselines") or {}).items()
        if isinstance((scores or {}).get("mean_class_accuracy"), int | float)
    ]
    return max(scored, key=lambda item: item[1]["mean_class_accuracy"]) if scored else None


def run_row(record: RunRecord, current: bool) -> RunRow:
    """One run as the panel shows it."""
    return picker_row(record, current) if record.task == "picking" else facies_row(record, current)


def picker_row(record: RunRecord, current: bool) -> RunRow:
    """A run that picks: F1 of P and S, and how late P comes, on held-out records."""
    held_out = record.metrics.get("held_out") or {}
    p, s = (held_out.get(phase) if isinstance(held_out.get(phase), dict) else {} for phase in ("P", "S"))
    late = p.get("residual_mean") if p else None
    lines = [
        f"{record.id}: {record.network}, picks at revision {record.label_revision}, seed {record.seed}",
        f"started from {record.start_from}",
        str(record.metrics.get("sentence") or ""),
        record.notes,
    ]
    return RunRow(
        record.id,
        run_title(record),
        f"{1000.0 * late:+.0f} ms" if isinstance(late, int | float) else "–",
        figure(p, "f1") if p and p.get("n_true") else "–",
        figure(p, "precision") if p and p.get("n_predicted") else "–",
        figure(s, "f1") if s and s.get("n_true") else "–",
        record.notes.replace("\n", " "),
        current,
        "\n".join(line for line in lines if line),
    )


def facies_row(record: RunRecord, current: bool) -> RunRow:
    """A run of facies beside its best baseline."""
    metrics, best = record.metrics, best_baseline(record)
    bare = metrics.get("held_out_unsmoothed")
    lines = [
        f"{record.id}: {record.network}, labels at revision {record.label_revision}, seed {record.seed}",
        f"started from {record.start_from}; position {'used' if metrics.get('position') else 'not used'}",
        str(metrics.get("sentence") or ""),
        f"without smoothing: mean class accuracy {figure(bare, 'mean_class_accuracy')}" if bare else "",
        f"best baseline: {best[0]}" if best else "",
        record.notes,
    ]
    return RunRow(
        record.id,
        run_title(record),
        figure(metrics, "pixel_accuracy"),
        figure(metrics, "mean_class_accuracy"),
        figure(metrics, "mean_iou"),
        figure(best[1], "mean_class_accuracy") if best else "–",
        record.notes.replace("\n", " "),
        current,
        "\n".join(line for line in lines if line),
    )


def comparison(records: list[RunRecord]) -> tuple[list[str], list[list[str]]]:
    """Columns and rows of the comparison: settings and figures of each run, then what is scored apart."""
    columns = ["", *(run_title(record) for record in records)]
    picking = all(record.task == "picking" for record in records)
    rows = [["Network", *(record.network for record in records)]]
    if not picking:
        rows.append(["Position used", *("yes" if record.metrics.get("position") else "no" for record in records)])
    rows += [
        [f"{'Picks' if picking else 'Labels'} at revision", *(str(record.label_revision) for record in records)],
        ["Started from", *(record.start_from for record in records)],
        ["Seed", *(str(record.seed) for record in records)],
        ["Scored", *(str(record.metrics.get("sentence") or "–") for record in records)],
    ]
    return columns, rows + (phase_rows(records) if picking else facies_rows(records))


def phase_rows(records: list[RunRecord]) -> list[list[str]]:
    """Precision, recall, F1 and residuals of every phase on held-out records."""
    held_out = [record.metrics.get("held_out") or {} for record in records]
    phases = list(dict.fromkeys(name for each in held_out for name in each if isinstance(each[name], dict)))
    scores = [[each.get(phase) or {} for each in held_out] for phase in phases]
    rows = []
    for phase, found in zip(phases, scores, strict=True):
        rows += [
            [f"{phase} {title}", *(figure(each, name) for each in found)]
            for name, title in (("precision", "precision"), ("recall", "recall"), ("f1", "F1"))
        ]
        rows += [
            [f"{phase} {title}", *(milliseconds(each.get(name)) for each in found)]
            for name, title in (("residual_mean", "late by"), ("residual_std", "scatter"))
        ]
    return rows


def milliseconds(seconds: object) -> str:
    """A time as tables show it."""
    return f"{1000.0 * seconds:.0f} ms" if isinstance(seconds, int | float) else "–"


def facies_rows(records: list[RunRecord]) -> list[list[str]]:
    """Figures of each run, of its baselines and of its classes."""
    rows = [[title, *(figure(record.metrics, name) for record in records)] for name, title in FIGURES]
    names = dict.fromkeys(name for record in records for name in record.metrics.get("baselines") or {})
    for name in names:
        cells = [figure((r.metrics.get("baselines") or {}).get(name), "mean_class_accuracy") for r in records]
        rows.append([f"Baseline: {name}", *cells])
    classes = {entry.id: entry.name for record in records for entry in record.classes}
    for class_id, title in classes.items():
        cells = [class_figure(record, class_id) for record in records]
        if any(cell != "–" for cell in cells):
            rows.append([f"IoU of {title}", *cells])
    return rows


def class_figure(record: RunRecord, class_id: int) -> str:
    per_class = (record.metrics.get("held_out") or {}).get("per_class") or {}
    return figure(per_class.get(str(class_id)) or per_class.get(class_id), "iou")


def known_run(desk: Desk, run_id: str) -> RunRecord | None:
    """A run of the open project, None where there is none of that id."""
    try:
        return desk.project.run(run_id) if desk.project is not None else None
    except SeisguiError:
        return None
