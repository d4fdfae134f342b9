"""PhaseNet has the published layout, and published weights load by their label and component order."""

import copy
import json
import pickle
import shutil

import pytest
import torch

from seisgui import catalogue
from seisgui.errors import InputError
from seisgui.learning.picking.picker_model import PickerInfo, make_picker, read_start
from seisgui.learning.starting_weights import import_steps
from seisgui.networks import registry
from seisgui.networks.phasenet import PhaseNet
from seisgui.networks.phasenet_ready import ReadyPhaseNet
from seisgui.networks.seisbench import description_of, read_published
from seisgui.networks.weights import count_as_keras
from seisgui.seismic.progress import finish


def settled(n_class=3, channels=3, seed=0):
    """Fresh weights, with batch norms that have seen something."""
    torch.manual_seed(seed)
    module = PhaseNet(n_class, channels).train()
    with torch.no_grad():
        for _ in range(4):
            module(torch.randn(4, channels, 600))
    return module.eval()


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A pair of files as SeisBench writes them: labels P, S, N, components Z, N, E."""
    folder = tmp_path_factory.mktemp("published")
    torch.save(settled().state_dict(), folder / "own.pt.v2")
    arguments = {"phases": "PSN", "component_order": "ZNE", "sampling_rate": 50, "norm": "peak"}
    (folder / "own.json.v2").write_text(json.dumps({"docstring": "Own\nweights", "model_args": arguments}))
    return folder / "own.pt.v2"


def changed_json(source, folder, **changes):
    """A copy of the pair with other arguments; None removes one."""
    path = folder / source.name
    shutil.copy(source, path)
    document = json.loads(description_of(source).read_text())
    for name, value in changes.items():
        document["model_args"][name] = value
        if value is None:
            del document["model_args"][name]
    description_of(path).write_text(json.dumps(document))
    return path


def test_it_has_as_many_parameters_as_published():
    module = PhaseNet()
    assert sum(parameter.numel() for parameter in module.parameters()) == 268_443
    assert count_as_keras(module) == catalogue.network("phasenet").parameters == 269_675


def test_the_layer_table_is_that_of_the_network():
    module = PhaseNet()
    for layer in catalogue.network("phasenet").layers:
        assert count_as_keras(module.get_submodule(layer.path)) == layer.parameters, layer.name


@pytest.mark.parametrize("samples", [3001, 3000, 1500, 257, 64, 5])
def test_records_of_any_length_keep_it(samples):
    assert settled()(torch.randn(2, 3, samples)).shape == (2, 3, samples)


@pytest.mark.parametrize("samples", [3001, 1500, 1501, 762, 97, 4])
@pytest.mark.parametrize("channels", [1, 3])
def test_what_predicts_fast_tells_the_same(samples, channels):
    module = settled(channels=channels)
    before = copy.deepcopy(module.state_dict())
    windows = torch.randn(3, channels, samples)
    with torch.inference_mode():
        expected = module(windows)
        assert torch.allclose(module.folded()(windows), expected, atol=2e-5)
        assert torch.allclose(ReadyPhaseNet(module)(windows), expected, atol=2e-5)
    assert all(torch.equal(tensor, before[name]) for name, tensor in module.state_dict().items())


def test_probabilities_sum_to_one():
    told = settled().probabilities(torch.randn(2, 3, 500))
    assert torch.allclose(told.sum(1), torch.ones(2, 500), atol=1e-6)


def test_the_six_strategies_load_and_freeze_what_they_say():
    info = catalogue.network("phasenet")
    presets = {preset.name: preset for preset in info.freezing}
    assert list(presets) == [
        *("scratch", "tune-all", "two-deepest", "down-up-two-deepest", "input-encoder", "some-encoder-decoder")
    ]
    assert presets["scratch"].fresh == ("inc", "in_bn", "down_branch", "up_branch", "out")
    assert presets["down-up-two-deepest"].fresh == ("inc", "in_bn", "out")
    frozen = info.plan("two-deepest")
    for path in ("down_branch.4.0", "down_branch.4.1", "up_branch.0.0", "up_branch.0.2", "up_branch.0.3"):
        assert frozen.factor(path) == 0.0
    assert frozen.factor("down_branch.3.0") == frozen.factor("up_branch.1.0") == 1.0
    assert not info.plan("tune-all").freezes


@pytest.mark.parametrize("strategy", [preset.name for preset in catalogue.network("phasenet").freezing])
def test_a_strategy_begins_with_the_weights_that_it_loads(published, strategy):
    fresh = next(preset.fresh for preset in catalogue.network("phasenet").freezing if preset.name == strategy)
    start = read_start(str(published))
    torch.manual_seed(99)
    model, report = make_picker(start, start.info, fresh=fresh)
    assert (report is None) == (strategy == "scratch")
    filters = {name: tensor for name, tensor in model.module.named_parameters() if tensor.ndim == 3}
    taken = {name for name, tensor in filters.items() if torch.equal(tensor, start.state[name])}
    assert taken == {name for name in filters if name.split(".")[0] not in fresh}


def test_order_of_labels_and_components_rate_and_scaling_come_from_the_file(published):
    found = read_published(published)
    assert (found.phases, found.components, found.rate, found.norm) == (("P", "S", "N"), ("Z", "N", "E"), 50.0, "peak")
    assert found.title == "Own"


def test_rows_go_by_phase_and_filters_by_component(published):
    start = read_start(str(published))
    model, report = make_picker(start, PickerInfo(phases=("N", "P", "S"), components=("E", "N", "Z")))
    assert report.complete
    windows = torch.randn(2, 3, 400)
    theirs = settled()
    with torch.inference_mode():
        assert torch.allclose(model.module(windows), theirs(windows.flip(1))[:, [2, 0, 1]], atol=1e-5)


@pytest.mark.parametrize(("component", "place"), [("Z", 0), ("N", 1), ("E", 2), ("2", 1)])
def test_one_component_keeps_its_own_filters(published, component, place):
    start = read_start(str(published))
    model, _ = make_picker(start, PickerInfo(components=(component,)))
    assert torch.equal(model.module.inc.weight[:, 0], start.state["inc.weight"][:, place])


def test_two_components_of_a_line_take_those_of_their_direction(published):
    start = read_start(str(published))
    model, _ = make_picker(start, PickerInfo(components=("X", "Z")))
    assert torch.equal(model.module.inc.weight, start.state["inc.weight"][:, [2, 0]])


def test_a_phase_that_the_weights_do_not_know_begins_fresh(published):
    start = read_start(str(published))
    model, _ = make_picker(start, PickerInfo(phases=("N", "P", "Pn")))
    assert torch.equal(model.module.out.weight[1], start.state["out.weight"][0])
    assert not any(torch.equal(model.module.out.weight[2], row) for row in start.state["out.weight"])


def test_weights_that_do_not_tell_their_labels_are_refused(published, tmp_path):
    with pytest.raises(InputError, match="does not tell the order of the phases"):
        read_published(changed_json(published, tmp_path, phases=None))


def test_what_the_file_leaves_out_is_told(published, tmp_path):
    found = read_published(changed_json(published, tmp_path, sampling_rate=None, component_order=None))
    assert (found.rate, found.components) == (100.0, ("Z", "N", "E"))
    assert len(found.notices) == 2


def test_weights_without_their_description_are_refused(published, tmp_path):
    alone = shutil.copy(published, tmp_path / published.name)
    with pytest.raises(InputError, match=r"own\.json\.v2 is missing"):
        read_start(str(alone))


def test_a_damaged_description_is_a_sentence(published, tmp_path):
    path = changed_json(published, tmp_path)
    description_of(path).write_text("{")
    with pytest.raises(InputError, match="does not describe weights of a picker"):
        read_start(str(path))


def test_truncated_weights_are_a_sentence(published, tmp_path):
    path = changed_json(published, tmp_path)
    path.write_bytes(path.read_bytes()[:20_000])
    with pytest.raises(InputError, match="no readable file of weights, or is cut short"):
        read_start(str(path))


def test_weights_that_would_run_code_are_refused(published, tmp_path):
    path = changed_json(published, tmp_path)
    path.write_bytes(pickle.dumps(settled()))
    with pytest.raises(InputError, match="refused"):
        read_start(str(path))
    torch.save(settled(), path)
    with pytest.raises(InputError, match="asks to run"):
        read_start(str(path))


def test_a_description_of_other_weights_is_refused(published, tmp_path):
    start = read_start(str(changed_json(published, tmp_path, component_order="Z")))
    with pytest.raises(InputError, match="has 3 components and 3 classes, but says Z and PSN"):
        make_picker(start, PickerInfo())


def test_weights_of_another_network_are_refused(published, tmp_path):
    path = changed_json(published, tmp_path)
    torch.save(registry.build("waldeland", 3).state_dict(), path)
    with pytest.raises(InputError, match="belongs to another network"):
        make_picker(read_start(str(path)), PickerInfo())


def test_the_published_weights_load_unchanged(shared_data):
    start = read_start(str(shared_data / "weights" / "phasenet_original_ncedc.pt"))
    model, report = make_picker(start, start.info)
    assert (start.info.phases, start.info.components, start.info.rate) == (("N", "P", "S"), ("E", "N", "Z"), 100.0)
    assert report.complete
    assert not report.unexpected
    for name, tensor in start.state.items():
        assert torch.equal(model.module.state_dict()[name].flatten(), tensor.flatten()), name


def test_published_weights_of_a_lighter_network_are_read_and_told_apart(shared_data):
    start = read_start(str(shared_data / "weights" / "phasenetlight_ethz.pt.v2"))
    assert (start.info.phases, start.info.components) == (("P", "S", "N"), ("Z", "N", "E"))
    assert start.info.scale.divide == "peak"
    assert start.info.extra["thresholds"]["P"] == pytest.approx(0.4439247878516038)
    with pytest.raises(InputError, match=r"belongs to another network: inc\.weight has shape"):
        make_picker(start, start.info)


def test_a_published_pair_goes_into_the_library_with_its_order(published):
    card = finish(import_steps(published))
    assert (card.network, card.task, card.classes, card.title) == ("phasenet", "picking", ("P", "S", "N"), "Own")
    assert card.interval == 20.0
    start = read_start(str(card.path))
    assert (start.info.phases, start.info.components) == (("P", "S", "N"), ("Z", "N", "E"))
    assert torch.equal(start.state["out.weight"], read_published(published).state["out.weight"])
