"""What tells whether something made from a volume was made from this very file, read in this very way."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from seisgui.errors import InputError
from seisgui.seismic.fingerprint import fingerprint
from seisgui.seismic.segy_volume import SegyVolume
from seisgui.seismic.volume import Volume

SAMPLED = 64


def origin_of(volume: Volume) -> Volume:
    """The volume that reads the file: ``volume`` itself, or what it shows on other axes."""
    source = getattr(volume, "source", None)
    return volume if source is None else origin_of(source)


def source_mark(volume: Volume) -> dict[str, Any]:
    """Fingerprint, modification time (ns) and header bytes of the file behind a volume, as JSON knows them.

    Of a volume without a file: a hash of some of its traces. ``InputError`` where the file cannot be read.
    """
    origin = origin_of(volume)
    if isinstance(origin, SegyVolume):
        layout = origin.layout
        reading = [layout.inline_byte, layout.crossline_byte, layout.width, origin.structure.byte_order]
        return {"fingerprint": origin.fingerprint, "modified_ns": origin.file.modified_ns, "reading": reading}
    path = getattr(origin, "path", None)
    if isinstance(path, Path):
        try:
            modified_ns = path.stat().st_mtime_ns
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
        return {"fingerprint": fingerprint(path), "modified_ns": modified_ns}
    traces = np.ascontiguousarray(origin.sample_traces(SAMPLED))
    return {"traces": hashlib.sha256(traces.tobytes()).hexdigest()}
