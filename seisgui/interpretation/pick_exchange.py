"""Picks from files and into files: CSV, QuakeML, NonLinLoc, trace headers, and what the data bring themselves."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seisgui.errors import FailureError, InputError
from seisgui.interpretation.classes import LabelSetInfo
from seisgui.interpretation.label_export import replacing
from seisgui.interpretation.pick_csv import read_csv, write_csv
from seisgui.interpretation.pick_events import (
    catalogue_of,
    read_nonlinloc,
    read_quakeml,
    write_nonlinloc,
    write_quakeml,
)
from seisgui.interpretation.pick_headers import HeaderWord, read_first_breaks, write_first_breaks
from seisgui.interpretation.pick_matching import FilePick, Matched, match_picks
from seisgui.interpretation.pick_operation import Pick
from seisgui.interpretation.picks import Picks
from seisgui.seismic.record_table import RecordTable
from seisgui.seismic.records import RecordSet, open_records

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

FORMATS = ("csv", "quakeml", "nonlinloc", "segy-header")
KNOWN = "known"  # picks that the data file brings
SUFFIXES = {
    ".csv": "csv", ".tsv": "csv", ".xml": "quakeml", ".qml": "quakeml", ".quakeml": "quakeml", ".obs": "nonlinloc",
    ".nll": "nonlinloc", ".sgy": "segy-header", ".segy": "segy-header", ".seg": "segy-header", ".su": "segy-header",
}  # fmt: skip
SAME = 0.5  # of a sample: picks closer than this are the same


@dataclass(frozen=True, slots=True)
class PickImport:
    """What was read: ``read`` picks in the file, ``added`` to the set, ``present`` there already, ``missed`` because
    no record takes them; ``notes`` say why.
    """

    file: Path
    format: str
    pick_set: str
    read: int
    added: int
    present: int
    missed: int
    phases: dict[str, int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PickExport:
    """What was written."""

    file: Path
    format: str
    pick_set: str
    picks: int
    records: int
    phases: dict[str, int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PicksOfFile:
    """Picks of a file on the records of a dataset (ids 0); nothing is in a project yet."""

    file: Path
    format: str
    matched: Matched


# ---- in


def read_pick_file(
    file: Path, records: RecordSet, file_format: str | None = None, word: HeaderWord | None = None
) -> PicksOfFile:
    """The picks that a file holds for these records; ``InputError`` where it holds none."""
    file = Path(file)
    if not file.exists():
        raise InputError(f"{file} does not exist.", "Check the name.")
    kind = file_format or format_of(file, word)
    matched = match_picks(file_picks(file, kind, records, word), records.table)
    if not matched.picks:
        why = matched.sentences()
        sentence = f"None of the picks of {file.name} can be used." if why else f"{file.name} holds no picks."
        raise InputError(" ".join([sentence, *why]), "Choose another file, or name its format.")
    return PicksOfFile(file, kind, matched)


def format_of(file: Path, word: HeaderWord | None) -> str:
    """The format of a file by its name and its first bytes; a file of data brings its known picks."""
    if word is not None:
        return "segy-header"
    if file.is_dir():
        return KNOWN
    kind = SUFFIXES.get(file.suffix.casefold(), "")
    if kind == "segy-header" or file.suffix.casefold() in {".npz", ".hdf5", ".h5"}:
        return KNOWN
    if kind:
        return kind if not is_seisbench(file) else KNOWN
    head = first_bytes(file)
    if head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        return "quakeml"
    if b"phase_type" in head:
        return "csv"
    if b"GAU" in head or head.startswith(b"PUBLIC_ID"):
        return "nonlinloc"
    return KNOWN


def first_bytes(file: Path) -> bytes:
    """The beginning of a file; ``InputError`` where it cannot be read."""
    try:
        with file.open("rb") as opened:
            return opened.read(4096)
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}.") from error


def is_seisbench(file: Path) -> bool:
    """Whether a CSV is the table of a SeisBench dataset."""
    return file.suffix.casefold() == ".csv" and b"trace_name" in first_bytes(file).partition(b"\n")[0]


def file_picks(file: Path, kind: str, records: RecordSet, word: HeaderWord | None) -> Iterable[FilePick]:
    """Picks of a file of that format."""
    if kind == "csv":
        return read_csv(file)
    if kind == "quakeml":
        return read_quakeml(file)
    if kind == "nonlinloc":
        return read_nonlinloc(file)
    if kind == "segy-header":
        if word is None:
            raise InputError(
                f"{file.name} holds first breaks in a header word, and it is not said in which.",
                "Name its first byte: --byte 233",
            )
        return read_first_breaks(file, records, word)
    if kind == KNOWN:
        return known_picks(file, records)
    raise InputError(f"{kind!r} is no format of picks.", f"Choose one of {', '.join(FORMATS)}.")


def known_picks(file: Path, records: RecordSet) -> list[FilePick]:
    """Picks that a file of data brings, be it the dataset's own or another with the same records."""
    own = {origin[0].resolve() for origin in origins(records)}
    source = records if file.resolve() in own else open_records([file])
    try:
        brought = source.known_picks
        if not brought:
            raise InputError(f"{file.name} brings no picks.", "Choose a file of picks, or name a header word (--byte).")
        return [
            FilePick(f"{file.name}, {pick.record_id}", pick.phase, pick.record_id, time=pick.time) for pick in brought
        ]
    finally:
        if source is not records:
            source.close()


