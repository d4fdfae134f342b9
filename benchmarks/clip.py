"""The clip of a section: time and error against ``np.percentile``; the competitor looks at a sparse subsample."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.registry import Result

PROMISE = "the percentile of a 951 x 462 section takes <= 2 ms, with an error <= .1 % on spiky data too"
LIMIT_MS, LIMIT_ERROR = 2.0, 1e-3
SHAPE = (951, 462)
RULES = ("P90", "P95", "P99")
SPARSE = 20  # every so many traces and samples are what the competitor looks at
ROUNDS = 200


def measure() -> Result:
    """Best and median times, interleaved; errors over all rules and kinds of data."""
    from seisgui.seismic.display import percentile_clip

    sections = {"plain": plain(), "spiky": spiky(), "muted": muted()}
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(seconds(lambda: percentile_clip(sections["spiky"], "P99")))
        theirs.append(seconds(lambda: sparse_clip(sections["spiky"], 99.0)))
    numpys = [seconds(lambda: np.percentile(np.abs(sections["spiky"]), 99.0)) for _ in range(10)]
    error = sparse_error = 0.0
    for section in sections.values():
        for rule in RULES:
            true = float(np.percentile(np.abs(section), float(rule[1:])))
            error = max(error, abs(percentile_clip(section, rule) / true - 1))
            sparse_error = max(sparse_error, abs(sparse_clip(section, float(rule[1:])) / true - 1))
    times = {"ours": ours, "sparse": theirs, "np.percentile": numpys}
    ms = {name: {"best": 1e3 * min(taken), "median": 1e3 * float(np.median(taken))} for name, taken in times.items()}
    figure = (
        f"median {ms['ours']['median']:.2f} ms (best {ms['ours']['best']:.2f}), error at most {100 * error:.5f} %; "
        f"np.percentile {ms['np.percentile']['median']:.2f} ms; every {SPARSE}th trace and sample "
        f"{ms['sparse']['median']:.2f} ms, error up to {100 * sparse_error:.0f} %"
    )
    kept = ms["ours"]["median"] <= LIMIT_MS and error <= LIMIT_ERROR
    return Result(figure, kept, {"ms": ms, "error": error, "sparse_error": sparse_error})


def plain() -> np.ndarray:
    return (np.random.default_rng(0).standard_normal(SHAPE) * 3000).astype(np.float32)


def spiky() -> np.ndarray:
    """Amplitudes that fall with depth, and a bright layer and bad traces that hold the percentile."""
    section = plain() * np.exp(-np.arange(SHAPE[1]) / 80).astype(np.float32)
    section[:, 201:206] *= 500
    section[np.random.default_rng(1).choice(SHAPE[0], 8, replace=False)] *= 1e6
    return section


def muted() -> np.ndarray:
    """Two thirds of the samples are zero."""
    section = plain()
    section[:, : 2 * SHAPE[1] // 3] = 0
    return section


def sparse_clip(section: np.ndarray, percentage: float) -> float:
    return float(np.percentile(np.abs(section[::SPARSE, ::SPARSE]), percentage))


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
