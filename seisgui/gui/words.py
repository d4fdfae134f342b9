"""Figures in words, as the window says them everywhere."""

from __future__ import annotations


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
