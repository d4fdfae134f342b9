"""The picker's own weights: there with a card, whole, and better than nothing on real records."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seisgui.learning.model_library import built_in_cards
from seisgui.learning.picking.picker_model import PickerInfo, load_picker, make_picker, read_start
from seisgui.learning.reproduce.huynh_scores import Rule, arrivals_of, pick_steps, score
from seisgui.seismic.progress import finish
from seisgui.seismic.records import open_records


def test_the_card_says_what_the_weights_learned_from():
    card = next(card for card in built_in_cards() if card.network == "phasenet")
    assert (card.task, card.start_from, card.classes) == ("picking", "built-in", ("N", "P", "S"))
    assert "simulated" in card.survey
    assert card.megabytes < 1.3
    assert dict(card.scores)["P F1"] > 0.8
    assert card.at_hand


def test_they_load_whole_for_three_components_and_for_one():
    start = read_start("built-in")
    model, report = make_picker(start, start.info)
    assert report is not None
    assert not report.missing
    assert (model.components, model.rate, model.samples) == (("E", "N", "Z"), 100.0, 3001)
    single, _ = make_picker(start, PickerInfo(components=("Z",)))
    np.testing.assert_array_equal(single.module.inc.weight.detach(), start.state["inc.weight"][:, [2]])


def test_they_pick_real_records_that_they_never_saw(shared_data: Path):
    """P F1 .79 on these records, tolerance .1 s: enough to start from, and far from what real records teach."""
    card = next(card for card in built_in_cards() if card.network == "phasenet")
    records = open_records([shared_data / "waveforms" / "ncedc_phasenet_3c_A.npz"])
    try:
        indices = range(0, len(records.table), 2)
        picked = finish(pick_steps(load_picker(card.path, "cpu"), records, indices, Rule(0.5, 50, 0.1), None, 0))
        found = score(picked, arrivals_of(records, indices), 0.1)["count"]
    finally:
        records.close()
    assert found["P"].f1 > 0.7
    assert found["S"].f1 > 0.3
