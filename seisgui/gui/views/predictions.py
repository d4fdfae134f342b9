"""Predicted sections in memory, as they come from the compute process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from seisgui.errors import FailureError
from seisgui.learning.events import PartialPrediction
from seisgui.seismic.axes import SectionRef

MOST_BYTES = 512 * 1024 * 1024
NOT_PREDICTED = 255
Key = tuple[str, str, SectionRef] | tuple[str, str, SectionRef, int]  # run, dataset, section, and of one class its id


@dataclass(frozen=True, slots=True)
class StoredPrediction:
    """Class, confidence and entropy, (3, n_lateral', n_sample') uint8; each element stands for ``step`` x ``step``."""

    array: NDArray[np.uint8]
    step: int
    label_revision: int
    model: str

    def full(self, shape: tuple[int, int] | None = None) -> NDArray[np.uint8]:
        """(3, n_lateral, n_sample), a coarse one enlarged; ``shape`` cuts or pads it to the section."""
        array = self.array
        if self.step > 1:
            array = array.repeat(self.step, axis=1).repeat(self.step, axis=2)
        if shape is None or array.shape[1:] == shape:
            return array
        whole = np.full((3, *shape), NOT_PREDICTED, np.uint8)
        whole[1:] = 0
        n_lateral, n_sample = min(shape[0], array.shape[1]), min(shape[1], array.shape[2])
        whole[:, :n_lateral, :n_sample] = array[:, :n_lateral, :n_sample]
        return whole


class PredictionStore:
    """The newest prediction of each section by each run; the least recently seen go first when memory runs short."""

    changed = Signal(object)  # SectionRef, or None where all have changed

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._held: OrderedDict[Key, StoredPrediction] = OrderedDict()
        self._most_bytes = most_bytes
        self._bytes = 0

    def put(self, partial: PartialPrediction) -> bool:
        """Load a prediction; False where a newer or finer one is held already.

        Raises ``FailureError`` where the file is gone or is no prediction.
        """
        key = (partial.run_id, partial.dataset_id, partial.ref)
        held = self._held.get(key)
        if held is not None and not supersedes(partial, held):
            return False
        self.put_array(partial, load(partial))
        return True

    def put_array(self, partial: PartialPrediction, array: NDArray[np.uint8]) -> None:
        """Hold an array that is in memory already."""
        key = (partial.run_id, partial.dataset_id, partial.ref)
        self._keep(key, StoredPrediction(array, partial.step, partial.label_revision, partial.model))
        self.changed.emit(partial.ref)

    def put_probabilities(self, partial: PartialPrediction, arrays: Mapping[int, NDArray[np.uint8]]) -> None:
        """Hold probabilities by class id, (n_lateral, n_sample) uint8 each, 255 where nothing is predicted."""
        for class_id, array in arrays.items():
            key = (partial.run_id, partial.dataset_id, partial.ref, class_id)
            self._keep(key, StoredPrediction(array[None], 1, partial.label_revision, partial.model))
        self.changed.emit(partial.ref)

    def probability(
        self, run_id: str, ref: SectionRef, dataset_id: str | None, class_id: int
    ) -> NDArray[np.uint8] | None:
        """The probability of one class on a section; None where it is not held, or older than the prediction."""
        entry = self._held.get((run_id, dataset_id or "", ref, class_id))
        shown = self.entry(run_id, ref, dataset_id)
        if entry is None or (shown is not None and entry.label_revision < shown.label_revision):
            return None
        return entry.array[0]

    def _keep(self, key: Key, entry: StoredPrediction) -> None:
        held = self._held.pop(key, None)
        self._bytes += entry.array.nbytes - (held.array.nbytes if held is not None else 0)
        self._held[key] = entry
        while self._bytes > self._most_bytes and len(self._held) > 1:
            _, oldest = self._held.popitem(last=False)
            self._bytes -= oldest.array.nbytes

    def entry(self, run_id: str | None, ref: SectionRef, dataset_id: str | None = "") -> StoredPrediction | None:
        """What is held for a section; an entry without dataset serves any."""
        for dataset in dict.fromkeys((dataset_id or "", "")):
            key = (run_id or "", dataset, ref)
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        return None

    def get(
        self, run_id: str | None, ref: SectionRef, dataset_id: str | None = "", shape: tuple[int, int] | None = None
    ) -> NDArray[np.uint8] | None:
        """(3, n_lateral, n_sample) class, confidence, entropy; None where nothing is held."""
        entry = self.entry(run_id, ref, dataset_id)
        return entry.full(shape) if entry is not None else None

    def stale(self, run_id: str | None, ref: SectionRef, revision: int, dataset_id: str | None = "") -> bool:
        """Whether labels have changed since this prediction's model was trained."""
        entry = self.entry(run_id, ref, dataset_id)
        return entry is not None and entry.label_revision < revision

    def forget(self, run_id: str | None = None) -> None:
        """Drop the predictions of one run, or all."""
        for key in [key for key in self._held if run_id is None or key[0] == run_id]:
            self._bytes -= self._held.pop(key).array.nbytes
        self.changed.emit(None)


def supersedes(new: PartialPrediction, held: StoredPrediction) -> bool:
    """Newer labels win; at the same labels another model wins, and a finer one of the same model."""
    if new.label_revision != held.label_revision:
        return new.label_revision > held.label_revision
    return new.model != held.model or new.step <= held.step


def load(partial: PartialPrediction) -> NDArray[np.uint8]:
    """Copy the file into memory, so that it may be removed."""
    try:
        array = np.load(partial.path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        sentence = f"The prediction of {partial.ref} in {partial.path.name} could not be read."
        raise FailureError(sentence, "Ask for it again with Predict.") from error
    if array.ndim != 3 or array.shape[0] != 3 or array.dtype != np.uint8:
        raise FailureError(f"{partial.path.name} is not a prediction of a section.", "Ask for it again with Predict.")
    return array
