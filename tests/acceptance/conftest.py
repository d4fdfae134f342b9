"""The whole window, driven with real mouse and key events."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from window_driver import WindowDriver


@pytest.fixture
def open_window(qtbot) -> Iterator[Callable[..., WindowDriver]]:
    """Make windows; those still open at the end are closed."""
    drivers: list[WindowDriver] = []

    def make(*paths) -> WindowDriver:
        driver = WindowDriver(qtbot, *paths)
        drivers.append(driver)
        return driver

    yield make
    for driver in drivers:
        driver.close()
