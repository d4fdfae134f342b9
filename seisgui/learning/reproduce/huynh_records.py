"""The data base of a repetition of Huynh (2021): simulated parts, real records, and a project that holds them."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from seisgui.errors import InputError
from seisgui.interpretation.pick_exchange import import_picks
from seisgui.interpretation.project import Project
from seisgui.learning.picking.simulate import simulate_steps
from seisgui.learning.reproduce.huynh_plan import PHASES, Part
from seisgui.learning.reproduce.survey_files import within
from seisgui.seismic.progress import Progress
from seisgui.seismic.records import RecordSet, open_records, record_files
from seisgui.seismic.records_seisbench import seisbench_files

FEWEST_STATIONS = 2
HELD_OUT = 0.5  # of the stations of real records


def simulate_parts(parts: Sequence[Part], folder: Path) -> Generator[Progress, None, dict[str, list[Path]]]:
    """Files of the simulated parts by name, made where they are not there yet."""
    files = {part.name: folder / f"{part.name}.npz" for part in parts}
    for part in parts:
        if not files[part.name].is_file():
            yield from simulate_steps(part.preset, files[part.name], part.seed)
    return {name: [file] for name, file in files.items()}


def real_files(path: Path) -> list[Path]:
    """Files of real records: the file itself, a SeisBench data set, or the one npz with arrivals in a folder."""
    if not path.is_dir() or seisbench_files(path):
        return record_files(path)
    found = [file for file in within(path) if file.suffix == ".npz" and {"data", "p", "s"} <= names_in(file)]
    if len(found) != 1:
        told = ", ".join(file.name for file in found) or "none"
        raise InputError(f"{path} should hold one npz of records with p and s; there is {told}.", "Name the file.")
    return found


def names_in(path: Path) -> set[str]:
    """Arrays of an npz; none where it is not one."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return set(file.files)
    except (OSError, ValueError, zipfile.BadZipFile):
        return set()


@contextmanager
def project_of(files: Mapping[str, Sequence[Path]], path: Path) -> Iterator[Project]:
    """A project with gather sets by name and the arrivals that their files bring, made where it is not there yet."""
    if not complete(path, set(files)):
        shutil.rmtree(path, ignore_errors=True)  # what an interrupted start has left
        try:
            with Project.create(path) as project:
                for name, some in files.items():
                    dataset = project.add_gathers(some, name=name)
                    for file in some:
                        import_picks(project, file, dataset=dataset.id)
                project.wait_saved(60.0)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
    with Project.open(path, read_only=True) as project:
        yield project


def complete(path: Path, names: set[str]) -> bool:
    """Whether a project is there with gather sets of these names, all of them picked."""
    try:
        with Project.open(path, read_only=True) as project:
            found = {dataset.name: dataset.id for dataset in project.datasets()}
            return names <= set(found) and all(len(project.picks(None, found[name])) for name in names)
    except InputError:
        return False


def check_real(files: Sequence[Path]) -> str:
    """Refuse real records that cannot be learned from; what they are in a sentence otherwise."""
    records = open_records(files)
    try:
        known = records.known_picks
        counts = {phase: sum(pick.phase == phase for pick in known) for phase in PHASES}
        stations = len(set(records.table.station.tolist()))
        missing = [phase for phase, count in counts.items() if not count]
        if missing:
            raise InputError(
                f"{records.name} brings no arrivals of {' and '.join(missing)}.",
                "Give an npz with p and s in samples, or a SeisBench data set.",
            )
        if stations < FEWEST_STATIONS:
            raise InputError(
                f"All records of {records.name} are of one station.",
                "Whole stations are held out: two are needed at least.",
            )
        arrivals = f"{counts['P']} P and {counts['S']} S arrivals"
        return f"{records.name}: {len(records.table)} records of {stations} stations, {arrivals}."
    finally:
        records.close()


def held_out_stations(records: RecordSet, seed: int) -> tuple[str, ...]:
    """Half of the stations, drawn by ``seed``, to be tested on."""
    names = sorted({records.table.station_of(index) for index in range(len(records.table))})
    drawn = np.random.default_rng(seed).permutation(len(names))
    return tuple(sorted(names[place] for place in drawn[: max(1, round(HELD_OUT * len(names)))]))


def records_at(records: RecordSet, stations: tuple[str, ...]) -> list[int]:
    """Indices of the records of some stations."""
    wanted = set(stations)
    return [index for index in range(len(records.table)) if records.table.station_of(index) in wanted]
