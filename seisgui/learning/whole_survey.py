"""Predicting a whole survey, slab by slab, in Dask threads or on a cluster; a second call goes on where one stopped."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from seisgui.errors import InputError
from seisgui.learning import stored
from seisgui.learning.events import Control, Notice, Progress, VolumeGrown
from seisgui.learning.predictor import Predictor, predictor, told
from seisgui.learning.requests import PredictRequest
from seisgui.learning.survey import CROSSWISE, THREADS, SurveyPass, check_room, plan_needs, survey_plan
from seisgui.learning.survey_task import SlabTask, section_refs
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.folder_lock import folder_lock

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.learning.survey_threads import SlabNews

SurveyEvent = Progress | Notice | VolumeGrown


def predict_volume(project: Project, request: PredictRequest, control: Control) -> Generator[SurveyEvent, None, None]:
    """Predict every section of a volume into ``volume.zarr``.

    Finished slabs stay, however it ends. Raises ``InputError`` where the runs, their weights, the volume or the
    cluster cannot be used, ``FailureError`` where the disk has no room or another process predicts the same.
    """
    from seisgui.learning.volume_store import remove_store

    plan = survey_plan(project, request)
    check_room(plan_needs(project, plan), project.path)
    folder = plan.result.path.parent
    folder.mkdir(parents=True, exist_ok=True)
    with folder_lock(folder, "predicting a survey"):
        passes = plan.passes()
        works = [predictor(project, each.request) for each in passes]
        check_same_classes(works)
        tally = Tally(passes or (plan.result,))
        for each, work in zip(passes, works, strict=True):
            yield from run_pass(work, each, tally, control)
            if control.stop:
                return
        yield tally.progress()
        remove_store(folder / CROSSWISE)


def run_pass(work: Predictor, each: SurveyPass, tally: Tally, control: Control) -> Generator[SurveyEvent, None, None]:
    """Predict the missing slabs of one pass; ``control.stop`` leaves it between two steps."""
    from seisgui.learning.volume_store import open_store

    began_ns = time.time_ns()
    names = {"run": work.record.id, "dataset": work.dataset_id, "with_run": each.request.with_run}
    group = open_store(each.path, each.layout, each.names, each.key, names)
    work.project.require_layout(work.dataset_id)  # a correction later on removes the store, which its tasks notice
    yield from told(work, tuple(section_refs(group, 0)[:1]))
    tally.begin(each)
    with closing(doing(work, each, group.missing())) as news:
        for item in news:
            if item is not None:
                tally.take(item, section_refs(group, item.slab))
                if item.finished and not each.temporary:
                    refs = section_refs(group, item.slab)
                    forget_sections(work, each, began_ns, refs)
                    yield grown(work, refs)
            yield tally.progress()
            if control.stop:
                return
    if not each.temporary:
        forget_sections(work, each, group.begun_ns())


def forget_sections(
    work: Predictor, each: SurveyPass, before_ns: int, refs: Sequence[SectionRef] | None = None
) -> None:
    """Remove sections predicted singly before; what two runs say together replaces what one said at any time."""
    before_ns = before_ns if each.crosswise is None else time.time_ns()
    stored.forget_sections(work.project, work.record.id, work.dataset_id, before_ns, refs)


def doing(work: Predictor, each: SurveyPass, slabs: list[int]) -> Generator[SlabNews | None, None, None]:
    """The slabs being predicted, in threads of this process or on a cluster."""
    request = each.request
    tasks = [SlabTask(request, slab, each.path, each.key, each.crosswise) for slab in slabs]
    if request.scheduler in (None, THREADS):
        from seisgui.learning.survey_threads import in_threads

        return in_threads(work, tasks, request.workers)
    from seisgui.learning.cluster import on_cluster

    assert request.scheduler is not None
    return on_cluster(tasks, request.scheduler)


def grown(work: Predictor, refs: list[SectionRef]) -> VolumeGrown:
    """What to tell when a slab is on the disk."""
    first, last = int(refs[0].number), int(refs[-1].number)
    return VolumeGrown(work.record.id, work.dataset_id, refs[0].orientation, first, last)


def check_same_classes(works: list[Predictor]) -> None:
    """Raise ``InputError`` where two runs learnt different classes."""
    for one, other in pairwise(works):
        if set(one.adapted.model.class_ids) == set(other.adapted.model.class_ids):
            continue
        told_by = [
            f"run {work.record.id} tells "
            + ", ".join(entry.name for entry in work.record.classes if entry.id in work.adapted.model.class_ids)
            for work in (one, other)
        ]
        sentence = f"{told_by[0]}, {told_by[1]}: they cannot be averaged."
        raise InputError(sentence[0].upper() + sentence[1:], "Train both on the same classes.")


@dataclass
class Pace:
    """Traces predicted in one pass, and the moment from which they are counted."""

    since: float
    before: int


class Tally:
    """How far a survey has come: sections done of all passes, and the time left by the pace of the present one."""

    def __init__(self, passes: tuple[SurveyPass, ...]) -> None:
        self._left = {each.path: each.missing_sections() for each in passes}
        self._traces = {each.path: each.layout.axes.section_shape(each.layout.orientation)[0] for each in passes}
        self._total = sum(each.layout.sections for each in passes)
        self._earlier = self._total - sum(self._left.values())
        self._present: SurveyPass | None = None
        self._sections: dict[int, int] = {}
        self._phrase = "Predicting the survey"
        self._pace: Pace | None = None

    def begin(self, each: SurveyPass) -> None:
        """Another pass begins; the one before it is done."""
        if self._present is not None:
            self._earlier += self._left.pop(self._present.path)
        self._present, self._sections, self._pace = each, {}, None

    def take(self, news: SlabNews, refs: list[SectionRef]) -> None:
        """A section or a slab is done."""
        done = len(refs) if news.finished else news.sections
        self._sections[news.slab] = done
        self._phrase = f"Predicted {refs[done - 1]}"
        if self._pace is None:
            # the first section also pays for what is compiled and read once
            self._pace = Pace(time.monotonic(), sum(self._sections.values()))

    def progress(self) -> Progress:
        """All that is known now."""
        done = self._earlier + sum(self._sections.values())
        return Progress(done, self._total, self._phrase, self._eta_s())

    def _eta_s(self) -> float | None:
        if self._pace is None or self._present is None:
            return None
        done = sum(self._sections.values())
        if done <= self._pace.before:
            return None
        traces = sum(left * self._traces[path] for path, left in self._left.items())
        here = self._traces[self._present.path]
        seconds_a_trace = (time.monotonic() - self._pace.since) / ((done - self._pace.before) * here)
        return max(0.0, (traces - done * here) * seconds_a_trace)