def origins(records: RecordSet) -> Iterable[tuple[Path, tuple[int, ...]]]:
    """File and traces of the records that are traces of a file."""
    return (origin for origin in map(records.origin, range(len(records.table))) if origin is not None)


def import_picks(
    project: Project,
    file: Path,
    *,
    dataset: str | None = None,
    pick_set: str | None = None,
    file_format: str | None = None,
    word: HeaderWord | None = None,
) -> PickImport:
    """Read picks of a file into a pick set, as one undo step; a set of that name is made where there is none.

    Picks that are there already (same record and phase, within half a sample) are not set again. ``InputError`` where
    the file holds no pick for the dataset; nothing is changed then.
    """
    project.require_writable()
    chosen = project.gather_set(dataset)
    records = project.open_records(chosen.id)
    found = read_pick_file(file, records, file_format, word)
    return keep_picks(project, chosen.id, pick_set, found, records.table)


def keep_picks(
    project: Project, dataset_id: str, pick_set: str | None, found: PicksOfFile, table: RecordTable
) -> PickImport:
    """Put the picks of a file into a pick set."""
    known = {key for info in project.pick_sets(dataset_id) for key in (info.id, info.name)}
    if pick_set is not None and pick_set not in known:
        project.add_pick_set(dataset_id, pick_set)
    picks = project.picks(pick_set, dataset_id)
    fresh = [pick for pick in found.matched.picks if not is_there(pick, picks, table)]
    picks.edit(f"Import {found.file.name}", add=fresh)
    phases: dict[str, int] = {}
    for pick in found.matched.picks:
        phases[pick.phase] = phases.get(pick.phase, 0) + 1
    present = len(found.matched.picks) - len(fresh)
    missed = sum(found.matched.missed.values())
    notes = tuple(found.matched.sentences())
    return PickImport(
        found.file, found.format, picks.name, found.matched.read, len(fresh), present, missed, phases, notes
    )


def is_there(pick: Pick, picks: Picks, table: RecordTable) -> bool:
    """Whether the set has a pick of that phase at that time already."""
    index = table.index_of(pick.record)
    near = SAME / float(table.rate[index]) if index is not None else 0.0
    return any(other.phase == pick.phase and abs(other.time - pick.time) < near for other in picks.of(pick.record))


# ---- out


def export_picks(
    project: Project,
    out: Path,
    *,
    dataset: str | None = None,
    pick_set: str | None = None,
    file_format: str | None = None,
    word: HeaderWord | None = None,
    details: bool = False,
) -> PickExport:
    """Write the picks of a set (rejected ones never); what was at ``out`` before stays until all went well.

    ``InputError`` where the set is empty or the format does not take it, ``FailureError`` where the disk refuses.
    """
    kind = out_format(Path(out), file_format, word)
    chosen = project.gather_set(dataset)
    picks = project.picks(pick_set, chosen.id)
    records = project.open_records(chosen.id)
    placed, notes = on_records(picks, records.table)
    return write_picks_file(
        Path(out), placed, records, picks.info, file_format=kind, word=word, notes=notes, details=details
    )


def out_format(out: Path, file_format: str | None, word: HeaderWord | None) -> str:
    """The format that a file is written in; ``InputError`` where nothing tells it or it cannot be written."""
    kind = file_format or ("segy-header" if word is not None else SUFFIXES.get(out.suffix.casefold(), ""))
    if kind not in FORMATS:
        raise InputError(
            f"{out.name} does not tell its format." if not kind else f"{kind!r} is no format of picks.",
            f"Choose one of {', '.join(FORMATS)} with --format.",
        )
    if not out.parent.is_dir():
        raise InputError(f"There is no folder {out.parent}.", "Make it, or choose another place.")
    return kind


