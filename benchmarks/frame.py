"""How long one frame takes: pan, zoom and brush on a large section with three layers, software rendering."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.registry import Result

PROMISE = (
    "pan, zoom and brush on 1500 x 1000 and on 5000 x 3000 with three layers: p95 <= 16 ms; a brush event itself < 5 ms"
)
SHAPES = {"1500 x 1000": (2, 1500, 1000), "5000 x 3000": (2, 5000, 3000)}
FRAME_MS, EVENT_MS = 16.0, 5.0
ROUNDS = 120


def measure() -> Result:
    """Real mouse events on a real view of a project, each followed by a repaint."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication([])
    numbers = {}
    for name, shape in SHAPES.items():
        with tempfile.TemporaryDirectory() as folder, opened(Path(folder), app, shape) as view:
            numbers[name] = measured(app, view)
    rows = [row for of_shape in numbers.values() for row in of_shape.values()]
    events = max(of_shape["brush"]["event_p95"] for of_shape in numbers.values())
    kept = all(row["p95"] <= FRAME_MS for row in rows) and events < EVENT_MS
    figure = "; ".join(
        f"{name}: " + ", ".join(f"{move} p95 {row['p95']:.1f} ms" for move, row in of_shape.items())
        for name, of_shape in numbers.items()
    )
    return Result(f"{figure}; brush event p95 {events:.1f} ms", kept, numbers)


def measured(app, view) -> dict[str, dict[str, float]]:
    """Figures of each move on one view."""
    numbers = {}
    for name, step in {"pan": panning(view), "zoom": zooming(view), "brush": painting(view)}.items():
        events, frames, computing = timed(app, view, step)
        numbers[name] = {
            "p50": p(frames, 50),
            "p95": p(frames, 95),
            "max": p(frames, 100),
            "event_p95": p(events, 95),
            "cpu_p95": p(computing, 95),
        }
        view.fit()
        settle(app)
    return numbers


def settle(app, seconds: float = 0.3) -> None:
    """Let the view come to rest."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.processEvents()


def p(values: list[float], share: float) -> float:
    return round(float(np.percentile(values, share)), 2)


@contextmanager
def opened(folder: Path, app, shape: tuple[int, int, int]) -> Iterator:
    """A view of about 1500 x 1000 pixels on a section of a survey of ``shape``, with labels and a prediction."""
    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.views.predictions import PredictionStore
    from seisgui.gui.views.section import SectionView
    from seisgui.interpretation.project import Project
    from seisgui.learning.events import PartialPrediction
    from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
    from seisgui.seismic.segy_writer import write_segy

    axes = VolumeAxes(LineAxis(1, 1, shape[0]), LineAxis(1, 1, shape[1]), SampleAxis(0.0, 4.0, shape[2]))
    rng = np.random.default_rng(0)
    file = folder / "survey.sgy"
    write_segy(file, rng.standard_normal(shape, dtype=np.float32), axes, sample_format=5)
    with Project.create(folder / "survey.seisproj") as project:
        dataset = project.add_volume(file)
        labels = project.labels(dataset_id=dataset.id)
        for name in ("salt", "sand", "shale"):
            labels.add_class(name)
        state, predictions = WorkbenchState(), PredictionStore()
        state.show(project, project.open_volume(dataset_id=dataset.id), dataset.id, dataset.volumes[0].id, labels)
        state.run_id = "run"
        view = SectionView(state, predictions)
        view.resize(1640, 1075)
        view.show()
        while not view.at_rest:
            app.processEvents()
        patches = rng.integers(-1, 3, size=(shape[1] // 50, shape[2] // 50)).repeat(50, 0).repeat(50, 1)
        labels.paint_values(view.ref, 0, 0, patches)
        prediction = rng.integers(0, 3, size=(3, *shape[1:]), dtype=np.uint8)
        predictions.put_array(PartialPrediction("run", view.ref, 1, file, labels.revision), prediction)
        state.brush.traces, state.brush.samples = 41, 31
        settle(app)
        yield view
        view.close()


def timed(app, view, step: Callable[[int], None]) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of the event handler alone, with the repaint, and of computing in both (busy machines wait more)."""
    events, frames, computing = [], [], []
    for index in range(ROUNDS):
        start, busy = time.perf_counter(), time.thread_time()
        step(index)
        events.append((time.perf_counter() - start) * 1000)
        view.canvas.repaint()
        app.processEvents()
        frames.append((time.perf_counter() - start) * 1000)
        computing.append((time.thread_time() - busy) * 1000)
    return events, frames, computing


def panning(view) -> Callable[[int], None]:
    """The middle button held and moved."""
    from PySide6.QtCore import QEvent, Qt

    centre = view.canvas.plot_rect().center()

    def step(index: int) -> None:
        if index == 0:
            view.canvas.set_view(view.canvas.view.zoomed(1.5, 1.5, centre.x(), centre.y()))
            mouse(view, QEvent.Type.MouseButtonPress, centre.x(), centre.y(), Qt.MouseButton.MiddleButton)
        x, y = centre.x() + 200 * np.sin(index / 9), centre.y() + 120 * np.cos(index / 7)
        mouse(view, QEvent.Type.MouseMove, x, y, Qt.MouseButton.MiddleButton)
        if index == ROUNDS - 1:
            mouse(view, QEvent.Type.MouseButtonRelease, x, y, Qt.MouseButton.MiddleButton)

    return step


def zooming(view) -> Callable[[int], None]:
    """Ctrl and the wheel, in and out."""
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    centre = view.canvas.plot_rect().center()

    def step(index: int) -> None:
        notch = 120 if index % 20 < 10 else -120
        event = QWheelEvent(
            centre,
            QPointF(view.canvas.mapToGlobal(centre.toPoint())),
            QPoint(),
            QPoint(0, notch),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.ControlModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(view.canvas, event)

    return step


def painting(view) -> Callable[[int], None]:
    """One long stroke, then its release."""
    from PySide6.QtCore import QEvent, Qt

    rect = view.canvas.plot_rect()

    def step(index: int) -> None:
        x = rect.left() + rect.width() * (0.1 + 0.8 * index / ROUNDS)
        y = rect.center().y() + 0.35 * rect.height() * np.sin(index / 6)
        if index == 0:
            mouse(view, QEvent.Type.MouseButtonPress, x, y, Qt.MouseButton.LeftButton)
        mouse(view, QEvent.Type.MouseMove, x, y, Qt.MouseButton.LeftButton)
        if index == ROUNDS - 1:
            mouse(view, QEvent.Type.MouseButtonRelease, x, y, Qt.MouseButton.LeftButton)

    return step


def mouse(view, kind, x: float, y: float, button) -> None:
    """Send one mouse event to the canvas."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    point = QPointF(x, y)
    pressed = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else button
    event = QMouseEvent(kind, point, view.canvas.mapToGlobal(point), pressed, button, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view.canvas, event)
