"""Header words of large files kept in the cache folder, so that a file scanned once opens at once ever after.

An entry is found by the file's fingerprint, modification time and the words in it; whatever is wrong with an
entry, it is read from the file again. Beside them stands a mark for each file whose headers are not what a sample
of them suggests, so that it is read whole when it is opened again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import uuid
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seisgui.seismic.cache_folder import cache_folder
from seisgui.seismic.fingerprint import segy_fingerprint
from seisgui.seismic.trace_file import TraceFile
from seisgui.seismic.trace_words import Words

FROM_TRACES = 20_000  # smaller files are scanned as fast as they are looked up
MARK = ".misleading"
MOST_BYTES = 1 << 30  # of all entries together; the oldest go first

log = logging.getLogger(__name__)


def load(file: TraceFile, words: Sequence[tuple[int, int]]) -> Words | None:
    """The words of every trace as kept, or None."""
    if file.structure.n_traces < FROM_TRACES:
        return None
    entry = _entry(file, words)
    try:
        table = np.load(entry, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if table.shape != (len(words), file.structure.n_traces) or table.dtype != np.int32:
        return None
    with contextlib.suppress(OSError):
        os.utime(entry)  # entries in use stay longest
    return {byte: table[index] for index, (byte, _) in enumerate(words)}


def store(file: TraceFile, words: Sequence[tuple[int, int]], columns: Words) -> None:
    """Keep the words of every trace; a cache that cannot be written is no error."""
    if file.structure.n_traces < FROM_TRACES:
        return
    entry = _entry(file, words)
    draft = entry.with_name(f"{entry.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as out:
            shape = (len(words), file.structure.n_traces)
            np.lib.format.write_array_header_1_0(out, {"descr": "<i4", "fortran_order": False, "shape": shape})
            for byte, _ in words:
                out.write(columns[byte].astype("<i4", copy=False).data)
        draft.replace(entry)
        _drop_oldest(entry.parent)
    except OSError as error:
        log.info("header words were not cached: %s", error)
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def mark_misleading(file: TraceFile) -> None:
    """Keep in mind that a sample of this file's headers tells something else than all of them."""
    mark = _mark(file)
    try:
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError as error:
        log.info("that the headers mislead was not noted: %s", error)


def misleads(file: TraceFile) -> bool:
    """Whether all headers of this file contradicted a sample of them before."""
    marks = {path.name for path in (cache_folder() / "headers").glob(f"*{MARK}")}
    return bool(marks) and _mark(file).name in marks  # the fingerprint costs some reads, mostly for nothing


def _mark(file: TraceFile) -> Path:
    return _entry(file, ()).with_suffix(MARK)


def _entry(file: TraceFile, words: Sequence[tuple[int, int]]) -> Path:
    identity = {**segy_fingerprint(file), "modified": file.modified_ns, "words": list(words)}
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:32]
    return cache_folder() / "headers" / f"{digest}.npy"


def _drop_oldest(folder: Path) -> None:
    entries = sorted(folder.glob("*.npy"), key=lambda path: path.stat().st_mtime, reverse=True)
    total = 0
    for path in entries:
        total += path.stat().st_size
        if total > MOST_BYTES:
            path.unlink(missing_ok=True)
