"""Exports SOURCE to OUT (its arguments) in a child process for every line on stdin, so that a test can kill it.

A line is the number that stands in all samples. The child's id is printed when it begins, 'done' when it has ended.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from seisgui.seismic import read_back, trace_sink
from seisgui.seismic.export import export_segy
from seisgui.seismic.progress import finish
from seisgui.seismic.segy import open_segy


def export(source: Path, out: Path, number: int) -> None:
    volume = open_segy(source)
    values = np.full(volume.axes.shape[1:], number, dtype=np.int16)
    finish(
        export_segy(volume, out, lambda _: values, sample_format="int8", cards=["KILLED"], sidecar={"number": number})
    )


def main(source: Path, out: Path) -> None:
    trace_sink.BUFFER_BYTES = read_back.BLOCK_BYTES = 1 << 15  # many writes, also of a small survey
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            export(source, out, int(line))
            os._exit(0)
        tell(str(child))
        os.waitpid(child, 0)
        tell("done")


def tell(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
