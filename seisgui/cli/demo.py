"""`seisgui demo`: the main job on the sample survey, in the window or without one."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seisgui.cli.options import DeviceOption, JsonOption, choice
from seisgui.cli.output import Document, Output
from seisgui.cli.qt import require_qt
from seisgui.cli.runs import SCORES, score_text
from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesLabels
    from seisgui.interpretation.project import Project
    from seisgui.seismic.axes import SectionRef
    from seisgui.seismic.synthetic import SampleSurvey

RESULTS = Path("results")
EPOCHS: dict[str, int | None] = {"forest": None, "waldeland": 3}
PAINTED = (0.25, 0.75)  # where along the survey the painted inlines lie
STROKES_PER_CLASS = 6


@dataclass(frozen=True, slots=True)
class Places:
    """Where the demonstration leaves its files."""

    folder: Path
    screenshot: Path

    @property
    def survey(self) -> Path:
        return self.folder / "sample.sgy"

    @property
    def project(self) -> Path:
        return self.folder / "sample.seisproj"

    def exported(self, network: str) -> Path:
        return self.folder / f"facies_{network}.sgy"


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Without the window, from painting to export.")] = False,
    screenshot: Annotated[
        Path | None, typer.Option("--screenshot", metavar="OUT.png", help="Where the picture of the window goes.")
    ] = None,
    results: Annotated[
        Path | None, typer.Option("--results", metavar="FOLDER", help="Default: ./results/demo1, demo2, ...")
    ] = None,
    network: Annotated[
        list[str] | None, typer.Option("--network", metavar="NAME", help="Default: forest, then waldeland (repeat).")
    ] = None,
    device: DeviceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sample survey, painted labels, short training, overlay, SEG-Y export: the main job in two minutes."""
    if headless:
        require_qt(display=False)
        networks = tuple(network or EPOCHS)
        for name in networks:
            choice("--network", name, tuple(EPOCHS))
        run_headless(choose_places(results, screenshot), networks, device, Output(as_json))
        return
    require_qt(display=True)
    from seisgui.gui import app

    raise typer.Exit(app.main([], tour=True) or 0)


def choose_places(results: Path | None, screenshot: Path | None) -> Places:
    """A new folder for the results; earlier ones are left alone."""
    numbered = (RESULTS / f"demo{number}" for number in range(1, 10_000))
    folder = results or next(path for path in numbered if not path.exists())
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not an empty folder.", "Name a new folder with --results.")
    folder.mkdir(parents=True, exist_ok=True)
    picture = screenshot or folder / "screenshot.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    return Places(folder, picture)


def run_headless(places: Places, networks: tuple[str, ...], device: str | None, output: Output) -> None:
    """Paint, train, predict, export, score, look."""
    from seisgui.cli.picture import take_picture
    from seisgui.interpretation.project import Project
    from seisgui.seismic.synthetic import make_sample_survey

    started = time.perf_counter()
    survey = make_sample_survey(places.survey)
    output.say(f"Survey      {places.survey}")
    project = Project.create(places.project)
    try:
        dataset = project.add_volume(places.survey)
        refs, strokes = paint(project, dataset.id, survey)
        output.say(f"Labels      {strokes} strokes on {' and '.join(map(str, refs))} of {places.project}")
        rows = [work_with(project, survey, network, device, places, output) for network in networks]
    finally:
        project.close()
    look, shown = between(survey, refs), rows[0]  # the first network asked for: the truth chooses nothing
    take_picture(
        places.project,
        places.screenshot,
        refs=(look,),
        run_id=shown["run"],
        size=(1600, 1000),
        theme="dark",
        read_only=False,
    )
    output.say(f"Picture     {places.screenshot} ({look}, not painted on; prediction of {shown['network']})")
    seconds = round(time.perf_counter() - started, 1)
    output.say(f"The results are in {places.folder.resolve()} ({seconds:.0f} s).")
    output.say(f"Open them in the window: seisgui {places.project}")
    output.document(
        {
            "folder": places.folder.resolve(),
            "project": places.project,
            "screenshot": places.screenshot,
            "strokes": strokes,
            "networks": rows,
            "seconds": seconds,
        }
    )


