"""Picks in CSV with the columns that PhaseNet writes."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

from seisgui.errors import InputError
from seisgui.interpretation.pick_matching import FilePick
from seisgui.interpretation.pick_operation import PROVENANCES, Pick
from seisgui.seismic.record_table import RecordTable

COLUMNS = ("file_name", "begin_time", "station_id", "phase_index", "phase_time", "phase_score", "phase_type")
DETAILS = ("uncertainty", "polarity", "provenance")
POLARITIES = {"u": "up", "up": "up", "positive": "up", "d": "down", "down": "down", "negative": "down"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def read_csv(path: Path) -> Iterator[FilePick]:
    """Picks of a file, line by line; ``InputError`` where columns are missing or a number is none."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            yield from read_rows(file, path.name)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} cannot be read as CSV: {error}.", "Choose a text file with columns.") from error


def read_rows(file: TextIO, name: str) -> Iterator[FilePick]:
    """Picks of an open file."""
    head = file.readline()
    delimiter = next((mark for mark in (",", "\t", ";") if mark in head), ",")
    columns = [column.strip().casefold() for column in next(csv.reader([head], delimiter=delimiter), [])]
    require_columns(columns, name)
    rows = csv.DictReader(file, fieldnames=columns, delimiter=delimiter)
    for number, row in enumerate(rows, 2):
        yield pick_of({key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}, number, name)


def require_columns(columns: list[str], name: str) -> None:
    """Raise ``InputError`` where the columns cannot tell record, phase and time."""
    missing = [] if "phase_type" in columns else ["phase_type"]
    choices = ("file_name", "station_id"), ("phase_time", "phase_index")
    missing += [" or ".join(choice) for choice in choices if not set(choice) & set(columns)]
    if missing:
        raise InputError(
            f"{name} has no column {', no column '.join(missing)}.", f"PhaseNet's columns are {', '.join(COLUMNS)}."
        )


def pick_of(row: dict[str, str], line: int, name: str) -> FilePick:
    """The pick of one row."""
    place = f"{name}, line {line}"
    moment, sample = moment_of(row, "phase_time", place), number_of(row, "phase_index", place)
    if moment is None and sample is None:
        raise InputError(f"{place}: there is neither a phase_time nor a phase_index.", "Fill one of them in.")
    if not row.get("phase_type"):
        raise InputError(f"{place}: the phase_type is empty.", "Write P, S or another phase.")
    provenance = row.get("provenance", "")
    return FilePick(
        place,
        row["phase_type"],
        row.get("file_name", ""),
        row.get("station_id", ""),
        moment,
        moment_of(row, "begin_time", place),
        sample,
        uncertainty=number_of(row, "uncertainty", place),
        polarity=POLARITIES.get(row.get("polarity", "").casefold(), ""),
        provenance=provenance if provenance in PROVENANCES else "imported",
        probability=number_of(row, "phase_score", place),
    )


def number_of(row: dict[str, str], column: str, place: str) -> float | None:
    """A number, None where the cell is empty."""
    text = row.get(column, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"{place}: {column} {text!r} is no number.", "Correct the line, or take it out.")
    return value


def moment_of(row: dict[str, str], column: str, place: str) -> float | None:
    """POSIX time (s) of an ISO 8601 text, UTC where it names no zone; None where the cell is empty."""
    text = row.get(column, "")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{place}: {column} {text!r} is no time.", "Write 2019-07-06T03:19:53.040 (UTC).") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (moment - EPOCH) / timedelta(seconds=1)


def write_csv(file: TextIO, picks: list[tuple[int, Pick]], table: RecordTable, *, details: bool = False) -> None:
    """Write picks with the index of their record; with ``details`` three columns more than PhaseNet has."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow((*COLUMNS, *DETAILS) if details else COLUMNS)
    for index, pick in picks:
        begin = float(table.start[index])
        row = [
            pick.record,
            moment_text(begin),
            table.station_of(index),
            round(pick.time * float(table.rate[index])),
            moment_text(begin, pick.time),
            f"{1.0 if pick.probability is None else pick.probability:.6g}",
            pick.phase,
        ]
        if details:
            row += ["" if pick.uncertainty is None else f"{pick.uncertainty:.6g}", pick.polarity, pick.provenance]
        writer.writerow(row)


def moment_text(begin: float, time: float = 0.0) -> str:
    """A POSIX time (s) and a time after it in ISO 8601 with microseconds; 1970 where there is no clock."""
    moment = EPOCH + timedelta(microseconds=round(begin * 1e6) + round(time * 1e6))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")
