"""What a command says: results on stdout, everything else on stderr; or JSON on stdout alone."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict, is_dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as ProgressBar
    from rich.progress import TaskID

Result = TypeVar("Result")
Document = dict[str, Any]
CURVES = (("loss", "loss"), ("accuracy", "accuracy"), ("mean_class_accuracy", "mean class accuracy"))


class Output:
    """Where a command's words go.

    Human text: results on stdout, progress and notices on stderr. With ``as_json`` stdout carries one JSON
    document on one line, preceded by one line a progress event where ``progress`` is asked for.
    """

    def __init__(self, as_json: bool = False, progress: bool = False) -> None:
        self.as_json = as_json
        self.progress = progress
        self.notices: list[str] = []

    def console(self, stderr: bool = False) -> Console:
        """A rich console that neither wraps paths nor colours numbers by itself."""
        from rich.console import Console

        return Console(stderr=stderr, highlight=False, soft_wrap=True)

    def say(self, text: str = "") -> None:
        """A line of the result, for people only; plain text, no markup."""
        if not self.as_json:
            sys.stdout.write(f"{text}\n")

    def note(self, sentence: str, hint: str = "") -> None:
        """Something worth knowing that is no error: stderr, and ``notices`` of the JSON document."""
        text = f"{sentence} {hint}".strip()
        self.notices.append(text)
        if not self.as_json:
            sys.stderr.write(f"{text}\n")

    def table(self, columns: list[str], rows: list[list[str]], title: str = "") -> None:
        """A table for people, as wide as its words."""
        if self.as_json:
            return
        from rich.table import Table
        from rich.text import Text

        table = Table(title=title or None, box=None, pad_edge=False, title_justify="left", header_style="bold")
        widths = [longest_word(cells) for cells in zip(columns, *rows, strict=True)]
        fits = sum(widths) + 2 * (len(widths) - 1) <= self.console().width
        for column, width in zip(columns, widths, strict=True):
            table.add_column(column, overflow="fold", min_width=width if fits else None)
        for row in rows:
            table.add_row(*[Text(cell) for cell in row])
        self.console().print(table)

    def document(self, document: Document) -> None:
        """The one JSON document; nothing in human mode."""
        if not self.as_json:
            return
        if self.notices and "notices" not in document:
            document = {**document, "notices": self.notices}
        self.line(document)

    def line(self, document: Document) -> None:
        """One JSON object on one line of stdout."""
        sys.stdout.write(json.dumps(plain(document), ensure_ascii=False, allow_nan=False) + "\n")
        sys.stdout.flush()

    def follow(self, work: Generator[Any, None, Result], phrase: str = "") -> Result:
        """Run long work to its end, showing its events; returns its outcome.

        Ctrl+C closes the generator, which removes what it had half written.
        """
        with closing(work), Follower(self, phrase) as follower:
            while True:
                try:
                    event = next(work)
                except StopIteration as finished:
                    outcome: Result = finished.value
                    return outcome
                follower.show(event)


class Follower:
    """Shows the events of one piece of long work: a progress bar for people, lines for programs."""

    def __init__(self, output: Output, phrase: str) -> None:
        self.output = output
        self.phrase = phrase
        self.bar: ProgressBar | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> Self:
        if not self.output.as_json and sys.stderr.isatty():
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self.bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=self.output.console(stderr=True),
                transient=True,
            )
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def show(self, event: object) -> None:
        """One event, by its kind."""
        kind = type(event).__name__
        if kind == "Notice":
            self.output.note(getattr(event, "sentence", ""), getattr(event, "hint", ""))
        elif self.output.as_json:
            if self.output.progress:
                self.output.line({"event": snake(kind), **plain(event)})
        elif kind == "Progress":
            self._advance(event)
        elif kind == "CurvePoint":
            self._curve(event)

    def _advance(self, event: Any) -> None:
        if self.bar is None:
            return
        description = event.phrase or self.phrase
        if self.task is None:
            self.task = self.bar.add_task(description, total=event.total)
        self.bar.update(self.task, completed=event.done, total=event.total, description=description)

    def _curve(self, point: Any) -> None:
        text = f"epoch {point.epoch}: {figures(point.training)}"
        if point.held_out:
            text += f"; held out: {figures(point.held_out)}"
        if self.bar is not None:
            self.bar.console.print(text, markup=False)
        else:
            sys.stderr.write(text + "\n")


def figures(values: dict[str, float]) -> str:
    """The figures of a curve point that fit on a line; all of them are in the JSON."""
    return ", ".join(f"{title} {values[name]:.3f}" for name, title in CURVES if name in values)


def snake(name: str) -> str:
    """``CurvePoint`` -> ``curve_point``."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")


def plain(value: Any) -> Any:
    """Data classes, paths, enums and numpy numbers as what JSON knows; NaN and infinities become null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def longest_word(cells: tuple[str, ...]) -> int:
    """Letters of the longest word of a column, so that names that are typed elsewhere are not broken."""
    return max((len(word) for cell in cells for word in cell.split()), default=0)
