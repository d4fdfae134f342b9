"""Sections whose probabilities stay on the GPU until they are bytes: less to copy, nothing to do on the CPU."""

from __future__ import annotations

import threading
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from seisgui.learning import stored
from seisgui.networks.device import out_of_memory_told
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.progress import Progress
from seisgui.seismic.volume import FloatArray

if TYPE_CHECKING:
    from seisgui.learning.predictor import Predictor

_feeding = threading.Lock()  # one thread feeds the GPU; the others read, prepare, compress and write meanwhile


def gpu_section_steps(
    work: Predictor, ref: SectionRef, amplitude: FloatArray, names: Sequence[str], other: stored.ByteArray | None
) -> Generator[Progress, None, stored.ByteArray]:
    """As ``survey_task.section_steps``, computed on the model's device."""
    from seisgui.learning.dense import NetworkModel, section_stack

    model = work.adapted.model
    assert isinstance(model, NetworkModel)
    stack = section_stack(amplitude, model.scale, ref, work.volume.axes, model.lines)
    with _feeding:
        probabilities = yield from model.probability_steps(stack)
        with torch.inference_mode(), out_of_memory_told():
            if other is not None:
                probabilities = 0.5 * probabilities + (0.5 / 255) * to_device(other, model.device)
            live = to_device(np.isfinite(amplitude), model.device)
            found: stored.ByteArray = byte_planes(names, probabilities, model.class_ids, live).cpu().numpy()
    return found


def to_device(values: stored.ByteArray | np.typing.NDArray[np.bool_], device: torch.device) -> Tensor:
    """An array on the device; on its way to a GPU it does not hold up the thread."""
    tensor = torch.from_numpy(np.ascontiguousarray(values))
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


def byte_planes(names: Sequence[str], probabilities: Tensor, class_ids: tuple[int, ...], live: Tensor) -> Tensor:
    """As ``survey_task.planes``, with torch."""
    confidence, best = probabilities.max(dim=0)
    bounded = probabilities.clamp_min(1e-12)
    entropy = -(bounded * bounded.log()).sum(dim=0) / float(np.log(max(len(class_ids), 2)))
    ids = torch.tensor(class_ids, dtype=torch.uint8, device=probabilities.device)
    kept = {
        stored.KINDS[stored.CLASS]: ids[best],
        stored.KINDS[stored.CONFIDENCE]: scaled(confidence),
        stored.KINDS[stored.ENTROPY]: scaled(entropy),
    }
    for class_id, plane in zip(class_ids, probabilities, strict=True):
        if (name := stored.probability_name(class_id)) in names:
            kept[name] = scaled(plane)
    nothing = torch.zeros_like(kept[stored.KINDS[stored.CONFIDENCE]])
    return torch.stack([torch.where(live, kept.get(name, nothing), stored.fill_value(name)) for name in names])


def scaled(share: Tensor) -> Tensor:
    """0-1 as 0-255."""
    return (255.0 * share).round().clamp(0, 255).to(torch.uint8)
