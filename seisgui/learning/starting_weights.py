"""Where a training starts from: official weights, built-in ones, runs of this or another project, files."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import save_file
from torch import nn

from seisgui import catalogue
from seisgui.catalogue import NetworkInfo
from seisgui.errors import FailureError, InputError
from seisgui.learning.checkpoint import CheckpointInfo, read_checkpoint
from seisgui.learning.model_library import (
    BUILT_IN,
    CARD,
    CHECKPOINT,
    WEIGHTS,
    ModelCard,
    built_in_cards,
    card_of,
    library_folder,
)
from seisgui.learning.picking.picker_model import make_picker, read_start
from seisgui.learning.requests import SCRATCH
from seisgui.networks import registry
from seisgui.networks.pretrained import official, official_steps
from seisgui.networks.weight_files import read_tensors
from seisgui.networks.weights import COUNTER, LoadReport, State, load_matching, take_over
from seisgui.seismic.progress import Progress

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project


@dataclass(frozen=True)
class Start:
    """Weights that a training goes on from.

    ``kind`` is 'official', 'built-in', 'run' (of this project: its class ids are ours) or 'file' (anything else).
    ``info`` is there where the weights are a checkpoint of this program.
    """

    kind: str
    title: str
    state: State
    info: CheckpointInfo | None = None

    @property
    def class_ids(self) -> tuple[int, ...]:
        """Ids of this project's classes that the weights tell."""
        return self.info.class_ids if self.kind == "run" and self.info is not None else ()


def start_steps(
    project: Project | None, name: str, network: NetworkInfo, *, download: bool = True
) -> Generator[Progress, None, Start | None]:
    """The weights that ``name`` means for a network; None for a fresh start.

    ``name`` is 'scratch'; 'imagenet' or 'imagenet-v2', with ':' and a path for a picked file; 'built-in'; the id of a
    run of ``project``; the folder of a run of any project; a file. Raises ``InputError`` with the choices.
    """
    if name in SCRATCH:
        return None
    if not network.uses_torch:
        raise InputError(f"{network.title} is always made anew and takes no weights.", "Start from scratch.")
    kind, _, picked = name.partition(":")
    if kind in {weights.name for info in catalogue.networks() for weights in info.official}:
        weights = official(network, kind)
        path = yield from official_steps(weights, Path(picked) if picked else None, download=download)
        yield Progress(0, 1, f"Reading {path.name}")
        title = weights.title if path.name == weights.file else f"{weights.title}, {path.name}"
        return Start("official", title, read_tensors(path))
    if name == BUILT_IN:
        return _built_in(network)
    if project is not None and name in {record.id for record in project.runs()}:
        state, info = read_checkpoint(_weights_of(project.run_folder(name), name))
        return Start("run", f"run {name}", state, info)
    return _from_path(Path(name))


def give_weights(start: Start, module: nn.Module, network: NetworkInfo, class_ids: tuple[int, ...]) -> LoadReport:
    """Load what ``start`` has for a fresh module of ``network`` that tells ``class_ids``, and say what that was.

    A run of this project gives its rows to the classes that it knows. The layers that tell classes stay fresh for all
    other weights: another project's classes are not ours. Raises ``InputError``, with the module untouched, where the
    weights belong to another network, or official ones lack part of the encoder.
    """
    info = start.info
    if start.kind == "run" and info is not None and info.network == network.name and _same_body(module, start, network):
        take_over(module, start.state, info.class_ids, class_ids)
        return _report_of_run(module, start.title, len(set(class_ids) - set(info.class_ids)))
    return load_matching(
        module,
        start.state,
        start.title,
        encoder=network.encoder,
        fresh=network.class_layers,
        complete_encoder=start.kind == "official",
    )


def import_steps(
    source: Path, *, network: str | None = None, title: str = "", notes: str = ""
) -> Generator[Progress, None, ModelCard]:
    """Take a file of weights, or the run of another project, into the library, as tensors with a card.

    Without ``network`` the one whose encoder it fits best is taken. Raises ``InputError`` where it fits none.
    """
    yield Progress(0, 2, f"Reading {source.name}")
    path = source / WEIGHTS if source.is_dir() else source
    state = read_tensors(path)
    known = _known_card(source)
    info = catalogue.network(network or (known.network if known else "") or detect_network(state, source.name))
    yield Progress(1, 2, f"Checking {source.name}")
    if info.task == "picking":
        return _import_picker(source, title, notes)
    with torch.random.fork_rng(devices=[]):
        module = registry.build(info.name, *info.counted_for)
    load_matching(module, state, source.name, encoder=info.encoder, fresh=info.class_layers)
    card = known or ModelCard("", "imported", source.stem, info.name, task="", patch=info.patch)
    card = replace(card, kind="imported", title=title or card.title, network=info.name, notes=notes or card.notes)
    target = _free_path(library_folder(), card.title)
    save_with_card(target, state, card)
    return replace(card_of(target), kind="imported")


