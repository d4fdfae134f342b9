"""Dialogs: what they show of real files, and what they answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from section_helpers import AXES, amplitude_of

from seisgui.gui.dialogs.about import libraries, report
from seisgui.gui.dialogs.export import ExportDialog
from seisgui.gui.dialogs.headers import HeadersDialog
from seisgui.gui.dialogs.hold_out import HoldOutDialog
from seisgui.gui.dialogs.import_labels import ImportLabelsDialog
from seisgui.gui.dialogs.locate import LocateDialog, Missing
from seisgui.gui.dialogs.open_segy import OpenSegyDialog
from seisgui.gui.dialogs.preferences import Preferences, PreferencesDialog
from seisgui.gui.theme import Theme
from seisgui.learning.requests import HoldOut
from seisgui.seismic.axes import Domain
from seisgui.seismic.preview import header_sample_steps
from seisgui.seismic.segy import SegyLayout, open_volume, scan
from seisgui.seismic.segy_writer import write_segy


def outcome(steps):
    """What a generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def click(button) -> None:
    """Click on the left part of a button or check box, where its text begins."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(8, button.height() // 2))


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    file = tmp_path / "survey.sgy"
    write_segy(file, amplitude_of(AXES), AXES)
    return file


# opening


def open_dialog(qtbot, path: Path, layout: SegyLayout | None = None) -> OpenSegyDialog:
    dialog = OpenSegyDialog(path, Theme("light"))
    qtbot.addWidget(dialog)
    assert not dialog.open_button.isEnabled(), "nothing to open before the scan"
    dialog.show_scan(scan(path), layout)
    dialog.show_sample(outcome(header_sample_steps(path)))
    dialog.show()
    return dialog


def test_the_open_dialog_shows_geometry_and_how_sure(qtbot, survey: Path):
    dialog = open_dialog(qtbot, survey)
    assert "540 traces of 80 samples, 4 ms" in dialog.file_line.text()
    assert "9 inlines" in dialog.geometry_line.text()
    assert "certain" in dialog.sure.text()
    first = dialog.table.topLevelItem(0)
    assert [first.text(column) for column in (0, 1, 4)] == ["189", "193", "100 %"]
    assert (dialog.map._inline.min(), dialog.map._inline.max()) == (100, 116)
    dialog.grab()


def test_what_the_dialog_answers_opens_the_file(qtbot, survey: Path):
    dialog = open_dialog(qtbot, survey)
    with qtbot.waitSignal(dialog.layout_chosen) as told:
        click(dialog.open_button)
    volume = open_volume(survey, told.args[0])
    assert volume.axes == AXES
    volume.close()


def test_another_row_swaps_the_lines_and_draws_them(qtbot, survey: Path):
    dialog = open_dialog(qtbot, survey)
    rows = [dialog.table.topLevelItem(row) for row in range(dialog.table.topLevelItemCount())]
    swapped = next(item for item in rows if (item.text(0), item.text(1)) == ("193", "189"))
    dialog.table.setCurrentItem(swapped)
    assert (dialog.chosen.inline_byte, dialog.chosen.crossline_byte) == (193, 189)
    assert dialog.map._inline.min() == 1001


def test_domain_unit_and_interval_are_editable(qtbot, survey: Path):
    dialog = open_dialog(qtbot, survey)
    dialog.domain.setCurrentIndex(1)
    assert [dialog.unit.itemText(i) for i in range(dialog.unit.count())] == ["m", "ft"]
    dialog.interval.setValue(12.5)
    dialog.start.setValue(-100)
    chosen = dialog.chosen
    assert (chosen.domain, chosen.unit, chosen.interval, chosen.start) == (Domain.DEPTH, "m", 12.5, -100)


def test_a_former_choice_comes_back(qtbot, survey: Path):
    dialog = open_dialog(qtbot, survey, SegyLayout(193, 189, domain=Domain.DEPTH, unit="ft", interval=10.0))
    assert (dialog.chosen.inline_byte, dialog.chosen.unit, dialog.chosen.interval) == (193, "ft", 10.0)


def test_a_cut_off_file_opens_only_repaired(qtbot, survey: Path):
    data = survey.read_bytes()
    survey.write_bytes(data[:-100])
    dialog = open_dialog(qtbot, survey)
    assert "cut off" in dialog.problems.text()
    assert not dialog.open_button.isEnabled()
    click(dialog.repair)
    assert dialog.open_button.isEnabled()
    assert dialog.chosen.repair
    volume = open_volume(survey, dialog.chosen)
    assert volume.live_traces().sum() == 539
    volume.close()


def test_bytes_beyond_the_header_are_said_in_the_map(qtbot, survey: Path):
    dialog = open_dialog(qtbot, survey)
    dialog.width.setCurrentIndex(0)
    dialog.inline_byte.setValue(237)
    assert dialog.map._inline is not None
    dialog.inline_byte.setMaximum(240)
    dialog.inline_byte.setValue(239)
    assert dialog.map._inline is None
    assert "beyond" in dialog.map._note


def test_a_line_without_numbers_opens_numbered_by_trace(qtbot, shared_data: Path):
    dialog = open_dialog(qtbot, shared_data / "segy" / "volve10r12-full-twt-arb.sgy")
    assert dialog.kind.currentData() == "line"
    volume = open_volume(dialog.path, dialog.chosen)
    assert volume.axes.shape[0] == 1
    volume.close()


# headers


def test_headers_are_shown_trace_by_trace_and_searched(qtbot, survey: Path):
    dialog = HeadersDialog(survey)
    qtbot.addWidget(dialog)
    dialog.show()

    def value(byte: str) -> str:
        rows = [dialog.trace.topLevelItem(row) for row in range(dialog.trace.topLevelItemCount())]
        return next(item.text(2) for item in rows if item.text(0) == byte)

    assert (value("189"), value("193")) == ("100", "1001")
    dialog.number.setValue(61)
    assert value("189") == "102"
    QTest.keyClicks(dialog.search, "inline")
    shown = [row for row in range(dialog.trace.topLevelItemCount()) if not dialog.trace.topLevelItem(row).isHidden()]
    assert 0 < len(shown) < 5
    survey.unlink()
    dialog.number.setValue(3)
    assert "gone" in dialog.problem.text()
    dialog.reject()


# labels


def test_class_names_are_prefilled_and_yours_to_change(qtbot):
    dialog = ImportLabelsDialog(Path("labels.ixz"), {0: 10, 7: 20000}, {0: "else"}, "Check them.")
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.class_map == {0: "else", 7: "class 7"}
    dialog.table.item(1, 2).setText("")
    assert not dialog.ok.isEnabled()
    assert "7" in dialog.problem.text()
    dialog.table.item(1, 2).setText(" salt ")
    with qtbot.waitSignal(dialog.chosen) as told:
        click(dialog.ok)
    assert told.args == [{0: "else", 7: "salt"}]


# export

RUNS = [("r2", "waldeland, 12:00"), ("r1", "forest, 11:00")]


@pytest.fixture
def export(qtbot, tmp_path: Path) -> ExportDialog:
    dialog = ExportDialog(RUNS, "r1", tmp_path / "f3.sgy")
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_export_suggests_a_name_until_one_is_typed(export: ExportDialog, tmp_path: Path):
    assert export.choice.out == tmp_path / "f3_class_forest.sgy"
    export.kind.setCurrentIndex(1)
    assert export.choice.out == tmp_path / "f3_probability_forest.sgy"
    assert [export.sample_format.itemData(i) for i in range(export.sample_format.count())] == ["ieee", "ibm"]
    export.out.selectAll()
    QTest.keyClicks(export.out, "mine.sgy")
    export.kind.setCurrentIndex(0)
    assert export.choice.out == Path("mine.sgy")


def test_a_partial_export_is_asked_for(qtbot, export: ExportDialog):
    export.show_coverage(0.5, 20, 40)
    assert not export.save.isEnabled()
    click(export.partial)
    assert export.save.isEnabled()
    with qtbot.waitSignal(export.chosen) as told:
        click(export.save)
    assert told.args[0].partial
    assert (told.args[0].run_id, told.args[0].kind, told.args[0].sample_format) == ("r1", "class", "int8")


def test_nothing_predicted_cannot_be_exported_but_predicted(qtbot, export: ExportDialog):
    export.partial.setChecked(True)
    export.show_coverage(0.0, 0, 40)
    assert not export.save.isEnabled()
    assert not export.partial.isVisible()
    with qtbot.waitSignal(export.predict_wanted) as told:
        click(export.predict)
    assert told.args == ["r1"]


def test_a_whole_prediction_needs_no_question(export: ExportDialog):
    assert not export.save.isEnabled(), "nobody knows yet what is predicted"
    export.show_coverage(1.0, 40, 40)
    assert export.save.isEnabled()
    assert not export.partial.isVisible()


def test_an_export_without_room_cannot_be_begun(export: ExportDialog):
    export.show_coverage(1.0, 40, 40)
    export.show_room(2_000_000_000, 1_500_000_000, fits=False)
    assert "2.0 GB to be written, 1.5 GB are free" in export.room.text()
    assert not export.save.isEnabled()
    export.show_room(500_000_000, 1_500_000_000, fits=True)
    assert export.save.isEnabled()


# the rest


def test_held_out_areas_are_added_and_put_in_order(qtbot):
    dialog = HoldOutDialog(AXES, (HoldOut("inline", 100, 104),))
    qtbot.addWidget(dialog)
    dialog.add_row(None)
    assert dialog.hold_out == (HoldOut("inline", 100, 104), HoldOut("crossline", 1193, 1237))
    dialog.table.cellWidget(0, 1).setValue(110)
    assert dialog.hold_out[0] == HoldOut("inline", 104, 110)


def test_a_line_offers_no_inlines_to_hold_out(qtbot, f3_line: Path):
    volume = open_volume(f3_line)
    dialog = HoldOutDialog(volume.axes, ())
    volume.close()
    qtbot.addWidget(dialog)
    dialog.add_row(None)
    assert dialog.hold_out[0].axis == "crossline"
    assert dialog.table.cellWidget(0, 0).count() == 1


def test_a_wrong_file_is_refused_and_the_right_one_ends_the_search(qtbot):
    right = Path("right.sgy")
    entry = Missing("v1", "survey", Path("/gone/survey.sgy"))
    dialog = LocateDialog([entry], lambda _, path: "" if path == right else "That is another file.")
    qtbot.addWidget(dialog)
    text, button = dialog.rows["v1"]
    dialog.try_path(entry, Path("wrong.sgy"))
    assert "another file" in text.text()
    assert button.isEnabled()
    dialog.try_path(entry, right)
    assert "found" in text.text()
    assert not button.isEnabled()


def test_a_theme_is_tried_at_once_and_taken_back_on_cancel(qtbot, tmp_path: Path):
    dialog = PreferencesDialog(Preferences("light"), tmp_path)
    qtbot.addWidget(dialog)
    tried = []
    dialog.theme_tried.connect(tried.append)
    dialog.theme.setCurrentIndex(dialog.theme.findData("dark"))
    dialog._cancel()
    assert tried == ["dark", "light"]


def test_a_report_masks_folders_and_names_versions():
    text = report([f"{Path.home()}/Projects/secret client/f3.sgy is missing.", "Opened /data/x/line 5.sgy."], "CPU")
    assert str(Path.home()) not in text
    assert "/data/x" not in text
    assert "f3.sgy" in text
    assert any(line.startswith("numpy ") for line in libraries())
