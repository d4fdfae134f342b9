"""Figures in words, as the window says them everywhere."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seisgui.interpretation.runs import RunRecord


def duration(seconds: float) -> str:
    """'8 s', '2 min 10 s', '1 h 5 min'."""
    whole = max(round(seconds), 1)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def file_size(count: int) -> str:
    """'1.4 GB', '812 MB'."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(count / 1e6, 0.1):.3g} MB"


def when(created: str) -> str:
    """Local time of an ISO 8601 text, today without the date; the text itself where it is none."""
    try:
        local = datetime.fromisoformat(created).astimezone()
    except ValueError:
        return created
    today = local.date() == datetime.now(tz=local.tzinfo).date()
    return local.strftime("%H:%M:%S" if today else "%d %b %H:%M")


def run_title(record: RunRecord) -> str:
    """'waldeland, 15:40:12', with the date where it is another day's."""
    live = " live" if "-live-" in record.id else ""
    return f"{record.network}{live}, {when(record.created)}"
