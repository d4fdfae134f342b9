"""Picks in QuakeML and NonLinLoc phase files, through ObsPy's objects."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seisgui.errors import InputError
from seisgui.interpretation.pick_csv import EPOCH
from seisgui.interpretation.pick_matching import FilePick, seed_codes
from seisgui.interpretation.pick_operation import PROVENANCES, Pick
from seisgui.seismic.record_table import RecordTable

if TYPE_CHECKING:
    from obspy.core.event import Catalog
    from obspy.core.event import Pick as EventPick

AUTHORITY = "smi:local/seisgui"
POLARITIES = {"up": "positive", "down": "negative"}
FACTS = ("record", "provenance", "probability")  # what QuakeML has no field for stands in comments


def catalogue_of(picks: list[tuple[int, Pick]], table: RecordTable, dataset_id: str) -> Catalog:
    """Picks (with the index of their record) as ObsPy's events, one a gather; times to the microsecond."""
    from obspy.core.event import Catalog, Event, EventDescription, ResourceIdentifier

    events: dict[int, Any] = {}
    for index, pick in picks:
        number = int(table.gather[index])
        if number not in events:
            events[number] = Event(
                resource_id=ResourceIdentifier(f"{AUTHORITY}/{dataset_id}/event/{number + 1}"),
                event_descriptions=[EventDescription(text=table.gathers[number])],
            )
        events[number].picks.append(event_pick(index, pick, table, dataset_id))
    return Catalog(
        events=[events[number] for number in sorted(events)],
        resource_id=ResourceIdentifier(f"{AUTHORITY}/{dataset_id}"),
    )


def event_pick(index: int, pick: Pick, table: RecordTable, dataset_id: str) -> EventPick:
    """One pick as ObsPy's object."""
    from obspy import UTCDateTime
    from obspy.core.event import Pick as EventPick
    from obspy.core.event import QuantityError, ResourceIdentifier

    microseconds = round(float(table.start[index]) * 1e6) + round(pick.time * 1e6)
    made = EventPick(
        resource_id=ResourceIdentifier(f"{AUTHORITY}/{dataset_id}/pick/{pick.id}"),
        time=UTCDateTime(ns=microseconds * 1000),
        waveform_id=stream_of(table.station_of(index)),
        method_id=ResourceIdentifier(method_id(pick)),
        phase_hint=pick.phase,
        polarity=POLARITIES.get(pick.polarity),
        evaluation_mode="automatic" if pick.provenance in {"automatic", "accepted"} else "manual",
        evaluation_status="confirmed" if pick.provenance == "accepted" else None,
        comments=comments_of(pick),
    )
    if pick.uncertainty is not None:
        made.time_errors = QuantityError(uncertainty=pick.uncertainty)
    return made


def stream_of(station: str) -> Any:
    """Network and station; what is no SEED name goes into the station without its spaces."""
    from obspy.core.event import WaveformStreamID

    network, code = seed_codes("_".join(station.split()))
    return WaveformStreamID(network_code=network, station_code=code)


def comments_of(pick: Pick) -> list[Any]:
    """What QuakeML has no field for."""
    from obspy.core.event import Comment

    facts = {"record": pick.record, "provenance": pick.provenance}
    if pick.probability is not None:
        facts["probability"] = f"{pick.probability:.9g}"
    return [Comment(text=f"{name}: {fact}", force_resource_id=False) for name, fact in facts.items()]


def method_id(pick: Pick) -> str:
    """How a pick was made, as a resource identifier."""
    if pick.method.startswith(("smi:", "quakeml:")):
        return pick.method
    kind, name = ("run", pick.run_id) if pick.run_id else ("method", pick.method or pick.provenance)
    return f"{AUTHORITY}/{kind}/" + re.sub(r"[^\w\-.*()+?~=,;]", "_", name or "")


# ---- QuakeML


def write_quakeml(catalogue: Catalog) -> bytes:
    """The catalogue as a QuakeML 1.2 document."""
    target = BytesIO()
    catalogue.write(target, format="QUAKEML")
    return target.getvalue()


def read_quakeml(path: Path) -> Iterator[FilePick]:
    """Picks of all events of a QuakeML file (or another that ObsPy reads as a catalogue)."""
    from obspy import read_events

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            catalogue = read_events(str(path))
    except Exception as error:  # ObsPy's readers raise whatever their parser does
        raise InputError(
            f"{path.name} cannot be read as QuakeML: {first_line(error)}.", "Choose a file with event picks."
        ) from error
    for number, pick in enumerate((pick for event in catalogue for pick in event.picks), 1):
        yield file_pick(pick, f"{path.name}, pick {number}")


