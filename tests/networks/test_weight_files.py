"""Files of weights are read as tensors only; what does not fit is told, never loaded in silence."""

import os
import pickle
import warnings
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from seisgui import catalogue
from seisgui.errors import InputError
from seisgui.networks import registry
from seisgui.networks.vgg16 import Vgg16
from seisgui.networks.weight_files import read_tensors
from seisgui.networks.weights import copy_state, load_matching

INFO = catalogue.network("vgg16")


@pytest.fixture(scope="module")
def vgg16_state():
    """An official file's tensors: VGG16 with the classifier of photographs (its dense layers made small)."""
    torch.manual_seed(7)
    state = {name: tensor for name, tensor in Vgg16(2).state_dict().items() if name.startswith("features")}
    return state | {"classifier.0.weight": torch.rand(8, 8), "classifier.6.bias": torch.rand(10)}


@pytest.fixture
def small():
    torch.manual_seed(1)
    return nn.ModuleDict({"encoder": nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), "classes": nn.Linear(4, 2)})


class Trap:
    """Asks to run a shell command when it is unpickled."""

    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)


def save_as(form, state, path):
    if form == "safetensors":
        save_file(state, path)
    elif form == "zip":
        torch.save(state, path)
    else:
        torch.save(state, path, _use_new_zipfile_serialization=False)
    return path


@pytest.mark.parametrize("form", ["safetensors", "zip", "legacy"])
def test_tensors_come_back_from_every_format(tmp_path, small, form):
    state = copy_state(small)
    found = read_tensors(save_as(form, state, tmp_path / "weights.any"))
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in state.items())


@pytest.mark.parametrize("wrap", [lambda state: {"state_dict": state, "epoch": 3}, lambda state: {"model": state}])
def test_tensors_are_found_where_training_scripts_put_them(tmp_path, wrap):
    torch.save(wrap({"module.a": torch.ones(2), "module.b": torch.zeros(1)}), tmp_path / "w.pth")
    assert set(read_tensors(tmp_path / "w.pth")) == {"a", "b"}


@pytest.mark.parametrize("form", ["zip", "legacy", "plain"])
def test_a_pickle_that_runs_a_command_is_refused_and_does_not_run(tmp_path, form):
    mark, path = tmp_path / "sprung", tmp_path / "weights.pth"
    content = {"features.0.weight": torch.zeros(1), "extra": Trap(mark)}
    if form == "plain":
        path.write_bytes(pickle.dumps({"extra": Trap(mark)}))
    else:
        save_as(form, content, path)
    with pytest.raises(InputError, match=r"weights\.pth is refused: it (asks to run \S*system|is a plain pickle)"):
        read_tensors(path)
    assert not mark.exists()
    with path.open("rb") as file:  # the trap is a real one
        torch.load(file, weights_only=False) if form != "plain" else pickle.load(file)
    assert mark.exists()


def test_a_header_whose_length_begins_like_a_pickle_is_read(tmp_path, small):
    path, state = tmp_path / "weights.safetensors", copy_state(small)
    for padding in range(0, 2048, 8):
        save_file(state, path, {"note": "x" * padding})
        start = path.read_bytes()[:2]
        if start[:1] == b"\x80" and start[1:] > b"\x02":
            break
    assert start[:1] == b"\x80"
    assert set(read_tensors(path)) == set(state)


def test_a_whole_module_is_refused_with_what_to_do(tmp_path):
    torch.save(nn.Linear(2, 2), tmp_path / "w.pth")
    with pytest.raises(InputError, match=r"asks to run torch\.nn.*state_dict"):
        read_tensors(tmp_path / "w.pth")


def test_a_torchscript_program_is_refused(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        program = torch.jit.trace(nn.Linear(2, 2), torch.zeros(1, 2), check_trace=False)
    program.save(str(tmp_path / "w.pt"))
    with pytest.raises(InputError, match="TorchScript"):
        read_tensors(tmp_path / "w.pt")


@pytest.mark.parametrize("form", ["safetensors", "zip", "legacy"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.98])
def test_a_file_that_is_cut_short_is_a_sentence(tmp_path, small, form, share):
    path = save_as(form, copy_state(small), tmp_path / "weights.pth")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match=r"weights\.pth is no readable file of weights, or is cut short"):
        read_tensors(path)


def test_a_damaged_byte_of_a_torch_file_is_noticed(tmp_path):
    torch.save({"a": torch.arange(1000.0)}, tmp_path / "w.pth")
    content = bytearray((tmp_path / "w.pth").read_bytes())
    with zipfile.ZipFile(tmp_path / "w.pth") as archive:
        entry = next(item for item in archive.infolist() if item.filename.endswith("data/0"))
    content[entry.header_offset + 2000] ^= 0xFF
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(InputError, match="no readable file"):
        read_tensors(tmp_path / "w.pth")


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"\x89HDF\r\n\x1a\n" + b"0" * 64, "Keras file"), (b"weights as prose, at some length", "no readable file")],
)
def test_other_files_are_sentences(tmp_path, content, told):
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(InputError, match=told):
        read_tensors(tmp_path / "w.pth")


@pytest.mark.parametrize("content", [[torch.zeros(2)], {"epoch": 3}, 5])
def test_a_file_without_named_tensors_is_a_sentence(tmp_path, content):
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(InputError, match="no tensors by name"):
        read_tensors(tmp_path / "w.pth")


