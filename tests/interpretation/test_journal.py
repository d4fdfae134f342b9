"""Undo, redo, what survives a restart and what survives a killed process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_survey import AXES, INLINE, block

from seisgui.errors import FailureError
from seisgui.interpretation import journal as journal_module
from seisgui.interpretation.facies import FaciesLabels, Source
from seisgui.interpretation.project import Project
from seisgui.seismic.axes import Orientation, SectionRef


def cube(labels: FaciesLabels) -> np.ndarray:
    """All classes (n_inline, n_crossline, n_sample)."""
    return np.stack([labels.section(SectionRef(Orientation.INLINE, n))[0] for n in AXES.inline.numbers])


def test_undo_and_redo_walk_through_every_edit(project: Project, labels: FaciesLabels):
    states = [cube(labels)]
    for step in range(6):
        labels.paint(INLINE, 4 * step, 10, block(), step % 3, label=f"Stroke {step}")
        states.append(cube(labels))
    assert project.journal.undo_text == "Stroke 5"
    for step in range(5, -1, -1):
        change = project.journal.undo()
        assert change.label_set_id == labels.id
        assert np.array_equal(cube(labels), states[step])
    assert project.journal.redo_text == "Stroke 0"
    for step in range(1, 7):
        project.journal.redo()
        assert np.array_equal(cube(labels), states[step])
    assert not project.journal.can_redo
    assert project.journal.redo() is None


def test_revision_grows_with_edit_undo_and_redo(project: Project, labels: FaciesLabels):
    start = project.journal.revision
    labels.paint(INLINE, 0, 0, block(), 1)
    project.journal.undo()
    project.journal.redo()
    assert project.journal.revision == start + 3
    assert labels.revision == start + 3


def test_undo_and_redo_go_on_after_a_restart(project: Project, labels: FaciesLabels):
    for step in range(4):
        labels.paint(INLINE, 8 * step, 10, block(), step % 3, label=f"Stroke {step}")
    project.journal.undo()
    shown, counts = cube(labels), labels.class_counts()
    project.close()
    with Project.open(project.path) as again:
        found = again.labels()
        assert np.array_equal(cube(found), shown)
        assert found.class_counts() == counts
        assert (again.journal.undo_text, again.journal.redo_text) == ("Stroke 2", "Stroke 3")
        again.journal.redo()
        assert (found.section(INLINE)[0][24:32, 10:16] == 0).all()
        while again.journal.can_undo:
            again.journal.undo()
        assert (cube(found) == -1).all()
        assert found.classes == []


def test_a_new_edit_discards_what_was_undone_for_good(project: Project, labels: FaciesLabels):
    labels.paint(INLINE, 0, 0, block(), 1, label="first")
    labels.paint(INLINE, 20, 0, block(), 1, label="second")
    project.journal.undo()
    labels.paint(INLINE, 0, 20, block(), 2, label="third")
    project.close()
    with Project.open(project.path) as again:
        assert not again.journal.can_redo
        assert [entry.state for entry in again.journal.history()][-3:] == ["done", "discarded", "done"]
        again.journal.undo()
        assert again.journal.undo_text == "first"
        assert again.journal.redo_text == "third"


def test_an_edit_over_a_million_voxels_keeps_its_payload_in_a_file(
    project: Project, labels: FaciesLabels, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(journal_module, "FILE_VOXELS", 1000)
    labels.paint(INLINE, 0, 0, block(40, 70), 1, neighbours=3)
    project.wait_saved()
    assert [file.name for file in (project.path / "journal").iterdir()] == ["00000002.bin"]
    (project.path / "journal" / "00000099.bin").write_bytes(b"left by a crash")
    project.close()
    with Project.open(project.path) as again:
        assert [file.name for file in (project.path / "journal").iterdir()] == ["00000002.bin"]
        assert again.labels().class_counts()[1] == 7 * 40 * 70
        again.journal.undo()
        assert again.labels().class_counts()[1] == 0


def test_a_lost_payload_file_is_told_in_a_sentence(
    project: Project, labels: FaciesLabels, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(journal_module, "FILE_VOXELS", 1000)
    labels.paint(INLINE, 0, 0, block(40, 70), 1)
    project.close()
    (project.path / "journal" / "00000002.bin").unlink()
    with Project.open(project.path) as again:
        before = cube(again.labels())
        with pytest.raises(FailureError, match="is missing"):
            again.journal.undo()
        assert np.array_equal(cube(again.labels()), before)
        assert again.journal.can_undo


def test_saved_comes_after_the_commit_and_for_every_edit(project: Project, labels: FaciesLabels):
    project.wait_saved()
    seen: list[tuple[int, int]] = []

    def on_saved(revision: int) -> None:
        with Project.open(project.path, read_only=True) as looking:
            seen.append((revision, looking.journal.revision))

    project.saved.connect(on_saved)
    first = project.journal.revision + 1
    for step in range(5):
        labels.paint(INLINE, 5 * step, 0, block(), 1)
    project.wait_saved()
    wait_for(lambda: len(seen) == 5)
    assert [revision for revision, _ in seen] == list(range(first, first + 5))
    assert all(on_disk >= revision for revision, on_disk in seen)


def wait_for(condition) -> None:
    event = threading.Event()
    for _ in range(200):
        if condition():
            return
        event.wait(0.01)
    raise AssertionError("did not happen within 2 s")


def test_a_full_disk_is_told_and_the_edit_is_written_when_there_is_room(
    project: Project, labels: FaciesLabels, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    project.wait_saved()
    told: list[str] = []
    project.trouble.connect(told.append)
    real = journal_module.write_entry
    full = threading.Event()
    full.set()

    def write_entry(*arguments):
        if full.is_set():
            raise OSError(28, "No space left on device")
        real(*arguments)

    monkeypatch.setattr(journal_module, "write_entry", write_entry)
    labels.paint(INLINE, 0, 0, block(), 1)
    wait_for(lambda: told)
    assert "No space left" in told[0]
    assert not project.all_saved
    with pytest.raises(FailureError, match="cannot be written"):
        project.wait_saved(0.1)
    full.clear()
    project.wait_saved(5.0)
    with Project.open(project.path, read_only=True) as looking:
        assert looking.labels().class_counts()[1] == 48


PAINTER = """
    import sys
    import numpy as np
    from pathlib import Path
    from seisgui.interpretation.project import Project
    from seisgui.seismic.axes import Orientation, SectionRef
    project = Project.open(Path(sys.argv[1]))
    labels = project.labels()
    ref = SectionRef(Orientation.INLINE, 110)
    project.saved.connect(lambda revision: print("saved", revision, flush=True))
    print("ready", project.journal.revision, flush=True)
    for step in range(100000):
        if step % 7 == 6:
            project.journal.undo()
        labels.paint(ref, step % 33, (3 * step) % 65, np.ones((8, 6), bool), step % 3, label=f"Stroke {step}")
