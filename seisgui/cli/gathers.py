"""`seisgui add-gathers`: shots and waveforms for picking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seisgui.cli.options import BreakLockOption, ByteOrderOption, JsonOption, ProjectArgument
from seisgui.cli.output import Output
from seisgui.cli.project import describe_dataset, opened
from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.interpretation.gather_sets import GatherFiles


def add_gathers(
    project: ProjectArgument,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="SEG-Y, Seismic Unix, npz, miniSEED, SAC, SEG-2, a SeisBench data set, or folders of these.",
        ),
    ],
    rate: Annotated[
        float | None,
        typer.Option("--rate", metavar="HZ", help="Sampling rate, where a file states none or a wrong one."),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", metavar="NAME", help="Name of the new gather set. Default: the file's.")
    ] = None,
    byte_order: ByteOrderOption = None,
    break_lock: BreakLockOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add shots or waveforms as one gather set, to pick on."""
    from seisgui.interpretation.gather_sets import gather_files
    from seisgui.seismic.layout import SegyLayout

    if rate is not None and not 0.0 < rate < 1e9:
        raise InputError(f"{rate:g} Hz is no sampling rate.", "State it in Hz, for example --rate 250.")
    layout = SegyLayout(kind="gathers", interval=1000.0 / rate if rate else None, byte_order=byte_order)
    output = Output(as_json)
    with opened(project, writes=True, break_lock=break_lock) as document:
        if dataset is not None and any(dataset in {item.id, item.name} for item in document.datasets()):
            raise InputError(f"{document.name} has a dataset {dataset!r} already.", "Choose another name.")
        found = gather_files(files, layout)
        name = files[0].resolve().name if len(files) == 1 and files[0].is_dir() else None
        added = document.add_gathers(found.files, layout, dataset or name, found.marks)
    for problem in found.problems:
        output.note(problem)
    output.document({"dataset": describe_dataset(added) | describe_records(found)})
    output.say(f"gathers {added.name} ({added.id}): {in_words(found)}")


def describe_records(found: GatherFiles) -> dict[str, Any]:
    """What was found, as JSON knows it."""
    return {
        "records": found.n_records,
        "gathers": found.n_gathers,
        "stations": found.n_stations,
        "components": list(found.components),
        "sampling_rates": list(found.rates),
        "known_picks": found.known_picks,
        "problems": list(found.problems),
    }


def in_words(found: GatherFiles) -> str:
    """'480 records of 1 component in 15 gathers, 1000 Hz, 458 picks'."""
    n = len(found.components)
    rates = ", ".join(f"{rate:g}" for rate in found.rates[:4]) + (" ..." if len(found.rates) > 4 else "")
    picks = f"; {found.known_picks:,} picks come with them (import-picks)" if found.known_picks else ""
    return (
        f"{found.n_records:,} records of {n} component{'' if n == 1 else 's'} ({', '.join(found.components)}) in "
        f"{found.n_gathers:,} gather{'' if found.n_gathers == 1 else 's'}, {rates} Hz{picks}"
    )