def test_a_missing_file_and_a_folder_are_sentences(tmp_path):
    for path in (tmp_path / "none.pth", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read_tensors(path)


def test_official_vgg16_fills_the_encoder_and_says_what_it_leaves(vgg16_state):
    module = Vgg16(9, 4)
    report = load_matching(module, vgg16_state, "vgg16.pth", encoder=INFO.encoder, complete_encoder=True)
    assert (len(report.loaded), report.values) == (26, 14_714_688)
    assert set(report.unexpected) == {"classifier.0.weight", "classifier.6.bias"}
    assert not report.complete
    assert report.sentence().startswith("26 of 38 tensors (14,714,688 of ")
    assert report.sentence().endswith(
        "Left fresh, not in the file: head, classes, classes_norm. In the file, but not used: classifier."
    )
    assert all(torch.equal(module.state_dict()[name], vgg16_state[name]) for name in report.loaded)


def test_part_of_the_encoder_is_loaded_as_a_file_and_refused_as_imagenet(vgg16_state):
    part = {name: vgg16_state[name] for name in list(vgg16_state)[:8]}
    module = Vgg16(3)
    fresh = copy_state(module)
    with pytest.raises(InputError, match=r"part\.pth holds 8 of the 26 tensors of the encoder; missing: features\.10"):
        load_matching(module, part, "part.pth", encoder=INFO.encoder, complete_encoder=True)
    assert all(torch.equal(tensor, fresh[name]) for name, tensor in module.state_dict().items())
    report = load_matching(module, part, "part.pth", encoder=INFO.encoder)
    assert len(report.loaded) == 8
    assert "features.10.weight" in report.missing


def test_another_architecture_is_refused_and_nothing_is_loaded(vgg16_state):
    module = Vgg16(3)
    fresh = copy_state(module)
    vgg19_like = vgg16_state | {"features.17.weight": torch.zeros(256, 256, 3, 3)}
    with pytest.raises(InputError, match=r"another network: features\.17\.weight has shape \(256, 256, 3, 3\)"):
        load_matching(module, vgg19_like, "vgg19.pth", encoder=INFO.encoder)
    with pytest.raises(InputError, match=r"vgg16\.pth belongs to another network: it holds features\.0\.weight"):
        load_matching(registry.build("resnet50", 3), vgg16_state, "vgg16.pth")
    assert all(torch.equal(tensor, fresh[name]) for name, tensor in module.state_dict().items())


def test_values_that_are_no_numbers_are_refused(small):
    state = copy_state(small)
    state["encoder.0.weight"][1, 1] = float("nan")
    before = copy_state(small)
    with pytest.raises(InputError, match=r"no numbers, in encoder\.0\.weight"):
        load_matching(small, state, "w.pth")
    assert all(torch.equal(tensor, before[name]) for name, tensor in small.state_dict().items())


def test_layers_that_tell_other_classes_stay_fresh(small):
    torch.manual_seed(9)
    other = nn.ModuleDict({"encoder": nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)), "classes": nn.Linear(4, 2)})
    fresh = small["classes"].weight.clone()
    report = load_matching(small, copy_state(other), "a run", fresh=("classes",))
    assert report.left_fresh == ("classes.weight", "classes.bias")
    assert "as the classes differ: classes" in report.sentence()
    assert torch.equal(small["classes"].weight, fresh)
    assert torch.equal(small["encoder"][0].weight, other["encoder"][0].weight)


def test_half_precision_weights_and_older_files_without_counters_load(small):
    state = {name: tensor.half() for name, tensor in copy_state(small).items() if "tracked" not in name}
    report = load_matching(small, state, "w.pth")
    assert report.complete
    assert small["encoder"][0].weight.dtype == torch.float32


def test_the_real_first_four_convolutions_of_vgg16_load(shared_data):
    path = shared_data / "weights" / "vgg16_imagenet_block1-2_rgb_torchvision_norm.pt"
    if not path.is_file():
        pytest.skip("the real weights are not at hand")
    state = read_tensors(path)
    for network in ("vgg16", "vgg16-unet"):
        module = registry.build(network, 4)
        report = load_matching(module, state, path.name, encoder=catalogue.network(network).encoder)
        assert report.loaded == tuple(
            f"features.{place}.{kind}" for place in (0, 2, 5, 7) for kind in ("weight", "bias")
        )
        assert torch.equal(module.features[0].weight, state["features.0.weight"])
    with pytest.raises(InputError, match="8 of the 26 tensors"):
        load_matching(module, state, path.name, encoder=("features",), complete_encoder=True)
    # edges and colours: photographs' first filters answer to a step far more than to even grey
    even = torch.zeros(1, 1, 32, 32)
    step = even.clone()
    step[..., 16:] = 1.0
    with torch.inference_mode():
        answers = [module.features[:2](module.grey(each))[..., 4:-4, 4:-4].std() for each in (step, even)]
    assert answers[0] > 0.2
    assert answers[1] < answers[0]


def test_real_weights_of_another_task_are_refused(shared_data):
    path = shared_data / "weights" / "phasenet_original_ncedc.pt"
    if not path.is_file():
        pytest.skip("the real weights are not at hand")
    with pytest.raises(InputError, match=r"another network: it holds in_bn\.weight"):
        load_matching(Vgg16(2), read_tensors(path), path.name, encoder=INFO.encoder)
