"""Projects of picked records and runs on them, by the program's own functions; for the benchmarks of picking."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from seisgui.interpretation.picks import Pick
from seisgui.interpretation.project import Project
from seisgui.learning.events import Control
from seisgui.learning.picking.predict import predict_records
from seisgui.learning.picking.requests import PickPredictRequest
from seisgui.learning.picking.score_run import score_picks_steps
from seisgui.learning.requests import HeldOutGroup, TrainRequest
from seisgui.learning.train import train

DATA = Path(__file__).parents[2] / "shared" / "data"
WEIGHTS = DATA / "weights" / "phasenet_original_ncedc.pt"


def done(work: Generator[Any, None, Any]) -> Any:
    """What a generator returns, its events unheard."""
    while True:
        try:
            next(work)
        except StopIteration as outcome:
            return outcome.value


@contextmanager
def picked_project(files: Sequence[Path]) -> Iterator[Project]:
    """A project in a temporary folder with records and the picks that come with them."""
    with TemporaryDirectory() as folder, Project.create(Path(folder) / "picks.seisproj") as project:
        project.add_gathers(list(files))
        known = project.open_records().known_picks
        picks = [Pick(0, pick.record_id, pick.phase, pick.time, provenance="imported") for pick in known]
        project.picks().edit("Picks that came with the data", add=picks)
        project.wait_saved()
        yield project


def trained(project: Project, start: str | Path, held_out: Sequence[HeldOutGroup], **wishes: Any) -> str:
    """Id of a run."""
    request = TrainRequest(
        project.path,
        task="picking",
        network="phasenet",
        start_from=str(start),
        hold_out_groups=tuple(held_out),
        device="cpu",
        **wishes,
    )
    return str(done(train(project, request, Control())).id)


def scored(project: Project, run: str, records: Sequence[str], tolerance: float, **wishes: Any) -> dict[str, Any]:
    """Scores of what a run picks on some records."""
    request = PickPredictRequest(project.path, run, records=tuple(records), device="cpu", **wishes)
    done(predict_records(project, request, Control()))
    return dict(done(score_picks_steps(project, run, tolerance=tolerance))["scores"])
