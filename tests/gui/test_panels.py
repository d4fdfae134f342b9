"""Panels show what they are given and say what the user did."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from seisgui import catalogue
from seisgui.gui.controllers.runs_flow import comparison, run_row
from seisgui.gui.controllers.training_subjects import missing_labels, outcome, outcome_beside
from seisgui.gui.job_list import Job
from seisgui.gui.job_popup import describe
from seisgui.gui.message_bar import LIMIT, Message, MessageBar
from seisgui.gui.panels.classes import ClassesPanel
from seisgui.gui.panels.curves import LearningCurves
from seisgui.gui.panels.display import DisplayPanel
from seisgui.gui.panels.explorer import ExplorerPanel
from seisgui.gui.panels.guide import STEPS, GuidePanel
from seisgui.gui.panels.layers import LayersPanel
from seisgui.gui.panels.runs import RunsPanel
from seisgui.gui.panels.training import TrainingPanel
from seisgui.gui.state import WorkbenchState
from seisgui.gui.theme import Theme
from seisgui.gui.words import duration
from seisgui.interpretation.facies import FaciesClass, LabelledSection
from seisgui.interpretation.runs import RunRecord
from seisgui.jobs.messages import CurvePoint, Progress, ScanRequest
from seisgui.learning.events import of_class
from seisgui.learning.model_library import ModelCard
from seisgui.learning.requests import HoldOut
from seisgui.seismic.axes import Orientation, SectionRef

SALT, SAND = FaciesClass(3, "salt", "#888888"), FaciesClass(7, "sand", "#cc9900", hidden=True)
INLINE = SectionRef(Orientation.INLINE, 339)


@pytest.fixture
def theme(qtbot) -> Theme:
    return Theme("light")


# layers and display


def test_an_eye_hides_its_layer_and_the_slider_sets_its_opacity(qtbot, theme):
    state = WorkbenchState()
    panel = LayersPanel(state, theme)
    qtbot.addWidget(panel)
    panel.show()
    row = next(row for row in panel.rows if row.layer.name == "labels")
    QTest.mouseClick(row.eye, Qt.MouseButton.LeftButton)
    assert not state.layer("labels").visible
    row.slider.setValue(30)
    assert state.layer("labels").opacity == 0.3
    assert row.figure.text() == "30 %"


def test_a_layer_changed_elsewhere_shows_in_the_panel(qtbot, theme):
    state = WorkbenchState()
    panel = LayersPanel(state, theme)
    qtbot.addWidget(panel)
    state.layer("prediction").opacity = 0.8
    state.layer("entropy").visible = True
    rows = {row.layer.name: row for row in panel.rows}
    assert rows["prediction"].slider.value() == 80
    assert rows["entropy"].eye.isChecked()
    assert rows["entropy"].slider.isEnabled()


def test_display_and_panel_follow_each_other(qtbot):
    state = WorkbenchState()
    panel = DisplayPanel(state.display, ["grey", "seismic"])
    qtbot.addWidget(panel)
    panel.colour_map.setCurrentIndex(1)
    panel.gain.setValue(-12)
    assert (state.display.colour_map, state.display.gain_db) == ("seismic", -6.0)
    state.display.clip_rule = "P95"
    assert panel.clip.currentData() == "P95"
    panel.set_unit("m")
    assert panel.agc.suffix() == " m"


# classes


@pytest.fixture
def classes(qtbot, theme) -> ClassesPanel:
    panel = ClassesPanel(theme)
    qtbot.addWidget(panel)
    panel.resize(280, 300)
    panel.fill([SALT, SAND], {3: 1234}, active=3)
    panel.show()
    return panel


def click(panel: ClassesPanel, row: int, column: int) -> None:
    index = panel.tree.model().index(row, column)
    centre = panel.tree.visualRect(index).center()
    QTest.mouseClick(panel.tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, centre)


def test_classes_show_key_name_and_count(classes: ClassesPanel):
    first = classes.tree.topLevelItem(0)
    assert [first.text(column) for column in range(3)] == ["1", "salt", "1,234"]
    assert classes.tree.currentItem() is first


def test_a_click_takes_a_class_in_hand(qtbot, classes: ClassesPanel):
    with qtbot.waitSignal(classes.chosen) as told:
        click(classes, 1, 1)
    assert told.args == [7]


def test_the_eye_of_a_hidden_class_shows_it(qtbot, classes: ClassesPanel):
    with qtbot.waitSignal(classes.hidden) as told:
        click(classes, 1, 3)
    assert told.args == [7, False]


def test_a_name_is_edited_in_place(qtbot, classes: ClassesPanel):
    classes.edit_name()
    editor = next(child for child in classes.tree.viewport().children() if child.metaObject().className() != "QObject")
    with qtbot.waitSignal(classes.renamed) as told:
        editor.selectAll()
        QTest.keyClicks(editor, "halite")
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert told.args == [3, "halite"]


# label explorer


def test_the_explorer_lists_sections_and_jumps(qtbot):
    panel = ExplorerPanel()
    qtbot.addWidget(panel)
    panel.resize(300, 200)
    assert "No labels yet" in panel.summary.text()
    slice_ = SectionRef(Orientation.TIME, 500)
    panel.fill([LabelledSection(INLINE, {3: 60, 7: 40}), LabelledSection(slice_, {3: 5})], [SALT, SAND])
    panel.show()
    panel.grab()
    assert panel.summary.text().startswith("2 labelled sections")
    assert panel.refs() == [INLINE, slice_]
    item = panel.tree.topLevelItem(0)
    assert (item.text(0), item.text(1)) == ("Inline 339", "100")
    assert "salt: 60" in item.toolTip(2)
    panel.tree.setCurrentItem(item)
    with qtbot.waitSignal(panel.jump) as told:
        QTest.keyClick(panel.tree, Qt.Key.Key_Return)
    assert told.args == [INLINE]


# training


@pytest.fixture
def training(qtbot, theme) -> TrainingPanel:
    panel = TrainingPanel(theme, catalogue.networks("facies"))
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_everything_has_a_default_that_works(training: TrainingPanel):
    choice = training.choice
    assert (choice.network, choice.start_from, choice.hold_out, choice.epochs) == ("forest", "scratch", (), None)
    assert (choice.seed, choice.device, choice.orientation, choice.clip_rule) == (0, None, None, "P99")


def test_the_panel_says_what_was_chosen(training: TrainingPanel):
    training.start.set_cards([ModelCard("run-1", "run", "run-1", "waldeland")])
    training.choose_network("waldeland")
    training.start.choose("run-1")
    training.epochs.setValue(4)
    training.set_hold_out((HoldOut("crossline", 600, 700),))
    choice = training.choice
    assert (choice.network, choice.start_from, choice.epochs) == ("waldeland", "run-1", 4)
    assert training.hold_out.text() == "crossline 600–700…"
    training.start.set_cards([])
    assert training.choice.start_from == "scratch"


def test_nothing_in_the_training_panel_is_cut_at_the_side(qtbot, training: TrainingPanel):
    training.more.setChecked(True)
    qtbot.waitUntil(lambda: training.minimumWidth() > 0)
    training.resize(10, 300)
    assert training.widget().width() <= training.viewport().width()


@pytest.mark.parametrize(
    ("counts", "words", "blocked"),
    [
        ([], "two classes", True),
        ([{3: 500}], "Only salt", True),
        ([{3: 500, 7: 12}], "sand has 12 pixels on one section", False),
        ([{3: 500, 7: 20}, {7: 20}], "sand has 40 pixels on 2 sections", False),
    ],
)
def test_what_is_missing_is_said_before_training(counts, words: str, blocked: bool):
    sections = [LabelledSection(INLINE, part) for part in counts]
    sentences, cannot_begin = missing_labels([SALT, SAND], sections)
    assert words in " ".join(sentences)
    assert cannot_begin is blocked


def test_enough_labels_need_no_word():
    assert missing_labels([SALT, SAND], [LabelledSection(INLINE, {3: 500, 7: 500})]) == ([], False)


def test_labels_of_a_class_that_was_removed_do_not_count():
    sentences, blocked = missing_labels([SALT], [LabelledSection(INLINE, {3: 500, 99: 500})])
    assert blocked
    assert "Only salt" in sentences[0]


def test_curves_are_drawn_as_they_come(qtbot, theme):
    curves = LearningCurves(theme)
    qtbot.addWidget(curves)
    curves.resize(320, 260)
    curves.show()
    empty = curves.grab().toImage()
    curves.add(CurvePoint("run", 1, 50, {"loss": 1.5, "accuracy": 0.4}, {"loss": 1.7, "mean_class_accuracy": 0.3}))
    curves.add(CurvePoint("run", 2, 100, {"loss": 0.9, "accuracy": 0.7}, {"loss": float("nan")}))
    assert curves.loss.curves[0].points == [(1.0, 1.5), (2.0, 0.9)]
    assert curves.loss.curves[1].points == [(1.0, 1.7)], "what is not a number is left out"
    assert curves.score.curves[1].points == [(1.0, 0.3)]
    assert not curves.which.isVisible(), "there is nothing to choose from"
    assert curves.grab().toImage() != empty
    curves.clear()
    assert curves.grab().toImage() == empty


def test_the_curve_of_a_class_is_chosen(qtbot, theme):
    curves = LearningCurves(theme)
    qtbot.addWidget(curves)
    curves.resize(320, 260)
    curves.show()
    curves.clear([(3, "salt", "#336699"), (7, "sand", "#cc8800")])
    salt, sand = of_class(3), of_class(7)
    curves.add(CurvePoint("run", 1, 50, {"loss": 1.5, "accuracy": 0.4, salt: 0.2}, {"loss": 1.7, salt: 0.1}))
    curves.add(CurvePoint("run", 2, 90, {"loss": 0.9, salt: 0.6, sand: 0.9}, {"loss": 1.2, salt: 0.5, sand: 0.8}))
    assert curves.which.isVisible()
    titles = [curves.which.itemText(place) for place in range(curves.which.count())]
    assert titles == ["All classes together", "Each class, held out", "Each class, training", "salt", "sand"]
    curves.which.setFocus()
    qtbot.keyClicks(curves.which, "salt")
    training, held_out = curves.score.curves
    assert (training.points, held_out.points) == ([(1.0, 0.2), (2.0, 0.6)], [(1.0, 0.1), (2.0, 0.5)])
    assert training.dashed
    assert held_out.tone == "#336699"
    one = curves.grab().toImage()
    curves.which.setCurrentIndex(1)
    assert [(curve.title, curve.points) for curve in curves.score.curves] == [
        ("salt", [(1.0, 0.1), (2.0, 0.5)]),
        ("sand", [(2.0, 0.8)]),
    ]
    assert curves.grab().toImage() != one
    curves.add(CurvePoint("run", 3, 120, {salt: 0.7}, {salt: 0.6}))
    assert curves.which.currentText() == "Each class, held out", "the choice stays while training goes on"
    assert curves.score.curves[0].points[-1] == (3.0, 0.6)


# runs

SCORED = RunRecord(
    "r1",
    "facies",
    "waldeland",
    "2026-11-20T10:00:00+00:00",
    classes=(SALT,),
    metrics={
        "pixel_accuracy": 0.8,
        "mean_class_accuracy": 0.76,
        "mean_iou": 0.6,
        "position": False,
        "sentence": "scored on crosslines 443-538",
        "baselines": {"majority": {"mean_class_accuracy": 0.2}, "nearest label": {"mean_class_accuracy": 0.747}},
        "held_out": {"per_class": {"3": {"iou": 0.51}}},
    },
)
UNSCORED = RunRecord("r2", "facies", "forest", "2026-11-20T11:00:00+00:00", metrics={"sentence": "not scored: why"})


def test_a_run_stands_beside_its_best_baseline():
    row = run_row(SCORED, current=True)
    assert (row.class_accuracy, row.baseline) == ("0.760", "0.747")
    assert "nearest label" in row.tip
    assert run_row(UNSCORED, current=False).class_accuracy == "–"
    assert "best position baseline 0.747 (nearest label)" in outcome(SCORED)
    assert outcome(UNSCORED) == "Not scored: why."
    assert (outcome_beside(SCORED), outcome_beside(UNSCORED)) == ("From scratch: 0.760.", "")


def test_runs_are_compared_figure_by_figure():
    columns, rows = comparison([SCORED, UNSCORED])
    cells = {row[0]: row[1:] for row in rows}
    assert len(columns) == 3
    assert cells["Mean IoU"] == ["0.600", "–"]
    assert cells["Baseline: nearest label"] == ["0.747", "–"]
    assert cells["IoU of salt"] == ["0.510", "–"]


def test_the_runs_panel_offers_what_fits_the_selection(qtbot):
    panel = RunsPanel()
    qtbot.addWidget(panel)
    panel.show()
    assert panel.empty.isVisible()
    panel.fill([run_row(UNSCORED, False), run_row(SCORED, True)])
    assert not panel.empty.isVisible()
    assert panel.tree.topLevelItem(1).text(0).startswith("●")
    panel.tree.topLevelItem(0).setSelected(True)
    enabled = {name for name, button in panel.buttons.items() if button.isEnabled()}
    assert enabled == {"current", "scores", "notes", "delete"}
    with qtbot.waitSignal(panel.made_current) as told:
        QTest.mouseClick(panel.buttons["current"], Qt.MouseButton.LeftButton)
    assert told.args == ["r2"]
    panel.tree.selectAll()
    with qtbot.waitSignal(panel.compare) as told:
        QTest.mouseClick(panel.buttons["compare"], Qt.MouseButton.LeftButton)
    assert set(told.args[0]) == {"r1", "r2"}


# guide, messages, status


def test_the_guide_opens_the_next_step_and_ticks_done_ones(qtbot):
    guide = GuidePanel()
    qtbot.addWidget(guide)
    guide.show()
    rows = guide._rows
    assert rows[0].text.isVisible()
    guide.tick("opened")
    assert rows[0].title.text().startswith("✓")
    assert rows[1].text.isVisible()
    guide.tick("nonsense")
    for step in STEPS:
        guide.tick(step.event)
    assert guide.end.isVisible()


def test_messages_pile_up_to_a_limit_and_repeat_once(qtbot):
    bar = MessageBar()
    qtbot.addWidget(bar)
    for number in range(6):
        bar.show_message(Message(f"Sentence {number}."))
    bar.show_message(Message("Sentence 5."))
    assert bar.sentences() == ["Sentence 5.", "Sentence 4.", "Sentence 3."]
    assert len(bar.rows()) == LIMIT
    bar.rows()[0].closed.emit()
    assert bar.sentences() == ["Sentence 4.", "Sentence 3."]
    bar.clear()
    assert not bar.isVisible()


def test_an_answer_is_given_and_the_message_goes(qtbot):
    bar = MessageBar()
    qtbot.addWidget(bar)
    given = []
    bar.show_message(Message("Gone.", answers=(("Locate…", lambda: given.append(1)),)))
    button = next(child for child in bar.rows()[0].children() if getattr(child, "text", str)() == "Locate…")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert given == [1]
    assert bar.rows() == []


def test_progress_is_told_in_words():
    def said(progress: Progress | None, **state: bool) -> str:
        job = Job("1", "t", ScanRequest("x"), "data", print, print, None)
        job.progress = progress
        for name, value in state.items():
            setattr(job, name, value)
        return describe(job)

    assert said(Progress(31, 50, "", 12.2)) == "62 %, 12 s left"
    assert said(None) == "…"
    assert said(Progress(1, 2), paused=True) == "paused at 50 %"
    assert said(Progress(1, 2), stopping=True) == "stopping…"
    assert [duration(s) for s in (0.2, 59.6, 130, 3900)] == ["1 s", "1 min 0 s", "2 min 10 s", "1 h 5 min"]
