"""A whole survey to be predicted: which passes it takes, what they need of the disk (torch-free)."""

from __future__ import annotations

import hashlib
import json
import math
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from seisgui.errors import FailureError, InputError
from seisgui.learning import stored
from seisgui.learning.requests import PredictRequest
from seisgui.learning.slabs import SlabGroup, SlabLayout
from seisgui.seismic.axes import Orientation, VolumeAxes
from seisgui.seismic.fingerprint import fingerprint

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.interpretation.runs import RunRecord

THREADS = "threads"
ROOM = 1.1  # free space wanted, as a share of the need
FORMAT = 1  # of what a key stands for
CROSSWISE = "crosswise.zarr"  # probabilities of the run that is averaged in, removed at the end


@dataclass(frozen=True, slots=True)
class SurveyPass:
    """One run over the whole survey: the sections of ``layout`` into the arrays of ``path``."""

    request: PredictRequest
    record: RunRecord
    layout: SlabLayout
    path: Path
    key: str
    names: tuple[str, ...]
    crosswise: Path | None = None  # the group of probabilities averaged in

    @property
    def temporary(self) -> bool:
        """Whether the next pass uses it up."""
        return self.path.name == CROSSWISE

    def missing(self) -> list[int]:
        """Slabs still to be written."""
        group = SlabGroup.read(self.path)
        if group is None or not group.serves(self.layout, self.names, self.key):
            return list(range(self.layout.slabs))
        return group.missing()

    def missing_sections(self) -> int:
        """Sections still to be predicted."""
        return sum(len(self.layout.section_range(slab)) for slab in self.missing())

    def needed_bytes(self) -> int:
        """Disk space for the missing slabs without compression, which nobody knows beforehand."""
        return (
            len(self.names)
            * self.missing_sections()
            * math.prod(self.layout.axes.section_shape(self.layout.orientation))
        )


@dataclass(frozen=True, slots=True)
class SurveyPlan:
    """The pass that writes the prediction and, where two runs are averaged, the one that goes before it."""

    dataset_id: str
    result: SurveyPass
    crosswise: SurveyPass | None

    def passes(self) -> tuple[SurveyPass, ...]:
        """In the order of the work; none where the prediction is whole already."""
        if not self.result.missing():
            return ()
        return (self.result,) if self.crosswise is None else (self.crosswise, self.result)


@dataclass(frozen=True, slots=True)
class SurveyNeeds:
    """Bytes wanted and free where predictions are kept, and the sections and slabs still to be predicted.

    ``temporary`` is the part of ``bytes`` that is given back at the end.
    """

    bytes: int
    free: int
    sections: int
    slabs: int
    temporary: int = 0

    @property
    def sentence(self) -> str:
        """For people, before the start."""
        if not self.sections:
            return "The whole survey is predicted already."
        given_back = f", {told_bytes(self.temporary)} of it until the end" if self.temporary else ""
        return (
            f"{self.sections:,} sections to predict; that needs up to {told_bytes(self.bytes)}{given_back}, "
            f"and {told_bytes(self.free)} are free."
        )


def told_bytes(count: int) -> str:
    """'1.4 GB', '33 MB'."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def survey_plan(project: Project, request: PredictRequest) -> SurveyPlan:
    """What a request for a whole survey means.

    Raises ``InputError`` where the runs do not go together or do not know a class, and for gathers.
    """
    record = project.run(request.run_id)
    dataset = project.dataset(request.dataset_id or known_dataset(project, record))
    if dataset.axes is None:
        raise InputError(f"{dataset.name} holds gathers; facies are predicted on a survey or a line.")
    axes = dataset.axes
    check_scheduler(request.scheduler)
    check_classes(record, request.probability_of)
    path = stored.volume_path(project, record.id, dataset.id)
    mark = run_mark(project, record, request, dataset.id)
    way = way_of(record, axes)
    names = result_arrays(request)
    if request.with_run is None:
        return SurveyPlan(dataset.id, survey_pass(request, record, SlabLayout.of(axes, way), path, mark, names), None)
    other = project.run(request.with_run)
    check_pair(record, other, axes)
    across = Orientation.INLINE if way is Orientation.CROSSLINE else Orientation.CROSSLINE
    own = PredictRequest(request.project, other.id, (), request.dataset_id, request.volume_id)
    own = replace(own, device=request.device, scheduler=request.scheduler, workers=request.workers)
    other_mark = run_mark(project, other, own, dataset.id)
    all_classes = tuple(stored.probability_name(entry.id) for entry in other.classes)
    cut = SlabLayout.of(axes, across)
    crosswise = survey_pass(own, other, cut, path.with_name(CROSSWISE), other_mark, all_classes)
    result = survey_pass(request, record, SlabLayout.of(axes, way), path, {**mark, "with": other_mark}, names)
    result = replace(result, crosswise=crosswise.path)
    return SurveyPlan(dataset.id, result, crosswise)


def survey_pass(
    request: PredictRequest,
    record: RunRecord,
    layout: SlabLayout,
    path: Path,
    mark: dict[str, object],
    names: tuple[str, ...],
) -> SurveyPass:
    """A pass whose key changes with the run, the amplitudes, the axes and the direction."""
    told = json.dumps({**mark, "axes": layout.axes.to_json(), "orientation": layout.orientation.value}, sort_keys=True)
    key = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
    return SurveyPass(request, record, layout, path, key, names)


def way_of(record: RunRecord, axes: VolumeAxes) -> Orientation:
    """The sections that a run predicts of a survey: as it was trained, where the survey has such sections."""
    wanted = Orientation.CROSSLINE if record.orientation == Orientation.CROSSLINE.value else Orientation.INLINE
    return wanted if wanted in axes.orientations else axes.orientations[0]


def run_mark(project: Project, record: RunRecord, request: PredictRequest, dataset_id: str) -> dict[str, object]:
    """What the prediction of a run depends on: its weights and the amplitudes."""
    volume = project.volume_record(request.volume_id, dataset_id)
    source = project.source_path(volume.id)
    return {
        "format": FORMAT,
        "run": record.id,
        "weights": weights_digest(project.run_folder(record.id)),
        "dataset": dataset_id,
        "volume": volume.id,
        "source": fingerprint(source),
        "modified_ns": source.stat().st_mtime_ns,  # the fingerprint looks at few traces, and a file may be edited
        "layout": volume.layout,  # header bytes swapped in a square survey leave its axes as they are
    }


def weights_digest(folder: Path) -> str:
    """Tells one state of a run's weights from another; a live session keeps its run and changes them."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(folder.glob("*.safetensors")):
        digest.update(path.name.encode())
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()


