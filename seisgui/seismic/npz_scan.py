"""What a scan says of an npz section or of npz gathers, in the words it uses for SEG-Y."""

from __future__ import annotations

from pathlib import Path

from seisgui.errors import InputError
from seisgui.seismic.axes import LineAxis, SampleAxis
from seisgui.seismic.gathers import NpzGathers
from seisgui.seismic.layout import SegyLayout
from seisgui.seismic.npz import open_npz
from seisgui.seismic.scan import SegyScan


def scan_npz(path: Path) -> SegyScan:
    """Scan an npz; raises ``InputError`` where it holds neither a section nor gathers."""
    try:
        volume = open_npz(path)
    except InputError as refusal:
        try:
            gathers = NpzGathers(path)
        except InputError:
            raise refusal from None
        problems = () if gathers.interval_stated else ("the file gives no sample interval; 1 ms is taken",)
        sentence = f"pre-stack gathers: {gathers.n_traces} traces in {gathers.n_gathers} gathers of an npz file"
        return _scan(path, "gathers", sentence, gathers.n_traces, gathers.sample, problems)
    n_inline, n_crossline, _ = volume.axes.shape
    kind = "line" if 1 in {n_inline, n_crossline} else "volume"
    lines = f"{_span('inline', volume.axes.inline)} x {_span('crossline', volume.axes.crossline)}"
    return _scan(path, kind, f"an npz section with named axes, {lines}", n_inline * n_crossline, volume.axes.sample, ())


def _span(noun: str, axis: LineAxis) -> str:
    return f"{noun} {axis.first}" if axis.count == 1 else f"{axis.count} {noun}s ({axis.first}-{axis.last})"


def _scan(
    path: Path, kind: str, sentence: str, n_traces: int, sample: SampleAxis, problems: tuple[str, ...]
) -> SegyScan:
    return SegyScan(
        path=path,
        size=path.stat().st_size,
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
    )
