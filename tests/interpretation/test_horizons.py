"""Horizons and fault sticks from ASCII."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_survey import AXES, CROSSLINE, INLINE, TIME, write_survey

from seisgui.errors import InputError
from seisgui.interpretation.horizons import FaultSticks, Horizon, read_horizon
from seisgui.interpretation.project import Project


def surface(inline: np.ndarray, crossline: np.ndarray) -> np.ndarray:
    return 40.0 + (inline - 100) * 2 + (crossline - 300) * 0.5


def grid() -> tuple[np.ndarray, np.ndarray]:
    i, x = np.meshgrid(AXES.inline.numbers, AXES.crossline.numbers, indexing="ij")
    return i.ravel().astype(float), x.ravel().astype(float)


def text(*columns: np.ndarray, header: str = "") -> str:
    rows = "\n".join(" ".join(f"{value:g}" for value in row) for row in zip(*columns, strict=True))
    return f"{header}\n{rows}\n" if header else rows + "\n"


def test_a_horizon_of_line_numbers_lies_on_every_section(project: Project, tmp_path: Path):
    i, x = grid()
    file = tmp_path / "top salt.txt"
    file.write_text(text(i, x, surface(i, x)))
    added = project.add_horizon(file)
    assert isinstance(added, Horizon)
    project.close()
    with Project.open(project.path) as again:
        (horizon,) = again.horizons("survey")
        assert horizon.name == "top salt"
        lateral, z = horizon.on_section(INLINE, AXES)
        assert np.allclose(z, surface(np.full(40, 110.0), 300.0 + lateral))
        lateral, z = horizon.on_section(CROSSLINE, AXES)
        assert np.allclose(z, surface(100.0 + 2 * lateral, np.full(12, 320.0)))
        assert len(horizon.on_section(TIME, AXES)[0]) == 0


def test_a_decimated_horizon_is_bridged_and_a_large_hole_stays(project: Project, tmp_path: Path):
    i, x = grid()
    kept = ((i - 100) % 8 == 0) & ((x - 300) % 4 == 0) & ((x < 310) | (x > 325))
    file = tmp_path / "h.dat"
    file.write_text(text(i[kept], x[kept], surface(i, x)[kept]))
    horizon = project.add_horizon(file)
    _, z = horizon.on_section(INLINE, AXES)
    assert np.allclose(z[:9], surface(np.full(9, 110.0), 300.0 + np.arange(9)))
    assert np.isnan(z[12:27]).all()


def test_a_horizon_of_coordinates_finds_its_lines(tmp_path: Path):
    i, x = grid()
    angle = np.radians(30)
    easting = 500_000 + 25 * (np.cos(angle) * (i - 100) - np.sin(angle) * (x - 300))
    northing = 6_000_000 + 25 * (np.sin(angle) * (i - 100) + np.cos(angle) * (x - 300))
    shape = AXES.shape[:2]
    with Project.create(tmp_path / "a") as project:
        project.add_volume(
            write_survey(tmp_path / "s.sgy", coordinates=(easting.reshape(shape), northing.reshape(shape)))
        )
        file = tmp_path / "xyz.txt"
        rows = [f"{a:.2f} {b:.2f} {c:.3f}" for a, b, c in zip(easting, northing, -surface(i, x), strict=True)]
        file.write_text("# Easting Northing Time\n" + "\n".join(rows))
        horizon = project.add_horizon(file)
        assert "X Y Z" in horizon.notes[0]
        assert "sign" in horizon.notes[1]
        _, z = horizon.on_section(INLINE, AXES)
        assert np.allclose(z, surface(np.full(40, 110.0), 300.0 + np.arange(40)), atol=0.1)


def test_columns_are_told_by_a_header(tmp_path: Path):
    i, x = grid()
    file = tmp_path / "h.txt"
    file.write_text(text(x, i, surface(i, x), header="Crossline Inline TWT"))
    found = read_horizon(file, AXES)
    assert np.allclose(found.points[:, 0], i)
    assert np.allclose(found.points[:, 2], surface(i, x))


def test_nulls_are_left_out_and_seconds_become_milliseconds(tmp_path: Path):
    i, x = grid()
    z = surface(i, x) / 1000
    z[:7] = 1e30
    z[7:9] = -999.25
    file = tmp_path / "h.txt"
    file.write_text(text(i, x, z))
    found = read_horizon(file, AXES)
    assert len(found.points) == len(i) - 9
    assert np.allclose(found.points[:, 2], surface(i, x)[9:], rtol=1e-4)
    assert "seconds" in found.notes[0]


@pytest.mark.parametrize("way", ["column", "blank lines"])
def test_fault_sticks_are_told_from_horizons(project: Project, tmp_path: Path, way: str):
    file = tmp_path / "fault.txt"
    sticks = [[(110, 310 + k, 40 + 20 * k) for k in range(5)], [(114, 312 + k, 40 + 20 * k) for k in range(5)]]
    if way == "column":
        lines = [f"{a} {b} {c} {n}" for n, stick in enumerate(sticks) for a, b, c in stick]
        file.write_text("\n".join(lines))
    else:
        file.write_text("\n\n".join("\n".join(f"{a} {b} {c}" for a, b, c in stick) for stick in sticks))
    added = project.add_horizon(file)
    assert isinstance(added, FaultSticks)
    assert project.horizons("survey") == []
    (fault,) = project.fault_sticks("survey")
    ((lateral, z),) = fault.on_section(INLINE, AXES)
    assert lateral.tolist() == [10, 11, 12, 13, 14]
    assert z.tolist() == [40, 60, 80, 100, 120]
    project.remove_horizon(fault.id)
    assert project.fault_sticks() == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "no lines of numbers"),
        ("only words here\n", "no lines of numbers"),
        ("110 310\n", "2 columns"),
        ("110 310 40\n110 310\n", "columns of numbers"),
        ("5 7 40\n6 7 40\n", "does not lie on this survey"),
        ("110 310 1e30\n112 310 1e30\n", "no point with a time"),
    ],
)
def test_a_bad_horizon_is_told_in_a_sentence(project: Project, tmp_path: Path, content: str, sentence: str):
    file = tmp_path / "bad.txt"
    file.write_text(content)
    with pytest.raises(InputError) as caught:
        project.add_horizon(file)
    assert sentence in caught.value.sentence
    assert "bad.txt" in caught.value.sentence
    assert project.horizons() == []
