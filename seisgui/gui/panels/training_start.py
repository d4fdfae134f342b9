"""Where a training starts from: every choice with why it cannot be, and what to do where weights are not at hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from seisgui.catalogue import NetworkInfo, OfficialWeights
from seisgui.gui.words import when
from seisgui.learning.model_library import ModelCard, fitting

SCRATCH, FILE = "scratch", "file…"  # FILE stands for one that is not chosen yet


@dataclass(frozen=True)
class StartEntry:
    """One choice; ``reason`` says why it cannot be chosen, ``absent`` are weights that are not on this computer."""

    title: str
    start_from: str
    tip: str = ""
    reason: str = ""
    absent: OfficialWeights | None = None


def start_entries(
    info: NetworkInfo, cards: Iterable[ModelCard], picked: dict[str, str] | None = None
) -> list[StartEntry]:
    """All that a network could start from, what fits first; ``picked`` are paths by the official file they are."""
    cards = list(cards)
    entries = [StartEntry("Scratch", SCRATCH, "Random numbers; the seed decides which.")]
    if not info.uses_torch:
        why = f"{info.title} is always made anew."
        return [
            *entries,
            *(StartEntry(title, f"no {title}", reason=why) for title in ("ImageNet", "Built-in", "A file…")),
        ]
    fits = {card.start_from for card in fitting(cards, info) if card.at_hand or card.kind == "official"}
    entries += _official(info, picked or {}) or [
        StartEntry("ImageNet", "no ImageNet", reason=f"There are no ImageNet weights for {info.title}.")
    ]
    built_in = [card for card in cards if card.kind == "built-in" and card.start_from in fits and _of(card, info)]
    entries += [StartEntry(f"Built-in: {card.title}", card.start_from, about(card)) for card in built_in[:1]] or [
        StartEntry("Built-in", "no built-in", reason=f"No built-in weights fit {info.title}.")
    ]
    own = [card for card in cards if card.kind in ("run", "imported")]
    own.sort(key=lambda card: card.start_from not in fits)
    entries += [_own(card, info, fits=card.start_from in fits) for card in own]
    return [*entries, StartEntry("A file…", FILE, "Weights of another project or program")]


def _official(info: NetworkInfo, picked: dict[str, str]) -> list[StartEntry]:
    from_cards = []
    for weights in info.official:
        path = picked.get(weights.file)
        if path is not None:
            from_cards.append(StartEntry(f"{weights.title}, own file", f"{weights.name}:{path}", path))
        else:
            from_cards.append(StartEntry(weights.title, weights.name, weights.source, absent=weights))
    return from_cards


def _of(card: ModelCard, info: NetworkInfo) -> bool:
    return card.network in (info.name, info.family)


def _own(card: ModelCard, info: NetworkInfo, *, fits: bool) -> StartEntry:
    reason = ""
    if not card.at_hand:
        reason = card.notes
    elif not fits:
        reason = f"These are weights of {card.network}, whose layers are not those of {info.name}."
    return StartEntry(card_title(card), card.start_from, about(card), reason)


def card_title(card: ModelCard) -> str:
    """A run as the ledger calls it; the title of all others."""
    if card.kind != "run" or not card.created:
        return card.title
    return f"{card.network}{' live' if '-live-' in card.title else ''}, {when(card.created)}"


def about(card: ModelCard) -> str:
    """What weights were trained on, in lines."""
    classes = f"{len(card.classes)} classes: {', '.join(card.classes)}" if card.classes else ""
    scores = ", ".join(f"{name.replace('_', ' ')} {score:.3f}" for name, score in card.scores)
    learnt = " ".join(filter(None, (card.survey, card.orientation and f"({card.orientation})")))
    lines = (
        f"Weights of {card.network}" if card.network else "",
        f"Trained on {learnt}" if learnt else "It is not known what it was trained on.",
        classes,
        f"Held out: {scores}" if scores else "",
        card.notes,
    )
    return "\n".join(line for line in lines if line)


class StartBox(QWidget):
    """The choice, the library's button, and what to do where weights are not at hand; ``changed`` after a choice."""

    changed = Signal()
    library_wanted = Signal()
    file_wanted = Signal()
    download_wanted = Signal(object)  # OfficialWeights
    pick_wanted = Signal(object)  # OfficialWeights

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info: NetworkInfo | None = None
        self._cards: list[ModelCard] = []
        self._picked: dict[str, str] = {}
        self._entries: list[StartEntry] = []
        self._trouble, self._busy = "", ""
        self._files: dict[str, list[str]] = {}  # weights of other programs that are read in place, by network
        self.combo = QComboBox()
        self.combo.setObjectName("training.start_from")
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.library = QToolButton()
        self.library.setObjectName("training.library")
        self.library.setText("…")
        self.library.setAccessibleName("Model library")
        self.library.setToolTip("Model library: all weights to start from, and what they were trained on")
        self.library.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.notice = QLabel()
        self.notice.setObjectName("training.start_notice")
        self.notice.setWordWrap(True)
        self.download, self.pick = QPushButton("Download"), QPushButton("Choose file…")
        self.scratch = QPushButton("From scratch")
        for button, name in ((self.download, "download"), (self.pick, "pick"), (self.scratch, "scratch")):
            button.setObjectName(f"training.{name}")
        self._lay_out()
        self.combo.currentIndexChanged.connect(self._chosen)
        self.library.clicked.connect(self.library_wanted)
        self.download.clicked.connect(lambda: self.download_wanted.emit(self.entry.absent))
        self.pick.clicked.connect(self._pick)
        self.scratch.clicked.connect(lambda: self.choose(SCRATCH))

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.combo, 1)
        row.addWidget(self.library)
        self.answers = QWidget()
        answers = QHBoxLayout(self.answers)
        answers.setContentsMargins(0, 0, 0, 0)
        answers.setSpacing(3)
        for button in (self.download, self.pick, self.scratch):
            answers.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self.notice)
        layout.addWidget(self.answers)

    # what it says

    @property
    def entry(self) -> StartEntry:
        """What is chosen."""
        place = self.combo.currentIndex()
        return self._entries[place] if 0 <= place < len(self._entries) else StartEntry("Scratch", SCRATCH)

    @property
    def start_from(self) -> str:
        """What a request names it by."""
        return self.entry.start_from

    @property
    def card(self) -> ModelCard | None:
        """What is known of the run or the imported file that is chosen."""
        found = (
            card for card in self._cards if card.start_from == self.start_from and card.kind in ("run", "imported")
        )
        return next(found, None)

    @property
    def transfer(self) -> bool:
        """Whether there are weights to start from, be they still to come."""
        return self.start_from != SCRATCH

    @property
    def missing(self) -> str:
        """What is to be done before Train, '' for nothing."""
        entry = self.entry
        if entry.start_from == FILE:
            return "Choose the file of weights to start from, or start from scratch."
        if entry.absent is not None and not self._at_hand(entry):
            return f"{entry.title} is not on this computer: download or choose the file, or start from scratch."
        return ""

    # what it is told

    def set_network(self, info: NetworkInfo) -> None:
        """Another network: what does not fit any more falls back to scratch."""
        self._info = info
        self._fill(self.start_from)

    def set_cards(self, cards: list[ModelCard]) -> None:
        """What the library has now."""
        self._cards = cards
        self._fill(self.start_from)

    def take_picked(self, weights: OfficialWeights, path: str) -> None:
        """A file that stands for official weights: it is checked, and chosen."""
        self._picked[weights.file] = path
        names = (
            [official.name for official in self._info.official if official.file == weights.file] if self._info else []
        )
        self._fill(f"{names[0]}:{path}" if names else self.start_from)

    def take_file(self, path: str) -> None:
        """A file of weights that is read where it lies: it is chosen."""
        files = self._files.setdefault(self._info.name, [])
        if path not in files:
            files.append(path)
        self._fill(path)

    def choose(self, start_from: str) -> None:
        """Choose an entry where it is there and fits."""
        for place, entry in enumerate(self._entries):
            if entry.start_from == start_from and not entry.reason:
                self.combo.setCurrentIndex(place)

    def tell(self, trouble: str = "", busy: str = "") -> None:
        """Say what went wrong with a file or a download, or what is under way; it holds until another choice."""
        self._trouble, self._busy = trouble, busy
        self._show()

    def rest(self) -> None:
        """Nothing is under way any more; what went wrong stays."""
        if self._busy:
            self.tell(self._trouble)

    def _pick(self) -> None:
        if self.entry.absent is not None:
            self.pick_wanted.emit(self.entry.absent)
        else:
            self.file_wanted.emit()

    def _at_hand(self, entry: StartEntry) -> bool:
        return any(
            card.at_hand
            for card in self._cards
            if card.kind == "official" and card.start_from == entry.start_from and card.network == self._info.name
        )

    def _fill(self, wanted: str) -> None:
        before = self.start_from
        self._entries = start_entries(self._info, self._cards, self._picked) if self._info is not None else []
        for path in self._files.get(self._info.name, ()) if self._info is not None else ():
            self._entries.insert(-1, StartEntry(Path(path).name, path, path))
        self.combo.blockSignals(True)
        self.combo.clear()
        model: QStandardItemModel = self.combo.model()
        for place, entry in enumerate(self._entries):
            absent = "Not on this computer yet. " if entry.absent is not None and not self._at_hand(entry) else ""
            self.combo.addItem(entry.title, entry.start_from)
            self.combo.setItemData(place, entry.reason or f"{absent}{entry.tip}", Qt.ItemDataRole.ToolTipRole)
            model.item(place).setEnabled(not entry.reason)
        fits = [place for place, entry in enumerate(self._entries) if entry.start_from == wanted and not entry.reason]
        self.combo.setCurrentIndex(fits[0] if fits else 0)
        self.combo.blockSignals(False)
        if before != self.start_from:
            self._trouble = self._busy = ""
        self._show()

    def _chosen(self) -> None:
        self._trouble = self._busy = ""
        self._show()

    def _show(self) -> None:
        entry = self.entry
        absent = entry.absent is not None and not self._at_hand(entry)
        told = self._trouble or self._busy
        if not told and absent:
            told = f"{entry.absent.file} ({entry.absent.megabytes} MB) is not on this computer."
        elif not told and entry.start_from == FILE:
            told = "A .safetensors or .pth file, or the weights of a run of another project."
        self.notice.setText(told)
        self.notice.setProperty("role", "bad" if self._trouble else "faint")
        self.notice.style().unpolish(self.notice)
        self.notice.style().polish(self.notice)
        self.notice.setVisible(bool(told))
        self.answers.setVisible(absent or entry.start_from == FILE)
        self.download.setVisible(absent)
        for button in (self.download, self.pick):
            button.setEnabled(not self._busy)
        self.combo.setToolTip(entry.tip)
        self.changed.emit()
