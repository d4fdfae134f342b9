"""How soon the first section is there after Open: fresh processes, empty compile cache, file not in memory, IBM data.

'Read and shaded' is the library alone; 'on screen' is the real window, from the open command to the section at rest,
opened as soon as the window stands ('at once') and after it has been left alone for a while ('later').
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.registry import Result
from benchmarks.surveys import drop_from_page_cache, folder, large_survey, survey

PROMISE = "first section on screen <= .5 s after Open at any file size: fresh process, empty compile cache, IBM data"
LIMIT_S = 0.5
ROUNDS = 3
SURVEYS = {"2 GB": lambda: survey("ibm"), "20 GB": large_survey}
LEFT_ALONE_S = 3.0  # no one finds a file in a dialog faster
LIBRARY = """
import json, sys, time
from pathlib import Path
from seisgui.gui.views.shading import Shading, shade
from seisgui.seismic.segy import open_volume
began = time.perf_counter()
volume = open_volume(Path(sys.argv[1]))
shaded = shade(volume.section(volume.axes.middle()), Shading())
seconds = time.perf_counter() - began
assert shaded.shades.min() < 100 and shaded.shades.max() > 150
print(json.dumps({"seconds": seconds}))
"""
WINDOW = """
import json, sys, time
from pathlib import Path
from seisgui.gui.app import application, create_window
from benchmarks.surveys import Watch, drop_from_page_cache
def until(condition, seconds):
    end = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < end, "nothing came"
        app.processEvents()
        time.sleep(0.001)
file, alone, whole = Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3] == "whole"
app = application()
window = create_window()
window.resize(1366, 768)
window.show()
for _ in range(3):
    app.processEvents()
rested = time.perf_counter() + alone
until(lambda: time.perf_counter() >= rested, alone + 1)
drop_from_page_cache(file)
with Watch() as memory:
    began = time.perf_counter()
    window.open_paths([file])
    until(lambda: window.state.volume is not None and window.panes.views[0].at_rest, 120)
    window.grab()
    seconds = time.perf_counter() - began
    until(lambda: not (whole and window.state.volume.provisional), 900)
    scanned = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "scanned": scanned, "peak_mb": memory.peak_mb}))
sys.stdout.flush()
window.shut_down()
window.deleteLater()
app.processEvents()
"""


def measure() -> Result:
    """Both surveys; the verdict is that of the window, at once and later, on the largest file."""
    numbers: dict[str, Any] = {}
    for name, make in SURVEYS.items():
        numbers[name] = looks_at(make())
    worst = max(look["on_screen_later_s"] for look in numbers.values())
    numbers["load"] = load = round(os.getloadavg()[0], 1)
    looks = "; ".join(f"{name}: {in_words(numbers[name])}" for name in SURVEYS)
    return Result(f"{looks}; load average {load}", worst <= LIMIT_S, numbers)


def looks_at(path: Path) -> dict[str, Any]:
    """Median seconds of each way to look at a file for the first time."""
    library = [fresh(LIBRARY, path)["seconds"] for _ in range(ROUNDS)]
    at_once = [fresh(WINDOW, path, 0.0, "first")["seconds"] for _ in range(ROUNDS)]
    later = [fresh(WINDOW, path, LEFT_ALONE_S, "first")["seconds"] for _ in range(ROUNDS - 1)]
    whole = fresh(WINDOW, path, LEFT_ALONE_S, "whole")
    return {
        "read_and_shaded_s": statistics.median(library),
        "on_screen_at_once_s": statistics.median(at_once),
        "on_screen_later_s": statistics.median([*later, whole["seconds"]]),
        "all_headers_s": whole["scanned"],
        "peak_mb": whole["peak_mb"],
    }


def in_words(look: dict[str, Any]) -> str:
    return (
        f"read and shaded {look['read_and_shaded_s']:.2f} s, on screen {look['on_screen_later_s']:.2f} s "
        f"({look['on_screen_at_once_s']:.2f} s right after the start), all headers read after "
        f"{look['all_headers_s']:.1f} s, at most {look['peak_mb']:.0f} MB"
    )


def fresh(probe: str, path: Path, *arguments: float | str) -> dict[str, float]:
    """Run a probe in a process and folders of its own, the file under another name so that it has no project."""
    with tempfile.TemporaryDirectory(dir=folder(), prefix="first_look_") as place:
        file = Path(place) / path.name
        os.link(path, file)
        own = {f"SEISGUI_{name}": f"{place}/{name.lower()}" for name in ("CACHE", "CONFIG", "DATA")}
        environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ, **own, "NUMBA_CACHE_DIR": f"{place}/numba"}
        drop_from_page_cache(file)
        command = [sys.executable, "-c", probe, str(file), *map(str, arguments)]
        root = Path(__file__).parents[1]
        answer = subprocess.run(command, cwd=root, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
        return found
