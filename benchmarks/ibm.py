"""IBM floats to float32 as they stand in a SEG-Y file (big-endian), against copying the same bytes and segyio."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.registry import Result

PROMISE = "IBM floats decode at >= .4 of memcpy, exact on 2 M random words, unnormalised ones too"
LEAST_RATIO = 0.4
WORDS = 2_000_000
ROUNDS = 40
N_TRACE, N_SAMPLE, HEADER_WORDS = 2000, 1000, 60
TRACES = 4000  # in the file that segyio reads


def measure() -> Result:
    """Best of interleaved rounds: whole arrays, and rows of trace blocks with their headers."""
    from seisgui.seismic import ibm

    by_numpy = numpy_alone(ibm.decode)
    ibm.warm()
    wrong, segyio_wrong = mistakes(ibm.decode)
    ratios = {**against_memcpy(ibm), "NumPy alone": by_numpy, "encode": encoding(ibm.encode)}
    times_segyio = against_segyio()
    figure = (
        f"{ratios['trace blocks']:.2f} of memcpy from trace blocks, {ratios['flat']:.2f} from an array, "
        f"{ratios['NumPy alone']:.2f} before the kernels are loaded, encoding {ratios['encode']:.2f}; "
        f"{wrong} of {WORDS} random words wrong; {times_segyio:.1f} x segyio, which gets "
        f"{segyio_wrong} of {WORDS} wrong"
    )
    kept = min(ratios["trace blocks"], ratios["flat"]) >= LEAST_RATIO and wrong == 0
    return Result(figure, kept, {**ratios, "wrong": wrong, "times_segyio": times_segyio})


def amplitudes(count: int) -> np.ndarray:
    return (np.random.default_rng(0).standard_normal(count) * 1000).astype(np.float32)


def against_memcpy(ibm: object) -> dict[str, float]:
    """Ratio of the time of memcpy to that of decoding, into arrays that are there already."""
    from seisgui.seismic import ibm

    words = ibm.encode(amplitudes(N_TRACE * N_SAMPLE)).reshape(N_TRACE, N_SAMPLE).astype(">u4")
    block = np.zeros((N_TRACE, HEADER_WORDS + N_SAMPLE), dtype=">u4")
    block[:, HEADER_WORDS:] = words
    rows, out = np.arange(N_TRACE), np.empty((N_TRACE, N_SAMPLE), dtype=np.float32)
    best = best_of(
        {
            "memcpy": lambda: memcpy(out, words),
            "flat": lambda: ibm.decode_rows(words, rows, 0, out, rows),
            "trace blocks": lambda: ibm.decode_rows(block, rows, HEADER_WORDS, out, rows),
        }
    )
    return {name: best["memcpy"] / best[name] for name in ("flat", "trace blocks")}


def numpy_alone(decode: Callable[[np.ndarray], np.ndarray]) -> float:
    """The same where the kernels have not been loaded, by the section (which gets a new array)."""
    words = np.random.default_rng(0).integers(0x42100000, 0x44FFFFFF, 500_000, dtype=np.uint32).astype(">u4")
    out = np.empty(words.size, dtype=np.float32)
    best = best_of({"memcpy": lambda: memcpy(out, words), "decode": lambda: decode(words)})
    return best["memcpy"] / best["decode"]


def encoding(encode: Callable[[np.ndarray], np.ndarray]) -> float:
    amplitude = amplitudes(N_TRACE * N_SAMPLE)
    out = np.empty_like(amplitude)
    best = best_of({"memcpy": lambda: memcpy(out, amplitude), "encode": lambda: encode(amplitude)})
    return best["memcpy"] / best["encode"]


def memcpy(target: np.ndarray, source: np.ndarray) -> None:
    ctypes.memmove(target.ctypes.data, source.ctypes.data, source.nbytes)


def best_of(works: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Shortest time of each, the rounds interleaved so that all meet the same load."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(ROUNDS):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            best[name] = min(best[name], time.perf_counter() - began)
    return best


def mistakes(decode: Callable[[np.ndarray], np.ndarray]) -> tuple[int, int]:
    """Words of 2 M random ones that differ from extended precision: ours, and segyio's within float32's range."""
    import segyio
    from segyio import _segyio  # noqa: F401  segyio.tools.native needs it loaded

    words = np.random.default_rng(1).integers(0, 1 << 32, WORDS, dtype=np.uint32)
    largest = np.longdouble(np.finfo(np.float32).max)
    exponent = (4 * ((words >> 24 & 127).astype(np.int64) - 64) - 24).astype(np.int32)
    value = np.minimum(np.ldexp((words & 0xFFFFFF).astype(np.longdouble), exponent), largest)
    expected = (value * np.where(words >> 31, -1, 1)).astype(np.float32)
    theirs = segyio.tools.native(words.astype(">u4").view(">f4").copy(), format=segyio.SegySampleFormat(1))
    comparable = (np.abs(expected) < largest) & (np.abs(expected) >= np.finfo(np.float32).tiny)
    return (
        int(np.count_nonzero(decode(words.astype(">u4")) != expected)),
        int(np.count_nonzero((theirs != expected) & comparable)),
    )


def against_segyio() -> float:
    """Times faster than segyio at reading and decoding all traces of a file in the page cache."""
    import segyio

    from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
    from seisgui.seismic.file_structure import read_structure
    from seisgui.seismic.segy_writer import write_segy
    from seisgui.seismic.trace_file import TraceFile

    axes = VolumeAxes(LineAxis(1, 1, 4), LineAxis(1, 1, TRACES // 4), SampleAxis(0.0, 4.0, N_SAMPLE))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ibm.sgy"
        write_segy(path, amplitudes(TRACES * N_SAMPLE).reshape(axes.shape), axes)
        ours = TraceFile(read_structure(path))
        with segyio.open(path, ignore_geometry=True) as theirs:
            positions = np.arange(TRACES)
            best = best_of({"ours": lambda: ours.traces(positions), "segyio": lambda: theirs.trace.raw[:]})
        ours.close()
    return best["segyio"] / best["ours"]
