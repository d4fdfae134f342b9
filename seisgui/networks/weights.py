"""Weights as named tensors: counts, and taking over those of another class list."""

from __future__ import annotations

from torch import Tensor, nn

from seisgui.errors import InputError

State = dict[str, Tensor]


def count_as_keras(module: nn.Module) -> int:
    """Number of parameters where batch norm counts four values a channel (scale, shift, mean, variance)."""
    return sum(
        tensor.numel() for name, tensor in module.state_dict().items() if not name.endswith("num_batches_tracked")
    )


def copy_state(module: nn.Module) -> State:
    """All tensors of a module, detached and on the CPU."""
    return {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in module.state_dict().items()}


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
