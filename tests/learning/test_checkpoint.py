"""Checkpoints carry all that predicting needs, and nothing that runs."""

import pickle

import pytest
import torch
from safetensors.torch import save_file

from seisgui.errors import InputError
from seisgui.learning.checkpoint import CheckpointInfo, load_checkpoint, read_checkpoint, save_checkpoint
from seisgui.networks.waldeland import Waldeland
from seisgui.networks.weights import copy_state
from seisgui.seismic.amplitude import AmplitudeScale

SCALE = AmplitudeScale("P99", 3.5, 4.0, "time", "ms")


def info(**changes):
    values = {
        "network": "waldeland",
        "class_ids": (2, 5),
        "class_names": ("sand", "salt"),
        "scales": {"f3": SCALE},
        "lines": None,
        "orientation": "inline",
    }
    return CheckpointInfo(**{**values, **changes})


def test_what_was_saved_comes_back(tmp_path):
    module = Waldeland(2, 3)
    saved = info(lines=("crossline",), smoothing=(2.0, 6.0))
    save_checkpoint(tmp_path / "w.safetensors", copy_state(module), saved)
    state, found = read_checkpoint(tmp_path / "w.safetensors")
    assert found == saved
    assert all(torch.equal(state[name], tensor) for name, tensor in module.state_dict().items())
    model = load_checkpoint(tmp_path / "w.safetensors", "cpu")
    assert (model.class_ids, model.uses_position, model.scale) == ((2, 5), True, SCALE)


@pytest.mark.parametrize("content", [b"", b"no weights", pickle.dumps({"a": 1})])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match="no readable safetensors"):
        read_checkpoint(path)


def test_a_pickle_is_never_executed(tmp_path):
    class Trap:
        def __reduce__(self):
            return exec, (f"open({str(tmp_path / 'sprung')!r}, 'w')",)

    path = tmp_path / "w.pt"
    torch.save({"a": Trap()}, path)
    with pytest.raises(InputError):
        read_checkpoint(path)
    assert not (tmp_path / "sprung").exists()


def test_weights_without_our_words_are_refused(tmp_path):
    save_file({"a": torch.zeros(2)}, tmp_path / "w.safetensors")
    with pytest.raises(InputError, match="not of a network trained by this program"):
        read_checkpoint(tmp_path / "w.safetensors")


def test_weights_that_do_not_fit_are_refused(tmp_path):
    save_checkpoint(tmp_path / "w.safetensors", copy_state(Waldeland(3)), info())
    with pytest.raises(InputError, match="do not fit"):
        load_checkpoint(tmp_path / "w.safetensors", "cpu")


def test_a_missing_file_is_a_sentence(tmp_path):
    with pytest.raises(InputError, match=r"w\.safetensors"):
        read_checkpoint(tmp_path / "w.safetensors")
