"""Networks are found by name, third parties' ones too, and what cannot be built is told."""

import sys
from types import ModuleType

import pytest
import torch

from seisgui import catalogue
from seisgui.errors import FailureError, InputError
from seisgui.networks import registry
from seisgui.networks.device import choose_device

THEIRS = catalogue.NetworkInfo("theirs", "Theirs", "facies", "", "their_package:build", patch=5, receptive_field=5)


class Point:
    """An entry point of an installed package."""

    name = "theirs"

    def __init__(self, loaded):
        self._loaded = loaded

    def load(self):
        if isinstance(self._loaded, Exception):
            raise self._loaded
        return self._loaded


def installed(monkeypatch, *loaded):
    monkeypatch.setattr(catalogue, "entry_points", lambda group: [Point(each) for each in loaded])


def test_own_networks_are_there():
    assert {"forest", "waldeland", "waldeland-same", "unet", "vgg16-unet", "vgg16", "resnet50"} <= set(registry.names())


def test_a_third_party_network_is_listed_and_built(monkeypatch):
    installed(monkeypatch, THEIRS)
    module = ModuleType("their_package")
    module.build = lambda n_class, channels: torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Linear(25 * channels, n_class)
    )
    monkeypatch.setitem(sys.modules, "their_package", module)
    assert "theirs" in registry.names()
    assert registry.build("theirs", 3, 2)(torch.zeros(4, 2, 5, 5)).shape == (4, 3)


def test_a_broken_package_is_told_in_the_log_and_stops_nothing(monkeypatch, caplog):
    own = registry.names()
    installed(monkeypatch, ImportError("no such thing"), "not a network")
    assert registry.names() == own
    assert "no such thing" in caplog.text


def test_a_third_party_function_that_is_missing_is_a_sentence(monkeypatch):
    installed(monkeypatch, THEIRS)
    with pytest.raises(FailureError, match="'theirs' cannot be built"):
        registry.build("theirs", 3)


def test_an_unknown_network_names_the_choices():
    with pytest.raises(InputError, match="forest, waldeland"):
        registry.build("waldlnad", 3)


def test_the_forest_is_no_torch_network():
    with pytest.raises(InputError, match="no neural network"):
        registry.build("forest", 3)


@pytest.mark.parametrize("name", ["cuda:99", "tpu", "nonsense", "mps"])
def test_a_device_that_is_not_here_is_a_sentence(name):
    with pytest.raises(InputError, match="device"):
        choose_device(name)
