"""Help: palette, shortcuts, tour, preferences, about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from seisgui.gui import places
from seisgui.gui.actions import Actions
from seisgui.gui.desk import Desk
from seisgui.gui.dialogs.about import AboutDialog, report
from seisgui.gui.dialogs.preferences import Preferences, PreferencesDialog
from seisgui.gui.dialogs.shortcut_sheet import ShortcutSheet
from seisgui.gui.message_bar import MessageBar
from seisgui.gui.palette import Palette
from seisgui.gui.panels.guide import GuidePanel
from seisgui.seismic.cache_folder import cache_folder

PANEL_HELP = {
    "panel.project": "Datasets hold volumes of the same lines and samples. Double-click one or a label set to work "
    "on it; the menu under the right button adds files.",
    "panel.layers": "The eye hides a layer, the slider makes it more or less opaque. The topmost is drawn last. Below "
    "a layer that compares stands what it shows: which class, which second run, which other label set.",
    "panel.display": "How amplitudes become colours. Networks never see gain, AGC or clip of the display.",
    "panel.brush": "The stroke can go onto neighbouring lines, leave other labels alone, or follow a peak or trough.",
    "panel.statistics": "Histogram and spectrum of the window of the active pane, from true amplitudes.",
    "panel.classes": "Click a class or press its key to paint with it. Double-click a name to change it; Colour and "
    "Merge work on the class in hand. All of it can be undone.",
    "panel.explorer": "Every section that carries labels, its classes as parts of a bar. Double-click goes there.",
    "panel.suggestions": "Lines worth labelling next, ranked by what a label there would teach the run in view; the "
    "map draws them dashed. A click goes there.",
    "panel.training": "Everything has a default. Held-out areas score the network on labels it never saw; labels "
    "within 65 traces of them are left out of training.",
    "panel.runs": "Every training run with its scores on held-out labels. Baseline is what position alone achieves: a "
    "run below it has learnt nothing from the seismic. Double-click shows a run's predictions.",
    "panel.gathers": "Shots, stations or events of the gather set in view, with the number of their picks. A click "
    "shows one; PgUp, PgDn and the wheel go from one to the next, Space pages through what is enlarged.",
    "panel.traces": "How gathers and records are drawn. Bandpass, AGC and scale are for the eye: data, picks and "
    "networks see the samples of the file. P and S have colours of your choice, for conventions differ.",
    "panel.picks": "Whose picks are in view and which run proposes more. Take P or S in hand and click; A accepts a "
    "proposal, X rejects it, N goes to the next least certain one.",
    "panel.guide": "Eight steps through the loop; each ticks itself off.",
}


class HelpFlow(QObject):
    """Small dialogs and the tour."""

    tour_wanted = Signal()

    def __init__(
        self, desk: Desk, actions: Actions, guide: GuidePanel, messages: MessageBar, window: QMainWindow
    ) -> None:
        super().__init__(window)
        self._desk, self._actions, self._guide, self._messages, self._window = desk, actions, guide, messages, window
        self.palette = Palette(actions, window)
        self._painted: set[int] = set()
        desk.changed.connect(self._document_changed)
        desk.shown.connect(self._shown)

    def commands(self) -> dict[str, Callable[..., object]]:
        return {
            "palette.open": self.palette.open,
            "help.shortcuts": lambda: self._show(ShortcutSheet(self._window)),
            "help.about": lambda: self._show(AboutDialog(self._window)),
            "help.log": self.copy_report,
            "help.panel": self.help_on_panel,
            "help.tour": self.start_tour,
            "file.preferences": self.show_preferences,
        }

    def _show(self, dialog: Any) -> None:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def copy_report(self) -> None:
        """Put version, system and last messages on the clipboard."""
        sentences = [f"{m.sentence} {m.hint}".strip() for m in self._messages.history[-20:]]
        QApplication.clipboard().setText(report(sentences, self._desk.jobs.device()))
        self._desk.tell("Version, system and the last messages are on the clipboard; folder names are masked.")

    def help_on_panel(self) -> None:
        """Say what the panel under the keyboard does."""
        widget: QWidget | None = QApplication.focusWidget()
        while widget is not None and not isinstance(widget, QDockWidget):
            widget = widget.parentWidget()
        if widget is not None and widget.objectName() in PANEL_HELP:
            self._desk.tell(f"{widget.windowTitle()}: {PANEL_HELP[widget.objectName()]}", stays=True)
        else:
            self._actions["help.shortcuts"].trigger()

    # preferences

    def show_preferences(self) -> None:
        store = places.settings()
        present = Preferences(
            self._desk.theme.choice,
            str(store.value("cache", "")),
            store.value("ask_before_opening", "false") == "true",
            store.value("display_copies", "true") == "true",
        )
        dialog = PreferencesDialog(present, cache_folder(), self._window)
        dialog.theme_tried.connect(lambda choice: self._actions[f"theme.{choice}"].trigger())
        dialog.chosen.connect(self.keep_preferences)
        self._show(dialog)

    def keep_preferences(self, chosen: Preferences) -> None:
        """Store what was chosen; the cache folder counts from the next start on."""
        store = places.settings()
        store.setValue("theme", chosen.theme)
        store.setValue("cache", chosen.cache)
        store.setValue("ask_before_opening", "true" if chosen.ask_before_opening else "false")
        store.setValue("display_copies", "true" if chosen.display_copies else "false")
        store.sync()

    # the tour

    def start_tour(self) -> None:
        """Show the guide from its first step."""
        self._guide.restart()
        self._painted.clear()
        self.tour_wanted.emit()
        if self._desk.state.volume is not None:
            self._guide.tick("opened")

    def tick(self, event: str) -> None:
        """Something of the tour happened."""
        self._guide.tick(event)

    def _shown(self) -> None:
        if self._desk.state.volume is not None:
            self.tick("opened")

    def _document_changed(self, change: Any) -> None:
        labels = self._desk.state.labels
        if change.kind != "labels" or labels is None or not labels.counted:
            return
        self._painted |= {class_id for class_id, count in labels.class_counts().items() if count}
        if self._painted:
            self.tick("painted")
        if len(self._painted) > 1:
            self.tick("second class")
        if "predicted" in self._guide.done:
            self.tick("corrected")
