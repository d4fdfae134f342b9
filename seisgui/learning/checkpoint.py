"""Weights on disk: safetensors with everything that predicting needs in the metadata; never a pickle."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from seisgui import catalogue
from seisgui.errors import InputError
from seisgui.learning import model_library
from seisgui.learning.dense import NetworkModel, channel_count
from seisgui.networks import registry
from seisgui.networks.device import choose_device
from seisgui.networks.weights import State, copy_state
from seisgui.seismic.amplitude import AmplitudeScale

WEIGHTS, KEY = model_library.WEIGHTS, model_library.CHECKPOINT
VERSION = 1


@dataclass(frozen=True, slots=True)
class CheckpointInfo:
    """What stands beside the tensors; ``scales`` has one amplitude scale per dataset id, the first is the trained."""

    network: str
    class_ids: tuple[int, ...]
    class_names: tuple[str, ...]
    scales: dict[str, AmplitudeScale]
    lines: tuple[str, ...] | None
    orientation: str
    smoothing: tuple[float, float] = (0.0, 0.0)
    mirrored: bool = False
    regularise: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def scale(self) -> AmplitudeScale:
        return next(iter(self.scales.values()))

    @property
    def position(self) -> bool:
        return self.lines is not None

    def to_json(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "network": self.network,
            "class_ids": list(self.class_ids),
            "class_names": list(self.class_names),
            "amplitude": {dataset: scale.to_json() for dataset, scale in self.scales.items()},
            "position": self.position,
            "lines": None if self.lines is None else list(self.lines),
            "orientation": self.orientation,
            "sample_interval": self.scale.interval,
            "domain": self.scale.domain,
            "unit": self.scale.unit,
            "smoothing": list(self.smoothing),
            "mirrored": self.mirrored,
            "regularise": self.regularise,
            "extra": self.extra,
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> CheckpointInfo:
        lines = document["lines"]
        return cls(
            network=document["network"],
            class_ids=tuple(int(number) for number in document["class_ids"]),
            class_names=tuple(document["class_names"]),
            scales={name: AmplitudeScale.from_json(scale) for name, scale in document["amplitude"].items()},
            lines=None if lines is None else tuple(lines),
            orientation=document["orientation"],
            smoothing=(float(document["smoothing"][0]), float(document["smoothing"][1])),
            mirrored=bool(document.get("mirrored", False)),
            regularise=float(document.get("regularise", 0.0)),
            extra=dict(document.get("extra", {})),
        )


def save_checkpoint(path: Path, state: State, info: CheckpointInfo) -> None:
    """Write tensors and metadata under a temporary name, then rename."""
    partial = path.with_name(path.name + ".partial")
    save_file(state, partial, {KEY: json.dumps(info.to_json())})
    partial.replace(path)


def save_model(path: Path, model: NetworkModel, info: CheckpointInfo) -> None:
    """``save_checkpoint`` of a model's weights as they are now."""
    save_checkpoint(path, copy_state(model.module), info)


def read_checkpoint(path: Path) -> tuple[State, CheckpointInfo]:
    """Tensors on the CPU and what stands beside them.

    Raises ``InputError`` where the file is missing, damaged, no safetensors file or not one of this program.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            metadata = file.metadata() or {}
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping, only keys()
        info = CheckpointInfo.from_json(json.loads(metadata[KEY]))
    except OSError as error:
        raise InputError(f"The weights {path} cannot be read: {error.strerror or error}.") from error
    except SafetensorError as error:
        raise InputError(
            f"{path} is no readable safetensors file ({error}).",
            "Other weight formats are not loaded: they may run code.",
        ) from error
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path} holds weights, but not of a network trained by this program.") from error
    return state, info


def load_checkpoint(path: Path, device: str | None = None) -> NetworkModel:
    """The model of a checkpoint, ready to predict."""
    state, info = read_checkpoint(path)
    return model_of(state, info, choose_device(device))


def model_of(state: State, info: CheckpointInfo, device: torch.device) -> NetworkModel:
    """A model from tensors; ``InputError`` where they do not fit the network named."""
    module = registry.build(info.network, len(info.class_ids), channel_count(info.lines))
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        raise InputError(f"The weights do not fit the network {info.network!r} of this version.") from error
    module.to(device).eval()
    return NetworkModel(
        module=module,
        info=catalogue.network(info.network),
        class_ids=info.class_ids,
        scale=info.scale,
        lines=info.lines,
        device=device,
        smoothing=info.smoothing,
        mirrored=info.mirrored,
        regularise=info.regularise,
    )
