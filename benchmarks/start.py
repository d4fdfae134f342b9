"""From the start of the process to a window that has been painted and takes events; torch must stay out."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.registry import Result

PROMISE = "the window is usable within 1.5 s of the start of its process, without torch or scikit-learn in it"
ROUNDS = 5
PROBE = """
import json, sys, time
from seisgui.gui.app import application, create_window
app = application()
window = create_window()
window.show()
for _ in range(3):
    app.processEvents()
window.grab()
print(json.dumps({"done": time.time(), "heavy": [name for name in ("torch", "sklearn") if name in sys.modules]}))
sys.stdout.flush()
window.close()
app.processEvents()
"""


def measure() -> Result:
    """Start the window in fresh processes, the first of which warms the disk."""
    with tempfile.TemporaryDirectory() as folder:
        places = {f"SEISGUI_{name}": folder for name in ("DATA", "CONFIG", "CACHE")}
        environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, **places}
        seconds, heavy = [], set()
        for _ in range(ROUNDS + 1):
            started = time.time()
            answer = subprocess.run(
                [sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=True
            )
            found = json.loads(answer.stdout.splitlines()[-1])
            seconds.append(found["done"] - started)
            heavy.update(found["heavy"])
    median, worst = statistics.median(seconds[1:]), max(seconds[1:])
    figure = (
        f"median {median:.2f} s, worst {worst:.2f} s of {ROUNDS}; heavy libraries loaded: {sorted(heavy) or 'none'}"
    )
    return Result(figure, median <= 1.5 and not heavy, {"seconds": seconds, "heavy": sorted(heavy)})