def paint(project: Project, dataset_id: str, survey: SampleSurvey) -> tuple[list[SectionRef], int]:
    """Strokes of every class on two inlines, as an interpreter would; returns the sections and the strokes drawn."""
    from seisgui.cli.strokes import strokes_of
    from seisgui.seismic.axes import Orientation, SectionRef

    labels = project.labels(dataset_id=dataset_id)
    ids = class_ids(labels, survey.class_names)
    refs, drawn = [], 0
    for seed, place in enumerate(PAINTED):
        index = int(place * (survey.axes.inline.count - 1))
        ref = SectionRef(Orientation.INLINE, int(survey.axes.inline.numbers[index]))
        for stroke in strokes_of(survey.classes[index], STROKES_PER_CLASS, seed):
            labels.paint(ref, stroke.lateral0, stroke.vertical0, stroke.mask, ids[stroke.class_id])
            drawn += 1
        refs.append(ref)
    project.wait_saved()
    return refs, drawn


def class_ids(labels: FaciesLabels, names: tuple[str, ...]) -> list[int]:
    """Ids of the survey's classes in the label set, added where they are not there yet."""
    found = [labels.class_named(name) or labels.add_class(name) for name in names]
    return [facies.id for facies in found]


def between(survey: SampleSurvey, refs: list[SectionRef]) -> SectionRef:
    """The inline half way between the painted ones."""
    from seisgui.seismic.axes import Orientation, SectionRef

    axis = survey.axes.inline
    return SectionRef(Orientation.INLINE, int(axis.numbers[axis.index(sum(ref.number for ref in refs) / len(refs))]))


def work_with(
    project: Project,
    survey: SampleSurvey,
    network: str,
    device: str | None,
    places: Places,
    output: Output,
) -> Document:
    """Train one network, predict every inline, export, and compare what was written with the truth."""
    from seisgui.cli.predict import run_prediction
    from seisgui.cli.train import run_training
    from seisgui.learning.export import export_prediction
    from seisgui.learning.requests import TrainRequest

    dataset = project.dataset(None)
    clock = time.perf_counter()
    request = TrainRequest(project.path, network=network, dataset_id=dataset.id, epochs=EPOCHS[network], device=device)
    record = run_training(project, request, output)
    trained = time.perf_counter() - clock
    run_prediction(project, record.id, dataset.id, (), device, output)
    predicted = time.perf_counter() - clock - trained
    target = places.exported(network)
    output.follow(export_prediction(project, record.id, target, "class", "int8", partial=False), "writing")
    scores = compare(target, project, survey)
    output.say(
        f"{network:12s}trained in {trained:.1f} s, {survey.axes.inline.count} inlines predicted in {predicted:.1f} s, "
        f"written to {target}"
    )
    held_out = score_text(record.metrics, "mean_class_accuracy") if record.metrics.get("scored") else "not scored"
    output.say(
        f"{'':12s}mean class accuracy: held-out strokes {held_out}, "
        f"whole survey against the truth {score_text(scores, 'mean_class_accuracy')}"
    )
    return {
        "run": record.id,
        "network": network,
        "exported": target,
        "train_seconds": round(trained, 2),
        "predict_seconds": round(predicted, 2),
        "held_out": {name: record.metrics.get(name) for name, _ in SCORES},
        "truth": scores,
    }


def compare(exported: Path, project: Project, survey: SampleSurvey) -> Document:
    """Scores of an exported SEG-Y, read back, against the true classes of the whole survey.

    The painted lines are a dozen lines away from any other, so this shows the loop at work; it is no blocked score.
    """
    import numpy as np

    from seisgui.learning.metrics import confusion, facies_scores
    from seisgui.seismic.axes import Orientation, SectionRef
    from seisgui.seismic.segy import open_volume

    labels = project.labels(dataset_id=project.dataset(None).id)
    ids = class_ids(labels, survey.class_names)
    truth = np.array(ids)[survey.classes]
    volume = open_volume(exported)
    try:
        numbers = volume.axes.inline.numbers
        written = np.stack([volume.section(SectionRef(Orientation.INLINE, int(number))) for number in numbers])
    finally:
        volume.close()
    return facies_scores(confusion(truth, written.astype(np.int16), ids), ids).to_json()
