"""Finding the survey and the labels of an experiment, and the project that both are put into."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from seisgui.errors import InputError
from seisgui.interpretation.exchange import import_labels
from seisgui.interpretation.project import Project

SURVEYS, POINTS = (".sgy", ".segy"), (".ixz", ".pts")
DEPTH = 2  # folders below the one named that are looked into


@dataclass(frozen=True, slots=True)
class SurveyFiles:
    """A SEG-Y (or npz) section or survey, and labels of it."""

    source: Path
    labels: Path

    def __post_init__(self) -> None:
        for path, what in ((self.source, "survey"), (self.labels, "label file")):
            if not path.exists():
                raise InputError(f"The {what} {path} does not exist.")

    @property
    def mark(self) -> dict[str, str | int]:
        """What tells these files from others, wherever they lie."""
        return {path.name: path.stat().st_size for path in (self.source, self.labels)}


def chosen(data: Path | None, source: Path | None, labels: Path | None) -> SurveyFiles:
    """The files that were named, or those found in a folder; ``InputError`` says what is missing."""
    if data is not None and (source is not None or labels is not None):
        raise InputError("--data names a folder, --source and --labels name files.", "Give one or the other.")
    if data is not None:
        return found_in(data)
    if source is None or labels is None:
        raise InputError(
            "The experiment needs a survey and its labels.",
            "Give --source F3.sgy --labels classification.ixz, or a folder that holds both with --data.",
        )
    return SurveyFiles(source, labels)


def found_in(folder: Path) -> SurveyFiles:
    """``source.*`` and ``labels.*`` of a folder, else the F3 survey and the MalenoV points of the paper."""
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}.")
    files = within(folder)
    named = {stem: [path for path in files if path.stem == stem] for stem in ("source", "labels")}
    if named["source"] and named["labels"]:
        return SurveyFiles(named["source"][0], named["labels"][0])
    points = [path for path in files if path.suffix.lower() in POINTS]
    surveys = [path for path in files if path.suffix.lower() in SURVEYS]
    if len(points) != 1:
        told = "no file of label points (.ixz, .pts)" if not points else f"{len(points)} files of label points"
        raise InputError(f"{folder} holds {told}.", "Name the files: --source FILE --labels FILE.")
    if len(surveys) > 1:  # of many surveys the paper's: inline 339 of F3
        surveys = [path for path in surveys if "f3" in path.stem.lower() and "339" in path.stem]
    if len(surveys) != 1:
        raise InputError(
            f"Which SEG-Y in {folder} belongs to {points[0].name} is not clear.",
            "Name the files: --source FILE --labels FILE.",
        )
    return SurveyFiles(surveys[0], points[0])


def penobscot_in(folder: Path) -> SurveyFiles | None:
    """The Penobscot inlines and their mask where a folder has them."""
    mine = [path for path in within(folder) if path.stem.lower().startswith("penobscot_il")]
    surveys = [path for path in mine if path.suffix.lower() in SURVEYS]
    masks = [path for path in mine if path.suffix.lower() == ".npz" and "class" in path.stem]
    return SurveyFiles(surveys[0], masks[0]) if surveys and masks else None


def within(folder: Path) -> list[Path]:
    """Files of a folder and of those a little below it, in order."""
    patterns = ["/".join(["*"] * depth) for depth in range(1, DEPTH + 1)]
    return sorted(path for pattern in patterns for path in folder.glob(pattern) if path.is_file())


@contextmanager
def project_of(files: SurveyFiles, path: Path) -> Iterator[Project]:
    """The project with the survey and its labels, made where it is not there yet, open for reading."""
    if not labelled(path):
        shutil.rmtree(path, ignore_errors=True)  # what an interrupted start has left
        try:
            with Project.create(path) as project:
                project.add_volume(files.source)
                import_labels(project, files.labels)
                project.wait_saved(60.0)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
    with Project.open(path, read_only=True) as project:
        yield project


def labelled(path: Path) -> bool:
    """Whether a project is there and has labels."""
    try:
        with Project.open(path, read_only=True) as project:
            return bool(project.datasets()) and bool(project.labels().labelled_sections())
    except InputError:
        return False
