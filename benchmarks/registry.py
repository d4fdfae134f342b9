"""What a benchmark is: a module here with ``PROMISE`` (a sentence) and ``measure() -> Result``."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

KEPT, SHORT, NOT_MEASURED = "kept", "short", "not measured"


@dataclass(frozen=True)
class Result:
    """What came out: a sentence with the figures, whether the promise holds, and the plain numbers.

    ``kept`` is None where it could not be measured here; ``figure`` then says why.
    """

    figure: str
    kept: bool | None
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        return NOT_MEASURED if self.kept is None else KEPT if self.kept else SHORT


def not_measured(why: str) -> Result:
    """The result of a benchmark that cannot run on this machine."""
    return Result(why, None)


def benchmark_names() -> list[str]:
    """Modules of this folder that define a promise, in order of name; found without importing them."""
    folder = Path(__file__).parent
    names = sorted(module.name for module in pkgutil.iter_modules([str(folder)]))
    return [name for name in names if "\nPROMISE = " in (folder / f"{name}.py").read_text()]


def promise_of(name: str) -> str:
    """The promise of a benchmark, read without importing it."""
    tree = ast.parse((Path(__file__).parent / f"{name}.py").read_text())
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "PROMISE":
            return str(ast.literal_eval(statement.value))
    raise LookupError(f"benchmarks/{name}.py has no PROMISE")


def load(name: str) -> ModuleType:
    """The module of one benchmark."""
    return importlib.import_module(f"benchmarks.{name}")
