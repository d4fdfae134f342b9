"""Model library: all weights to start from, with what they were trained on; files come in here."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from seisgui.gui.panels.training_start import about, card_title
from seisgui.learning.model_library import ModelCard

COLUMNS = ("Weights", "Network", "Trained on", "Accuracy", "Size")
KINDS = (
    ("run", "Runs of this project", "No neural network has been trained in this project yet."),
    (
        "imported",
        "Imported files",
        "None yet: Import… takes in .safetensors and .pth files and runs of other projects.",
    ),
    ("built-in", "Built-in", "None comes with this version."),
    ("official", "Published", ""),
)
SCORE = "mean_class_accuracy"
CARD = Qt.ItemDataRole.UserRole


class ModelLibraryDialog(QDialog):
    """``use_wanted`` with a card, ``download_wanted`` with an official one, ``forget_wanted`` with an imported one."""

    use_wanted = Signal(object)
    import_wanted = Signal()
    download_wanted = Signal(object)
    forget_wanted = Signal(object)

    def __init__(self, cards: list[ModelCard], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dialog.library")
        self.setWindowTitle("Model library")
        self.tree = QTreeWidget()
        self.tree.setObjectName("library.tree")
        self.tree.setHeaderLabels(COLUMNS)
        self.tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.tree.setAllColumnsShowFocus(True)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(COLUMNS.index("Trained on"), QHeaderView.ResizeMode.Stretch)
        self.details = QLabel()
        self.details.setObjectName("library.details")
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.details.setMinimumHeight(5 * self.fontMetrics().lineSpacing())
        self.notice = QLabel()
        self.notice.setObjectName("library.notice")
        for label in (self.details, self.notice):
            label.setWordWrap(True)
        self._add_buttons()
        layout = QVBoxLayout(self)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.details)
        layout.addWidget(self.notice)
        layout.addWidget(self.buttons)
        self.tree.currentItemChanged.connect(self._show_card)
        self.tree.itemActivated.connect(lambda *_: self._use())
        self.resize(760, 520)
        self.set_cards(cards)
        self.tell()

    def _add_buttons(self) -> None:
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.use = self.buttons.addButton("Start from this", role)
        self.use.setProperty("role", "primary")
        self.download = self.buttons.addButton("Download", role)
        self.import_file = self.buttons.addButton("Import…", role)
        self.forget = self.buttons.addButton("Remove", role)
        for button, name in ((self.use, "use"), (self.download, "download"), (self.import_file, "import")):
            button.setObjectName(f"library.{name}")
        self.forget.setObjectName("library.forget")
        self.use.clicked.connect(self._use)
        self.download.clicked.connect(lambda: self.download_wanted.emit(self.card))
        self.import_file.clicked.connect(self.import_wanted)
        self.forget.clicked.connect(lambda: self.forget_wanted.emit(self.card))
        self.buttons.rejected.connect(self.reject)

    @property
    def card(self) -> ModelCard | None:
        """What is selected."""
        item = self.tree.currentItem()
        return item.data(0, CARD) if item is not None else None

    def set_cards(self, cards: list[ModelCard], select: str = "") -> None:
        """Show what the library has now; ``select`` names one to be looked at."""
        before = (self.card.start_from, self.card.network) if self.card is not None else ("", "")
        self.tree.clear()
        chosen = None
        for kind, title, empty in KINDS:
            group = QTreeWidgetItem(self.tree, [title])
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            group.setFirstColumnSpanned(True)
            group.setExpanded(True)
            found = [card for card in cards if card.kind == kind]
            for card in found:
                item = _item(group, card)
                wanted = card.start_from == select if select else (card.start_from, card.network) == before
                if chosen is None or wanted:
                    chosen = item
            if not found:
                note = QTreeWidgetItem(group, [empty])
                note.setFlags(Qt.ItemFlag.NoItemFlags)
                note.setFirstColumnSpanned(True)
        if chosen is not None:
            self.tree.setCurrentItem(chosen)
        self._show_card()

    def tell(self, trouble: str = "", busy: str = "") -> None:
        """Say what went wrong, or what is under way."""
        self.notice.setText(trouble or busy)
        self.notice.setVisible(bool(trouble or busy))
        self.notice.setProperty("role", "bad" if trouble else "faint")
        self.notice.style().unpolish(self.notice)
        self.notice.style().polish(self.notice)
        self.import_file.setEnabled(not busy)

    def rest(self) -> None:
        """Nothing is under way any more; what went wrong stays."""
        if not self.import_file.isEnabled():
            self.tell()

    def _use(self) -> None:
        if self.use.isEnabled() and self.card is not None:
            self.use_wanted.emit(self.card)
            self.accept()

    def _show_card(self) -> None:
        card = self.card
        self.details.setText(about(card) + (f"\n{card.path}" if card.path and card.at_hand else "") if card else "")
        self.use.setEnabled(card is not None and bool(card.network) and card.at_hand)
        absent = card is not None and card.kind == "official" and not card.at_hand
        self.download.setVisible(absent)
        self.forget.setVisible(card is not None and card.kind == "imported")


def _item(group: QTreeWidgetItem, card: ModelCard) -> QTreeWidgetItem:
    score = dict(card.scores).get(SCORE)
    classes = f", {len(card.classes)} classes" if card.classes else ""
    learnt = f"{card.survey or ('photographs' if card.task == 'photographs' else 'not known')}{classes}"
    absent = "" if card.at_hand else (" – not here yet" if card.kind == "official" else " – damaged")
    size = f"{card.megabytes:,.0f} MB" if card.megabytes >= 1 else f"{card.megabytes:.1f} MB"
    cells = [card_title(card) + absent, card.network, learnt, f"{score:.3f}" if score is not None else "–", size]
    item = QTreeWidgetItem(group, cells)
    item.setData(0, CARD, card)
    item.setToolTip(0, about(card))
    for column in (3, 4):
        item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return item
