"""Gathers: the shots, stations or events of a record set, with counts of their picks, and a way to each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from seisgui.gui.views.gather_chrome import counted_noun

if TYPE_CHECKING:
    from seisgui.seismic.records import Group

Index = QModelIndex | QPersistentModelIndex
TITLES = {"shot": "Shots", "station": "Stations", "event": "Events", "position": "Positions", "file": "Files"}
NAME, RECORDS, PICKED = range(3)


class GatherTable(QAbstractTableModel):
    """One row a gather; thousands of them cost no widgets."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.groups: Sequence[Group] = ()
        self.noun = ""  # 'field record' where gathers are called 'field record 12' and so on
        self.picked: NDArray[np.int64] = np.zeros(0, np.int64)  # picks of each gather

    def show(self, groups: Sequence[Group]) -> None:
        self.beginResetModel()
        self.groups, self.picked = groups, np.zeros(len(groups), np.int64)
        self.noun = counted_noun(tuple(group.title for group in groups))
        self.endResetModel()

    def count(self, picked: NDArray[np.int64]) -> None:
        """Say how many picks each gather has."""
        changed = np.flatnonzero(picked != self.picked)
        self.picked = picked
        if changed.size:
            self.dataChanged.emit(self.index(int(changed[0]), PICKED), self.index(int(changed[-1]), PICKED))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.groups)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 3

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return (self.noun.capitalize() or "Gather", "Records", "Picks")[section]
        return None

    def data(self, index: Index, role: int = 0) -> Any:
        group = self.groups[index.row()]
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            if column == PICKED:
                count = int(self.picked[index.row()])
                return f"{count:,}" if count else "–"
            if column == NAME:
                return group.title.rpartition(" ")[2] if self.noun else group.title
            return f"{len(group.records):,}"
        if role == Qt.ItemDataRole.TextAlignmentRole and column != NAME:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{group.title}: {len(group.records):,} records, {int(self.picked[index.row()]):,} picks"
        return None


class GathersPanel(QWidget):
    """A click shows a gather; the box above says by what records are put together."""

    chosen = Signal(int)  # position in the list
    grouping_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel.gathers")
        self.grouping = QComboBox(objectName="gathers.grouping")
        self.grouping.setToolTip("Put records together by shot, station or event")
        self.summary = QLabel()
        self.summary.setProperty("role", "faint")
        self.summary.setWordWrap(True)
        self.model = GatherTable(self)
        self.table = QTableView(objectName="gathers.list")
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(24)
        for column in (RECORDS, PICKED):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        row = QHBoxLayout()
        row.addWidget(QLabel("By"))
        row.addWidget(self.grouping, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addLayout(row)
        layout.addWidget(self.summary)
        layout.addWidget(self.table, 1)
        self.grouping.activated.connect(lambda: self.grouping_chosen.emit(self.grouping.currentData()))
        self.table.selectionModel().currentRowChanged.connect(
            lambda now, _: self.chosen.emit(now.row()) if now.isValid() else None
        )
        self.fill((), (), "")

    def fill(self, groupings: Sequence[str], groups: Sequence[Group], by: str) -> None:
        """List these gathers, and offer these ways to put records together."""
        with QSignalBlocker(self.grouping), QSignalBlocker(self.table.selectionModel()):
            self.grouping.clear()
            for name in groupings:
                self.grouping.addItem(TITLES.get(name, name.capitalize()), name)
            self.grouping.setCurrentIndex(self.grouping.findData(by))
            self.model.show(groups)
        self.grouping.setEnabled(len(groupings) > 1)
        self.table.setColumnHidden(RECORDS, all(len(group.records) == 1 for group in groups))
        self._say()

    def show_counts(self, picked: NDArray[np.int64]) -> None:
        """(n_gathers,) picks of each gather."""
        self.model.count(picked)
        self._say()

    def show_place(self, position: int) -> None:
        """Mark the gather in view and bring it in sight."""
        index = self.model.index(position, NAME)
        with QSignalBlocker(self.table.selectionModel()):
            self.table.selectionModel().clearSelection()
            self.table.setCurrentIndex(index)
        self.table.scrollTo(index)
        self.table.viewport().update()

    def _say(self) -> None:
        groups = self.model.groups
        if not groups:
            self.summary.setText("No gathers yet. Open a SEG-Y of shots, miniSEED, SAC, SEG-2 or npz waveforms.")
            return
        records = sum(len(group.records) for group in groups)
        total, with_picks = int(self.model.picked.sum()), int(np.count_nonzero(self.model.picked))
        picks = f"{total:,} picks on {with_picks:,} of them" if total else "no picks yet"
        what = f"{records:,} record{'s' if records != 1 else ''}"
        if records != len(groups):
            what = f"{len(groups):,} gather{'s' if len(groups) != 1 else ''}, {what}"
        self.summary.setText(f"{what}; {picks}.")


def picks_by_gather(groups: Sequence[Group], counts: Mapping[int, int]) -> NDArray[np.int64]:
    """(n_gathers,) how many picks the records of each gather have; ``counts`` by record index."""
    if not groups or not counts:
        return np.zeros(len(groups), np.int64)
    most = 1 + max(int(group.records.max(initial=0)) for group in groups)
    by_record = np.zeros(most, np.int64)
    for record, count in counts.items():
        if record < most:
            by_record[record] = count
    return np.array([by_record[group.records].sum() for group in groups], np.int64)
