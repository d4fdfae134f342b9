"""Jobs that take turns in one process share its global state: random numbers and torch's gradient mode.

Random states are kept apart, so that a training gives the same run whether it was preempted or not. A gradient
mode must not be held over a yield: it would leak into the next job's step.
"""

from __future__ import annotations

import random
import sys
from typing import Any

import numpy as np


def random_states() -> dict[str, Any]:
    """The global random states of python, numpy and torch (where loaded)."""
    states: dict[str, Any] = {"python": random.getstate(), "numpy": np.random.get_state()}  # noqa: NPY002 - theirs
    torch = sys.modules.get("torch")
    if torch is not None:
        states["torch"] = torch.get_rng_state()
        if torch.cuda.is_initialized():
            states["cuda"] = torch.cuda.get_rng_state()
    return states


def restore_random_states(states: dict[str, Any]) -> None:
    """Bring back what ``random_states`` gave."""
    random.setstate(states["python"])
    np.random.set_state(states["numpy"])  # noqa: NPY002 - theirs
    torch = sys.modules.get("torch")
    if torch is not None and "torch" in states:
        torch.set_rng_state(states["torch"])
        if "cuda" in states:
            torch.cuda.set_rng_state(states["cuda"])


def check_gradient_mode() -> None:
    """Raise ``RuntimeError`` where a job has yielded inside ``torch.no_grad`` or ``torch.inference_mode``."""
    torch = sys.modules.get("torch")
    if torch is None:
        return
    if torch.is_inference_mode_enabled() or not torch.is_grad_enabled():
        torch.set_grad_enabled(True)
        raise RuntimeError("the job has yielded inside torch.no_grad() or torch.inference_mode()")
