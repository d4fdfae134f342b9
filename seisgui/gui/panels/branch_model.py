"""The tree of a network as Qt shows it: a box a branch (ticked: it learns), its parameters, how fast it learns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, Signal

from seisgui.catalogue import Branch, FreezePlan, branch_factor
from seisgui.catalogue.freezing import FROZEN, TRAINED

TITLE, PARAMETERS, LEARNS = range(3)
HEADERS = ("Branch", "Parameters", "Learns")
NO_INDEX = QModelIndex()


@dataclass
class _Node:
    branch: Branch
    parent: int  # -1: none
    row: int
    children: list[int] = field(default_factory=list)


class BranchModel(QAbstractItemModel):
    """Branches with the factors of a plan; ``edited`` with the plan after a branch was set by hand."""

    edited = Signal(object)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._nodes: list[_Node] = []
        self._roots: list[int] = []
        self._plan = FreezePlan()

    def fill(self, branches: tuple[Branch, ...]) -> None:
        """Show another tree."""
        self.beginResetModel()
        self._nodes = []
        self._roots = [self._add(branch, -1, row) for row, branch in enumerate(branches)]
        self.endResetModel()

    def show_plan(self, plan: FreezePlan) -> None:
        """Show the factors of a plan."""
        self._plan = plan
        last = len(HEADERS) - 1
        for parent in [NO_INDEX, *(self.createIndex(node.row, 0, n) for n, node in enumerate(self._nodes))]:
            if rows := self.rowCount(parent):
                self.dataChanged.emit(self.index(0, 0, parent), self.index(rows - 1, last, parent))

    def _add(self, branch: Branch, parent: int, row: int) -> int:
        number = len(self._nodes)
        self._nodes.append(_Node(branch, parent, row))
        self._nodes[number].children = [self._add(child, number, n) for n, child in enumerate(branch.children)]
        return number

    def branch(self, index: QModelIndex) -> Branch:
        return self._nodes[index.internalId()].branch

    def factor(self, index: QModelIndex) -> float | None:
        """The one factor of all below; None where they differ or nothing can learn."""
        return branch_factor(self.branch(index), self._plan)

    # what Qt asks

    def index(self, row: int, column: int, parent: QModelIndex = NO_INDEX) -> QModelIndex:
        below = self._nodes[parent.internalId()].children if parent.isValid() else self._roots
        if not (0 <= row < len(below) and 0 <= column < len(HEADERS)):
            return QModelIndex()
        return self.createIndex(row, column, below[row])

    def parent(self, index: QModelIndex = NO_INDEX) -> QModelIndex:
        number = self._nodes[index.internalId()].parent if index.isValid() else -1
        return self.createIndex(self._nodes[number].row, 0, number) if number >= 0 else QModelIndex()

    def rowCount(self, parent: QModelIndex = NO_INDEX) -> int:
        if not parent.isValid():
            return len(self._roots)
        return len(self._nodes[parent.internalId()].children) if parent.column() == 0 else 0

    def columnCount(self, _parent: QModelIndex = NO_INDEX) -> int:
        return len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        horizontal = orientation == Qt.Orientation.Horizontal
        return HEADERS[section] if horizontal and role == Qt.ItemDataRole.DisplayRole else None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        found = super().flags(index)
        if index.isValid() and self.branch(index).parameters:
            if index.column() == TITLE:
                found |= Qt.ItemFlag.ItemIsUserCheckable
            if index.column() == LEARNS:
                found |= Qt.ItemFlag.ItemIsEditable
        return found

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        branch, column = self.branch(index), index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return (branch.title, f"{branch.parameters:,}" if branch.parameters else "–", self._words(index))[
                    column
                ]
            case Qt.ItemDataRole.EditRole if column == LEARNS:
                return self.factor(index)
            case Qt.ItemDataRole.CheckStateRole if column == TITLE and branch.parameters:
                return self._check_state(index)
            case Qt.ItemDataRole.ToolTipRole:
                return branch.detail or branch.title
            case Qt.ItemDataRole.TextAlignmentRole if column == PARAMETERS:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role == Qt.ItemDataRole.CheckStateRole:
            factor = FROZEN if Qt.CheckState(value) == Qt.CheckState.Unchecked else TRAINED
        elif role == Qt.ItemDataRole.EditRole and isinstance(value, float):
            factor = value
        else:
            return False
        self.edited.emit(self._plan.with_factor(self.branch(index).paths, factor))
        return True

    def _words(self, index: QModelIndex) -> str:
        if not self.branch(index).parameters:
            return ""
        factor = self.factor(index)
        return "mixed" if factor is None else words_of(factor)

    def _check_state(self, index: QModelIndex) -> Qt.CheckState:
        match self.factor(index):
            case None:
                return Qt.CheckState.PartiallyChecked
            case 0.0:
                return Qt.CheckState.Unchecked
        return Qt.CheckState.Checked


def words_of(factor: float) -> str:
    """'frozen', 'trained' or the factor of the learning rate."""
    return {FROZEN: "frozen", TRAINED: "trained"}.get(factor, f"× {factor:g}")
