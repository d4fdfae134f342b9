"""What a scan says of files that are no SEG-Y, npz sections and records, in the words it uses for SEG-Y."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seisgui.errors import InputError
from seisgui.seismic.axes import Domain, LineAxis, SampleAxis
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.npz import open_npz
from seisgui.seismic.record_files import RecordFormat, format_of
from seisgui.seismic.records import RecordSet, open_records
from seisgui.seismic.scan import SegyScan

NOUNS = {"shot": "shot", "event": "event", "position": "position"}


def scan_npz(path: Path) -> SegyScan:
    """Scan an npz; raises ``InputError`` where it holds neither a section nor records."""
    try:
        volume = open_npz(path)
    except InputError as refusal:
        try:
            return scan_records(path)
        except InputError as other:
            raise (refusal if "holds no records" in other.sentence else other) from None
    n_inline, n_crossline, _ = volume.axes.shape
    kind = "line" if 1 in {n_inline, n_crossline} else "volume"
    lines = f"{_span('inline', volume.axes.inline)} x {_span('crossline', volume.axes.crossline)}"
    return _scan(path, kind, f"an npz section with named axes, {lines}", n_inline * n_crossline, volume.axes.sample, ())


def scan_records(path: Path) -> SegyScan:
    """Scan a file of shots or waveforms that is no SEG-Y; raises ``InputError`` where it cannot be read."""
    records = open_records([path])
    try:
        table = records.table
        sample = SampleAxis(0.0, 1000.0 / float(table.rate[0]), int(table.n_samples.max()), Domain.TIME, "ms")
        return _scan(path, "gathers", _sentence(records), len(table), sample, records.problems)
    finally:
        records.close()


def _sentence(records: RecordSet) -> str:
    """'78 records of 3 components (E, N, Z) in 78 events of 55 stations, 100 Hz, with 156 picks'."""
    table = records.table
    rates = np.unique(np.round(table.rate, 6))
    hertz = f"{rates[0]:g}" if len(rates) == 1 else f"{rates[0]:g} to {rates[-1]:g}"
    components = f"{_count(len(table.components), 'component')} ({', '.join(table.components)})"
    groups = _count(len(table.gathers), NOUNS[records.groupings[0]])
    stations = f" of {_count(len(table.stations), 'station')}" if "station" in records.groupings else ""
    picks = len(records.known_picks)
    known = f", with {_count(picks, 'pick')}" if picks else ""
    return f"{_count(len(table), 'record')} of {components} in {groups}{stations}, {hertz} Hz{known}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _span(noun: str, axis: LineAxis) -> str:
    return f"{noun} {axis.first}" if axis.count == 1 else f"{axis.count} {noun}s ({axis.first}-{axis.last})"


def _scan(
    path: Path, kind: str, sentence: str, n_traces: int, sample: SampleAxis, problems: tuple[str, ...]
) -> SegyScan:
    whole = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return SegyScan(
        path=path,
        size=sum(file.stat().st_size for file in whole),
        revision=0.0,
        sample_format=5,
        byte_order="little",
        n_traces=n_traces,
        n_samples=sample.count,
        interval=sample.interval,
        start=sample.start,
        domain=sample.domain,
        unit=sample.unit,
        kind=kind,
        geometry=sentence,
        confidence="certain",
        candidates=(),
        problems=problems,
        textual="",
        complete=True,
        dead_traces=0,
        missing_bytes=0,
        layout=SegyLayout(kind=kind),
        format="several formats" if path.is_dir() else format_of(path).value,
    )


def is_other_format(path: Path) -> bool:
    """True for folders and files that are neither SEG-Y nor npz."""
    return path.is_dir() or format_of(path) not in {RecordFormat.SEGY, RecordFormat.NPZ}
