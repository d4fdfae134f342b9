"""Write values computed from a survey as SEG-Y beside it: the source's headers, other samples.

The file is written under a temporary name, flushed, read back and only then renamed: a full disk, a cancelled
job or a crash leave what was there before as it was.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import time
import uuid
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import FailureError, InputError
from seisgui.seismic.export_headers import file_headers
from seisgui.seismic.file_structure import TRACE_HEADER_BYTES
from seisgui.seismic.progress import Progress
from seisgui.seismic.sample_format import FORMATS, encode_into, export_code
from seisgui.seismic.segy import SegyVolume
from seisgui.seismic.volume import FloatArray

NO_VALUE = -1.0  # written where a trace or sample has no value
HELD_TRACES = 256  # traces kept in memory and compared after writing
ROOM_FACTOR = 1.02


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written: ``fraction_predicted`` is the share of samples that carry a value."""

    path: Path
    traces: int
    fraction_predicted: float
    sidecar: Path
    seconds: float
    verify_seconds: float


def sidecar_path(out: Path) -> Path:
    """The .json that stands beside an exported file."""
    return out.with_suffix(".json")


def export_segy(
    source: SegyVolume,
    out: Path,
    section_values: Callable[[int], FloatArray],
    *,
    sample_format: str,
    cards: Sequence[str],
    sidecar: dict[str, Any],
) -> Generator[Progress, None, ExportReport]:
    """Write ``out`` with the source's headers and ``section_values`` as samples.

    ``section_values(inline_index)`` gives (n_crossline, n_sample) float32; NaN, dead traces and traces off the
    grid are written as -1. ``sample_format`` is 'ibm', 'ieee', 'int8' or 'int16'; at most two ``cards`` go into
    blank cards of the textual header; ``sidecar`` is written as ``out``'s .json with what was found out here.
    Yields ``Progress``, returns ``ExportReport``. Closing the generator cancels: nothing of ``out`` is touched.
    Raises ``InputError`` where ``out`` is the source or has no folder, ``FailureError`` where writing fails.
    """
    out = Path(out)
    code = export_code(sample_format)
    _refuse_bad_target(source, out, code)
    temporary = out.with_name(f".{out.name}.{uuid.uuid4().hex[:8]}.part")
    writer = _Writer(source, temporary, code)
    began = time.perf_counter()
    try:
        if not (yield from source.confirm_steps()):
            raise source.other_geometry()
        with _explained(out):
            used_cards = writer.start(cards)
            yield from writer.write(section_values)
        written = time.perf_counter()
        yield from _verify(writer, source, temporary)
        verified = time.perf_counter()
        document = {
            **sidecar,
            "source": {"path": str(source.path), "fingerprint": source.fingerprint},
            "sample_format": sample_format,
            "no_value": NO_VALUE,
            "textual_cards": used_cards,
            "traces": source.structure.n_traces,
            "fraction_predicted": writer.fraction,
            "verified": True,
        }
        with _explained(out):
            _put_in_place(temporary, out, document)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    return ExportReport(
        out, source.structure.n_traces, writer.fraction, sidecar_path(out), written - began, verified - written
    )


def _refuse_bad_target(source: SegyVolume, out: Path, code: int) -> None:
    if not out.parent.is_dir():
        raise InputError(f"{out} cannot be written: the folder {out.parent} does not exist.", "Choose another folder.")
    if out.is_dir():
        raise InputError(f"{out} is a folder.", "Name a file.")
    if out.exists() and out.samefile(source.path):
        raise InputError(f"{out.name} is the source itself.", "Export under another name; the source stays untouched.")
    structure = source.structure
    size = structure.data_offset + structure.n_traces * (TRACE_HEADER_BYTES + structure.n_samples * FORMATS[code].width)
    free = shutil.disk_usage(out.parent).free
    if free < ROOM_FACTOR * size:
        raise FailureError(
            f"{out.name} needs {size / 1e6:.1f} MB, and {out.parent} has {free / 1e6:.1f} MB free.",
            "Free some space or choose another disk.",
        )


