"""Stored predictions come from the disk in a thread of their own, each with the run's revision and network."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from seisgui.gui.views.prediction_reader import PredictionReader, StoredRequest
from seisgui.interpretation.runs import RunRecord, write_run
from seisgui.learning.stored import prediction_path, write_array
from seisgui.seismic.axes import Orientation, SectionRef

REF = SectionRef(Orientation.INLINE, 108)


@pytest.fixture
def reader():
    made = PredictionReader()
    yield made
    made.close()


def asked(qtbot, reader, request):
    with qtbot.waitSignal(reader.ready, timeout=5000) as told:
        reader.submit(request)
    return told.args[0]


def test_a_stored_prediction_comes_with_the_revision_and_the_network_of_its_run(qtbot, workplace, reader):
    project, dataset = workplace.project, workplace.state.dataset_id
    write_run(project.run_folder("run"), RunRecord("run", "facies", "forest", "2026", label_revision=7))
    stored = np.random.default_rng(0).integers(0, 3, (3, 60, 80)).astype(np.uint8)
    path = write_array(prediction_path(project, "run", REF, dataset), stored)
    found = asked(qtbot, reader, StoredRequest(project, "run", REF, dataset))
    assert np.array_equal(found.array, stored)
    assert (found.partial.label_revision, found.partial.model, found.partial.path) == (7, "forest", path)
    workplace.predictions.put_array(found.partial, found.array)
    assert workplace.predictions.entry("run", REF, dataset).step == 1


def test_nothing_stored_a_damaged_file_and_a_run_that_is_gone_are_all_nothing(qtbot, workplace, reader):
    project, dataset = workplace.project, workplace.state.dataset_id
    request = StoredRequest(project, "run", REF, dataset)
    assert asked(qtbot, reader, request).array is None
    path = write_array(prediction_path(project, "run", REF, dataset), np.zeros((3, 60, 80), np.uint8))
    assert asked(qtbot, reader, request).partial is None, "its run has no record"
    path.write_bytes(b"damaged")
    assert asked(qtbot, reader, request).array is None


def test_it_is_not_read_on_the_thread_that_asks(qtbot, workplace, reader, monkeypatch):
    from seisgui.gui.views import prediction_reader

    threads = []
    real = prediction_reader.read_prediction

    def noting(*arguments):
        threads.append(threading.current_thread())
        return real(*arguments)

    monkeypatch.setattr(prediction_reader, "read_prediction", noting)
    asked(qtbot, reader, StoredRequest(workplace.project, "run", REF, workplace.state.dataset_id))
    assert threads
    assert threading.main_thread() not in threads
