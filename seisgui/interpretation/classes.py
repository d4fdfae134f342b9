"""Facies classes, where a label came from, and boxes in line numbers: plain frozen data."""

from __future__ import annotations

import getpass
import re
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import Any

from seisgui.errors import InputError

UNLABELLED = -1
LEAVE = -2
LARGEST_ID = 254


class Source(IntEnum):
    """Who put a label there; scores count HUMAN and IMPORTED only."""

    HUMAN = 1
    ACCEPTED = 2
    AUTO = 3
    IMPORTED = 4


@dataclass(frozen=True, slots=True)
class FaciesClass:
    """One facies class; ids (0..254) are never reused within a label set."""

    id: int
    name: str
    colour: str  # '#rrggbb'
    hidden: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> FaciesClass:
        return cls(
            int(document["id"]), str(document["name"]), str(document["colour"]), bool(document.get("hidden", False))
        )


@dataclass(frozen=True, slots=True)
class LabelSetInfo:
    """One interpreter's labels of a dataset for one purpose."""

    id: str
    name: str
    author: str
    dataset_id: str


@dataclass(frozen=True, slots=True)
class Region:
    """Inclusive box: first and last inline, crossline (line numbers) and sample (ms or m)."""

    inline: tuple[float, float]
    crossline: tuple[float, float]
    sample: tuple[float, float]


def valid_colour(colour: str) -> str:
    """The colour in lower case; raises ``InputError`` where it is not '#rrggbb'."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise InputError(f"{colour!r} is not a colour.", "Write colours as '#rrggbb', for example '#3366cc'.")
    return colour.lower()


def valid_name(name: str) -> str:
    """The name without outer blanks; raises ``InputError`` where nothing is left."""
    if not name.strip():
        raise InputError("A class needs a name.", "Give it the name that you use for the facies.")
    return name.strip()


def user_name() -> str:
    """The name under which labels are made."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "interpreter"
