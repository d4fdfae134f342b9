"""What travels between the window and its worker processes: frozen data classes, torch-free.

Arrays never travel here: they are .npy files (``seisgui.jobs.scratch``) whose paths are in the messages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from seisgui.learning.events import CurvePoint, Notice, PartialPrediction, PicksStored, Progress, RunSaved, VolumeGrown
from seisgui.learning.picking.requests import PickPredictRequest
from seisgui.learning.requests import LiveRequest, LiveUpdate, PredictRequest, TrainRequest

__all__ = [
    "COMPUTE",
    "DATA",
    "CallRequest",
    "Cancel",
    "CurvePoint",
    "Discarded",
    "ExportRequest",
    "Failed",
    "Finished",
    "JobEvent",
    "Live",
    "LiveRequest",
    "LiveUpdate",
    "Notice",
    "PartialPrediction",
    "Pause",
    "PickPredictRequest",
    "PicksStored",
    "PredictRequest",
    "Priority",
    "Progress",
    "Reply",
    "Request",
    "Resume",
    "RunSaved",
    "ScanRequest",
    "Shutdown",
    "Started",
    "Status",
    "Submit",
    "TrainRequest",
    "VolumeGrown",
    "Wish",
    "WorkerEnded",
    "kind_of",
    "priority_of",
]

DATA = "data"  # the process without torch: scan, import, export
COMPUTE = "compute"  # the process with torch: train, predict, live


class Priority(IntEnum):
    """Whose turn it is; the lowest number first, decided again after every step of a job."""

    LIVE = 0
    VISIBLE = 1
    TRAINING = 2
    VOLUME = 3


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """Find out what a SEG-Y file is; finished with a ``seismic.segy.SegyScan``."""

    path: Path


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """Write a run's prediction as SEG-Y with the source's headers; finished with an ``ExportReport``."""

    project: Path
    run_id: str
    out: Path
    kind: str = "class"  # class | probability | uncertainty
    sample_format: str | None = None  # ibm | ieee | int8 | int16; None: what suits the kind
    partial: bool = False
    dataset_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallRequest:
    """Any generator function, named 'package.module:function', with keyword arguments that can be pickled.

    The function is also given ``control`` (learning.events.Control) and ``inbox`` (see ``learning.live``) where
    it has parameters of these names.
    """

    function: str
    arguments: dict[str, Any] = field(default_factory=dict)
    kind: str = COMPUTE


Request = TrainRequest | PredictRequest | PickPredictRequest | LiveRequest | ScanRequest | ExportRequest | CallRequest


# From the window to a worker


@dataclass(frozen=True, slots=True)
class Submit:
    job_id: str
    request: Request
    priority: Priority


@dataclass(frozen=True, slots=True)
class Cancel:
    """End a job: ``keep_best`` finishes it early with what it has, otherwise it leaves nothing."""

    job_id: str
    keep_best: bool


@dataclass(frozen=True, slots=True)
class Pause:
    job_id: str


@dataclass(frozen=True, slots=True)
class Resume:
    job_id: str


@dataclass(frozen=True, slots=True)
class Live:
    """News for a running live session."""

    job_id: str
    update: LiveUpdate


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Close all jobs and end."""


Wish = Submit | Cancel | Pause | Resume | Live | Shutdown


# From a worker to the window


@dataclass(frozen=True, slots=True)
class Started:
    """The job takes its first step."""

    job_id: str


@dataclass(frozen=True, slots=True)
class JobEvent:
    """What a running job tells: Progress, CurvePoint, PartialPrediction, Notice, RunSaved or VolumeGrown."""

    job_id: str
    event: Any


@dataclass(frozen=True, slots=True)
class Finished:
    """The job has returned ``result`` (a ``RunRecord``, a ``SegyScan``, an ``ExportReport``, None ...)."""

    job_id: str
    result: Any = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The job has ended with an error: a sentence, what can be done, and details to be copied."""

    job_id: str
    sentence: str
    hint: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class Discarded:
    """The job was ended on request and has left nothing."""

    job_id: str


@dataclass(frozen=True, slots=True)
class Status:
    """Sent by a living worker every second."""

    kind: str
    pid: int
    device: str = "CPU"  # 'CPU' or the name of the GPU in use
    memory_mb: int = 0  # resident memory of the process
    device_memory_mb: int = 0  # memory of the GPU in use by the process
    threads: int = 1  # threads of one computation
    running: str | None = None  # id of the job whose turn it is
    waiting: int = 0  # jobs that wait for their turn
    ready: bool = False  # the libraries are loaded


@dataclass(frozen=True, slots=True)
class WorkerEnded:
    """The worker process has ended unasked; its started jobs are told one by one as ``Failed``."""

    kind: str
    sentence: str
    exit_code: int | None = None


Reply = Started | JobEvent | Finished | Failed | Discarded | Status | WorkerEnded


def kind_of(request: Request) -> str:
    """The worker that does this request: 'data' or 'compute'."""
    if isinstance(request, CallRequest):
        return request.kind
    return DATA if isinstance(request, ScanRequest | ExportRequest) else COMPUTE


def priority_of(request: Request) -> Priority:
    """The priority a request has unless the caller says otherwise."""
    if isinstance(request, LiveRequest):
        return Priority.LIVE
    if isinstance(request, ScanRequest) or (isinstance(request, PredictRequest) and request.refs):
        return Priority.VISIBLE
    if isinstance(request, PredictRequest | PickPredictRequest):
        return Priority.VOLUME
    return Priority.TRAINING
