"""Label explorer: which sections carry labels, of which classes, and a way there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from seisgui.interpretation.facies import FaciesClass, LabelledSection
    from seisgui.seismic.axes import SectionRef

SECTION, PIXELS, SHARES = range(3)
ROLE = Qt.ItemDataRole.UserRole


class ExplorerPanel(QWidget):
    """Labelled sections with counts a class; double-click or Enter jumps there."""

    jump = Signal(object)  # SectionRef

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.explorer")
        self.summary = QLabel()
        self.summary.setProperty("role", "faint")
        self.summary.setWordWrap(True)
        self.tree = QTreeWidget()
        self.tree.setObjectName("explorer.list")
        self.tree.setHeaderLabels(["Section", "Pixels", "Classes"])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        self.tree.setItemDelegateForColumn(SHARES, ShareBar(self.tree))
        header = self.tree.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(SECTION, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(PIXELS, QHeaderView.ResizeMode.ResizeToContents)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.summary)
        layout.addWidget(self.tree, 1)
        self.tree.itemActivated.connect(lambda item: self.jump.emit(item.data(SECTION, ROLE)))
        self.fill([], [])

    def fill(self, sections: list[LabelledSection], classes: list[FaciesClass]) -> None:
        """Show these sections in the order of orientation and line."""
        known = {entry.id: entry for entry in classes}
        self.tree.clear()
        for section in sections:
            total = sum(section.counts.values())
            item = QTreeWidgetItem([section_title(section.ref), f"{total:,}", ""])
            item.setData(SECTION, ROLE, section.ref)
            item.setTextAlignment(PIXELS, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            parts = sorted(section.counts.items(), key=lambda part: -part[1])
            named = [(known[k].name, known[k].colour, n) for k, n in parts if k in known and n > 0]
            item.setData(SHARES, ROLE, named)
            text = "\n".join(f"{name}: {n:,}" for name, _, n in named)
            for column in (SECTION, PIXELS, SHARES):
                item.setToolTip(column, f"{text}\nDouble-click to go there")
            self.tree.addTopLevelItem(item)
        count = len(sections)
        self.summary.setText(
            f"{count} labelled section{'s' if count != 1 else ''}; double-click to go there."
            if count
            else "No labels yet. Choose a class and paint on a section."
        )

    def refs(self) -> list[SectionRef]:
        """The sections in the order shown."""
        return [self.tree.topLevelItem(i).data(SECTION, ROLE) for i in range(self.tree.topLevelItemCount())]


class ShareBar(QStyledItemDelegate):
    """Draws the classes of a section as parts of one bar."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().paint(painter, option, index)
        parts = index.data(ROLE) or []
        total = sum(n for _, _, n in parts)
        if not total:
            return
        bar = QRectF(option.rect).adjusted(4, 5, -6, -5)
        left = bar.left()
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        for _, colour, n in parts:
            width = bar.width() * n / total
            painter.setBrush(QColor(colour))
            painter.drawRect(QRectF(left, bar.top(), width, bar.height()))
            left += width
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return super().sizeHint(option, index).expandedTo(QSize(60, 18))


def section_title(ref: SectionRef) -> str:
    """'Inline 339', 'Crossline 1155', 'Slice 1084'."""
    return f"{'Slice' if ref.orientation.value == 'time' else ref.orientation.value.capitalize()} {ref.number:.10g}"
