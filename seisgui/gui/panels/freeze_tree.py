"""What of a network stays as it was while it learns: presets of papers, the tree of branches, frozen batch norms."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFormLayout,
    QHeaderView,
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from seisgui.catalogue import Branch, FreezePlan, NetworkInfo, frozen_parameters
from seisgui.catalogue.freezing import NONE
from seisgui.gui.panels.branch_model import LEARNS, TITLE, BranchModel, words_of
from seisgui.gui.panels.disclosure import Disclosure

FACTORS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.0)
NORMS = {
    "eval": "Stored statistics",
    "batch": "Batch statistics",
    "batch-updated": "Batch statistics, stored",
}
MEANINGS = {
    "eval": "Frozen batch norms use their stored mean and variance, in training as in prediction.",
    "batch": "Frozen batch norms use those of each batch, but the stored ones in prediction (Keras 2.1.3 to 2.2): "
    "the network then predicts with others than it learnt with. For reproducing results only.",
    "batch-updated": "Frozen batch norms use those of each batch and go on storing them (Keras before 2.1.3). "
    "For reproducing results only.",
}
CUSTOM = "custom"


class FactorDelegate(QStyledItemDelegate):
    """Chooses how fast a branch learns."""

    def createEditor(self, parent: QWidget, _option: object, _index: QModelIndex) -> QWidget:
        box = QComboBox(parent)
        for factor in FACTORS:
            box.addItem(words_of(factor), factor)
        box.activated.connect(lambda _: (self.commitData.emit(box), self.closeEditor.emit(box)))
        QTimer.singleShot(0, box, box.showPopup)
        return box

    def setEditorData(self, editor: QWidget, index: QModelIndex) -> None:
        editor.setCurrentIndex(max(editor.findData(index.data(Qt.ItemDataRole.EditRole)), 0))

    def setModelData(self, editor: QWidget, model: BranchModel, index: QModelIndex) -> None:
        model.setData(index, float(editor.currentData()))


class TitleDelegate(QStyledItemDelegate):
    """Draws boxes with outlines that can be seen on dark ground: the style derives them from the window's colour."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().initStyleOption(option, index)
        faint = option.palette.color(QPalette.ColorRole.PlaceholderText)
        option.palette.setColor(QPalette.ColorRole.Window, faint)


