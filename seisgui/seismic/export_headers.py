"""File headers of an exported SEG-Y: the source's, but for the format code and at most two blank cards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from seisgui.seismic.file_structure import TEXT_BYTES, FileStructure

FORMAT_AT, REVISION_AT = 3224, 3500  # 0-based
SINCE_REVISION_1 = {5, 8}  # formats that revision 0 does not know
MOST_CARDS = 2


def file_headers(original: bytes, structure: FileStructure, code: int, cards: Sequence[str]) -> tuple[bytes, list[str]]:
    """Textual, binary and extended headers for an export, and the cards that found a blank place."""
    head = bytearray(original)
    used = _fill_blank_cards(head, structure.text_encoding, list(cards)[:MOST_CARDS])
    order: Literal["little", "big"] = "little" if structure.byte_order == "little" else "big"
    head[FORMAT_AT : FORMAT_AT + 2] = code.to_bytes(2, order)
    if code in SINCE_REVISION_1 and structure.revision < 1.0:
        head[REVISION_AT : REVISION_AT + 2] = (0x0100).to_bytes(2, order)
    return bytes(head), used


def _fill_blank_cards(head: bytearray, encoding: str, cards: list[str]) -> list[str]:
    """Write cards over blank ones, keeping their 'Cnn' prefix; the last card stays (it often ends the header)."""
    used: list[str] = []
    for place in range(0, TEXT_BYTES - 80, 80):
        if len(used) == len(cards):
            break
        text = bytes(head[place : place + 80]).decode("cp037" if encoding == "cp037" else "latin-1")
        if is_blank_card(text):
            prefix = text[:3] if text[:1] == "C" else f"C{place // 80 + 1:2d}"
            card = f"{prefix} {cards[len(used)]}"[:80].ljust(80)
            head[place : place + 80] = card.encode("cp037" if encoding == "cp037" else "ascii", errors="replace")
            used.append(card.rstrip())
    return used


def is_blank_card(text: str) -> bool:
    """True for 80 characters that say nothing but their own number."""
    bare = text.replace("\x00", " ").rstrip()
    return bare == "" or (bare[0] == "C" and bare[1:].strip().isdigit() and len(bare) <= 3) or bare == "C"
