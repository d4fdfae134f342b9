"""The 2018 experiment repeated on a small survey: rows, spread, resuming, what is absent, the page."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from layered import LAYERS, N_SAMPLE

from seisgui.errors import InputError
from seisgui.learning import baselines
from seisgui.learning.events import Notice, Progress
from seisgui.learning.reproduce import batch_norms, pictures, table
from seisgui.learning.reproduce.budgets import BUDGETS, Budget, Row, checked_networks, hold_out_of, plan_rows
from seisgui.learning.reproduce.dramsch2018 import Wishes, reproduce_steps, starts_at_hand
from seisgui.learning.reproduce.folder import RowFolder
from seisgui.learning.reproduce.survey_files import SurveyFiles, chosen, found_in, penobscot_in
from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.progress import finish
from seisgui.seismic.segy_writer import write_segy

TINY = Budget("tiny", 2, 3, 8, checked=16)
AXES = VolumeAxes(LineAxis(339, 1, 1), LineAxis(300, 1, 420), SampleAxis(0.0, 4.0, N_SAMPLE))
LONE = ("waldeland-same",)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> SurveyFiles:
    """Three layers that differ in frequency, labelled at every eighth trace and fourth sample."""
    folder = tmp_path_factory.mktemp("reproduce")
    layer = np.digitize(np.arange(N_SAMPLE), LAYERS[1:])
    trace = np.sin(np.cumsum(np.asarray((1.5, 0.7, 0.3))[layer]))
    noise = np.random.default_rng(0).normal(0, 0.05, AXES.shape)
    write_segy(folder / "f3.sgy", (trace + noise).astype(np.float32), AXES, sample_format=5)
    points = [
        f"339 {crossline} {4 * sample} {layer[sample]}"
        for crossline in range(300, 720, 8)
        for sample in range(0, N_SAMPLE, 4)
    ]
    (folder / "points.ixz").write_text("\n".join(points) + "\n")
    return SurveyFiles(folder / "f3.sgy", folder / "points.ixz")


@pytest.fixture(scope="module", autouse=True)
def quick(tmp_path_factory: pytest.TempPathFactory):
    """No cache of ImageNet weights, small pictures, small forests among the baselines."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TORCH_HOME", str(tmp_path_factory.mktemp("torch")))
        patch.setattr(pictures, "CELLS", {True: 30, False: 200})
        patch.setattr(baselines, "FOREST_TREES", 4)
        yield


@pytest.fixture(scope="module")
def repeated(quick: None, files: SurveyFiles, tmp_path_factory: pytest.TempPathFactory):
    """One network, both splits, two seeds: (folder, document, events)."""
    out = tmp_path_factory.mktemp("repeated") / "out"
    return out, *run(Wishes(files, out, TINY, LONE, seeds=(0, 1)))


def run(wishes: Wishes) -> tuple[dict, list]:
    events: list = []
    steps = reproduce_steps(wishes)
    while True:
        try:
            events.append(next(steps))
        except StopIteration as outcome:
            return outcome.value, events


def networks_of(document: dict) -> list[dict]:
    return [row for row in document["rows"] if row["kind"] == "network"]


def test_rows_are_means_over_seeds_of_the_programs_own_runs(repeated):
    out, document, _ = repeated
    rows = networks_of(document)
    assert [(row["network"], row["split"], row["seeds"]) for row in rows] == [
        ("waldeland-same", "random", 2),
        ("waldeland-same", "blocked", 2),
    ]
    for row in rows:
        accuracies = [each["test"]["accuracy"] for each in row["runs"]]
        assert row["accuracy"] == pytest.approx(np.mean(accuracies))
        assert row["accuracy_std"] == pytest.approx(np.std(accuracies, ddof=1))
        assert {"loss", "mae", "mean_class_accuracy", "mean_iou"} <= set(row["train"]) & set(row["test"])
        assert all((out / "f3.seisproj" / "runs" / each["run"]).is_dir() for each in row["runs"])
    assert rows[0]["paper"]["test"] == (0.003, 0.0, 0.999)
    assert rows[1]["paper"] is None, "the paper has no blocked split"


