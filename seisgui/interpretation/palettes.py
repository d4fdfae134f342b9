"""Colours of classes: the palette of the 2018 paper, and a default one that colour-blind eyes can tell apart."""

from __future__ import annotations

# names in the order of the MalenoV label file, colours as in the paper's figures
DRAMSCH2018: tuple[tuple[str, str], ...] = (
    ("else", "#40e0d0"),  # turquoise
    ("grizzly", "#ff8c00"),  # orange
    ("high amplitude continuous", "#1f4fff"),  # blue
    ("high amplitude", "#e000e0"),  # magenta
    ("low amplitude dips", "#1e9e3c"),  # green
    ("low amplitude", "#f2e205"),  # yellow
    ("low coherency", "#8b5a2b"),  # brown
    ("salt", "#8c8c8c"),  # grey
    ("steep dips", "#4d4d4d"),  # a second grey
)

# found by a search: CIEDE2000 of any two is at least 16, to normal eyes and in simulated deuteranopia, protanopia and
# tritanopia (a test asks for 12)
DEFAULT: tuple[str, ...] = (
    "#ffd20f",  # yellow
    "#2d69ff",  # blue
    "#780f3c",  # dark red
    "#1ef0ff",  # cyan
    "#00782d",  # green
    "#ff87b4",  # pink
    "#692d96",  # purple
    "#96a54b",  # olive
    "#c34b78",  # rose
)
