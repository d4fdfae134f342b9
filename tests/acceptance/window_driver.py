"""A user's hands and eyes: presses keys, drags the mouse, looks at what the window shows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from seisgui.gui.app import create_window
from seisgui.gui.views.section import SectionView
from seisgui.seismic.axes import Orientation

KEYS = {"control": Qt.KeyboardModifier.ControlModifier, "shift": Qt.KeyboardModifier.ShiftModifier}


class WindowDriver:
    """One open window, 1366 x 768."""

    def __init__(self, qtbot, *paths: Path) -> None:
        self.qtbot = qtbot
        self.window = create_window()
        self.window.resize(1366, 768)
        self.window.show()
        qtbot.waitExposed(self.window)
        if paths:
            self.window.open_paths(paths)
            self.wait(lambda: self.state.volume is not None and self.view.at_rest, 20)

    def close(self) -> None:
        if self.window is not None:
            if not self.window.close():  # a training runs
                self.window.shut_down()
            self.window.deleteLater()
            self.window = None
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QApplication.processEvents()

    # looking

    @property
    def view(self) -> SectionView:
        return self.window.panes.views[0]

    @property
    def state(self):
        return self.window.state

    @property
    def messages(self) -> list[str]:
        """Every sentence that is on the window now."""
        return [label.text() for label in self.window.findChildren(QLabel) if label.isVisible() and label.text()]

    def says(self, words: str) -> bool:
        return any(words in text for text in self.messages)

    def wait(self, condition: Callable[[], object], seconds: float = 30) -> None:
        def met() -> None:
            assert condition(), f"not within {seconds} s; the window says: {self.messages}"

        self.qtbot.waitUntil(met, timeout=int(1000 * seconds))

    def wait_saved(self) -> None:
        self.wait(lambda: self.state.project.all_saved, 5)

    def labels(self) -> np.ndarray:
        """Classes of the section in view, (n_lateral, n_sample) int16."""
        return self.state.labels.section(self.view.ref)[0]

    def overlay(self) -> np.ndarray | None:
        """Predicted classes of the section in view as uint8, None while there are none at full resolution."""
        if self.state.run_id is None:
            return None
        found = self.window.predictions.entry(self.state.run_id, self.view.ref, self.state.dataset_id)
        return None if found is None or found.step > 1 else np.asarray(found.array[0])

    # acting

    def activate(self) -> None:
        """Give the window the keyboard back after a dialog; no window manager does it here."""
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow, 5)

    def key(self, key: Qt.Key | str, *modifiers: str, repeat: int = 1) -> None:
        combined = Qt.KeyboardModifier.NoModifier
        for name in modifiers:
            combined |= KEYS[name]
        for _ in range(repeat):
            QTest.keyClick(self.window, key, combined)
        QApplication.processEvents()

    def pixel(self, line: float, sample: float) -> QPoint:
        """Pixel of the canvas at a line number and a time or depth."""
        axes = self.state.volume.axes
        lateral = axes.crossline if self.view.ref.orientation is Orientation.INLINE else axes.inline
        x, y = self.view.canvas.view.pixel(lateral.index(line), axes.sample.index(sample))
        return QPoint(round(x), round(y))

    def stroke(
        self, points: list[tuple[float, float]], button: Qt.MouseButton = Qt.MouseButton.LeftButton, steps: int = 8
    ) -> None:
        """Drag through (line number, time) points in the first pane."""
        canvas = self.view.canvas
        pixels = [self.pixel(*point) for point in points]
        QTest.mousePress(canvas, button, Qt.KeyboardModifier.NoModifier, pixels[0])
        for start, end in pairwise(pixels):
            for step in range(1, steps + 1):
                self._move(start + (end - start) * step / steps, button)
        QTest.mouseRelease(canvas, button, Qt.KeyboardModifier.NoModifier, pixels[-1])
        QApplication.processEvents()

    def _move(self, point: QPoint, button: Qt.MouseButton) -> None:
        canvas = self.view.canvas
        where = QPointF(point), QPointF(canvas.mapToGlobal(point))
        event = QMouseEvent(
            QEvent.Type.MouseMove, *where, Qt.MouseButton.NoButton, button, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(canvas, event)
        QApplication.processEvents()

    def open(self, path: Path, *, add: bool = False, seconds: float = 60) -> str:
        """Open a file as its own project, or ``add`` it to the open one; what came of it.

        'section' where it is on the screen, 'gathers' where these are, 'dialog' where the window asks, 'said' where it
        only says something.
        """
        heard = len(self.heard)
        shown: list[Path] = []
        gathers: list[str] = []
        self.window.open_flow.file_shown.connect(shown.append)
        self.window.open_flow.gathers_added.connect(gathers.append)
        try:
            if add:
                self.window.open_flow.open_file(path, own_project=False)
            else:
                self.window.open_paths([path])
            self.wait(lambda: shown or gathers or self._asked() or self._shows(path) or self._gave_up(heard), seconds)
        finally:
            self.window.open_flow.file_shown.disconnect(shown.append)
            self.window.open_flow.gathers_added.disconnect(gathers.append)
        if self._asked():
            return "dialog"
        if gathers:
            view = self.window.gather_pane.view
            self.wait(lambda: self.state.records is not None and (view.at_rest or view.message is not None), 20)
            return "gathers"
        if self.state.volume is None or not (shown or self._shows(path)):
            return "said"
        self.wait(lambda: self.view.at_rest or self.view.canvas.message is not None, 20)
        return "section"

    def accept_dialog(self) -> None:
        """Agree with what the open dialog proposes, by Enter."""
        dialog = self.window.open_flow.dialog
        QTest.keyClick(dialog.open_button, Qt.Key.Key_Return)
        self.wait(lambda: self.window.open_flow.dialog is None, 10)
        self.wait(lambda: not self.window.jobs.visible(), 30)
        self.activate()

    def _asked(self) -> bool:
        dialog = self.window.open_flow.dialog
        return dialog is not None and dialog.pages.currentIndex() == 1

    def _gave_up(self, heard: int) -> bool:
        return len(self.heard) > heard and not self.window.jobs.visible()

    def _shows(self, path: Path) -> bool:
        project, volume_id = self.state.project, self.state.volume_id
        if project is None or volume_id is None or self.window.jobs.visible():
            return False
        return Path(project.volume_record(volume_id).absolute) == path.resolve()

    @property
    def heard(self) -> list[str]:
        """Every sentence of the message bar so far, with its hint, the oldest first."""
        return [f"{message.sentence} {message.hint}".strip() for message in self.window.messages.history]

    @property
    def view_says(self) -> str:
        """The sentence in place of the section, '' where the section is shown."""
        message = self.view.canvas.message
        return "" if message is None else f"{message.title}: {message.sentence}"

    def picture(self, path: Path) -> None:
        self.window.grab().save(str(path))
