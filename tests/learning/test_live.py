"""A live session: strokes are answered at once, learning goes on from where it is, revisions can be taken back."""

import numpy as np
import pytest
from layered import QUICK, inline, make_project, paint, run_training

from seisgui.errors import InputError
from seisgui.interpretation.project import Project
from seisgui.learning import live as live_module
from seisgui.learning import stored
from seisgui.learning.events import Control, Notice, PartialPrediction, RunSaved
from seisgui.learning.live import live
from seisgui.learning.model import load_model
from seisgui.learning.requests import LiveRequest, LiveUpdate, TrainRequest
from seisgui.learning.revisions import restore_revision, revisions

VISIBLE = (inline(),)


class Talk:
    """The window's end of a live session: paints in the project, hears the events."""

    def __init__(self, project, network, visible=VISIBLE, **wishes):
        self.project = project
        self.reader = Project.open(project.path, read_only=True)
        self.control = Control()
        self._inbox = []
        request = LiveRequest(TrainRequest(project.path, network=network, **wishes), visible)
        self.steps = live(self.reader, request, lambda: self._inbox.pop() if self._inbox else None, self.control)

    def tell(self, visible=None):
        """A stroke is saved."""
        self.project.wait_saved()
        self._inbox.append(LiveUpdate(self.project.labels().revision, visible))

    def hear(self, most=5000):
        """Events until there is nothing to do."""
        heard = []
        for _ in range(most):
            event = next(self.steps)
            if event is None and not self._inbox:
                return heard
            if event is not None:
                heard.append(event)
        raise AssertionError("the session never came to rest")

    def end(self):
        self.control.stop = True
        while True:
            try:
                next(self.steps)
            except StopIteration as outcome:
                self.reader.close()
                return outcome.value
            except InputError:
                self.reader.close()
                raise


def overlays(events):
    return [event for event in events if isinstance(event, PartialPrediction)]


@pytest.fixture(autouse=True)
def short_bursts(monkeypatch):
    """A few updates a stroke are enough for these layers."""
    monkeypatch.setattr(live_module, "LATER_BURSTS", 0)
    monkeypatch.setattr(live_module, "READY", 0.0)


def test_the_forest_answers_first_and_the_network_after_it(project):
    talk = Talk(project, "waldeland", settings={"batch": 8})
    shown = [(event.model, event.step) for event in overlays(talk.hear())]
    assert shown == [("forest", 4), ("forest", 1), ("waldeland", 8), ("waldeland", 1)]
    record = talk.end()
    assert record.status == "finished"
    assert record.metrics["updates"] >= 8
    assert load_model(project, record.id, "cpu").class_ids == (0, 1, 2)
    assert project.run(record.id) == record


def test_one_class_is_waited_for_until_there_is_a_second(tmp_path):
    with make_project(tmp_path, strokes=False) as project:
        labels = project.labels()
        labels.paint(inline(), 20, 5, np.ones((20, 10), dtype=bool), 0)
        project.wait_saved()
        talk = Talk(project, "forest")
        (notice,) = talk.hear()
        assert isinstance(notice, Notice)
        assert "only top" in notice.sentence
        labels.paint(inline(), 20, 30, np.ones((20, 10), dtype=bool), 1)
        talk.tell()
        heard = talk.hear()
        full = np.load(overlays(heard)[-1].path)
        assert (full[stored.CLASS, 20:40, 32:38] == 1).mean() > 0.9
        assert overlays(heard)[-1].label_revision == labels.revision
        talk.end()


def test_without_anything_learnt_the_end_says_so(tmp_path):
    with make_project(tmp_path, strokes=False) as project:
        talk = Talk(project, "waldeland")
        talk.hear()
        with pytest.raises(InputError, match="before anything was learnt"):
            talk.end()
        assert project.runs() == []


@pytest.mark.parametrize("network", ["forest", "waldeland"])
def test_a_new_class_is_learnt_and_the_old_ones_stay(project, network):
    start = "scratch"
    # the layers look the same everywhere: only position tells the new class from the old one
    if network == "waldeland":
        settings = {**QUICK, "updates_per_epoch": 25, "batch": 16}
        start = run_training(project, network, epochs=1, position=True, settings=settings).id
    talk = Talk(project, network, start_from=start)
    before = np.load(overlays(talk.hear())[-1].path)[stored.CLASS]
    labels = project.labels()
    labels.add_class("salt", "#999999")
    labels.paint(inline(), 80, 26, np.ones((60, 18), dtype=bool), labels.classes[-1].id)
    talk.tell()
    after = np.load(overlays(talk.hear())[-1].path)[stored.CLASS]
    assert (before[80:140, 26:44] == 3).sum() == 0
    assert (after[80:140, 26:44] == 3).mean() >= 0.8
    assert (after[:30, 52:70] == 2).mean() > 0.8
    record = talk.end()
    assert [entry.id for entry in record.classes] == [0, 1, 2, 3]


def test_every_label_revision_is_a_checkpoint_to_go_back_to(project):
    talk = Talk(project, "forest", settings={})
    first = overlays(talk.hear())[-1]
    before = np.load(first.path)[stored.CLASS].copy()
    project.labels().paint(inline(), 90, 26, np.ones((60, 18), dtype=bool), 0)
    talk.tell()
    heard = talk.hear()
    assert isinstance(heard[-1], RunSaved)
    record = talk.end()
    kept = revisions(project, record.id)
    assert [each.label_revision for each in kept] == [first.label_revision, record.label_revision]
    restored = restore_revision(project, record.id, 1)
    assert project.run(record.id).label_revision == first.label_revision == restored.label_revision
    volume = project.open_volume()
    again = load_model(project, record.id, "cpu").predict(volume.section(inline()), inline(), volume.axes)
    np.testing.assert_array_equal(again.argmax(axis=0), before)
    with pytest.raises(InputError, match="no revision 7"):
        restore_revision(project, record.id, 7)


def test_a_stroke_breaks_into_the_answer_to_the_last_one(project):
    talk = Talk(project, "waldeland", settings={"batch": 8})
    for _ in range(400):
        event = next(talk.steps)
        if isinstance(event, PartialPrediction) and event.model == "waldeland":
            break
    paint(project, 100, 10)
    talk.tell()
    following = []
    while len(following) < 3:
        event = next(talk.steps)
        if isinstance(event, PartialPrediction):
            following.append((event.model, event.step, event.label_revision))
    revision = project.labels().revision
    assert following == [("forest", 4, revision), ("forest", 1, revision), ("waldeland", 8, revision)]
    talk.end()


def test_other_sections_in_view_are_predicted(tmp_path):
    with make_project(tmp_path, n_inline=3) as project:
        talk = Talk(project, "forest")
        talk.hear()
        talk.tell(visible=(inline(102),))
        assert {event.ref for event in overlays(talk.hear())} == {inline(102)}
        talk.end()


def test_closing_keeps_the_revisions_that_were_saved(project):
    talk = Talk(project, "forest")
    heard = talk.hear()
    saved = next(event for event in heard if isinstance(event, RunSaved))
    talk.steps.close()
    talk.reader.close()
    assert project.run(saved.run_id).status == "live"
    assert len(revisions(project, saved.run_id)) == 1
