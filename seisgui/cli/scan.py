"""`seisgui scan` and `seisgui headers`: what a file holds, before it is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seisgui.cli.options import JsonOption, ProgressOption
from seisgui.cli.output import Output

if TYPE_CHECKING:
    from seisgui.seismic.segy import SegyScan

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A SEG-Y file, or one of shots or waveforms.")]
FORMAT_NAMES = {
    1: "4-byte IBM float",
    2: "4-byte integer",
    3: "2-byte integer",
    5: "4-byte IEEE float",
    6: "8-byte IEEE float",
    8: "1-byte integer",
    10: "4-byte unsigned integer",
    11: "2-byte unsigned integer",
    16: "1-byte unsigned integer",
}


def scan(
    file: FileArgument,
    quick: Annotated[bool, typer.Option("--quick", help="Read a sample of the trace headers only.")] = False,
    as_json: JsonOption = False,
    progress: ProgressOption = False,
) -> None:
    """Format, samples, interval, the geometry found and how sure it is, candidate byte pairs, problems."""
    from seisgui.seismic import segy

    output = Output(as_json, progress)
    result = segy.scan(file, sample_only=True) if quick else output.follow(segy.scan_steps(file), "scanning")
    output.document(result.to_json())
    describe(result, output)


def describe(result: SegyScan, output: Output) -> None:
    """The scan as lines for people."""
    last = result.start + result.interval * (result.n_samples - 1)
    encoding = FORMAT_NAMES.get(result.sample_format, f"format {result.sample_format}")
    of_segy = result.format == "SEG-Y"
    what = f"SEG-Y revision {result.revision:g}" if of_segy else result.format
    output.say(f"{result.path.name}: {result.kind}, {result.size / 1e6:.1f} MB, {what}")
    if of_segy:
        output.say(f"Samples     {encoding} ({result.sample_format}), {result.byte_order}-endian")
    output.say(
        f"Traces      {result.n_traces:,} of {result.n_samples} samples, {result.interval:g} {result.unit} apart, "
        f"{result.start:g} to {last:g} {result.unit} ({result.domain.value})"
    )
    output.say(f"Geometry    {result.geometry} ({result.confidence})")
    if result.dead_traces:
        output.say(f"Dead        {result.dead_traces:,} traces")
    if result.candidates:
        output.say()
        output.table(
            ["Bytes", "Width", "Fit", "Inlines", "Crosslines", "Holes", "Duplicates"],
            [
                [
                    f"{c.inline_byte}/{c.crossline_byte}",
                    str(c.width),
                    f"{c.fit:.3f}",
                    f"{c.inline_first}-{c.inline_last} step {c.inline_step}",
                    f"{c.crossline_first}-{c.crossline_last} step {c.crossline_step}",
                    f"{c.holes:,}",
                    f"{c.duplicates:,}",
                ]
                for c in result.candidates[:8]
            ],
        )
    for problem in result.problems:
        output.say(f"Problem: {problem}")
    if not result.complete:
        output.say("Only a sample of the trace headers was read; the geometry is provisional.")


def headers(
    file: FileArgument,
    trace: Annotated[int, typer.Option("--trace", min=1, help="Which trace's header, counted from 1.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """The textual header, the binary header and one trace header, word by word."""
    from seisgui.seismic import headers as segy_headers

    output = Output(as_json)
    with segy_headers.read_headers(file) as found:
        words = found.trace_header(trace - 1)
    texts = [found.textual, *found.extended]
    output.document({"textual": texts, "binary": found.binary, "trace": trace, "trace_header": words})
    for text in texts:
        output.say(text)
    for title, fields in (("Binary header", found.binary), (f"Header of trace {trace}", words)):
        output.say()
        rows = [[str(byte), name, str(value)] for name, (byte, value) in fields.items()]
        output.table(["Byte", "Word", "Value"], rows, title=title)
