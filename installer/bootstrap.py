#!/usr/bin/env python3
"""Set SeisGUI up on a fresh machine and do its main job, or run its tests.

    python3 installer/bootstrap.py demo     # the sample survey in the window, or the same loop without a display
    python3 installer/bootstrap.py test     # style, types, imports and tests
    python3 installer/bootstrap.py setup    # only the set-up

Needs Python 3.11 or newer and nothing else. Everything goes into ``.venv`` at the project root.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
CONSTRAINTS = ROOT / "installer" / "constraints.txt"
STAMP = VENV / "seisgui-setup.txt"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
OFFSCREEN_LIBRARIES = ["libegl1", "libgl1", "libxkbcommon0", "libdbus-1-3", "libfontconfig1", "libglib2.0-0"]
DISPLAY_LIBRARIES = ["libxcb-cursor0", "libxkbcommon-x11-0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0"]
FONTS = ["fonts-dejavu-core"]
QT_PROBE = "from PySide6.QtWidgets import QApplication; QApplication([]); print('Qt starts')"
FONT_PROBE = (
    "from PySide6.QtGui import QFontDatabase, QGuiApplication; QGuiApplication([]); "
    "print('fonts', len(QFontDatabase.families()))"
)


class SetupError(Exception):
    """The machine lacks something that this script may not install; the sentence says what to do."""


def main(arguments: list[str]) -> int:
    """Run one of the verbs; the exit status is that of the job."""
    if len(arguments) != 1 or arguments[0] not in {"demo", "test", "setup"}:
        print(__doc__)
        return 2
    try:
        prepare(development=arguments[0] == "test")
        return {"demo": run_demo, "test": run_tests, "setup": lambda: 0}[arguments[0]]()
    except SetupError as error:
        print(f"\nSet-up stopped: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def prepare(*, development: bool) -> None:
    """Virtual environment, dependencies and system libraries; quick when all is there already."""
    if sys.version_info < (3, 11):
        raise SetupError(f"Python 3.11 or newer is needed, this is {platform.python_version()}.")
    started = time.monotonic()
    make_environment()
    install_dependencies(development=development)
    install_system_libraries()
    say(f"ready after {time.monotonic() - started:.0f} s")


def say(sentence: str) -> None:
    print(f"[seisgui] {sentence}", flush=True)


def environment_python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def make_environment() -> None:
    """Create ``.venv``; where the system's Python comes without ensurepip, install it or name it."""
    if environment_python().exists() and succeeds([environment_python(), "-m", "pip", "--version"]):
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        install_packages(["python3-venv"], needed_for="making a virtual environment")
    say(f"making a virtual environment with Python {platform.python_version()}")
    if VENV.exists():
        shutil.rmtree(VENV)
    # The standard library of this process may have been incomplete when it started, so a fresh one makes it.
    run([sys.executable, "-m", "venv", VENV], "The virtual environment could not be made.")


def install_dependencies(*, development: bool) -> None:
    """The pinned dependencies and the program itself, editable; skipped when nothing has changed."""
    wanted = fingerprint()
    done = STAMP.read_text().split() if STAMP.exists() else []
    if done and done[0] == wanted and (done[1] == "development" or not development):
        return
    say("installing the dependencies (some minutes and about 500 MB the first time)")
    install_torch()
    target = f"{ROOT}[dev]" if development else str(ROOT)
    pip(["-c", str(CONSTRAINTS), "-e", target])
    install_simulation()
    STAMP.write_text(f"{wanted} {'development' if development else 'user'}\n")


def install_simulation() -> None:
    """What simulated records need; the program works without, and scikit-fmm is compiled from source."""
    if not pip(["-c", str(CONSTRAINTS), "-e", f"{ROOT}[simulate]"], required=False):
        say(
            "Deepwave and scikit-fmm could not be installed (scikit-fmm needs a C++ compiler): everything works but "
            "`seisgui simulate` and `seisgui reproduce huynh2021` on simulated records"
        )


def fingerprint() -> str:
    """Changes when the dependencies do, or the Python that runs them."""
    text = (ROOT / "pyproject.toml").read_bytes() + CONSTRAINTS.read_bytes() + sys.version.encode()
    return hashlib.sha256(text).hexdigest()[:16]


def install_torch() -> None:
    """The CUDA build where an NVIDIA GPU is found, a CPU build elsewhere, both pinned."""
    version = pinned_version("torch")
    if installed_version("torch").split("+")[0] == version:
        return
    if has_nvidia_gpu() or sys.platform == "darwin" or platform.machine() not in {"x86_64", "AMD64"}:
        say("installing PyTorch")
        pip([f"torch=={version}"])
        return
    say("no NVIDIA GPU found: installing the CPU build of PyTorch")
    if not pip([f"torch=={version}+cpu"], required=False):
        pip([f"torch=={version}+cpu", "--extra-index-url", TORCH_CPU_INDEX])


