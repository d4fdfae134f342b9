"""Huynh (2021) repeated on a handful of small simulated shots: rows, counts, noise, topography, going on, the page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from seisgui.cli import main
from seisgui.errors import InputError
from seisgui.learning.events import Notice
from seisgui.learning.picking.simulate import simulate_steps
from seisgui.learning.picking.simulate_presets import HILLY, HUYNH
from seisgui.learning.picking.simulate_shots import missing_packages
from seisgui.learning.reproduce import huynh_plan, huynh_records, huynh_table
from seisgui.learning.reproduce.huynh2021 import Wishes, reproduce_steps
from seisgui.learning.reproduce.huynh_plan import BUDGETS, PAPER, PHASES, SNRS, Budget, checked_strategies, plan_rows
from seisgui.learning.reproduce.huynh_scores import score
from seisgui.learning.reproduce.page import as_json
from seisgui.seismic.progress import finish

needs_deepwave = pytest.mark.skipif(
    bool(missing_packages()), reason=f"not installed: {', '.join(missing_packages())} (extra 'simulate')"
)
TINY = Budget("tiny", 24, 24, 12, 1, 1, 2, 4, 1.0, window=600)
PRESET = replace(HUYNH, shape=(60, 90), receivers=6, n_sample=1001, before=(0.1, 0.2))
TWO = ("scratch", "two-deepest")


@pytest.fixture(scope="module", autouse=True)
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(huynh_plan, "PRESET", PRESET)
        yield


def run(wishes: Wishes) -> tuple[dict, list]:
    events: list = []
    steps = reproduce_steps(wishes)
    while True:
        try:
            events.append(next(steps))
        except StopIteration as outcome:
            return outcome.value, events


@pytest.fixture(scope="module")
def real(small: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records of three components that stand for real ones."""
    path = tmp_path_factory.mktemp("real") / "real.npz"
    preset = replace(PRESET, family=HILLY, components=("E", "N", "Z"), n_record=24, rate=1000.0, snr=(20.0, 30.0))
    finish(simulate_steps(preset, path, seed=9))
    return path


@pytest.fixture(scope="module")
def repeated(real: Path, tmp_path_factory: pytest.TempPathFactory):
    """Two strategies, two seeds, simulated and real: (folder, document, events)."""
    out = tmp_path_factory.mktemp("repeated") / "out"
    return out, *run(Wishes(out, TINY, TWO, seeds=(0, 1), real=real))


@needs_deepwave
def test_rows_have_scores_of_both_counts_over_seeds(repeated):
    _, document, _ = repeated
    rows = document["rows"]
    assert [(row["strategy"], row["data"]) for row in rows] == [
        (strategy, data) for data in ("simulated", "real") for strategy in TWO
    ]
    for row in rows:
        assert row["measured"]
        assert row["seeds"] == 2
        assert (row["paper"] is None) == (row["data"] == "real")
        for phase in PHASES:
            for figures in (row[phase], row[f"{phase}_maximum"]):
                assert 0 <= figures["precision"] <= 1
                assert len(figures["counts"]) == 2
            for each in row[phase]["counts"]:
                assert each["true_positive"] + each["false_negative"] == each["n_true"]
                assert each["true_positive"] + each["false_positive"] == each["n_predicted"]
    assert rows[0]["records"] == TINY.test
    json.dumps(document["rows"])


@needs_deepwave
def test_noise_topography_and_loss_curves_are_there(repeated):
    _, document, _ = repeated
    row = document["rows"][0]
    assert list(row["snr"]) == ["none", "20", "10", "5", "0"]
    assert row["snr"]["none"]["P"]["f1"] == row["P"]["f1"]
    assert [each["trained"] for each in document["topography"]] == ["with", "without"]
    assert document["topography"][0]["P"]["f1"] == row["P"]["f1"]
    assert document["pretrained"]["history"]
    for each in document["rows"]:
        assert all(np.isfinite(point["training"]["loss"]) for point in each["history"])
        assert each["history"]


@needs_deepwave
def test_the_transferred_model_starts_from_the_pretrained_one(repeated):
    _, document, _ = repeated
    scratch, transferred = document["rows"][:2]
    assert not scratch["loaded"]
    assert document["pretrained"]["start"] in transferred["loaded"]


@needs_deepwave
def test_the_same_folder_goes_on_and_another_budget_is_refused(repeated, real):
    out, document, _ = repeated
    again, events = run(Wishes(out, TINY, TWO, seeds=(0, 1), real=real))
    assert as_json(again["rows"][0]) == as_json(document["rows"][0])
    assert any("left: 0" in event.sentence for event in events if isinstance(event, Notice))
    with pytest.raises(InputError, match="made otherwise"):
        run(Wishes(out, replace(TINY, batch=5), TWO, seeds=(0,), real=real))


