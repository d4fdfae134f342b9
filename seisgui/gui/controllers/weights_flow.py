"""Weights to start from: what the library has, files that come in, downloads, trees of other packages' networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from seisgui import catalogue
from seisgui.catalogue import OfficialWeights
from seisgui.errors import SeisguiError
from seisgui.gui.controllers.project_flow import start_folder
from seisgui.gui.desk import Desk
from seisgui.gui.dialogs.model_library import ModelLibraryDialog
from seisgui.gui.job_list import Job
from seisgui.gui.panels.training import TrainingPanel
from seisgui.jobs.messages import DATA, CallRequest, Failed, Progress
from seisgui.learning.model_library import ModelCard, cards_of_runs, forget, library, runs_and_surveys

IMPORT = "seisgui.learning.starting_weights:import_steps"
OFFICIAL = "seisgui.networks.pretrained:official_steps"
TREE = "seisgui.networks.freezing:tree_steps"
FILES = "Weights (*.safetensors *.pth *.pt);;All (*)"


class WeightsFlow(QObject):
    """Fills the panel's choice and the library; one file or download at a time."""

    changed = Signal()  # the library has been read

    def __init__(self, desk: Desk, panel: TrainingPanel, window: QWidget) -> None:
        super().__init__(window)
        self._desk, self._panel, self._window = desk, panel, window
        self.cards: list[ModelCard] = []
        self.dialog: ModelLibraryDialog | None = None
        self.job: Job | None = None
        self._select = ""  # what is to be chosen once the library has it
        self._news = QTimer(self, singleShot=True, interval=0)
        self._news.timeout.connect(self._read)
        desk.shown.connect(self._news.start)
        desk.changed.connect(lambda change: self._news.start() if change.kind == "runs" else None)
        start = panel.start
        start.library_wanted.connect(self.show_library)
        start.file_wanted.connect(self.ask_file)
        start.download_wanted.connect(self.download)
        start.pick_wanted.connect(self.ask_official)
        panel.freezing.tree_wanted.connect(self._ask_tree)
        self._news.start()

    def commands(self) -> dict[str, Callable[..., object]]:
        return {"train.library": self.show_library}

    # what there is

    def _read(self) -> None:
        """Read the library again; the files of weights in the background."""
        project = self._desk.project
        runs, surveys = runs_and_surveys(project) if project is not None else ([], {})
        select, self._select = self._select, ""

        def take(cards: list[ModelCard]) -> None:
            if project is self._desk.project:
                self._take(cards, select)

        self._desk.background.run(lambda: [*cards_of_runs(runs, surveys), *library()], take)

    def _take(self, cards: list[ModelCard], select: str) -> None:
        self.cards = cards
        self._panel.start.set_cards(cards)
        if select:
            self._panel.start.choose(select)
        if self.dialog is not None:
            self.dialog.set_cards(cards, select)
        self.changed.emit()

    # the library

    def show_library(self) -> None:
        self.dialog = dialog = ModelLibraryDialog(self.cards, self._window)
        dialog.use_wanted.connect(self.use)
        dialog.import_wanted.connect(self.ask_file)
        dialog.download_wanted.connect(lambda card: self.download(official_of(card)))
        dialog.forget_wanted.connect(self._forget)
        dialog.finished.connect(self._closed)
        dialog.open()
        self._news.start()

    def _closed(self) -> None:
        self.dialog.deleteLater()
        self.dialog = None

    def use(self, card: ModelCard) -> None:
        """Start from these weights, with their network where the chosen one cannot take them."""
        start = self._panel.start
        if card.kind != "official":  # those of every network go by one name
            start.choose(card.start_from)
        if card.kind == "official" or start.start_from != card.start_from:
            self._panel.choose_network(card.network)
            start.choose(card.start_from)

    def _forget(self, card: ModelCard) -> None:
        try:
            forget(card)
        except SeisguiError as error:
            self._tell(f"{error.sentence} {error.hint}".strip())
        self._news.start()

    # files and downloads

    def ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self.dialog or self._window, "Import weights", str(start_folder()), FILES)
        if name:
            self.import_file(Path(name))

    def import_file(self, path: Path) -> None:
        """Take a file into the library, and choose it where nothing else is looked at.

        Weights of pickers have a description beside them, and are read where they lie.
        """
        chosen = self._panel.network.currentData()
        if self.dialog is None and chosen and catalogue.network(chosen).task == "picking":
            self._panel.start.take_file(str(path))
            return

        def take(card: ModelCard) -> None:
            self._select = card.start_from
            self._news.start()
            if self.dialog is None and card.network != self._panel.network.currentData():
                title = catalogue.network(card.network).title
                self._desk.tell(f"{card.title} is in the model library.", f"These are weights of {title}.")

        self._begin(CallRequest(IMPORT, {"source": path}), f"Importing {path.name}", take)

    def ask_official(self, weights: OfficialWeights) -> None:
        """Pick the file of official weights."""
        title = f"Choose {weights.file}"
        name, _ = QFileDialog.getOpenFileName(self._window, title, str(start_folder()), FILES)
        if name:
            self.pick_official(weights, Path(name))

    def pick_official(self, weights: OfficialWeights, path: Path) -> None:
        """Check a file that stands for official weights, and start from it."""
        arguments = {"weights": weights, "picked": path, "download": False}
        request = CallRequest(OFFICIAL, arguments, DATA)
        self._begin(request, f"Checking {path.name}", lambda found: self._panel.start.take_picked(weights, str(found)))

    def download(self, weights: OfficialWeights) -> None:
        """Download official weights into torch's cache."""

        def take(_path: Path) -> None:
            self._select = weights.name if self._panel.start.start_from == weights.name else ""
            self._news.start()

        self._begin(CallRequest(OFFICIAL, {"weights": weights}, DATA), f"Downloading {weights.file}", take)

    def _begin(self, request: CallRequest, title: str, take: Callable[[Any], None]) -> None:
        if self.job is not None:
            self._tell(busy=f"{self.job.title}: one after the other.")
            return

        def progress(event: object) -> None:
            if isinstance(event, Progress):
                share = f" · {100 * self.job.share:.0f} %" if self.job.share else ""
                self._tell(busy=f"{event.phrase or title}{share}")

        def failed(news: Failed) -> None:
            self._tell(f"{news.sentence} {news.hint}".strip())

        def ended() -> None:
            self.job = None
            self._panel.start.rest()  # also where the cross in the status bar ended it
            if self.dialog is not None:
                self.dialog.rest()

        self._tell(busy=f"{title}…")
        self.job = self._desk.jobs.start(
            request, title, on_event=progress, on_finished=take, on_failed=failed, on_ended=ended
        )

    def _tell(self, trouble: str = "", busy: str = "") -> None:
        """In the dialog where it is open, in the panel where not."""
        if self.dialog is not None:
            self.dialog.tell(trouble, busy)
        if self.dialog is None or not trouble:
            self._panel.start.tell(trouble, busy)

    # trees of other packages' networks

    def _ask_tree(self, network: str) -> None:
        freezing = self._panel.freezing
        self._desk.jobs.start(
            CallRequest(TREE, {"network": network}),
            f"Layers of {network}",
            on_finished=lambda branches: freezing.set_tree(network, branches),
            on_failed=lambda failed: freezing.tree_failed(network, failed.sentence),
            quiet=True,
        )


def official_of(card: ModelCard) -> OfficialWeights:
    """The official weights that a card is about."""
    return next(weights for weights in catalogue.network(card.network).official if weights.name == card.start_from)
