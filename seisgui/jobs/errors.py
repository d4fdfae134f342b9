"""From an exception in a job to a sentence for the user."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from seisgui.errors import FailureError, SeisguiError
from seisgui.jobs.messages import (
    CallRequest,
    ExportRequest,
    Failed,
    LiveRequest,
    PickPredictRequest,
    PredictRequest,
    Request,
    ScanRequest,
    TrainRequest,
)

if TYPE_CHECKING:
    from seisgui.jobs.scheduler import Job


class WorkerGoneError(FailureError):
    """The worker process has ended, or is about to, before it has answered."""


REPORT_HINT = "Please report it with the details; your labels are safe."


def work_of(request: Request) -> str:
    """What a request does, as the subject of a sentence."""
    match request:
        case TrainRequest():
            return f"Training {request.network}"
        case LiveRequest():
            return f"Live training of {request.train.network}"
        case PickPredictRequest():
            return f"Picking with run {request.run_id}"
        case PredictRequest():
            return f"Predicting with run {request.run_id}"
        case ScanRequest():
            return f"Scanning {request.path.name}"
        case ExportRequest():
            return f"Exporting to {request.out.name}"
        case CallRequest():
            return f"The job {request.function.rpartition(':')[2]}"


def again_hint(request: Request) -> str:
    """What to do after the worker died under a request."""
    match request:
        case TrainRequest():
            return "Your labels are safe; press Train again."
        case LiveRequest():
            return "Your labels are safe; switch Live on again."
        case ExportRequest():
            return "Your labels are safe and no half-written file carries the final name; export again."
        case _:
            return "Your labels are safe; try again."


def failed_by(error: BaseException, job: Job) -> Failed:
    """The reply for a job that raised ``error``."""
    details = "".join(traceback.format_exception(error))
    if isinstance(error, SeisguiError):
        return Failed(job.job_id, error.sentence, error.hint, details)
    work = work_of(job.request)
    if is_out_of_memory(error):
        hint = "Close other programs, or choose a smaller network or batch; your labels are safe."
        return Failed(job.job_id, f"{work} failed because memory ran out.", hint, details)
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        hint = "Check the disk and the file; your labels are safe."
        return Failed(job.job_id, f"{work} failed: {error.strerror}{where}.", hint, details)
    said = traceback.format_exception_only(error)[-1].strip()
    return Failed(job.job_id, f"{work} failed with an unexpected error: {said}", REPORT_HINT, details)


def is_out_of_memory(error: BaseException) -> bool:
    """Memory of the machine or of the GPU (torch's error is told by its name: torch may not be loaded)."""
    names = {cls.__name__ for cls in type(error).__mro__}
    return bool(names & {"MemoryError", "OutOfMemoryError"}) or "can't allocate memory" in str(error)


def breaks_process(error_details: str) -> bool:
    """True where the GPU context is lost: every later computation in this process would fail as well."""
    return any(sign in error_details for sign in ("CUDA error:", "device-side assert", "CUBLAS_STATUS", "CUDNN_STATUS"))


def end_sentence(kind: str, exit_code: int | None) -> str:
    """One sentence on how a worker ended unasked; ``exit_code`` as of ``subprocess`` (negative: signal)."""
    causes = {
        -9: "killed, or memory ran out",
        -11: "a crash in a library: segmentation fault",
        -6: "a crash in a library: abort",
        -7: "a crash in a library: bus error, perhaps a file that shrank while it was read",
        -4: "a library needs instructions that this processor lacks",
        -15: "ended by another program",
    }
    cause = "exit status unknown" if exit_code is None else causes.get(exit_code, f"exit status {exit_code}")
    return f"The {kind} process stopped unexpectedly ({cause})."
