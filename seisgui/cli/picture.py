"""A picture of the real window on a project, drawn without a display."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seisgui.errors import FailureError, InputError

if TYPE_CHECKING:
    from seisgui.gui.main_window import MainWindow
    from seisgui.seismic.axes import SectionRef

Wait = Callable[[Callable[[], bool]], None]

logger = logging.getLogger(__name__)

PATIENCE_S = 30.0
SETTLE_S = 0.3


def take_picture(
    project: Path,
    out: Path,
    *,
    refs: Sequence[SectionRef],
    run_id: str | None,
    size: tuple[int, int],
    theme: str,
    read_only: bool = True,
) -> None:
    """Draw the window on ``project`` and save it to ``out``; the project is not changed unless ``read_only`` is False.

    ``refs`` are at most two sections to show (none: the one the window begins with), ``run_id`` the run whose
    prediction lies over them (None: none). Raises ``FailureError`` where the picture cannot be made or written.
    """
    with drawn_window(size, theme) as (window, wait):
        if not window.project_flow.open(project, read_only=read_only):
            raise FailureError(f"{project} cannot be shown.", " ".join(window.messages.sentences()))
        window.state.run_id = run_id
        if len(refs) > 1:
            window.panes.set_layout(2)
        for view, ref in zip(window.panes.views, refs, strict=False):
            view.set_ref(ref)
        wait(lambda: all(view.at_rest for view in window.panes.views))
        if run_id is not None:
            wait(lambda: all(has_prediction(window, run_id, ref) for ref in window.panes.refs))
        window.messages.clear()
        wait(lambda: True)
        save(window, out)


def has_prediction(window: MainWindow, run_id: str, ref: SectionRef) -> bool:
    """Whether a section's full prediction is at hand in the window."""
    entry = window.predictions.entry(run_id, ref, window.state.dataset_id)
    return entry is not None and entry.step == 1


@contextmanager
def drawn_window(size: tuple[int, int], theme: str, patience: float = PATIENCE_S) -> Iterator[tuple[MainWindow, Wait]]:
    """The window and a function that turns the event loop until something is so; the user's preferences stay alone."""
    with tempfile.TemporaryDirectory(prefix="seisgui-picture-") as folder:
        before = os.environ.get("SEISGUI_CONFIG")
        os.environ["SEISGUI_CONFIG"] = folder
        try:
            from PySide6.QtCore import qInstallMessageHandler

            from seisgui.gui.app import application, create_window

            qInstallMessageHandler(log_qt)
            window = create_window()
            try:
                window.theme.choice = theme
                window.resize(*size)
                window.show()
                yield window, lambda condition: turn(application(), condition, patience)
            finally:
                window.close()
                window.deleteLater()
                application().processEvents()
                qInstallMessageHandler(None)
        finally:
            if before is None:
                del os.environ["SEISGUI_CONFIG"]
            else:
                os.environ["SEISGUI_CONFIG"] = before


def log_qt(_kind: object, _context: object, message: str) -> None:
    """Qt's own words: what the offscreen platform cannot do is no news for anybody."""
    logger.debug("Qt: %s", message)


def turn(app: Any, condition: Callable[[], bool], patience: float) -> None:
    """Process events until ``condition`` holds, and a moment longer so that all is drawn."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise FailureError(f"The window was not ready within {patience:g} s.", "Try again, or predict first.")
        app.processEvents()
        time.sleep(0.005)
    settled = time.monotonic() + SETTLE_S
    while time.monotonic() < settled:
        app.processEvents()
        time.sleep(0.005)


def save(widget: Any, out: Path) -> None:
    """Write a widget's picture under a temporary name, then put it in place."""
    if not out.parent.is_dir():
        raise InputError(f"{out} cannot be written.", "Name a file in a folder that exists.")
    kind = "JPG" if out.suffix.lower() in {".jpg", ".jpeg"} else "PNG"
    partial = out.with_name(f".{out.name}.partial")
    try:
        if not widget.grab().save(str(partial), kind):
            raise FailureError(f"{out} could not be written.", "Check the folder's permissions and free space.")
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
