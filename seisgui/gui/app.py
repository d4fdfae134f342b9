"""The application: one QApplication, one window, the event loop."""

from __future__ import annotations

import logging
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from seisgui import __version__
from seisgui.gui import places
from seisgui.gui.icons import plain_icon
from seisgui.gui.main_window import MainWindow
from seisgui.gui.message_bar import Message
from seisgui.gui.theme import Theme, ensure_font

logger = logging.getLogger(__name__)

_theme: Theme | None = None


def application() -> QApplication:
    """The one QApplication; made where there is none."""
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("SeisGUI")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("seisgui")
    app.setWindowIcon(plain_icon("seisgui"))
    if app.style().name() != "fusion":
        app.setStyle("Fusion")
    ensure_font(app)
    return app


def theme_of(app: QApplication) -> Theme:
    """The theme of the application, made once."""
    global _theme  # noqa: PLW0603  lives as long as the QApplication, of which there is one
    if _theme is None:
        _theme = Theme(str(places.settings().value("theme", "system")), app)
        _theme.apply()
    return _theme


def tell_unexpected(
    window: MainWindow, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """An exception that nobody expected, from a slot: logged, and told with details to copy; the window goes on."""
    if issubclass(kind, KeyboardInterrupt):
        window.close()
        return
    logger.error("unexpected", exc_info=(kind, error, trace))
    window.messages.show_message(
        Message(
            f"Something went wrong inside the program ({kind.__name__}); what you just did may not have happened.",
            "Labels that are saved are safe.",
            "error",
            "".join(traceback.format_exception(kind, error, trace)),
        )
    )


def create_window(project: Path | None = None) -> MainWindow:
    """The whole window, without entering the event loop.

    ``project`` is a .seisproj folder (or a seismic file) to be opened. What cannot be opened is said in the window.
    """
    app = application()
    cache = places.settings().value("cache", "")
    if cache:
        os.environ.setdefault("SEISGUI_CACHE", str(cache))
    window = MainWindow(theme_of(app))
    if project is not None:
        window.open_paths([Path(project)])
    return window


def main(paths: Sequence[Path] = (), *, tour: bool = False) -> int:
    """Open the window on projects or files, or on the sample survey with the tour; returns the exit status."""
    app = application()
    window = create_window()
    window.restore_layout()
    window.show()
    sys.excepthook = lambda kind, error, trace: tell_unexpected(window, kind, error, trace)
    if tour:
        QTimer.singleShot(0, window, lambda: window.run_command("file.sample"))
    elif paths:
        QTimer.singleShot(0, window, lambda: window.open_paths(paths))
    signal.signal(signal.SIGINT, lambda *_: window.close())
    pulse = QTimer(window, interval=300)  # lets Python see Ctrl+C while Qt waits
    pulse.timeout.connect(lambda: None)
    pulse.start()
    return app.exec()
