"""Training a network from the weights of another run, by command."""

from __future__ import annotations

import pytest

QUICK = [word for setting in ("updates_per_epoch=2", "batch=2", "tile=64", "checked=8") for word in ("--set", setting)]


def test_a_transferred_run_and_the_one_from_scratch_are_told_together(seisgui, trained):
    hold_out = ["--hold-out", "crossline:300-360"]
    start = seisgui("train", trained, "--network", "unet", "--epochs", "0", "--json").document["run"]["id"]
    options = ["--network", "unet", "--from", start, "--freeze", "encoder", "--beside-scratch", *QUICK, *hold_out]
    outcome = seisgui("train", trained, *options, "--json")
    assert outcome.status == 0, outcome.err
    run, beside = outcome.document["run"], outcome.document["beside"]
    assert run["settings"]["beside"] == beside["id"]
    assert (run["start_from"], beside["start_from"]) == (start, "scratch")
    assert run["settings"]["plan"]["factors"] == {"encoder": 0.0}
    assert run["settings"]["loaded"] in outcome.document["notices"]
    assert "from scratch" in outcome.document["notices"][-1]


def test_scores_of_both_stand_in_one_table(seisgui, trained):
    options = ["--network", "waldeland", "--freeze", "encoder", "--beside-scratch", "--epochs", "0"]
    outcome = seisgui("train", trained, *options, "--hold-out", "crossline:300-360")
    assert "the same from scratch" in outcome.out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--freeze", "everything"), "no freeze preset"),
        (("--freeze", "encoder", "--norms", "warm"), "--norms"),
        (("--from", "imagenet"), "imagenet"),
        (("--beside-scratch",), "from scratch"),
    ],
)
def test_what_cannot_be_is_a_sentence(seisgui, trained, options, sentence):
    outcome = seisgui("train", trained, "--network", "unet", *options)
    assert outcome.status == 2
    assert sentence in outcome.err
    assert outcome.err.count("\n") <= 2


def test_presets_are_listed(seisgui):
    assert "dramsch2018-vgg16" in seisgui("networks").out
