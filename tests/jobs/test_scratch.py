"""Arrays between processes, and what is swept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seisgui.jobs.client import JobClient
from seisgui.jobs.messages import DATA
from seisgui.jobs.scratch import put_array, sweep, take_array


def test_an_array_is_taken_once(tmp_path):
    path = put_array(tmp_path / "tmp", np.arange(6, dtype=np.uint8).reshape(3, 2))
    assert take_array(path).tolist() == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(FileNotFoundError):
        take_array(path)


def test_an_array_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="Object arrays"):
        put_array(tmp_path, np.array([{}], dtype=object))
    assert not list(tmp_path.iterdir())


def test_only_what_dead_processes_left_is_swept(tmp_path):
    mine = put_array(tmp_path, np.zeros(3))
    script = "import sys, numpy; from pathlib import Path; from seisgui.jobs.scratch import put_array; "
    script += "print(put_array(Path(sys.argv[1]), numpy.zeros(3)))"
    dead = subprocess.check_output([sys.executable, "-c", script, str(tmp_path)], text=True).strip()
    (tmp_path / "coarse_new.npy").touch()
    (tmp_path / "coarse_old.npy").touch()
    os.utime(tmp_path / "coarse_old.npy", (0, 0))
    assert sweep(tmp_path) == 2
    assert mine.exists()
    assert not Path(dead).exists()
    assert (tmp_path / "coarse_new.npy").exists()


def test_a_client_sweeps_when_it_starts(tmp_path):
    (tmp_path / "4194300-1.npy").touch()
    with JobClient(DATA, tmp=tmp_path, logs=tmp_path / "log") as client:
        client.start()
        assert client.poll(10)
    assert not (tmp_path / "4194300-1.npy").exists()
