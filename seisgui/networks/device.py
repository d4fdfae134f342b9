"""Where torch computes, and in which precision."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

from seisgui.errors import FailureError, InputError


def choose_device(name: str | None) -> torch.device:
    """The device asked for, or CUDA where there is one, else the CPU.

    Raises ``InputError`` where the device does not exist here.
    """
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"{name!r} is not a device.", "Use cpu, cuda or cuda:0.") from error
    if device.type not in ("cpu", "cuda"):
        raise InputError(f"{name!r} is not a device this program computes on.", "Use cpu, cuda or cuda:0.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise InputError(f"The device {name} is not available on this machine.", "Use cpu.")
    return device


def autocast(device: torch.device, *, on_cpu: bool = False) -> AbstractContextManager[object]:
    """Half precision where the GPU is fast at it; float32 on the CPU, unless ``on_cpu`` asks for half precision."""
    if device.type == "cpu" and on_cpu:
        return torch.autocast("cpu", dtype=torch.bfloat16)
    if device.type != "cuda":
        return nullcontext()
    major, _ = torch.cuda.get_device_capability(device)
    if major < 7:
        return nullcontext()
    return torch.autocast("cuda", dtype=torch.bfloat16 if major >= 8 else torch.float16)


@contextmanager
def out_of_memory_told() -> Generator[None, None, None]:
    """Turn torch's out-of-memory errors into a sentence."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise FailureError(
            "The graphics card ran out of memory.", "Close other programs that use it, or choose the device cpu."
        ) from error
    except RuntimeError as error:
        if "not enough memory" not in str(error) and "can't allocate memory" not in str(error):
            raise
        raise FailureError("The computer ran out of memory.", "Close other programs and try again.") from error
    except MemoryError as error:
        raise FailureError("The computer ran out of memory.", "Close other programs and try again.") from error
