"""The real window on a project: starts a training, paints one stroke with the mouse, and waits to be killed.

``python window_under_fire.py PROJECT ROUND``: prints 'saved LATERAL VERTICAL PID PID' (array indices of the stroke on
``STROKE_INLINE``, its workers) as soon as the stroke is on disk, then stays in the event loop.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parents[1] / "acceptance"))

from window_driver import WindowDriver

from seisgui.jobs.messages import COMPUTE, DATA
from seisgui.seismic.axes import Orientation, SectionRef

STROKE_INLINE = 130  # a section without other labels


class Waiter:
    """What the driver needs of pytest-qt, without pytest."""

    def waitExposed(self, _: object) -> None:
        QApplication.processEvents()

    def waitUntil(self, condition: Callable[[], object], timeout: int) -> None:
        """Process events until ``condition`` neither raises nor gives False."""
        deadline = time.monotonic() + timeout / 1000
        while True:
            QApplication.processEvents()
            try:
                if condition() is not False:
                    return
            except AssertionError:
                if time.monotonic() > deadline:
                    raise
            assert time.monotonic() < deadline, "the window did not get there in time"
            time.sleep(0.002)


def stroke_place(number: int) -> tuple[int, int]:
    """Array indices of a round's stroke, a place of its own each."""
    return 10 + 18 * (number % 10), 20 + 30 * (number // 10 % 7)


def start_training(driver: WindowDriver, network: str = "waldeland") -> None:
    """Train for ever, as far as these tests are concerned."""
    panel = driver.window.training
    panel.network.setCurrentIndex(panel.network.findData(network))
    panel.epochs.setValue(10_000 if network != "forest" else 0)
    driver.window.run_command("train.start")
    driver.wait(lambda: driver.window.training_flow.job is not None, 10)


def main() -> None:
    path, number = Path(sys.argv[1]), int(sys.argv[2])
    driver = WindowDriver(Waiter(), path)
    start_training(driver)
    job = driver.window.training_flow.job
    driver.wait(lambda: job.progress is not None, 60)
    driver.view.set_ref(SectionRef(Orientation.INLINE, STROKE_INLINE))
    driver.wait(lambda: driver.view.at_rest and driver.view.ref.number == STROKE_INLINE, 10)
    driver.key(Qt.Key.Key_B)
    driver.key("2")
    axes = driver.state.volume.axes
    lateral, vertical = stroke_place(number)
    line, sample = float(axes.crossline.numbers[lateral]), float(axes.sample.values[vertical])
    driver.stroke([(line, sample), (line, sample)])
    driver.wait(lambda: driver.state.project.all_saved and driver.window.bar.is_saved, 10)
    pids = [driver.window.bridge.client(kind).pid for kind in (DATA, COMPUTE)]
    sys.stdout.write(f"saved {lateral} {vertical} {pids[0]} {pids[1]}\n")
    sys.stdout.flush()
    QApplication.instance().exec()


if __name__ == "__main__":
    main()
