"""What is at hand in a window, by which commands are enabled; and what undo and redo would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seisgui.gui.actions import Actions
    from seisgui.gui.controllers.training_flow import TrainingFlow
    from seisgui.gui.state import WorkbenchState
    from seisgui.interpretation.project import Project


def is_writable(project: Project | None) -> bool:
    """Whether there is a project that edits can be made in."""
    return project is not None and not project.read_only


def facts_at_hand(state: WorkbenchState, training: TrainingFlow, *, gathers: bool) -> dict[str, bool]:
    """What is true, by the names that commands need; ``gathers``: these are in the middle, not sections."""
    project = state.project
    writable = is_writable(project)
    return {
        "project": project is not None,
        "volume": state.volume is not None,
        "gathers": state.records is not None,
        "picks": state.records is not None and writable,
        "shown": state.records is not None if gathers else state.volume is not None,
        "copies": state.volume is not None and writable,
        "labels": state.labels is not None and writable,
        "trainable": writable and training.subject.present and not training.running,
        "livable": writable and training.subject.present and (not training.running or training.live),
        "run": state.run_id is not None and state.volume is not None,
        "training": training.running and not training.job.stopping,
        "live": training.live,
        "undo": writable and project.journal.can_undo,
        "redo": writable and project.journal.can_redo,
    }


def show_undo(actions: Actions, project: Project | None) -> None:
    """Say on Undo and Redo what they would do."""
    for name, text in (
        ("undo", project.journal.undo_text if project else ""),
        ("redo", project.journal.redo_text if project else ""),
    ):
        action = actions[f"edit.{name}"]
        action.setText(f"{name.capitalize()} {text}".strip())
        action.setIconText(name.capitalize())
        action.setToolTip(f"{name.capitalize()}: {text}" if text else f"Nothing to {name}")
