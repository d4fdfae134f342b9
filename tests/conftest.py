"""What all tests share: the real data where it is at hand, and a check that nothing is left behind."""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path

import psutil
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real surveys, labels and weights; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real data not at hand: {SHARED_DATA} does not exist")
    return SHARED_DATA


@pytest.fixture(scope="session")
def f3_line(shared_data: Path) -> Path:
    """The digitised F3 inline 339 as SEG-Y."""
    return shared_data / "segy" / "f3_inline339_digitised.sgy"


@pytest.fixture(scope="session")
def f3_labels(shared_data: Path) -> Path:
    """The MalenoV points of F3 inline 339."""
    return shared_data / "facies" / "f3_inline339_classification.ixz"


@pytest.fixture(autouse=True)
def no_leaks(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory):
    """A test that leaves a thread or a process of ours behind fails; preferences and caches of the user stay alone."""
    for name in ("CACHE", "CONFIG", "DATA"):
        if f"SEISGUI_{name}" not in os.environ:
            monkeypatch.setenv(f"SEISGUI_{name}", str(tmp_path_factory.getbasetemp() / name.lower()))
    threads_before = set(threading.enumerate())
    children_before = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    leaked = wait_until_gone(threads_before, children_before)
    assert not leaked, f"left behind: {leaked}"


@pytest.fixture(autouse=True)
def own_logging():
    """A command sets up the root logger of its process, also in a fixture of a module: no test sees another's."""
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    yield
    root.setLevel(logging.WARNING)
    root.handlers[:] = [handler for handler in root.handlers if type(handler) is not logging.StreamHandler]


def wait_until_gone(
    threads_before: set[threading.Thread], children_before: set[int], seconds: float = 5.0
) -> list[str]:
    """Names of our threads and processes that are still alive after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        threads = [
            f"thread {thread.name}"
            for thread in threading.enumerate()
            if thread not in threads_before and thread.is_alive() and not is_library_thread(thread)
        ]
        children = [
            f"process {child.pid}"
            for child in psutil.Process().children(recursive=True)
            if child.pid not in children_before and child.status() != psutil.STATUS_ZOMBIE
        ]
        if not (threads or children) or time.monotonic() > deadline:
            return threads + children
        time.sleep(0.02)


def is_library_thread(thread: threading.Thread) -> bool:
    """Pools that libraries keep for the life of the process."""
    return thread.name.startswith(("asyncio_", "zarr_io", "ThreadPoolExecutor", "pytest_timeout", "Dummy", "loky"))
