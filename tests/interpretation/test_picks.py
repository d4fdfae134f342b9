"""Picks as the interpreter's word: set, changed, deleted, undone, kept, read by others."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_survey import write_survey

from seisgui.errors import InputError, LockedError
from seisgui.interpretation import database
from seisgui.interpretation.edits import Change
from seisgui.interpretation.picks import Pick, Picks
from seisgui.interpretation.project import Project

P = Pick(0, "trace 1", "P", 0.25)
S = Pick(0, "trace 1", "S", 0.75, 0.02, "up", "imported", 0.5, "run-1", "ar-aic", 0.3)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with one set of gathers; closed after the test."""
    file = tmp_path / "shots.npz"
    np.savez(file, data=np.zeros((3, 1, 100), np.float32), sampling_rate=100.0)
    made = Project.create(tmp_path / "shots.seisproj")
    made.add_gathers([file])
    yield made
    made.close()


@pytest.fixture
def picks(project: Project) -> Picks:
    return project.picks()


def test_a_pick_is_set_changed_and_deleted(picks: Picks):
    edit = picks.edit("Pick P", add=[P, S])
    first, second = picks.of("trace 1")
    assert edit.operations[0].added == (first, second)
    assert (first, second) == (replace(P, id=1), replace(S, id=2))
    picks.edit("Move P", change=[replace(first, time=0.5)])
    assert [pick.time for pick in picks.of("trace 1")] == [0.5, 0.75]
    assert picks.counts() == {"P": 1, "S": 1}
    picks.edit("Delete", remove=[1])
    assert picks.all() == (second,)
    assert picks.records() == {"trace 1"}


def test_undo_and_redo_go_on_after_a_restart(project: Project, picks: Picks):
    states = [picks.all()]
    for step in range(5):
        picks.edit(f"Pick {step}", add=[replace(P, record=f"trace {step}", time=0.1 * step)])
        states.append(picks.all())
    picks.edit("Tidy", change=[replace(picks.get(2), polarity="down")], remove=[1, 3])
    states.append(picks.all())
    project.journal.undo()
    project.close()
    with Project.open(project.path) as again:
        found = again.picks()
        assert found.all() == states[5]
        assert (again.journal.undo_text, again.journal.redo_text) == ("Pick 4", "Tidy")
        again.journal.redo()
        assert set(found.all()) == set(states[6])
        for state in states[-2::-1]:
            again.journal.undo()
            assert set(found.all()) == set(state)
        assert not again.journal.can_undo
        assert len(found) == 0


def test_an_id_is_never_given_twice(project: Project, picks: Picks):
    picks.edit("one", add=[P])
    project.journal.undo()
    assert picks.edit("other", add=[P]).operations[0].added[0].id == 2
    picks.edit("delete", remove=[2])
    project.close()
    with Project.open(project.path) as again:
        assert again.picks().edit("third", add=[P]).operations[0].added[0].id == 3


def test_views_are_told_the_records_that_changed(project: Project, picks: Picks):
    told: list[Change] = []
    project.changed.connect(told.append)
    picks.edit("line", add=[P, replace(P, record="trace 2")])
    project.journal.undo()
    assert [(change.kind, change.label_set_id, change.records) for change in told] == [
        ("picks", picks.id, {"trace 1", "trace 2"})
    ] * 2
    assert told[1].revision == picks.revision == project.journal.revision


def test_a_rejected_proposal_is_kept_and_is_no_pick(project: Project, picks: Picks):
    picks.edit("Reject", add=[replace(P, provenance="rejected", probability=0.4)])
    assert picks.of("trace 1") == picks.all() == ()
    assert (picks.counts(), picks.records(), len(picks)) == ({}, set(), 0)
    assert picks.rejected("trace 1")[0].probability == 0.4
    project.close()
    with Project.open(project.path, read_only=True) as looking:
        assert looking.picks().provenances() == {"rejected": 1}


def test_an_edit_that_changes_nothing_is_no_undo_step(project: Project, picks: Picks):
    picks.edit("Pick", add=[P])
    assert picks.edit("again", change=[picks.get(1)]) is None
    assert picks.edit("nothing") is None
    assert project.journal.undo_text == "Pick"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"phase": " "}, "lacks a phase"),
        ({"time": float("nan")}, "no finite time"),
        ({"uncertainty": -1.0}, "uncertainty -1.0"),
        ({"probability": 1.5}, "probability 1.5"),
        ({"polarity": "sideways"}, "marked 'sideways'"),
        ({"provenance": "guess"}, "marked 'guess'"),
        ({"weight": float("inf")}, "weight inf"),
    ],
)
def test_an_impossible_pick_is_refused_and_nothing_changes(picks: Picks, wrong: dict, sentence: str):
    with pytest.raises(InputError, match=sentence):
        picks.edit("Pick", add=[P, replace(P, **wrong)])
    assert picks.all() == ()


def test_an_unknown_pick_and_one_named_twice_are_refused(picks: Picks):
    picks.edit("Pick", add=[P])
    with pytest.raises(InputError, match="no pick 7"):
        picks.edit("Delete", remove=[1, 7])
    with pytest.raises(InputError, match="changed twice"):
        picks.edit("Both", change=[replace(picks.get(1), time=1.0)], remove=[1])
    assert len(picks) == 1


