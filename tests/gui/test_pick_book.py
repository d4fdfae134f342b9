"""Proposals beside picks: what waits, what is decided, and what one step of the hand changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seisgui.errors import InputError
from seisgui.gui.pick_book import PickBook, Proposals
from seisgui.gui.pick_editor import PickEditor
from seisgui.interpretation.picks import Pick
from seisgui.interpretation.project import Project
from seisgui.learning.picking.stored_picks import PredictedPick

DAY = "record 1"


def proposal(time: float, probability: float, phase: str = "P", record: str = DAY) -> PredictedPick:
    return PredictedPick(record, phase, time, probability, 0.01)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    file = tmp_path / "long.npz"
    names = np.array([DAY, "record 2"])
    np.savez(file, data=np.zeros((2, 3, 40_000), np.float32), sampling_rate=100.0, name=names)
    with Project.create(tmp_path / "long.seisproj") as made:
        made.add_gathers([file])
        yield made


@pytest.fixture
def book(project: Project) -> PickBook:
    """Two records of 400 s, which may hold several arrivals of a phase."""
    made = PickBook()
    made.open(project.picks(), project.open_records().table)
    project.changed.connect(lambda change: made.touched(change.records))
    return made


def waiting(book: PickBook) -> list[float]:
    """Probabilities of what waits, the least certain first."""
    found = [one.pick.probability or 0.0 for one in book.pending()]
    assert len(found) == book.waiting()
    return found


def test_in_long_records_a_pick_decides_only_on_what_is_near(book: PickBook):
    assert not book.one_each
    book.propose(Proposals.of([proposal(10.0, 0.5), proposal(10.6, 0.6), proposal(99.0, 0.9, "S")], "run"))
    book.picks.edit("Pick", add=[Pick(0, DAY, "P", 10.05)])
    assert waiting(book) == [0.6, 0.9]  # half a second is fifty samples
    book.set_one_each(True)
    assert waiting(book) == [0.9]


def test_a_rejected_place_stays_rejected_for_other_runs(book: PickBook):
    book.propose(Proposals.of([proposal(10.0, 0.5)], "run"))
    PickEditor(book).reject(book.pending())
    assert waiting(book) == []
    book.propose(Proposals.of([proposal(10.1, 0.99), proposal(20.0, 0.4)], "later"))
    assert waiting(book) == [0.4]


def test_picks_that_nobody_has_seen_wait_like_proposals(book: PickBook, project: Project):
    book.picks.edit("Import", add=[Pick(0, DAY, "P", 5.0, provenance="automatic", probability=0.2)])
    book.propose(Proposals.of([proposal(50.0, 0.7)], "run"))
    assert waiting(book) == [0.2, 0.7]
    editor = PickEditor(book)
    editor.accept(book.pending())
    assert [(pick.time, pick.provenance) for pick in book.picks.of(DAY)] == [(5.0, "accepted"), (50.0, "accepted")]
    assert waiting(book) == []
    project.journal.undo()
    assert waiting(book) == [0.2, 0.7]


def test_a_proposal_that_is_moved_far_does_not_come_back(book: PickBook):
    book.propose(Proposals.of([proposal(10.0, 0.5)], "run"))
    key = PickEditor(book).move(book.pending()[0], 30.0)
    assert book.get(key).pick == Pick(key, DAY, "P", 30.0)
    assert waiting(book) == []


def test_times_are_held_to_the_record(book: PickBook):
    editor = PickEditor(book)
    editor.set_many([(DAY, 1e9), ("record 2", -5.0)], "P")
    assert [pick.time for pick in book.picks.all()] == [399.99, 0.0]


def test_of_several_sure_proposals_on_a_trace_the_surest_is_accepted(book: PickBook):
    book.set_one_each(True)
    book.propose(Proposals.of([proposal(10.0, 0.95), proposal(20.0, 0.99), proposal(30.0, 0.92, "S")], "run"))
    assert PickEditor(book).accept_above(0.9) == 2
    assert [(pick.time, pick.phase) for pick in book.picks.of(DAY)] == [(20.0, "P"), (30.0, "S")]


def test_what_a_person_set_is_not_rejected(book: PickBook):
    editor = PickEditor(book)
    key = editor.set_many([(DAY, 5.0)], "P")
    with pytest.raises(InputError, match="Delete"):
        editor.reject([book.get(key)])
    assert book.get(key).pick.provenance == "manual"


def test_a_moved_pick_of_a_run_is_a_persons_pick_now(book: PickBook):
    made = Pick(0, DAY, "P", 5.0, provenance="accepted", probability=0.8, run_id="run", polarity="up")
    book.picks.edit("Accept", add=[made])
    PickEditor(book).move(book.nearest(DAY, 5.0), 6.0)
    (pick,) = book.picks.of(DAY)
    assert replace(pick, id=0) == Pick(0, DAY, "P", 6.0, polarity="up")


def test_without_a_pick_set_there_is_nothing_to_edit():
    with pytest.raises(InputError, match="nothing to pick on"):
        PickEditor(PickBook()).set_many([("x", 1.0)], "P")
