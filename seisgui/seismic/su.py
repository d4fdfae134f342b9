"""Seismic Unix files: traces with SEG-Y trace headers and no file header, samples of the machine that wrote them."""

from __future__ import annotations

import os
from pathlib import Path

from seisgui.errors import InputError
from seisgui.seismic.file_structure import TRACE_HEADER_BYTES, FileStructure

NATIVE_FLOAT = 5
ORDERS = ("little", "big")  # the usual one first
CHECKED = 16  # headers that must agree on the number of samples


def is_su(path: Path) -> bool:
    """True for a file named .su, or one whose traces, without any file header, agree on their length."""
    if path.suffix.lower() == ".su":
        return True
    head, size = _head(path)
    return any(_fits(path, head, size, order) and _plausible(head, order) for order in ORDERS)


def read_su_structure(path: Path, byte_order: str | None = None) -> FileStructure:
    """Frame of an SU file; ``InputError`` where its traces do not fit in it."""
    head, size = _head(path)
    orders = (byte_order,) if byte_order else ORDERS
    whole = [order for order in orders if _fits(path, head, size, order)]
    cut = [order for order in orders if _room(head, size, order)]
    chosen = next(iter(whole or cut), None)
    if chosen is None:
        raise InputError(
            f"{path.name} is no Seismic Unix file, or it is cut off: its first trace header does not fit {size} bytes.",
            "Copy it again.",
        )
    trace_bytes = TRACE_HEADER_BYTES + 4 * _samples(head, chosen)
    return FileStructure(
        path=path,
        size=size,
        byte_order=chosen,
        revision=0.0,
        sample_format=NATIVE_FLOAT,
        n_samples=_samples(head, chosen),
        interval_us=_word(head, 117, chosen),
        n_extended=0,
        data_offset=0,
        n_traces=size // trace_bytes,
        trailing=size % trace_bytes,
        text_encoding="ascii",
        measurement=0,
        sort_code=0,
        polarity=0,
    )


def _head(path: Path) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            return file.read(TRACE_HEADER_BYTES), os.fstat(file.fileno()).st_size
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error


def _word(head: bytes, byte: int, order: str) -> int:
    raw = head[byte - 1 : byte + 1]
    return int.from_bytes(raw, "little" if order == "little" else "big")


def _samples(head: bytes, order: str) -> int:
    return _word(head, 115, order)


def _room(head: bytes, size: int, order: str) -> bool:
    n_samples = _samples(head, order) if len(head) == TRACE_HEADER_BYTES else 0
    return n_samples > 0 and TRACE_HEADER_BYTES + 4 * n_samples <= size


def _fits(path: Path, head: bytes, size: int, order: str) -> bool:
    """True where traces of that length divide the file and their headers agree on it."""
    if not _room(head, size, order):
        return False
    trace_bytes = TRACE_HEADER_BYTES + 4 * _samples(head, order)
    if size % trace_bytes:
        return False
    step = max(1, size // trace_bytes // CHECKED)
    with path.open("rb") as file:
        for trace in range(0, size // trace_bytes, step):
            file.seek(trace * trace_bytes + 114)
            if file.read(2) != head[114:116]:
                return False
    return True


def _plausible(head: bytes, order: str) -> bool:
    """Sensible words for a trace header: a small trace id, a sample interval."""
    trace_id = _word(head, 29, order)
    return 0 <= trace_id < 200 and _word(head, 117, order) > 0
