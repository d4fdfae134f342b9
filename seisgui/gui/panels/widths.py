"""Widths of panels in narrow docks."""

from __future__ import annotations

from PySide6.QtWidgets import QScrollArea


def fit_width(area: QScrollArea) -> None:
    """Let a scroll area never be narrower than what it holds, so that nothing is cut at the side."""
    bar = area.verticalScrollBar().sizeHint().width()
    area.setMinimumWidth(area.widget().minimumSizeHint().width() + bar + 2)
