"""`seisgui doctor`: what the program needs, what this machine has, and what to do about the difference."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

import typer

from seisgui import __version__
from seisgui.cli.options import JsonOption
from seisgui.cli.output import Output
from seisgui.cli.qt import load_qt

NEEDED_MEMORY_GB = 2.0
NEEDED_DISK_GB = 2.0
WEIGHT_FILES = {"vgg16": "vgg16-*.pth", "resnet50": "resnet50-*.pth"}
DISPLAY_LIBRARIES = {
    "xcb-cursor": "libxcb-cursor0",
    "xkbcommon-x11": "libxkbcommon-x11-0",
    "xcb-icccm": "libxcb-icccm4",
    "xcb-keysyms": "libxcb-keysyms1",
    "xcb-shape": "libxcb-shape0",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: ``status`` is 'ok', 'warning' (goes on without) or 'problem' (does not go on)."""

    name: str
    status: str
    found: str
    advice: str = ""


def doctor(as_json: JsonOption = False) -> None:
    """Python, Qt, GPU, memory, writable folders, weights found; what to do about each."""
    checks = [check for examine in EXAMINATIONS for check in examine()]
    healthy = all(check.status != "problem" for check in checks)
    output = Output(as_json)
    output.document({"version": __version__, "ok": healthy, "checks": checks})
    marks = {"ok": "ok", "warning": "note", "problem": "PROBLEM"}
    output.table(["", "", ""], [[marks[check.status], check.name, check.found] for check in checks])
    for check in checks:
        if check.advice:
            output.say(f"{check.name}: {check.advice}")
    output.say("All that is needed is there." if healthy else "Something that is needed is missing, see above.")
    if not healthy:
        raise typer.Exit(1)


def check_python() -> list[Check]:
    """The interpreter's version; an older one than 3.11 would not have come this far."""
    found = f"{sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro} ({sys.executable})"
    return [Check("Python", "ok", found)]


def check_qt() -> list[Check]:
    """Qt's libraries, by loading them, and whether there is a display to draw on."""
    missing = load_qt()
    if missing is not None:
        return [Check("Qt", "problem", missing.sentence, missing.hint)]
    from PySide6 import __version__ as qt_version

    return [Check("Qt", "ok", f"PySide6 {qt_version}"), check_display()]


def check_display() -> Check:
    """A display for the window; without one everything but the window works."""
    if sys.platform != "linux":
        return Check("Display", "ok", "of the desktop")
    name = os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY")
    if not name:
        advice = "`seisgui demo --headless` and all commands but `open` work without one."
        return Check("Display", "warning", "none (neither DISPLAY nor WAYLAND_DISPLAY is set)", advice)
    packages = [package for library, package in DISPLAY_LIBRARIES.items() if find_library(library) is None]
    if packages:
        return Check("Display", "warning", f"{name}, libraries missing", f"Install: apt install {' '.join(packages)}")
    return Check("Display", "ok", name)


def check_gpu() -> list[Check]:
    """A CUDA device that torch can use; a card that it cannot use is worth a word."""
    import torch

    if torch.cuda.is_available():
        names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
        return [Check("GPU", "ok", f"{', '.join(names)} (torch {torch.__version__})")]
    card = nvidia_card()
    if card and torch.version.cuda is None:
        advice = "Run installer/bootstrap.py again, or install a CUDA build of torch."
        return [Check("GPU", "warning", f"{card}, but torch {torch.__version__} is a CPU build", advice)]
    if card:
        advice = "The NVIDIA driver is too old for this torch, or the card is hidden from this process."
        return [Check("GPU", "warning", f"{card}, but torch {torch.__version__} cannot use it", advice)]
    return [Check("GPU", "ok", f"none; training runs on {os.cpu_count()} CPU cores (torch {torch.__version__})")]


def nvidia_card() -> str:
    """Name of the first NVIDIA card by its driver's own tool; empty where there is none."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return ""
    try:
        answer = subprocess.run(
            [tool, "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    lines = answer.stdout.strip().splitlines()
    return lines[0].strip() if lines else ""


def check_memory() -> list[Check]:
    """Memory that is free now."""
    import psutil

    memory = psutil.virtual_memory()
    found = f"{memory.available / 1e9:.1f} of {memory.total / 1e9:.1f} GB available"
    if memory.available < NEEDED_MEMORY_GB * 1e9:
        return [Check("Memory", "warning", found, f"Close other programs; {NEEDED_MEMORY_GB:g} GB are comfortable.")]
    return [Check("Memory", "ok", found)]


def check_folders() -> list[Check]:
    """Folders the program writes to."""
    from seisgui.seismic.cache_folder import cache_folder

    folders = {
        "Working folder": Path.cwd(),
        "Cache": cache_folder(),
        "Temporary files": Path(tempfile.gettempdir()),
    }
    return [check_folder(name, folder) for name, folder in folders.items()]


def check_folder(name: str, folder: Path) -> Check:
    """Writes and removes a small file."""
    existing = next((parent for parent in (folder, *folder.parents) if parent.is_dir()), Path(folder.anchor))
    try:
        with tempfile.NamedTemporaryFile(dir=existing):
            free = shutil.disk_usage(existing).free / 1e9
    except OSError as error:
        status = "warning" if name == "Working folder" else "problem"
        return Check(name, status, f"{folder}: {error.strerror}", "Choose another folder or mend its permissions.")
    found = f"{folder}, {free:.0f} GB free"
    if free < NEEDED_DISK_GB:
        return Check(name, "warning", found, f"Make room: {NEEDED_DISK_GB:g} GB are comfortable.")
    return Check(name, "ok", found)


def check_weights() -> list[Check]:
    """Pretrained weights in the torch cache; nothing that this version trains needs them."""
    folder = torch_cache() / "hub" / "checkpoints"
    found = [f"{network}: {file}" for network, pattern in WEIGHT_FILES.items() for file in sorted(folder.glob(pattern))]
    if found:
        return [Check("Weights", "ok", "; ".join(found))]
    return [Check("Weights", "ok", f"no ImageNet weights in {folder} (forest and waldeland need none)")]


def check_simulation() -> list[Check]:
    """Deepwave and scikit-fmm, for simulated records; everything else works without them."""
    from seisgui.learning.picking.simulate_shots import missing_packages

    missing = missing_packages()
    if missing:
        advice = "Only `seisgui simulate` needs them: pip install 'seisgui[simulate]' (a C++ compiler is needed)."
        return [Check("Simulation", "warning", f"not installed: {', '.join(missing)}", advice)]
    return [Check("Simulation", "ok", "Deepwave and scikit-fmm")]


def torch_cache() -> Path:
    """Torch's cache folder, found without torch."""
    given = os.environ.get("TORCH_HOME")
    if given:
        return Path(given).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")).expanduser() / "torch"


EXAMINATIONS: tuple[Callable[[], list[Check]], ...] = (
    check_python,
    check_qt,
    check_gpu,
    check_memory,
    check_folders,
    check_weights,
    check_simulation,
)
