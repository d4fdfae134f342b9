"""A picker: network, label order, components, rate and scaling together; how one begins, is kept and comes back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from seisgui import catalogue
from seisgui.catalogue.phasenet import SAMPLES
from seisgui.errors import InputError
from seisgui.learning.model_library import CHECKPOINT, WEIGHTS, built_in_cards
from seisgui.learning.picking.normalise import FloatArray, WaveformScale
from seisgui.networks import registry
from seisgui.networks.device import choose_device
from seisgui.networks.phasenet import PhaseNet
from seisgui.networks.phasenet_ready import ReadyPhaseNet
from seisgui.networks.seisbench import description_of, read_published
from seisgui.networks.weights import LoadReport, State, copy_state, load_matching

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

VERSION = 1
NOISE = "N"
BATCH = 16  # windows at a time: larger batches no longer fit a core's cache
GPU_BATCH = 256
ALIKE = {"E": ("E", "1", "X", "R"), "N": ("N", "2", "Y", "T"), "Z": ("Z", "3", "V", "U")}


@dataclass(frozen=True, slots=True)
class PickerInfo:
    """What stands beside a picker's tensors.

    ``phases`` are the classes in the order of the output, noise ('N') among them; ``components`` those of the input.
    ``rate`` in Hz is that of the records it learned from, ``samples`` the length of its windows.
    """

    network: str = "phasenet"
    phases: tuple[str, ...] = ("N", "P", "S")
    components: tuple[str, ...] = ("E", "N", "Z")
    rate: float = 100.0
    samples: int = SAMPLES
    scale: WaveformScale = field(default_factory=WaveformScale)
    extra: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "task": "picking",
            "network": self.network,
            "phases": list(self.phases),
            "components": list(self.components),
            "rate": self.rate,
            "samples": self.samples,
            "scale": self.scale.to_json(),
            "extra": self.extra,
            # what a card of the model library says of every network
            "class_names": list(self.phases),
            "amplitude": {},
            "orientation": "",
            "position": False,
            "sample_interval": 1000.0 / self.rate,
            "unit": "ms",
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> PickerInfo:
        return cls(
            network=str(document["network"]),
            phases=tuple(str(phase) for phase in document["phases"]),
            components=tuple(str(component) for component in document["components"]),
            rate=float(document["rate"]),
            samples=int(document["samples"]),
            scale=WaveformScale.from_json(document["scale"]),
            extra=dict(document.get("extra", {})),
        )


class PickerModel:
    """A trained picker. ``module`` learns, ``predict_windows`` works on a faster copy made when it is first asked."""

    def __init__(self, module: nn.Module, info: PickerInfo, device: torch.device | None = None) -> None:
        self.device = device or torch.device("cpu")
        self.module = module.to(self.device).eval()
        self.info = info
        self._ready: nn.Module | None = None

    @property
    def phases(self) -> tuple[str, ...]:
        return self.info.phases

    @property
    def arrivals(self) -> tuple[str, ...]:
        """The phases without noise."""
        return tuple(phase for phase in self.info.phases if phase != NOISE)

    @property
    def components(self) -> tuple[str, ...]:
        return self.info.components

    @property
    def rate(self) -> float:
        return self.info.rate

    @property
    def samples(self) -> int:
        return self.info.samples

    @property
    def at_once(self) -> int:
        """Windows that are predicted fastest together."""
        return BATCH if self.device.type == "cpu" else GPU_BATCH

    def index_of(self, phase: str) -> int:
        """Row of a phase among the probabilities."""
        return self.info.phases.index(phase)

    def predict_windows(self, windows: NDArray[Any]) -> FloatArray:
        """Probabilities (n, n_phase, samples) of raw windows (n, C, samples), components in the model's order.

        The windows are scaled here, and may have any one length; NaN counts as nothing.
        """
        if self._ready is None:
            self._ready = ready(self.module, self.device)
        found = np.empty((len(windows), len(self.phases), windows.shape[-1]), np.float32)
        with torch.inference_mode():
            for first in range(0, len(windows), self.at_once):
                batch = torch.from_numpy(self.info.scale.apply(windows[first : first + self.at_once])).to(self.device)
                found[first : first + self.at_once] = torch.softmax(self._ready(batch), dim=1).cpu().numpy()
        return found

    def arrange(self, records: NDArray[Any], components: Sequence[str]) -> FloatArray:
        """Records (n, C, samples) with ``components`` in the model's order; those that it lacks are NaN."""
        return arranged(records, components, self.components)

    def trained_further(self) -> None:
        """The weights of ``module`` have changed."""
        self.module.eval()
        self._ready = None

    def save(self, folder: Path) -> None:
        """Write weights and metadata into a run's folder, whole or not at all."""
        save_picker(folder / WEIGHTS, copy_state(self.module), self.info)

    @classmethod
    def load(cls, project: Project, run_id: str, device: str | None = None) -> PickerModel:
        """The picker of a run; ``InputError`` where the run picks no arrivals or its weights are not there."""
        record = project.run(run_id)
        if record.task != "picking":
            raise InputError(f"The run {run_id} is one of {record.task}: it picks no arrivals.")
        return load_picker(project.run_folder(run_id) / WEIGHTS, device)


