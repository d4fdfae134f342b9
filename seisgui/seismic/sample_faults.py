"""Dead components and samples that are no numbers, told in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def fault_sentences(
    name: str, components: Sequence[str], dead: NDArray[np.bool_], broken: NDArray[np.bool_], noun: str
) -> list[str]:
    """Sentences of what was found: ``dead`` (n, n_component), ``broken`` (n,)."""
    problems = []
    if dead.any():
        which = ", ".join(component for component, some in zip(components, dead.T, strict=True) if some.any())
        told = "are dead" if len(components) == 1 else f"have dead components ({which})"
        problems.append(f"{int(dead.any(axis=1).sum())} of {len(dead)} {noun} of {name} {told}")
    if broken.any():
        problems.append(
            f"{int(broken.sum())} of {len(dead)} {noun} of {name} hold samples that are NaN, infinite or damaged; "
            "they are shown as gaps"
        )
    return problems
