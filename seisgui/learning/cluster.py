"""Slabs on a Dask cluster whose workers see the project under the same path."""

from __future__ import annotations

import os
import queue
import socket
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from seisgui.errors import FailureError, InputError, SeisguiError
from seisgui.learning.predictor import Predictor, predictor
from seisgui.learning.survey_task import SlabTask, for_one_thread, group_of, slab_steps
from seisgui.learning.survey_threads import TURN_S, SlabNews, limit_torch

if TYPE_CHECKING:
    from distributed import Client, Future

CONNECT_S = 5.0
WORKERS_S = 10.0  # a cluster may be starting
RETRIES = 2  # of a slab whose task raised an error; the slabs of a killed worker go to another in any case
KEPT = 2  # predictors a worker keeps: both runs of an average
SAME = "Scheduler and workers need the same version of SeisGUI as here."
SHARED = "The workers need the project folder and its SEG-Y files under the same paths as here: a shared disk."


def on_cluster(tasks: Sequence[SlabTask], address: str) -> Generator[SlabNews | None, None, None]:
    """Do the tasks on the cluster at ``address``; yields what happens, None where nothing has for a while.

    Raises ``InputError`` where there is no such cluster, ``FailureError`` where it is lost or a worker cannot do it.
    """
    client = yield from connected(address)
    try:
        yield from with_workers(client, address)
        news: queue.SimpleQueue[SlabNews | Future] = queue.SimpleQueue()
        topic = f"seisgui-{uuid.uuid4().hex}"
        client.subscribe_topic(topic, lambda event: news.put(SlabNews(*event[1])))
        waiting = {}
        for task in tasks:
            future = client.submit(run_slab, task, topic, pure=False, retries=RETRIES, priority=-task.slab)
            waiting[future.key] = task, future  # a future that nobody holds is given up
            future.add_done_callback(news.put)
        while waiting:
            try:
                found = news.get(timeout=TURN_S)
            except queue.Empty:
                yield None
                continue
            if isinstance(found, SlabNews):
                yield found
            else:
                task, _ = waiting.pop(found.key)
                check_done(found, task, address)
                yield SlabNews(task.slab, finished=True)
    finally:
        client.close(timeout=CONNECT_S)


def connected(address: str) -> Generator[None, None, Client]:
    """A client of the cluster; other jobs may have their turn while it is looked for."""
    try:
        import distributed
    except ImportError as error:
        raise InputError(
            "A cluster needs the package distributed, which is not installed.", "pip install 'seisgui[scale]'"
        ) from error

    def connect() -> Client:
        place = urlsplit(address)
        # a client that finds nobody would leave its thread behind
        socket.create_connection((place.hostname or "", place.port or 0), CONNECT_S).close()
        return distributed.Client(address, timeout=CONNECT_S, set_as_default=False)

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(connect)
        while not wait([coming], timeout=TURN_S).done:
            yield None
    try:
        return coming.result()
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"There is no Dask scheduler at {address}.",
            "Start one with `dask scheduler` and give the address it prints, or leave out --scheduler.",
        ) from error


def with_workers(client: Client, address: str) -> Generator[None, None, None]:
    """Wait until the cluster has a worker."""
    give_up = time.monotonic() + WORKERS_S
    while not client.nthreads():
        if time.monotonic() > give_up:
            raise InputError(f"The cluster at {address} has no workers.", f"Start some: dask worker {address}")
        time.sleep(TURN_S)
        yield None


def check_done(future: Future, task: SlabTask, address: str) -> None:
    """Raise what went wrong with a task on the cluster."""
    if future.status == "finished":
        return
    if future.status != "error":
        raise FailureError(
            f"The cluster at {address} is lost.", "Finished slabs are kept; start it again and predict again."
        )
    error = future.exception()
    if isinstance(error, SeisguiError):
        raise error
    from distributed.scheduler import KilledWorker

    if isinstance(error, KilledWorker):
        raise FailureError(
            f"Several Dask workers died one after another at slab {task.slab}.",
            "Look at their logs: perhaps memory ran out. Finished slabs are kept.",
        ) from error
    raise FailureError(f"A Dask worker could not do its part ({type(error).__name__}: {error}).", SAME) from error


# on the workers

_predictors: OrderedDict[str, Predictor] = OrderedDict()
_loading = threading.Lock()


def run_slab(task: SlabTask, topic: str) -> None:
    """Predict one slab in a worker and tell the client after every section."""
    import distributed

    threads = worker_threads()
    worker = distributed.get_worker()
    work = predictor_of(task)
    limit_torch(threads)
    if group_of(task.out, task.key).is_done(task.slab):
        return  # by a worker that was lost after it
    with closing(slab_steps(for_one_thread(work, threads), task)) as steps:
        for event in steps:
            if isinstance(event, int):
                worker.log_event(topic, (task.slab, event))


def worker_threads() -> int:
    """Threads of one task: what the worker's surroundings say (its nanny says 1), else one."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdigit() and int(said) > 0 else 1


def predictor_of(task: SlabTask) -> Predictor:
    """The run of a task, loaded once in a process."""
    with _loading:
        work = _predictors.pop(task.key, None)
        if work is None:
            work = load(task)
        _predictors[task.key] = work
        while len(_predictors) > KEPT:
            _predictors.popitem(last=False)[1].project.close()
        return work


def load(task: SlabTask) -> Predictor:
    """Open project and run in a worker; errors name its host."""
    from seisgui.interpretation.project import Project

    host, folder = socket.gethostname(), task.request.project
    if not folder.is_dir():
        raise FailureError(f"The Dask worker on {host} cannot see {folder}.", SHARED)
    project = Project.open(folder, read_only=True)
    try:
        return predictor(project, task.request)
    except SeisguiError as error:
        project.close()
        raise FailureError(f"On the Dask worker on {host}: {error.sentence}", error.hint or SHARED) from error
