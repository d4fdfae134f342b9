"""What the first bytes of a SEG-Y file say: byte order, format, samples, where the traces begin.

Nothing here believes a header: every size is checked against the length of the file before it is used.
"""

from __future__ import annotations

import os
import re
import string
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from seisgui.errors import InputError
from seisgui.seismic.header_words import BINARY_WORDS, HeaderWord
from seisgui.seismic.sample_format import FORMATS, KNOWN_UNREADABLE

TEXT_BYTES = 3200
BINARY_BYTES = 400
TRACE_HEADER_BYTES = 240
MAX_EXTENDED = 1000
PLAIN_TEXT = " \0" + string.ascii_letters + string.digits
PLAIN_ASCII, PLAIN_EBCDIC = PLAIN_TEXT.encode("ascii"), PLAIN_TEXT.encode("cp037")
ENDIAN_CONSTANT = {b"\x01\x02\x03\x04": "big", b"\x04\x03\x02\x01": "little"}

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a zip archive (perhaps .npz or .zip)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"SQLite format", "an SQLite database"),
    (b"\x7fELF", "a program"),
)


@dataclass(frozen=True, slots=True)
class FileStructure:
    """The frame of a SEG-Y file: everything but what the trace headers say.

    ``trailing`` is the number of bytes after the last whole trace: more than 0 means the file is cut off.
    ``interval_us`` is the raw word of the binary header, or of the first trace where that is 0.
    """

    path: Path
    size: int
    byte_order: str
    revision: float
    sample_format: int
    n_samples: int
    interval_us: int
    n_extended: int
    data_offset: int
    n_traces: int
    trailing: int
    text_encoding: str
    measurement: int
    sort_code: int
    polarity: int
    problems: tuple[str, ...] = ()

    @property
    def sample_width(self) -> int:
        """Bytes a sample."""
        return FORMATS[self.sample_format].width

    @property
    def trace_bytes(self) -> int:
        """Bytes of a trace with its header."""
        return TRACE_HEADER_BYTES + self.n_samples * self.sample_width


def read_structure(path: Path, byte_order: str | None = None) -> FileStructure:
    """Read and check the file headers; raises ``InputError`` with a sentence where this is no usable SEG-Y."""
    path = Path(path)
    head, size = _read_head(path)
    _refuse_other_kinds(path, head, size)
    text = head[:TEXT_BYTES]
    binary = head[TEXT_BYTES : TEXT_BYTES + BINARY_BYTES]
    order, code = _byte_order_and_format(path, binary, byte_order)
    values = binary_values(binary, order)
    revision = _revision(values["Revision"])
    problems: list[str] = []
    data_offset, n_extended = _data_offset(path, size, values["Extended textual headers"], problems)
    additional = values["Additional trace headers"] if revision >= 2 else 0
    if additional > 0:
        raise InputError(
            f"{path.name} has additional 240-byte trace headers (SEG-Y revision 2), which this program cannot read.",
            "Export it again with plain trace headers.",
        )
    first = _first_trace_header(path, data_offset, size)
    structure = FileStructure(
        path=path,
        size=size,
        byte_order=order,
        revision=revision,
        sample_format=code,
        n_samples=0,
        interval_us=values["Sample interval (µs)"] & 0xFFFF,
        n_extended=n_extended,
        data_offset=data_offset,
        n_traces=0,
        trailing=0,
        text_encoding=text_encoding(text),
        measurement=values["Measurement system"],
        sort_code=values["Trace sorting code"],
        polarity=values["Impulse polarity"],
    )
    return _with_samples(structure, values, first, problems)