class BranchTree(QTreeView):
    """Space freezes a branch or lets it learn, Return chooses a factor, arrows go through the tree."""

    def __init__(self, model: BranchModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training.branches")
        self.setAccessibleName("Branches of the network")
        self.setModel(model)
        self.setItemDelegateForColumn(TITLE, TitleDelegate(self))
        self.setItemDelegateForColumn(LEARNS, FactorDelegate(self))
        self.setUniformRowHeights(True)
        self.setIndentation(12)
        self.setAllColumnsShowFocus(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setExpandsOnDoubleClick(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(TITLE, QHeaderView.ResizeMode.Stretch)
        self.setToolTip("Ticked branches learn. Space ticks; Return chooses a factor of the learning rate.")
        model.modelReset.connect(self._fit)
        self.expanded.connect(self._fit)
        self.collapsed.connect(self._fit)
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if index.isValid() and self.state() != QAbstractItemView.State.EditingState:
            title = index.siblingAtColumn(TITLE)
            if event.key() == Qt.Key.Key_Space and title.flags() & Qt.ItemFlag.ItemIsUserCheckable:
                learns = Qt.CheckState(title.data(Qt.ItemDataRole.CheckStateRole)) == Qt.CheckState.Checked
                state = Qt.CheckState.Unchecked if learns else Qt.CheckState.Checked
                self.model().setData(title, state, Qt.ItemDataRole.CheckStateRole)
                return
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2):
                factor = index.siblingAtColumn(LEARNS)
                if factor.flags() & Qt.ItemFlag.ItemIsEditable:
                    self.setCurrentIndex(factor)
                    self.edit(factor)
                return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._fit()

    def _fit(self, _index: QModelIndex | None = None) -> None:
        """As high as what is open, from four rows to twelve: what is longer scrolls."""
        rows, index = 0, self.model().index(0, 0)
        while index.isValid():
            rows, index = rows + 1, self.indexBelow(index)
        row = self.sizeHintForRow(0) if rows else self.fontMetrics().height() + 4
        self.setFixedHeight(self.header().sizeHint().height() + row * min(max(rows, 4), 12) + 4)


class FreezeBox(QWidget):
    """Preset, what it freezes in a sentence, and the tree; ``changed`` whenever the plan does.

    ``tree_wanted`` asks for the tree of a network that the catalogue does not know; ``set_tree`` answers.
    """

    changed = Signal()
    tree_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info: NetworkInfo | None = None
        self._trees: dict[str, tuple[Branch, ...]] = {}
        self._chosen = False  # by hand, for this network
        self._transfer = False
        self._plan = FreezePlan()
        self.model = BranchModel(self)
        self.model.edited.connect(self._edited)
        self.preset = QComboBox()
        self.preset.setObjectName("training.freeze")
        self.preset.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.preset.setToolTip("What of the network stays as it was while the rest learns")
        self.preset.activated.connect(self._preset_chosen)
        self.sentence = _label("faint", "training.frozen")
        self.warning = _label("warning", "training.freeze_warning")
        self.tree = BranchTree(self.model)
        self.norms = QComboBox()
        self.norms.setObjectName("training.norms")
        self.norms.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for value, title in NORMS.items():
            self.norms.addItem(title, value)
            self.norms.setItemData(self.norms.count() - 1, MEANINGS[value], Qt.ItemDataRole.ToolTipRole)
        self.norms.currentIndexChanged.connect(self._norms_chosen)
        self.meaning = _label("faint", "training.norms_meaning")
        self.layers = Disclosure("Layers", self._details())
        self.layers.button.setObjectName("training.layers")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for widget in (self.sentence, self.warning, self.layers):
            layout.addWidget(widget)
        self._show()

    def _details(self) -> QWidget:
        details = QWidget()
        layout = QVBoxLayout(details)
        layout.setContentsMargins(0, 0, 0, 0)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Batch norms", self.norms)
        layout.addWidget(self.tree)
        layout.addLayout(form)
        layout.addWidget(self.meaning)
        return details

    # what it says

    @property
    def plan(self) -> FreezePlan:
        """What is frozen, also where nothing is."""
        return self._plan

    @property
    def freeze(self) -> str | None:
        """What a request names it by; None where everything learns."""
        if not self._plan.factors:
            return None
        return self._plan.preset or self._plan.to_text()

    # what it is told

    def set_network(self, info: NetworkInfo) -> None:
        """Another network: its own presets and tree, and its default."""
        if self._info is not None and info.name == self._info.name:
            return
        self._info, self._chosen = info, False
        self.preset.clear()
        for preset in info.presets:
            self.preset.addItem(preset.title.partition(":")[0], preset.name)
            self.preset.setItemData(self.preset.count() - 1, preset.title, Qt.ItemDataRole.ToolTipRole)
        if not info.tree and info.uses_torch and info.name not in self._trees:
            self.tree_wanted.emit(info.name)
        self.model.fill(self._tree())
        self._take_default()

    def set_tree(self, network: str, branches: tuple[Branch, ...]) -> None:
        """The tree of a network that the catalogue does not know."""
        self._trees[network] = branches
        if self._info is not None and self._info.name == network:
            self.model.fill(self._tree())
            self._show()

    def tree_failed(self, network: str, sentence: str) -> None:
        """The layers of a network cannot be told: presets go on working."""
        if self._info is not None and self._info.name == network:
            self.sentence.setText(sentence)

    def set_transfer(self, on: bool) -> None:
        """Whether there are weights to start from: then the first preset of a paper is the default."""
        if on != self._transfer:
            self._transfer = on
            self._take_default()

    def _tree(self) -> tuple[Branch, ...]:
        return (self._info.tree or self._trees.get(self._info.name, ())) if self._info is not None else ()

    def _take_default(self) -> None:
        if self._info is not None and not self._chosen:
            preset = self._info.freezing[0] if self._transfer and self._info.freezing else NONE
            self._plan = preset.plan(self.norms.currentData())
        self._show()

    # what the user does

    def _preset_chosen(self, _place: int) -> None:
        name = self.preset.currentData()
        if name != CUSTOM:
            self._take(self._info.plan(name, self.norms.currentData()))

    def _edited(self, plan: FreezePlan) -> None:
        self._take(plan)

    def _norms_chosen(self) -> None:
        self._plan = replace(self._plan, frozen_norms=self.norms.currentData())
        self._show()

    def _take(self, plan: FreezePlan) -> None:
        self._plan, self._chosen = plan, True
        self._show()

    def _show(self) -> None:
        custom = self.preset.findData(CUSTOM)
        if self._plan.preset and custom >= 0:
            self.preset.removeItem(custom)
        elif not self._plan.preset and custom < 0 and self._info is not None:
            self.preset.addItem("Chosen by hand", CUSTOM)
        self.preset.setCurrentIndex(max(self.preset.findData(self._plan.preset or CUSTOM), 0))
        self.model.show_plan(self._plan)
        self.sentence.setText(self._counts())
        vain = self._plan.freezes and not self._transfer
        self.warning.setText("From scratch, frozen layers keep their random numbers." if vain else "")
        self.warning.setVisible(vain)
        self.norms.setEnabled(self._plan.freezes)
        self.meaning.setText(MEANINGS[self.norms.currentData()])
        self.changed.emit()

    def _counts(self) -> str:
        tree = self._tree()
        if not tree:
            return "The layers of this network are being asked for."
        total, frozen = sum(branch.parameters for branch in tree), frozen_parameters(tree, self._plan)
        if not frozen:
            return f"All {total:,} parameters learn."
        what = self.preset.currentData(Qt.ItemDataRole.ToolTipRole) if self._plan.preset else ""
        detail = (what or "").partition(": ")[2]
        return f"{frozen:,} of {total:,} parameters are frozen{f': {detail}' if detail else ''}."


def _label(role: str, name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setProperty("role", role)
    label.setWordWrap(True)
    return label
