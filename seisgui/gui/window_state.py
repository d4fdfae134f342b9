"""What a project remembers of how it was looked at: line, layers, display. Not undoable, lost without harm."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import Any

from seisgui.gui.desk import Desk
from seisgui.gui.views.panes import LAYOUTS, PaneGrid
from seisgui.seismic.axes import Orientation, SectionRef

logger = logging.getLogger(__name__)

KEY = "window.view"
COMPARED = ("difference", "disagreement")  # what they compare with is not kept


def keep_view(desk: Desk, panes: PaneGrid) -> None:
    """Store line, layers, brush and display with the project."""
    state, project = desk.state, desk.project
    if project is None or project.read_only or state.volume is None:
        return
    ref = panes.active_view.ref
    document: dict[str, Any] = {
        "panes": len(panes.panes),
        "ref": [ref.orientation.value, ref.number] if ref else None,
        "layers": {layer.name: [layer.visible, layer.opacity] for layer in state.layers},
        "display": {field.name: getattr(state.display, field.name) for field in fields(state.display)},
        "brush": {"traces": state.brush.traces, "samples": state.brush.samples},
        "class": state.active_class,
    }
    desk.attempt(lambda: project.set_state(KEY, document))


def restore_view(desk: Desk, panes: PaneGrid) -> None:
    """Bring back what ``keep_view`` stored; anything unfit is left out."""
    state, project = desk.state, desk.project
    document = project.state(KEY) if project is not None else None
    if not isinstance(document, dict) or state.volume is None:
        return
    try:
        for name, (visible, opacity) in document.get("layers", {}).items():
            layer = state.layer(name)
            layer.visible, layer.opacity = bool(visible) and name not in COMPARED, float(opacity)
        for part in ("display", "brush"):
            target = getattr(state, part)
            for name, value in document.get(part, {}).items():
                if hasattr(target, name):
                    setattr(target, name, value)
        if document.get("panes") in LAYOUTS:
            panes.set_layout(document["panes"])
        if document.get("ref"):
            orientation, number = document["ref"]
            panes.active_view.set_ref(SectionRef(Orientation(orientation), number))
        if state.labels is not None and document.get("class") in {entry.id for entry in state.labels.classes}:
            state.active_class = document["class"]
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        logger.warning("the view of %s could not be brought back: %s", project.name, error)
