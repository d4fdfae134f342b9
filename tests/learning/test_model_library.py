"""The library says what weights were trained on, without torch; what is started from is told, never guessed."""

import dataclasses
import json
import shutil
import subprocess
import sys

import pytest
import torch
from layered import run_training
from safetensors.torch import save_file

from seisgui import catalogue
from seisgui.errors import InputError
from seisgui.learning import model_library
from seisgui.learning.checkpoint import CheckpointInfo, save_checkpoint
from seisgui.learning.model_library import ModelCard, card_of, fitting, forget, library, library_folder
from seisgui.learning.starting_weights import detect_network, give_weights, import_steps, save_with_card, start_steps
from seisgui.networks import registry
from seisgui.networks.vgg16 import Vgg16
from seisgui.networks.weights import copy_state
from seisgui.seismic.amplitude import AmplitudeScale
from seisgui.seismic.progress import finish

WALDELAND, VGG16, VGG16_UNET = (catalogue.network(name) for name in ("waldeland", "vgg16", "vgg16-unet"))


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """An empty library, no built-in weights, an empty torch cache and no connection."""
    monkeypatch.setenv("SEISGUI_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("SEISGUI_WEIGHTS_URL", (tmp_path / "nowhere").as_uri())
    monkeypatch.setattr(model_library, "resource_folder", lambda: tmp_path / "resources")
    return tmp_path


@pytest.fixture(scope="module")
def vgg16_state():
    torch.manual_seed(3)
    return {name: tensor for name, tensor in copy_state(Vgg16(2)).items() if name.startswith("features")}


@pytest.fixture
def small_vgg(vgg16_state):
    """The state of a file with only the first two convolutions, which is small."""
    return {name: vgg16_state[name] for name in list(vgg16_state)[:4]}


def fresh(network, n_class, channels=1):
    torch.manual_seed(11)
    return registry.build(network, n_class, channels)


def test_runs_say_what_they_were_trained_on(trained):
    project, records = trained
    cards = [card for card in library(project) if card.kind == "run"]
    assert [card.network for card in cards] == ["waldeland-same", "waldeland"]  # the forest has no weights to give
    card = cards[1]
    record = records["waldeland"]
    assert (card.start_from, card.task, card.classes) == (record.id, "facies", ("top", "middle", "bottom"))
    assert (card.survey, card.orientation, card.patch) == (project.dataset().name, "inline", 65)
    assert (card.interval, card.unit, card.position, card.at_hand) == (4.0, "ms", False, True)
    assert dict(card.scores)["mean_iou"] == pytest.approx(record.metrics["mean_iou"])
    assert card.values == sum(tensor.numel() for tensor in copy_state(fresh("waldeland", 3)).values())


def test_official_weights_are_listed_whether_at_hand_or_not():
    cards = [card for card in library() if card.kind == "official"]
    assert {(card.network, card.start_from) for card in cards} == {
        ("vgg16", "imagenet"),
        ("vgg16-unet", "imagenet"),
        ("resnet50", "imagenet"),
        ("resnet50", "imagenet-v2"),
    }
    assert not any(card.at_hand for card in cards)
    cards[0].path.parent.mkdir(parents=True)
    cards[0].path.write_bytes(b"weights")
    assert {card.network for card in library() if card.at_hand} == {"vgg16", "vgg16-unet"}


def test_the_library_needs_no_torch(trained):
    project, _ = trained
    code = (
        "import sys; from pathlib import Path; from seisgui.learning.model_library import card_of, library\n"
        f"print(len(library()), card_of(Path({str(project.run_folder(trained[1]['waldeland'].id))!r})).network)\n"
        "sys.exit('torch' in sys.modules or 'sklearn' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout.split()[-1]) == (0, "waldeland"), found.stderr


def test_a_run_of_another_project_is_found_by_its_folder_and_by_its_file(trained, tmp_path):
    project, records = trained
    folder = project.run_folder(records["waldeland"].id)
    for path in (folder, folder / "weights.safetensors"):
        card = card_of(path)
        assert (card.survey, card.classes, card.title) == ("project layers", ("top", "middle", "bottom"), folder.name)
        assert dict(card.scores)
    alone = shutil.copy(folder / "weights.safetensors", tmp_path / "sent-by-mail.safetensors")
    card = card_of(alone)
    assert (card.title, card.network, card.interval, card.scores) == ("sent-by-mail", "waldeland", 4.0, ())


def test_a_damaged_run_stays_in_the_list_and_says_so(project):
    record = run_training(project, "waldeland", epochs=0)
    path = project.run_folder(record.id) / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    (card,) = [card for card in library(project) if card.kind == "run"]
    assert not card.at_hand
    assert "no readable safetensors" in card.notes


def test_fitting_cards_are_those_of_the_network_or_of_its_family(trained):
    cards = library(trained[0])
    assert {card.network for card in fitting(cards, VGG16_UNET)} == {"vgg16", "vgg16-unet"}
    assert {card.network for card in fitting(cards, WALDELAND)} == {"waldeland"}
    assert fitting(cards, catalogue.network("unet")) == []


def test_a_file_is_imported_with_its_card_and_can_be_forgotten(tmp_path, small_vgg):
    torch.save(small_vgg, tmp_path / "from a friend.pth")
    card = finish(import_steps(tmp_path / "from a friend.pth", notes="by mail"))
    assert (card.network, card.kind, card.title, card.notes) == ("vgg16", "imported", "from a friend", "by mail")
    assert card.values == sum(tensor.numel() for tensor in small_vgg.values())
    again = finish(import_steps(tmp_path / "from a friend.pth", network="vgg16-unet"))
    assert {path.name for path in library_folder().iterdir()} == {
        "from-a-friend.safetensors",
        "from-a-friend-2.safetensors",
    }
    assert {each.start_from for each in library() if each.kind == "imported"} == {card.start_from, again.start_from}
    start = finish(start_steps(None, card.start_from, VGG16))
    report = give_weights(start, fresh("vgg16", 3), VGG16, (0, 1, 2))
    assert len(report.loaded) == 4
    forget(card)
    assert [each.network for each in library() if each.kind == "imported"] == ["vgg16-unet"]
    with pytest.raises(InputError, match="no imported file"):
        forget(library()[-1])


def test_a_run_of_another_project_is_imported_with_what_it_was_trained_on(trained):
    project, records = trained
    card = finish(import_steps(project.run_folder(records["waldeland"].id), title="layers, inline 100"))
    (listed,) = [each for each in library() if each.kind == "imported"]
    assert listed == card
    assert (card.classes, card.survey, card.interval) == (("top", "middle", "bottom"), "project layers", 4.0)
    assert dict(card.scores)["mean_iou"] == pytest.approx(records["waldeland"].metrics["mean_iou"])


def test_what_fits_no_network_is_not_imported(tmp_path):
    torch.save({"a": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(InputError, match="fits none of the networks"):
        finish(import_steps(tmp_path / "other.pth"))
    with pytest.raises(InputError, match="belongs to another network"):
        finish(import_steps(tmp_path / "other.pth", network="unet"))
    assert not library_folder().exists()


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "unet", "waldeland", "waldeland-same"])
def test_the_network_of_a_file_is_recognised(name):
    info = catalogue.network(name)
    state = {key: tensor for key, tensor in copy_state(fresh(name, 4)).items() if key.split(".")[0] in info.encoder}
    assert detect_network(state, "w.pth") == name


def test_files_without_a_word_about_their_network_are_told(tmp_path):
    save_file({"a": torch.zeros(2)}, tmp_path / "w.safetensors")
    with pytest.raises(InputError, match="does not say which network"):
        card_of(tmp_path / "w.safetensors")
    save_file({"a": torch.zeros(2)}, tmp_path / "w.safetensors", {"seisgui.card": json.dumps([1])})
    with pytest.raises(InputError, match="does not say which network"):
        card_of(tmp_path / "w.safetensors")
    with pytest.raises(InputError, match=r"cannot be read|no readable"):
        card_of(tmp_path / "gone.safetensors")


def test_a_run_of_this_project_gives_its_rows_to_the_classes_it_knows(trained):
    project, records = trained
    start = finish(start_steps(project, records["waldeland"].id, WALDELAND))
    assert (start.kind, start.info.class_ids) == ("run", (0, 1, 2))
    module = fresh("waldeland", 4)
    report = give_weights(start, module, WALDELAND, (0, 2, 5, 1))
    assert torch.equal(module.classes.weight[[0, 3, 1]], start.state["classes.weight"])
    assert report.sentence().endswith("1 of its classes are new and start fresh.")
    assert torch.equal(module.features[0][0].weight, start.state["features.0.0.weight"])


def test_a_run_of_another_project_leaves_the_classes_fresh(trained):
    project, records = trained
    start = finish(start_steps(None, str(project.run_folder(records["waldeland"].id)), WALDELAND))
    module = fresh("waldeland", 3)
    rows = module.classes.weight.clone()
    report = give_weights(start, module, WALDELAND, (0, 1, 2))
    assert (start.kind, report.left_fresh) == ("file", ("classes.weight", "classes.bias"))
    assert torch.equal(module.classes.weight, rows)
    assert torch.equal(module.head[0][0].weight, start.state["head.0.0.weight"])


def test_a_run_with_other_position_channels_is_refused_where_its_convolutions_see_them(trained):
    project, records = trained
    start = finish(start_steps(project, records["waldeland"].id, WALDELAND))
    with pytest.raises(InputError, match=r"features\.0\.0\.weight has shape .* the same position option"):
        give_weights(start, fresh("waldeland", 3, 4), WALDELAND, (0, 1, 2))


def test_the_convolutions_of_a_patch_network_start_a_section_network(tmp_path):
    scale = AmplitudeScale("P99", 3.5, 4.0, "time", "ms")
    info = CheckpointInfo("vgg16", (0, 1), ("sand", "salt"), {"f3": scale}, None, "inline")
    save_checkpoint(tmp_path / "run.safetensors", copy_state(fresh("vgg16", 2)), info)
    start = finish(start_steps(None, str(tmp_path / "run.safetensors"), VGG16_UNET))
    module = fresh("vgg16-unet", 3, 5)
    report = give_weights(start, module, VGG16_UNET, (0, 1, 2))
    assert len(report.loaded) == 26
    assert "come from run.safetensors (vgg16)" in report.sentence()
    assert "Left fresh, not in the file: decoder" in report.sentence()
    assert torch.equal(module.features[28].weight, start.state["features.28.weight"])


def test_imagenet_is_the_cached_or_the_picked_file_and_all_of_it(places, vgg16_state, small_vgg, monkeypatch):
    whole, part = places / "mine.pth", places / "part.pth"
    torch.save(vgg16_state, whole)
    torch.save(small_vgg, part)
    start = finish(start_steps(None, f"imagenet:{whole}", VGG16))
    report = give_weights(start, fresh("vgg16", 3, 2), VGG16, (0, 1, 2))
    assert (start.kind, len(report.loaded), "mine.pth" in report.source) == ("official", 26, True)
    start = finish(start_steps(None, f"imagenet:{part}", VGG16))
    with pytest.raises(InputError, match="holds 4 of the 26 tensors of the encoder"):
        give_weights(start, fresh("vgg16", 3), VGG16, (0, 1, 2))
    start = finish(start_steps(None, str(part), VGG16))
    assert len(give_weights(start, fresh("vgg16", 3), VGG16, (0, 1, 2)).loaded) == 4
    with pytest.raises(InputError, match="not at hand"):
        finish(start_steps(None, "imagenet", VGG16))
    with pytest.raises(InputError, match="no imagenet weights for unet"):
        finish(start_steps(None, "imagenet", catalogue.network("unet")))


def test_built_in_weights_ship_with_a_card(places):
    unet = catalogue.network("unet")
    with pytest.raises(InputError, match="no built-in weights for unet"):
        finish(start_steps(None, "built-in", unet))
    encoder = {name: tensor for name, tensor in copy_state(fresh("unet", 2)).items() if name.startswith("encoder")}
    card = ModelCard("", "built-in", "simulated sections", "unet", "self-supervised", survey="simulated", patch=128)
    save_with_card(places / "resources" / "weights" / "unet.safetensors", encoder, card)
    (listed,) = [each for each in library() if each.kind == "built-in"]
    assert (listed.start_from, listed.survey) == ("built-in", "simulated")
    assert dataclasses.replace(listed, path=None, start_from="", values=0, megabytes=0.0) == card
    module = registry.build("unet", 5, 4)
    report = give_weights(finish(start_steps(None, "built-in", unet)), module, unet, (0, 1, 2, 3, 4))
    assert {name.split(".")[0] for name in report.loaded} == {"encoder"}
    assert all(torch.equal(module.state_dict()[name], encoder[name]) for name in report.loaded)


def test_scratch_is_nothing_and_what_is_not_there_names_the_choices(project):
    assert finish(start_steps(project, "scratch", WALDELAND)) is None
    with pytest.raises(InputError, match="neither a run of this project nor a file") as told:
        finish(start_steps(project, "imagnet", WALDELAND))
    assert "scratch, imagenet, built-in" in told.value.hint
    with pytest.raises(InputError, match="takes no weights"):
        finish(start_steps(project, "imagenet", catalogue.network("forest")))
    forest = run_training(project, "forest", settings={"trees": 5})
    with pytest.raises(InputError, match="has no weights"):
        finish(start_steps(project, forest.id, WALDELAND))
