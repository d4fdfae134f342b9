"""A small survey in a real project, and real mouse and wheel events on section views."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from seisgui.gui.state import WorkbenchState
from seisgui.gui.views.predictions import PredictionStore
from seisgui.gui.views.section import SectionView
from seisgui.interpretation.project import Project
from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes

AXES = VolumeAxes(LineAxis(100, 2, 9), LineAxis(1001, 4, 60), SampleAxis(400.0, 4.0, 80))


def amplitude_of(axes: VolumeAxes) -> np.ndarray:
    """Dipping sinusoids with noise, (n_inline, n_crossline, n_sample) float32."""
    i, j, k = np.indices(axes.shape)
    wave = np.sin(0.45 * k + 0.08 * j + 0.2 * i)
    return (1000 * wave + 20 * np.random.default_rng(0).normal(size=axes.shape)).astype(np.float32)


@dataclass
class Workplace:
    """A project with one survey open in a state."""

    state: WorkbenchState
    predictions: PredictionStore
    project: Project
    file: Path


def open_workplace(folder: Path, file: Path) -> Workplace:
    project = Project.create(folder / "survey.seisproj")
    dataset = project.add_volume(file)
    labels = project.labels(dataset_id=dataset.id)
    for name in ("salt", "sand", "shale"):
        labels.add_class(name)
    state = WorkbenchState()
    volume = project.open_volume(dataset_id=dataset.id)
    state.show(project, volume, dataset.id, dataset.volumes[0].id, labels)
    state.active_class = labels.classes[0].id
    state.brush.traces, state.brush.samples = 7, 5
    return Workplace(state, PredictionStore(), project, file)


def settle(qtbot, *views: SectionView) -> None:
    """Wait until true amplitudes are on the screen."""
    for view in views:
        qtbot.waitUntil(lambda view=view: view.at_rest, timeout=5000)
    QApplication.processEvents()


def pixel(view: SectionView, lateral: float, vertical: float) -> QPoint:
    """Where a position lies on the canvas."""
    x, y = view.canvas.view.pixel(lateral, vertical)
    return QPoint(round(x), round(y))


def position(view: SectionView, point: QPoint) -> tuple[float, float]:
    return view.canvas.view.position(point.x(), point.y())


def drag(
    view: SectionView,
    points: list[QPoint],
    button: Qt.MouseButton = Qt.MouseButton.LeftButton,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    *,
    release: bool = True,
) -> None:
    """Press at the first point, move through the others, release at the last: real mouse events on the canvas."""
    QTest.mousePress(view.canvas, button, modifiers, points[0])
    for point in points[1:]:
        move(view, point, button, modifiers)
    if release:
        QTest.mouseRelease(view.canvas, button, modifiers, points[-1])


def move(
    view: SectionView,
    point: QPoint,
    buttons: Qt.MouseButton = Qt.MouseButton.NoButton,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """A mouse move with buttons held, which QTest.mouseMove cannot say."""
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(point),
        QPointF(view.canvas.mapToGlobal(point)),
        Qt.MouseButton.NoButton,
        buttons,
        modifiers,
    )
    QApplication.sendEvent(view.canvas, event)


def turn_wheel(
    view: SectionView, notches: int, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """Turn the wheel over the middle of the canvas; negative is towards the user."""
    centre = QPointF(view.canvas.plot_rect().center())
    event = QWheelEvent(
        centre,
        QPointF(view.canvas.mapToGlobal(centre.toPoint())),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.canvas, event)


def labels_of(view: SectionView) -> np.ndarray:
    """Classes of the view's section in the label set, (n_lateral, n_vertical)."""
    return view.state.labels.section(view.ref)[0]
