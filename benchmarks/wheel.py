"""300 steps of the wheel through a 2 GB survey: how long until each line is on the screen."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.registry import Result
from benchmarks.surveys import folder, survey
from seisgui.seismic.axes import Orientation

PROMISE = (
    "300 wheel steps over 2 GB, 60 a second, inline, crossline and time, from the event to the painted line: after "
    "ingest p95 <= 16 ms, max <= 100 ms, true amplitudes within 150 ms of the last; before ingest p95 <= 50 ms; steps "
    "never seen are counted"
)
AFTER_MS, AFTER_MAX_MS, BEFORE_MS, REST_MS = 16.0, 100.0, 50.0, 150.0
STEPS = 300
INTERVAL_MS = 16


def measure() -> Result:
    """Real wheel events on a section view of a project with display copies, and of one without."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication([])
    numbers = {}
    for name, place in (("after", with_copies), ("before", without_copies)):
        with place() as project, opened(app, project) as view:
            numbers[name] = {way.value: turned(app, view, way) for way in Orientation}
    kept = (
        all(row["p95"] <= AFTER_MS and row["max"] <= AFTER_MAX_MS for row in numbers["after"].values())
        and all(row["rest"] <= REST_MS for row in numbers["after"].values())
        and all(row["p95"] <= BEFORE_MS for row in numbers["before"].values())
    )
    return Result("; ".join(sentence(name, rows) for name, rows in numbers.items()), kept, numbers)


def sentence(name: str, rows: dict[str, dict[str, float]]) -> str:
    def three(figure: str) -> str:
        return " / ".join(f"{row[figure]:.0f}" for row in rows.values())

    return (
        f"{name} ingest p95 {three('p95')} ms, max {three('max')} ms, unseen {three('unseen')} of {STEPS}, window busy "
        f"p95 {three('busy_p95')} ms, at rest after {three('rest')} ms (inline / crossline / time)"
    )


@contextmanager
def with_copies() -> Iterator:
    """The project that is kept beside the survey, with display copies made once."""
    from seisgui.interpretation.project import Project
    from seisgui.seismic.ingest import ingest_steps
    from seisgui.seismic.progress import finish

    file = survey("ieee")
    path = folder() / f"{file.stem}.seisproj"
    if path.exists() and not path.is_dir():
        path.unlink()
    with Project.open(path) if path.exists() else Project.create(path) as project:
        if not project.datasets():
            project.add_volume(file)
        record = project.datasets()[0].volumes[0]
        if project.display_copies(record.id) is None:
            volume = project.open_volume(record.id)
            finish(ingest_steps(volume, project.display_folder(record.id)))
        yield project


@contextmanager
def without_copies() -> Iterator:
    """A project on the same survey that is thrown away."""
    from seisgui.interpretation.project import Project

    place = Path(tempfile.mkdtemp())
    try:
        with Project.create(place / "survey.seisproj") as project:
            project.add_volume(survey("ieee"))
            yield project
    finally:
        shutil.rmtree(place)


@contextmanager
def opened(app, project) -> Iterator:
    """A view of a usual size on the first volume, with a data process as a window has it."""
    from seisgui.gui.slices import SliceService
    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.views.predictions import PredictionStore
    from seisgui.gui.views.section import SectionView
    from seisgui.jobs.client import JobClient
    from seisgui.jobs.messages import DATA

    dataset = project.datasets()[0]
    state = WorkbenchState()
    volume = project.open_volume(dataset_id=dataset.id)
    labels = project.labels(dataset_id=dataset.id)
    state.show(project, volume, dataset.id, dataset.volumes[0].id, labels)
    view = SectionView(state, PredictionStore())
    view.resize(1366, 768)
    with JobClient(DATA) as data:
        view.reader.slices = SliceService(data, lambda: project.tmp_folder)
        data.start()
        while data.status is None or not data.status.ready:
            time.sleep(0.01)
        yield from in_use(app, view)


def in_use(app, view) -> Iterator:
    """Show a view, until its user has done with it."""
    view.show()
    settle(app, view)
    while view.positions.live is None:  # coordinates are read beside it
        app.processEvents()
    yield view
    view.close()


def settle(app, view) -> float:
    """Milliseconds until true amplitudes are on the screen."""
    began = time.perf_counter()
    while not view.at_rest:
        app.processEvents()
        time.sleep(0.0005)
    app.processEvents()
    return (time.perf_counter() - began) * 1000


def turned(app, view, way: Orientation) -> dict[str, float]:
    """Turn the wheel over one direction, from its second tenth on."""
    from PySide6.QtCore import QEventLoop, Qt, QTimer

    view.set_orientation(way)
    view.step(-10_000)
    view.step(50)
    settle(app, view)
    time.sleep(0.2)
    app.processEvents()
    painted = Painted(view)
    steps: list[tuple[float, object]] = []
    busy: list[float] = []
    loop, timer = QEventLoop(), QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    before, mark = view.reader.dropped, [time.thread_time()]

    def step() -> None:
        if len(steps) == STEPS:
            timer.stop()
            loop.quit()
            return
        now = time.thread_time()
        busy.append((now - mark[0]) * 1000)
        mark[0] = now
        began = time.perf_counter()
        turn_wheel(view)
        steps.append((began, view.ref))

    timer.timeout.connect(step)
    timer.start(INTERVAL_MS)
    loop.exec()
    settle(app, view)
    rest = (time.perf_counter() - steps[-1][0]) * 1000
    app.processEvents()
    waits = painted.waits(steps)
    painted.stop()
    return {
        "p50": round(float(np.percentile(waits, 50)), 1),
        "p95": round(float(np.percentile(waits, 95)), 1),
        "max": round(max(waits), 1),
        "unseen": len({ref for _, ref in steps} - {ref for _, ref in painted.seen}),
        "dropped": view.reader.dropped - before,
        "busy_p95": round(float(np.percentile(busy[1:], 95)), 1),
        "rest": round(rest, 1),
    }


def turn_wheel(view) -> None:
    """One notch towards the user."""
    from PySide6.QtCore import QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent
    from PySide6.QtWidgets import QApplication

    centre = view.canvas.plot_rect().center()
    event = QWheelEvent(
        centre,
        QPointF(view.canvas.mapToGlobal(centre.toPoint())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.canvas, event)


class Painted:
    """Notes when which section has been painted."""

    def __init__(self, view) -> None:
        from PySide6.QtCore import QEvent, QObject, QTimer

        seen = self.seen = []

        class Filter(QObject):
            def eventFilter(self, _watched, event) -> bool:
                if event.type() == QEvent.Type.Paint:
                    shown = view.content.shown
                    QTimer.singleShot(0, lambda: seen.append((time.perf_counter(), shown)))  # after the painting
                return False

        self._view, self._filter = view, Filter()
        view.canvas.installEventFilter(self._filter)

    def stop(self) -> None:
        self._view.canvas.removeEventFilter(self._filter)

    def waits(self, steps: list[tuple[float, object]]) -> list[float]:
        """Milliseconds from each step until its line, or one further on, was on the screen."""
        order = {ref: place for place, (_, ref) in enumerate(steps)}
        seen = [(when, order[ref]) for when, ref in self.seen if ref in order]
        found = []
        for place, (began, _) in enumerate(steps):
            found.append(next((when - began) * 1000 for when, other in seen if other >= place and when >= began))
        return found