def pinned_version(name: str) -> str:
    found = re.search(rf"^{re.escape(name)}==(\S+)", CONSTRAINTS.read_text(), re.MULTILINE)
    if found is None:
        raise SetupError(f"{CONSTRAINTS.name} pins no {name}.")
    return found.group(1)


def installed_version(name: str) -> str:
    """Version of a package in ``.venv``, empty where it is missing."""
    code = (
        "import importlib.metadata as m, sys\n"
        "try: print(m.version(sys.argv[1]))\nexcept m.PackageNotFoundError: print('')"
    )
    answer = subprocess.run([environment_python(), "-c", code, name], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def has_nvidia_gpu() -> bool:
    """Whether the NVIDIA driver lists a GPU."""
    return shutil.which("nvidia-smi") is not None and succeeds(["nvidia-smi", "-L"])


def pip(arguments: list[str], *, required: bool = True) -> bool:
    """Run pip in ``.venv``; True where it succeeded."""
    command = [environment_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if result.returncode and required:
        print(result.stdout + result.stderr, file=sys.stderr)
        raise SetupError(f"pip could not install {arguments[0]}: see the lines above; is the network up?")
    return result.returncode == 0


def install_system_libraries() -> None:
    """The libraries that Qt opens at start, and a font; installed where we may, named where we may not."""
    if not sys.platform.startswith("linux"):
        return
    wanted: list[str] = []
    if not qt_starts("offscreen"):
        wanted += OFFSCREEN_LIBRARIES
    elif "fonts 0" in probe(FONT_PROBE, "offscreen"):
        wanted += FONTS
    if has_display() and not display_works():
        wanted += OFFSCREEN_LIBRARIES + DISPLAY_LIBRARIES
    if wanted:
        missing = [name for name in dict.fromkeys([*wanted, *FONTS]) if not is_installed(name)]
        install_packages(missing or wanted, needed_for="Qt")
    if not qt_starts("offscreen"):
        raise SetupError(f"Qt does not start: {probe(QT_PROBE, 'offscreen').strip().splitlines()[-1]}")


def is_installed(package: str) -> bool:
    """Whether dpkg knows the package as installed (Debian and Ubuntu only)."""
    query = ["dpkg-query", "-W", "-f=${Status}", package]
    answer = subprocess.run(query, capture_output=True, text=True, check=False) if shutil.which("dpkg-query") else None
    return answer is not None and "install ok installed" in answer.stdout


def install_packages(packages: list[str], *, needed_for: str) -> None:
    """Install Debian packages as root; otherwise say exactly what is missing."""
    command = f"apt-get install {' '.join(packages)}"
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        prefix = "sudo " if shutil.which("sudo") else "as root: "
        raise SetupError(f"{needed_for} needs system packages that are missing. Run {prefix}{command}, then try again.")
    say(f"installing system packages for {needed_for}: {' '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "-qq"], env=quiet, check=False, stdout=subprocess.DEVNULL)
    result = subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        env=quiet,
        check=False,
        stdout=subprocess.DEVNULL,
    )
    if result.returncode:
        raise SetupError(f"{command} failed; install these packages by hand, then try again.")


def has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def display_works() -> bool:
    return has_display() and "Qt starts" in probe(QT_PROBE, None)


def qt_starts(qt_platform: str) -> bool:
    return "Qt starts" in probe(QT_PROBE, qt_platform)


def probe(code: str, qt_platform: str | None) -> str:
    """Output of a few lines run by the new environment; a crash of Qt stays in that process."""
    environment = {**os.environ, **({"QT_QPA_PLATFORM": qt_platform} if qt_platform else {})}
    answer = subprocess.run(
        [environment_python(), "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    return answer.stdout + answer.stderr


def run_demo() -> int:
    """The main job: in the window where there is a display, otherwise the same loop without one."""
    command = [str(environment_python()), "-m", "seisgui.cli.main", "demo"]
    if not display_works():
        say("no display found: the demo runs without a window")
        results = ROOT / "results"
        results.mkdir(exist_ok=True)
        command += ["--headless", "--screenshot", str(results / "demo.png")]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def run_tests() -> int:
    """Style, types, import directions, then the tests; every check runs even when an earlier one fails."""
    scripts = environment_python().parent
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    together = str(min(4, os.cpu_count() or 1))
    checks = {
        "style": [scripts / "ruff", "check", "."],
        "format": [scripts / "ruff", "format", "--check", "."],
        "types": [scripts / "mypy"],
        "imports": [scripts / "lint-imports"],
        "tests": [environment_python(), "-m", "pytest", "-q", "-m", "not soak", "-n", together, "--dist", "loadfile"],
    }
    failed = []
    for name, command in checks.items():
        say(name)
        if subprocess.run(list(map(str, command)), cwd=ROOT, env=environment, check=False).returncode:
            failed.append(name)
    if failed:
        say(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


def succeeds(command: list[object]) -> bool:
    try:
        return subprocess.run(list(map(str, command)), capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def run(command: list[object], failure: str) -> None:
    if subprocess.run(list(map(str, command)), check=False).returncode:
        raise SetupError(failure)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
