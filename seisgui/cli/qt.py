"""Qt before the window: are its libraries there, and is there a display to draw on?"""

from __future__ import annotations

import importlib
import os
import re
import sys

from seisgui.errors import FailureError

# shared library -> Debian and Ubuntu package
PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libX11.so.6": "libx11-6",
    "libxcb-cursor.so.0": "libxcb-cursor0",
}
MODULES = ("PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets")


def load_qt() -> FailureError | None:
    """Import Qt; an error that names the missing library and its package, or None where all is well."""
    for module in MODULES:
        try:
            importlib.import_module(module)
        except ImportError as error:
            return explain(str(error))
    return None


def explain(message: str) -> FailureError:
    """The dynamic loader's words as a sentence and the package to install."""
    match = re.search(r"(lib[\w.+-]+\.so[.\d]*)", message)
    if match and "cannot open shared object" in message:
        library = match[1]
        package = PACKAGES.get(library)
        hint = f"Install it: apt install {package}" if package else f"Install the package that has {library}."
        return FailureError(f"Qt cannot be loaded: the system library {library} is missing.", hint)
    if "No module named" in message:
        return FailureError("PySide6 (Qt) is not installed.", "Install it: pip install PySide6-Essentials")
    return FailureError(f"Qt cannot be loaded: {message}.", "Run installer/bootstrap.py again.")


def require_qt(display: bool) -> None:
    """Raises ``FailureError`` where the window cannot be built; Qt itself would abort the process.

    With ``display`` False the window is drawn into memory, without a display.
    """
    missing = load_qt()
    if missing is not None:
        raise missing
    if not display:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    elif not has_display():
        raise FailureError(
            "There is no display to open the window on.",
            "Log in with a desktop (or ssh -X), or use the commands: `seisgui --help`, `seisgui demo --headless`.",
        )


def has_display() -> bool:
    """Whether Qt would find something to draw on."""
    if os.environ.get("QT_QPA_PLATFORM") or sys.platform != "linux":
        return True
    return bool(os.environ.get("WAYLAND_DISPLAY") or os.environ.get("DISPLAY"))
