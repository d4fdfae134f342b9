"""The pick sets of a project."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, cast

from seisgui.errors import InputError
from seisgui.interpretation.classes import LabelSetInfo, user_name
from seisgui.interpretation.datasets import slug
from seisgui.interpretation.edits import Change
from seisgui.interpretation.gather_sets import GatherSetsMixin
from seisgui.interpretation.pick_operation import Pick
from seisgui.interpretation.picks import Picks, insert_pick_set, load_picks, read_pick_sets

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project

PREFIX = "picks."  # no id of a label set has a dot, so that the journal never confuses the two


class PickSetsMixin(GatherSetsMixin):
    """The part of a project that is about picked arrivals."""

    name: str
    _reader: sqlite3.Connection
    _picks: dict[str, Picks]

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        raise NotImplementedError

    def pick_sets(self, dataset_id: str | None = None) -> list[LabelSetInfo]:
        """Pick sets of a dataset (None: of all), in the order in which they were made."""
        if not self.read_only:
            self.wait_saved()
        return read_pick_sets(self._reader, None if dataset_id is None else self.dataset(dataset_id).id)

    def n_picks(self, dataset_id: str) -> int:
        return sum(len(self.picks(info.id)) for info in self.pick_sets(dataset_id))

    def add_pick_set(self, dataset_id: str | None, name: str, author: str | None = None) -> LabelSetInfo:
        """Make a pick set for a dataset of gathers; no step of undo. ``InputError`` where the name is taken."""
        self.require_writable()
        dataset = self.gather_set(dataset_id)
        existing = self.pick_sets()
        if any(info.name == name and info.dataset_id == dataset.id for info in existing):
            raise InputError(f"{dataset.name!r} has a pick set {name!r} already.", "Choose another name.")
        if not name.strip():
            raise InputError("A pick set needs a name.", "Give it the name of the interpreter or the purpose.")
        taken = {info.id.removeprefix(PREFIX) for info in existing}
        key = PREFIX + slug(f"{dataset.id}-{name}", taken)
        info = LabelSetInfo(key, name, author or user_name(), dataset.id)
        self.submit(lambda connection: insert_pick_set(connection, info))
        self.wait_saved()
        self.announce(Change("picks", dataset.id, info.id))
        return info

    def picks(
        self, pick_set_id: str | None = None, dataset_id: str | None = None, revision: int | None = None
    ) -> Picks:
        """Picks by id or name of their set; None: the first pick set of the dataset, made on first use.

        ``revision`` (read-only projects) gives them as they were then. ``InputError`` names the choices.
        """
        found = self._picks.get(pick_set_id or "")
        if found is None:
            info = self._pick_set(pick_set_id, dataset_id)
            found = self._picks.get(info.id)
            if found is None:
                if not self.read_only:
                    self.wait_saved()
                found = load_picks(cast("Project", self), self._reader, info)
                self._picks[info.id] = found
        if revision is not None and revision < found.seen:
            if not self.read_only:
                raise InputError("Earlier picks can be had in a read-only project only.", "Open it read-only.")
            with self.reading() as connection:
                found.roll_back(connection, revision)
        return found

    def _pick_set(self, pick_set_id: str | None, dataset_id: str | None) -> LabelSetInfo:
        if pick_set_id is None:
            dataset = self.gather_set(dataset_id)
            sets = self.pick_sets(dataset.id)
            if sets:
                return sets[0]
            if self.read_only:
                raise InputError(f"{dataset.name!r} has no picks yet.", "Pick or import some.")
            return self.add_pick_set(dataset.id, "default")
        sets = self.pick_sets(dataset_id)
        found = [info for info in sets if info.id == pick_set_id] or [i for i in sets if i.name == pick_set_id]
        if len(found) != 1:
            names = ", ".join(repr(info.name) for info in sets) or "none"
            what = "several pick sets" if found else "no pick set"
            raise InputError(f"{self.name} has {what} {pick_set_id!r}.", f"There are: {names}.")
        return found[0]

    def set_picks(self, pick_set_id: str, gone: tuple[Pick, ...], come: tuple[Pick, ...]) -> None:
        """What a pick operation does."""
        self.picks(pick_set_id).exchange(gone, come)
