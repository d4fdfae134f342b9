"""What of a network stays as it was while it learns: plans, presets and the tree they are chosen from; no torch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from seisgui.errors import InputError

FROZEN, TRAINED = 0.0, 1.0
WORDS = {FROZEN: "frozen", TRAINED: "trained"}
NORM_POLICIES = ("eval", "batch", "batch-updated")
MOST = 100.0


@dataclass(frozen=True, slots=True)
class Branch:
    """A node of a network's tree; ``paths`` are the modules it covers, ``parameters`` count as Keras counts."""

    title: str
    paths: tuple[str, ...]
    parameters: int
    children: tuple[Branch, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class FreezePlan:
    """How fast each branch of a network learns.

    ``factors`` maps module paths ('features.0') to a factor of the learning rate: 0 frozen, 1 trained. The longest
    path that holds a layer decides; layers of no path are trained.

    ``frozen_norms`` says what frozen batch norms do while the rest learns: 'eval' normalises with their stored
    statistics, as in prediction; 'batch' with those of the batch, the stored ones staying as they were (Keras 2.1.3
    to 2.2, where training and prediction disagree); 'batch-updated' also updates the stored ones (Keras before 2.1.3).
    """

    factors: tuple[tuple[str, float], ...] = ()
    frozen_norms: str = "eval"
    preset: str = ""  # the preset it came from, '' once changed by hand

    def __post_init__(self) -> None:
        if self.frozen_norms not in NORM_POLICIES:
            raise InputError(
                f"{self.frozen_norms!r} is no way to treat frozen batch norms.", f"Choose {', '.join(NORM_POLICIES)}."
            )
        for path, factor in self.factors:
            if not path or not math.isfinite(factor) or not 0.0 <= factor <= MOST:
                raise InputError(f"The learning-rate factor of {path!r} must lie from 0 (frozen) to {MOST:g}.")

    def factor(self, path: str) -> float:
        """Factor of the learning rate of a module or tensor."""
        holding = [entry for entry in self.factors if is_within(path, entry[0])]
        return max(holding, key=lambda entry: len(entry[0]))[1] if holding else TRAINED

    def with_factor(self, paths: Iterable[str], factor: float) -> FreezePlan:
        """The plan with these branches, and all below them, at one factor."""
        chosen = tuple(paths)
        kept = [entry for entry in self.factors if not any(is_within(entry[0], path) for path in chosen)]
        return replace(self, factors=(*kept, *((path, float(factor)) for path in chosen)), preset="")

    @property
    def freezes(self) -> bool:
        return any(factor == FROZEN for _, factor in self.factors)

    def to_text(self) -> str:
        """The branches in one line, as ``from_text`` reads them: 'encoder=frozen;decoder=0.1'."""
        return ";".join(f"{path}={WORDS.get(factor, f'{factor:g}')}" for path, factor in self.factors)

    @classmethod
    def from_text(cls, text: str, frozen_norms: str = "eval") -> FreezePlan:
        """Branches separated by ';', each 'path=frozen', 'path=trained' or 'path=factor of the learning rate'."""
        factors = []
        for part in filter(None, (each.strip() for each in text.split(";"))):
            path, _, value = (piece.strip() for piece in part.partition("="))
            named = {word: factor for factor, word in WORDS.items()}
            try:
                factors.append((path, named[value] if value in named else float(value)))
            except ValueError as error:
                raise InputError(
                    f"{part!r} does not say how a branch learns.", "Write BRANCH=frozen, BRANCH=trained or BRANCH=0.1."
                ) from error
        return cls(tuple(factors), frozen_norms)

    def to_json(self) -> dict[str, Any]:
        return {"factors": dict(self.factors), "frozen_norms": self.frozen_norms, "preset": self.preset}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> FreezePlan:
        factors = tuple((str(path), float(factor)) for path, factor in document.get("factors", {}).items())
        return cls(factors, str(document.get("frozen_norms", "eval")), str(document.get("preset", "")))


@dataclass(frozen=True, slots=True)
class FreezePreset:
    """A plan with a name; ``frozen`` and ``trained`` are module paths, the longer path decides.

    ``fresh`` are modules that begin with weights of their own even where the run starts from loaded ones.
    """

    name: str
    title: str
    frozen: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()

    def plan(self, frozen_norms: str = "eval") -> FreezePlan:
        factors = (*((path, FROZEN) for path in self.frozen), *((path, TRAINED) for path in self.trained))
        return FreezePlan(factors, frozen_norms, self.name)


NONE = FreezePreset("none", "Nothing frozen")


def is_within(path: str, branch: str) -> bool:
    """Whether a module or tensor is the branch or lies in it."""
    return path == branch or path.startswith(f"{branch}.")


def frozen_parameters(branches: Sequence[Branch], plan: FreezePlan) -> int:
    """Parameters that a plan freezes, counted as the tree counts them."""
    total = 0
    for branch in branches:
        if branch.children:
            total += frozen_parameters(branch.children, plan)
        elif all(plan.factor(path) == FROZEN for path in branch.paths):
            total += branch.parameters
    return total


def branch_factor(branch: Branch, plan: FreezePlan) -> float | None:
    """The one factor of all parameters below a branch; None where they differ."""
    found = {plan.factor(path) for leaf in leaves(branch) if leaf.parameters for path in leaf.paths}
    return found.pop() if len(found) == 1 else None


def leaves(branch: Branch) -> list[Branch]:
    """The layers below a branch, or itself."""
    return [leaf for child in branch.children for leaf in leaves(child)] if branch.children else [branch]
