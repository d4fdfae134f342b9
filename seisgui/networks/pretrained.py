"""Official files of weights: found in torch's cache, picked, or downloaded once and checked; no torch here."""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import urllib.request
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import IO

from seisgui.catalogue import NetworkInfo, OfficialWeights
from seisgui.errors import FailureError, InputError
from seisgui.seismic.progress import Progress

BASE_URL = "https://download.pytorch.org/models"
URL_VARIABLE = "SEISGUI_WEIGHTS_URL"  # another place that has the files by the same names
SCHEMES = ("https://", "http://", "file://")
CHUNK = 1 << 20
TIMEOUT_S = 30.0
MEGABYTE = 1_000_000


def cached_path(weights: OfficialWeights) -> Path:
    """Where torch keeps this file, be it there or not."""
    home = os.environ.get("TORCH_HOME")
    if home is None:
        home = str(Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "torch")
    return Path(home).expanduser() / "hub" / "checkpoints" / weights.file


def at_hand(weights: OfficialWeights) -> bool:
    """Whether the file is in torch's cache."""
    return cached_path(weights).is_file()


def official(info: NetworkInfo, name: str) -> OfficialWeights:
    """Official weights of a network by name; ``InputError`` where there are none."""
    for weights in info.official:
        if weights.name == name:
            return weights
    names = ", ".join(weights.name for weights in info.official)
    hint = f"It has: {names}." if names else "Start from scratch, from a run or from a file."
    raise InputError(f"There are no {name} weights for {info.name}.", hint)


def official_steps(
    weights: OfficialWeights, picked: Path | None = None, *, download: bool = True
) -> Generator[Progress, None, Path]:
    """The checked file: ``picked``, or the one in torch's cache, or downloaded into it.

    A picked file of the official name must have its checksum; one of another name is judged by its tensors.
    Raises ``InputError`` where there is no file and none can be downloaded, or the checksum is wrong, and
    ``FailureError`` where a download fails half way. Closing the generator leaves no partial file.
    """
    path = picked or cached_path(weights)
    if picked is not None and not picked.is_file():
        raise InputError(f"The weights {picked} are not there.", "Pick another file.")
    if not path.is_file():
        if not download:
            raise _absent(weights, "and nothing is downloaded")
        yield from _download_steps(weights, path)
    elif path.name == weights.file:
        yield from _check_steps(weights, path)
    return path


def _absent(weights: OfficialWeights, why: str) -> InputError:
    return InputError(
        f"{weights.title} weights are not at hand: {weights.file} is not in {cached_path(weights).parent}, {why}.",
        "Start from scratch, or pick the file of weights; with a connection it is downloaded once.",
    )


def _check_steps(weights: OfficialWeights, path: Path) -> Generator[Progress, None, None]:
    digest, done = hashlib.sha256(), 0
    try:
        with path.open("rb") as file:
            total = path.stat().st_size
            while chunk := file.read(CHUNK):
                digest.update(chunk)
                done += len(chunk)
                yield Progress(done, total, f"Checking {weights.file}")
    except OSError as error:
        raise InputError(f"The weights {path} cannot be read: {error.strerror or error}.") from error
    found = digest.hexdigest()
    if not found.startswith(weights.sha256):
        raise InputError(
            f"{path} is damaged or another file: its SHA-256 begins with {found[:8]}, not {weights.sha256}.",
            "Remove it so that it is downloaded again, or pick another file.",
        )


def _download_steps(weights: OfficialWeights, path: Path) -> Generator[Progress, None, None]:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _check_space(weights, path.parent)
        with partial.open("wb") as file:
            yield from _fetch_steps(weights, file)
        partial.replace(path)
    except OSError as error:
        raise FailureError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            partial.unlink()


def _check_space(weights: OfficialWeights, folder: Path) -> None:
    free = shutil.disk_usage(folder).free / MEGABYTE
    if free < 1.1 * weights.megabytes:
        raise FailureError(
            f"{weights.file} needs {weights.megabytes} MB, and {folder} has {free:.0f} MB free.",
            "Free some space, or set TORCH_HOME to another disk.",
        )


def _fetch_steps(weights: OfficialWeights, file: IO[bytes]) -> Generator[Progress, None, None]:
    base = os.environ.get(URL_VARIABLE, BASE_URL).rstrip("/")
    if not base.startswith(SCHEMES):
        raise InputError(f"{URL_VARIABLE} is {base!r}, which is no web address.", f"It begins with {SCHEMES[0]}.")
    opener = urllib.request.build_opener()
    opener.addheaders = [("User-Agent", "seisgui")]
    digest, done = hashlib.sha256(), 0
    try:
        answer = opener.open(f"{base}/{weights.file}", timeout=TIMEOUT_S)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _absent(weights, f"and it cannot be downloaded ({_reason(error)})") from error
    with answer:
        total = int(answer.headers.get("Content-Length") or 0)
        while chunk := _read(answer, weights):
            file.write(chunk)
            digest.update(chunk)
            done += len(chunk)
            yield Progress(done, max(total, done), f"Downloading {weights.file} ({done // MEGABYTE} MB)")
    if done < total or not digest.hexdigest().startswith(weights.sha256):
        told = f"{done:,} of {total:,} bytes came" if done < total else "its checksum is wrong"
        raise FailureError(f"{weights.file} was not downloaded whole: {told}.", "Try again, or pick the file.")


def _read(answer: IO[bytes], weights: OfficialWeights) -> bytes:
    try:
        return answer.read(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise FailureError(
            f"The download of {weights.file} broke off ({_reason(error)}).", "Try again, or pick the file."
        ) from error


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", error) or type(error).__name__)
