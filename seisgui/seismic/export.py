"""Write values computed from a survey as SEG-Y beside it: the source's headers, other samples.

The file is written under a temporary name, brought to the disk, read back and only then renamed: a full disk, a
cancelled job or a crash leave what was there before as it was.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seisgui.errors import FailureError, InputError
from seisgui.seismic.drafts import draft_path, sweep_drafts
from seisgui.seismic.durable import synchronise
from seisgui.seismic.export_writer import NO_VALUE, SectionValues, TraceWriter
from seisgui.seismic.progress import Pace, Progress
from seisgui.seismic.read_back import Written
from seisgui.seismic.sample_format import export_code
from seisgui.seismic.segy import SegyVolume

__all__ = ["NO_VALUE", "ExportReport", "SectionValues", "export_segy", "sidecar_path"]

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
    section_values: SectionValues,
    *,
    sample_format: str,
    cards: Sequence[str],
    sidecar: dict[str, Any],
) -> Generator[Progress, None, ExportReport]:
    """Write ``out`` with the source's headers and ``section_values`` as samples.

    ``section_values(inline_index)`` gives (n_crossline, n_sample) float32, NaN where there is no value, or integers,
    -1 where there is none; dead traces and missing values are written as -1. ``sample_format`` is 'ibm', 'ieee',
    'int8' or 'int16'; at most two ``cards`` go into blank cards of the textual header; ``sidecar`` is written as
    ``out``'s .json with what was found out here.
    Yields ``Progress``, returns ``ExportReport``. Closing the generator cancels: nothing of ``out`` is touched.
    Raises ``InputError`` where ``out`` is the source or has no folder, where values do not fit the format and where
    the source changes meanwhile, ``FailureError`` where writing fails.
    """
    out = Path(out)
    code = export_code(sample_format)
    _refuse_bad_target(source, out)
    sweep_drafts(out.parent)
    writer = TraceWriter(source, code, cards)
    _refuse_full_disk(out, writer.size)
    draft = draft_path(out.parent)
    began = time.perf_counter()
    try:
        if not (yield from source.confirm_steps()):
            raise source.other_geometry()
        with _explained(out):
            written = yield from writer.write(draft, section_values)
        done = time.perf_counter()
        with _explained(out):
            yield from _verify(written, draft)
        verified = time.perf_counter()
        source.file.check()
        document = {
            **sidecar,
            "source": {"path": str(source.path), "fingerprint": source.fingerprint},
            "sample_format": sample_format,
            "no_value": NO_VALUE,
            "textual_cards": writer.used_cards,
            "traces": source.structure.n_traces,
            "fraction_predicted": writer.fraction,
            "verified": True,
        }
        with _explained(out):
            _put_in_place(draft, out, document)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    return ExportReport(
        out, source.structure.n_traces, writer.fraction, sidecar_path(out), done - began, verified - done
    )


def _refuse_bad_target(source: SegyVolume, out: Path) -> None:
    if not out.parent.is_dir():
        raise InputError(f"{out} cannot be written: the folder {out.parent} does not exist.", "Choose another folder.")
    if out.is_dir():
        raise InputError(f"{out} is a folder.", "Name a file.")
    if out.exists() and out.samefile(source.path):
        raise InputError(f"{out.name} is the source itself.", "Export under another name; the source stays untouched.")


def _refuse_full_disk(out: Path, size: int) -> None:
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
        if not out.parent.is_dir():
            raise FailureError(
                f"{out} could not be written: the folder {out.parent} has gone.", "Put it back, or choose another."
            ) from error
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        reason = "the disk is full" if full else (error.strerror or str(error))
        raise FailureError(
            f"{out} could not be written: {reason}. The file that was there before is unchanged.",
            "Free some space or choose another disk." if full else "",
        ) from error


def _verify(written: Written, draft: Path) -> Generator[Progress, None, None]:
    """Read all of the file back from the disk."""
    pace = Pace()
    for done, problem in written.problems(draft):
        if problem:
            raise FailureError(
                f"The exported file did not read back as written ({problem}); it was discarded.",
                "Check the disk, then export again.",
            )
        yield from pace.tell(done, written.size, "verifying")


def _put_in_place(draft: Path, out: Path, document: dict[str, Any]) -> None:
    """File and sidecar take their names, each in one step; no sidecar ever stands beside another file than its own."""
    sidecar = sidecar_path(out)
    new, old = draft_path(out.parent), draft_path(out.parent)
    try:
        with new.open("w", encoding="utf-8") as file:
            json.dump(document, file, indent=2, default=str)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            sidecar.replace(old)
        try:
            draft.replace(out)
        except OSError:
            with contextlib.suppress(FileNotFoundError):
                old.replace(sidecar)
            raise
        new.replace(sidecar)
    finally:
        new.unlink(missing_ok=True)
        old.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # the file has its name already
        synchronise(out.parent)
