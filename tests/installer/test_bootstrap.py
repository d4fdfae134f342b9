"""The set-up script names what is missing and pins what it installs."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bootstrap():
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "installer" / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_dependency_is_pinned_within_its_range(bootstrap):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    for line in project["dependencies"] + extras["dev"] + extras["simulate"]:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        pinned = {
            name.lower().replace("_", "-"): version
            for name, version in (
                entry.split("==") for entry in bootstrap.CONSTRAINTS.read_text().splitlines() if "==" in entry
            )
        }
        assert pinned[requirement.name.lower()] in requirement.specifier, line


def test_an_ordinary_user_is_told_which_packages_to_install(bootstrap, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(bootstrap.SetupError, match=r"apt-get install libegl1 libgl1, then try again"):
        bootstrap.install_packages(["libegl1", "libgl1"], needed_for="Qt")


def test_an_old_python_is_refused_in_a_sentence(bootstrap, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 10, 0))
    assert bootstrap.main(["setup"]) == 1
    assert "Python 3.11 or newer is needed" in capsys.readouterr().err


def test_the_script_explains_itself_without_a_verb():
    answer = subprocess.run(
        [sys.executable, ROOT / "installer" / "bootstrap.py"], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 2
    assert "bootstrap.py demo" in answer.stdout


def test_a_machine_without_an_nvidia_driver_takes_the_cpu_build(bootstrap, monkeypatch):
    asked = []
    monkeypatch.setattr(bootstrap, "has_nvidia_gpu", lambda: False)
    monkeypatch.setattr(bootstrap, "installed_version", lambda name: "")
    monkeypatch.setattr(bootstrap.sys, "platform", "linux")
    monkeypatch.setattr(bootstrap.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(bootstrap, "pip", lambda arguments, required=True: asked.append(arguments) or not required)
    bootstrap.install_torch()
    assert asked[0][0].endswith("+cpu")


def test_a_machine_with_an_nvidia_gpu_takes_the_cuda_build(bootstrap, monkeypatch):
    asked = []
    monkeypatch.setattr(bootstrap, "has_nvidia_gpu", lambda: True)
    monkeypatch.setattr(bootstrap, "installed_version", lambda name: "")
    monkeypatch.setattr(bootstrap, "pip", lambda arguments, required=True: asked.append(arguments) or True)
    bootstrap.install_torch()
    assert asked == [[f"torch=={bootstrap.pinned_version('torch')}"]]


def test_simulation_is_optional(bootstrap, monkeypatch, capsys, tmp_path):
    asked = []
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "stamp.txt")
    monkeypatch.setattr(bootstrap, "install_torch", lambda: None)
    monkeypatch.setattr(
        bootstrap, "pip", lambda arguments, required=True: asked.append((arguments[-1], required)) or required
    )
    bootstrap.install_dependencies(development=False)
    assert asked == [(str(ROOT), True), (f"{ROOT}[simulate]", False)]
    assert "could not be installed" in capsys.readouterr().out
    asked.clear()
    bootstrap.install_dependencies(development=False)
    assert not asked  # not tried again before something changes


def test_an_interrupt_ends_without_a_traceback(bootstrap, monkeypatch):
    def interrupted(*, development: bool) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bootstrap, "prepare", interrupted)
    assert bootstrap.main(["demo"]) == 130
