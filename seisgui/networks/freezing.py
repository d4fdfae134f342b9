"""A freeze plan put to work on a module: what learns, how fast, and what frozen batch norms do meanwhile."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from torch import nn

from seisgui.catalogue.freezing import FROZEN, Branch, FreezePlan
from seisgui.errors import InputError
from seisgui.networks import registry
from seisgui.networks.weights import count_as_keras
from seisgui.seismic.progress import Progress

BatchNorm = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d


@dataclass(frozen=True)
class AppliedPlan:
    """A module that learns by a plan; call ``train`` where ``module.train()`` would be called.

    ``frozen`` names the parameters and buffers that training leaves bit-identical.
    """

    module: nn.Module
    plan: FreezePlan
    frozen: tuple[str, ...]

    def groups(self, learning_rate: float) -> list[dict[str, Any]]:
        """Parameter groups for an optimiser; ``factor`` in each tells what its rate is multiplied by."""
        by_factor: dict[float, list[nn.Parameter]] = {}
        for name, parameter in self.module.named_parameters():
            if parameter.requires_grad:
                by_factor.setdefault(self.plan.factor(name), []).append(parameter)
        return [
            {"params": parameters, "lr": learning_rate * factor, "factor": factor}
            for factor, parameters in by_factor.items()
        ]

    def train(self) -> None:
        """Training mode, with frozen batch norms in the mode that the plan says."""
        self.module.train()
        if self.plan.frozen_norms == "eval":
            for norm in _frozen_norms(self.module, self.plan).values():
                norm.eval()


def apply_plan(module: nn.Module, plan: FreezePlan) -> AppliedPlan:
    """Set what of ``module`` learns; a later plan replaces an earlier one.

    Raises ``InputError`` where the plan names branches that the network has not, or leaves nothing to learn.
    """
    known = {name for name, _ in module.named_modules()} | {name for name, _ in module.named_parameters()}
    unknown = [path for path, _ in plan.factors if path not in known]
    if unknown:
        raise InputError(
            f"The freeze plan names {', '.join(unknown)}, which this network has not.",
            "Choose a preset of the network.",
        )
    factors = {name: plan.factor(name) for name, _ in module.named_parameters()}
    if all(factor == FROZEN for factor in factors.values()):
        raise InputError("Everything is frozen, so nothing would learn.", "Leave at least one branch trained.")
    for name, parameter in module.named_parameters():
        parameter.requires_grad_(factors[name] != FROZEN)
    frozen_norms = _frozen_norms(module, plan)
    for name, norm in _norms(module).items():
        # without it torch takes the batch's statistics in training and the stored ones, untouched, in prediction
        norm.track_running_stats = not (name in frozen_norms and plan.frozen_norms == "batch")
    changing = set(frozen_norms) if plan.frozen_norms == "batch-updated" else set()
    buffers = [
        name
        for name, _ in module.named_buffers()
        if plan.factor(name) == FROZEN and name.rpartition(".")[0] not in changing
    ]
    frozen = (*(name for name, factor in factors.items() if factor == FROZEN), *buffers)
    return AppliedPlan(module, plan, frozen)


def _norms(module: nn.Module) -> dict[str, BatchNorm]:
    return {
        name: layer
        for name, layer in module.named_modules()
        if isinstance(layer, BatchNorm) and layer.running_mean is not None
    }


def _frozen_norms(module: nn.Module, plan: FreezePlan) -> dict[str, BatchNorm]:
    return {name: norm for name, norm in _norms(module).items() if plan.factor(name) == FROZEN}


def branches_of(module: nn.Module, path: str = "") -> tuple[Branch, ...]:
    """The tree of any module, by its own names; layers without parameters are left out."""
    found = []
    for name, child in module.named_children():
        below = f"{path}.{name}" if path else name
        count = count_as_keras(child)
        if count:
            children = branches_of(child, below)
            found.append(Branch(name, (below,), count, children, "" if children else type(child).__name__))
    return tuple(found)


def tree_steps(network: str, n_class: int = 9, channels: int = 1) -> Generator[Progress, None, tuple[Branch, ...]]:
    """``branches_of`` a network by name, for the worker: the catalogue has no tree of third parties' networks."""
    yield Progress(0, 1, f"Building {network}")
    return branches_of(registry.build(network, n_class, channels))
