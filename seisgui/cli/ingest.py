"""`seisgui ingest`: display copies of surveys, so that sections in any direction come at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seisgui.cli.options import DatasetOption, JsonOption, ProgressOption, ProjectArgument
from seisgui.cli.output import Output
from seisgui.cli.project import opened
from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.interpretation.datasets import VolumeRecord
    from seisgui.interpretation.project import Project


def ingest(
    project: ProjectArgument,
    dataset: DatasetOption = None,
    volume: Annotated[
        str | None, typer.Option("--volume", metavar="ID", help="Only this volume (see `seisgui info`); default: all.")
    ] = None,
    as_json: JsonOption = False,
    progress: ProgressOption = False,
) -> None:
    """Make display copies, or finish what was interrupted; the window then pages in any direction at once."""
    output = Output(as_json, progress)
    with opened(project, writes=False) as document:
        made = [ingest_volume(document, record, output) for record in chosen_volumes(document, dataset, volume)]
    output.document({"volumes": made})


def chosen_volumes(document: Project, dataset: str | None, volume: str | None) -> list[VolumeRecord]:
    """The volumes meant; ``InputError`` where there is none that has sections."""
    if volume is not None:
        return [document.volume_record(volume, dataset)]
    datasets = document.datasets() if dataset is None else [document.dataset(dataset)]
    found = [record for item in datasets for record in item.volumes if record.axes is not None]
    if not found:
        raise InputError("There is no survey or line to make display copies of.", "Add one: seisgui add-volume.")
    return found


def ingest_volume(document: Project, record: VolumeRecord, output: Output) -> dict[str, Any]:
    """Make the copies of one volume; what the JSON document says of it."""
    from seisgui.seismic.ingest import ingest_state, ingest_steps

    source, folder = document.open_volume(record.id), document.display_folder(record.id)
    before = ingest_state(folder, source)
    began = time.monotonic()
    output.follow(ingest_steps(source, folder), f"copying {record.name}")
    seconds = time.monotonic() - began
    size = sum(file.stat().st_size for file in folder.glob("*.i8"))
    if before.kind == "complete":
        output.say(f"{record.id}: the display copies were whole already ({size / 1e9:.2f} GB in {folder}).")
    else:
        output.say(f"{record.id}: {size / 1e9:.2f} GB of display copies in {folder}, {seconds:.1f} s.")
    return {"id": record.id, "folder": folder, "before": before.kind, "bytes": size, "seconds": seconds}
