"""Commands run in this process, as the shell would run them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from seisgui.cli.main import run


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout; fails where anything else is there."""
        return json.loads(self.out)


@pytest.fixture
def seisgui(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run `seisgui ARGUMENTS` and tell its exit status and what it wrote."""

    def call(*arguments: object) -> Outcome:
        capfd.readouterr()
        status = run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Outcome(status, out, err)

    return call
