"""A section in any direction of a 2 GB survey: from the display copies while moving, from the SEG-Y at rest."""

from __future__ import annotations

import itertools
import os
import queue
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import segyio

from benchmarks.registry import Result
from benchmarks.surveys import Watch, drop_from_page_cache, folder, survey
from seisgui.seismic.axes import Orientation, SectionRef, VolumeAxes
from seisgui.seismic.display import to_uint8
from seisgui.seismic.display_copies import DisplayCopies
from seisgui.seismic.ingest import ingest_steps
from seisgui.seismic.progress import finish
from seisgui.seismic.segy import open_segy
from seisgui.seismic.segy_volume import SegyVolume

PROMISE = (
    "2 GB survey with display copies: inline, crossline and time section in <= 30 ms cold and <= 16 ms warm; true "
    "amplitudes from the SEG-Y within 150 ms of the last step; time section >= 50 x segyio's"
)
COLD_MS, WARM_MS, REST_MS, TIMES = 30.0, 16.0, 150.0, 50.0
COLD_READS, WARM_READS, COLD_RESTS, REST_READS, SLICES = 20, 150, 2, 5, 3
QUANTILE = 95


def measure() -> Result:
    path = survey("ieee")
    copies_folder = Path(tempfile.mkdtemp(dir=folder()))
    try:
        return measure_on(path, copies_folder)
    finally:
        shutil.rmtree(copies_folder)


def measure_on(path: Path, copies_folder: Path) -> Result:
    volume = open_segy(path)
    finish(volume.confirm_steps())
    numbers = ingest(volume, copies_folder)
    copies = DisplayCopies.open(copies_folder, volume)
    assert copies is not None
    for way in Orientation:
        numbers |= moving(copies, copies_folder, way) | at_rest(volume, copies, way)
    copies.close()
    volume.close()
    numbers["segyio_time_ms"] = segyio_slice_ms(path)
    numbers["times_segyio"] = numbers["segyio_time_ms"] / numbers["time_usual_ms"]
    return verdict(numbers)


def ingest(volume: SegyVolume, copies_folder: Path) -> dict[str, float]:
    """Time, memory and size of making the copies of a file that is in no cache."""
    drop_from_page_cache(volume.path)
    with Watch() as watch:
        seconds, processor = time.perf_counter(), time.process_time()
        finish(ingest_steps(volume, copies_folder))
        seconds, processor = time.perf_counter() - seconds, time.process_time() - processor
    size = sum(file.stat().st_size for file in copies_folder.iterdir())
    return {
        "ingest_s": seconds,
        "ingest_processor_s": processor,
        "ingest_peak_mb": watch.peak_mb,
        "size_share": size / volume.path.stat().st_size,
    }


def moving(copies: DisplayCopies, copies_folder: Path, way: Orientation) -> dict[str, float]:
    """Sections from the copies, up to the grey values of a pane: far from each other and cold, then one by one."""
    look_up = to_uint8(copies.compander.table(), 3000.0)
    look_up = np.roll(look_up, -128)  # by the byte of a code

    def show(ref: SectionRef) -> None:
        cv2.LUT(copies.codes(ref).view(np.uint8), look_up)

    file = next(copies_folder.glob(f"*.{way.value}.i8"))
    cold = [timed(show, ref, file) for ref in scattered(copies.axes, way, COLD_READS)]
    neighbours = consecutive(copies.axes, way, WARM_READS)
    for ref in neighbours:
        show(ref)
    warm = [timed(show, ref) for ref in neighbours]
    figures = {f"{way.value}_cold_ms": tail(cold), f"{way.value}_warm_ms": tail(warm)}
    return {**figures, f"{way.value}_usual_ms": float(np.median(warm))}


def at_rest(volume: SegyVolume, copies: DisplayCopies, way: Orientation) -> dict[str, float]:
    """True amplitudes from the source, through the window's reader and its data process, from the last step on.

    In no cache, each by a new process, for pages that are mapped stay in the cache; then with the file in the cache,
    the first by a new process and the others one after another.
    """
    refs = scattered(volume.axes, way, COLD_RESTS + 1 + REST_READS)
    cold = []
    for ref in refs[:COLD_RESTS]:
        with resting(volume, copies) as rest:
            drop_from_page_cache(volume.path)
            cold.append(rest(ref))
    finish_reading(volume.path)
    with resting(volume, copies) as rest:
        warm = [rest(ref) for ref in refs[COLD_RESTS:]]
    return {
        f"{way.value}_rest_cold_ms": float(np.median(cold)),
        f"{way.value}_rest_first_ms": warm[0],
        f"{way.value}_rest_ms": float(np.median(warm[1:])),
    }


def finish_reading(path: Path) -> None:
    """Have the whole file in the cache."""
    with path.open("rb") as stream:
        while stream.read(1 << 24):
            pass


