"""Project: datasets with their volumes, gathers, label sets and horizons."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QMenu, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

ROLE = Qt.ItemDataRole.UserRole
COPIES = (("Make display copies", "file.make_copies"), ("Remove display copies", "file.remove_copies"))
ALWAYS = (
    ("Add volume…", "file.add_volume"),
    ("Add horizon…", "file.add_horizon"),
    ("Import labels…", "file.import_labels"),
    ("Headers…", "file.headers"),
    ("Correct header bytes…", "file.layout"),
    ("Locate missing sources…", "file.locate"),
)


@dataclass(frozen=True)
class Node:
    """One line of the tree: ``kind`` is project, dataset, volume, copies, gathers, labels, horizon or note."""

    kind: str
    title: str
    key: tuple[str, ...] = ()
    detail: str = ""
    active: bool = False
    problem: str = ""
    children: tuple[Node, ...] = field(default=())

    @property
    def active_volume(self) -> bool:
        """Whether this is the volume in view, or the line of its display copies."""
        return self.active and self.kind in ("volume", "copies")


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

    def show_copies(self, volume_id: str, title: str) -> bool:
        """Say how far the display copies of a volume are; False where the tree has no line for them."""
        for item in self.tree.findItems("", Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive):
            node = item.data(0, ROLE)
            if node.kind == "copies" and node.key[1] == volume_id:
                item.setText(0, title)
                return True
        return False

    def _item(self, node: Node) -> QTreeWidgetItem:
        item = QTreeWidgetItem([node.title])
        item.setData(0, ROLE, node)
        item.setToolTip(0, node.problem or node.detail or node.title)
        if (node.active and node.kind != "copies") or node.kind in ("project", "dataset"):
            font = QFont(self.tree.font())
            font.setBold(True)
            item.setFont(0, font)
        if node.problem:
            item.setText(0, f"⚠ {node.title}")
        if node.kind == "note":
            item.setDisabled(True)
        if node.kind == "copies":
            item.setForeground(0, self.palette().placeholderText())
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
        entries = COPIES if item is not None and item.data(0, ROLE).active_volume else ()
        for title, name in (*entries, *ALWAYS):
            menu.addAction(title).triggered.connect(lambda _=False, name=name: self.command.emit(name))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.tree.viewport().mapToGlobal(position))
