"""ObsPy's readers, called one at a time and without their warnings, which the program says in its own words."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from functools import cache
from importlib.metadata import entry_points
from typing import Any

_ONE_AT_A_TIME = threading.Lock()  # the decoders, and the list of warning filters, are not made for several threads


@cache
def _reader(format_name: str) -> Callable[..., Any]:
    """The reader of a format; ``obspy.read`` looks it up each time, which takes longer than to read a short file."""
    found = entry_points(group=f"obspy.plugin.waveform.{format_name}", name="readFormat")
    read: Callable[..., Any] = next(iter(found)).load()
    return read


def read_stream(format_name: str, source: Any, **options: Any) -> Any:
    """The ``Stream`` of a file name or an open file; raises what ObsPy raises."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _reader(format_name)(source, **options)


def first_line(error: Exception) -> str:
    """What an error of a library says, in one line."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
