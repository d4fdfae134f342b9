"""Published picker weights as SeisBench keeps them: a file of tensors beside a JSON that says what they expect."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seisgui.catalogue.phasenet import SAMPLES
from seisgui.errors import InputError
from seisgui.networks.weight_files import read_tensors
from seisgui.networks.weights import State

RATE = 100.0  # SeisBench's own defaults, where its file leaves them out
ORDER = "ZNE"
NORMS = ("std", "peak")
LETTERS = {"N", "P", "S"}


@dataclass(frozen=True)
class PublishedWeights:
    """Tensors and what their JSON says.

    ``phases`` are the classes in the order of the output ('N' is noise), ``components`` those of the input; ``rate``
    in Hz, ``samples`` of a window. ``norm`` is 'std' or 'peak' of every component, after the mean (``detrend``: the
    straight line) was taken off. ``thresholds`` are probabilities by phase that the file recommends.
    """

    state: State
    title: str
    phases: tuple[str, ...]
    components: tuple[str, ...]
    rate: float
    samples: int
    norm: str
    detrend: bool
    thresholds: dict[str, float]
    notices: tuple[str, ...] = ()


def description_of(path: Path) -> Path:
    """Where the JSON of a file of weights lies: 'x.pt' -> 'x.json', 'x.pt.v2' -> 'x.json.v2'."""
    stem, mark, version = path.name.rpartition(".pt")
    return path.with_name(f"{stem}.json{version}") if mark else path.with_suffix(".json")


def read_published(path: Path) -> PublishedWeights:
    """Read a pair of files; nothing in them is run.

    Raises ``InputError`` where either is missing or damaged, the weights ask to run code, or the JSON does not tell
    the order of the phases.
    """
    beside = description_of(path)
    state = read_tensors(path)
    if not beside.is_file():
        raise InputError(
            f"{beside.name} is missing beside {path.name}: it tells the order of phases and components.",
            "Put both files of the pair into one folder.",
        )
    try:
        document = json.loads(beside.read_text(encoding="utf-8"))
        arguments = dict(document["model_args"])
        return _published(path, state, document, arguments)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{beside} does not describe weights of a picker ({type(error).__name__}: {error}).",
            "Take the JSON that was published with the weights.",
        ) from error


def _published(path: Path, state: State, document: dict[str, Any], arguments: dict[str, Any]) -> PublishedWeights:
    labels = arguments.get("phases", arguments.get("labels"))
    phases = tuple(str(letter) for letter in labels or "")
    if len(set(phases)) != len(phases) or not {"N", "P"} <= set(phases):
        raise InputError(
            f"{description_of(path).name} does not tell the order of the phases (it says {labels!r}).",
            'It needs an entry like "phases": "NPS" among its model_args.',
        )
    notices = []
    if "sampling_rate" not in arguments:
        notices.append(f"{path.name} does not say its sampling rate; {RATE:g} Hz is taken, as is usual.")
    if "component_order" not in arguments:
        notices.append(f"{path.name} does not say its component order; {ORDER} is taken, as is usual.")
    norm = "peak" if arguments.get("norm_amp_per_comp") else str(arguments.get("norm", "std"))
    if norm not in NORMS:
        raise InputError(f"{path.name} wants records scaled by {norm!r}, which this program does not know.")
    defaults = document.get("default_args") or {}
    found = PublishedWeights(
        state=state,
        title=str(document.get("docstring", "")).strip().split("\n")[0] or path.name,
        phases=phases,
        components=tuple(str(arguments.get("component_order", ORDER))),
        rate=float(arguments.get("sampling_rate", RATE)),
        samples=int(arguments.get("in_samples", SAMPLES)),
        norm=norm,
        detrend=bool(arguments.get("norm_detrend", False)),
        thresholds={
            phase: float(defaults[f"{phase}_threshold"]) for phase in phases if f"{phase}_threshold" in defaults
        },
        notices=tuple(notices),
    )
    if not (found.rate > 0 and found.samples > 0):
        raise InputError(f"{path.name} has no sampling rate or window length above zero.")
    return found
