"""Scores count only labels far from what was trained on."""

import numpy as np
import pytest
from layered import HOLD_OUT, N_CROSSLINE, inline, make_project, run_training, true_classes

from seisgui.errors import InputError
from seisgui.learning.score import score
from seisgui.learning.training_labels import read_training_labels


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A project with a forest trained on crosslines 480 to 539 only, and the whole truth as a file."""
    folder = tmp_path_factory.mktemp("score")
    with make_project(folder) as project:
        record = run_training(project, "forest", hold_out=HOLD_OUT, settings={"trees": 10})
        axes = project.open_volume().axes
        truth = folder / "truth.npz"
        np.savez(
            truth,
            labels=true_classes().T.astype(np.int8),
            crossline=axes.crossline.numbers,
            t_ms=axes.sample.values,
            inline=100,
        )
        yield project, record, truth


def test_labels_near_the_training_are_dropped_and_counted(scored):
    project, record, truth = scored
    result = score(project, record.id, truth)["scores"]
    # training strokes begin at crossline 480: everything from 480 - 65 on is dropped
    kept = 480 - 65 - 300
    assert result["gap"] == 65
    assert result["dropped"] == (N_CROSSLINE - kept) * 72
    assert result["n"] == kept * 72
    assert result["pixel_accuracy"] > 0.9
    assert set(result["per_class"]) == {"0", "1", "2"}


def test_without_a_file_the_own_labels_score(scored):
    project, record, _ = scored
    result = score(project, record.id)["scores"]
    assert result["n"] == 3 * 40 * 20
    assert result["dropped"] == 3 * 60 * 20


def test_training_labels_are_kept_with_the_run(scored):
    project, record, _ = scored
    ((ref, classes),) = read_training_labels(project.run_folder(record.id))
    assert ref == inline()
    assert (classes[:180] == -1).all()
    assert (classes[185, 2:22] == 0).all()
    assert (classes >= 0).sum() == 3 * 60 * 20


def test_nothing_far_enough_is_a_sentence(scored):
    project, record, truth = scored
    with pytest.raises(InputError, match="nothing to score"):
        score(project, record.id, truth, gap=400)


def test_a_run_without_its_training_labels_is_not_scored(tmp_path):
    with make_project(tmp_path) as project:
        record = run_training(project, "forest", settings={"trees": 5})
        (project.run_folder(record.id) / "training_labels.npz").unlink()
        with pytest.raises(InputError, match="trained on cannot be read"):
            score(project, record.id)