def first_line(error: Exception) -> str:
    """The first line of what an error says, without a full stop."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")


def file_pick(pick: EventPick, place: str) -> FilePick:
    """What one of ObsPy's picks says."""
    if pick.time is None:
        raise InputError(f"{place} has no time.", "Correct the file.")
    facts = facts_of(pick)
    stream = pick.waveform_id
    errors = pick.time_errors or {}
    uncertainty = errors.get("uncertainty")
    if uncertainty is None and errors.get("lower_uncertainty") is not None:
        uncertainty = (errors["lower_uncertainty"] + (errors.get("upper_uncertainty") or 0.0)) / 2.0
    kind, _, name = str(pick.method_id or "").removeprefix(f"{AUTHORITY}/").partition("/")
    ours = str(pick.method_id or "").startswith(AUTHORITY)
    provenance = facts.get("provenance", "automatic" if pick.evaluation_mode == "automatic" else "imported")
    return FilePick(
        place,
        pick.phase_hint or "P",
        facts.get("record", ""),
        station_of(stream) if stream else "",
        posix(pick.time),
        uncertainty=uncertainty,
        polarity={"positive": "up", "negative": "down"}.get(pick.polarity or "", ""),
        provenance=provenance if provenance in PROVENANCES else "imported",
        probability=float(facts["probability"]) if "probability" in facts else None,
        method=("" if kind == "run" or name in PROVENANCES else name) if ours else str(pick.method_id or ""),
        run_id=name if ours and kind == "run" else None,
    )


def station_of(stream: Any) -> str:
    """Network, station and, where there is a network, the band and instrument: 'NC.MCB.HH'."""
    names = [stream.network_code, stream.station_code]
    if stream.network_code and stream.channel_code:
        names.append(stream.channel_code[:2])
    return ".".join(filter(None, names))


def posix(time: Any) -> float:
    """POSIX time (s) of an ObsPy time, to the microsecond."""
    return (EPOCH + timedelta(microseconds=round(time.ns / 1000)) - EPOCH) / timedelta(seconds=1)


def facts_of(pick: EventPick) -> dict[str, str]:
    """The comments that this program writes."""
    pairs = [(comment.text or "").split(": ", 1) for comment in pick.comments]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2 and pair[0] in FACTS}


# ---- NonLinLoc


def write_nonlinloc(catalogue: Catalog) -> bytes:
    """The catalogue as NonLinLoc phase observations, an empty line between two events."""
    from obspy.core.event import Catalog

    blocks = []
    for event in catalogue:
        target = BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of picks without an uncertainty the report of the export tells
            Catalog(events=[event]).write(target, format="NLLOC_OBS")
        blocks.append(target.getvalue())
    return b"\n".join(blocks)


def read_nonlinloc(path: Path) -> Iterator[FilePick]:
    """Picks of a NonLinLoc phase file; ``InputError`` where a line is none."""
    try:
        lines = path.read_text(encoding="ascii", errors="strict").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read as NonLinLoc phases: {first_line(error)}.") from error
    gather: int | None = None
    for number, line in enumerate(lines, 1):
        words = line.split()
        if words and words[0] == "PUBLIC_ID":
            gather = gather_number(words[-1])
        elif words and not line.startswith("#") and words[0] not in {"EVENT", "END_PHASE"}:
            yield replace(observed(words, f"{path.name}, line {number}"), gather=gather)


def gather_number(resource_id: str) -> int | None:
    """The number of a gather, counted from 0, in an event's identifier of this program; None for others."""
    match = re.fullmatch(re.escape(AUTHORITY) + r"/.*/event/(\d+)", resource_id)
    return int(match[1]) - 1 if match else None


def observed(words: list[str], place: str) -> FilePick:
    """Station, instrument, component, onset, phase, first motion, date, hour and minute, seconds, error type, error."""
    try:
        station, phase, motion, date, minute = words[0], words[4], words[5].upper(), words[6], words[7]
        day = datetime.strptime(date + minute.zfill(4), "%Y%m%d%H%M").replace(tzinfo=UTC)
        moment = (day - EPOCH) / timedelta(seconds=1) + float(words[8])
        error = float(words[10]) if len(words) > 10 and words[9] == "GAU" else None
    except (IndexError, ValueError) as trouble:
        raise InputError(
            f"{place} is no NonLinLoc observation.",
            "A line is: station, instrument, component, onset, phase, first motion, date, hour and minute, seconds, "
            "GAU, error.",
        ) from trouble
    return FilePick(
        place,
        phase,
        station=station,
        moment=round(moment, 6),
        uncertainty=error or None,
        polarity="up" if motion in {"C", "U", "+"} else "down" if motion in {"D", "-"} else "",
    )
