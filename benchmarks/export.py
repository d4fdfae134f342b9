"""Exports of a 2 GB survey beside copies of its file: a probability in floats and classes in bytes.

All that a user waits for counts: reading the prediction, the headers of the source, writing and fsync, but for the
verification, which is timed apart. The source lies in the page cache before every measurement, for each the same.
The competitors are ``cp`` with fsync, and segyio writing line by line on a share of the lines.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import segyio

from benchmarks.predictions import RUN, predicted_project
from benchmarks.registry import Result
from benchmarks.surveys import folder, survey
from seisgui.interpretation.project import Project
from seisgui.learning.export import export_prediction
from seisgui.seismic.progress import finish
from seisgui.seismic.segy_volume import SegyVolume

PROMISE = "2 GB of floats are exported in <= 1.2 x cp with fsync, facies as int8 in <= .5 x; verification timed apart"
FLOAT_TIMES, BYTE_TIMES = 1.2, 0.5
ROUNDS = 3
SEGYIO_LINES = 100


def measure() -> Result:
    source = survey("ieee")
    with Project.open(predicted_project("ieee"), read_only=True) as project:
        volume = project.open_volume()
        assert isinstance(volume, SegyVolume)
        finish(volume.confirm_steps())
        with tempfile.TemporaryDirectory(dir=folder()) as place:
            rounds = [measure_round(project, source, Path(place)) for _ in range(ROUNDS)]
            warm(source)
            lines = volume.axes.inline.count
            segyio_s = segyio_line_by_line(source, Path(place) / "segyio.sgy") * lines / SEGYIO_LINES
    return verdict(rounds, segyio_s)


def measure_round(project: Project, source: Path, place: Path) -> dict[str, float]:
    """Seconds of each, one after the other."""
    found = {}
    warm(source)
    found["cp_s"] = copied(source, place / "cp.sgy")
    for name, kind, sample_format in (("float", "probability", "ieee"), ("int8", "class", "int8")):
        warm(source)
        out = place / f"{name}.sgy"
        began = time.perf_counter()
        report = finish(export_prediction(project, RUN, out, kind, sample_format))
        found[f"{name}_verify_s"] = report.verify_seconds
        found[f"{name}_s"] = time.perf_counter() - began - report.verify_seconds
        out.unlink()
    return found


def warm(source: Path) -> None:
    """Bring the source into the page cache, and what was written before to the disk."""
    os.sync()
    with source.open("rb", buffering=0) as file:
        block = bytearray(8 << 20)
        while file.readinto(block):
            pass


def copied(source: Path, target: Path) -> float:
    """Seconds of ``cp`` and fsync."""
    began = time.perf_counter()
    subprocess.run(["cp", "--reflink=never", source, target], check=True)
    synchronise(target)
    seconds = time.perf_counter() - began
    target.unlink()
    return seconds


def segyio_line_by_line(source: Path, target: Path) -> float:
    """Seconds that segyio takes for some of the inlines, headers and amplitudes as they are, and fsync."""
    with segyio.open(source) as survey_file:
        numbers = survey_file.ilines[:SEGYIO_LINES]
        values = [survey_file.iline[number] for number in numbers[:8]]
        spec = segyio.tools.metadata(survey_file)
        spec.ilines = numbers
        began = time.perf_counter()
        with segyio.create(target, spec) as out:
            out.text[0] = survey_file.text[0]
            out.bin = survey_file.bin
            for place, number in enumerate(numbers):
                out.header.iline[number] = survey_file.header.iline[number]
                out.iline[number] = values[place % len(values)]
        synchronise(target)
    seconds = time.perf_counter() - began
    target.unlink()
    return seconds


def synchronise(path: Path) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def verdict(rounds: list[dict[str, float]], segyio_s: float) -> Result:
    seconds = {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}
    times = {name: statistics.median(each[f"{name}_s"] / each["cp_s"] for each in rounds) for name in ("float", "int8")}
    figure = (
        f"floats {times['float']:.2f} x cp with fsync ({seconds['float_s']:.1f} s against {seconds['cp_s']:.1f} s), "
        f"verified in {seconds['float_verify_s']:.1f} s more; int8 {times['int8']:.2f} x ({seconds['int8_s']:.1f} s, "
        f"verified in {seconds['int8_verify_s']:.1f} s); segyio line by line {segyio_s / seconds['cp_s']:.1f} x; "
        f"medians of {ROUNDS} interleaved rounds, source in the page cache for all"
    )
    kept = times["float"] <= FLOAT_TIMES and times["int8"] <= BYTE_TIMES
    numbers = {**seconds, **{f"{name}_times": value for name, value in times.items()}, "segyio_s": segyio_s}
    return Result(figure, kept, {**numbers, "rounds": rounds})
