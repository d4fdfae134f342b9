"""A day of three-component data at 100 Hz in the real window: page after page of a minute, an hour, and the whole day.

Two stations of 24 hours in miniSEED are made here. snuffler needs 7 ms for a page of a minute, 102 ms for an hour and
2 s for a day (measured before, not again here).
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gathers import FRAME_MS, figures, pressing, rested, timed, until, window_on
from benchmarks.registry import Result
from benchmarks.surveys import folder

PROMISE = (
    "24 h of three-component 100 Hz miniSEED: page flip p95 <= 33 ms with a minute, an hour and the whole day in view, "
    "from the key to the painted page, never blank"
)
RATE, SECONDS = 100.0, 86_400
WINDOWS = {"minute": 60.0, "hour": 3600.0}
PAGES, DAY_PAGES = {"minute": 60, "hour": 20}, 20
PAUSE_S = 0.25  # the eye needs that long for a page
STATIONS = ("DAYA", "DAYB")


def measure() -> Result:
    """Space for the next page of a minute and of an hour, PgDn for the other station with its whole day in view."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import Qt

    numbers: dict[str, Any] = {}
    with window_on([day_file(station) for station in STATIONS]) as window:
        view = window.gather_pane.view
        began = time.perf_counter()
        for page in (1, 0):  # both are looked through once
            window.gather_flow.go_to_page(page)
            until(lambda: rested(window))
        numbers["looked_through_s"] = round(time.perf_counter() - began, 2)
        other = [Qt.Key.Key_PageDown, Qt.Key.Key_PageUp] * (DAY_PAGES // 2)
        numbers["day"] = timed(view, [pressing(view, key) for key in other], PAUSE_S)
        for name, seconds in WINDOWS.items():
            view.set_window(3600.0, 3600.0 + seconds)
            until(lambda: rested(window))
            keys = [pressing(view, Qt.Key.Key_Space)] * PAGES[name]
            numbers[name] = timed(view, keys, PAUSE_S)
    numbers["load"] = round(os.getloadavg()[0], 1)
    pages = [numbers[name] for name in ("minute", "hour", "day")]
    kept = all(page["p95"] <= FRAME_MS and page["least_ink"] > 0.95 for page in pages)
    words = "; ".join(f"{name} {figures(numbers[name])}" for name in ("minute", "hour", "day"))
    return Result(f"{words}; looked through once in {numbers['looked_through_s']} s", kept, numbers)


def day_file(station: str) -> Path:
    """24 hours of noise with forty events a component, in Steim-2 miniSEED; kept between calls."""
    path = folder() / f"{station.lower()}_{SECONDS}s_{RATE:g}hz.mseed"
    if not path.exists():
        from obspy import Stream, Trace, UTCDateTime

        rng = np.random.default_rng(sum(map(ord, station)))
        stream = Stream()
        for component in "ENZ":
            samples = 300 * rng.standard_normal(round(SECONDS * RATE))
            for start in rng.integers(0, len(samples) - 4000, 40).tolist():
                samples[start : start + 4000] += 9000 * rng.standard_normal(4000) * np.exp(-np.arange(4000) / 900)
            trace = Trace(samples.astype(np.int32))
            trace.stats.update(
                {
                    "network": "XX",
                    "station": station,
                    "channel": f"HH{component}",
                    "sampling_rate": RATE,
                    "starttime": UTCDateTime(2024, 3, 5),
                }
            )
            stream.append(trace)
        draft = path.with_suffix(".part")
        stream.write(str(draft), format="MSEED", encoding="STEIM2")
        draft.rename(path)
    return path