def write_picks_file(
    out: Path,
    placed: list[tuple[int, Pick]],
    records: RecordSet,
    pick_set: LabelSetInfo,
    *,
    file_format: str | None = None,
    word: HeaderWord | None = None,
    notes: Sequence[str] = (),
    details: bool = False,
) -> PickExport:
    """Write picks (with the index of their record) as ``export_picks``; needs no project, so that any thread may."""
    kind = out_format(out, file_format, word)
    if kind == "segy-header":
        placed = [pair for pair in placed if word is None or pair[1].phase == word.phase]
    if not placed:
        raise InputError(f"The pick set {pick_set.name!r} has nothing to write.", "Pick, or import picks first.")
    told = [*notes, *write(out, kind, placed, records, pick_set.dataset_id, word, details=details)]
    phases: dict[str, int] = {}
    for _, pick in placed:
        phases[pick.phase] = phases.get(pick.phase, 0) + 1
    count = len({index for index, _ in placed})
    return PickExport(out, kind, pick_set.name, len(placed), count, phases, tuple(told))


def on_records(picks: Picks, table: RecordTable) -> tuple[list[tuple[int, Pick]], list[str]]:
    """Picks with the index of their record, in order of records and time; a sentence of those without one."""
    pairs = [(table.index_of(pick.record), pick) for pick in picks.all()]
    placed = [(index, pick) for index, pick in pairs if index is not None]
    placed.sort(key=lambda pair: (pair[0], pair[1].time, pair[1].phase))
    lost = len(pairs) - len(placed)
    return placed, [f"{lost:,} picks are on records that the files do not hold any more."] if lost else []


def write(
    out: Path,
    kind: str,
    placed: Sequence[tuple[int, Pick]],
    records: RecordSet,
    dataset_id: str,
    word: HeaderWord | None,
    *,
    details: bool,
) -> list[str]:
    """Write a file of that format; what the user should know."""
    if kind == "segy-header":
        return write_header_words(out, placed, records, word)
    if kind == "csv":
        text = io.StringIO()
        write_csv(text, list(placed), records.table, details=details)
        content, notes = text.getvalue().encode(), []
    else:
        catalogue = catalogue_of(list(placed), records.table, dataset_id)
        content = write_quakeml(catalogue) if kind == "quakeml" else write_nonlinloc(catalogue)
        notes = [] if kind == "quakeml" else nonlinloc_notes(placed, records.table)
    if not records.table.has_clock:
        notes.append("The records carry no clock; times count from 1970-01-01T00:00:00, the first sample of each.")
    with replacing(out) as partial, partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return notes


def nonlinloc_notes(placed: Sequence[tuple[int, Pick]], table: RecordTable) -> list[str]:
    """What a NonLinLoc file leaves out."""
    bare = sum(pick.uncertainty is None for _, pick in placed)
    notes = [f"{bare:,} picks have no uncertainty and are written with 0."] if bare else []
    indices = {index for index, _ in placed}
    told = {(int(table.station[index]), int(table.gather[index])) for index in indices}
    if len(told) < len(indices) and not table.has_clock:
        notes.append("Several records share their station and their gather; such a file cannot tell them apart.")
    return notes


def write_header_words(
    out: Path, placed: Sequence[tuple[int, Pick]], records: RecordSet, word: HeaderWord | None
) -> list[str]:
    """A copy of the data file with first breaks in its trace headers; of several files one that holds picks."""
    if word is None:
        raise InputError("First breaks go into a header word, and it is not said into which.", "Name its first byte.")
    origins_of = [(origin[0], index) for index, _ in placed if (origin := records.origin(index)) is not None]
    sources = {path for path, _ in origins_of}
    if not sources:
        raise InputError("The picked records are no traces of a SEG-Y or SU file.", "Choose another format.")
    if len(sources) > 1:
        names = ", ".join(sorted(path.name for path in sources))
        raise InputError(f"The picks are on traces of several files ({names}).", "Keep one file a dataset for this.")
    source = sources.pop()
    if out.resolve() == source.resolve():
        raise InputError(f"{out.name} is the data file itself, which is never changed.", "Choose another name.")
    try:
        with replacing(out) as partial:
            filled = write_first_breaks(source, partial, records, placed, word)
    except OSError as error:
        raise FailureError(
            f"{out} cannot be written: {error.strerror or error}.", "Free space, or go elsewhere."
        ) from error
    if not filled.replaced:
        return []
    return [f"{filled.replaced:,} traces held something else in {word} before."]
