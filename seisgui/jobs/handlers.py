"""From a request to the generator that does it. Loaded in workers only; every function is resolved by name."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

from seisgui.errors import FailureError
from seisgui.jobs.messages import (
    CallRequest,
    ExportRequest,
    LiveRequest,
    PickPredictRequest,
    PredictRequest,
    ScanRequest,
    TrainRequest,
)
from seisgui.jobs.scheduler import Job, Steps


def begin(job: Job) -> Steps:
    """The generator of a job; nothing of it has run yet, except for a ``CallRequest``'s look-up."""
    match job.request:
        case TrainRequest() as request:
            return _in_project(request.project, "seisgui.learning.train:train", request, job.control)
        case LiveRequest() as request:
            where = request.train.project
            return _in_project(where, "seisgui.learning.live:live", request, job.inbox, job.control)
        case PredictRequest() as request:
            name = "predict_sections" if request.refs else "predict_volume"
            return _in_project(request.project, f"seisgui.learning.predict:{name}", request, job.control)
        case PickPredictRequest() as request:
            where = request.project
            return _in_project(where, "seisgui.learning.picking.predict:predict_records", request, job.control)
        case ExportRequest() as request:
            return _export(request)
        case ScanRequest() as request:
            return _steps("seisgui.seismic.segy:scan_steps", request.path)
        case CallRequest() as request:
            return _call(request, job)
    raise FailureError(f"This version of the program cannot do {type(job.request).__name__}.")


def resolve(name: str) -> Callable[..., Any]:
    """The function called 'package.module:function'."""
    module, _, attribute = name.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return function


def _steps(name: str, *arguments: Any) -> Steps:
    return (yield from resolve(name)(*arguments))


def _in_project(path: Path, name: str, *arguments: Any) -> Steps:
    """Run ``name(project, *arguments)`` on the project, opened beside the window without its lock."""
    from seisgui.interpretation.project import Project

    project = Project.open(path, read_only=True)
    try:
        return (yield from resolve(name)(project, *arguments))
    finally:
        project.close()


def _export(request: ExportRequest) -> Steps:
    arguments = (request.run_id, request.out, request.kind, request.sample_format, request.partial)
    export = "seisgui.learning.export:export_prediction"
    return (yield from _in_project(request.project, export, *arguments, request.dataset_id))


def _call(request: CallRequest, job: Job) -> Steps:
    function = resolve(request.function)
    offers = {"control": job.control, "inbox": job.inbox}
    wanted = inspect.signature(function).parameters
    steps = function(**request.arguments, **{name: offer for name, offer in offers.items() if name in wanted})
    if not isinstance(steps, Generator):
        raise TypeError(f"{request.function} is no generator function")
    return steps
