"""How soon the forest answers a stroke in the window: real window, real mouse, live training on the F3 line.

Live is switched on first. Measured is from the release of the mouse to the overlay of the section in view, at any step
('first') and at every pixel ('full'); the compute process yields to whatever else the machine does, which is told.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.registry import Result, not_measured

PROMISE = "window, forest, 951 x 462: first stroke of a second class to overlay <= 1 s, each later stroke <= .5 s"
FIRST_S, LATER_S = 1.0, 0.5
LINE = Path(__file__).parents[2] / "shared" / "data" / "segy" / "f3_inline339_digitised.sgy"
READY_S, ANSWER_S = 90.0, 30.0
REST_S = 2.0  # of the hand between two strokes
LATER = (("3", 1600), ("1", 200), ("2", 1300), ("3", 1750), ("1", 600))  # class key, two-way time in ms
TRACES = (420, 560)


def measure() -> Result:
    """One session: a class, a second one, five strokes more."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if not LINE.is_file():
        return not_measured("the F3 line is not at hand")
    from seisgui.gui.app import create_window

    with tempfile.TemporaryDirectory() as folder:
        line = Path(shutil.copy(LINE, folder))
        for name in ("CONFIG", "DATA"):
            os.environ[f"SEISGUI_{name}"] = str(Path(folder) / name.lower())
        window = create_window()
        try:
            window.resize(1366, 768)
            window.show()
            window.open_paths([line])
            return session(window)
        finally:
            window.shut_down()
            window.deleteLater()


def session(window: Any) -> Result:
    until(lambda: window.state.volume is not None and window.panes.views[0].at_rest, READY_S)
    until(window.jobs.device, READY_S)
    network = window.training.network
    network.setCurrentIndex(network.findData("forest"))
    window.run_command("label.brush")
    window.run_command("train.live")
    stroke(window, "1", 400)
    until(lambda: any("two classes" in text for text in window.messages.sentences()), READY_S)
    wait(REST_S)
    busy = psutil.cpu_percent()
    first = answer(window, "2", 1000)
    if first is None:
        return not_measured(f"no overlay within {ANSWER_S:.0f} s; the window says: {window.messages.sentences()}")
    later = []
    for key, at in LATER:
        wait(REST_S)
        later.append(answer(window, key, at) or (ANSWER_S, ANSWER_S))
    busy = psutil.cpu_percent()
    return verdict(first, later, busy)


def verdict(first: tuple[float, float], later: list[tuple[float, float]], busy: float) -> Result:
    soonest = statistics.median(pair[0] for pair in later)
    slowest = max(pair[0] for pair in later)
    full = statistics.median(pair[1] for pair in later)
    figure = (
        f"first overlay {first[0]:.2f} s (every pixel {first[1]:.2f} s); later strokes median {soonest:.2f} s, "
        f"slowest {slowest:.2f} s (every pixel {full:.2f} s); all cores {busy:.0f} % busy"
    )
    numbers = {
        "first_s": round(first[0], 3),
        "first_full_s": round(first[1], 3),
        "later_median_s": round(soonest, 3),
        "later_slowest_s": round(slowest, 3),
        "later_full_median_s": round(full, 3),
        "busy_percent": busy,
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
    }
    return Result(figure, first[0] <= FIRST_S and slowest <= LATER_S, numbers)


def answer(window: Any, key: str, at: float) -> tuple[float, float] | None:
    """Seconds from a stroke to its first overlay and to its full one; None: there was none."""
    stroke(window, key, at)
    released = time.perf_counter()
    revision = window.state.project.journal.revision
    times = []
    for step in (8, 1):
        if not until(lambda step=step: learnt(window, revision, step), ANSWER_S):
            return None
        times.append(time.perf_counter() - released)
    return times[0], times[1]


def learnt(window: Any, revision: int, step: int) -> bool:
    """Whether the overlay in view knows the labels as of ``revision``, at every ``step``-th pixel at least."""
    state = window.state
    if state.run_id is None:
        return False
    entry = window.predictions.entry(state.run_id, window.panes.views[0].ref, state.dataset_id)
    return entry is not None and entry.label_revision >= revision and entry.step <= step


def stroke(window: Any, key: str, at: float) -> None:
    """Choose a class by its key and drag the brush along a two-way time."""
    from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    canvas, axes = window.panes.views[0].canvas, window.state.volume.axes
    QTest.keyClick(window, key)
    row = axes.sample.index(at)
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    way = range(TRACES[0], TRACES[1] + 1, 20)
    points = [QPoint(*(round(v) for v in canvas.view.pixel(axes.crossline.index(trace), row))) for trace in way]
    QTest.mousePress(canvas, left, none, points[0])
    for point in points[1:]:
        where = QPointF(point), QPointF(canvas.mapToGlobal(point))
        event = QMouseEvent(QEvent.Type.MouseMove, *where, Qt.MouseButton.NoButton, left, none)
        QApplication.sendEvent(canvas, event)
        QApplication.processEvents()
    QTest.mouseRelease(canvas, left, none, points[-1])


def until(condition: Any, seconds: float) -> bool:
    """Run the event loop until something is so; False where it takes longer."""
    from PySide6.QtWidgets import QApplication

    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        QApplication.processEvents()
        time.sleep(0.002)
    return True


def wait(seconds: float) -> None:
    """Run the event loop for a while."""
    end = time.monotonic() + seconds
    until(lambda: time.monotonic() >= end, seconds + 1)
