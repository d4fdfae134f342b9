"""Display copies of large volumes: made in the background by the data process, unasked but never against a wish."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from seisgui.gui import places
from seisgui.gui.desk import Desk
from seisgui.gui.job_list import Job
from seisgui.gui.words import file_size
from seisgui.interpretation.edits import Change
from seisgui.jobs.messages import DATA, CallRequest, Failed, Priority, Progress
from seisgui.seismic.ingest import ingest_state, needed_bytes

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.seismic.axes import VolumeAxes
    from seisgui.seismic.volume import Volume

LARGE_BYTES = 64 << 20  # smaller volumes are read fast enough as they are
CONFIRMED_MS = 300  # how often a survey that is still being scanned is asked whether it is confirmed
ROOM = 1.1  # free space wanted, as a multiple of what is needed
INGEST = "seisgui.interpretation.copies:ingest_project_steps"
Key = tuple[Path, str]  # project and volume


@dataclass(frozen=True, slots=True)
class CopiesState:
    """``kind`` is none, partial, complete, stale, making or paused; ``need`` and ``free`` are bytes of disk."""

    kind: str
    share: float
    folder: Path
    need: int
    free: int

    @property
    def title(self) -> str:
        """What the project panel says."""
        percent = f"{100 * self.share:.0f} %"
        return (
            "Display copies: "
            + {
                "none": "none",
                "partial": f"{percent} made",
                "complete": "ready",
                "stale": "out of date",
                "making": percent,
                "paused": f"paused at {percent}",
            }[self.kind]
        )

    @property
    def detail(self) -> str:
        """What they are, where, and what they take."""
        return (
            "Display copies show sections of a large volume at once in any direction while moving; true amplitudes "
            f"come from the file.\n{file_size(self.need)} in {self.folder} ({file_size(self.free)} free)."
        )


class CopiesFlow(QObject):
    """Makes, holds, removes and offers display copies of the volume in view; ``changed`` with the id of a volume."""

    changed = Signal(str)

    def __init__(self, desk: Desk, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self.large_bytes = LARGE_BYTES
        self.states: dict[str, CopiesState] = {}
        self._jobs: dict[str, Job] = {}
        self._declined: set[Key] = set()  # cancelled or failed in this session: not begun again unasked
        self._told: set[Key] = set()  # said that the disk has no room
        self._project: Project | None = None
        self._confirmed = QTimer(self, singleShot=True, interval=CONFIRMED_MS)
        self._confirmed.timeout.connect(self._look)
        desk.shown.connect(self._shown)
        desk.changed.connect(self._document_changed)

    def commands(self) -> dict[str, Callable[..., object]]:
        return {"file.make_copies": self.make, "file.remove_copies": self.remove}

    # what there is

    def _shown(self) -> None:
        if self._desk.project is not self._project:
            self._project = self._desk.project
            self.states.clear()
            self._jobs.clear()
        self._look()

    def _document_changed(self, change: Change) -> None:
        if change.kind != "layout":
            return
        for volume_id, job in list(self._jobs.items()):
            if self._project.volume_record(volume_id).dataset_id == change.dataset_id:
                del self._jobs[volume_id]  # what it makes is of lines that are gone
                self._desk.jobs.cancel(job)

    def _look(self) -> None:
        """Find out how far the copies of the volume in view are, once its geometry is certain."""
        project, volume, volume_id = self._desk.project, self._desk.state.volume, self._desk.state.volume_id
        if project is None or volume is None or volume_id is None or volume_bytes(volume.axes) < self.large_bytes:
            return
        if getattr(getattr(volume, "source", volume), "provisional", False):
            self._confirmed.start()
            return

        def found(state: CopiesState) -> None:
            if self._desk.project is project and self._desk.state.volume is volume:
                self._found(volume_id, state)

        self._desk.background.run(lambda: look(project, volume, volume_id), found)

    def _found(self, volume_id: str, state: CopiesState) -> None:
        if volume_id in self._jobs:
            return
        self._show(volume_id, state)
        key = self._project.path, volume_id
        wanted = places.settings().value("display_copies", "true") == "true"
        if self._project.read_only or key in self._declined or not wanted:
            return
        if state.kind in ("none", "partial"):
            self._start(volume_id)
        elif state.kind == "stale":
            self._desk.tell(
                f"The display copies of {self._name(volume_id)} are of another geometry or an older file.",
                "They are not used.",
                answers=(("Make them anew", self.make),),
            )

    def _show(self, volume_id: str, state: CopiesState) -> None:
        before = self.states.get(volume_id)
        self.states[volume_id] = state
        if before is None or before.title != state.title:
            self.changed.emit(volume_id)

    def _name(self, volume_id: str) -> str:
        return self._project.volume_record(volume_id).name

    @property
    def can_make(self) -> bool:
        """Whether the volume in view may be given copies."""
        project = self._desk.project
        return self._desk.state.volume is not None and project is not None and not project.read_only

    # making

    def make(self) -> None:
        """Make the copies of the volume in view, or go on with them; what is paused goes on."""
        project, volume, volume_id = self._desk.project, self._desk.state.volume, self._desk.state.volume_id
        if not self.can_make or volume_id is None:
            return
        job = self._jobs.get(volume_id)
        if job is not None:
            self._desk.jobs.pause(job, paused=False)
            return
        key = project.path, volume_id
        self._declined.discard(key)
        self._told.discard(key)

        def found(state: CopiesState) -> None:
            if self._desk.project is not project or volume_id in self._jobs:
                return
            self._show(volume_id, state)
            if state.kind == "complete":
                self._desk.tell(f"The display copies of {self._name(volume_id)} are ready.")
            else:
                self._start(volume_id)

        self._desk.background.run(lambda: look(project, volume, volume_id), found)

    def _start(self, volume_id: str) -> None:
        state, key = self.states[volume_id], (self._project.path, volume_id)
        if state.kind != "partial" and state.free < ROOM * state.need:
            self._tell_no_room(key, state)
            return
        request = CallRequest(INGEST, {"project_path": self._project.path, "volume_id": volume_id}, DATA)
        ends = _Ends()
        job = self._desk.jobs.start(
            request,
            f"Making display copies of {self._name(volume_id)}",
            on_event=lambda event: self._progress(volume_id, job, event),
            on_finished=lambda _: ends.set("finished"),
            on_failed=ends.fail,
            on_ended=lambda: self._ended(volume_id, job, ends),
            priority=Priority.VOLUME,
            detail=state.detail,
            background=True,
            pausable=True,
        )
        self._jobs[volume_id] = job
        self._show(volume_id, replace(state, kind="making"))

    def _tell_no_room(self, key: Key, state: CopiesState) -> None:
        if key in self._told:
            return
        self._told.add(key)
        self._desk.tell(
            f"There is no room for display copies of {self._name(key[1])}: they take {file_size(state.need)}, "
            f"{file_size(state.free)} are free in {self._project.path.parent}.",
            "Sections are read from the file; make room and choose File › Make display copies.",
        )

    def _progress(self, volume_id: str, job: Job, event: object) -> None:
        if isinstance(event, Progress) and self._jobs.get(volume_id) is job:
            kind = "paused" if job.paused else "making"
            self._show(volume_id, replace(self.states[volume_id], kind=kind, share=job.share or 0.0))

    def _ended(self, volume_id: str, job: Job, ends: _Ends) -> None:
        if self._jobs.get(volume_id) is not job:  # of a project or a geometry that is gone
            return
        del self._jobs[volume_id]
        state, name = self.states[volume_id], self._name(volume_id)
        if ends.how == "finished":
            self._show(volume_id, replace(state, kind="complete", share=1.0))
            self._announce(volume_id)
            return
        self._declined.add((self._project.path, volume_id))
        self._show(volume_id, replace(state, kind="partial" if state.share else "none"))
        answers = (("Go on", self.make),)
        if ends.failed is not None:
            failed = ends.failed
            hint = f"What is made of the display copies is kept. {failed.hint}".strip()
            self._desk.tell_failure(failed, hint, answers)
        else:
            self._desk.tell(
                f"The display copies of {name} were stopped; what is made of them is kept.", answers=answers
            )

    def _announce(self, volume_id: str) -> None:
        """Views look for the copies again."""
        self._project.announce(Change("copies", self._project.volume_record(volume_id).dataset_id))

    # removing

    def remove(self) -> None:
        """Free the disk of the copies of the volume in view; they are not made again unasked in this session."""
        project, volume, volume_id = self._desk.project, self._desk.state.volume, self._desk.state.volume_id
        if not self.can_make or volume_id is None:
            return
        self._declined.add((project.path, volume_id))
        job = self._jobs.pop(volume_id, None)
        if job is not None:  # its files are removed once it has let go of them
            job.on_ended = lambda: self._remove(project, volume, volume_id)
            self._desk.jobs.cancel(job)
        else:
            self._remove(project, volume, volume_id)

    def _remove(self, project: Project, volume: Volume, volume_id: str) -> None:
        if self._desk.project is not project:
            return
        project.close_display_copies(volume_id)
        self._announce(volume_id)

        def gone(state: CopiesState) -> None:
            if self._desk.project is project:
                self._show(volume_id, state)
                self._desk.tell(f"The display copies of {self._name(volume_id)} are removed.")

        def do() -> CopiesState:
            shutil.rmtree(project.display_folder(volume_id), ignore_errors=True)
            return look(project, volume, volume_id)

        self._desk.background.run(do, gone)

    # holding

    def refresh(self) -> None:
        """Some job was paused or goes on."""
        for volume_id, job in self._jobs.items():
            kind = "paused" if job.paused else "making"
            self._show(volume_id, replace(self.states[volume_id], kind=kind))

    def stop(self) -> None:
        """The project goes: its jobs are ended by the window, and are begun again when it is opened again."""
        self._confirmed.stop()
        self._jobs.clear()


class _Ends:
    """How a job ended."""

    def __init__(self) -> None:
        self.how = "discarded"
        self.failed: Failed | None = None

    def set(self, how: str) -> None:
        self.how = how

    def fail(self, failed: Failed) -> None:
        self.how, self.failed = "failed", failed


def look(project: Project, volume: Volume, volume_id: str) -> CopiesState:
    """How far the copies are, and the disk they take; reads files."""
    folder = project.display_folder(volume_id)
    found = ingest_state(folder, volume)
    there = next(place for place in (folder, *folder.parents) if place.exists())
    need = needed_bytes(volume.axes)
    return CopiesState(found.kind, found.fraction, folder, need, shutil.disk_usage(there).free)


def volume_bytes(axes: VolumeAxes) -> int:
    """Size of the amplitudes as 32-bit floats."""
    return 4 * int(np.prod(axes.shape, dtype=np.int64))
