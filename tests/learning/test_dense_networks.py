"""Any registered patch network that can be made dense predicts densely, others patch by patch, all the same values."""

import numpy as np
import pytest
import torch
from layered import amplitudes, axes, inline
from torch import nn

from seisgui.catalogue import NetworkInfo
from seisgui.learning.dense import NetworkModel
from seisgui.networks.dense_twin import DenseTwin
from seisgui.seismic.amplitude import AmplitudeScale

PATCH = 11


def layers(padding: int = 0) -> list[nn.Module]:
    convolution = nn.Conv2d(1, 4, 3, 2, padding)
    return [convolution, nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.AdaptiveAvgPool2d(1), nn.Flatten()]


class Sequenced(nn.Module):
    """A network with a forward of its own that says which row of layers it is."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Sequential(*layers()), nn.Linear(4, 3)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(batch))

    def sequence(self) -> nn.Sequential:
        return nn.Sequential(self.body, self.head)


class Branched(nn.Module):
    """Two branches: no row of layers, but it knows how to be dense itself, or does not."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Conv2d(1, 3, PATCH), nn.Conv2d(1, 3, PATCH)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        return (self.one(batch) * self.other(batch)).flatten(1)


class BranchedDense(Branched):
    def dense(self, stack: torch.Tensor, step: int = 1):
        yield 0.5
        return (self.one(stack[None]) * self.other(stack[None]))[0, :, ::step, ::step]


NETWORKS = {
    "row of layers": (lambda: nn.Sequential(*layers(), nn.Linear(4, 3)), False),
    "behind a method": (Sequenced, False),
    "dense by itself": (BranchedDense, False),
    "branches": (Branched, True),
    "padded patches": (lambda: nn.Sequential(*layers(1), nn.Linear(4, 3)), True),
}


def model_of(module: nn.Module) -> NetworkModel:
    info = NetworkInfo("theirs", "Theirs", "facies", "", "their_package:build", patch=PATCH, receptive_field=PATCH)
    scale = AmplitudeScale("P99", 1.0, 4.0, "time", "ms")
    return NetworkModel(module, info, (0, 1, 2), scale, None, torch.device("cpu"))


@pytest.mark.parametrize("step", [1, 3])
@pytest.mark.parametrize("kind", NETWORKS)
def test_any_network_predicts_what_its_patches_tell(kind, step):
    torch.manual_seed(0)
    build, by_pixel = NETWORKS[kind]
    model, amplitude = model_of(build()), amplitudes()[0]
    assert model.by_pixel == by_pixel
    found = model.predict(amplitude, inline(), axes(), step=step)
    pixels = np.array([[0, 0], [3, 69], [120, 33], [237, 3]])
    *_, expected = stepped(model.predict_pixels(amplitude, inline(), axes(), pixels))
    assert found.shape == (3, -(-240 // step), -(-72 // step))
    np.testing.assert_allclose(found[:, pixels[:, 0] // step, pixels[:, 1] // step], expected, atol=1e-6)


def test_weights_that_have_changed_change_the_prediction(monkeypatch):
    torch.manual_seed(0)
    made = []
    original = DenseTwin.of.__func__
    monkeypatch.setattr(DenseTwin, "of", classmethod(lambda cls, *wishes: made.append(1) or original(cls, *wishes)))
    module = nn.Sequential(*layers(), nn.Linear(4, 3))
    model, amplitude = model_of(module), amplitudes()[0]
    before = model.predict(amplitude, inline(), axes())
    model.predict(amplitude, inline(), axes(), step=2)
    assert len(made) == 1
    with torch.no_grad():
        module[-1].bias += torch.tensor([0.0, 0.0, 5.0])
    after = model.predict(amplitude, inline(), axes())
    assert len(made) == 2
    assert (after[2] > before[2]).all()


def stepped(work):
    while True:
        try:
            yield next(work)
        except StopIteration as outcome:
            yield outcome.value
            return