def ready(module: nn.Module, device: torch.device) -> nn.Module:
    """The fastest module with the same logits."""
    if not isinstance(module, PhaseNet):
        return module
    return ReadyPhaseNet(module) if device.type == "cpu" else module.folded()


def save_picker(path: Path, state: State, info: PickerInfo) -> None:
    """Write tensors and metadata under a temporary name, then rename."""
    partial = path.with_name(path.name + ".partial")
    save_file(state, partial, {CHECKPOINT: json.dumps(info.to_json())})
    partial.replace(path)


def read_picker(path: Path) -> tuple[State, PickerInfo]:
    """Tensors on the CPU and what stands beside them.

    Raises ``InputError`` where the file is missing, damaged or no picker of this program.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping, only keys()
        info = PickerInfo.from_json(json.loads(metadata[CHECKPOINT]))
    except OSError as error:
        raise InputError(f"The weights {path} cannot be read: {error.strerror or error}.") from error
    except SafetensorError as error:
        raise InputError(f"{path} is no readable safetensors file ({error}).") from error
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path} holds weights, but not of a picker of this program.") from error
    return state, info


def load_picker(path: Path, device: str | None = None) -> PickerModel:
    """The picker in a file of this program, ready to predict."""
    state, info = read_picker(path)
    module = registry.build(info.network, len(info.phases), len(info.components))
    load_matching(
        module, state, path.name, encoder=tuple(name for name, _ in module.named_children()), complete_encoder=True
    )
    return PickerModel(module, info, choose_device(device))


@dataclass(frozen=True)
class PickerStart:
    """Weights that a picker goes on from, and what they say of themselves."""

    title: str
    state: State
    info: PickerInfo
    notices: tuple[str, ...] = ()


def read_start(name: str, project: Project | None = None, network: str = "phasenet") -> PickerStart:
    """What ``name`` means: a run of ``project``, 'built-in', the folder of a run, or a file of weights.

    A file is one of this program, or one of a published pair (see ``networks.seisbench``). Raises ``InputError`` with
    the choices.
    """
    if name == "built-in":
        paths = [card.path for card in built_in_cards() if card.network == network and card.path is not None]
        if not paths:
            raise InputError(f"There are no built-in weights for {network}.", "Start from scratch or from a file.")
        return _start(paths[0])
    if project is not None and name in {record.id for record in project.runs()}:
        return replace(_start(project.run_folder(name) / WEIGHTS), title=f"run {name}")
    path = Path(name).expanduser()
    if path.is_dir():
        path = path / WEIGHTS
    if not path.is_file():
        raise InputError(
            f"{name!r} is neither a run of this project nor a file of weights.",
            "Start from scratch, built-in, the id of a run, or the path of a file.",
        )
    return _start(path)


def _start(path: Path) -> PickerStart:
    try:
        state, info = read_picker(path)
    except InputError:
        if path.suffix == ".safetensors" and not description_of(path).is_file():
            raise
        return _published_start(path)
    return PickerStart(path.name, state, info)


def _published_start(path: Path) -> PickerStart:
    published = read_published(path)
    info = PickerInfo(
        phases=published.phases,
        components=published.components,
        rate=published.rate,
        samples=published.samples,
        scale=WaveformScale(published.norm, published.detrend),
        extra={"title": published.title, "thresholds": published.thresholds},
    )
    return PickerStart(path.name, published.state, info, published.notices)


def make_picker(
    start: PickerStart | None,
    info: PickerInfo,
    *,
    fresh: tuple[str, ...] = (),
    device: str | None = None,
) -> tuple[PickerModel, LoadReport | None]:
    """A picker with ``info``, its weights taken from ``start`` where they fit; None starts from scratch.

    Fresh weights come from torch's global generator. ``fresh`` names modules that keep them; the report is None where
    nothing was to be loaded. The rows of the output go by phase: a phase that the start does not know keeps fresh
    ones. A start with other components gives the filters of those that ``info`` names. Raises ``InputError`` where
    the weights belong to another network.
    """
    network = catalogue.network(info.network)
    module = registry.build(info.network, len(info.phases), len(info.components))
    if start is None or {name for name, _ in module.named_children()} <= set(fresh):
        return PickerModel(module, info, choose_device(device)), None
    own = start.state if _other_network(start.state, module) else fitted_state(start, info, copy_state(module))
    report = load_matching(module, own, start.title, encoder=network.encoder, fresh=fresh)
    if report.missing and not fresh:
        raise InputError(
            f"{start.title} is no whole {network.title}: {report.missing[0]} and {len(report.missing) - 1} other "
            "tensors are missing.",
            "Choose the network that it was made for.",
        )
    return PickerModel(module, info, choose_device(device)), report


def _other_network(state: State, module: nn.Module) -> bool:
    """Whether input or output layer are not there in a shape of this network."""
    target = module.state_dict()
    return any(
        name not in state or state[name].ndim != target[name].ndim or state[name].shape[2:] != target[name].shape[2:]
        for name in ("inc.weight", "out.weight", "out.bias")
    )


def fitted_state(start: PickerStart, info: PickerInfo, own: State) -> State:
    """The tensors of a start as a network with other components or phases needs them; ``own`` are its fresh ones."""
    state = dict(start.state)
    filters = state["inc.weight"]
    if filters.shape[1] != len(start.info.components) or len(state["out.bias"]) != len(start.info.phases):
        raise InputError(
            f"{start.title} has {filters.shape[1]} components and {len(state['out.bias'])} classes, but says "
            f"{''.join(start.info.components)} and {''.join(start.info.phases)}.",
            "The description belongs to other weights.",
        )
    places = component_places(info.components, start.info.components)
    columns = [own["inc.weight"][:, [i]] if at is None else filters[:, [at]] for i, at in enumerate(places)]
    state["inc.weight"] = torch.cat(columns, dim=1)
    for name in ("out.weight", "out.bias"):
        rows = own[name].clone()
        for row, phase in enumerate(info.phases):
            if phase in start.info.phases:
                rows[row] = start.state[name][start.info.phases.index(phase)]
        state[name] = rows
    return state


def component_places(wanted: Sequence[str], given: Sequence[str]) -> list[int | None]:
    """Where each wanted component stands among the given ones; None where it is not there.

    '1', 'X' and 'R' stand for E, '2', 'Y' and 'T' for N, '3', 'V' and 'U' for Z. A single component of another name
    counts as Z.
    """
    names = [_letter(name) for name in given]
    if len(names) == 1 and names[0] not in ALIKE:
        names = ["Z"]
    return [names.index(_letter(name)) if _letter(name) in names else None for name in wanted]


def _letter(name: str) -> str:
    last = name[-1:].upper()
    return next((letter for letter, alike in ALIKE.items() if last in alike), name)


def arranged(records: NDArray[Any], given: Sequence[str], wanted: Sequence[str]) -> FloatArray:
    """Records (n, C, samples) with the components ``wanted``, NaN where one is not there."""
    found = np.full((len(records), len(wanted), records.shape[-1]), np.nan, np.float32)
    for row, place in enumerate(component_places(wanted, given)):
        if place is not None:
            found[:, row] = records[:, place]
    return found
