"""The temporal convolutional networks: counts, reach, lengths."""

import pytest
import torch

from seisgui.catalogue.freezing import is_within
from seisgui.catalogue.tcn import MUSTAFA2019, TCN
from seisgui.networks.tcn import build_mustafa2019, build_wide


@pytest.mark.parametrize(("build", "info"), [(build_mustafa2019, MUSTAFA2019), (build_wide, TCN)])
def test_the_catalogue_counts_what_the_network_has(build, info):
    network = build()
    assert sum(parameter.numel() for parameter in network.parameters()) == info.parameters
    names = [name for name, _ in network.named_parameters()]
    paths = [layer.path for layer in info.layers]
    assert all(any(is_within(name, path) for path in paths) for name in names)
    for preset in info.presets:
        assert all(any(is_within(name, path) for name in names) for path in preset.frozen)


def test_the_presets_are_those_of_the_papers():
    assert [MUSTAFA2019.receptive_field, TCN.receptive_field] == [505, 1017]
    assert "1x1" not in TCN.description
    assert MUSTAFA2019.parameters == 1639


@pytest.mark.parametrize(("build", "before", "after"), [(build_mustafa2019, 0, 504), (build_wide, -508, 508)])
def test_reach(build, before, after):
    torch.manual_seed(0)
    network = build().double().eval()
    for parameter in network.parameters():  # positive everywhere, so that no path is cut by a ReLU
        parameter.data.abs_()
    trace = torch.zeros(1, 1, 3001, dtype=torch.float64)
    pulse = trace.clone()
    pulse[0, 0, 1500] = 1.0
    touched = torch.nonzero((network(pulse) - network(trace))[0, 0].abs() > 0.0)[:, 0] - 1500
    assert int(touched.min()) == before
    assert int(touched.max()) == after


@pytest.mark.parametrize("length", [1, 7, 64, 501])
def test_any_length_and_channels(length):
    network = build_wide(1, 2).eval()
    assert network(torch.randn(3, 2, length)).shape == (3, 1, length)
