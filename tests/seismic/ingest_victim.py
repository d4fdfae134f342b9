"""Started by a test: ingests that are killed, each in a process of its own, forked so that it starts at once."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from seisgui.seismic import ingest_compiled  # noqa: F401  loaded before the first fork
from seisgui.seismic.display_copies import DisplayCopies
from seisgui.seismic.ingest import ingest_state, ingest_steps
from seisgui.seismic.progress import finish
from seisgui.seismic.segy import open_segy

BLOCK_BYTES = 32_000


def ingest(source: Path, folder: Path) -> None:
    finish(ingest_steps(open_segy(source), folder, block_bytes=BLOCK_BYTES))


def started(source: Path, folder: Path) -> int:
    """Process of an ingest."""
    child = os.fork()
    if child == 0:
        ingest(source, folder)
        os._exit(0)
    return child


def killed_at(source: Path, folder: Path, moment_s: float) -> dict[str, object]:
    """Kill an ingest so long after its start; what is there then, and after another one has gone on."""
    child = started(source, folder)
    time.sleep(moment_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    volume = open_segy(source)
    copies = DisplayCopies.open(folder, volume)
    state = ingest_state(folder, volume)
    ingest(source, folder)
    return {
        "killed": os.WIFSIGNALED(status),
        "whole": copies is not None,
        "state": state.kind,
        "fraction": state.fraction,
        "after": ingest_state(folder, volume).kind,
    }


def undisturbed_s(source: Path, folder: Path) -> float:
    """Seconds that an ingest takes which nobody kills."""
    began = time.monotonic()
    os.waitpid(started(source, folder), 0)
    return time.monotonic() - began


def main(source: Path, out: Path, rounds: int) -> None:
    took_s = min(undisturbed_s(source, out / name) for name in ("undisturbed", "again"))
    rng = random.Random(os.getpid())
    told: list[dict[str, object]] = []
    while sum(bool(one["killed"]) for one in told) < rounds and len(told) < 5 * rounds:
        told.append(killed_at(source, out / str(len(told)), rng.uniform(0, took_s)))
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
