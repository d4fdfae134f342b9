"""How words find their command, and how errors leave the program."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seisgui import __version__
from seisgui.cli.main import COMMANDS, rewrite

COMMAND_OF_THE_SHELL = [sys.executable, "-m", "seisgui.cli.main"]
PROMISED = {
    "open", "demo", "doctor", "scan", "new", "add-volume", "add-gathers", "add-horizon", "import-labels",
    "export-labels", "train", "runs", "predict", "score", "export", "screenshot",
}  # fmt: skip


def test_every_promised_command_is_there(seisgui):
    assert {name for name, _, _ in COMMANDS} >= PROMISED
    for name in PROMISED:
        help_page = seisgui(name, "--help")
        assert help_page.status == 0
        assert "Usage" in help_page.out


def test_paths_open_in_the_window(tmp_path: Path):
    file = tmp_path / "survey"
    file.touch()
    assert rewrite([str(file), "b.sgy"]) == ["open", str(file), "b.sgy"]
    assert rewrite(["missing.sgy"]) == ["open", "missing.sgy"]
    assert rewrite(["scan", str(file)]) == ["scan", str(file)]
    assert rewrite(["--version"]) == ["--version"]
    assert rewrite([]) == []


def test_a_command_wins_over_a_file_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    Path("scan").touch()
    assert rewrite(["scan"]) == ["scan"]


def test_the_version(seisgui):
    assert seisgui("--version").out.strip() == f"seisgui {__version__}"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["dance"], "No such command"),
        (["scan"], "Missing argument"),
        (["scan", "--depth", "x"], "No such option"),
        (["missing.sgy"], "missing.sgy does not exist"),
        (["train", "nowhere"], "There is no project nowhere.seisproj"),
        (["train", "nowhere", "--epochs", "-1"], "--epochs"),
    ],
)
def test_bad_input_is_a_sentence_and_status_two(seisgui, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    outcome = seisgui(*arguments)
    assert outcome.status == 2
    assert outcome.out == ""
    assert sentence in outcome.err
    assert "Traceback" not in outcome.err


def test_help_and_scan_stay_light(f3_line: Path):
    """Neither torch nor Qt nor scikit-learn is loaded for what answers at once."""
    probe = (
        "import sys; from seisgui.cli.main import run; run(sys.argv[1:]); "
        "print([m for m in ('torch', 'PySide6', 'sklearn', 'zarr', 'scipy') if m in sys.modules], file=sys.stderr)"
    )
    for arguments in (["--help"], ["scan", str(f3_line), "--json"]):
        done = subprocess.run([sys.executable, "-c", probe, *arguments], capture_output=True, text=True, check=True)
        assert done.stderr.strip() == "[]"


def test_without_a_display_the_window_says_so(tmp_path: Path):
    environment = {k: v for k, v in os.environ.items() if k not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    done = subprocess.run(
        COMMAND_OF_THE_SHELL, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    if sys.platform == "linux":
        assert done.returncode == 1
        assert done.stderr.startswith("Error: There is no display")


def test_a_reader_that_goes_away_is_no_error(f3_line: Path):
    command = f"{sys.executable} -m seisgui.cli.main headers {f3_line} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_frozen_builds_reach_the_worker_through_the_same_program():
    done = subprocess.run([*COMMAND_OF_THE_SHELL, "--worker", "--help"], capture_output=True, text=True, check=True)
    assert "--kind" in done.stdout
    assert "--connection" in done.stdout
