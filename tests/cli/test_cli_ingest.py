"""`seisgui ingest` makes display copies, and knows when there is nothing to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seisgui.interpretation.project import Project
from seisgui.seismic.axes import LineAxis, SampleAxis, VolumeAxes
from seisgui.seismic.segy_writer import write_segy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project of two surveys."""
    axes = VolumeAxes(LineAxis(1, 1, 8), LineAxis(1, 1, 9), SampleAxis(0.0, 4.0, 30))
    with Project.create(tmp_path / "work") as project:
        for name in ("near", "far"):
            write_segy(tmp_path / f"{name}.sgy", np.random.default_rng(0).normal(size=axes.shape), axes)
            project.add_volume(tmp_path / f"{name}.sgy")
        return project.path


def test_all_volumes_are_copied_once(seisgui: Callable[..., Any], folder: Path) -> None:
    first = seisgui("ingest", folder, "--json", "--progress")
    *events, document = [json.loads(line) for line in first.out.splitlines()]
    assert [(one["id"], one["before"], one["bytes"]) for one in document["volumes"]] == [
        ("near", "none", 3 * 8 * 9 * 30),
        ("far", "none", 3 * 8 * 9 * 30),
    ]
    assert {event["event"] for event in events} == {"progress"}
    assert events[-1]["done"] == events[-1]["total"]
    with Project.open(folder, read_only=True) as project:
        assert project.display_copies("far") is not None
    again = seisgui("ingest", folder, "--json").document
    assert {one["before"] for one in again["volumes"]} == {"complete"}


def test_one_volume_or_dataset_may_be_named(seisgui: Callable[..., Any], folder: Path) -> None:
    assert "far: 0.00 GB" in seisgui("ingest", folder, "--volume", "far").out
    with Project.open(folder, read_only=True) as project:
        assert project.display_copies("near") is None
    assert seisgui("ingest", folder, "--dataset", "near").status == 0
    unknown = seisgui("ingest", folder, "--volume", "middle")
    assert unknown.status == 2
    assert "has no volume 'middle'" in unknown.err