def check_scheduler(name: str | None) -> None:
    """Raise ``InputError`` where this names neither the threads here nor the address of a cluster."""
    if name not in (None, THREADS) and not re.fullmatch(r"(tcp|tls)://[^/\s]+:\d+/?", str(name)):
        raise InputError(
            f"{name!r} is no scheduler.", "Use threads, or the address of a Dask scheduler: tcp://host:8786."
        )


def check_classes(record: RunRecord, wanted: tuple[int, ...]) -> None:
    """Raise ``InputError`` where the run has no such class."""
    known = {entry.id: entry.name for entry in record.classes}
    for class_id in wanted:
        if class_id not in known:
            names = ", ".join(f"{number} ({name})" for number, name in known.items())
            raise InputError(f"Run {record.id} knows no class {class_id}.", f"It knows {names}.")


def check_pair(record: RunRecord, other: RunRecord, axes: VolumeAxes) -> None:
    """Raise ``InputError`` where the probabilities of two runs cannot be averaged."""
    if len(axes.orientations) == 1:
        raise InputError("A single line has sections of one direction only.", "Predict it with one run.")
    if record.label_set_id != other.label_set_id:
        raise InputError(
            f"Run {record.id} learnt from the label set {record.label_set_id!r}, run {other.id} from "
            f"{other.label_set_id!r}: their classes cannot be matched.",
            "Average runs that learnt from the same label set.",
        )


def known_dataset(project: Project, record: RunRecord) -> str | None:
    """The dataset of a run while the project still has it."""
    return record.dataset_id if any(each.id == record.dataset_id for each in project.datasets()) else None


def result_arrays(request: PredictRequest) -> tuple[str, ...]:
    """Names of the arrays of a prediction."""
    return (*stored.KINDS, *(stored.probability_name(class_id) for class_id in dict.fromkeys(request.probability_of)))


def survey_needs(project: Project, request: PredictRequest) -> SurveyNeeds:
    """What predicting a whole survey needs, told before it begins; finished slabs are counted out.

    Raises ``InputError`` as ``survey_plan``.
    """
    return plan_needs(project, survey_plan(project, request))


def plan_needs(project: Project, plan: SurveyPlan) -> SurveyNeeds:
    """As ``survey_needs``, of a plan."""
    passes = plan.passes()
    sections = sum(each.missing_sections() for each in passes)
    slabs = sum(len(each.missing()) for each in passes)
    temporary = sum(each.needed_bytes() for each in passes if each.temporary)
    total = sum(each.needed_bytes() for each in passes)
    return SurveyNeeds(total, free_bytes(project.path), sections, slabs, temporary)


def free_bytes(folder: Path) -> int:
    """Free space of the disk a folder is on."""
    return shutil.disk_usage(folder).free


def check_room(needs: SurveyNeeds, folder: Path) -> None:
    """Raise ``FailureError`` where the disk has no room for a prediction."""
    if needs.free < ROOM * needs.bytes:
        raise FailureError(
            f"Predicting the whole volume needs {told_bytes(needs.bytes)} in {folder}, where "
            f"{told_bytes(needs.free)} are free.",
            "Free some space, or move the project to a larger disk.",
        )
