"""Weights as named tensors: counts, taking over those of another class list, loading what matches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from seisgui.catalogue.freezing import is_within
from seisgui.errors import InputError

State = dict[str, Tensor]

COUNTER = "num_batches_tracked"  # torch's own book-keeping, absent from older files
SHOWN = 3


@dataclass(frozen=True, slots=True)
class LoadReport:
    """Which tensors of a network come from a file; names of tensors, ``values`` and ``of`` count their numbers."""

    source: str
    loaded: tuple[str, ...]
    missing: tuple[str, ...]  # of the network, not in the file
    unexpected: tuple[str, ...]  # in the file, not of the network
    other_shape: tuple[str, ...]
    left_fresh: tuple[str, ...]  # not taken on purpose: they belong to other classes
    values: int
    of: int
    note: str = ""

    @property
    def complete(self) -> bool:
        """Whether every tensor of the network was loaded."""
        return not (self.missing or self.other_shape or self.left_fresh)

    def sentence(self) -> str:
        """What was loaded and what was not, by branch."""
        total = len(self.loaded) + len(self.missing) + len(self.other_shape) + len(self.left_fresh)
        parts = [
            f"{len(self.loaded)} of {total} tensors ({self.values:,} of {self.of:,} values) come from {self.source}."
        ]
        for phrase, names in (
            ("Left fresh, not in the file", self.missing),
            ("Left fresh, as the classes differ", self.left_fresh),
            ("Left fresh, as the shape differs", self.other_shape),
            ("In the file, but not used", self.unexpected),
        ):
            if names:
                parts.append(f"{phrase}: {', '.join(_branches(names))}.")
        return " ".join([*parts, self.note]).strip()


def count_as_keras(module: nn.Module) -> int:
    """Number of parameters where batch norm counts four values a channel (scale, shift, mean, variance)."""
    return sum(tensor.numel() for name, tensor in module.state_dict().items() if not name.endswith(COUNTER))


def copy_state(module: nn.Module) -> State:
    """All tensors of a module, detached and on the CPU."""
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in module.state_dict().items()}


def load_matching(
    module: nn.Module,
    state: State,
    source: str,
    *,
    encoder: tuple[str, ...] = (),
    fresh: tuple[str, ...] = (),
    complete_encoder: bool = False,
) -> LoadReport:
    """Load the tensors of ``state`` that fit by name and shape, and tell what was loaded; the rest stays as it is.

    Parameters
    ----------
    source : str
        What the tensors are of, for sentences: 'vgg16-397923af.pth'.
    encoder : tuple of str
        Module paths; a tensor of another shape there means another architecture.
    fresh : tuple of str
        Module paths that keep their fresh weights whatever the file holds: the layers that tell classes.
    complete_encoder : bool
        Refuse weights that do not cover the whole encoder.

    Raises ``InputError``, with the module untouched, where nothing matches, the architecture is another, the encoder
    is incomplete, or values are not finite.
    """
    target = module.state_dict()
    wanted = [name for name in target if not name.endswith(COUNTER)]
    left = tuple(name for name in wanted if name in state and _within_any(name, fresh))
    asked = [name for name in wanted if not _within_any(name, fresh)]
    loaded = tuple(name for name in asked if name in state and state[name].shape == target[name].shape)
    other = tuple(name for name in asked if name in state and state[name].shape != target[name].shape)
    missing = tuple(name for name in wanted if name not in state)
    _check_fit(source, state, target, loaded, other, encoder)
    lacking = [name for name in missing if _within_any(name, encoder)]
    if complete_encoder and lacking:
        there = sum(_within_any(name, encoder) for name in loaded)
        raise InputError(
            f"{source} holds {there} of the {there + len(lacking)} tensors of the encoder; missing: {_some(lacking)}.",
            "Pick a complete file, or choose it as a file of weights to load the part that is there.",
        )
    _check_finite(source, state, loaded)
    counters = [name for name in target if name.endswith(COUNTER) and name in state and not _within_any(name, fresh)]
    with torch.no_grad():
        for name in (*loaded, *counters):
            target[name].copy_(state[name].reshape(target[name].shape))
    unexpected = tuple(name for name in state if name not in target and not name.endswith(COUNTER))
    values = sum(target[name].numel() for name in loaded)
    of = sum(target[name].numel() for name in wanted)
    return LoadReport(source, loaded, missing, unexpected, other, left, values, of)


def take_over(module: nn.Module, state: State, old_ids: tuple[int, ...], new_ids: tuple[int, ...]) -> None:
    """Load ``state``, learnt for the classes ``old_ids``, into a module that tells ``new_ids``.

    Rows of the head move with their class; rows of new classes keep their fresh weights. Raises ``InputError``
    where the tensors belong to another network.
    """
    target = module.state_dict()
    if set(target) != set(state):
        raise InputError("The weights belong to another network.", "Choose the network that made them.")
    merged = {name: _merged(name, target[name], state[name], old_ids, new_ids) for name in target}
    module.load_state_dict(merged)


def _merged(name: str, fresh: Tensor, old: Tensor, old_ids: tuple[int, ...], new_ids: tuple[int, ...]) -> Tensor:
    if not name.startswith("classes"):
        if fresh.shape != old.shape:
            raise InputError(
                f"The weights do not fit the network: {name} has shape {tuple(old.shape)}, not {tuple(fresh.shape)}.",
                "Use the same position option as the run you start from.",
            )
        return old
    if old.ndim == 0:
        return old
    merged = fresh.detach().clone()
    for row, class_id in enumerate(new_ids):
        if class_id in old_ids:
            merged[row] = old[old_ids.index(class_id)].to(merged)
    return merged


def _check_fit(
    source: str, state: State, target: State, loaded: tuple[str, ...], other: tuple[str, ...], encoder: tuple[str, ...]
) -> None:
    wrong = [name for name in other if _within_any(name, encoder)]
    if wrong:
        name = wrong[0]
        raise InputError(
            f"{source} belongs to another network: {name} has shape {tuple(state[name].shape)}, "
            f"not {tuple(target[name].shape)}.",
            "Choose the network that it was made for, and the same position option.",
        )
    if not loaded:
        raise InputError(
            f"{source} belongs to another network: it holds {_some(list(state))}, and nothing that fits here.",
            "Choose the network that it was made for.",
        )


def _check_finite(source: str, state: State, names: tuple[str, ...]) -> None:
    for name in names:
        if state[name].is_floating_point() and not torch.isfinite(state[name]).all():
            raise InputError(f"{source} holds values that are no numbers, in {name}.", "The file is damaged.")


def _within_any(name: str, branches: tuple[str, ...]) -> bool:
    return any(is_within(name, branch) for branch in branches)


def _branches(names: Iterable[str]) -> list[str]:
    """The outermost modules that tensors belong to, each once."""
    return list(dict.fromkeys(name.split(".")[0] for name in names))


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" ..." if len(names) > SHOWN else "")
