"""Slabs in Dask threads that compute only while their job has its turn."""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass

from seisgui.learning.predictor import Predictor
from seisgui.learning.survey_task import SlabTask, for_one_thread, on_gpu, slab_steps

TURN_S = 0.05  # a turn of the job: what is more urgent waits no longer
MOST_THREADS = 4  # more would bring more memory than speed: each thread may compute with several
GPU_THREADS = 3  # one feeds the GPU while the others read and write


@dataclass(frozen=True, slots=True)
class SlabNews:
    """How far a slab has come: sections predicted, or all of them and on the disk."""

    slab: int
    sections: int = 0
    finished: bool = False


News = queue.SimpleQueue[SlabNews | BaseException | None]  # None at the end
TICK = SlabNews(-1)  # nothing has happened for the time of a turn


class Ended(BaseException):
    """The job is over; its tasks drop what they have half done."""


class Turn:
    """Opened while a job has its turn; its threads wait at the next step while it is closed."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._over = False

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """The job has its turn."""
        self._open.set()
        try:
            yield
        finally:
            if not self._over:
                self._open.clear()

    def end(self) -> None:
        """No more turns: the threads leave at their next step."""
        self._over = True
        self._open.set()

    def wait(self) -> None:
        """Go on when it is the job's turn; raises ``Ended`` when the job is over."""
        self._open.wait()
        if self._over:
            raise Ended


def in_threads(
    work: Predictor, tasks: Sequence[SlabTask], workers: int | None
) -> Generator[SlabNews | None, None, None]:
    """Do the tasks in Dask threads; yields what happens, None where nothing has for the time of a turn.

    ``workers`` bounds the tasks in flight, and so the memory.
    """
    cores = computing_threads()
    threads = thread_count(work, min(cores, workers or cores), len(tasks))
    turn, news = Turn(), News()

    def slab(number: int) -> None:
        do_slab(for_one_thread(work, max(1, cores // threads)), tasks[number], turn, news)

    def all_slabs() -> None:
        with ThreadPoolExecutor(threads, initializer=limit_torch, initargs=(max(1, cores // threads),)) as pool:
            try:
                compute(slab, len(tasks), pool)
            except BaseException as error:  # noqa: BLE001 - raised again in the thread of the job
                turn.end()
                news.put(error)
            else:
                news.put(None)

    before = torch_threads()
    runner = threading.Thread(target=all_slabs, name="whole survey")
    runner.start()
    try:
        yield from told(turn, news)
    finally:
        turn.end()
        runner.join()
        limit_torch(before)


def compute(slab: Callable[[int], None], count: int, pool: ThreadPoolExecutor) -> None:
    """Call ``slab`` for every number below ``count`` in the threads of the pool."""
    import dask
    from dask.threaded import get

    # Dask begins with the last name
    calls = [
        dask.delayed(slab, pure=False)(number, dask_key_name=f"slab-{count - number:06d}") for number in range(count)
    ]
    dask.compute(*calls, scheduler=get, pool=pool, optimize_graph=False)


def do_slab(work: Predictor, task: SlabTask, turn: Turn, news: News) -> None:
    """One slab, step by step in the turns of the job."""
    with closing(slab_steps(work, task)) as steps:
        turn.wait()
        for event in steps:
            if isinstance(event, int):
                news.put(SlabNews(task.slab, event))
            turn.wait()
    news.put(SlabNews(task.slab, finished=True))


def told(turn: Turn, news: News) -> Generator[SlabNews | None, None, None]:
    """Give the threads their turns until all is done; raises what one of them has raised."""
    while True:
        found: SlabNews | BaseException | None
        with turn.taken():
            try:
                found = news.get(timeout=TURN_S)
            except queue.Empty:
                found = TICK
        if isinstance(found, BaseException):
            raise found
        if found is None:
            return
        yield None if found is TICK else found


def thread_count(work: Predictor, most: int, tasks: int) -> int:
    """Slabs in flight."""
    wanted = GPU_THREADS if on_gpu(work) else min(most, MOST_THREADS)
    return max(1, min(wanted, tasks))


def computing_threads() -> int:
    """Threads this process may compute with: what its surroundings say, else all cores."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    if said.isdigit() and int(said) > 0:
        return int(said)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def torch_threads() -> int:
    """Threads torch computes with, where it is loaded."""
    torch = sys.modules.get("torch")
    return computing_threads() if torch is None else int(torch.get_num_threads())


def limit_torch(threads: int) -> None:
    """Let torch compute with so many threads in this thread."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.get_num_threads() != threads:
        torch.set_num_threads(threads)