"""


@pytest.mark.parametrize("saved_before_kill", [1, 40, 150])
def test_a_killed_painter_loses_nothing_that_was_saved(project: Project, labels: FaciesLabels, saved_before_kill: int):
    project.close()
    painter = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PAINTER), str(project.path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert painter.stdout.readline().startswith("ready")
        last = 0
        for _ in range(saved_before_kill):
            last = int(painter.stdout.readline().split()[1])
        os.kill(painter.pid, signal.SIGKILL)
        rest = painter.stdout.read().split()
        painter.wait()
    finally:
        painter.kill()
        painter.stdout.close()
    last = max([last, *(int(word) for word in rest[1::2] if word.isdigit())])
    with Project.open(project.path) as again:
        assert again.journal.revision >= last
        shown = again.labels()
        assert_consistent(again, shown)
        state = cube(shown)
        again.journal.undo()
        assert not np.array_equal(cube(shown), state)
        again.journal.redo()
        assert np.array_equal(cube(shown), state)


def assert_consistent(project: Project, labels: FaciesLabels) -> None:
    """The bricks on disk plus the journal equal the journal replayed from the very beginning."""
    with Project.open(project.path, read_only=True) as looking:
        whole = looking.labels()
        shown = cube(whole)
        assert np.array_equal(shown, cube(labels))
        empty = looking.labels(revision=0)
        assert (cube(empty) == -1).all()
        empty.catch_up()
        assert np.array_equal(cube(empty), shown)
    assert project._reader.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_a_reader_in_another_project_object_catches_up_by_newer_rows_only(project: Project, labels: FaciesLabels):
    labels.paint(INLINE, 0, 0, block(), 1)
    project.wait_saved()
    with Project.open(project.path, read_only=True) as looking:
        seen = looking.labels()
        first = seen.revision
        labels.paint(INLINE, 20, 0, block(), 2)
        labels.rename_class(2, "marl")
        middle = project.journal.revision
        project.journal.undo()
        project.journal.undo()
        project.journal.undo()
        project.wait_saved()
        changes = seen.catch_up(middle)
        assert [change.kind for change in changes] == ["labels", "classes"]
        assert changes[0].region.crossline == (320, 327)
        assert (seen.revision, seen.facies_class(2).name) == (middle, "marl")
        assert (seen.section(INLINE)[0][20:28, :6] == 2).all()
        seen.catch_up()
        assert np.array_equal(cube(seen), cube(labels))
        assert seen.classes == labels.classes
        assert seen.catch_up() == []
        assert first < middle < seen.revision == labels.revision


def test_labels_of_an_earlier_revision_can_be_had(project: Project, labels: FaciesLabels):
    states = {}
    for step in range(5):
        labels.paint(INLINE, 8 * step, 10, block(), step % 3)
        states[project.journal.revision] = cube(labels)
    project.journal.undo()
    project.wait_saved()
    for revision, state in states.items():
        with Project.open(project.path, read_only=True) as looking:
            earlier = looking.labels(revision=revision)
            assert earlier.revision == revision
            assert np.array_equal(cube(earlier), state)


Step = tuple[str, int, int, int, int, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["paint", "paint", "paint", "erase", "undo", "redo", "restart", "flush"]),
        st.integers(0, 2),  # orientation
        st.integers(0, 50),  # section
        st.integers(-5, 45),
        st.integers(-5, 75),
        st.integers(1, 30),
        st.integers(0, 2),  # class, neighbours
    ),
    min_size=1,
    max_size=25,
)


class Plain:
    """The same as a plain array with a list of states."""

    def __init__(self) -> None:
        self.states = [np.full(AXES.shape, -1, dtype=np.int16)]
        self.place = 0

    @property
    def cube(self) -> np.ndarray:
        return self.states[self.place]

    def push(self, after: np.ndarray) -> None:
        self.states[self.place + 1 :] = [after]
        self.place += 1

    def paint(self, axis: int, section: int, lateral: int, vertical: int, size: int, value: int, n: int) -> None:
        after = self.cube.copy()
        view = np.moveaxis(after, axis, 0)
        lines = slice(max(0, section - n), section + n + 1)
        view[lines, max(0, lateral) : max(0, lateral + size), max(0, vertical) : max(0, vertical + size // 2 + 1)] = (
            value
        )
        if not np.array_equal(after, self.cube):
            self.push(after)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(steps=STEPS)
def test_any_sequence_of_edits_equals_a_plain_array(tmp_path_factory: pytest.TempPathFactory, steps: list[Step]):
    folder = tmp_path_factory.mktemp("property")
    project, plain = fresh_project(folder), Plain()
    try:
        for action, axis, section, lateral, vertical, size, number in steps:
            labels = project.labels()
            if action in {"paint", "erase"}:
                orientation = (Orientation.INLINE, Orientation.CROSSLINE, Orientation.TIME)[axis]
                axis_object = (AXES.inline.numbers, AXES.crossline.numbers, AXES.sample.values)[axis]
                section %= len(axis_object)
                value = number if action == "paint" else -1
                mask = np.ones((size, size // 2 + 1), dtype=bool)
                ref = SectionRef(orientation, float(axis_object[section]))
                if action == "paint":
                    paint_if_new(project, labels, plain, ref, (axis, section, lateral, vertical, size, value, number))
                else:
                    labels.paint(ref, lateral, vertical, mask, -1, neighbours=number)
                    plain.paint(axis, section, lateral, vertical, size, value, number)
            elif action == "undo" and plain.place > 0:
                project.journal.undo()
                plain.place -= 1
            elif action == "redo" and plain.place + 1 < len(plain.states):
                project.journal.redo()
                plain.place += 1
            elif action == "flush":
                project.flush()
            elif action == "restart":
                project.close()
                project = Project.open(folder / "p.seisproj")
            assert np.array_equal(cube(project.labels()), plain.cube)
            totals = {i: int((plain.cube == i).sum()) for i in range(3)}
            assert project.labels().class_counts() == totals
    finally:
        project.close()


def paint_if_new(project: Project, labels: FaciesLabels, plain: Plain, ref: SectionRef, stroke: tuple) -> None:
    """Paint both; where only provenance changes the plain array gets an equal state, so that undo stays in step."""
    axis, section, lateral, vertical, size, value, n = stroke
    mask = np.ones((size, size // 2 + 1), dtype=bool)
    place = plain.place
    plain.paint(axis, section, lateral, vertical, size, value, n)
    edit = labels.paint(ref, lateral, vertical, mask, value, Source.HUMAN, neighbours=n)
    if edit is not None and plain.place == place:
        plain.push(plain.cube.copy())
    assert (edit is None) == (plain.place == place)


def fresh_project(folder: Path) -> Project:
    """A project with three classes whose labels need no amplitudes."""
    from small_survey import write_survey

    project = Project.create(folder / "p.seisproj")
    project.add_volume(write_survey(folder / "s.sgy"))
    project.labels().add_classes([(None, name, None) for name in ("a", "b", "c")])
    return project


def test_a_reader_waits_a_moment_for_a_revision_that_is_being_committed(project: Project, labels: FaciesLabels):
    project.wait_saved()
    with Project.open(project.path, read_only=True) as looking:
        seen = looking.labels()
        later = threading.Timer(0.1, lambda: None)
        later.start()
        told = project.journal.revision + 1
        painter = threading.Thread(target=lambda: (later.join(), labels.paint(INLINE, 0, 0, block(), 1)))
        painter.start()
        seen.catch_up(told)
        painter.join()
        assert seen.revision == told
        assert seen.class_counts()[1] == 48
