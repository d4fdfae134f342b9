"""Adding, renaming, recolouring, hiding and merging classes, each an undoable edit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from seisgui.errors import InputError
from seisgui.interpretation.bricks import BRICK, Box, BrickStore
from seisgui.interpretation.classes import LARGEST_ID, UNLABELLED, FaciesClass, LabelSetInfo, valid_colour, valid_name
from seisgui.interpretation.edits import ClassOperation, Edit, Operation, VoxelOperation, VoxelPatch, trimmed
from seisgui.interpretation.palettes import DEFAULT

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project


class ClassEditing:
    """The part of a label set that is about its list of classes."""

    _project: Project
    id: str
    dataset_id: str
    info: LabelSetInfo
    classes: list[FaciesClass]
    next_class_id: int
    store: BrickStore

    def facies_class(self, class_id: int) -> FaciesClass:
        """The class with this id; ``InputError`` where there is none."""
        for item in self.classes:
            if item.id == class_id:
                return item
        raise InputError(f"The label set {self.info.name!r} has no class {class_id}.", "List the classes first.")

    def class_named(self, name: str) -> FaciesClass | None:
        """The class of that name, upper and lower case alike."""
        wanted = name.strip().casefold()
        return next((item for item in self.classes if item.name.casefold() == wanted), None)

    def add_class(self, name: str, colour: str | None = None) -> FaciesClass:
        """Add a class with an id that was never used before; without a colour it gets a free one of the palette."""
        return self.add_classes([(None, name, colour)])[0]

    def add_classes(self, wanted: list[tuple[int | None, str, str | None]]) -> list[FaciesClass]:
        """Add several classes (id or None, name, colour or None) as one edit."""
        classes = list(self.classes)
        added = []
        free = self.next_class_id
        for class_id, name, colour in wanted:
            item, free = self.new_class(classes, free, class_id, name, colour)
            classes.append(item)
            added.append(item)
        text = f"Add class {added[0].name}" if len(added) == 1 else f"Add {len(added)} classes"
        self._edit_classes(classes, text, free)
        return added

    def new_class(
        self, classes: list[FaciesClass], free: int, class_id: int | None, name: str, colour: str | None
    ) -> tuple[FaciesClass, int]:
        """A class to be added to ``classes``, and the next free id; nothing is changed yet."""
        name = valid_name(name)
        if any(item.name.casefold() == name.casefold() for item in classes):
            raise InputError(f"There is a class {name!r} already.", "Choose another name.")
        number = free if class_id is None else class_id
        if number < free and class_id is not None:
            raise InputError(f"Class id {class_id} was used before.", "Leave the id to the program.")
        if number > LARGEST_ID:
            raise InputError("A label set holds class ids up to 254.", "Start a new label set.")
        colour = free_colour(classes) if colour is None else valid_colour(colour)
        return FaciesClass(number, name, colour), number + 1

    def rename_class(self, class_id: int, name: str) -> None:
        """Give a class another name."""
        old = self.facies_class(class_id)
        name = valid_name(name)
        same = self.class_named(name)
        if same is not None and same.id != class_id:
            raise InputError(f"There is a class {name!r} already.", "Choose another name, or merge the two.")
        self._replace_class(replace(old, name=name), f"Rename {old.name} to {name}")

    def recolour_class(self, class_id: int, colour: str) -> None:
        """Give a class another colour, '#rrggbb'."""
        old = self.facies_class(class_id)
        self._replace_class(replace(old, colour=valid_colour(colour)), f"Colour of {old.name}")

    def hide_class(self, class_id: int, hidden: bool = True) -> None:
        """Show or hide a class in the views."""
        old = self.facies_class(class_id)
        self._replace_class(replace(old, hidden=hidden), f"{'Hide' if hidden else 'Show'} {old.name}")

    def merge_class(self, class_id: int, into: int) -> Edit | None:
        """Turn every label of one class into another (-1: erase them) and take the class away, as one edit."""
        old = self.facies_class(class_id)
        if class_id == into:
            raise InputError(f"{old.name!r} cannot be merged with itself.", "Choose another class.")
        target = None if into == UNLABELLED else self.facies_class(into)
        patches = self._recoded(class_id, into)
        rest = tuple(item for item in self.classes if item.id != class_id)
        operations: list[Operation] = [ClassOperation(self.id, tuple(self.classes), rest)]
        if patches:
            operations.insert(0, VoxelOperation(self.id, patches))
        text = f"Remove class {old.name}" if target is None else f"Merge {old.name} into {target.name}"
        return self._project.journal.apply(Edit(text, self.dataset_id, self.id, tuple(operations)))

    def remove_class(self, class_id: int) -> Edit | None:
        """Take a class away and erase its labels, as one edit."""
        return self.merge_class(class_id, UNLABELLED)

    def _recoded(self, class_id: int, into: int) -> tuple[VoxelPatch, ...]:
        patches = []
        for start, brick in self.store.labelled():
            mask = (brick & 0xFF) == class_id + 1
            if not mask.any():
                continue
            after = np.zeros_like(brick) if into == UNLABELLED else (brick & 0xFF00) | np.uint16(into + 1)
            patches.append(trimmed(Box(start, BRICK), mask, brick, after.astype(np.uint16)))
        return tuple(patches)

    def _replace_class(self, new: FaciesClass, text: str) -> None:
        self._edit_classes([new if item.id == new.id else item for item in self.classes], text, self.next_class_id)

    def _edit_classes(self, classes: list[FaciesClass], text: str, free: int) -> None:
        before, after = tuple(self.classes), tuple(classes)
        if before == after:
            return
        self.next_class_id = max(self.next_class_id, free)
        operation = ClassOperation(self.id, before, after)
        self._project.journal.apply(Edit(text, self.dataset_id, self.id, (operation,)))


def free_colour(classes: list[FaciesClass]) -> str:
    """The first colour of the default palette that no class has; the palette repeats when it is used up."""
    used = {item.colour.lower() for item in classes}
    return next((colour for colour in DEFAULT if colour not in used), DEFAULT[len(classes) % len(DEFAULT)])
