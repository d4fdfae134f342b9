"""Starting weights registered as a run, as they are: nothing is learned and no picks are needed."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from seisgui.interpretation.classes import FaciesClass
from seisgui.interpretation.runs import RunRecord
from seisgui.learning.events import Event, Notice
from seisgui.learning.picking.picker_model import PickerInfo, PickerStart, make_picker
from seisgui.learning.requests import TrainRequest
from seisgui.learning.train import kept_run

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

COLOURS = ("#888888", "#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#8c564b")
SENTENCE = "not scored: there are no picks yet"


def has_picks(project: Project, request: TrainRequest) -> bool:
    """Whether somebody has picked in the pick set of a request."""
    sets = project.pick_sets(request.dataset_id)
    return bool(sets) and len(project.picks(request.label_set_id, request.dataset_id)) > 0


def register_steps(
    project: Project, request: TrainRequest, start: PickerStart | None
) -> Generator[Event, None, RunRecord]:
    """A run whose picker is the start with all of its phases, components and rate (None: fresh weights)."""
    for sentence in start.notices if start is not None else ():
        yield Notice(sentence)

    def learn(run_id: str, folder: Path) -> Generator[Event, None, RunRecord]:
        info = start.info if start is not None else PickerInfo(request.network)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(request.seed)
            model, report = make_picker(start, info, device=request.device)
        if report is not None:
            yield Notice(report.sentence())
        model.save(folder)
        return RunRecord(
            id=run_id,
            task=request.task,
            network=request.network,
            created=datetime.now(UTC).isoformat(),
            dataset_id=project.gather_set(request.dataset_id).id,
            start_from=request.start_from,
            seed=request.seed,
            split={"scored": False, "sentence": SENTENCE, "training_records": []},
            settings={
                "epochs": 0,
                "phases": list(info.phases),
                "components": list(info.components),
                "sampling_rate": info.rate,
                "samples": info.samples,
                "scale": info.scale.to_json(),
                "started_from": start.title if start is not None else "scratch",
            },
            classes=tuple(
                FaciesClass(number, phase, COLOURS[number % len(COLOURS)]) for number, phase in enumerate(info.phases)
            ),
            status="finished",
            metrics={"epochs": 0, "updates": 0, "scored": False, "sentence": SENTENCE},
        )

    return (yield from kept_run(project, request.network, learn))
