"""Write a survey as SEG-Y revision 1, from arrays: for the sample survey, for tests, for label volumes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import FailureError
from seisgui.seismic.axes import Domain, VolumeAxes
from seisgui.seismic.header_words import BINARY_WORDS, TRACE_WORDS, HeaderWord
from seisgui.seismic.sample_format import encode_samples, order_character
from seisgui.seismic.volume import BoolArray

BINARY = {word.name: word for word in BINARY_WORDS}
TRACE = {word.name: word for word in TRACE_WORDS}
COORDINATE_SCALAR = -100


def textual_header(cards: Sequence[str], encoding: str = "cp037") -> bytes:
    """At most 40 cards -> 3200 bytes; each gets its 'C nn' prefix and is cut to 80 characters."""
    lines = [f"C{number:2d} {text}"[:80].ljust(80) for number, text in enumerate([*cards, *[""] * 40][:40], start=1)]
    return "".join(lines).encode(encoding, errors="replace")


def put(header: bytearray, word: HeaderWord, value: int, byte_order: str = "big", first_byte: int = 1) -> None:
    """Set one word of a header that starts at ``first_byte``."""
    start = word.byte - first_byte
    order: Literal["little", "big"] = "little" if byte_order == "little" else "big"
    header[start : start + word.width] = int(value).to_bytes(word.width, order, signed=word.signed)


def write_segy(
    path: Path,
    amplitude: NDArray[np.floating],
    axes: VolumeAxes,
    *,
    sample_format: int = 1,
    byte_order: str = "big",
    cards: Sequence[str] = (),
    coordinates: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    live: BoolArray | None = None,
    line_bytes: tuple[int, int] = (189, 193),
    text_encoding: str = "cp037",
) -> None:
    """Write ``amplitude`` (n_inline, n_crossline, n_sample), inline by inline; nodes outside ``live`` get no trace.

    Line numbers go to ``line_bytes`` (4 bytes wide), CDP X and Y to 181 and 185 in hundredths. Raises
    ``FailureError`` where the file cannot be written.
    """
    live = np.ones(axes.shape[:2], dtype=bool) if live is None else live
    headers = _trace_headers(axes, byte_order, coordinates, line_bytes)
    try:
        with path.open("wb") as file:
            file.write(textual_header(cards, text_encoding))
            file.write(_binary_header(axes, sample_format, byte_order))
            for row in range(axes.inline.count):
                samples = encode_samples(np.asarray(amplitude[row][live[row]]), sample_format, byte_order)
                file.write(np.hstack([headers[row][live[row]], samples]).tobytes())
    except OSError as error:
        raise FailureError(f"{path} cannot be written: {error.strerror or error}.") from error


def _binary_header(axes: VolumeAxes, sample_format: int, byte_order: str) -> bytes:
    header = bytearray(400)
    interval = round(axes.sample.interval * 1000)
    values = {
        "Traces per ensemble": 1,
        "Sample interval (µs)": interval if interval < 1 << 15 else 0,
        "Samples per trace": axes.sample.count if axes.sample.count < 1 << 15 else axes.sample.count - (1 << 16),
        "Sample format code": sample_format,
        "Trace sorting code": 4,
        "Measurement system": 2 if axes.sample.unit == "ft" else 1,
        "Revision": 0x0100,
        "Fixed length flag": 1,
    }
    for name, value in values.items():
        put(header, BINARY[name], value, byte_order, 3201)
    return bytes(header)


def _trace_headers(
    axes: VolumeAxes,
    byte_order: str,
    coordinates: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
    line_bytes: tuple[int, int],
) -> NDArray[np.uint8]:
    """All trace headers, (n_inline, n_crossline, 240) uint8."""
    n_inline, n_crossline, n_sample = axes.shape
    headers = np.zeros((n_inline, n_crossline, 240), dtype=np.uint8)

    def fill(byte: int, width: int, values: object) -> None:
        dtype = np.dtype(f"{order_character(byte_order)}i{width}")
        column = np.broadcast_to(np.asarray(values), (n_inline, n_crossline)).astype(dtype)
        headers[:, :, byte - 1 : byte - 1 + width] = np.ascontiguousarray(column)[..., None].view(np.uint8)

    start = axes.sample.start
    fill(1, 4, np.arange(1, n_crossline + 1))
    fill(5, 4, np.arange(1, n_inline * n_crossline + 1).reshape(n_inline, n_crossline))
    fill(29, 2, 1)
    fill(33, 2, 1)
    fill(109, 2, round(start) if abs(start) < 1 << 15 else 0)
    fill(115, 2, np.array(n_sample & 0xFFFF).astype(np.uint16).view(np.int16))
    fill(117, 2, round(axes.sample.interval * 1000) if axes.sample.interval < 32 else 0)
    if axes.numbered:
        fill(line_bytes[0], 4, axes.inline.numbers[:, None])
        fill(line_bytes[1], 4, axes.crossline.numbers[None, :])
    if coordinates is not None:
        fill(71, 2, COORDINATE_SCALAR)
        fill(89, 2, 1)
        fill(181, 4, np.rint(coordinates[0] * -COORDINATE_SCALAR))
        fill(185, 4, np.rint(coordinates[1] * -COORDINATE_SCALAR))
    return headers


def depth_card(axes: VolumeAxes) -> str:
    """The card by which a scan tells depth from time."""
    if axes.sample.domain is Domain.DEPTH:
        return f"DOMAIN: DEPTH   SAMPLE INTERVAL: {axes.sample.interval:g} {axes.sample.unit}"
    return f"DOMAIN: TIME   SAMPLE INTERVAL: {axes.sample.interval:g} ms"
