"""How a SEG-Y file is to be read: header bytes, axes, repair. What is None is found by the scan."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from seisgui.seismic.axes import Domain


@dataclass(frozen=True, slots=True)
class SegyLayout:
    """A reading of a SEG-Y file, remembered with each source.

    ``kind`` is 'volume', 'line' or 'gathers'. A 'line' without ``crossline_byte`` is numbered by trace.
    ``interval`` and ``start`` are in ``unit`` (ms, m or ft). ``repair`` drops an incomplete last trace.
    """

    inline_byte: int | None = None
    crossline_byte: int | None = None
    width: int = 4
    kind: str | None = None
    domain: Domain | None = None
    unit: str | None = None
    interval: float | None = None
    start: float | None = None
    byte_order: str | None = None
    repair: bool = False

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> SegyLayout:
        """Layout of ``to_json``'s document; unknown keys of later versions are ignored."""
        known = {key: value for key, value in document.items() if key in cls.__dataclass_fields__}
        if known.get("domain") is not None:
            known["domain"] = Domain(known["domain"])
        return cls(**known)
