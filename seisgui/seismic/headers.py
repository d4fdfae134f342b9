"""The headers of a SEG-Y file for reading by people: textual, binary and trace headers with names and bytes."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from seisgui.errors import InputError
from seisgui.seismic.file_structure import (
    BINARY_BYTES,
    TEXT_BYTES,
    FileStructure,
    binary_values,
    decode_text,
    read_structure,
    word_value,
)
from seisgui.seismic.header_words import BINARY_WORDS, TRACE_WORDS
from seisgui.seismic.trace_file import TraceFile

Values = dict[str, tuple[int, int]]


class SegyHeaders:
    """All headers of one file; close it, or use it as a context.

    ``textual`` is 40 lines of at most 80 characters, ``extended`` one such text for each extended textual header,
    ``binary`` maps a word's name to (first byte in the file, value).
    """

    def __init__(self, path: Path) -> None:
        self._file = TraceFile(read_structure(Path(path)))
        structure = self._file.structure
        self.textual = decode_text(self._file.read_bytes(0, TEXT_BYTES), structure.text_encoding)
        base = TEXT_BYTES + BINARY_BYTES
        self.extended = tuple(
            decode_text(self._file.read_bytes(base + index * TEXT_BYTES, TEXT_BYTES))
            for index in range(structure.n_extended)
        )
        values = binary_values(self._file.read_bytes(TEXT_BYTES, BINARY_BYTES), structure.byte_order)
        self.binary: Values = {word.name: (word.byte, values[word.name]) for word in BINARY_WORDS}

    @property
    def structure(self) -> FileStructure:
        """Byte order, sample format, number of traces and samples."""
        return self._file.structure

    @property
    def n_traces(self) -> int:
        return self._file.structure.n_traces

    def trace_header(self, index: int) -> Values:
        """Words of trace ``index`` (0-based): name -> (first byte in the trace header, value)."""
        if not 0 <= index < self.n_traces:
            raise InputError(f"{self._file.path.name} has traces 1 to {self.n_traces}; there is no {index + 1}.")
        self._file.check()
        header = self._file.headers(np.array([index]))[0].tobytes()
        order = self._file.structure.byte_order
        return {word.name: (word.byte, word_value(header, word, order)) for word in TRACE_WORDS}

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def read_headers(path: Path) -> SegyHeaders:
    """Open the headers of a SEG-Y file; raises ``InputError`` where it is none."""
    return SegyHeaders(path)
