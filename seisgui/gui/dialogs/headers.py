"""Headers: textual, binary and trace headers of a SEG-Y file, to read and to search."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from seisgui.errors import SeisguiError
from seisgui.seismic.headers import Values, read_headers


class HeadersDialog(QDialog):
    """Three tabs; raises ``InputError`` where the file cannot be read."""

    def __init__(self, path: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._headers = read_headers(path)
        self.setObjectName("dialog.headers")
        self.setWindowTitle(f"Headers of {path.name}")
        self.tabs = QTabWidget()
        texts = [self._headers.textual, *self._headers.extended]
        for number, text in enumerate(texts):
            self.tabs.addTab(self._text_page(text), "Textual" if number == 0 else f"Textual {number + 1}")
        self.binary = self._table()
        fill(self.binary, self._headers.binary)
        self.tabs.addTab(self.binary, "Binary")
        self.tabs.addTab(self._trace_page(), "Traces")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a word or a byte")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(buttons)
        self.resize(760, 620)
        self.finished.connect(lambda _: self._headers.close())
        self.show_trace(1)

    def _text_page(self, text: str) -> QPlainTextEdit:
        page = QPlainTextEdit(text)
        page.setReadOnly(True)
        page.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        page.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        return page

    def _table(self) -> QTreeWidget:
        table = QTreeWidget()
        table.setHeaderLabels(["Bytes", "Word", "Value"])
        table.setRootIsDecorated(False)
        table.setUniformRowHeights(True)
        table.setAlternatingRowColors(True)
        table.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        table.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        table.header().setStretchLastSection(False)
        return table

    def _trace_page(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        row = QHBoxLayout()
        self.number = QSpinBox()
        self.number.setObjectName("headers.trace")
        self.number.setRange(1, self._headers.n_traces)
        self.number.setKeyboardTracking(False)
        self.number.valueChanged.connect(self.show_trace)
        row.addWidget(QLabel("Trace"))
        row.addWidget(self.number)
        row.addWidget(QLabel(f"of {self._headers.n_traces:,}"))
        row.addStretch(1)
        self.trace = self._table()
        self.problem = QLabel()
        self.problem.setProperty("role", "bad")
        self.problem.hide()
        layout.addLayout(row)
        layout.addWidget(self.problem)
        layout.addWidget(self.trace, 1)
        return page

    def show_trace(self, number: int) -> None:
        """Show the header of trace ``number``, counted from 1."""
        try:
            fill(self.trace, self._headers.trace_header(number - 1))
        except SeisguiError as error:
            self.problem.setText(str(error))
            self.problem.show()
        self._filter(self.search.text())

    def _filter(self, text: str) -> None:
        wanted = text.strip().lower()
        for table in (self.binary, self.trace):
            for row in range(table.topLevelItemCount()):
                item = table.topLevelItem(row)
                item.setHidden(not any(wanted in item.text(column).lower() for column in range(3)))


def fill(table: QTreeWidget, values: Values) -> None:
    """Show header words in the order of their bytes."""
    table.clear()
    for name, (byte, value) in sorted(values.items(), key=lambda entry: entry[1][0]):
        item = QTreeWidgetItem([str(byte), name.replace("_", " "), f"{value}"])
        item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight)
        table.addTopLevelItem(item)
