"""The sample formats of SEG-Y: how a trace's bytes become float32 and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic import ibm
from seisgui.seismic.volume import FloatArray


@dataclass(frozen=True, slots=True)
class SampleFormat:
    """One format code: its name for people, bytes a sample, and NumPy type without byte order."""

    code: int
    name: str
    width: int
    kind: str


FORMATS: dict[int, SampleFormat] = {
    entry.code: entry
    for entry in (
        SampleFormat(1, "4-byte IBM float", 4, "u4"),
        SampleFormat(2, "4-byte integer", 4, "i4"),
        SampleFormat(3, "2-byte integer", 2, "i2"),
        SampleFormat(5, "4-byte IEEE float", 4, "f4"),
        SampleFormat(6, "8-byte IEEE float", 8, "f8"),
        SampleFormat(8, "1-byte integer", 1, "i1"),
        SampleFormat(10, "4-byte unsigned integer", 4, "u4"),
        SampleFormat(11, "2-byte unsigned integer", 2, "u2"),
        SampleFormat(16, "1-byte unsigned integer", 1, "u1"),
    )
}
KNOWN_UNREADABLE = {
    4: "4-byte fixed point with gain (obsolete)",
    7: "3-byte integer",
    9: "8-byte integer",
    12: "8-byte unsigned integer",
    15: "3-byte unsigned integer",
}
EXPORT_CODES = {"ibm": 1, "int16": 3, "ieee": 5, "int8": 8}


def order_character(byte_order: str) -> str:
    """'>' or '<' of 'big' or 'little'."""
    return "<" if byte_order == "little" else ">"


def decode_rows(
    block: NDArray[np.uint8],
    source: NDArray[np.int64],
    skip: int,
    code: int,
    byte_order: str,
    out: FloatArray,
    target: NDArray[np.int64],
) -> None:
    """Decode rows ``source`` of ``block`` from byte ``skip`` on into rows ``target`` of ``out``, with no copy between.

    ``block`` is (n, n_byte) contiguous, such as whole traces as they stand in a file; ``out`` (m, n_sample) float32.
    """
    entry = FORMATS[code]
    dtype = np.dtype(order_character(byte_order) + entry.kind)
    if code == 1 and skip % 4 == 0 and block.shape[1] % 4 == 0:
        ibm.decode_rows(block.view(dtype), source, skip // 4, out, target)
        return
    values = block[ibm.as_slice(source), skip : skip + out.shape[1] * entry.width].view(dtype)
    if code == 1:
        values = ibm.decode(values)
    elif code == 6:
        limit = float(ibm.LARGEST)
        values = np.where(np.isfinite(values), np.clip(values, -limit, limit), values)
    out[ibm.as_slice(target)] = values


def encode_samples(amplitude: NDArray[np.floating], code: int, byte_order: str) -> NDArray[np.uint8]:
    """Amplitudes (n, n_sample) -> sample bytes (n, n_sample * width); integers are rounded and clipped."""
    out = np.empty((len(amplitude), amplitude.shape[1] * FORMATS[code].width), dtype=np.uint8)
    encode_into(out, amplitude, code, byte_order)
    return out


def encode_into(out: NDArray[np.uint8], amplitude: NDArray[np.floating], code: int, byte_order: str) -> None:
    """As ``encode_samples``, into ``out`` (n, n_sample * width), whose rows may lie apart."""
    dtype = np.dtype(order_character(byte_order) + FORMATS[code].kind)
    target = out.view(dtype)
    if code == 1:
        target[...] = ibm.encode(amplitude)
    elif dtype.kind in "iu":
        limits = np.iinfo(dtype)
        rounded = np.rint(amplitude, dtype=np.float64)
        np.nan_to_num(rounded, copy=False, nan=0.0, posinf=limits.max, neginf=limits.min)
        np.clip(rounded, limits.min, limits.max, out=rounded)
        target[...] = rounded
    else:
        target[...] = amplitude


def export_code(name: str) -> int:
    """Format code of 'ibm', 'ieee', 'int8' or 'int16'; raises ``InputError`` for another name."""
    if name not in EXPORT_CODES:
        raise InputError(
            f"{name!r} is no sample format for export.", f"Choose one of {', '.join(sorted(EXPORT_CODES))}."
        )
    return EXPORT_CODES[name]
