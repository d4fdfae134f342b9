"""Small record sets in files, and real mouse and wheel events on gather views."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from seisgui.gui.views.gather import GatherView

RATE = 250.0
NONE = Qt.KeyboardModifier.NoModifier


def shot_amplitude(n_shots: int = 6, n_traces: int = 24, n_samples: int = 500) -> np.ndarray:
    """(n_shots, n_traces, n_samples): an arrival at 0.2 s + 20 ms a trace on noise, with an offset of its own."""
    rng = np.random.default_rng(1)
    amplitude = 0.02 * rng.standard_normal((n_shots, n_traces, n_samples))
    time = np.arange(n_samples) / RATE
    for trace in range(n_traces):
        since = time - arrival(trace)
        amplitude[:, trace] += np.where(since >= 0, np.sin(80 * since) * np.exp(-6 * since), 0)
    return (1000 * amplitude).astype(np.float32)


def arrival(trace: int) -> float:
    """Seconds of the first break on a trace of a shot."""
    return 0.2 + 0.02 * trace


def write_shots(path: Path, amplitude: np.ndarray | None = None, rate: float = RATE) -> Path:
    """A pre-stack SEG-Y: shots in field records 101, 102 ..., offsets 100 m, 110 m ..."""
    amplitude = shot_amplitude() if amplitude is None else amplitude
    n_shots, n_traces, n_samples = amplitude.shape
    binary = bytearray(400)
    struct.pack_into(">h", binary, 16, round(1e6 / rate))
    struct.pack_into(">h", binary, 20, n_samples)
    struct.pack_into(">h", binary, 24, 5)
    with path.open("wb") as file:
        file.write(b" " * 3200)
        file.write(binary)
        for shot in range(n_shots):
            for trace in range(n_traces):
                header = bytearray(240)
                struct.pack_into(">iiii", header, 0, shot * n_traces + trace + 1, trace + 1, 101 + shot, trace + 1)
                struct.pack_into(">i", header, 36, 100 + 10 * trace)
                struct.pack_into(">hh", header, 114, n_samples, round(1e6 / rate))
                struct.pack_into(">h", header, 28, 1)
                file.write(header)
                file.write(amplitude[shot, trace].astype(">f4").tobytes())
    return path


def write_waveforms(path: Path, n_records: int = 5, n_samples: int = 3000) -> Path:
    """Three-component records in an npz, P at 8 s + 1 s a record, S 4 s later, 100 Hz."""
    rng = np.random.default_rng(2)
    data = rng.standard_normal((n_records, 3, n_samples)).astype(np.float32)
    first = np.array([800 + 100 * k for k in range(n_records)])
    for record, sample in enumerate(first):
        data[record, 2, sample : sample + 200] += 20
        data[record, :2, sample + 400 : sample + 800] += 30
    np.savez(
        path,
        data=data,
        p=first,
        s=first + 400,
        sampling_rate=100.0,
        station=np.array([f"XX.ST{k}" for k in range(n_records)]),
        name=np.array([f"record {k}" for k in range(n_records)]),
    )
    return path


def at_rest(qtbot, view: GatherView) -> None:
    """Wait until what was asked for is on the screen."""
    qtbot.waitUntil(lambda: view.at_rest and view.reader.idle, timeout=20000)
    QApplication.processEvents()


def point(view: GatherView, record: int, time: float) -> QPoint:
    """The pixel of a time of a record."""
    return view.pos_of(record, time).toPoint()


def drag(view: GatherView, points: list[QPoint], button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
    """Press at the first point, move through the others, release at the last."""
    QTest.mousePress(view, button, NONE, points[0])
    for place in points[1:]:
        move(view, place, button)
    QTest.mouseRelease(view, button, NONE, points[-1])


def move(view: GatherView, place: QPoint, buttons: Qt.MouseButton = Qt.MouseButton.NoButton) -> None:
    """A mouse move with buttons held."""
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(place),
        QPointF(view.mapToGlobal(place)),
        Qt.MouseButton.NoButton,
        buttons,
        NONE,
    )
    QApplication.sendEvent(view, event)


def turn_wheel(view: GatherView, notches: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """Turn the wheel over the middle of the plot; negative is towards the user."""
    centre = view.plot_rect().center()
    event = QWheelEvent(
        centre,
        QPointF(view.mapToGlobal(centre.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)
