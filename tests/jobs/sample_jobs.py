"""Real little jobs for the worker, named as 'sample_jobs:function'."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import time
from pathlib import Path

from seisgui.errors import InputError
from seisgui.jobs.messages import Notice, Progress


def count(steps, seconds=0.0, control=None):
    """`steps` steps of `seconds` each; returns how many were done."""
    for done in range(steps):
        if control is not None and control.stop:
            return done
        time.sleep(seconds)
        yield Progress(done + 1, steps, "counting")
    return steps


def announce(word, steps=1, seconds=0.0):
    """The word as a notice, step after step."""
    for _ in range(steps):
        time.sleep(seconds)
        yield Notice(word)
    return word


def hold(folder, steps=10_000):
    """Keep a file for as long as the generator lives."""
    kept = Path(folder) / "half-written.part"
    kept.touch()
    try:
        for done in range(steps):
            time.sleep(0.01)
            yield Progress(done, steps)
    finally:
        kept.unlink()


def refuse():
    yield Progress(0, 1)
    raise InputError("line.sgy has no traces.", "Copy it again.")


def blunder():
    yield Progress(0, 1)
    return 1 // 0


def exhaust():
    yield Progress(0, 1)
    raise MemoryError


def crash():
    yield Progress(0, 1)
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(5)
    yield Progress(1, 1)


def hold_interpreter(seconds):
    """A C call that does not let any other Python thread run."""
    yield Progress(0, 1)
    ctypes.PyDLL(None).sleep(int(seconds))
    yield Progress(1, 1)


def hold_without_interpreter(seconds):
    """A long C call that lets other Python threads run."""
    yield Progress(0, 1)
    time.sleep(seconds)
    yield Progress(1, 1)


def draw(seed, steps):
    """Random numbers from the global generator, one a step."""
    random.seed(seed)
    drawn = []
    for done in range(steps):
        drawn.append(random.random())
        time.sleep(0.02)
        yield Progress(done + 1, steps)
    return drawn


def leak_inference_mode():
    import torch

    with torch.inference_mode():
        yield Progress(0, 1)
    return None


def too_large():
    yield Progress(0, 1)
    return bytes(2 << 20)


def unpicklable():
    yield Progress(0, 1)
    return lambda: None


def echo_live(inbox, control):
    """A live session: tells every revision that comes, rests in between."""
    seen = []
    while not control.stop:
        update = inbox()
        if update is None:
            yield None
            continue
        seen.append(update.label_revision)
        yield Notice(f"revision {update.label_revision} {update.visible}")
    return seen


def environment():
    """What a job sees of its process."""
    import sys

    yield Progress(0, 1)
    return {
        "pid": os.getpid(),
        "nice": os.nice(0),
        "session": os.getsid(0),
        "threads": os.environ["OMP_NUM_THREADS"],
        "torch": "torch" in sys.modules,
        "arguments": Path("/proc/self/cmdline").read_text().split("\0") if Path("/proc").exists() else [],
    }