def test_position_baselines_stand_in_the_same_table_and_show_what_the_random_split_is_worth(repeated):
    _, document, _ = repeated
    nearest = {
        row["split"]: row
        for row in document["rows"]
        if row["kind"] == "baseline" and row["method"].startswith("nearest label")
    }
    assert nearest["random"]["accuracy"] > 0.8
    assert any("without looking at any seismic" in sentence for sentence in document["findings"])


def test_the_blocked_rows_keep_the_gap(repeated):
    _, document, _ = repeated
    blocked = networks_of(document)[1]
    assert "65 traces, lines or samples from the nearest training label" in blocked["sentence"]
    assert blocked["hold_out"]


def test_progress_never_goes_back_and_tells_the_time_left(repeated):
    _, _, events = repeated
    told = [event for event in events if isinstance(event, Progress)]
    done = [event.done for event in told if event.total == 1000]
    assert done == sorted(done)
    assert told[-1].eta_s is not None
    assert sum(isinstance(event, Notice) for event in events) == 4, "one sentence a row"


def test_the_page_stands_alone_with_pictures_and_says_what_the_random_split_is_worth(repeated):
    out, _, _ = repeated
    html = (out / "report.html").read_text()
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', html)
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    images = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    assert len(images) == 4, "amplitudes, labels, one prediction a split"
    shapes = [cv2.imdecode(np.frombuffer(base64.b64decode(each), np.uint8), 1).shape for each in images]
    assert shapes[:3] == [(N_SAMPLE, 420, 3)] * 3
    assert shapes[3][0] > N_SAMPLE, "the held-out traces are marked above and below"
    assert "What the random split is worth" in html
    assert table.RANDOM_WORTH.split(":")[0] in html
    assert "<polyline" in html
    assert json.loads((out / "report.json").read_text())["rows"][0]["network"] == "waldeland-same"
    assert "nearest label" in (out / "report.txt").read_text()


def test_what_was_interrupted_goes_on_with_the_rows_that_are_there(files, tmp_path):
    wishes = Wishes(files, tmp_path / "out", TINY, LONE, seeds=(0,))
    steps = reproduce_steps(wishes)
    for event in steps:
        if isinstance(event, Notice):
            break  # the first row is there
    next(steps)
    next(steps)
    steps.close()
    rows = sorted(path.name for path in (tmp_path / "out" / "rows").iterdir())
    assert rows == ["waldeland-same-scratch-random-0.json", "waldeland-same-scratch-random-0.npz"]
    assert not list((tmp_path / "out" / "f3.seisproj" / "runs").glob(".*partial"))
    before = (tmp_path / "out" / "rows" / rows[0]).stat().st_mtime_ns
    document, events = run(wishes)
    assert (tmp_path / "out" / "rows" / rows[0]).stat().st_mtime_ns == before
    assert [row["seeds"] for row in networks_of(document)] == [1, 1]
    assert events[1].sentence == "Rows that are there already: 1; left: 1."


def test_an_import_that_was_killed_is_made_anew(files, tmp_path):
    half = tmp_path / "out" / "f3.seisproj"
    half.mkdir(parents=True)
    (half / "project.sqlite").write_bytes(b"")
    (tmp_path / "out" / "rows").mkdir()
    (tmp_path / "out" / "plan.json").write_text(
        json.dumps({"experiment": "dramsch2018", "budget": TINY.to_json(), "files": files.mark})
    )
    document, _ = run(Wishes(files, tmp_path / "out", TINY, LONE, seeds=(0,)))
    assert networks_of(document)[0]["measured"]


def test_rows_that_need_absent_weights_say_so_and_stand_beside_a_scratch_row(files, tmp_path):
    wishes = Wishes(files, tmp_path, TINY, ("vgg16", "resnet50"))
    starts, absent = finish(starts_at_hand(wishes))
    assert starts == {}
    document = table.document(TINY, plan_rows(wishes.networks, (0,)), {}, absent, None)
    by_start = {(row["network"], row["start"]): row for row in networks_of(document) if row["split"] == "random"}
    assert by_start["vgg16", "imagenet"]["note"] == "not measured: no ImageNet weights"
    assert by_start["vgg16", "imagenet"]["measured"] is False
    assert by_start["resnet50", "scratch"]["note"] == "not run yet"
    assert by_start["resnet50", "scratch"]["paper"] is None, "a scratch run is no repetition of the paper's"
    assert table.NOT_MEASURED in table.text(document)


