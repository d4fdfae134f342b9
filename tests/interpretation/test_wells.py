"""LAS files, depth-time tables and logs on seismic samples."""

from pathlib import Path

import numpy as np
import pytest

from seisgui.errors import InputError
from seisgui.interpretation.depth_time import TVDSS, DepthTime, TableMeaning, constant_velocity, read_depth_time
from seisgui.interpretation.las import impedance, read_las, velocity
from seisgui.interpretation.well_logs import log_at_samples
from seisgui.seismic.axes import SampleAxis

LAS = """~Version
 VERS. 2.0 :
 WRAP. NO :
~Well
 STRT.{depth} 100.0 :
 STOP.{depth} {stop} :
 STEP.{depth} 0.5 :
 NULL. -999.25 :
 WELL. A-1 : name
 EKB.M 25.0 :
 X.M 1000.0 :
 Y.M 2000.0 :
~Curve
 DEPT.{depth} : depth
 DT.{slow} : sonic
 RHOB.{dense} : density
~A
"""


def write_las(path: Path, *, n=400, slow="us/m", dense="g/cm3", depth="M", dt=400.0, rhob=2.2) -> Path:
    rows = [f"{100 + 0.5 * row:.2f} {dt + row % 7:.3f} {rhob + 0.001 * (row % 5):.4f}" for row in range(n)]
    head = LAS.format(slow=slow, dense=dense, depth=depth, stop=100 + 0.5 * (n - 1))
    path.write_text(head + "\n".join(rows) + "\n")
    return path


def test_impedance_in_si_whatever_the_units(tmp_path):
    metric = read_las(write_las(tmp_path / "a.las"))
    assert (metric.well, metric.kelly_bushing, metric.x, metric.y) == ("A-1", 25.0, 1000.0, 2000.0)
    values = impedance(metric)
    assert np.isclose(values[0], 2500.0 * 2200.0)
    feet = read_las(
        write_las(tmp_path / "b.las", slow="US/F", dense="K/M3", dt=400.0 * 0.3048, rhob=2200.0, depth="FT")
    )
    assert np.isclose(impedance(feet)[0], 2500.0 * 2200.0, rtol=1e-3)
    assert np.isclose(feet.depth[0], 30.48)


def test_a_unit_that_makes_impossible_rock_is_refused(tmp_path):
    wrong = read_las(write_las(tmp_path / "a.las", slow="us/ft"))
    with pytest.raises(InputError, match=r"around 75\d m/s, which no rock has"):
        impedance(wrong)
    assert np.isclose(impedance(wrong, sonic_unit="us/m")[0], 5.5e6)
    missing = read_las(write_las(tmp_path / "b.las", slow=""))
    with pytest.raises(InputError, match="has no unit") as told:
        velocity(missing, missing.curve("dt"))
    assert "us/ft" in told.value.hint