def detect_network(state: State, source: str) -> str:
    """The network whose encoder ``state`` fits with most numbers, the plainest of a family; ``InputError`` for none."""
    best, name = 0, ""
    for info in sorted(catalogue.networks(), key=lambda each: each.name != each.family):
        if not info.encoder:
            continue
        with torch.device("meta"):
            target = registry.build(info.name, *info.counted_for).state_dict()
        shared = [key for key in target if key in state and key.split(".")[0] in info.encoder]
        fits = all(state[key].shape == target[key].shape for key in shared if not key.endswith(COUNTER))
        count = sum(target[key].numel() for key in shared)
        if fits and count > best:
            best, name = count, info.name
    if not name:
        raise InputError(f"{source} fits none of the networks of this program.", "Name the network it belongs to.")
    return name


def save_with_card(path: Path, state: State, card: ModelCard, **beside: str) -> None:
    """Write tensors that say what they were trained on, and what else is ``beside``; whole or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        tensors = {name: tensor.contiguous() for name, tensor in state.items()}
        save_file(tensors, partial, {CARD: json.dumps(card.to_json()), **beside})
        partial.replace(path)
    except OSError as error:
        raise FailureError(f"{path} cannot be written: {error.strerror or error}.") from error


def _import_picker(source: Path, title: str, notes: str) -> ModelCard:
    """A picker needs its order of phases and components too: of a published pair they stand in the JSON beside it."""
    start = read_start(str(source))
    with torch.random.fork_rng(devices=[]):
        make_picker(start, start.info)
    info = start.info
    own = title or str(info.extra.get("title") or source.stem)
    card = ModelCard(
        *("", "imported", own, info.network),
        task="picking",
        classes=info.phases,
        interval=1000.0 / info.rate,
        unit="ms",
        patch=info.samples,
        notes=" ".join([notes, *start.notices]).strip(),
    )
    target = _free_path(library_folder(), card.title)
    save_with_card(target, start.state, card, **{CHECKPOINT: json.dumps(info.to_json())})
    return replace(card_of(target), kind="imported")


def _built_in(network: NetworkInfo) -> Start:
    family = network.family or network.name
    for card in built_in_cards():
        if card.path is not None and card.network in (network.name, family):
            return Start(BUILT_IN, f"built-in weights ({card.title})", read_tensors(card.path))
    raise InputError(f"There are no built-in weights for {network.name}.", "Start from scratch or from a run.")


def _from_path(path: Path) -> Start:
    if not path.exists():
        raise InputError(
            f"{str(path)!r} is neither a run of this project nor a file of weights.",
            "Start from scratch, imagenet, built-in, the id of a run, or the path of a file.",
        )
    weights = _weights_of(path, path.name) if path.is_dir() else path
    try:
        state, info = read_checkpoint(weights)
    except InputError:  # not one of ours; if it is no file of weights at all, the next line says so
        return Start("file", path.name, read_tensors(weights))
    return Start("file", f"{path.name} ({info.network})", state, info)


def _weights_of(folder: Path, name: str) -> Path:
    path = folder / WEIGHTS
    if not path.is_file():
        raise InputError(f"The run {name} has no weights: {path} is missing.", "Choose another run, or restore it.")
    return path


def _known_card(source: Path) -> ModelCard | None:
    try:
        return card_of(source)
    except InputError:
        return None


def _free_path(folder: Path, title: str) -> Path:
    stem = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in title).strip("-.") or "weights"
    candidates = [folder / f"{stem}{number}.safetensors" for number in ("", *(f"-{count}" for count in range(2, 1000)))]
    return next(path for path in candidates if not path.exists())


def _same_body(module: nn.Module, start: Start, network: NetworkInfo) -> bool:
    target = module.state_dict()
    return set(target) == set(start.state) and all(
        start.state[name].shape == tensor.shape
        for name, tensor in target.items()
        if name.split(".")[0] not in network.class_layers
    )


def _report_of_run(module: nn.Module, title: str, new_classes: int) -> LoadReport:
    """Everything came over, but for the rows of new classes."""
    target = module.state_dict()
    names = tuple(name for name in target if not name.endswith(COUNTER))
    values = sum(target[name].numel() for name in names)
    note = f"{new_classes} of its classes are new and start fresh." if new_classes else ""
    return LoadReport(title, names, (), (), (), (), values, values, note)
