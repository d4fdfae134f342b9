"""Which classes there are and how they look: those of the label set in view, and those that a run tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seisgui.gui.state import WorkbenchState
    from seisgui.interpretation.facies import FaciesClass
    from seisgui.interpretation.runs import RunRecord

FALLBACK_COLOUR = "#808080"


def learnt_here(state: WorkbenchState, run: RunRecord | None) -> bool:
    """Whether a run learnt from the label set in view, so that their class ids mean the same."""
    labels = state.labels
    return run is None or not run.label_set_id or labels is None or run.label_set_id == labels.id


def classes_of(state: WorkbenchState, run: RunRecord | None) -> dict[int, FaciesClass]:
    """Classes by the ids of a run: as the label set it learnt from has them, else as the run kept them."""
    kept = {entry.id: entry for entry in run.classes} if run is not None else {}
    now = state.labels.classes if state.labels is not None and learnt_here(state, run) else ()
    return kept | {entry.id: entry for entry in now}


def predicted_classes(state: WorkbenchState) -> dict[int, FaciesClass]:
    """Classes by the ids of the run in view."""
    return classes_of(state, state.run)


def colours_of(state: WorkbenchState, run: RunRecord | None) -> dict[int, str]:
    """'#rrggbb' by class id of a run; hidden classes have none."""
    return {entry.id: entry.colour for entry in classes_of(state, run).values() if not entry.hidden}


def class_colours(state: WorkbenchState) -> dict[int, str]:
    """'#rrggbb' by class id of the active label set."""
    return {entry.id: entry.colour for entry in visible_classes(state)}


def visible_classes(state: WorkbenchState) -> list[FaciesClass]:
    return [entry for entry in state.labels.classes if not entry.hidden] if state.labels is not None else []


def class_colour(state: WorkbenchState, class_id: int) -> str:
    return class_colours(state).get(class_id, FALLBACK_COLOUR)
