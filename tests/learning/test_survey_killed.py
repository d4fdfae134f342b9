"""A prediction killed again and again is never wrong and ends like an undisturbed one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from layered import make_project, run_training

KILLS = 10


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_ten_kills_leave_only_whole_slabs_and_the_end_is_that_of_an_undisturbed_run(tmp_path):
    with make_project(tmp_path, n_inline=80) as project:
        run = run_training(project, "forest", settings={"trees": 5})
    victim = Path(__file__).with_name("survey_victim.py")
    command = [sys.executable, victim, tmp_path / "layers.seisproj", run.id, KILLS]
    told = json.loads(subprocess.run([str(part) for part in command], capture_output=True, check=True).stdout)
    kills = told["kills"]
    assert sum(kill["killed"] for kill in kills) == KILLS, told
    assert all(kill["right"] and kill["done"] == kill["shown"] for kill in kills), told
    order = [(kill["beginning"], kill["done"]) for kill in kills]
    assert order == sorted(order), "nothing is done twice"
    assert told["end"] == {"done": 80, "shown": 80, "right": True, "left": []}
