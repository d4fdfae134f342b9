"""A worker never outlives its window, and never takes the machine away from it.

The window holds the writing end of the worker's standard input. When it closes, for whatever reason, the kernel
itself ends the worker a second later, even where a C call holds the interpreter: the hang-up raises SIGHUP,
whose handler is the C library's ``alarm``, called with the number of the signal (1) as the seconds, and SIGALRM
ends the process. The parent-death signal is not used: it follows the *thread* that started the worker.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import sys
import threading
import time

import psutil

logger = logging.getLogger(__name__)

GRACE_S = 1.0  # for closing generators after the window is gone; two seconds are promised
LIFELINE = 0  # file descriptor of the standard input


def watch_lifeline() -> None:
    """End this process at the latest ``GRACE_S`` after the lifeline has closed."""
    threading.Thread(target=_wait_and_exit, name="lifeline", daemon=True).start()
    if sys.platform == "linux":
        try:
            _let_the_kernel_watch()
        except (OSError, AttributeError):
            logger.warning("the kernel cannot watch the lifeline; a thread does", exc_info=True)


def _wait_and_exit() -> None:
    while True:
        try:
            if not os.read(LIFELINE, 1):
                break
        except OSError:
            break
    time.sleep(GRACE_S)
    os._exit(0)


def _let_the_kernel_watch() -> None:
    """Arrange for SIGHUP -> alarm(1) -> SIGALRM when the other end of the lifeline closes (see above)."""
    import fcntl

    libc = ctypes.CDLL(None, use_errno=True)
    libc.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
    libc.signal.restype = ctypes.c_void_p
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    libc.signal(signal.SIGHUP, ctypes.cast(libc.alarm, ctypes.c_void_p))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP, signal.SIGALRM})
    fcntl.fcntl(LIFELINE, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(LIFELINE, fcntl.F_SETSIG, signal.SIGHUP)
    fcntl.fcntl(LIFELINE, fcntl.F_SETFL, fcntl.fcntl(LIFELINE, fcntl.F_GETFL) | os.O_ASYNC)


def step_back(nice: int) -> None:
    """Lower our priority below the window's, leave Ctrl+C to it, and be the first to go when memory runs out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(psutil.Error, OSError):
        psutil.Process().nice(nice if os.name == "posix" else psutil.BELOW_NORMAL_PRIORITY_CLASS)
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123 - not a file
        score.write("500")
