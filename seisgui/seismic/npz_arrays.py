"""Arrays of an npz one by one: what cannot be read is left out, large ones stay in the file."""

from __future__ import annotations

import struct
import tokenize
import zipfile
import zlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.seismic.obspy_reader import first_line
from seisgui.seismic.open_files import SampleFile

LARGE = 64 << 20  # bytes; an uncompressed array of so many is read by window
LOCAL_HEADER = 30  # bytes before the name of a member of a zip archive
TROUBLE = (
    *(OSError, ValueError, EOFError, KeyError, TypeError, OverflowError, MemoryError, NotImplementedError, SyntaxError),
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError),
)  # what reading a damaged archive may raise


class Samples(Protocol):
    """Samples (record, component, sample) in memory or in a file."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def read(self, rows: Sequence[int], first: int, last: int) -> NDArray[Any]:
        """Samples [first, last) of records, (n, component, last - first)."""
        ...

    def close(self) -> None: ...


class HeldSamples:
    """An array in memory."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.array = array
        self.shape, self.dtype = array.shape, array.dtype

    def read(self, rows: Sequence[int], first: int, last: int) -> NDArray[Any]:
        return np.asarray(self.array[np.asarray(rows, dtype=np.int64), :, first:last])

    def close(self) -> None:
        """Nothing to release."""


class StoredSamples:
    """An array that lies uncompressed in an npz, from ``offset`` on, in the order of its axes."""

    def __init__(self, path: Path, offset: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self._file, self._offset = SampleFile(path), offset
        self.shape, self.dtype = shape, dtype

    def with_shape(self, shape: tuple[int, ...]) -> StoredSamples:
        """The same samples with another number of axes before the last."""
        return StoredSamples(self._file.path, self._offset, shape, self.dtype)

    def read(self, rows: Sequence[int], first: int, last: int) -> NDArray[Any]:
        _, n_component, n_sample = self.shape
        out = np.empty((len(rows), n_component, last - first), dtype=self.dtype)
        for row, record in enumerate(rows):
            for component in range(n_component):
                place = (int(record) * n_component + component) * n_sample + first
                view = memoryview(out[row, component].view(np.uint8).data)
                self._file.read_into(view, self._offset + place * self.dtype.itemsize)
        return out

    def close(self) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True)
class NpzArrays:
    """The arrays that could be read, the large one left in the file, and the names of those that could not."""

    arrays: dict[str, NDArray[Any]]
    stored: StoredSamples | None
    unreadable: tuple[str, ...]


def read_npz(path: Path, wanted: Collection[str], large: str) -> NpzArrays:
    """Arrays of an npz by name; ``large`` is left in the file where that can be. ``InputError`` where it is no npz."""
    arrays: dict[str, NDArray[Any]] = {}
    unreadable: list[str] = []
    stored = None
    try:
        # opened here: numpy leaves a file open that turns out to be no archive
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            for name in archive.files:
                if name not in wanted:
                    continue
                stored = stored or (_stored(path, name) if name == large else None)
                if stored is not None and name == large:
                    continue
                try:
                    arrays[name] = archive[name]
                except TROUBLE:
                    unreadable.append(name)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist.", "Check the name, or locate the file.") from error
    except TROUBLE as error:
        raise InputError(f"{path.name} cannot be read as npz: {first_line(error)}.") from error
    return NpzArrays(arrays, stored, tuple(unreadable))


def _stored(path: Path, name: str) -> StoredSamples | None:
    """A large array of samples that lies in the file as it is; None where it is small, packed or laid out otherwise."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = archive.getinfo(f"{name}.npy")
            if member.compress_type != zipfile.ZIP_STORED or member.file_size < LARGE:
                return None
            with archive.open(member) as content:
                version = np.lib.format.read_magic(content)
                reading = (
                    np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
                )
                shape, fortran, dtype = reading(content)
                in_member = content.tell()
        with path.open("rb") as file:
            file.seek(member.header_offset)
            head = file.read(LOCAL_HEADER)
        name_length, extra_length = struct.unpack("<HH", head[26:30])
    except TROUBLE:
        return None
    if fortran or len(shape) not in {2, 3} or dtype.kind not in "iuf" or not all(shape):
        return None
    if int(np.prod(shape)) * dtype.itemsize + in_member > member.file_size:
        return None
    offset = member.header_offset + LOCAL_HEADER + name_length + extra_length + in_member
    return StoredSamples(path, offset, tuple(shape), dtype)
