"""Open SEG-Y: what was found, how sure that is, and everything about it that can be set right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from seisgui.gui.dialogs.preview_map import PreviewMap
from seisgui.gui.theme import Theme
from seisgui.seismic.axes import Domain
from seisgui.seismic.preview import HeaderSample
from seisgui.seismic.segy import SegyLayout, SegyScan

SURE = {
    "certain": ("certain", "good"),
    "likely": ("likely: please check", "warning"),
    "guess": ("a guess: please check", "bad"),
}
FORMATS = {
    1: "IBM float",
    2: "int32",
    3: "int16",
    5: "IEEE float",
    6: "IEEE double",
    8: "int8",
    10: "uint32",
    11: "uint16",
    16: "uint8",
}
KINDS = (("volume", "3-D survey"), ("line", "2-D line"), ("gathers", "Pre-stack gathers"))
UNITS = {Domain.TIME: ("ms",), Domain.DEPTH: ("m", "ft")}
ROLE = Qt.ItemDataRole.UserRole


class OpenSegyDialog(QDialog):
    """Filled by ``show_scan`` when the scan is done; ``layout_chosen`` once the user agrees."""

    layout_chosen = Signal(object)  # SegyLayout
    headers_requested = Signal()

    def __init__(
        self, path: Path, theme: Theme, datasets: Sequence[tuple[str, str]] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.open_segy")
        self.setWindowTitle(f"Open {path.name}")
        self.path = path
        self._scan: SegyScan | None = None
        self._sample: HeaderSample | None = None
        self._theme = theme
        self.pages = QStackedWidget()
        self.pages.addWidget(self._waiting_page())
        self.pages.addWidget(self._found_page(datasets))
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Open | QDialogButtonBox.StandardButton.Cancel)
        self.open_button = self.buttons.button(QDialogButtonBox.StandardButton.Open)
        self.open_button.setObjectName("open.ok")
        self.open_button.setProperty("role", "primary")
        self.open_button.setEnabled(False)
        self.open_button.setDefault(True)
        headers = QPushButton("Headers…")
        headers.clicked.connect(self.headers_requested)
        self.buttons.addButton(headers, QDialogButtonBox.ButtonRole.HelpRole)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.pages, 1)
        layout.addWidget(self.buttons)
        self.resize(940, 580)

    def _waiting_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.addStretch(1)
        self.phrase = QLabel(f"Scanning {self.path.name}…")
        self.phrase.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.progress = QProgressBar()
        self.progress.setRange(0, 0)
        layout.addWidget(self.phrase)
        layout.addWidget(self.progress)
        layout.addStretch(1)
        return page

    def _found_page(self, datasets: Sequence[tuple[str, str]]) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        self.file_line, self.geometry_line, self.sure = QLabel(), QLabel(), QLabel()
        self.geometry_line.setProperty("role", "heading")
        self.geometry_line.setWordWrap(True)
        for label in (self.file_line, self.geometry_line, self.sure):
            layout.addWidget(label)
        middle = QHBoxLayout()
        left = QVBoxLayout()
        left.addWidget(QLabel("Header bytes that number the lines, best first:"))
        left.addWidget(self._candidate_table(), 1)
        left.addLayout(self._custom_bytes())
        middle.addLayout(left, 5)
        self.map = PreviewMap(self._theme)
        middle.addWidget(self.map, 2)
        layout.addLayout(middle, 1)
        lower = QHBoxLayout()
        lower.addWidget(self._axis_box(datasets))
        lower.addWidget(self._problem_box(), 1)
        layout.addLayout(lower)
        return page

    def _candidate_table(self) -> QTreeWidget:
        self.table = QTreeWidget()
        self.table.setObjectName("open.candidates")
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setHeaderLabels(["Inline", "Crossline", "Inlines", "Crosslines", "Fit", "Holes", "Doubles"])
        header = self.table.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.currentItemChanged.connect(lambda item: item is not None and self._choose(*item.data(0, ROLE)))
        return self.table

    def _custom_bytes(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.inline_byte, self.crossline_byte, self.width = QSpinBox(), QSpinBox(), QComboBox()
        for spin, name in ((self.inline_byte, "open.inline_byte"), (self.crossline_byte, "open.crossline_byte")):
            spin.setObjectName(name)
            spin.setRange(0, 237)
            spin.setSpecialValueText("none")
            spin.valueChanged.connect(self._draw_map)
        for width in (4, 2):
            self.width.addItem(f"{width} bytes wide", width)
        self.width.currentIndexChanged.connect(self._draw_map)
        for widget in (
            QLabel("Inline byte"),
            self.inline_byte,
            QLabel("Crossline byte"),
            self.crossline_byte,
            self.width,
        ):
            row.addWidget(widget)
        row.addStretch(1)
        return row

    def _axis_box(self, datasets: Sequence[tuple[str, str]]) -> QGroupBox:
        box = QGroupBox("Opens as")
        form = QFormLayout(box)
        self.kind, self.domain, self.unit = QComboBox(), QComboBox(), QComboBox()
        for value, title in KINDS:
            self.kind.addItem(title, value)
        for value, title in ((Domain.TIME, "Two-way time"), (Domain.DEPTH, "Depth")):
            self.domain.addItem(title, value)
        self.domain.currentIndexChanged.connect(self._fill_units)
        self.interval, self.start = QDoubleSpinBox(), QDoubleSpinBox()
        for spin, low in ((self.interval, 0.001), (self.start, -100_000.0)):
            spin.setRange(low, 1_000_000.0)
            spin.setDecimals(3)
        for name, widget in (
            ("kind", self.kind),
            ("domain", self.domain),
            ("unit", self.unit),
            ("interval", self.interval),
            ("start", self.start),
        ):
            widget.setObjectName(f"open.{name}")
        self.dataset = QComboBox()
        self.dataset.addItem("a dataset of its own", None)
        for dataset_id, title in datasets:
            self.dataset.addItem(title, dataset_id)
        form.addRow("Kind", self.kind)
        form.addRow("Vertical axis", self.domain)
        form.addRow("Unit", self.unit)
        form.addRow("Sample interval", self.interval)
        form.addRow("First sample", self.start)
        form.addRow("Add to", self.dataset)
        form.setRowVisible(self.dataset, bool(datasets))
        return box

    def _problem_box(self) -> QGroupBox:
        self.problem_box = QGroupBox("Worth knowing")
        layout = QVBoxLayout(self.problem_box)
        self.problems = QLabel()
        self.problems.setWordWrap(True)
        self.problems.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.problems.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.repair = QCheckBox("Repair: drop the incomplete last trace")
        self.repair.setObjectName("open.repair")
        self.repair.toggled.connect(self._enable)
        layout.addWidget(self.problems, 1)
        layout.addWidget(self.repair)
        return self.problem_box

    def show_progress(self, share: float | None, phrase: str) -> None:
        self.progress.setRange(0, 0 if share is None else 1000)
        if share is not None:
            self.progress.setValue(round(1000 * share))
        self.phrase.setText(f"{self.path.name}: {phrase}")

    def show_scan(self, scan: SegyScan, layout: SegyLayout | None = None) -> None:
        """Fill the dialog; ``layout`` is what was chosen before, if anything."""
        self._scan = scan
        chosen = layout or scan.layout
        rate = f"{scan.interval:g} {scan.unit}"
        self.file_line.setText(
            f"{scan.path.name}: {scan.n_traces:,} traces of {scan.n_samples:,} samples, {rate}, "
            f"{FORMATS.get(scan.sample_format, f'format {scan.sample_format}')}, {scan.byte_order}-endian, "
            f"{scan.size / 1e6:,.1f} MB"
        )
        self.geometry_line.setText(f"{scan.geometry[:1].upper()}{scan.geometry[1:]}")
        text, role = SURE.get(scan.confidence, SURE["guess"])
        self.sure.setText(f"How sure: {text}")
        self.sure.setProperty("role", role)
        self._fill_candidates(scan)
        self._show_layout(chosen)
        self.problems.setText("\n".join(f"• {problem}" for problem in scan.problems) or "Nothing unusual was found.")
        self.repair.setVisible(scan.missing_bytes > 0)
        self.repair.setChecked(chosen.repair)
        self.pages.setCurrentIndex(1)
        self._enable()

    def _fill_candidates(self, scan: SegyScan) -> None:
        self.table.blockSignals(True)
        self.table.clear()
        for entry in scan.candidates:
            item = QTreeWidgetItem(
                [
                    str(entry.inline_byte),
                    str(entry.crossline_byte),
                    _lines(entry.inline_first, entry.inline_last, entry.inline_step, entry.n_inline),
                    _lines(entry.crossline_first, entry.crossline_last, entry.crossline_step, entry.n_crossline),
                    f"{100 * entry.fit:.0f} %",
                    f"{entry.holes:,}",
                    f"{entry.duplicates:,}",
                ]
            )
            item.setData(0, ROLE, (entry.inline_byte, entry.crossline_byte, entry.width))
            self.table.addTopLevelItem(item)
        if scan.kind != "volume" or not scan.candidates:
            item = QTreeWidgetItem(["–", "–", "one line", "numbered by trace", "", "", ""])
            item.setData(0, ROLE, (0, 0, 4))
            self.table.addTopLevelItem(item)
        self.table.blockSignals(False)

    def _show_layout(self, layout: SegyLayout) -> None:
        scan = self._scan
        self.kind.setCurrentIndex(max(self.kind.findData(layout.kind or scan.kind), 0))
        domain = layout.domain or scan.domain
        self.domain.setCurrentIndex(self.domain.findData(domain))
        self._fill_units()
        self.unit.setCurrentIndex(max(self.unit.findText(layout.unit or scan.unit), 0))
        self.interval.setValue(layout.interval or scan.interval)
        self.start.setValue(scan.start if layout.start is None else layout.start)
        self._choose(layout.inline_byte or 0, layout.crossline_byte or 0, layout.width)

    def _fill_units(self) -> None:
        self.unit.clear()
        self.unit.addItems(UNITS[Domain(self.domain.currentData())])

    def _choose(self, inline_byte: int, crossline_byte: int, width: int) -> None:
        self.width.setCurrentIndex(self.width.findData(width))
        self.inline_byte.setValue(inline_byte)
        self.crossline_byte.setValue(crossline_byte)
        self._draw_map()

    def show_sample(self, sample: HeaderSample) -> None:
        """Trace headers for the map have come."""
        self._sample = sample
        self._draw_map()

    def _draw_map(self) -> None:
        sample, width = self._sample, self.width.currentData()
        if sample is None:
            return
        inline, crossline = self.inline_byte.value(), self.crossline_byte.value()
        if not inline and not crossline:
            self.map.show_note("One line, numbered by trace.")
            return
        if max(inline, crossline) + width > 241:
            self.map.show_note("These bytes lie beyond the trace header.")
            return
        zero = sample.words(1, 4) * 0
        note = f"{len(sample.positions):,} of {sample.n_traces:,} traces"
        lines = [sample.words(byte, width) if byte else zero for byte in (inline, crossline)]
        self.map.show_lines(lines[0], lines[1], note)

    def _enable(self) -> None:
        cut_off = self._scan is not None and self._scan.missing_bytes > 0
        self.open_button.setEnabled(self._scan is not None and (not cut_off or self.repair.isChecked()))
        if self.open_button.isEnabled():
            self.open_button.setDefault(True)
            self.open_button.setFocus()
        self.open_button.setToolTip("The file is cut off: tick Repair to open it." if cut_off else "")

    @property
    def chosen(self) -> SegyLayout:
        """The layout as the dialog stands."""
        return replace(
            self._scan.layout,
            inline_byte=self.inline_byte.value() or None,
            crossline_byte=self.crossline_byte.value() or None,
            width=self.width.currentData(),
            kind=self.kind.currentData(),
            domain=Domain(self.domain.currentData()),
            unit=self.unit.currentText(),
            interval=self.interval.value(),
            start=self.start.value(),
            repair=self.repair.isChecked(),
        )

    def _accept(self) -> None:
        self.layout_chosen.emit(self.chosen)
        self.accept()


def _lines(first: int, last: int, step: int, count: int) -> str:
    stepped = f" by {step}" if step > 1 else ""
    return f"{first}–{last}{stepped} ({count})" if count > 1 else str(first)
