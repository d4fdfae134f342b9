"""One slab of a whole survey: amplitudes in; shards of class, confidence, entropy and probabilities out."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from seisgui.errors import FailureError
from seisgui.learning import stored
from seisgui.learning.adapt import same_interval
from seisgui.learning.predictor import Predictor
from seisgui.learning.requests import PredictRequest
from seisgui.learning.slabs import SlabGroup
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.progress import Progress
from seisgui.seismic.volume import BoolArray, FloatArray, Volume


@dataclass(frozen=True, slots=True)
class SlabTask:
    """What is to be done, complete: any process that sees the project folder can do it.

    ``request`` names project, run and volume; the slab goes to the group ``out``, which must still have this
    ``key``; ``crosswise`` is the group of the probabilities that are averaged in.
    """

    request: PredictRequest
    slab: int
    out: Path
    key: str
    crosswise: Path | None = None


def slab_steps(work: Predictor, task: SlabTask) -> Generator[Progress | int, None, None]:
    """Predict and write one slab, yielding after every short piece, and the sections done after each of them.

    Raises ``FailureError`` where the group is not the one of the task any more, and where the disk refuses.
    """
    from seisgui.learning.volume_store import write_slab

    group = group_of(task.out, task.key)
    refs = section_refs(group, task.slab)
    others = None if task.crosswise is None else crosswise_probabilities(task.crosswise, group, task.slab, work)
    shape = group.layout.axes.section_shape(group.layout.orientation)
    block = np.empty((len(group.names), len(refs), *shape), dtype=np.uint8)
    for number, (ref, amplitude) in enumerate(read_ahead(work.volume, refs)):
        other = None if others is None else others[:, number]
        block[:, number] = yield from section_steps(work, ref, amplitude, group.names, other)
        yield number + 1
    write_slab(group_of(task.out, task.key), task.slab, block)  # a survey begun anew meanwhile keeps its own slabs


def section_steps(
    work: Predictor, ref: SectionRef, amplitude: FloatArray, names: Sequence[str], other: stored.ByteArray | None
) -> Generator[Progress, None, stored.ByteArray]:
    """The planes ``names`` of a section, (n_name, n_lateral, n_sample) uint8.

    ``other`` (n_class, n_lateral, n_sample) uint8 are probabilities to be averaged in, in the order of the model's
    classes.
    """
    if on_gpu(work):
        from seisgui.learning.survey_gpu import gpu_section_steps

        return (yield from gpu_section_steps(work, ref, amplitude, names, other))
    probabilities = yield from work.adapted.predict_steps(amplitude, ref)
    if other is not None:
        probabilities = np.float32(0.5) * probabilities + np.float32(0.5 / 255) * other
    return planes(names, probabilities, work.adapted.model.class_ids, np.isfinite(amplitude))


def planes(
    names: Sequence[str], probabilities: FloatArray, class_ids: tuple[int, ...], live: BoolArray
) -> stored.ByteArray:
    """What is kept of probabilities (n_class, n_lateral, n_sample): the arrays ``names``, 0 of unknown classes."""
    kept = dict(zip(stored.KINDS, stored.to_bytes(probabilities, class_ids, live), strict=True))
    for class_id, plane in zip(class_ids, probabilities, strict=True):
        name = stored.probability_name(class_id)
        if name in names:
            kept[name] = np.where(live, np.rint(255 * plane), 0).astype(np.uint8)
    nothing = np.zeros(live.shape, dtype=np.uint8)
    return np.stack([kept.get(name, nothing) for name in names])


def crosswise_probabilities(path: Path, group: SlabGroup, slab: int, work: Predictor) -> stored.ByteArray:
    """What the other run says of a slab, (n_class, n_section, n_lateral, n_sample) uint8, this run's class order."""
    other = SlabGroup.read(path)
    names = [stored.probability_name(class_id) for class_id in work.adapted.model.class_ids]
    found = None if other is None else stored.read_arrays(other, names, group.layout.place(slab))
    if found is None or other is None or other.missing():  # looked at after reading, which finds damaged slabs
        raise FailureError(f"{path} is gone or not whole.", "Predict again.")
    return np.moveaxis(found, 1 + group.layout.axis, 1)


def group_of(path: Path, key: str) -> SlabGroup:
    """The group a task writes to; ``FailureError`` where another job has made it anew meanwhile."""
    group = SlabGroup.read(path)
    if group is None or group.key != key:
        raise FailureError(f"{path} was removed or begun anew by another job.", "Predict again.")
    return group


def section_refs(group: SlabGroup, slab: int) -> list[SectionRef]:
    """The sections of a slab."""
    axes, orientation = group.layout.axes, group.layout.orientation
    axis = (axes.inline, axes.crossline)[group.layout.axis]
    return [SectionRef(orientation, int(axis.numbers[index])) for index in group.layout.section_range(slab)]


def read_ahead(volume: Volume, refs: Sequence[SectionRef]) -> Iterator[tuple[SectionRef, FloatArray]]:
    """Sections one after another; a thread reads the next while the caller computes."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(volume.section, refs[0])
        for number, ref in enumerate(refs):
            amplitude = coming.result()
            if number + 1 < len(refs):
                coming = reader.submit(volume.section, refs[number + 1])
            yield ref, amplitude


def on_gpu(work: Predictor) -> bool:
    """Whether probabilities can stay on the GPU until they are bytes: no resampling, no smoothing on the CPU."""
    model, sample = work.adapted.model, work.volume.axes.sample
    if model.network == "forest" or not same_interval(model.scale.interval, sample.interval):
        return False
    from seisgui.learning.dense import NetworkModel

    return isinstance(model, NetworkModel) and model.device.type == "cuda" and not model.smooths


def for_one_thread(work: Predictor, threads: int) -> Predictor:
    """The same predictor for one of several threads that work side by side, each computing with ``threads``."""
    model = work.adapted.model
    if model.network != "forest":
        return work
    from seisgui.learning.features import FeatureCache
    from seisgui.learning.forest import ForestModel

    assert isinstance(model, ForestModel)
    own = replace(model, jobs=threads, cache=FeatureCache(0))
    return replace(work, adapted=replace(work.adapted, model=own))