@contextmanager
def resting(volume: SegyVolume, copies: DisplayCopies) -> Iterator[Callable[[SectionRef], float]]:
    """What a window reads with; gives a function that steps to a section and rests there, and says how long it took."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QApplication

    from seisgui.gui.slices import SliceService
    from seisgui.gui.views.reader import SectionReader, SectionRequest, SectionResult
    from seisgui.gui.views.serving import REST_MS as PAUSE_MS
    from seisgui.gui.views.shading import Shading
    from seisgui.jobs.client import JobClient
    from seisgui.jobs.messages import DATA

    app = QApplication.instance() or QApplication([])
    tokens, true = itertools.count(1), queue.SimpleQueue()

    def take(result: SectionResult) -> None:
        if not result.rough:
            true.put(result)

    def rest(ref: SectionRef) -> float:
        began, token = time.perf_counter(), next(tokens)
        reader.submit(SectionRequest(1, token, volume, ref, Shading(), copies=copies))
        time.sleep(PAUSE_MS / 1000)
        reader.submit(SectionRequest(1, token, volume, ref, Shading()))
        result = true.get(timeout=60)
        assert result.amplitude is not None, result.sentence
        return 1000 * (time.perf_counter() - began)

    with tempfile.TemporaryDirectory(dir=folder()) as tmp, JobClient(DATA, logs=Path(tmp)) as data:
        data.start()
        while data.status is None or not data.status.ready:
            time.sleep(0.01)
        reader = SectionReader(app)
        reader.slices = SliceService(data, lambda: Path(tmp))
        reader.ready.connect(take, Qt.ConnectionType.DirectConnection)
        yield rest
        reader.close()


def segyio_slice_ms(path: Path) -> float:
    """Median time of a time slice by segyio with the file in the cache."""
    with segyio.open(str(path), iline=189, xline=193) as other:
        other.depth_slice[0]
        taken = []
        for index in np.linspace(100, len(other.samples) - 100, SLICES).astype(int).tolist():
            began = time.perf_counter()
            np.asarray(other.depth_slice[index])
            taken.append(1000 * (time.perf_counter() - began))
    return float(np.median(taken))


def timed(action: Callable[[SectionRef], object], ref: SectionRef, cold: Path | None = None) -> float:
    """Milliseconds of one call; ``cold`` is dropped from the cache before."""
    if cold is not None:
        drop_from_page_cache(cold)
    began = time.perf_counter()
    action(ref)
    return 1000 * (time.perf_counter() - began)


def tail(milliseconds: list[float]) -> float:
    return float(np.percentile(milliseconds, QUANTILE))


def values_of(axes: VolumeAxes, way: Orientation) -> np.ndarray:
    axis = {Orientation.INLINE: axes.inline, Orientation.CROSSLINE: axes.crossline}.get(way)
    return axes.sample.values if axis is None else axis.numbers


def scattered(axes: VolumeAxes, way: Orientation, count: int) -> list[SectionRef]:
    chosen = np.random.default_rng(1).choice(values_of(axes, way), count, replace=False)
    return [SectionRef(way, float(value)) for value in chosen]


def consecutive(axes: VolumeAxes, way: Orientation, count: int) -> list[SectionRef]:
    return [SectionRef(way, float(value)) for value in values_of(axes, way)[200 : 200 + count]]


def verdict(numbers: dict[str, float]) -> Result:
    def three(name: str, digits: int) -> str:
        return " / ".join(f"{numbers[f'{way.value}_{name}_ms']:.{digits}f}" for way in Orientation)

    kept = (
        all(numbers[f"{way.value}_cold_ms"] <= COLD_MS for way in Orientation)
        and all(numbers[f"{way.value}_warm_ms"] <= WARM_MS for way in Orientation)
        and all(numbers[f"{way.value}_rest_ms"] <= REST_MS for way in Orientation)
        and numbers["times_segyio"] >= TIMES
    )
    figure = (
        f"inline / crossline / time: {three('cold', 1)} ms cold, {three('warm', 1)} ms warm (p95; median "
        f"{three('usual', 2)}); true amplitudes after the last step, the pause of 60 ms among it, {three('rest', 0)} "
        f"ms, the first of a file {three('rest_first', 0)} ms, with nothing in the cache {three('rest_cold', 0)} ms; "
        f"segyio's time slice "
        f"{numbers['segyio_time_ms']:.0f} ms = {numbers['times_segyio']:.0f} x; ingest {numbers['ingest_s']:.1f} s "
        f"({numbers['ingest_processor_s']:.1f} s of processor, load {os.getloadavg()[0]:.1f}), "
        f"{numbers['ingest_peak_mb']:.0f} MB of memory, {numbers['size_share']:.2f} of the file's size"
    )
    return Result(figure, kept, numbers)
