"""Labels as text: MalenoV points, one file a class, and CSV with a header."""

from __future__ import annotations

import csv
import io
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seisgui.errors import InputError
from seisgui.interpretation.classes import LARGEST_ID, UNLABELLED
from seisgui.interpretation.palettes import DRAMSCH2018

MALENOV_HINT = "Points are lines of text: inline crossline time class."
INLINE_NAMES = ("inline", "il", "iline", "inline_number")
CROSSLINE_NAMES = ("crossline", "xl", "xline", "cdp", "trace", "crossline_number")
SAMPLE_NAMES = ("time_ms", "t_ms", "time", "twt", "z", "depth", "depth_m", "depth_ft", "z_m")
CLASS_NAMES = ("class", "class_id", "label", "facies", "id")
WORD_NAMES = ("name", "class_name", "facies_name", "label_name")


@dataclass(frozen=True, slots=True)
class LabelPoints:
    """Labelled points of a text file, each array (n,): line numbers, time or depth, class id (int64)."""

    inline: NDArray[np.float64]
    crossline: NDArray[np.float64]
    sample: NDArray[np.float64]
    class_id: NDArray[np.int64]
    names: dict[int, str] = field(default_factory=dict)  # as far as the file tells them
    colours: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.class_id)

    def counts(self) -> dict[int, int]:
        ids, counts = np.unique(self.class_id, return_counts=True)
        return {int(i): int(n) for i, n in zip(ids, counts, strict=True)}


def read_malenov(path: Path) -> LabelPoints:
    """Rows ``inline crossline time class``; ``.pts`` rows without class; a folder of ``.pts`` files.

    ``InputError`` names the first bad line.
    """
    if path.is_dir():
        return read_class_files(sorted(path.glob("*.pts")), path)
    table = read_table(path)
    if table.shape[1] == 3:
        return read_class_files([path], path)
    if table.shape[1] != 4:
        raise InputError(f"{path.name} has {table.shape[1]} columns a line, not 4.", MALENOV_HINT)
    return LabelPoints(table[:, 0], table[:, 1], table[:, 2], whole_classes(table[:, 3], path))


def read_class_files(paths: list[Path], origin: Path) -> LabelPoints:
    """MalenoV's other way: one ``.pts`` file a class, rows ``inline crossline time``."""
    if not paths:
        raise InputError(f"{origin} holds no .pts files.", "Choose the folder with one .pts file a class.")
    told = [told_class(path) for path in paths]
    names = [name for _, name in told]
    numbers = [number for number, _ in told if number is not None]
    ids = numbers if len(set(numbers)) == len(paths) else class_ids_for(names)
    tables = []
    for path, number in zip(paths, ids, strict=True):
        table = read_table(path)
        if table.shape[1] != 3:
            raise InputError(f"{path.name} has {table.shape[1]} columns a line, not 3.", "Rows: inline crossline time.")
        tables.append(np.column_stack([table, np.full(len(table), number)]))
    rows = np.concatenate(tables)
    return LabelPoints(
        rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3].astype(np.int64), dict(zip(ids, names, strict=True))
    )


def told_class(path: Path) -> tuple[int | None, str]:
    """Id and name in the first line that our own files have, else the name alone, from the file's name."""
    with path.open("rb") as file:
        first = file.readline(512).decode("utf-8", errors="replace")
    found = re.fullmatch(r"# class (\d{1,3}) (.+)", first.strip())
    return (int(found[1]), found[2]) if found else (None, class_name_of(path))


def class_name_of(path: Path) -> str:
    """``multi_low_amp_dips_ilxl.pts`` -> 'low amplitude dips'."""
    stem = re.sub(r"^multi_|_ilxl$", "", path.stem)
    words = re.sub(r"[_\s]+", " ", stem).strip()
    return re.sub(r"\bamp\b", "amplitude", words) or path.stem


def class_ids_for(names: list[str]) -> list[int]:
    """Ids of the 2018 label file where all names are of it; otherwise 0, 1, 2 in order of the files."""
    known = {name: number for number, (name, _) in enumerate(DRAMSCH2018)}
    if all(name in known for name in names):
        return [known[name] for name in names]
    return list(range(len(names)))