def test_sections_take_no_picks_and_sets_are_told_apart(project: Project, tmp_path: Path):
    project.add_volume(write_survey(tmp_path / "survey.sgy"))
    with pytest.raises(InputError, match="is a survey; it has no records to pick on"):
        project.picks(None, "survey")
    assert project.picks().name == "default"
    mine = project.add_pick_set("shots", "Ann")
    project.picks("Ann").edit("Pick", add=[P])
    assert project.picks(mine.id).all() != project.picks("default").all()
    with pytest.raises(InputError, match="'default', 'Ann'"):
        project.picks("Bob")
    with pytest.raises(InputError, match="already"):
        project.add_pick_set("shots", "Ann")


def test_a_read_only_process_sees_the_picks_of_a_revision_and_catches_up(project: Project, picks: Picks):
    picks.edit("one", add=[P])
    early, state = project.journal.revision, picks.all()
    picks.edit("two", add=[S], change=[replace(picks.get(1), time=0.3)])
    project.journal.undo()
    project.journal.redo()
    project.wait_saved()
    with Project.open(project.path, read_only=True) as looking:
        seen = looking.picks(revision=early)
        assert (seen.all(), seen.revision) == (state, early)
        changes = seen.catch_up()
        assert [change.records for change in changes] == [{"trace 1"}] * 3
        assert set(seen.all()) == set(picks.all())
        picks.edit("three", remove=[1])
        project.wait_saved()
        seen.catch_up(project.journal.revision)
        assert seen.all() == picks.all()
        with pytest.raises(LockedError):
            seen.edit("four", add=[P])


PICKER = """
    import sys
    from dataclasses import replace
    from pathlib import Path
    from seisgui.interpretation.picks import Pick
    from seisgui.interpretation.project import Project
    project = Project.open(Path(sys.argv[1]))
    picks = project.picks()
    project.saved.connect(lambda revision: print("saved", revision, flush=True))
    print("ready", project.journal.revision, flush=True)
    for step in range(100000):
        if step % 7 == 6:
            project.journal.undo()
        picks.edit("Pick", add=[Pick(0, f"trace {step}", "P", step / 100)])
        if step % 3 == 2:
            last = picks.all()[-1]
            picks.edit("Move", change=[replace(last, time=last.time + 0.5)])
"""


@pytest.mark.parametrize("saved_before_kill", [1, 60])
def test_a_killed_picker_keeps_every_committed_pick(project: Project, picks: Picks, saved_before_kill: int):
    project.close()
    picker = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PICKER), str(project.path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert picker.stdout.readline().startswith("ready")
        last = max(int(picker.stdout.readline().split()[1]) for _ in range(saved_before_kill))
        os.kill(picker.pid, signal.SIGKILL)
        rest = picker.stdout.read().split()
        picker.wait()
    finally:
        picker.kill()
        picker.stdout.close()
    last = max([last, *(int(word) for word in rest[1::2] if word.isdigit())])
    with Project.open(project.path) as again:
        assert again.journal.revision >= last
        shown = again.picks()
        with Project.open(project.path, read_only=True) as looking:
            replayed = looking.picks(revision=0)
            assert replayed.all() == ()
            replayed.catch_up()
            assert set(replayed.all()) == set(shown.all())
        state = set(shown.all())
        assert state
        again.journal.undo()
        assert set(shown.all()) != state
        again.journal.redo()
        assert set(shown.all()) == state


def test_a_project_of_the_first_schema_is_brought_to_picks(tmp_path: Path):
    folder = tmp_path / "old.seisproj"
    folder.mkdir()
    old = sqlite3.connect(folder / database.FILE_NAME)
    old.executescript(
        f"BEGIN; {database.MIGRATIONS[0]} PRAGMA application_id = {database.APPLICATION_ID}; "
        "PRAGMA user_version = 1; INSERT INTO datasets VALUES ('shots', 'shots', 'gathers', NULL, 1); COMMIT;"
    )
    old.close()
    with pytest.raises(InputError, match="older version"):
        Project.open(folder, read_only=True)
    with Project.open(folder) as project:
        project.picks().edit("Pick", add=[P])
        assert project.picks().all() == (replace(P, id=1),)
    assert (folder / "project.schema1.bak").is_file()


STEPS = st.lists(st.tuples(st.sampled_from("amdur"), st.integers(0, 5), st.floats(0, 1)), max_size=25)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_any_series_of_edits_is_on_disk_as_it_is_in_memory(project: Project, picks: Picks, steps: list):
    for kind, number, time in steps:
        known = picks.all(rejected=True)
        chosen = known[number % len(known)] if known else None
        if kind == "a":
            picks.edit("add", add=[replace(P, record=f"trace {number}", time=time)])
        elif kind == "u":
            project.journal.undo()
        elif kind == "r":
            project.journal.redo()
        elif chosen is not None and kind == "m":
            picks.edit("move", change=[replace(chosen, time=time)])
        elif chosen is not None:
            picks.edit("delete", remove=[chosen.id])
    project.wait_saved()
    with Project.open(project.path, read_only=True) as looking:
        assert set(looking.picks().all()) == set(picks.all())
