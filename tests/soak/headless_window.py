"""A process that holds a project and both workers as the window does, paints one stroke and waits to be killed.

``python headless_window.py PROJECT ROUND``: prints 'saved PID PID' (its workers) once the stroke is on disk while a
training runs, then sleeps.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from seisgui.interpretation.project import Project
from seisgui.jobs.client import JobClient
from seisgui.jobs.messages import COMPUTE, DATA, Failed, JobEvent, Status, TrainRequest
from seisgui.seismic.axes import Orientation, SectionRef

STROKE_INLINE = 130  # a section without other labels


def stroke_place(number: int) -> tuple[int, int]:
    """Array indices of the corner of a round's stroke, a place of its own each."""
    return 4 + 8 * (number % 20), 10 + 8 * (number // 20)


def wait_for(client: JobClient, kind: type) -> None:
    """Wait for a reply of this kind; leave with the sentence where the job fails."""
    while True:
        for reply in client.poll(1.0):
            if isinstance(reply, Failed):
                raise SystemExit(f"failed: {reply.sentence}\n{reply.details}")
            if isinstance(reply, kind):
                return


def main() -> None:
    path, number = Path(sys.argv[1]), int(sys.argv[2])
    project = Project.open(path)
    clients = [JobClient(kind, project.tmp_folder) for kind in (DATA, COMPUTE)]
    for client in clients:
        client.start()
        wait_for(client, Status)
    clients[1].submit(TrainRequest(path, network="waldeland", epochs=1000, device="cpu"))
    wait_for(clients[1], JobEvent)
    labels = project.labels()
    lateral, vertical = stroke_place(number)
    labels.paint(SectionRef(Orientation.INLINE, STROKE_INLINE), lateral, vertical, np.ones((6, 6), bool), 1)
    project.wait_saved()
    sys.stdout.write(" ".join(["saved", *[str(client.pid) for client in clients]]) + "\n")
    sys.stdout.flush()
    time.sleep(60)


if __name__ == "__main__":
    main()
