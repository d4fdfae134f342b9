"""Where a reproduction keeps what it has finished, so that it can be interrupted and goes on where it stood."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from seisgui.errors import FailureError, InputError

PLAN, ROWS = "plan.json", "rows"
Document = dict[str, Any]


class RowFolder:
    """Finished rows of one experiment as JSON; ``plan`` is what all of them must share (data, budget).

    Raises ``InputError`` where the folder holds something else.
    """

    def __init__(self, path: Path, plan: Document) -> None:
        self.path = path
        if path.exists() and not path.is_dir():
            raise InputError(f"{path} is a file, not a folder.", "Name another place with --out.")
        try:
            self.rows.mkdir(parents=True, exist_ok=True)
            self._check(plan)
        except OSError as error:
            raise InputError(f"{path} cannot be written: {error.strerror or error}.", "Name another place.") from error

    @property
    def rows(self) -> Path:
        return self.path / ROWS

    def _check(self, plan: Document) -> None:
        wanted = json.loads(json.dumps(plan))
        found = read_json(self.path / PLAN)
        if found is None:
            if any(entry != self.rows for entry in self.path.iterdir()):
                raise InputError(f"{self.path} holds other files.", "Name a new folder with --out.")
            write_text(self.path / PLAN, json.dumps(wanted, indent=1))
        elif found != wanted:
            other = ", ".join(name for name in sorted({*found, *wanted}) if found.get(name) != wanted.get(name))
            raise InputError(
                f"{self.path} holds rows that were made otherwise ({other}).",
                "Name a new folder with --out, or repeat the former choice to go on.",
            )

    def read(self, key: str) -> Document | None:
        """A finished row; None where it is not there, or damaged."""
        return read_json(self.rows / f"{key}.json")

    def keep(self, key: str, row: Document) -> None:
        """Write a finished row, whole or not at all."""
        write_text(self.rows / f"{key}.json", json.dumps(row, indent=1))


def read_json(path: Path) -> Document | None:
    """The JSON object in a file; None where there is none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def write_text(path: Path, text: str) -> None:
    """Write under a temporary name, then put it in place; ``FailureError`` where that fails."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise FailureError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)
