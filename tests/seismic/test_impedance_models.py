"""The built-in impedance models and their seismic."""

import numpy as np
import pytest

from seisgui.errors import InputError
from seisgui.seismic.impedance_models import LEAST, MODELS, MOST, WATER, built_in, post_stack


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_is_the_same_every_time_and_believable(name):
    model, again = built_in(name), built_in(name)
    assert np.array_equal(model.impedance, again.impedance)
    assert model.impedance.shape == (600, 500)
    rock = model.impedance[model.rock]
    assert rock.min() >= LEAST * 0.999
    assert rock.max() <= MOST
    water = model.impedance[:, :-1][~model.rock[:, 1:]]
    assert (water[water < LEAST] <= LEAST).all()
    assert np.isclose(model.impedance[0, 0], WATER) == (name == "margin")


@pytest.mark.parametrize("name", sorted(MODELS))
def test_five_traces_and_straight_lines_between_them_do_not_explain_a_model(name):
    model = built_in(name)
    chosen = np.linspace(60, 539, 5).round().astype(int)
    truth = model.impedance.astype(np.float64)
    guess = np.stack([np.interp(np.arange(600), chosen, column) for column in truth[chosen].T], axis=1)
    scored = model.rock.copy()
    scored[chosen] = False
    error = ((truth - guess)[scored] ** 2).sum()
    assert 1.0 - error / ((truth[scored] - truth[scored].mean()) ** 2).sum() < 0.85
    assert np.corrcoef(truth[scored], guess[scored])[0, 1] < 0.9


def test_seismic_of_one_interface_is_the_wavelet_at_that_interface():
    impedance = np.full((1, 101), 2.0e6)
    impedance[:, 50:] = 3.0e6
    seismic = post_stack(impedance, 4.0, frequency=25.0)
    assert seismic.argmax() == 50
    assert np.isclose(seismic.max(), 0.2, atol=1e-6)
    assert np.allclose(seismic[0, 40:50], seismic[0, 60:50:-1], atol=1e-6)
    spectrum = np.abs(np.fft.rfft(seismic[0], 4096))
    assert abs(np.fft.rfftfreq(4096, 0.004)[spectrum.argmax()] - 25.0) < 0.5


def test_noise_has_the_asked_share_and_the_seed_decides():
    model = built_in("thrust-belt")
    clean, noisy = post_stack(model.impedance, 4.0), post_stack(model.impedance, 4.0, noise=0.2, seed=3)
    assert np.isclose((noisy - clean).std() / clean.std(), 0.2, rtol=0.01)
    assert np.array_equal(noisy, post_stack(model.impedance, 4.0, noise=0.2, seed=3))
    assert not np.array_equal(noisy, post_stack(model.impedance, 4.0, noise=0.2, seed=4))


def test_unknown_model():
    with pytest.raises(InputError, match="margin, thrust-belt"):
        built_in("marmousi")
