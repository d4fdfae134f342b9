"""What lies over a section and follows from its content: lines, notes, wiggles, colour bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seisgui.gui.views.canvas import Decoration, Line, Wiggles
from seisgui.gui.views.chrome import ColourBar
from seisgui.gui.views.content import SectionContent
from seisgui.gui.views.frame import SectionFrame
from seisgui.gui.views.map import ORIENTATION_COLOURS
from seisgui.gui.views.positions import Spacing
from seisgui.gui.words import run_title
from seisgui.seismic.axes import Orientation, SectionRef

if TYPE_CHECKING:
    from seisgui.gui.state import WorkbenchState

STALE = "Hatched: predicted before the last labels were painted"
COARSE = "Coarse prediction: the fine one is on its way"
PROVISIONAL = "Geometry is provisional: the file is still being scanned"


def decoration_of(
    content: SectionContent, spacing: Spacing, marks: list[SectionRef], provisional: object = ""
) -> Decoration:
    """The decoration of the section of ``content``; ``marks`` are the other sections in view."""
    frame = content.frame
    per_trace = getattr(spacing, frame.lateral_name)
    return Decoration(
        lines=[*mark_lines(frame, marks), *surface_lines(content)],
        notes=notes_of(content, provisional),
        stale=content.stale,
        other_stale=content.other_stale,
        sides=sides_of(content),
        wiggles=wiggles_of(content),
        bar=ColourBar(content.planes.shade_colours, content.clip, content.centre, bar_title(content)),
        spacing=(per_trace, "m") if np.isfinite(per_trace) else (1.0, "traces"),
    )


def sides_of(content: SectionContent) -> tuple[str, str] | None:
    """What stands left and right of the divider; None where nothing is swept."""
    state = content.state
    if not state.review.swipe or content.frame is None:
        return None
    return run_name(state, state.run_id or ""), run_name(state, state.review.other_run)


def run_name(state: WorkbenchState, run_id: str) -> str:
    """What a run is called; what stands where there is none."""
    if not run_id:
        return "no prediction"
    record = state.record(run_id)
    return run_title(record) if record is not None else "run in progress"


def bar_title(content: SectionContent) -> str:
    """What the colours measure; values of one sign, such as velocities, are no amplitudes."""
    if content.state.display.agc_ms > 0 and not content.frame.upwards:
        return "After AGC"
    return "Amplitude" if content.centre == 0.0 else "Value"


def same_bar(one: ColourBar | None, other: ColourBar) -> bool:
    """Whether two colour bars look the same."""
    if one is None or (one.clip, one.centre, one.title) != (other.clip, other.centre, other.title):
        return False
    return np.array_equal(one.colours, other.colours)


def wiggles_of(content: SectionContent) -> Wiggles | None:
    """Traces in a colour that shows on what is below them; None where none are asked for."""
    mode = content.state.display.mode
    if mode == "density" or content.displayed is None or content.frame.upwards:
        return None
    zero = tuple(int(part) for part in content.planes.shade_colours[127, :3])
    below = content.planes.background if mode == "wiggle" else zero
    return Wiggles(content.displayed, content.clip, (0, 0, 0) if sum(below) > 300 else (235, 235, 235))


def notes_of(content: SectionContent, provisional: object) -> list[str]:
    notes = [f"Reading {content.frame.title} …"] if content.waiting else []
    if provisional:
        notes.append(provisional if isinstance(provisional, str) else PROVISIONAL)
    if content.stale or content.other_stale:
        notes.append(STALE)
    elif content.prediction_step > 1 and content.prediction_shown:
        notes.append(COARSE)
    return notes


def surface_lines(content: SectionContent) -> list[Line]:
    opacity = content.state.layer("horizons").opacity
    return [Line(line.points, line.colour, line.name, opacity=opacity) for line in content.surfaces]


def mark_lines(frame: SectionFrame, refs: list[SectionRef]) -> list[Line]:
    """Where other sections cut this one."""
    return [line for ref in refs if (line := mark_line(frame, ref)) is not None]


def mark_line(frame: SectionFrame, ref: SectionRef) -> Line | None:
    """The line along which another section cuts this one; None where they are parallel."""
    if ref.orientation is frame.ref.orientation:
        return None
    across = {Orientation.INLINE: "inline", Orientation.CROSSLINE: "crossline"}.get(ref.orientation, "sample")
    n_lateral, n_vertical = frame.shape
    if across == frame.lateral_name:
        lateral = frame.lateral_position(ref.number)
        points = np.array([[lateral, 0.0], [lateral, n_vertical]])
    else:
        vertical = frame.vertical_position(ref.number)
        points = np.array([[0.0, vertical], [n_lateral, vertical]])
    return Line(points, ORIENTATION_COLOURS[ref.orientation], dashed=True)
