"""What the benchmarks of large surveys share: the surveys themselves, cold files, and the memory of a process."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Self

import numpy as np
import psutil
from scipy.ndimage import gaussian_filter

from seisgui.seismic import ibm
from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.cache_folder import cache_folder
from seisgui.seismic.segy_writer import write_segy

FORMATS = {"ibm": 1, "ieee": 5}
PATTERNS = 24  # different sections; the survey runs through them to and fro


def folder() -> Path:
    """Where the surveys are kept between calls: SEISGUI_BENCHMARKS, or the cache of the user."""
    chosen = os.environ.get("SEISGUI_BENCHMARKS")
    found = Path(chosen) if chosen else cache_folder() / "benchmarks"
    found.mkdir(parents=True, exist_ok=True)
    return found


def survey(kind: str = "ieee", n_inline: int = 700, n_crossline: int = 700, n_sample: int = 1000) -> Path:
    """A SEG-Y of seismic-like amplitudes with numbered lines, 'ibm' or 'ieee'; 2 GB unless told otherwise."""
    path = folder() / f"survey_{kind}_{n_inline}x{n_crossline}x{n_sample}.sgy"
    if not path.exists():
        axes = VolumeAxes(LineAxis(100, 1, n_inline), LineAxis(300, 1, n_crossline), SampleAxis(0.0, 4.0, n_sample))
        draft = path.with_suffix(".part")
        ibm.warm()
        write_segy(draft, Sections(n_inline, n_crossline, n_sample), axes, sample_format=FORMATS[kind])
        draft.rename(path)
    return path


def large_survey() -> Path:
    """20 GB in IBM floats, for the first look alone."""
    return survey("ibm", 2000, 1250, 2000)


class Sections:
    """Inlines (n_crossline, n_sample) one by one: layered, with bright spots, no two neighbours alike, no zero."""

    def __init__(self, n_inline: int, n_crossline: int, n_sample: int) -> None:
        self._count = n_inline
        noise = np.random.default_rng(0).normal(size=(PATTERNS, n_crossline, n_sample)).astype(np.float32)
        smooth = gaussian_filter(noise, (3, 6, 1.5), mode="wrap")
        spots = gaussian_filter((noise > 4).astype(np.float32), (1, 4, 2), mode="wrap")
        self._patterns = (1000 * smooth / smooth.std() * (1 + 40 * spots) + 0.5).astype(np.float32)

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, row: int) -> np.ndarray:
        place = row % (2 * PATTERNS)
        return self._patterns[min(place, 2 * PATTERNS - 1 - place)] * np.float32(1 + 0.01 * (row % 7))


def drop_from_page_cache(path: Path) -> None:
    """Let the next read come from the disk, as far as the system obeys."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    for file in files:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fdatasync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def rss_anon_mb(pid: int) -> float:
    """Anonymous resident memory of a process in MB; 0 where it has ended."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass
    return 0.0


class Watch:
    """Samples the anonymous memory of a process and its children while it is entered; ``peak_mb`` is of the largest."""

    def __init__(self, pid: int | None = None, interval_s: float = 0.02) -> None:
        self._process = psutil.Process(pid or os.getpid())
        self._interval_s = interval_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="memory watch", daemon=True)
        self.peak_mb = 0.0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._done.is_set():
            try:
                watched = [self._process.pid, *(child.pid for child in self._process.children(recursive=True))]
            except psutil.NoSuchProcess:
                return
            self.peak_mb = max(self.peak_mb, *(rss_anon_mb(pid) for pid in watched))
            time.sleep(self._interval_s)