@needs_deepwave
def test_the_report_is_text_json_and_a_page_that_needs_no_other_file(repeated):
    out, _, _ = repeated
    text = (out / "report.txt").read_text()
    assert "tolerance 2.5 ms" in text
    assert "tolerance 100 ms" in text
    assert "0.694 / 0.612 / 0.650" in text
    assert json.loads((out / "report.json").read_text())["rows"][0]["strategy"] == "scratch"
    html = (out / "report.html").read_text()
    assert html.count("<svg") >= 5
    assert "data:image/png;base64," in html
    assert not re.search(r'(src|href)="(?!data:)', html)
    for strategy in TWO:
        assert strategy in html


def test_the_paper_s_table_is_consistent():
    """F1 follows from precision and recall, as far as three digits tell."""
    for phases in PAPER.values():
        for precision, recall, f1 in phases.values():
            assert 2 * precision * recall / (precision + recall) == pytest.approx(f1, abs=2e-3)


def test_strategies_are_the_catalogue_s_and_scratch_is_always_beside():
    assert checked_strategies(()) == tuple(PAPER)
    assert checked_strategies(("two-deepest",)) == ("scratch", "two-deepest")
    assert set(PAPER) <= set(huynh_plan.TITLES)
    with pytest.raises(InputError, match="no strategy"):
        checked_strategies(("frozen",))


def test_the_paper_s_budget_has_its_sizes_and_rows_all_seeds():
    paper = BUDGETS["paper"]
    assert (paper.training, paper.test) == (3890, 480)
    rows = plan_rows(tuple(PAPER), (0, 1, 2), real=False)
    assert len(rows) == 6 * 3 + 3
    assert len({row.key for row in rows}) == len(rows)
    assert len(SNRS) == 5


def test_both_counts_of_an_outlying_pick():
    """Two records: one pick is right, one lies far off; a second pick beside the right one is less sure."""
    arrivals = {"P": {0: [1.0], 1: [1.0]}, "S": {0: [], 1: []}}
    picked = {"P": {0: [(1.0, 0.9), (3.0, 0.6)], 1: [(2.0, 0.8)]}, "S": {0: [], 1: []}}
    found = score(picked, arrivals, 0.1)
    count, maximum = found["count"]["P"], found["maximum"]["P"]
    assert (count.true_positive, count.false_positive, count.false_negative) == (1, 2, 1)
    assert (maximum.true_positive, maximum.false_positive, maximum.false_negative) == (1, 1, 0)


def test_findings_speak_of_transfer_below_scratch():
    def row(strategy: str, p: float, s: float) -> dict:
        return {"strategy": strategy, "data": "simulated", "measured": True, "P": {"f1": p}, "S": {"f1": s}}

    said = huynh_table.findings([row("scratch", 0.8, 0.9), row("tune-all", 0.7, 0.95)], [])
    assert "1 of 1 transferred models are below scratch" in said[0]
    assert "0 of 1 transferred models are below scratch" in said[1]


def test_a_folder_is_searched_for_one_file_with_arrivals(tmp_path):
    arrivals = {"p": np.ones(4), "s": np.full(4, 9.0)}
    np.savez(tmp_path / "records.npz", data=np.zeros((4, 3, 50), np.float32), **arrivals)
    np.savez(tmp_path / "other.npz", seismic=np.zeros((4, 50)))
    assert huynh_records.real_files(tmp_path) == [tmp_path / "records.npz"]
    np.savez(tmp_path / "more.npz", data=np.zeros((4, 3, 50), np.float32), **arrivals)
    with pytest.raises(InputError, match=r"there is more\.npz, records\.npz"):
        huynh_records.real_files(tmp_path)


def test_real_records_without_s_or_of_one_station_are_refused(tmp_path):
    shape = np.random.default_rng(0).normal(size=(4, 3, 50)).astype(np.float32)
    np.savez(tmp_path / "p.npz", data=shape, p=np.full(4, 5))
    with pytest.raises(InputError, match="no arrivals of S"):
        huynh_records.check_real([tmp_path / "p.npz"])
    np.savez(tmp_path / "one.npz", data=shape, p=np.full(4, 5), s=np.full(4, 20))
    with pytest.raises(InputError, match="of one station"):
        huynh_records.check_real([tmp_path / "one.npz"])


def test_the_command_refuses_in_sentences(tmp_path, capsys):
    for arguments, words in (
        (["--strategies", "frozen"], "no strategy"),
        (["--budget", "gpu"], "no budget"),
        (["--data", str(tmp_path / "nowhere.npz")], "does not exist"),
        (["--weights", "unet=x.pt"], "not understood"),
    ):
        assert main.run(["reproduce", "huynh2021", *arguments, "--out", str(tmp_path / "out")]) == 2
        assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@needs_deepwave
def test_the_command_goes_on_in_the_same_folder(repeated, real, monkeypatch, capsys):
    out, document, _ = repeated
    monkeypatch.setitem(BUDGETS, "cpu", TINY)
    arguments = ["--out", str(out), "--data", str(real), "--seeds", "2", "--strategies", "two-deepest", "--json"]
    assert main.run(["reproduce", "huynh2021", *arguments]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["strategy"] for row in found["rows"]] == [row["strategy"] for row in document["rows"]]
    assert Path(found["page"]).is_file()