def test_a_picked_file_that_is_not_there_is_told_before_any_training(files, tmp_path):
    wishes = Wishes(files, tmp_path, TINY, ("vgg16",), weights={"vgg16": tmp_path / "none.pth"})
    with pytest.raises(InputError, match=r"none\.pth are not there"):
        finish(starts_at_hand(wishes))


def test_a_damaged_file_in_the_cache_is_told_before_any_training(files, tmp_path, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    cached = tmp_path / "hub" / "checkpoints" / "resnet50-0676ba61.pth"
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"half of it")
    with pytest.raises(InputError, match="is damaged or another file"):
        finish(starts_at_hand(Wishes(files, tmp_path, TINY, ("resnet50",))))


def test_a_download_that_fails_leaves_the_row_unmeasured(files, tmp_path, monkeypatch):
    monkeypatch.setenv("SEISGUI_WEIGHTS_URL", (tmp_path / "nowhere").as_uri())
    starts, absent = finish(starts_at_hand(Wishes(files, tmp_path, TINY, ("resnet50",), download=True)))
    assert starts == {}
    assert table.NOT_MEASURED in absent["resnet50"]
    assert "cannot be downloaded" in absent["resnet50"]


def test_a_row_ends_within_its_time(files, tmp_path):
    hasty = Budget("hasty", 50, 50, 8, minutes=0.01, checked=16)
    document, _ = run(Wishes(files, tmp_path / "out", hasty, LONE, seeds=(0,)))
    row = networks_of(document)[0]
    assert row["stopped"] == ["time"]
    assert 0 < row["updates"][0] < 2500
    assert "ended by the time limit" in (tmp_path / "out" / "report.html").read_text()


def test_a_folder_of_another_budget_is_not_mixed_with_this_one(files, tmp_path):
    plan = {"experiment": "dramsch2018", "budget": TINY.to_json(), "files": files.mark}
    RowFolder(tmp_path / "out", plan)
    RowFolder(tmp_path / "out", plan)
    with pytest.raises(InputError, match="made otherwise \\(budget\\)"):
        RowFolder(tmp_path / "out", {**plan, "budget": BUDGETS["paper"].to_json()})
    (tmp_path / "holiday.txt").write_text("photos")
    with pytest.raises(InputError, match="holds other files"):
        RowFolder(tmp_path, plan)


def test_frozen_batch_norms_are_compared_with_one_pretrained_network(files, tmp_path, monkeypatch):
    small = {"batch": 4, "updates_per_epoch": 1, "checked": 8}
    monkeypatch.setattr(batch_norms, "PRETRAINING", {**batch_norms.PRETRAINING, **small})
    monkeypatch.setattr(batch_norms, "FINETUNING", {**batch_norms.FINETUNING, **small})
    monkeypatch.setattr(batch_norms, "PRETRAINING_EPOCHS", 1)
    monkeypatch.setattr(batch_norms, "FINETUNING_EPOCHS", 1)
    monkeypatch.setattr(batch_norms, "NETWORK", "waldeland-same")  # ResNet50 takes half a minute
    few = few_labels(files, tmp_path)
    wishes = Wishes(few, tmp_path / "out", TINY, LONE, seeds=(0,), norms_effect=True, other=few)
    document, _ = run(wishes)
    effect = document["bn_effect"]
    assert [row["norms"] for row in effect["rows"]] == ["eval", "batch", "batch-updated"]
    assert all(row["runs"][0]["updates"] == 1 for row in effect["rows"])
    assert "no ImageNet weights anywhere" in effect["budget"]
    assert all("waldeland-same" in row["runs"][0]["loaded"] for row in effect["rows"]), (
        "all began with the pretrained run"
    )
    assert effect["sentences"][0].startswith("batch against eval")
    assert "What frozen batch norms do" in (tmp_path / "out" / "report.html").read_text()


def test_without_another_survey_the_batch_norms_are_not_measured(files, tmp_path):
    plan = {"experiment": "dramsch2018"}
    effect = finish(batch_norms.effect_steps(None, None, RowFolder(tmp_path / "out", plan), (0,), None))
    assert effect["rows"] == []
    assert effect["note"].startswith("not measured: no other survey")


