"""Round numbers for axes, also where lines are numbered in steps."""

from __future__ import annotations

import math


def nice_step(span: float, most: int) -> float:
    """The smallest of 1, 2, 2.5, 5 x 10^n that divides ``span`` into at most ``most`` parts."""
    rough = abs(span) / max(most, 1)
    if rough <= 0 or not math.isfinite(rough):
        return 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    for factor in (1.0, 2.0, 2.5, 5.0, 10.0):
        if factor * power >= rough * (1 - 1e-9):
            return factor * power
    return 10.0 * power


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values between ``low`` and ``high``, at most about ``most`` of them."""
    step = nice_step(high - low, most)
    first = math.ceil(low / step - 1e-9)
    count = math.floor(high / step + 1e-9) - first + 1
    return [round((first + k) * step, 9) for k in range(max(count, 0))]


def line_ticks(low: float, high: float, most: int, first: int, step: int) -> list[float]:
    """Ticks at existing lines ``first + k step`` only, the roundest that are at hand.

    With lines 1001, 1005, 1009 ... the ticks are 1001, 1021, 1041: every one is a line of the survey.
    """
    wanted = max(nice_step(high - low, most), 1.0)
    if not wanted.is_integer():
        wanted = math.ceil(wanted)
    spacing = math.lcm(int(wanted), step)
    if spacing > 4 * wanted:
        spacing = max(round(wanted / step), 1) * step
    offset = min(((first + k * step) % spacing for k in range(spacing // step)), default=first % spacing)
    start = math.ceil((low - offset) / spacing - 1e-9)
    end = math.floor((high - offset) / spacing + 1e-9)
    return [float(offset + k * spacing) for k in range(start, end + 1)]


def tick_text(value: float) -> str:
    return f"{value:.10g}"
