"""Connections to the Qt-free models that are undone when a widget goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Listeners:
    """Remembers what it has connected; ``release`` disconnects all of it."""

    def __init__(self) -> None:
        self._held: list[tuple[Any, Callable[..., Any]]] = []

    def on(self, signal: Any, callback: Callable[..., Any]) -> None:
        """Connect ``callback`` to a psygnal signal or group."""
        signal.connect(callback)
        self._held.append((signal, callback))

    def release(self, *_: object) -> None:
        """Disconnect everything."""
        held, self._held = self._held, []
        for signal, callback in held:
            signal.disconnect(callback, missing_ok=True)
