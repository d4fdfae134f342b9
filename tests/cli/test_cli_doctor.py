"""What `seisgui doctor` finds, and what it says to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from seisgui.cli import doctor, qt


def test_a_machine_that_runs_these_tests_is_well(seisgui):
    outcome = seisgui("doctor", "--json")
    checks = {check["name"]: check for check in outcome.document["checks"]}
    assert outcome.status == 0
    assert outcome.document["ok"] is True
    assert {"Python", "Qt", "GPU", "Memory", "Working folder", "Cache", "Weights"} <= set(checks)
    assert checks["Qt"]["found"].startswith("PySide6 6.")


def test_a_missing_system_library_is_named_with_its_package():
    error = qt.explain("libEGL.so.1: cannot open shared object file: No such file or directory")
    assert "libEGL.so.1 is missing" in error.sentence
    assert error.hint == "Install it: apt install libegl1"
    assert "pip install" in qt.explain("No module named 'PySide6'").hint


def test_a_missing_library_makes_doctor_fail(seisgui, monkeypatch: pytest.MonkeyPatch):
    error = qt.explain("libxkbcommon.so.0: cannot open shared object file: No such file or directory")
    monkeypatch.setattr(doctor, "load_qt", lambda: error)
    outcome = seisgui("doctor")
    assert outcome.status == 1
    assert "PROBLEM" in outcome.out
    assert "apt install libxkbcommon0" in outcome.out


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path):
    blocked = tmp_path / "file"
    blocked.touch()
    assert doctor.check_folder("Cache", tmp_path / "made" / "later").status == "ok"
    missing = doctor.check_folder("Cache", Path("/proc/nowhere"))
    assert (missing.status, bool(missing.advice)) == ("problem", True)


def test_weights_in_the_torch_cache_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert "no ImageNet weights" in doctor.check_weights()[0].found
    checkpoints = tmp_path / "hub" / "checkpoints"
    checkpoints.mkdir(parents=True)
    (checkpoints / "vgg16-397923af.pth").touch()
    assert "vgg16-397923af.pth" in doctor.check_weights()[0].found


def test_the_window_needs_a_display_on_linux(monkeypatch: pytest.MonkeyPatch):
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert not qt.has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert qt.has_display()


def test_simulation_may_be_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("seisgui.learning.picking.simulate_shots.NEEDED", {"no_such_module_here": "deepwave"})
    check = doctor.check_simulation()[0]
    assert (check.status, "deepwave" in check.found, "simulate" in check.advice) == ("warning", True, True)