def _read_head(path: Path) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return file.read(TEXT_BYTES + BINARY_BYTES), size
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist.", "Check the name, or locate the file.") from error
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder, not a SEG-Y file.") from error
    except PermissionError as error:
        raise InputError(f"{path} may not be read.", "Ask for permission to read it.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error


def _refuse_other_kinds(path: Path, head: bytes, size: int) -> None:
    if size == 0:
        raise InputError(f"{path.name} is empty (0 bytes).", "Copy or export it again.")
    for magic, kind in MAGIC:
        if head.startswith(magic):
            raise InputError(f"{path.name} is {kind}, not SEG-Y.")
    if len(head) < TEXT_BYTES + BINARY_BYTES:
        raise InputError(
            f"{path.name} is not SEG-Y: it has {size} bytes, and the file headers alone take 3600.",
            "It may have been cut off; copy it again.",
        )


def _byte_order_and_format(path: Path, binary: bytes, wanted: str | None) -> tuple[str, int]:
    codes = {order: int.from_bytes(binary[24:26], order, signed=True) for order in ("big", "little")}
    stated = ENDIAN_CONSTANT.get(binary[96:100])
    for order in (wanted, stated, "big", "little"):
        if order in codes and codes[order] in FORMATS and (wanted is None or order == wanted):
            return order, codes[order]
    code = codes[wanted or stated or "big"]
    named = KNOWN_UNREADABLE.get(codes["big"]) or KNOWN_UNREADABLE.get(codes["little"])
    if named:
        raise InputError(f"{path.name} stores samples as {named}, which this program cannot read.")
    if _mostly_printable(binary):
        raise InputError(f"{path.name} is a text file, not SEG-Y.")
    if code == 0 and any(binary[20:22]):
        raise InputError(f"{path.name} names no sample format: the format code at byte 3225 is 0.")
    raise InputError(
        f"{path.name} is not SEG-Y, or its header is damaged: sample format code {code} at byte 3225 is unknown."
    )


def _mostly_printable(data: bytes) -> bool:
    return sum(32 <= byte < 127 or byte in b"\r\n\t" for byte in data) > 0.95 * len(data)


def binary_values(binary: bytes, byte_order: str) -> dict[str, int]:
    """All words of the 400-byte binary header by name."""
    return {word.name: word_value(binary, word, byte_order, 3201) for word in BINARY_WORDS}


def word_value(header: bytes, word: HeaderWord, byte_order: str, first_byte: int = 1) -> int:
    """One word of a header that starts at ``first_byte``."""
    start = word.byte - first_byte
    order: Literal["little", "big"] = "little" if byte_order == "little" else "big"
    return int.from_bytes(header[start : start + word.width], order, signed=word.signed)


def _revision(word: int) -> float:
    """Revision of the word at 3501: 0x0100 is 1.0; some writers store a plain 1, or swap the two bytes."""
    major, minor = word >> 8, word & 0xFF
    if major == 0 and minor in {1, 2}:
        return float(minor)
    return float(f"{major}.{minor}") if major in {0, 1, 2} and minor < 10 else 0.0


def _data_offset(path: Path, size: int, n_extended: int, problems: list[str]) -> tuple[int, int]:
    """Where traces begin: after the extended textual headers, counted or searched for their end stanza."""
    base = TEXT_BYTES + BINARY_BYTES
    if n_extended == -1:
        return _search_end_text(path, base)
    if n_extended < 0 or n_extended > MAX_EXTENDED or base + n_extended * TEXT_BYTES > size:
        problems.append(f"the header claims {n_extended} extended textual headers, which cannot be; taken as none")
        return base, 0
    return base + n_extended * TEXT_BYTES, n_extended


def _search_end_text(path: Path, base: int) -> tuple[int, int]:
    with path.open("rb") as file:
        file.seek(base)
        for count in range(1, MAX_EXTENDED + 1):
            block = file.read(TEXT_BYTES)
            if len(block) < TEXT_BYTES:
                break
            if re.search(r"\(\(\s*SEG\s*:\s*EndText\s*\)\)", decode_text(block), re.IGNORECASE):
                return base + count * TEXT_BYTES, count
    return base, 0


def _first_trace_header(path: Path, data_offset: int, size: int) -> bytes:
    if size <= data_offset:
        raise InputError(f"{path.name} holds SEG-Y headers but no traces.", "There is nothing to show in it.")
    with path.open("rb") as file:
        file.seek(data_offset)
        header = file.read(TRACE_HEADER_BYTES)
    if len(header) < TRACE_HEADER_BYTES:
        raise InputError(f"{path.name} is cut off within its first trace header.", "Copy or export it again.")
    return header


def _with_samples(structure: FileStructure, values: dict[str, int], first: bytes, problems: list[str]) -> FileStructure:
    """Settle the sample count: the first claim whose traces divide the file, else the one that nearly does."""
    order = structure.byte_order
    in_trace = word_value(first, HeaderWord("", 115, 2, signed=False), order)
    claims = [values["Samples per trace"] & 0xFFFF, in_trace]
    if structure.revision >= 2 and values["Extended samples per trace"] > 0:
        claims.insert(0, values["Extended samples per trace"])
    room = structure.size - structure.data_offset
    width = FORMATS[structure.sample_format].width
    usable = [n for n in claims if n > 0 and TRACE_HEADER_BYTES + n * width <= room]
    whole = [n for n in usable if room % (TRACE_HEADER_BYTES + n * width) == 0]
    if not usable:
        raise _no_samples(structure.path, claims, room)
    n_samples = (whole or usable)[0]
    if n_samples != claims[0]:
        problems.append(
            f"the binary header says {claims[0]} samples a trace, but the traces have {n_samples}; {n_samples} is used"
        )
    trace_bytes = TRACE_HEADER_BYTES + n_samples * width
    n_traces, trailing = divmod(room, trace_bytes)
    interval = structure.interval_us or word_value(first, HeaderWord("", 117, 2, signed=False), order)
    return replace(
        structure,
        n_samples=n_samples,
        n_traces=n_traces,
        trailing=trailing,
        interval_us=interval,
        problems=tuple(problems),
    )


def _no_samples(path: Path, claims: list[int], room: int) -> InputError:
    if not any(claims):
        return InputError(f"{path.name} gives no number of samples: both the binary and the trace header say 0.")
    return InputError(
        f"{path.name} claims {max(claims)} samples a trace, more than its {room} bytes after the headers can hold.",
        "The file is cut off in its first trace, or its header is damaged.",
    )


def text_encoding(block: bytes) -> str:
    """'cp037' (EBCDIC) or 'ascii', by which of the two makes more of the block readable."""
    ascii_like, ebcdic_like = (len(block) - len(block.translate(None, plain)) for plain in (PLAIN_ASCII, PLAIN_EBCDIC))
    return "cp037" if ebcdic_like > ascii_like else "ascii"


def decode_text(block: bytes, encoding: str | None = None) -> str:
    """A 3200-byte textual header -> 40 cards of 80 characters, one a line, unprintable characters blanked."""
    encoding = encoding or text_encoding(block)
    characters = block.decode("cp037") if encoding == "cp037" else block.decode("latin-1")
    clean = "".join(character if character.isprintable() else " " for character in characters)
    return "\n".join(clean[start : start + 80].rstrip() for start in range(0, len(clean), 80))