def few_labels(files: SurveyFiles, folder: Path) -> SurveyFiles:
    """Every fortieth point: networks that classify patch by patch are slow."""
    lines = files.labels.read_text().splitlines()
    (folder / "few.ixz").write_text("\n".join(lines[::19]) + "\n")
    return SurveyFiles(files.source, folder / "few.ixz")


def test_one_inline_of_a_complete_mask_is_enough_to_pretrain_on(tmp_path):
    labels = np.zeros((3, 8, 6), dtype=np.int16)
    labels[0] = -1
    labels[1, :4] = 2
    np.savez(
        tmp_path / "mask.npz", labels=labels, inline=np.arange(3) + 10, crossline=np.arange(8), t_ms=4.0 * np.arange(6)
    )
    (tmp_path / "x.sgy").write_bytes(b"")
    one = batch_norms.one_inline(SurveyFiles(tmp_path / "x.sgy", tmp_path / "mask.npz"), tmp_path / "one.npz")
    with np.load(one.labels) as file:
        assert file["inline"].tolist() == [11]
        assert np.array_equal(file["labels"][0], labels[1])


def test_the_budgets_are_those_of_the_specification():
    assert (BUDGETS["paper"].settings("vgg16")["batch"], BUDGETS["paper"].settings("resnet50")["batch"]) == (256, 50)
    assert (BUDGETS["paper"].updates_per_epoch, BUDGETS["paper"].epochs) == (450, 20)
    assert BUDGETS["cpu"].settings("vgg16")["batch"] == 32
    assert BUDGETS["cpu"].epochs * BUDGETS["cpu"].updates_per_epoch <= 200
    assert BUDGETS["cpu"].minutes == 10.0
    longer = BUDGETS["cpu"].with_updates(3000)
    assert (longer.epochs, longer.updates_per_epoch, longer.batch) == (20, 150, 32)
    assert BUDGETS["cpu"].with_updates(30).epochs * BUDGETS["cpu"].with_updates(30).updates_per_epoch == 30
    assert Row("vgg16", "imagenet", "random", 0).freeze == "dramsch2018-vgg16"
    assert Row("vgg16", "scratch", "random", 0).freeze is None
    assert len(plan_rows(checked_networks(()), range(3))) == (1 + 2 + 2) * 2 * 3


def test_the_published_blocks_are_held_out_on_the_f3_line():
    f3 = VolumeAxes(LineAxis(339, 1, 1), LineAxis(300, 1, 951), SampleAxis(0.0, 4.0, 462))
    assert [str(block) for block in hold_out_of(f3)] == [
        "crossline:443-538",
        "crossline:775-870",
        "crossline:1060-1155",
    ]
    assert hold_out_of(AXES) == (), "elsewhere the labels decide"


def test_a_data_folder_is_searched_for_the_survey_and_its_labels(shared_data, f3_line, f3_labels):
    assert found_in(shared_data) == SurveyFiles(f3_line, f3_labels)
    other = penobscot_in(shared_data)
    assert other is not None
    assert other.source.name == "penobscot_il1075-1092_int8.sgy"


def test_files_that_are_not_clear_are_asked_for(files, tmp_path):
    with pytest.raises(InputError, match="needs a survey and its labels"):
        chosen(None, files.source, None)
    with pytest.raises(InputError, match="no file of label points"):
        chosen(tmp_path, None, None)
    (tmp_path / "a.ixz").write_text("")
    for name in ("one.sgy", "two.sgy"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(InputError, match=r"belongs to a\.ixz is not clear"):
        chosen(tmp_path, None, None)
    (tmp_path / "source.sgy").write_bytes(b"")
    (tmp_path / "labels.ixz").write_text("")
    assert chosen(tmp_path, None, None).source.name == "source.sgy"
    with pytest.raises(InputError, match="does not exist"):
        chosen(None, tmp_path / "none.sgy", files.labels)


def test_a_gap_between_training_and_prediction_is_told_with_its_cause():
    side = {"accuracy": 0.24, "accuracy_std": None}
    row = {
        "method": "waldeland-same from scratch",
        "network": "waldeland-same",
        "split": "random",
        "measured": True,
        "train": side,
        "while_training_accuracy": 0.62,
    }
    assert table.has_gap(row)
    assert "0.620" in table.gap_sentence(row)
    assert "0.240" in table.gap_sentence(row)
    assert not table.has_gap({**row, "while_training_accuracy": 0.3})
