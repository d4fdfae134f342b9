"""Transfer learning from the panel: where to start, what is frozen, the run from scratch beside it, the library."""

from __future__ import annotations

import hashlib
import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QPushButton, QTreeWidgetItem, QWidget
from safetensors.numpy import save_file
from section_helpers import drag, pixel

from seisgui import catalogue
from seisgui.catalogue import Branch, NetworkInfo
from seisgui.gui.dialogs.compare_runs import CompareDialog
from seisgui.gui.dialogs.model_library import CARD, ModelLibraryDialog
from seisgui.gui.main_window import MainWindow
from seisgui.gui.panels.branch_model import LEARNS
from seisgui.gui.panels.training import TrainingPanel
from seisgui.gui.panels.training_start import start_entries
from seisgui.gui.theme import Theme
from seisgui.learning.model_library import ModelCard, library_folder, official_cards

VGG16 = catalogue.network("vgg16")
RUN = ModelCard("run-1", "run", "run-1", "waldeland", survey="F3", classes=("salt", "sand"), position=True)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty torch cache, and a folder in place of the net."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setenv("SEISGUI_WEIGHTS_URL", (tmp_path / "net").as_uri())
    return tmp_path


@pytest.fixture
def panel(qtbot) -> TrainingPanel:
    widget = TrainingPanel(Theme("light"), catalogue.networks("facies"))
    qtbot.addWidget(widget)
    widget.resize(360, 900)
    widget.start.set_cards([RUN, *official_cards()])
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.fixture
def unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue of the window's process does not know the layers of waldeland, as with other packages' networks."""
    own = [replace(info, layers=()) if info.name == "waldeland" else info for info in catalogue.networks()]
    monkeypatch.setattr(catalogue, "_OWN", tuple(own))


def choose(combo: QComboBox, title: str) -> None:
    """Go to an entry with the arrow keys."""
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Home)
    for _ in range(combo.count()):
        if combo.currentText().startswith(title):
            return
        QTest.keyClick(combo, Qt.Key.Key_Down)
    assert combo.currentText().startswith(title), f"the keys do not reach {title}"


def click(widget: QWidget) -> None:
    assert widget.isVisible()
    assert widget.isEnabled()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def open_layers(panel: TrainingPanel) -> None:
    button = panel.freezing.layers.button
    panel.ensureWidgetVisible(button)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(10, button.height() // 2))
    assert panel.freezing.tree.isVisible()


def keys(widget: QWidget, *pressed: Qt.Key) -> None:
    for key in pressed:
        QTest.keyClick(widget, key)


# what is frozen


def test_a_paper_s_preset_freezes_its_branches_and_the_request_carries_it(open_window: MainWindow):
    window, panel = open_window, open_window.training
    choose(panel.network, VGG16.title)
    assert "All 15,242,605" in panel.freezing.sentence.text()
    assert window.training_flow.request().freeze is None
    choose(panel.freezing.preset, "Dramsch")
    assert panel.freezing.sentence.text().startswith("555,328 of 15,242,605 parameters are frozen")
    assert "random numbers" in panel.freezing.warning.text(), "frozen from scratch is said to be in vain"
    request = window.training_flow.request()
    assert (request.freeze, request.norms) == ("dramsch2018-vgg16", "eval")

    choose(panel.freezing.preset, "Encoder frozen")
    assert window.training_flow.request().freeze == "encoder"
    choose(panel.freezing.preset, "Nothing frozen")
    assert window.training_flow.request().freeze is None
    assert not panel.freezing.warning.isVisible()
    assert not panel.freezing.norms.isEnabled()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_branch_is_frozen_slowed_and_released_by_keys(qtbot, panel: TrainingPanel):
    choose(panel.network, VGG16.title)
    open_layers(panel)
    tree = panel.freezing.tree
    tree.setFocus()
    keys(tree, Qt.Key.Key_Home, Qt.Key.Key_Right, Qt.Key.Key_Down)  # opens the convolutions, goes to block 1
    assert tree.currentIndex().data() == "Block 1"
    keys(tree, Qt.Key.Key_Space)
    assert panel.freezing.sentence.text() == "38,720 of 15,242,605 parameters are frozen."
    assert panel.freezing.preset.currentText() == "Chosen by hand"
    plan = panel.freezing.plan
    assert (plan.factor("features.0"), plan.factor("features.2"), plan.factor("features.5")) == (0, 0, 1)
    top = panel.freezing.model.index(0, 0)
    assert Qt.CheckState(top.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.PartiallyChecked
    assert top.siblingAtColumn(LEARNS).data() == "mixed"

    keys(tree, Qt.Key.Key_Down, Qt.Key.Key_Return)  # block 2: a factor
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    popup = QApplication.focusWidget()
    keys(popup, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: panel.freezing.plan.factor("features.5") == pytest.approx(0.1))
    assert tree.currentIndex().siblingAtColumn(LEARNS).data() == "× 0.1"
    carried = VGG16.plan(panel.choice.freeze)
    assert (carried.factor("features.0"), carried.factor("features.7"), carried.factor("features.10")) == (0, 0.1, 1)

    tree.setFocus()
    tree.setCurrentIndex(top)
    keys(tree, Qt.Key.Key_Space)  # everything below learns again
    assert panel.freezing.sentence.text() == "All 15,242,605 parameters learn."


def test_a_box_is_ticked_with_the_mouse(panel: TrainingPanel):
    choose(panel.network, VGG16.title)
    open_layers(panel)
    tree = panel.freezing.tree
    panel.ensureWidgetVisible(tree)
    index = panel.freezing.model.index(1, 0)  # the dense layers
    place = tree.visualRect(index)
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place.left() + 9, place.center().y()))
    frozen = panel.freezing.model.branch(index)
    assert panel.freezing.sentence.text().startswith(f"{frozen.parameters:,} of")
    assert all(panel.freezing.plan.factor(path) == 0 for path in frozen.paths)


def test_what_frozen_batch_norms_do_is_chosen_and_explained(panel: TrainingPanel):
    choose(panel.network, "ResNet50")
    open_layers(panel)
    assert not panel.freezing.norms.isEnabled(), "nothing is frozen"
    choose(panel.freezing.preset, "Dramsch")
    assert "in training as in prediction" in panel.freezing.meaning.text()
    choose(panel.freezing.norms, "Batch statistics, stored")
    assert panel.choice.norms == "batch-updated"
    assert "before 2.1.3" in panel.freezing.meaning.text()
    assert panel.choice.freeze == "dramsch2018-resnet50", "the preset stays"
    choose(panel.freezing.preset, "Encoder frozen")
    assert panel.choice.norms == "batch-updated", "and so does the choice when the preset changes"


def test_weights_bring_the_paper_s_preset_unless_another_was_chosen(panel: TrainingPanel):
    choose(panel.network, VGG16.title)
    choose(panel.start.combo, "ImageNet")
    assert panel.choice.freeze == "dramsch2018-vgg16"
    assert panel.choice.beside_scratch
    choose(panel.start.combo, "Scratch")
    assert panel.choice.freeze is None
    assert not panel.choice.beside_scratch, "a run from scratch needs none beside it"
    choose(panel.freezing.preset, "Only the class")
    choose(panel.start.combo, "ImageNet")
    assert panel.choice.freeze == "all-but-head"


def test_a_forest_has_nothing_to_freeze(panel: TrainingPanel):
    assert not panel.freezing.isVisible()
    assert not panel.freezing.preset.isVisible()
    assert not panel.beside.isVisible()
    choose(panel.network, VGG16.title)
    choose(panel.freezing.preset, "Dramsch")
    choose(panel.network, "Random forest")
    assert (panel.choice.freeze, panel.choice.beside_scratch) == (None, False)


def test_the_layers_of_other_packages_networks_are_asked_of_the_compute_process(
    qtbot, unknown, open_window: MainWindow
):
    panel = open_window.training
    panel.choose_network("waldeland")
    assert "are being asked for" in panel.freezing.sentence.text()
    qtbot.waitUntil(lambda: panel.freezing.model.rowCount() > 0, timeout=60000)
    assert panel.freezing.sentence.text() == "All 255,899 parameters learn."
    titles = [panel.freezing.model.index(row, 0).data() for row in range(panel.freezing.model.rowCount())]
    assert "features" in titles
    choose(panel.freezing.preset, "Encoder frozen")
    assert " of 255,899 parameters are frozen" in panel.freezing.sentence.text()


def test_presets_work_where_the_layers_are_not_known(qtbot):
    info = NetworkInfo("other", "Other", "facies", "", "", 64, 64, encoder=("body",))
    panel = TrainingPanel(Theme("light"), [info])
    qtbot.addWidget(panel)
    panel.freezing.tree_failed("other", "It cannot be built.")
    assert panel.freezing.sentence.text() == "It cannot be built."
    panel.freezing.set_tree("other", (Branch("body", ("body",), 10), Branch("head", ("head",), 2)))
    panel.show()
    choose(panel.freezing.preset, "Encoder")
    assert panel.freezing.sentence.text() == "10 of 12 parameters are frozen."


# where it starts


def test_only_what_fits_can_be_chosen_and_the_rest_says_why(panel: TrainingPanel):
    choose(panel.network, VGG16.title)
    combo = panel.start.combo
    enabled = [combo.itemText(n) for n in range(combo.count()) if combo.model().item(n).isEnabled()]
    assert enabled == ["Scratch", "ImageNet (torchvision, 2017)", "A file…"]
    reasons = [combo.itemData(n, Qt.ItemDataRole.ToolTipRole) for n in range(combo.count())]
    assert any(reason.startswith("Not on this computer yet") for reason in reasons)
    assert any("No built-in weights fit VGG16" in reason for reason in reasons)
    assert any("weights of waldeland, whose layers are not those of vgg16" in reason for reason in reasons)
    seen = set()
    combo.setFocus()
    keys(combo, Qt.Key.Key_Home)
    for _ in range(combo.count()):
        seen.add(combo.currentText())
        keys(combo, Qt.Key.Key_Down)
    assert seen == set(enabled), "the arrows pass over what does not fit"

    choose(panel.network, "Waldeland")
    choose(combo, "run-1")
    assert panel.choice.start_from == "run-1"
    assert panel.choice.position, "as the run was trained"
    click(panel.position)
    panel.start.set_cards([RUN])
    assert not panel.choice.position, "the user has the last word"
    choose(panel.network, VGG16.title)
    assert panel.choice.start_from == "scratch", "it does not fit any more"
    assert {entry.reason for entry in start_entries(catalogue.network("forest"), [RUN])[1:]} == {
        "Random forest (instant) is always made anew."
    }


def paint(window: MainWindow) -> None:
    view = window.panes.views[0]
    for key, vertical in (("1", 20), ("2", 60)):
        QTest.keyClick(window, key)
        drag(view, [pixel(view, place, vertical) for place in np.linspace(3, 56, 6)])


def test_absent_imagenet_weights_leave_three_ways(qtbot, open_window: MainWindow, places: Path, monkeypatch):
    window, panel = open_window, open_window.training
    start, (weights,) = panel.start, VGG16.official
    paint(window)
    choose(panel.network, VGG16.title)
    qtbot.waitUntil(lambda: start.combo.count() > 3)
    choose(start.combo, "ImageNet")
    assert start.notice.text() == "vgg16-397923af.pth (528 MB) is not on this computer."
    assert not window.training_flow.ready
    assert "download or choose the file" in panel.missing.text()
    window.run_command("train.start")
    assert window.training_flow.job is None

    click(start.download)  # there is nothing to be had
    qtbot.waitUntil(lambda: "cannot be downloaded" in start.notice.text(), timeout=60000)
    assert start.notice.property("role") == "bad"

    damaged = places / weights.file
    damaged.write_bytes(b"cut off")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(damaged), ""))
    qtbot.waitUntil(start.pick.isEnabled)
    click(start.pick)
    qtbot.waitUntil(lambda: "SHA-256" in start.notice.text(), timeout=60000)
    assert start.start_from == "imagenet"

    other = places / "mine.pth"
    other.write_bytes(b"judged when it is read")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(other), ""))
    qtbot.waitUntil(start.pick.isEnabled)
    click(start.pick)
    qtbot.waitUntil(lambda: start.start_from == f"imagenet:{other}", timeout=60000)
    assert not start.answers.isVisible()
    assert window.training_flow.ready
    assert window.training_flow.request().start_from == f"imagenet:{other}"

    choose(start.combo, "A file")
    assert not window.training_flow.ready
    click(start.scratch)
    assert start.start_from == "scratch"
    assert window.training_flow.ready


def test_a_download_shows_how_far_it_is_and_lands_in_the_cache(qtbot, open_window: MainWindow, places: Path):
    window, flow = open_window, open_window.weights_flow
    content = os.urandom(3_000_000)
    (places / "net").mkdir()
    (places / "net" / "small.pth").write_bytes(content)
    weights = replace(VGG16.official[0], file="small.pth", sha256=hashlib.sha256(content).hexdigest()[:8], megabytes=3)
    told = []
    window.training.start.changed.connect(lambda: told.append(window.training.start.notice.text()))
    flow.download(weights)
    qtbot.waitUntil(lambda: flow.job is None, timeout=60000)
    assert (places / "torch/hub/checkpoints/small.pth").read_bytes() == content
    assert any("Downloading small.pth" in text for text in told)


# the library


def find(dialog: ModelLibraryDialog, kind: str) -> list[QTreeWidgetItem]:
    groups = [dialog.tree.topLevelItem(n) for n in range(dialog.tree.topLevelItemCount())]
    rows = [group.child(n) for group in groups for n in range(group.childCount())]
    return [row for row in rows if row.data(0, CARD) is not None and row.data(0, CARD).kind == kind]


class Trap:
    def __reduce__(self):
        return os.system, ("touch sprung",)


@pytest.mark.slow
def test_files_are_imported_used_and_removed_in_the_library(qtbot, open_window: MainWindow, places: Path, monkeypatch):
    monkeypatch.chdir(places)
    window = open_window
    good, bad = places / "lines.safetensors", places / "trap.pth"
    random = np.random.default_rng(0)
    save_file({"features.0.weight": random.normal(size=(64, 3, 3, 3)).astype(np.float32)}, good)
    bad.write_bytes(pickle.dumps({"features.0.weight": Trap()}))

    click(window.training.start.library)
    dialog = window.weights_flow.dialog
    assert dialog.isVisible()
    qtbot.waitUntil(lambda: len(find(dialog, "official")) == 4)
    dialog.tree.setCurrentItem(find(dialog, "built-in")[0])
    assert dialog.use.isEnabled()
    assert not dialog.download.isVisible()
    dialog.tree.setCurrentItem(find(dialog, "official")[0])
    assert not dialog.use.isEnabled()
    assert dialog.download.isVisible()
    assert not find(dialog, "imported")

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(bad), ""))
    click(dialog.import_file)
    qtbot.waitUntil(lambda: dialog.notice.property("role") == "bad", timeout=60000)
    assert "trap.pth" in dialog.notice.text()
    assert not (places / "sprung").exists(), "a pickle is never run"

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(good), ""))
    qtbot.waitUntil(dialog.import_file.isEnabled)
    click(dialog.import_file)
    qtbot.waitUntil(lambda: len(find(dialog, "imported")) == 1, timeout=60000)
    assert dialog.card.title == "lines", "what has come in is looked at"
    assert dialog.card.network == "vgg16"
    assert not dialog.notice.isVisible()
    click(dialog.use)
    assert window.weights_flow.dialog is None
    assert window.training.choice.network == "vgg16"
    path = library_folder() / "lines.safetensors"
    assert window.training_flow.request().start_from == str(path)

    window.run_command("train.library")
    dialog = window.weights_flow.dialog
    dialog.tree.setCurrentItem(find(dialog, "imported")[0])
    click(dialog.forget)
    qtbot.waitUntil(lambda: not find(dialog, "imported"))
    assert not path.exists()
    qtbot.waitUntil(lambda: window.training.choice.start_from == "scratch")
    keys(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


# the run from scratch beside


@pytest.mark.slow
def test_a_run_goes_on_from_another_and_stands_beside_one_from_scratch(qtbot, open_window: MainWindow, monkeypatch):
    window, panel, flow = open_window, open_window.training, open_window.training_flow
    asked = flow.request
    short = {"updates_per_epoch": 2, "batch": 2}
    monkeypatch.setattr(flow, "request", lambda: replace(asked(), epochs=1, settings=short))
    paint(window)
    choose(panel.network, "Waldeland")
    click(panel.findChild(QPushButton, "button.train.start"))
    qtbot.waitUntil(lambda: window.state.run_id is not None and not flow.running, timeout=120000)
    first = window.state.run_id
    qtbot.waitUntil(lambda: panel.start.combo.findData(first) > 0, timeout=10000)
    assert "Compare" not in [b.text() for b in window.messages.findChildren(QPushButton)]

    choose(panel.start.combo, "waldeland, ")
    choose(panel.freezing.preset, "Encoder frozen")
    panel.ensureWidgetVisible(panel.beside)
    assert panel.beside.isChecked(), "on by default"
    click(panel.findChild(QPushButton, "button.train.start"))
    assert flow.trains.start_from == first
    assert (flow.trains.freeze, flow.trains.beside_scratch) == ("encoder", True)
    qtbot.waitUntil(lambda: not flow.running, timeout=120000)
    runs = {record.id: record for record in window.state.project.runs()}
    assert len(runs) == 3
    (transferred,) = [record for record in runs.values() if record.start_from == first]
    beside = runs[transferred.settings["beside"]]
    assert beside.start_from == "scratch"
    assert transferred.settings["plan"]["factors"] == {"features": 0.0}
    assert panel.phrase.text() == "Not scored: label a second area."

    (compare,) = [b for b in window.messages.findChildren(QPushButton) if b.text() == "Compare"]
    qtbot.waitUntil(compare.isVisible)
    click(compare)
    dialog = window.findChild(CompareDialog)
    assert dialog.isVisible()
    assert dialog.table.columnCount() == 3
    dialog.reject()


def test_nothing_is_cut_at_the_side(qtbot, panel: TrainingPanel):
    choose(panel.network, "ResNet50")
    choose(panel.start.combo, "ImageNet")
    open_layers(panel)
    panel.freezing.tree.expandAll()
    panel.resize(10, 400)
    qtbot.waitUntil(lambda: panel.widget().width() <= panel.viewport().width())
    tree = panel.freezing.tree
    assert tree.header().length() <= tree.viewport().width()
    assert panel.width() <= 380, "it leaves room for the section at 1366 x 768"
