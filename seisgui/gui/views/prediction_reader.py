"""Reads stored predictions off the window's thread."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from seisgui.errors import SeisguiError
from seisgui.gui.views.reading import ReadingThread
from seisgui.interpretation.runs import read_run
from seisgui.learning.events import PartialPrediction
from seisgui.learning.stored import prediction_path, read_prediction
from seisgui.seismic.axes import SectionRef

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """Look for the stored prediction of a section by a run: in a file of its own, else in a predicted volume."""

    project: Project
    run_id: str
    ref: SectionRef
    dataset_id: str


@dataclass(frozen=True, slots=True)
class StoredResult:
    """What was found, ready for ``PredictionStore.put_array(partial, array)``; both None where nothing is stored."""

    request: StoredRequest
    partial: PartialPrediction | None = None
    array: NDArray[np.uint8] | None = None  # (3, n_lateral, n_vertical) class, confidence, entropy


class PredictionReader(QObject):
    """One thread that looks for stored predictions; a section asked for twice before its turn is read once.

    ``ready`` carries a ``StoredResult`` for every request served, into the receiver's thread. Close it before the
    project closes: a request in progress reads files of the project's folder.
    """

    ready = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thread = ReadingThread("prediction reader", read_stored, self.ready.emit)

    def submit(self, request: StoredRequest) -> None:
        """Queue a request."""
        self._thread.submit((request.run_id, request.dataset_id, request.ref), request)

    def close(self) -> None:
        """Forget what waits and join the thread."""
        self._thread.close()


def read_stored(request: StoredRequest) -> StoredResult:
    """Serve one request; whatever goes wrong means that nothing usable is stored."""
    project, run_id, ref, dataset_id = request.project, request.run_id, request.ref, request.dataset_id
    try:
        array = read_prediction(project, run_id, ref, dataset_id)
        record = read_run(project.run_folder(run_id)) if array is not None else None
    except SeisguiError as error:
        log.info("no stored prediction of %s: %s", ref, error)
        return StoredResult(request)
    except (OSError, ValueError, KeyError):
        log.exception("the stored prediction of %s could not be read", ref)
        return StoredResult(request)
    if array is None or record is None:
        return StoredResult(request)
    path = prediction_path(project, run_id, ref, dataset_id)
    partial = PartialPrediction(run_id, ref, 1, path, record.label_revision, dataset_id, record.network)
    return StoredResult(request, partial, array)
