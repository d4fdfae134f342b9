"""A worker process: ``python -m seisgui.jobs.worker --kind compute --connection N`` (frozen: ``seisgui --worker``).

The connection is an inherited handle, which nobody else can reach; the standard input is the lifeline. One
thread receives wishes and tells the status every second; the main thread runs the jobs and, while there are
none, loads the heavy libraries one by one.
"""

from __future__ import annotations

import argparse
import faulthandler
import importlib
import logging
import os
import sys
import threading
import time
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

import psutil

from seisgui.jobs import lifeline, messages
from seisgui.jobs.errors import breaks_process
from seisgui.jobs.handlers import begin
from seisgui.jobs.scheduler import Job, Scheduler

logger = logging.getLogger("seisgui.jobs.worker")

STATUS_INTERVAL_S = 1.0
LARGEST_MESSAGE = 1 << 20  # arrays go by file
WARM_UP = {  # modules to load, and functions to call ('module:function'), while nobody waits; what is cheap first
    messages.DATA: ("seisgui.seismic.segy", "seisgui.interpretation.project", "seisgui.learning.export"),
    messages.COMPUTE: ("sklearn.ensemble", "seisgui.learning.forest:warm", "seisgui.learning.train", "torch"),
}
NICE = {messages.DATA: 5, messages.COMPUTE: 10}
EXIT_GPU_LOST = 70


class Worker:
    """One worker: the connection, the scheduler, and what is told of them."""

    def __init__(self, kind: str, connection: Connection, threads: int) -> None:
        self._kind, self._connection, self._threads = kind, connection, threads
        self._sending = threading.Lock()
        self._cold = list(WARM_UP[kind])
        self._scheduler = Scheduler(begin, self._tell)
        self._process = psutil.Process()

    def run(self) -> None:
        """Serve until the window says so or is gone."""
        threading.Thread(target=self._receive, name="receiver", daemon=True).start()
        self._tell_status()
        self._scheduler.run(self._warm_up)

    # the main thread

    def _tell(self, reply: messages.Reply) -> None:
        """Send a reply; a result too large for the pipe is a mistake of the job."""
        pickled = ForkingPickler.dumps(reply)
        if len(pickled) > LARGEST_MESSAGE and isinstance(reply, messages.Finished | messages.JobEvent):
            raise ValueError(f"{type(reply).__name__} of {len(pickled)} bytes: arrays travel as files")
        try:
            with self._sending:
                self._connection.send_bytes(pickled)
        except OSError:  # the window is gone: the receiver notices and closes the scheduler
            logger.info("nobody hears %s", type(reply).__name__)
        if isinstance(reply, messages.Failed) and breaks_process(reply.details):
            logger.error("the GPU context is lost; ending so that the next job gets a new process")
            os._exit(EXIT_GPU_LOST)

    def _warm_up(self) -> bool:
        """Load one more library while nobody waits; not in a thread, where it would disturb the imports of a job."""
        if not self._cold or (self._cold[0] == "torch" and self._scheduler.answering):
            return False  # torch takes seconds, in which no stroke would be answered
        name = self._cold.pop(0)
        module, _, function = name.partition(":")
        started = time.perf_counter()
        try:
            loaded = importlib.import_module(module)
            if function:
                getattr(loaded, function)()
        except Exception:
            logger.exception("%s cannot be loaded", name)
        if name == "torch":
            self._limit_torch()
        logger.info("loaded %s in %.2f s", name, time.perf_counter() - started)
        if not self._cold:
            self._tell_status()
        return True

    def _limit_torch(self) -> None:
        torch = sys.modules.get("torch")
        if torch is not None and torch.get_num_threads() != self._threads:
            torch.set_num_threads(self._threads)

    # the receiving thread

    def _receive(self) -> None:
        told = time.monotonic()
        try:
            while True:
                if self._connection.poll(STATUS_INTERVAL_S / 2):
                    wish = self._connection.recv()
                    if isinstance(wish, messages.Shutdown):
                        break
                    self._obey(wish)
                if time.monotonic() - told >= STATUS_INTERVAL_S:
                    told = time.monotonic()
                    self._tell_status()
        except (EOFError, OSError):
            logger.info("the window is gone")
        self._scheduler.close()
        if self._scheduler.load() != (None, 0):  # otherwise nothing is lost by not waiting for an import
            time.sleep(lifeline.GRACE_S)
        os._exit(0)

    def _obey(self, wish: messages.Wish) -> None:
        scheduler = self._scheduler
        match wish:
            case messages.Submit(job_id, request, priority):
                scheduler.submit(Job(job_id, request, priority))
            case messages.Cancel(job_id, keep_best):
                scheduler.cancel(job_id, keep_best=keep_best)
            case messages.Pause(job_id):
                scheduler.pause(job_id, paused=True)
            case messages.Resume(job_id):
                scheduler.pause(job_id, paused=False)
            case messages.Live(job_id, update):
                scheduler.update(job_id, update)

    def _tell_status(self) -> None:
        running, waiting = self._scheduler.load()
        device, device_memory = _device()
        self._tell(
            messages.Status(
                kind=self._kind,
                pid=os.getpid(),
                device=device,
                memory_mb=self._process.memory_info().rss >> 20,
                device_memory_mb=device_memory,
                threads=self._threads,
                running=running,
                waiting=waiting,
                ready=not self._cold,
            )
        )


def _device() -> tuple[str, int]:
    """Name of the GPU in use and MiB taken there; 'CPU' as long as no GPU has been used."""
    torch = sys.modules.get("torch")
    cuda: Any = getattr(torch, "cuda", None)
    if cuda is None or not hasattr(cuda, "is_initialized") or not cuda.is_initialized():
        return "CPU", 0
    return str(cuda.get_device_name()), int(cuda.memory_reserved()) >> 20


def main(arguments: list[str] | None = None) -> None:
    """Entry point; never returns."""
    parser = argparse.ArgumentParser(prog="seisgui --worker")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--kind", choices=(messages.DATA, messages.COMPUTE), required=True)
    parser.add_argument("--connection", type=int, required=True, help="inherited handle of the connection")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args(arguments)
    lifeline.watch_lifeline()
    lifeline.step_back(NICE[options.kind])
    faulthandler.enable()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s")
    code = 0
    try:
        Worker(options.kind, _inherited(options.connection), options.threads).run()
    except BaseException:
        logger.exception("the worker itself failed")
        code = 1
    sys.stderr.flush()
    os._exit(code)  # an ordinary exit waits for the threads of libraries


def _inherited(handle: int) -> Connection:
    if sys.platform == "win32":
        from multiprocessing.connection import PipeConnection

        return PipeConnection(handle)
    return Connection(handle)


if __name__ == "__main__":
    main()
