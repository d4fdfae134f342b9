"""Which picks train and which score: whole stations, shots or events held out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seisgui.errors import InputError
from seisgui.learning.requests import HeldOutGroup
from seisgui.seismic.records import Group, RecordSet

SHARE = 0.2  # of the groups, held out where nobody says which
LEAST_GROUPS = 4
NOT_SCORED = "not scored: pick records of more stations or shots"
RANDOM = "scored on random records beside training records: says nothing about other stations"


@dataclass(frozen=True, slots=True)
class PickSplit:
    """Indices of the records that train and that score; ``groups`` in force: hand them over again to keep them."""

    kind: str  # blocked | random | none
    training: tuple[int, ...]
    held_out: tuple[int, ...]
    groups: tuple[HeldOutGroup, ...]
    sentence: str

    @property
    def scored(self) -> bool:
        return bool(self.held_out)

    def to_json(self) -> dict[str, object]:
        """For the run record."""
        return {
            "kind": self.kind,
            "hold_out": [str(group) for group in self.groups],
            "gap": 0,
            "scored": self.scored,
            "sentence": self.sentence,
            "dropped": 0,
            "training_records": len(self.training),
            "held_out_records": len(self.held_out),
        }


def split_records(
    records: RecordSet, labelled: Sequence[int], groups: Sequence[HeldOutGroup], kind: str, seed: int
) -> PickSplit:
    """Divide records with picks. Without ``groups`` a fifth of the stations or shots is held out, always the same.

    ``kind`` is blocked, random or none. Raises ``InputError`` for groups that do not exist, and where nothing is left
    to train on.
    """
    if kind == "random":
        return _random(labelled, seed)
    if kind == "none":
        return PickSplit("none", tuple(labelled), (), (), "not scored: every pick was used for training")
    if kind != "blocked":
        raise InputError(f"{kind!r} is no way to split picks.", "Choose blocked or random.")
    chosen = tuple(groups) or choose_groups(records, labelled)
    if not chosen:
        return PickSplit("blocked", tuple(labelled), (), (), NOT_SCORED)
    away: set[int] = set()
    for group in chosen:
        away.update(find_group(records, group).records.tolist())
    training = tuple(index for index in labelled if index not in away)
    held_out = tuple(index for index in labelled if index in away)
    told = ", ".join(map(str, chosen[:3])) + (f" and {len(chosen) - 3} more" if len(chosen) > 3 else "")
    if not training:
        raise InputError(f"Holding out {told} leaves no pick to train on.", "Hold out fewer, or pick more.")
    sentence = f"scored on {told}: {len(held_out)} records" if held_out else f"not scored: {told} has no picks"
    return PickSplit("blocked", training, held_out, chosen, sentence)


def find_group(records: RecordSet, wanted: HeldOutGroup) -> Group:
    """The group of a record set that is meant; its name may lack what stands before the last word or code."""
    if wanted.by not in records.groupings:
        raise InputError(
            f"The records of {records.name} are not grouped by {wanted.by}.",
            f"They are grouped by {', '.join(records.groupings)}.",
        )
    groups = records.groups(wanted.by)
    for found in (
        [group for group in groups if _plain(group.title) == _plain(wanted.name)],
        [group for group in groups if _last(group.title) == _last(wanted.name) == _plain(wanted.name)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(group.title for group in found)
            raise InputError(f"{wanted} names several: {names}.", "Write the whole name.")
    some = ", ".join(group.title for group in groups[:8]) + (" ..." if len(groups) > 8 else "")
    raise InputError(f"There is no {wanted.by} {wanted.name!r} in {records.name}.", f"There are: {some}.")


def choose_groups(records: RecordSet, labelled: Sequence[int]) -> tuple[HeldOutGroup, ...]:
    """Every fifth station (or shot) that has picks; () where there are too few."""
    has = set(labelled)
    for by in ("station", "shot", "event"):
        if by not in records.groupings:
            continue
        titles = sorted(group.title for group in records.groups(by) if has.intersection(group.records.tolist()))
        if len(titles) >= LEAST_GROUPS:
            step = round(1 / SHARE)
            return tuple(HeldOutGroup(by, title) for title in titles[step // 2 :: step])
    return ()


def _random(labelled: Sequence[int], seed: int) -> PickSplit:
    drawn = np.random.default_rng(seed).random(len(labelled)) < SHARE
    held_out = tuple(index for index, out in zip(labelled, drawn.tolist(), strict=True) if out)
    training = tuple(index for index in labelled if index not in set(held_out))
    if not training:
        raise InputError("The random split leaves no pick to train on.", "Pick more records.")
    return PickSplit("random", training, held_out, (), RANDOM if held_out else NOT_SCORED)


def _plain(name: str) -> str:
    return re.sub(r"[\s._/-]+", ".", name.strip().casefold())


def _last(name: str) -> str:
    return _plain(name).rpartition(".")[2]
