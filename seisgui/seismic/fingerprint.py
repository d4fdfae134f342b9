"""What recognises a source again after it was moved: its size and hashes of its header and some of its traces."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from seisgui.errors import InputError
from seisgui.seismic.file_structure import read_structure
from seisgui.seismic.record_files import RecordFormat, format_of
from seisgui.seismic.trace_file import TraceFile

SAMPLED = 64  # traces, or pieces of another file
PIECE = 4096


def fingerprint(path: Path) -> dict[str, Any]:
    """Size, hash of the binary header, hash of 64 sampled traces, or of 64 pieces of a file that is no SEG-Y.

    Raises ``InputError`` where it cannot be read.
    """
    path = Path(path)
    if format_of(path) is not RecordFormat.SEGY:
        return _plain_fingerprint(path)
    file = TraceFile(read_structure(path))
    try:
        return segy_fingerprint(file)
    finally:
        file.close()


def segy_fingerprint(file: TraceFile) -> dict[str, Any]:
    """Fingerprint of an open SEG-Y file."""
    structure = file.structure
    places = np.unique(np.linspace(0, structure.n_traces - 1, SAMPLED).astype(np.int64))
    traces = hashlib.sha256()
    for place in places.tolist():
        traces.update(file.read_bytes(structure.data_offset + place * structure.trace_bytes, structure.trace_bytes))
    binary = hashlib.sha256(file.read_bytes(3200, 400)).hexdigest()
    return {"size": structure.size, "binary_header": binary, "traces": traces.hexdigest()}


def _plain_fingerprint(path: Path) -> dict[str, Any]:
    """Fingerprint of a file that is no SEG-Y: its content in 64 pieces."""
    try:
        size = path.stat().st_size
        digest = hashlib.sha256()
        with path.open("rb") as file:
            for place in np.linspace(0, max(size - PIECE, 0), SAMPLED).astype(np.int64).tolist():
                file.seek(place)
                digest.update(file.read(PIECE))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    return {"size": size, "binary_header": "", "traces": digest.hexdigest()}
