"""Classes: names, colours, counts and keys of the facies classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QToolButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from seisgui.gui.icons import icon, swatch
from seisgui.gui.theme import Theme

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesClass

KEY, NAME, COUNT, EYE = range(4)


class ClassesPanel(QWidget):
    """Click a class to paint with it, double-click its name to rename it; buttons do the rest."""

    chosen = Signal(int)
    renamed = Signal(int, str)
    hidden = Signal(int, bool)
    command = Signal(str)  # id of a command of the table

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.classes")
        self._theme = theme
        self._filling = False
        self.tree = QTreeWidget()
        self.tree.setObjectName("classes.list")
        self.tree.setHeaderLabels(["Key", "Class", "Pixels", ""])
        self.tree.setRootIsDecorated(False)
        self.tree.setIconSize(QSize(14, 14))
        self.tree.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.tree.setUniformRowHeights(True)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(24)
        for column, width in ((KEY, 34), (COUNT, 66), (EYE, 26)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            header.resizeSection(column, width)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.tree, 1)
        layout.addLayout(self._buttons())
        self.tree.currentItemChanged.connect(self._current_changed)
        self.tree.itemChanged.connect(self._edited)
        self.tree.itemClicked.connect(self._clicked)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        for text, name in (
            ("Add", "edit.class_add"),
            ("Rename", "edit.class_rename"),
            ("Colour", "edit.class_recolour"),
            ("Merge", "edit.class_merge"),
        ):
            button = QToolButton()
            button.setText(text)
            button.setObjectName(f"button.{name}")
            button.clicked.connect(lambda _=False, name=name: self.command.emit(name))
            row.addWidget(button)
        row.addStretch(1)
        return row

    def fill(self, classes: list[FaciesClass], counts: dict[int, int], active: int) -> None:
        """Show these classes; ``counts`` are labelled pixels a class."""
        self._filling = True
        self.tree.clear()
        for place, entry in enumerate(classes):
            key = str(place + 1) if place < 9 else ""
            item = QTreeWidgetItem([key, entry.name, f"{counts.get(entry.id, 0):,}", ""])
            item.setData(NAME, Qt.ItemDataRole.UserRole, entry.id)
            item.setIcon(NAME, swatch(entry.colour))
            item.setTextAlignment(COUNT, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setForeground(KEY, QBrush(QColor(self._theme.tones.faint)))
            item.setIcon(EYE, icon("eye_off" if entry.hidden else "eye", self._theme.tones))
            item.setToolTip(EYE, f"{'Show' if entry.hidden else 'Hide'} {entry.name}")
            item.setToolTip(NAME, f"{entry.name}: class id {entry.id}, key {key or '–'}")
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setData(EYE, Qt.ItemDataRole.UserRole, entry.hidden)
            self.tree.addTopLevelItem(item)
        self._filling = False
        self.show_active(active)

    def show_counts(self, counts: dict[int, int]) -> None:
        """Refresh the figures only."""
        self._filling = True
        for item in self._items():
            item.setText(COUNT, f"{counts.get(item.data(NAME, Qt.ItemDataRole.UserRole), 0):,}")
        self._filling = False

    def show_active(self, class_id: int) -> None:
        self._filling = True
        for item in self._items():
            if item.data(NAME, Qt.ItemDataRole.UserRole) == class_id:
                self.tree.setCurrentItem(item)
        self._filling = False

    def edit_name(self) -> None:
        """Begin to rename the active class in place."""
        item = self.tree.currentItem()
        if item is not None:
            self.tree.editItem(item, NAME)

    def _items(self) -> list[QTreeWidgetItem]:
        return [self.tree.topLevelItem(i) for i in range(self.tree.topLevelItemCount())]

    def _current_changed(self, item: QTreeWidgetItem | None) -> None:
        if item is not None and not self._filling:
            self.chosen.emit(item.data(NAME, Qt.ItemDataRole.UserRole))

    def _edited(self, item: QTreeWidgetItem, column: int) -> None:
        if not self._filling and column == NAME:
            self.renamed.emit(item.data(NAME, Qt.ItemDataRole.UserRole), item.text(NAME).strip())

    def _clicked(self, item: QTreeWidgetItem, column: int) -> None:
        if column == EYE:
            self.hidden.emit(item.data(NAME, Qt.ItemDataRole.UserRole), not item.data(EYE, Qt.ItemDataRole.UserRole))
