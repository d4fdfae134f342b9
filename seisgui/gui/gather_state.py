"""How gathers and records are looked at: Qt-free, evented; the gather view and its panel listen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from psygnal import SignalGroupDescriptor

from seisgui.seismic.gather_display import RecordLook

# Okabe and Ito: told apart by every kind of colour vision; the letter stands beside them all the same.
PHASE_COLOURS = {"P": "#0072b2", "S": "#d55e00"}
OTHER_PHASE = "#009e73"


@dataclass
class GatherDisplay:
    """Settings of the gather and trace views; the same for all of a project."""

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()
    drawn: str = "auto"  # auto (traces where there is room, else density) | wiggle (with area) | lines | density | both
    colour_map: str = "grey"
    spacing: str = "trace"  # trace | offset
    component: str = ""  # the one that gathers show; '' is the last one, commonly vertical
    normalise: str = "trace"  # trace | gather
    clip_rule: str = "P99"
    gain_db: float = 0.0
    agc_ms: float = 0.0  # 0: off
    low_hz: float = 0.0  # corners of the bandpass; 0: open
    high_hz: float = 0.0
    probabilities: bool = True
    p_colour: str = PHASE_COLOURS["P"]
    s_colour: str = PHASE_COLOURS["S"]

    def look(self) -> RecordLook:
        """What must be worked out anew when it changes."""
        return RecordLook(self.low_hz, self.high_hz, self.agc_ms / 1000.0, self.normalise, self.clip_rule, self.gain_db)

    def colour_of(self, phase: str) -> str:
        """The colour of a phase such as 'P', 'Pn' or 'S'."""
        return {"P": self.p_colour, "S": self.s_colour}.get(phase[:1].upper(), OTHER_PHASE)