def read_table(path: Path) -> NDArray[np.float64]:
    """Numbers separated by blanks, (n, columns) float64; '#' starts a comment."""
    text = read_text(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            table = np.loadtxt(io.StringIO(text), dtype=np.float64, ndmin=2)
    except ValueError as error:
        raise bad_line(path, text) from error
    if table.size == 0:
        raise InputError(f"{path.name} is empty: there are no points in it.", MALENOV_HINT)
    if not np.isfinite(table).all():
        row = int(np.flatnonzero(~np.isfinite(table).all(axis=1))[0])
        raise InputError(f"{path.name}: point {row + 1} holds no finite number.", "Correct or remove the line.")
    return np.asarray(table, dtype=np.float64)


def read_text(path: Path) -> str:
    """The whole file as text; ``InputError`` where it cannot be read or is no text."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.", "Check the name.") from error
    if b"\0" in data[:65536]:
        raise InputError(f"{path.name} is no text file.", "Name the right format, or choose another file.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def bad_line(path: Path, text: str) -> InputError:
    """The sentence for the first line that cannot be read."""
    columns = 0
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split("#")[0].split()
        if not fields:
            continue
        try:
            [float(word) for word in fields]
        except ValueError:
            return InputError(f"{path.name}, line {number}: {line.strip()[:60]!r} are no numbers.", MALENOV_HINT)
        columns = columns or len(fields)
        if len(fields) != columns:
            return InputError(f"{path.name}, line {number} has {len(fields)} columns, not {columns}.", MALENOV_HINT)
    return InputError(f"{path.name} cannot be read as points.", MALENOV_HINT)


def whole_classes(values: NDArray[np.float64], path: Path) -> NDArray[np.int64]:
    """Class ids as integers; ``InputError`` for fractions and ids that no label set can hold."""
    ids = np.rint(values).astype(np.int64)
    bad = (np.abs(values - ids) > 1e-6) | (ids < UNLABELLED) | (ids > LARGEST_ID)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise InputError(
            f"{path.name}: {values[row]:g} in point {row + 1} is no class id.", "Class ids are whole numbers 0 to 254."
        )
    return ids


def read_csv(path: Path) -> LabelPoints:
    """CSV with a header that names inline, crossline, time or depth, and class (a number, a name, or both)."""
    text = read_text(path)
    header, rows = csv_rows(text, path)
    columns = {name.strip().casefold(): index for index, name in enumerate(header)}
    where = [find_column(columns, names) for names in (INLINE_NAMES, CROSSLINE_NAMES, SAMPLE_NAMES)]
    number, word = find_column(columns, CLASS_NAMES), find_column(columns, WORD_NAMES)
    if None in where or (number is None and word is None):
        raise InputError(
            f"{path.name} has the columns {', '.join(header)[:80]}; inline, crossline, time (or depth) and class "
            "are needed.",
            "Name them in the first line.",
        )
    if not rows:
        raise InputError(f"{path.name} has a header and no points.", "Export it again.")
    numbers = [number_column(rows, index, path) for index in where if index is not None]
    ids, names = class_columns(rows, number, word, path)
    colour = columns.get("colour")
    colours = {} if colour is None else {int(i): row[colour] for i, row in zip(ids, rows, strict=True)}
    return LabelPoints(numbers[0], numbers[1], numbers[2], ids, names, colours)


def csv_rows(text: str, path: Path) -> tuple[list[str], list[list[str]]]:
    """Header and rows, whatever separates the columns; every row as long as the header."""
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    table = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if row]
    if not table:
        raise InputError(f"{path.name} is empty.", "Export it again.")
    for number, row in enumerate(table, start=1):
        if len(row) != len(table[0]):
            raise InputError(
                f"{path.name}, line {number} has {len(row)} columns, the header {len(table[0])}.", "Correct the line."
            )
    return table[0], table[1:]


def find_column(columns: dict[str, int], names: tuple[str, ...]) -> int | None:
    """Index of the first column that bears one of the names."""
    return next((columns[name] for name in names if name in columns), None)


def number_column(rows: list[list[str]], index: int, path: Path) -> NDArray[np.float64]:
    """One column as numbers; ``InputError`` names the first line that has none."""
    try:
        values = np.array([row[index] for row in rows], dtype=np.float64)
    except ValueError:
        values = np.array([number_or_nan(row[index]) for row in rows])
    if not np.isfinite(values).all():
        row = int(np.flatnonzero(~np.isfinite(values))[0])
        raise InputError(f"{path.name}, line {row + 2}: {rows[row][index]!r} is no number.", "Correct the line.")
    return values


def number_or_nan(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return float("nan")


def class_columns(
    rows: list[list[str]], number: int | None, word: int | None, path: Path
) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Class ids and names, from a column of numbers, of names, or both."""
    if number is not None and not np.isfinite(number_or_nan(rows[0][number])):
        number, word = None, number
    words = [row[word].strip() for row in rows] if word is not None else []
    if number is None:
        ids = {name: index for index, name in enumerate(sorted(set(words)))}
        return np.array([ids[name] for name in words], dtype=np.int64), {index: name for name, index in ids.items()}
    found = whole_classes(number_column(rows, number, path), path)
    return found, {int(i): name for i, name in zip(found, words, strict=False) if name}
