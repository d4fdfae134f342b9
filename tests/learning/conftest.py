"""A project to learn from, and runs that several tests only read."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from layered import HOLD_OUT, QUICK, make_project, run_training


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Small networks are slower with more."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def project(tmp_path: Path):
    """A project with strokes, open for writing."""
    with make_project(tmp_path) as project:
        yield project


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory):
    """A project with a short run of each network, not to be written to: (project, {network: record})."""
    project = make_project(tmp_path_factory.mktemp("trained"))
    records = {
        name: run_training(project, name, hold_out=HOLD_OUT, epochs=2, settings=settings)
        for name, settings in (
            ("forest", {"trees": 10}),
            ("waldeland", QUICK),
            ("waldeland-same", QUICK),
        )
    }
    yield project, records
    project.close()
