"""The `seisgui` command: which word does what, and how errors leave the program."""

from __future__ import annotations

import logging
import os
import runpy
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from seisgui import __version__
from seisgui.cli import (
    classes,
    demo,
    doctor,
    export,
    gathers,
    ingest,
    labels,
    picks,
    predict,
    project,
    reproduce,
    review,
    review_picks,
    runs,
    scan,
    screenshot,
    simulate,
    train,
    window,
)
from seisgui.errors import SeisguiError

INTERRUPTED = 130

app = typer.Typer(
    name="seisgui",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

WINDOW, FILES, PROJECTS, LABELS, NETWORKS = "Window", "Files", "Projects", "Labels", "Networks"
COMMANDS: tuple[tuple[str, Any, str], ...] = (
    ("open", window.open_window, WINDOW),
    ("demo", demo.demo, WINDOW),
    ("screenshot", screenshot.screenshot, WINDOW),
    ("doctor", doctor.doctor, WINDOW),
    ("scan", scan.scan, FILES),
    ("headers", scan.headers, FILES),
    ("new", project.new, PROJECTS),
    ("info", project.info, PROJECTS),
    ("add-volume", project.add_volume, PROJECTS),
    ("add-gathers", gathers.add_gathers, PROJECTS),
    ("add-horizon", project.add_horizon, PROJECTS),
    ("locate", project.locate, PROJECTS),
    ("set-layout", project.set_layout, PROJECTS),
    ("ingest", ingest.ingest, PROJECTS),
    ("import-labels", labels.import_labels, LABELS),
    ("export-labels", labels.export_labels, LABELS),
    ("import-picks", picks.import_picks, LABELS),
    ("export-picks", picks.export_picks, LABELS),
    ("classes", classes.classes, LABELS),
    ("undo", labels.undo, LABELS),
    ("redo", labels.redo, LABELS),
    ("networks", train.networks, NETWORKS),
    ("train", train.train, NETWORKS),
    ("runs", runs.runs, NETWORKS),
    ("predict", predict.predict, NETWORKS),
    ("score", predict.score, NETWORKS),
    ("suggest", review.suggest, NETWORKS),
    ("compare-labels", review.compare_labels, LABELS),
    ("propagate", review.propagate, LABELS),
    ("accept", review.accept, LABELS),
    ("review-picks", review_picks.review_picks, LABELS),
    ("export", export.export, NETWORKS),
    ("simulate", simulate.simulate, NETWORKS),
    ("reproduce", reproduce.reproduce, NETWORKS),
)
for _name, _function, _panel in COMMANDS:
    app.command(_name, rich_help_panel=_panel)(_function)


def show_version(wanted: bool) -> None:
    """Print the version and leave."""
    if wanted:
        typer.echo(f"seisgui {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def seisgui(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say on stderr what happens inside.")] = False,
) -> None:
    """Paint facies on seismic sections, train a network, correct it, export SEG-Y.

    Without a command the window opens; `seisgui FILE...` opens these files in it.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.INFO if verbose else logging.ERROR, force=True)
    if context.invoked_subcommand is None:
        window.open_window(None)


def rewrite(arguments: list[str]) -> list[str]:
    """`seisgui PATH...` becomes `seisgui open PATH...`; a command's name always means the command."""
    if not arguments or arguments[0].startswith("-") or arguments[0] in {name for name, _, _ in COMMANDS}:
        return arguments
    return ["open", *arguments] if os.path.lexists(arguments[0]) or looks_like_path(arguments[0]) else arguments


def looks_like_path(text: str) -> bool:
    """True for what is meant as a file: 'No such file' is then the better answer than 'No such command'."""
    return os.sep in text or "/" in text or bool(Path(text).suffix)


def complain(sentence: str, hint: str = "") -> None:
    """One sentence on stderr, and what can be done about it."""
    sys.stderr.write(f"Error: {sentence}\n")
    if hint:
        sys.stderr.write(f"{hint}\n")


def run(arguments: list[str]) -> int:
    """Run one command; returns the exit status: 0, 1 failure, 2 bad input, 130 interrupted."""
    try:
        outcome = app(rewrite(arguments), prog_name="seisgui", standalone_mode=False)
    except SeisguiError as error:
        complain(error.sentence, error.hint)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        complain("Interrupted; nothing half-written was left behind.")
        return INTERRUPTED
    except BrokenPipeError:
        # the reader (head, less) has gone; keep the interpreter from complaining at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:  # noqa: BLE001 - the last resort: a sentence for everybody, details on request
        return last_resort(error)
    if outcome == INTERRUPTED:
        complain("Interrupted; nothing half-written was left behind.")
    return outcome if isinstance(outcome, int) else 0


def last_resort(error: Exception) -> int:
    """Errors of the command line itself are bad input; anything else is a fault of the program."""
    if hasattr(error, "format_message"):
        context = getattr(error, "ctx", None)
        hint = f"See `{context.command_path} --help`." if context is not None else ""
        complain(error.format_message(), hint)
        return 2
    if isinstance(error, OSError):
        complain(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}.")
    else:
        complain(
            f"Something went wrong inside the program ({type(error).__name__}: {error}).",
            "Set SEISGUI_DEBUG=1 to see where, and please report it.",
        )
    if os.environ.get("SEISGUI_DEBUG"):
        logging.getLogger(__name__).critical("details", exc_info=error)
    return 1


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a command like Ctrl+C, so that temporary files are removed."""
    raise KeyboardInterrupt


def main() -> None:
    """Entry point of the `seisgui` script and of frozen builds."""
    if sys.argv[1:2] == ["--worker"]:
        # the import contract keeps the worker out of this process's modules; frozen builds have no `python -m`
        sys.argv = ["seisgui.jobs.worker", *sys.argv[2:]]
        runpy.run_module("seisgui.jobs.worker", run_name="__main__", alter_sys=True)
        return
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, interrupt)
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
