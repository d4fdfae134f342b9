"""Arguments and options that several commands share, and how their text becomes values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seisgui.errors import InputError

if TYPE_CHECKING:
    from seisgui.learning.requests import HeldOutGroup, HoldOut
    from seisgui.seismic.axes import SectionRef
    from seisgui.seismic.segy import SegyLayout

ProjectArgument = Annotated[Path, typer.Argument(metavar="PROJECT", help="The project folder, NAME.seisproj.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout and nothing else.")]
ProgressOption = Annotated[
    bool, typer.Option("--progress", help="With --json: print progress too, one JSON object a line.")
]
DatasetOption = Annotated[
    str | None, typer.Option("--dataset", metavar="NAME", help="Name or id, where a project has several datasets.")
]
LabelSetOption = Annotated[
    str | None, typer.Option("--label-set", metavar="NAME", help="Name or id, where a dataset has several label sets.")
]
RunOption = Annotated[str, typer.Option("--run", metavar="RUN", help="Id of a run (see `seisgui runs`), or 'latest'.")]
DeviceOption = Annotated[str | None, typer.Option("--device", metavar="cpu|cuda:0", help="Default: a GPU if any.")]
BreakLockOption = Annotated[
    bool, typer.Option("--break-lock", help="Take over a lock left behind by a window that is gone.")
]
InlineByteOption = Annotated[
    int | None, typer.Option("--inline-byte", min=1, max=240, help="First trace-header byte of the inline number.")
]
CrosslineByteOption = Annotated[
    int | None,
    typer.Option("--crossline-byte", min=1, max=240, help="First trace-header byte of the crossline number."),
]
WidthOption = Annotated[int, typer.Option("--width", help="Bytes of a line number: 2 or 4.")]
DomainOption = Annotated[
    str | None, typer.Option("--domain", metavar="time|depth", help="Default: as the file suggests.")
]
UnitOption = Annotated[str | None, typer.Option("--unit", metavar="ms|m|ft", help="Unit of the vertical axis.")]
IntervalOption = Annotated[float | None, typer.Option("--interval", min=1e-6, help="Sample interval in ms, m or ft.")]
StartOption = Annotated[float | None, typer.Option("--start", help="First sample's time or depth in ms, m or ft.")]
ByteOrderOption = Annotated[str | None, typer.Option("--byte-order", metavar="big|little", help="Default: as found.")]
RepairOption = Annotated[bool, typer.Option("--repair", help="Leave out a truncated last trace instead of refusing.")]

SECTION_AXES = ("inline", "crossline", "time")


def parse_hold_out(
    texts: list[str] | None, task: str = "facies"
) -> tuple[tuple[HoldOut, ...], tuple[HeldOutGroup, ...]]:
    """Lines ``inline:a-b`` and ``crossline:a-b`` of facies, or groups ``station:CODE`` and ``shot:ID`` of picking.

    Several are repeated or joined with ``|`` or ``,``; after a comma, what stands before the colon may be left out.
    """
    from seisgui.learning.requests import HeldOutGroup, HoldOut

    parts: list[str] = []
    for given in texts or []:
        axis = ""
        for part in re.split(r"[|,]", given):
            named = part if ":" in part or not axis else f"{axis}:{part}"
            axis = named.partition(":")[0]
            parts.append(named)
    if task == "picking":
        return (), tuple(HeldOutGroup.parse(part) for part in parts)
    return tuple(HoldOut.parse(part) for part in parts), ()


def parse_class_map(texts: list[str] | None) -> dict[int, str] | None:
    """``0=else`` repeated -> {0: 'else'}; None where none is given, so that the import shows its own suggestion."""
    if not texts:
        return None
    mapping: dict[int, str] = {}
    for text in texts:
        number, sign, name = text.partition("=")
        if not sign or not name.strip() or not number.strip().isdigit():
            raise InputError(
                f"--class {text!r} is not a mapping.", "Write the file's number and a name: --class 7=salt."
            )
        if int(number) > 254:
            raise InputError(f"--class {text!r}: class numbers run from 0 to 254.")
        if int(number) in mapping:
            raise InputError(f"--class {number.strip()} is given twice.")
        mapping[int(number)] = name.strip()
    return mapping


def parse_size(text: str) -> tuple[int, int]:
    """``1600x1000`` -> (1600, 1000) pixels."""
    match = re.fullmatch(r"\s*(\d+)\s*[xX×]\s*(\d+)\s*", text)
    if not match:
        raise InputError(f"--size {text!r} is not a size.", "Write width x height in pixels: 1600x1000.")
    width, height = int(match[1]), int(match[2])
    if not (200 <= width <= 8000 and 200 <= height <= 8000):
        raise InputError(f"--size {text!r} is out of range.", "Both sides lie between 200 and 8000 pixels.")
    return width, height


def parse_sections(inline: list[float] | None, crossline: list[float] | None) -> tuple[SectionRef, ...]:
    """Line numbers given with --inline and --crossline, as references to sections."""
    from seisgui.seismic.axes import Orientation, SectionRef

    return tuple(
        [SectionRef(Orientation.INLINE, number) for number in inline or []]
        + [SectionRef(Orientation.CROSSLINE, number) for number in crossline or []]
    )


def parse_settings(texts: list[str] | None) -> dict[str, float | int | str | bool]:
    """``learning_rate=3e-4`` repeated -> {'learning_rate': 0.0003}, numbers and booleans recognised."""
    settings: dict[str, float | int | str | bool] = {}
    for text in texts or []:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise InputError(f"--set {text!r} is not a setting.", "Write NAME=VALUE: --set learning_rate=3e-4.")
        settings[name.strip().replace("-", "_")] = setting_value(value.strip())
    return settings


def setting_value(text: str) -> float | int | str | bool:
    """The number, boolean or word that ``text`` spells."""
    if text.lower() in {"true", "false"}:
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def choice(option: str, value: str | None, choices: tuple[str, ...]) -> None:
    """Raises ``InputError`` naming the choices where ``value`` is given and is none of them."""
    if value is not None and value not in choices:
        raise InputError(f"{option} {value!r} is not one of {', '.join(choices)}.")


def make_layout(
    inline_byte: int | None,
    crossline_byte: int | None,
    width: int,
    domain: str | None,
    unit: str | None,
    interval: float | None,
    start: float | None,
    byte_order: str | None,
    repair: bool,
) -> SegyLayout | None:
    """The layout that the options spell out; None where all of them are left to what the scan finds."""
    given = (inline_byte, crossline_byte, domain, unit, interval, start, byte_order)
    if all(value is None for value in given) and not repair:
        return None
    from seisgui.seismic.axes import Domain
    from seisgui.seismic.segy import SegyLayout

    if (inline_byte is None) != (crossline_byte is None):
        raise InputError(
            "--inline-byte and --crossline-byte go together.", "`seisgui scan FILE` ranks the pairs found."
        )
    choice("--width", str(width), ("2", "4"))
    choice("--domain", domain, ("time", "depth"))
    choice("--byte-order", byte_order, ("big", "little"))
    return SegyLayout(
        inline_byte=inline_byte,
        crossline_byte=crossline_byte,
        width=width,
        domain=Domain(domain) if domain else None,
        unit=unit,
        interval=interval,
        start=start,
        byte_order=byte_order,
        repair=repair,
    )
