"""Weights to start from, with what they were trained on: runs, imported files, built-in and official ones; no torch."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
from safetensors import SafetensorError, safe_open

from seisgui import catalogue
from seisgui.catalogue import NetworkInfo, OfficialWeights
from seisgui.errors import InputError
from seisgui.interpretation.runs import FILE_NAME, RunRecord, read_run
from seisgui.networks.pretrained import at_hand, cached_path
from seisgui.resources import resource_folder

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

CHECKPOINT, CARD = "seisgui", "seisgui.card"  # keys of a safetensors file's metadata
WEIGHTS = "weights.safetensors"
SCORES = ("pixel_accuracy", "mean_class_accuracy", "mean_iou")
BUILT_IN = "built-in"


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What weights were trained on. ``start_from`` is what a request names them by; empty fields are not known.

    ``kind`` is 'run', 'imported', 'built-in' or 'official'; ``scores`` are those on held-out labels.
    """

    start_from: str
    kind: str
    title: str
    network: str
    task: str = "facies"
    classes: tuple[str, ...] = ()
    survey: str = ""
    orientation: str = ""
    patch: int = 0
    interval: float | None = None
    unit: str = ""
    position: bool | None = None
    scores: tuple[tuple[str, float], ...] = ()
    created: str = ""
    notes: str = ""
    values: int = 0  # numbers in the file
    path: Path | None = None
    at_hand: bool = True
    megabytes: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """What a file says about itself: all but where it is."""
        document = asdict(self)
        for name in ("start_from", "path", "at_hand", "megabytes", "values"):
            del document[name]
        return document | {"scores": dict(self.scores)}

    @classmethod
    def from_json(cls, document: dict[str, Any], path: Path, start_from: str) -> ModelCard:
        """Card of ``to_json``'s document; unknown keys of later versions are ignored."""
        known = {entry.name for entry in fields(cls)}
        values = {name: value for name, value in document.items() if name in known}
        values["classes"] = tuple(str(name) for name in values.get("classes", ()))
        values["scores"] = tuple((str(name), float(score)) for name, score in dict(values.get("scores", {})).items())
        return cls(**values | {"start_from": start_from, "path": path})


def library(project: Project | None = None) -> list[ModelCard]:
    """Everything to start from: runs of the project (newest first), imported files, built-in and official weights."""
    runs = run_cards(project) if project is not None else []
    return [*runs, *_cards_in(library_folder(), "imported"), *built_in_cards(), *official_cards()]


def fitting(cards: Iterable[ModelCard], info: NetworkInfo) -> list[ModelCard]:
    """The cards whose weights a network can start from, be it from their encoder only."""
    family = info.family or info.name
    return [card for card in cards if card.network == info.name or _family(card.network) == family]


def run_cards(project: Project) -> list[ModelCard]:
    """The runs of a project that have weights, newest first; damaged ones are there and not ``at_hand``."""
    return cards_of_runs(*runs_and_surveys(project))


def runs_and_surveys(project: Project) -> tuple[list[tuple[RunRecord, Path]], dict[str, str]]:
    """What ``cards_of_runs`` needs of a project: its runs with their folders, and dataset names by id."""
    runs = [(record, project.run_folder(record.id)) for record in project.runs()]
    return runs, {dataset.id: dataset.name for dataset in project.datasets()}


def cards_of_runs(runs: list[tuple[RunRecord, Path]], surveys: dict[str, str]) -> list[ModelCard]:
    """``run_cards`` without the project: it reads the files of weights, in whichever thread it is called."""
    cards = []
    for record, folder in reversed(runs):
        path = folder / WEIGHTS
        if path.is_file():
            survey = surveys.get(record.dataset_id, record.dataset_id)
            try:
                cards.append(_card_of_run(record, path, record.id, survey))
            except InputError as error:
                cards.append(_card_of_damaged(path, "run", record.id, error))
    return cards


def built_in_cards() -> list[ModelCard]:
    """Weights that ship with the program."""
    return [replace(card, start_from=BUILT_IN) for card in _cards_in(resource_folder() / "weights", BUILT_IN)]


def official_cards() -> list[ModelCard]:
    """Published weights, at hand or to be downloaded; one card a network and file."""
    return [_card_of_official(info, weights) for info in catalogue.networks() for weights in info.official]


def card_of(path: Path) -> ModelCard:
    """What a safetensors file, or the folder of a run of any project, says about itself.

    Raises ``InputError`` where it is missing, damaged, or says nothing about its network.
    """
    folder = path if path.is_dir() else path.parent
    weights = path / WEIGHTS if path.is_dir() else path
    if weights.name == WEIGHTS and (folder / FILE_NAME).is_file():
        record = read_run(folder)
        if not weights.is_file():
            raise InputError(f"The run {record.id} has no weights in {folder}.", "Choose a run of a neural network.")
        return _card_of_run(record, weights, str(path), _project_name(folder))
    metadata, values = _header(weights)
    return _card_of_metadata(metadata, values, weights, str(path))


