"""SAC: headers by ObsPy, samples by window from the file."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np

from seisgui.errors import InputError
from seisgui.seismic.obspy_reader import first_line, read_stream
from seisgui.seismic.open_files import SampleFile
from seisgui.seismic.volume import FloatArray
from seisgui.seismic.waveform_segments import EARLIEST_S, FASTEST_HZ, LATEST_S, Channel, Segment

HEADER_BYTES = 632
VERSION_AT, COUNT_AT = 304, 316
UNDEFINED = -12345.0
PHASE = re.compile(r"[IE]?([PS])", re.IGNORECASE)
COORDINATES = (31, 32, 35, 36)  # floats of the header: latitude and longitude of station and event
TIME_SERIES = 1  # itype of a time series


def is_sac(head: bytes, size: int) -> bool:
    """True where header version and number of samples go with a SAC file of that size, or twice that size."""
    if len(head) < HEADER_BYTES:
        return False
    for order in "<>":
        version = int(np.frombuffer(head, order + "i4", 1, VERSION_AT)[0])
        count = int(np.frombuffer(head, order + "i4", 1, COUNT_AT)[0])
        if version in {5, 6, 7} and count >= 0 and HEADER_BYTES + 2 * count <= size:
            return True
    return False


class SacSamples:
    """The samples of a SAC file, 4-byte floats one after another."""

    def __init__(self, path: Path, order: str) -> None:
        self._file, self._order = SampleFile(path), order

    def read(self, first: int, count: int) -> FloatArray:
        raw = np.empty(count, dtype=f"{self._order}f4")
        self._file.read_into(memoryview(raw.view(np.uint8).data), HEADER_BYTES + 4 * first)
        return raw.astype(np.float32)

    def close(self) -> None:
        self._file.close()


def read_sac(path: Path) -> tuple[list[Segment], list[str]]:
    """The one segment of a SAC file and sentences on what is wrong; ``InputError`` where it has no samples."""
    stats = _header(path)
    header: dict[str, Any] = dict(stats.sac)
    count = int(stats.npts)
    room = (path.stat().st_size - HEADER_BYTES) // 4
    problems = []
    if count > room:
        problems.append(f"{path.name} is cut off: {count - room} of its {count} samples are missing")
        count = room
    if count <= 0:
        raise InputError(f"{path.name} holds no samples.", "Copy or export it again.")
    if header.get("leven") == 0 or header.get("iftype", TIME_SERIES) != TIME_SERIES:
        raise InputError(f"{path.name} is a SAC file, but no evenly sampled time series.")
    start = float(stats.starttime.timestamp)
    if not (EARLIEST_S <= start <= LATEST_S and 0.0 < stats.sampling_rate <= FASTEST_HZ):
        raise InputError(
            f"{path.name} has a damaged header: its time or its sampling rate cannot be.", "Copy it again."
        )
    undated = not 1800 <= int(header.get("nzyear", 0)) <= 3000
    segment = Segment(
        Channel(stats.network, stats.station, stats.location, stats.channel),
        start,
        float(stats.sampling_rate),
        count,
        SacSamples(path, _order(path)),
        offset=_distance(header),
        picks=tuple(_picks(header, start)),
        event=(str(header.get("kevnm", "")).strip() or path.parent.name) if undated else "",
    )
    return [segment], problems


def _header(path: Path) -> Any:
    with path.open("rb") as file:
        head = bytearray(file.read(HEADER_BYTES))
    order = _order(path)
    for number in COORDINATES:  # of a damaged one ObsPy would make a longitude for ever
        value = np.frombuffer(head, f"{order}f4", 1, 4 * number)[0]
        if not abs(value) <= 360.0:
            head[4 * number : 4 * number + 4] = np.array([UNDEFINED], dtype=f"{order}f4").tobytes()
    try:
        return read_stream("SAC", io.BytesIO(head), headonly=True, fsize=False)[0].stats
    except Exception as error:
        raise InputError(
            f"{path.name} cannot be read as SAC: {first_line(error)}.", "It may be damaged; copy it again."
        ) from error


def _distance(header: dict[str, Any]) -> float:
    """Metres from the event; NaN where the header does not tell."""
    distance = 1000.0 * float(header.get("dist", np.nan))
    return distance if 0.0 <= distance < 3e7 else np.nan


def _order(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(HEADER_BYTES)
    return "<" if int(np.frombuffer(head, "<i4", 1, VERSION_AT)[0]) in {5, 6, 7} else ">"


def _picks(header: dict[str, Any], start: float) -> list[tuple[str, float]]:
    """Arrivals that the header names, as absolute times: A is P, T0 to T9 what their labels say."""
    found = []
    for name in ("a", *(f"t{number}" for number in range(10))):
        time = float(header.get(name, UNDEFINED))
        label = PHASE.match(str(header.get(f"k{name}", "P" if name == "a" else "")).strip())
        if time != UNDEFINED and label:
            found.append((label[1].upper(), start + time - float(header.get("b", 0.0))))
    return found
