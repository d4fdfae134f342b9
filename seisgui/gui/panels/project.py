"""Project: datasets with their volumes, gathers, label sets and horizons."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QMenu, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Node:
    """One line of the tree: ``kind`` is project, dataset, volume, gathers, labels, horizon or note."""

    kind: str
    title: str
    key: tuple[str, ...] = ()
    detail: str = ""
    active: bool = False
    problem: str = ""
    children: tuple[Node, ...] = field(default=())


class ProjectPanel(QWidget):
    """Double-click a volume or a label set to work on it."""

    activated = Signal(object)  # Node
    command = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.project")
        self.tree = QTreeWidget()
        self.tree.setObjectName("project.tree")
        self.tree.setHeaderHidden(True)
        self.tree.setIndentation(14)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._menu)
        self.tree.itemActivated.connect(self._activate)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.tree)

    def fill(self, nodes: list[Node]) -> None:
        """Show this forest, all open."""
        self.tree.clear()
        for node in nodes:
            self.tree.addTopLevelItem(self._item(node))
        self.tree.expandAll()

    def _item(self, node: Node) -> QTreeWidgetItem:
        item = QTreeWidgetItem([node.title])
        item.setData(0, ROLE, node)
        item.setToolTip(0, node.problem or node.detail or node.title)
        if node.active or node.kind in ("project", "dataset"):
            font = QFont(self.tree.font())
            font.setBold(True)
            item.setFont(0, font)
        if node.problem:
            item.setText(0, f"⚠ {node.title}")
        if node.kind == "note":
            item.setDisabled(True)
        for child in node.children:
            item.addChild(self._item(child))
        return item

    def _activate(self, item: QTreeWidgetItem) -> None:
        self.activated.emit(item.data(0, ROLE))

    def _menu(self, position: object) -> None:
        item = self.tree.itemAt(position)
        menu = QMenu(self)
        if item is not None and item.data(0, ROLE).kind in ("volume", "labels"):
            menu.addAction("Show").triggered.connect(lambda: self._activate(item))
        for title, name in (
            ("Add volume…", "file.add_volume"),
            ("Add horizon…", "file.add_horizon"),
            ("Import labels…", "file.import_labels"),
            ("Headers…", "file.headers"),
            ("Correct header bytes…", "file.layout"),
            ("Locate missing sources…", "file.locate"),
        ):
            menu.addAction(title).triggered.connect(lambda _=False, name=name: self.command.emit(name))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.tree.viewport().mapToGlobal(position))