@contextlib.contextmanager
def _explained(out: Path) -> Generator[None]:
    """Turn an error of the system into a sentence."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        reason = "the disk is full" if full else (error.strerror or str(error))
        raise FailureError(
            f"{out} could not be written: {reason}. The file that was there before is unchanged.",
            "Free some space or choose another disk." if full else "",
        ) from error


class _Writer:
    """Writes the temporary file inline by inline and remembers some traces for the check."""

    def __init__(self, source: SegyVolume, path: Path, code: int) -> None:
        self.source, self.path, self.code = source, path, code
        structure = source.structure
        self.trace_bytes = TRACE_HEADER_BYTES + structure.n_samples * FORMATS[code].width
        self.head = b""
        self.held: dict[int, bytes] = {}
        self._held_positions = np.unique(np.linspace(0, structure.n_traces - 1, HELD_TRACES).astype(np.int64))
        self._valued = 0

    @property
    def fraction(self) -> float:
        structure = self.source.structure
        return self._valued / (structure.n_traces * structure.n_samples)

    def start(self, cards: Sequence[str]) -> list[str]:
        """Write textual, binary and extended headers; the cards that found room."""
        structure = self.source.structure
        original = self.source.file.read_bytes(0, structure.data_offset)
        self.head, used = file_headers(original, structure, self.code, cards)
        self.path.write_bytes(self.head)
        return used

    def write(self, section_values: Callable[[int], FloatArray]) -> Generator[Progress, None, None]:
        """All traces, grouped by inline; a file sorted by inline is written straight through."""
        n_inline, n_crossline, _ = self.source.axes.shape
        node = self.source.node_of_trace
        row = node // n_crossline
        order = np.argsort(row, kind="stable")
        bounds = np.searchsorted(row[order], np.arange(n_inline + 1))
        live = self.source.live_traces()
        with self.path.open("r+b", buffering=0) as file:
            for inline in range(n_inline):
                positions = order[bounds[inline] : bounds[inline + 1]]
                if len(positions):
                    values = np.asarray(section_values(inline), dtype=np.float32)
                    values = values[node[positions] % n_crossline]
                    values[~live[inline][node[positions] % n_crossline]] = np.nan
                    self._write_traces(file.fileno(), positions, values)
                yield Progress(inline + 1, n_inline, "writing SEG-Y")
            os.fsync(file.fileno())

    def _write_traces(self, descriptor: int, positions: NDArray[np.int64], values: FloatArray) -> None:
        """Headers of the source and encoded values (a copy that may be changed) of one line's traces."""
        self._fill_missing(values)
        _refuse_overflow(values, self.code)
        structure = self.source.structure
        block = np.empty((len(positions), self.trace_bytes), dtype=np.uint8)
        block[:, :TRACE_HEADER_BYTES] = self.source.file.headers(positions)
        encode_into(block[:, TRACE_HEADER_BYTES:], values, self.code, structure.byte_order)
        for index in np.flatnonzero(np.isin(positions, self._held_positions)).tolist():
            self.held[int(positions[index])] = block[index].tobytes()
        breaks = np.flatnonzero(np.diff(positions) != 1) + 1
        for part in np.split(np.arange(len(positions)), breaks):
            offset = structure.data_offset + int(positions[part[0]]) * self.trace_bytes
            _write_all(descriptor, block[part[0] : part[-1] + 1], offset)

    def _fill_missing(self, values: FloatArray) -> None:
        """Samples without a value become -1; the others are counted."""
        self._valued += values.size
        if not np.isfinite(np.add.reduce(values, axis=None)):  # one pass settles the usual case
            missing = ~np.isfinite(values)
            self._valued -= int(np.count_nonzero(missing))
            values[missing] = NO_VALUE


def _refuse_overflow(values: FloatArray, code: int) -> None:
    """Integers must hold every value: class 200 would silently become 127 in one signed byte."""
    kind = FORMATS[code].kind
    if kind[0] == "i" and values.size:
        limits = np.iinfo(kind)
        if values.min() < limits.min or values.max() > limits.max:
            raise InputError(
                f"Values {values.min():g} to {values.max():g} do not fit {FORMATS[code].name}s "
                f"({limits.min} to {limits.max}).",
                "Export in another sample format.",
            )


def _write_all(descriptor: int, block: NDArray[np.uint8], offset: int) -> None:
    view = memoryview(block.data).cast("B")
    os.lseek(descriptor, offset, os.SEEK_SET)
    while len(view):
        view = view[os.write(descriptor, view) :]


def _verify(writer: _Writer, source: SegyVolume, path: Path) -> Generator[Progress, None, None]:
    """Read the file back: size, file headers, every trace header, and the traces that were held."""
    structure = source.structure
    expected = structure.data_offset + structure.n_traces * writer.trace_bytes
    problem = "" if path.stat().st_size == expected else f"{path.stat().st_size} bytes instead of {expected}"
    with path.open("rb", buffering=0) as file:
        if not problem and file.read(len(writer.head)) != writer.head:
            problem = "the file headers differ"
        step = 5000
        for start in range(0, 0 if problem else structure.n_traces, step):
            count = min(step, structure.n_traces - start)
            ours = _headers_at(file.fileno(), structure.data_offset, writer.trace_bytes, start, count)
            if not np.array_equal(ours, source.file.headers(np.arange(start, start + count))):
                problem = "trace headers differ"
                break
            yield Progress(start + count, structure.n_traces, "verifying")
        for position, trace in {} if problem else writer.held.items():
            file.seek(structure.data_offset + position * writer.trace_bytes)
            if file.read(writer.trace_bytes) != trace:
                problem = f"trace {position + 1} differs"
                break
    if problem:
        raise FailureError(
            f"The exported file did not read back as written ({problem}); it was discarded.",
            "Check the disk, then export again.",
        )


def _headers_at(descriptor: int, data_offset: int, trace_bytes: int, first: int, count: int) -> NDArray[np.uint8]:
    out = np.empty((count, TRACE_HEADER_BYTES), dtype=np.uint8)
    for index in range(count):
        os.lseek(descriptor, data_offset + (first + index) * trace_bytes, os.SEEK_SET)
        data = os.read(descriptor, TRACE_HEADER_BYTES)
        out[index, : len(data)] = np.frombuffer(data, dtype=np.uint8)
    return out


def _put_in_place(temporary: Path, out: Path, document: dict[str, Any]) -> None:
    """Sidecar and file take their names, each in one step."""
    sidecar = sidecar_path(out)
    draft = sidecar.with_name(f".{sidecar.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with draft.open("w", encoding="utf-8") as file:
            json.dump(document, file, indent=2, default=str)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(out)
        draft.replace(sidecar)
    finally:
        draft.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # some systems cannot sync a folder
        descriptor = os.open(out.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
