"""On a screen with more than one device pixel a pixel the stroke lies where the mouse was, and the image is sharp."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys, tempfile, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import numpy as np
from PySide6.QtWidgets import QApplication
app = QApplication([])
from section_helpers import AXES, amplitude_of, drag, labels_of, open_workplace, pixel, position
from seisgui.gui.views.section import SectionView
from seisgui.seismic.segy_writer import write_segy

with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "survey.sgy"
    write_segy(file, amplitude_of(AXES), AXES)
    place = open_workplace(Path(folder), file)
    place.state.layer("labels").opacity = 1.0
    view = SectionView(place.state, place.predictions)
    view.resize(700, 500)
    view.show()
    end = time.monotonic() + 5
    while not view.at_rest and time.monotonic() < end:
        app.processEvents()
    point = pixel(view, 30.5, 40.5)
    drag(view, [point, point])
    i, j = (int(p) for p in position(view, point))
    ratio = view.devicePixelRatioF()
    grabbed = view.canvas.grab()
    colour = grabbed.toImage().pixelColor(int(point.x() * ratio), int(point.y() * ratio)).name()
    print(ratio, labels_of(view)[i, j], grabbed.width() / view.canvas.width(),
          colour == place.state.labels.classes[0].colour, view.canvas._images[False].width() /
          view.canvas.view.width)
    view.close()
    place.project.close()
"""


@pytest.mark.parametrize("factor", [1.25, 2.0])
def test_painting_on_a_scaled_screen(factor):
    environment = {**os.environ, "QT_SCALE_FACTOR": str(factor), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(Path(__file__).parent)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ratio, label, size, colour, sharpness = done.stdout.split()
    assert float(ratio) == factor
    assert int(label) == 0
    assert float(size) == pytest.approx(factor, rel=0.01)
    assert float(sharpness) == pytest.approx(factor, rel=0.01)
    assert colour == "True"
