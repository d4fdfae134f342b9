"""Scan and open SEG-Y files (and npz sections): the front door of this room."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

from seisgui.errors import InputError
from seisgui.seismic import words_cache
from seisgui.seismic.file_structure import FileStructure, read_structure
from seisgui.seismic.fingerprint import fingerprint
from seisgui.seismic.geometry import GeometryCandidate
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.npz import is_npz, open_npz
from seisgui.seismic.progress import Progress, finish
from seisgui.seismic.records_scan import is_other_format, scan_npz, scan_records
from seisgui.seismic.scan import HeaderSurvey, SegyScan, cut_off_sentence, scan_of, scan_segy_steps, survey_steps
from seisgui.seismic.segy_volume import SegyVolume
from seisgui.seismic.trace_file import TraceFile
from seisgui.seismic.volume import Volume

__all__ = [
    "FileStructure",
    "GeometryCandidate",
    "SegyLayout",
    "SegyScan",
    "SegyVolume",
    "fingerprint",
    "open_segy",
    "open_volume",
    "opening_steps",
    "read_structure",
    "scan",
    "scan_steps",
]

PROVISIONAL_FROM = 20_000  # traces from which a file is opened on a sample of its headers


def scan(path: Path, *, sample_only: bool = False) -> SegyScan:
    """Scan a SEG-Y, an npz, or a file or folder of shots or waveforms.

    Raises ``InputError`` with one sentence where it cannot be used.

    ``sample_only`` reads some eight hundred headers instead of all: counts of holes and duplicates are then
    estimates and ``complete`` is False.
    """
    return finish(scan_steps(path, sample_only=sample_only))


def scan_steps(path: Path, *, sample_only: bool = False) -> Generator[Progress, None, SegyScan]:
    """``scan`` as a generator of ``Progress``; its outcome is the ``SegyScan``."""
    path = Path(path)
    if is_npz(path):
        yield Progress(0, 1, "reading npz")
        return scan_npz(path)
    if is_other_format(path):
        yield Progress(0, 1, "reading headers")
        return scan_records(path)
    return (yield from scan_segy_steps(path, sample_only=sample_only))


def opening_steps(path: Path) -> Generator[Progress, None, SegyScan]:
    """The scan to open a file by: of a sample of its headers where that settles the geometry, else of all of them.

    The rest of a large survey is read after it is shown (``SegyVolume.confirm_steps``).
    """
    path = Path(path)
    if not is_npz(path) and not is_other_format(path):
        structure = read_structure(path)
        if structure.n_traces >= PROVISIONAL_FROM and not structure.trailing:
            file = TraceFile(structure)
            try:
                survey = yield from survey_steps(file, sample_only=True)
                settled = _settled(survey) and not words_cache.misleads(file)
            finally:
                file.close()
            if settled:
                return scan_of(survey)
    return (yield from scan_steps(path))


def _settled(survey: HeaderSurvey) -> bool:
    """Whether a sample of the headers tells the geometry."""
    return survey.regular is not None and survey.verdict.kind == "volume"


def open_volume(path: Path, layout: SegyLayout | None = None) -> Volume:
    """Open a SEG-Y file or an npz section as a volume.

    Raises ``InputError`` with one sentence: no SEG-Y, cut off (unless ``layout.repair``), pre-stack gathers, no
    sample interval, bytes that number no grid.
    """
    path = Path(path)
    if is_npz(path):
        return open_npz(path, layout)
    return open_segy(path, layout)


def open_segy(
    path: Path, layout: SegyLayout | None = None, *, whole_scan: bool = False, as_sampled: bool = False
) -> SegyVolume:
    """Open a SEG-Y file; as ``open_volume``.

    A large survey in perfect order opens on a sample of its headers (``SegyVolume.provisional``), unless all of them
    are known to contradict it; ``whole_scan`` reads them all first, ``as_sampled`` goes by the sample even then.
    """
    layout = layout or SegyLayout()
    structure = read_structure(Path(path), layout.byte_order)
    file = TraceFile(structure)
    try:
        survey = _survey(file, layout, whole_scan=whole_scan, as_sampled=as_sampled)
        _refuse_unless_volume(survey, layout)
        return SegyVolume(file, survey)
    except BaseException:
        file.close()
        raise


def _survey(file: TraceFile, layout: SegyLayout, *, whole_scan: bool, as_sampled: bool) -> HeaderSurvey:
    """A sample of the headers where that settles the geometry, else all of them."""
    if not whole_scan and file.structure.n_traces >= PROVISIONAL_FROM and layout.kind in {None, "volume"}:
        survey = finish(survey_steps(file, layout, sample_only=True))
        if _settled(survey) and (as_sampled or not words_cache.misleads(file)):
            return survey
    return finish(survey_steps(file, layout))


def _refuse_unless_volume(survey: HeaderSurvey, layout: SegyLayout) -> None:
    name = survey.structure.path.name
    if survey.structure.trailing and not layout.repair:
        sentence = cut_off_sentence(survey.structure)
        raise InputError(f"{name} cannot be opened as it is: {sentence}.", "Open it with repair, or copy it again.")
    if survey.verdict.kind == "gathers":
        raise InputError(
            f"{name} holds {survey.verdict.geometry}; it is no survey of stacked traces.",
            "Add it as gathers instead, or state the bytes of inline and crossline.",
        )
    if survey.axis.interval <= 0.0:
        raise InputError(
            f"{name} gives no sample interval: it is zero in the binary header and in the traces.",
            "State the interval when opening it.",
        )
