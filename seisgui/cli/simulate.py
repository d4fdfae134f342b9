"""`seisgui simulate`: labelled records to try and to train on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seisgui.cli.options import JsonOption, ProgressOption
from seisgui.cli.output import Output


def simulate(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write, NAME.npz.")],
    preset: Annotated[
        str,
        typer.Option("--preset", metavar="NAME", help="huynh2021, huynh2021-small, -flat or -plain, regional."),
    ] = "huynh2021-small",
    n: Annotated[
        int | None, typer.Option("-n", "--records", min=1, metavar="N", help="Records, instead of the preset's number.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same records.")] = 0,
    as_json: JsonOption = False,
    progress: ProgressOption = False,
) -> None:
    """Simulate records of elastic waves through random ground, with exact P and S arrival times.

    Needs the extra 'simulate': Deepwave and scikit-fmm.
    """
    from dataclasses import asdict, replace

    from seisgui.learning.picking.simulate import simulate_steps
    from seisgui.learning.picking.simulate_presets import preset_named

    chosen = preset_named(preset)
    if n is not None:
        chosen = replace(chosen, n_record=n)
    output = Output(as_json, progress)
    kind = f"{', '.join(chosen.components)}; {chosen.n_sample} samples at {chosen.rate:g} Hz"
    size = f"{chosen.n_bytes / 1e6:.0f} MB"
    output.note(f"{chosen.n_record} records of {chosen.n_shot} shots ({kind}) take {size}.")
    written = output.follow(simulate_steps(chosen, out, seed), "simulating")
    output.document({"preset": chosen.name, "seed": seed, **asdict(written)})
    output.say(f"{written.records} records of {written.shots} shots in {written.path}, {written.n_bytes / 1e6:.0f} MB.")
