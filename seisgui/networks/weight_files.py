"""Files of weights from anywhere, read as tensors only: nothing in them is ever run."""

from __future__ import annotations

import errno
import pickle
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from seisgui.errors import InputError
from seisgui.networks.weights import State

CONTAINERS = ("state_dict", "model_state_dict", "model", "weights")  # where training scripts put the tensors
PREFIX = "module."  # put before every name by training on several cards
SAFE = "Tensors only are loaded: safetensors, or a .pth file with a state_dict."
HDF5 = b"\x89HDF"
PICKLE, TORCH_PROTOCOL = b"\x80", b"\x02"  # torch's own pickles are of protocol 2


def read_tensors(path: Path) -> State:
    """Named tensors of a safetensors file or of a torch file, on the CPU.

    Raises ``InputError`` where the file is missing, damaged, asks to run code, or holds no tensors by name.
    """
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        raise InputError(f"The weights {path} cannot be read: {error.strerror or error}.") from error
    if start.startswith(HDF5):
        raise InputError(f"{path} is a Keras file (HDF5), which is not read.", SAFE)
    if start[8:9] == b"{":  # before it stands the length of the header, whose first byte may be that of a pickle
        return _named_tensors(path, load_safetensors(path))
    if start[:1] == PICKLE and start[1:2] > TORCH_PROTOCOL:
        raise InputError(f"{path} is refused: it is a plain pickle, which may run code.", SAFE)
    return _named_tensors(path, _load_torch(path))


def load_safetensors(path: Path) -> State:
    """Tensors of a safetensors file."""
    try:
        tensors: State = load_file(path, device="cpu")
    except (SafetensorError, ValueError) as error:
        raise _damaged(path, error) from error
    return tensors


def _load_torch(path: Path) -> Any:
    _check_archive(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        asked = re.search(r"GLOBAL (\S+)", str(error))
        if asked is None:  # torch's own words are about its versions
            raise _damaged(path, ValueError("what it holds is no torch pickle")) from error
        raise InputError(
            f"{path} is refused: it asks to run {asked[1]} and holds more than tensors.",
            f"{SAFE} Save the state_dict of the model instead of the model.",
        ) from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # torch looks for a place before the start of a file that was cut off
            raise _damaged(path, error) from error
        raise InputError(f"The weights {path} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # torch raises whatever its readers meet in a damaged file
        raise _damaged(path, error) from error


def _check_archive(path: Path) -> None:
    """Torch itself does not look at the checksums of its zip files."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            program = any(name.endswith("/constants.pkl") for name in archive.namelist())
            bad = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError) as error:
        raise _damaged(path, error) from error
    if program:
        raise InputError(f"{path} is refused: it is a TorchScript program.", SAFE)
    if bad is not None:
        raise _damaged(path, ValueError(f"wrong checksum of {bad}"))


def _damaged(path: Path, error: Exception) -> InputError:
    reason = str(error).strip().splitlines()[0][:120] if str(error).strip() else type(error).__name__
    return InputError(f"{path} is no readable file of weights, or is cut short ({reason}).", SAFE)


def _named_tensors(path: Path, found: Any) -> State:
    for name in CONTAINERS:
        if isinstance(found, dict) and isinstance(found.get(name), dict):
            found = found[name]
    if not isinstance(found, dict):
        raise InputError(f"{path} holds no tensors by name.", SAFE)
    state = {str(name): value for name, value in found.items() if isinstance(value, Tensor)}
    if not state:
        raise InputError(f"{path} holds no tensors by name.", SAFE)
    if all(name.startswith(PREFIX) for name in state):
        state = {name.removeprefix(PREFIX): tensor for name, tensor in state.items()}
    return state
