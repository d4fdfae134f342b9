"""Synthetic arrivals for tests of picking: records of two stations' worth of P and S, and gathers with a moveout."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seisgui.interpretation.pick_exchange import import_picks
from seisgui.interpretation.project import Project
from seisgui.learning.events import Control
from seisgui.learning.requests import HeldOutGroup, TrainRequest
from seisgui.learning.train import train

SAMPLES, RATE = 1200, 100.0
QUICK = {"updates_per_epoch": 3, "batch": 4, "window": 512}
HELD_OUT = (HeldOutGroup("station", "AA.ST0"),)


def wave(samples, at, period, generator):
    """A decaying oscillation that begins at a sample."""
    later = np.maximum(np.arange(samples) - at, 0)
    return np.sin(2 * np.pi * later / period) * np.exp(-later / (4 * period)) * (1 + 0.2 * generator.random())


def write_records(path: Path, n=10, seed=0):
    """Three-component records of five stations with P and S; returns the path."""
    generator = np.random.default_rng(seed)
    p = generator.integers(250, 600, n)
    s = p + generator.integers(80, 250, n)
    data = 0.05 * generator.standard_normal((n, 3, SAMPLES))
    for row in range(n):
        data[row, 2] += wave(SAMPLES, p[row], 9, generator)
        data[row, 0] += 1.5 * wave(SAMPLES, s[row], 17, generator)
        data[row, 1] += 1.2 * wave(SAMPLES, s[row], 17, generator)
    name = np.array([f"AA_ST{row % 5}_{20200101000000 + row}" for row in range(n)])
    channels = np.array(["HHE_HHN_HHZ"] * n)
    np.savez(path, data=data.astype(np.float32), p=p, s=s, name=name, channels=channels, sampling_rate=RATE)
    return path


def write_gathers(path: Path, n=5, traces=12, seed=0):
    """Gathers of single traces with first breaks along a moveout; every sixth trace is noise without a pick."""
    generator = np.random.default_rng(seed)
    samples = 600
    first = 200 + 20 * np.arange(n)[:, None] + 2 * np.arange(traces)
    has = np.broadcast_to(np.arange(traces) % 6 != 5, first.shape)
    data = 0.05 * generator.standard_normal((n, traces, samples))
    for gather, trace in zip(*np.nonzero(has), strict=True):
        data[gather, trace] += wave(samples, first[gather, trace], 12, generator)
    np.savez(path, data=data.astype(np.float32), first_break=np.where(has, first, 0), has_pick=has)
    return path


def make_project(folder: Path, file: Path) -> Project:
    """A project with the records of a file and the picks in it."""
    project = Project.create(folder / "picks.seisproj")
    project.add_gathers([file])
    import_picks(project, file)
    project.wait_saved()
    return project


def run_training(project, events=None, control=None, **wishes):
    """Train a picker to the end; returns the record."""
    wishes = {"hold_out_groups": HELD_OUT, "settings": QUICK, "epochs": 1, "device": "cpu"} | wishes
    request = TrainRequest(project.path, task="picking", network="phasenet", **wishes)
    return outcome_of(train(project, request, control or Control()), events)


def outcome_of(steps, events=None):
    """What a generator returns; its events are appended to ``events``."""
    while True:
        try:
            event = next(steps)
        except StopIteration as outcome:
            return outcome.value
        if events is not None:
            events.append(event)