def library_folder() -> Path:
    """Where imported weights are kept for all projects (it need not exist)."""
    named = os.environ.get("SEISGUI_DATA")
    return Path(named or platformdirs.user_data_dir("seisgui", appauthor=False)) / "models"


def forget(card: ModelCard) -> None:
    """Remove an imported file from the library; this cannot be undone."""
    if card.kind != "imported" or card.path is None or card.path.parent != library_folder():
        raise InputError(f"{card.title} is no imported file of the library.", "Runs are deleted in the run ledger.")
    try:
        card.path.unlink()
    except OSError as error:
        raise InputError(f"{card.path} cannot be removed: {error.strerror or error}.") from error


def _family(network: str) -> str:
    for info in catalogue.networks():
        if info.name == network:
            return info.family or info.name
    return network


def _cards_in(folder: Path, kind: str) -> list[ModelCard]:
    cards = []
    for path in sorted(folder.glob("*.safetensors")):
        try:
            cards.append(replace(card_of(path), kind=kind))
        except InputError as error:
            cards.append(_card_of_damaged(path, kind, path.stem, error))
    return cards


def _card_of_damaged(path: Path, kind: str, title: str, error: InputError) -> ModelCard:
    return ModelCard(str(path), kind, title, "", notes=str(error), path=path, at_hand=False)


def _card_of_official(info: NetworkInfo, weights: OfficialWeights) -> ModelCard:
    return ModelCard(
        start_from=weights.name,
        kind="official",
        title=weights.title,
        network=info.name,
        task="photographs",
        survey="ImageNet",
        patch=info.patch,
        notes=weights.source,
        path=cached_path(weights),
        at_hand=at_hand(weights),
        megabytes=float(weights.megabytes),
    )


def _project_name(run_folder: Path) -> str:
    project = run_folder.resolve().parent.parent
    return f"project {project.stem}" if project.suffix == ".seisproj" else ""


def _card_of_run(record: RunRecord, path: Path, start_from: str, survey: str) -> ModelCard:
    _, values = _header(path)
    known = {info.name: info for info in catalogue.networks()}
    amplitude, metrics = record.amplitude, record.metrics
    scored = bool(metrics.get("scored"))
    return ModelCard(
        start_from=start_from,
        kind="run",
        title=record.id,
        network=record.network,
        task=record.task,
        classes=tuple(entry.name for entry in record.classes),
        survey=survey,
        orientation=record.orientation,
        patch=known[record.network].patch if record.network in known else 0,
        interval=amplitude.get("interval"),
        unit=str(amplitude.get("unit", "")),
        position=metrics.get("position"),
        scores=tuple((name, float(metrics[name])) for name in SCORES if scored and name in metrics),
        created=record.created,
        notes=record.notes,
        values=values,
        path=path,
        megabytes=path.stat().st_size / 1e6,
    )


def _header(path: Path) -> tuple[dict[str, str], int]:
    """Metadata of a safetensors file and the count of its numbers; its tensors are not read."""
    try:
        with safe_open(path, framework="np") as file:
            sizes = [_product(file.get_slice(name).get_shape()) for name in file.keys()]  # noqa: SIM118 - no mapping
            return dict(file.metadata() or {}), sum(sizes)
    except OSError as error:
        raise InputError(f"The weights {path} cannot be read: {error.strerror or error}.") from error
    except SafetensorError as error:
        raise InputError(
            f"{path} is no readable safetensors file ({error}).", "Import other files of weights first."
        ) from error


def _product(shape: Iterable[int]) -> int:
    product = 1
    for side in shape:
        product *= side
    return product


def _card_of_metadata(metadata: dict[str, str], values: int, path: Path, start_from: str) -> ModelCard:
    try:
        if CARD in metadata:
            card = ModelCard.from_json(json.loads(metadata[CARD]), path, start_from)
        else:
            card = _card_of_checkpoint(json.loads(metadata[CHECKPOINT]), path, start_from)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} does not say which network it belongs to.", "Import it and name the network."
        ) from error
    return replace(card, values=values, megabytes=path.stat().st_size / 1e6)


def _card_of_checkpoint(document: dict[str, Any], path: Path, start_from: str) -> ModelCard:
    """Card of a checkpoint that lies alone, without the record of its run."""
    known = {info.name: info for info in catalogue.networks()}
    network = str(document["network"])
    return ModelCard(
        start_from=start_from,
        kind="imported",
        title=path.stem,
        network=network,
        classes=tuple(str(name) for name in document["class_names"]),
        survey=", ".join(document["amplitude"]),
        orientation=str(document["orientation"]),
        patch=known[network].patch if network in known else 0,
        interval=document.get("sample_interval"),
        unit=str(document.get("unit", "")),
        position=bool(document["position"]),
        path=path,
    )