def test_bad_las_files_are_a_sentence_each(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_las(tmp_path / "none.las")
    (tmp_path / "words.las").write_text("this is no log at all")
    with pytest.raises(InputError, match=r"words\.las"):
        read_las(tmp_path / "words.las")
    with pytest.raises(InputError, match=r"too few|empty"):
        read_las(write_las(tmp_path / "short.las", n=20))
    las = read_las(write_las(tmp_path / "full.las"))
    with pytest.raises(InputError, match="no curve 'GR'"):
        impedance(las, sonic="GR")
    few = write_las(tmp_path / "few.las")
    few.write_text(few.read_text().replace(" 2.2", " -999.25 #", 370).replace("#", ""))
    with pytest.raises(InputError, match=r"LAS|known at"):
        impedance(read_las(few))


def test_logs_written_upwards_and_twice_are_put_right(tmp_path):
    path = write_las(tmp_path / "a.las", n=200)
    head, rows = path.read_text().split("~A\n")
    lines = rows.strip().splitlines()
    path.write_text(head + "~A\n" + "\n".join([*lines[::-1], lines[10]]) + "\n")
    las = read_las(path)
    assert (np.diff(las.depth) > 0.0).all()
    assert any("written twice" in note for note in las.notes)


def table_file(path: Path, depth, time) -> Path:
    path.write_text("Depth Time\n" + "\n".join(f"{d:.3f} {t:.6f}" for d, t in zip(depth, time, strict=True)))
    return path


def test_the_meaning_of_a_table_shows_in_its_velocities(tmp_path):
    depth = np.arange(0.0, 2000.0, 50.0)
    time = depth * 2000.0 / 2400.0
    assert read_depth_time(table_file(tmp_path / "ms.txt", depth, time)).meaning == TableMeaning()
    seconds = read_depth_time(table_file(tmp_path / "s.txt", depth, time / 1000.0))
    assert seconds.meaning.unit == "s"
    assert np.isclose(seconds.time_at(np.array([1000.0]))[0], 1000.0 * 2000.0 / 2400.0)
    with pytest.raises(InputError, match="no rock has") as told:
        read_depth_time(tmp_path / "s.txt", TableMeaning(unit="ms"))
    assert "time in s" in told.value.hint
    sub_sea = read_depth_time(tmp_path / "ms.txt", TableMeaning(depth=TVDSS), kelly_bushing=30.0)
    assert np.isclose(sub_sea.depth[0], 30.0)
    with pytest.raises(InputError, match="two columns"):
        read_depth_time(table_file(tmp_path / "none.txt", [], []))


def test_rows_that_repeat_or_go_back_are_told(tmp_path):
    depth = [0.0, 100.0, 100.0, 90.0, 200.0, 300.0]
    time = [0.0, 80.0, 85.0, 70.0, 60.0, 240.0]
    table = read_depth_time(table_file(tmp_path / "t.txt", depth, time), TableMeaning())
    assert (np.diff(table.depth) > 0.0).all()
    assert (np.diff(table.time) > 0.0).all()
    assert len(table.notes) == 3


def test_shift_and_stretch_are_a_bulk_tie():
    table = constant_velocity(2000.0, 30.0, 1030.0)
    assert np.allclose(table.time, [0.0, 1000.0])
    moved = table.shifted(12.0, 1.1)
    assert np.allclose(moved.time, [12.0, 1112.0])
    assert np.isclose(table.time_at(np.array([1530.0]))[0], 1500.0)
    with pytest.raises(InputError, match="no velocity"):
        constant_velocity(200.0, 0.0, 1000.0)


def test_a_log_is_sampled_without_aliasing_and_only_where_known():
    axis = SampleAxis(0.0, 4.0, 300)
    depth = np.arange(200.0, 1000.0, 0.15)
    table = DepthTime(np.array([0.0, 1100.0]), np.array([0.0, 1100.0]), TableMeaning())
    slow = 5.0e6 + 4.0e5 * np.sin(2 * np.pi * depth / 80.0)
    thin = slow + 1.0e6 * np.sin(2 * np.pi * depth / 4.4)  # far above Nyquist: would alias to a slow wave
    sampled = log_at_samples(depth, thin, table, axis)
    known = np.isfinite(sampled)
    assert known.sum() == 201
    assert not known[:50].any()
    times = axis.values[known]
    expected = 5.0e6 + 4.0e5 * np.sin(2 * np.pi * times / 80.0)
    assert np.abs(sampled[known] - expected)[8:-8].max() < 0.15e6
    gap = np.where((depth > 500.0) & (depth < 560.0), np.nan, slow)
    assert np.isnan(log_at_samples(depth, gap, table, axis)[127:138]).all()


def test_wells_outside_the_seismic_or_with_too_little_are_refused():
    table = constant_velocity(2000.0, 0.0, 1000.0)
    depth = np.arange(0.0, 100.0, 0.5)
    with pytest.raises(InputError, match="outside the seismic"):
        log_at_samples(depth, np.full(200, 5.0e6), table, SampleAxis(1000.0, 4.0, 100), "A-1")
    with pytest.raises(InputError, match="at least 50"):
        log_at_samples(depth[:30], np.full(30, 5.0e6), table, SampleAxis(0.0, 4.0, 100), "A-1")


def test_real_wells(shared_data):
    folder = shared_data / "impedance"
    for name, head in (("F02-1", (606554.0, 6080126.0)), ("F03-2", (619101.0, 6089491.0))):
        las = read_las(folder / f"{name}_logs.las")
        assert (las.well, las.kelly_bushing, (las.x, las.y)) == (name, 30.0, head)
        values = impedance(las)
        assert 3.0e6 < np.nanmedian(values) < 7.0e6
        written = las.curve("AI").values
        both = np.isfinite(values) & np.isfinite(written)
        assert np.nanmedian(np.abs(values[both] / written[both] - 1.0)) < 0.02
        check = read_depth_time(folder / f"{name}_checkshot_TD.txt")
        assert (check.meaning.unit, check.meaning.two_way) == ("s", True)
        model = read_depth_time(folder / f"{name}_DTmodel_TD.txt", TableMeaning(TVDSS), las.kelly_bushing)
        assert (model.meaning.unit, model.meaning.two_way) == ("ms", True)
        depth = np.linspace(600.0, 1100.0, 20)
        assert np.abs(check.time_at(depth) - model.time_at(depth)).max() < 40.0
