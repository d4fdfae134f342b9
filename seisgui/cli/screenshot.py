"""`seisgui screenshot`: the real window, drawn without a display and saved as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seisgui.cli.options import JsonOption, ProjectArgument, choice, parse_sections, parse_size
from seisgui.cli.output import Output
from seisgui.cli.predict import check_sections, predict_missing
from seisgui.cli.project import existing_project, opened
from seisgui.cli.qt import require_qt
from seisgui.cli.runs import find_run
from seisgui.errors import InputError

THEMES = ("dark", "light")


def screenshot(
    project: ProjectArgument,
    out: Annotated[Path, typer.Argument(metavar="OUT.png", help="The picture to write.")],
    inline: Annotated[float | None, typer.Option("--inline", metavar="N", help="Show this inline.")] = None,
    crossline: Annotated[float | None, typer.Option("--crossline", metavar="N", help="Show this crossline.")] = None,
    overlay: Annotated[str | None, typer.Option("--overlay", metavar="RUN", help="Show this run's prediction.")] = None,
    size: Annotated[str, typer.Option("--size", metavar="WxH", help="Pixels.")] = "1600x1000",
    theme: Annotated[str, typer.Option("--theme", metavar="dark|light")] = "dark",
    as_json: JsonOption = False,
) -> None:
    """A picture of the window on a project."""
    choice("--theme", theme, THEMES)
    width, height = parse_size(size)
    if out.suffix.lower() not in {".png", ".jpg", ".jpeg"}:
        raise InputError(f"{out} is not named as a picture.", "Name it OUT.png.")
    refs = parse_sections([inline] if inline is not None else None, [crossline] if crossline is not None else None)
    folder = existing_project(project)
    output = Output(as_json)
    with opened(folder, writes=False) as document:
        dataset = document.dataset(None) if refs or overlay else None
        if refs and dataset is not None:
            check_sections(refs, dataset.axes)
        run_id = find_run(document, overlay).id if overlay else None
        if run_id and dataset is not None and dataset.axes is not None:
            refs = refs or (dataset.axes.middle(),)
            predict_missing(document, run_id, dataset.id, refs, output)
    require_qt(display=False)
    from seisgui.cli.picture import take_picture

    take_picture(folder, out, refs=refs, run_id=run_id, size=(width, height), theme=theme)
    output.document({"screenshot": out, "width": width, "height": height, "run": run_id})
    output.say(f"Wrote {out} ({width} x {height}).")
