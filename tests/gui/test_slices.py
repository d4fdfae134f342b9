"""Time sections by way of the data process: the same amplitudes, and in place wherever that does not work."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from section_helpers import AXES, amplitude_of, settle

from seisgui.errors import InputError
from seisgui.gui import slices
from seisgui.gui.main_window import MainWindow
from seisgui.gui.slices import OvertakenError, SliceService
from seisgui.gui.views.reader import AheadRequest, SectionReader, SectionRequest, Sought
from seisgui.gui.views.shading import Shading
from seisgui.jobs.client import JobClient
from seisgui.jobs.messages import DATA
from seisgui.seismic import segy_volume
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.segy import open_segy
from seisgui.seismic.segy_writer import write_segy

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
TIME = SectionRef(Orientation.TIME, 480.0)
LATER = SectionRef(Orientation.TIME, 484.0)


def never() -> bool:
    return False


def until(condition: Callable[[], object], seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def small_files_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segy_volume, "FEW_TRACES", 0)
    monkeypatch.setattr(slices, "START_S", 10.0)  # machines under test are busy
    monkeypatch.setattr(slices, "SILENT_S", 10.0)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Iterator[JobClient]:
    """A data process that has loaded what it needs."""
    with JobClient(DATA, logs=tmp_path_factory.mktemp("log")) as client:
        client.start()
        until(lambda: client.status is not None and client.status.ready)
        yield client


@pytest.fixture
def mortal(tmp_path) -> Iterator[JobClient]:
    """A data process of a test's own, to be mistreated."""
    with JobClient(DATA, logs=tmp_path / "log") as client:
        client.start()
        until(lambda: client.status is not None and client.status.ready)
        yield client


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "survey.sgy"
    write_segy(path, amplitude_of(AXES), AXES, sample_format=5)
    return path


@pytest.fixture
def volume(file) -> Iterator[segy_volume.SegyVolume]:
    opened = open_segy(file)
    yield opened
    opened.close()


def service(client: JobClient, tmp_path: Path) -> SliceService:
    folder = tmp_path / "tmp"
    folder.mkdir(exist_ok=True)
    return SliceService(client, lambda: folder)


def left_over(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "tmp").iterdir())


@pytest.mark.parametrize(("code", "byte_order"), [(1, "big"), (5, "little"), (3, "big"), (6, "little")])
def test_the_data_process_gives_the_amplitudes_of_the_file(data, tmp_path, code, byte_order):
    path = tmp_path / "survey.sgy"
    live = np.random.default_rng(0).random(AXES.shape[:2]) > 0.2
    live[0, 0] = live[-1, -1] = True
    write_segy(path, amplitude_of(AXES), AXES, sample_format=code, byte_order=byte_order, live=live)
    volume, made = open_segy(path), service(data, tmp_path)
    for ref in (TIME, LATER):
        assert np.array_equal(made.fetch(volume, ref, never), volume.section(ref), equal_nan=True)
    assert made.fetched == 2
    assert not left_over(tmp_path)
    assert not data.jobs
    assert made.fetch(volume, SectionRef(Orientation.INLINE, 104), never) is None
    volume.close()


def test_a_file_that_has_changed_is_left_to_reading_in_place_which_says_so(data, tmp_path, file, volume):
    made = service(data, tmp_path)
    assert made.fetch(volume, TIME, never) is not None
    os.truncate(file, 5000)
    assert made.fetch(volume, LATER, never) is None
    with pytest.raises(InputError, match="was changed or replaced"):
        volume.section(LATER)
    assert data.alive


def test_many_threads_ask_at_once(data, tmp_path, volume):
    made = service(data, tmp_path)
    refs = [SectionRef(Orientation.TIME, float(value)) for value in AXES.sample.values[:24]]
    right = []

    def fetch(mine: list[SectionRef]) -> None:
        right.extend(np.array_equal(made.fetch(volume, ref, never), volume.section(ref)) for ref in mine)

    threads = [threading.Thread(target=fetch, args=(refs[start::3],)) for start in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert right == [True] * 24
    assert not left_over(tmp_path)


def test_what_is_prepared_leaves_nothing_and_is_not_prepared_over_and_over(data, tmp_path, volume, monkeypatch):
    made, asked = service(data, tmp_path), []
    ask = data.ask
    monkeypatch.setattr(data, "ask", lambda *arguments: asked.append(ask(*arguments)) or asked[-1])
    for ref in (TIME, LATER, SectionRef(Orientation.INLINE, 104)):
        made.prepare(volume, ref)
    assert len(asked) == 1
    assert asked[0].outcome.result(40).parent == tmp_path / "tmp"
    until(lambda: not left_over(tmp_path))
    monkeypatch.setattr(slices, "PREPARED_BYTES", 1000)
    made = service(data, tmp_path)
    made.prepare(volume, TIME)
    assert len(asked) == 1


def test_without_a_folder_or_a_process_that_is_ready_sections_are_read_in_place(data, tmp_path, volume):
    assert SliceService(data, lambda: None).fetch(volume, TIME, never) is None
    with JobClient(DATA, logs=tmp_path / "log") as cold:
        made = service(cold, tmp_path)
        assert made.fetch(volume, TIME, never) is None
        until(lambda: cold.alive)  # for the next time
        until(lambda: cold.status is not None and cold.status.ready)
        assert made.fetch(volume, TIME, never) is not None
    assert made.fetch(volume, TIME, never) is None, "the client is closed"


@posix_only
def test_a_process_that_is_killed_before_it_begins_is_started_and_asked_again(mortal, tmp_path, volume):
    made, found = service(mortal, tmp_path), []
    os.kill(mortal.pid, signal.SIGSTOP)
    thread = threading.Thread(target=lambda: found.append(made.fetch(volume, TIME, never)))
    thread.start()
    time.sleep(0.2)
    os.kill(mortal.pid, signal.SIGKILL)
    thread.join(5)
    assert found == [None]
    assert volume.section(TIME).shape == AXES.shape[:2]
    until(lambda: mortal.status is None)
    assert made.fetch(volume, TIME, never) is None
    until(lambda: mortal.status is not None and mortal.status.ready)
    assert made.fetch(volume, TIME, never) is not None


def held_up(client: JobClient, tmp_path: Path) -> Path:
    """Let the process hang when it writes its first array: somebody must read from this pipe."""
    pipe = tmp_path / "tmp" / f"{client.pid}-1.part"
    os.mkfifo(pipe)
    return pipe


@posix_only
def test_a_process_that_dies_over_a_file_is_not_asked_for_it_again(mortal, tmp_path, volume, monkeypatch):
    made, found, asked = service(mortal, tmp_path), [], []
    ask = mortal.ask
    monkeypatch.setattr(mortal, "ask", lambda *arguments: asked.append(ask(*arguments)) or asked[-1])
    held_up(mortal, tmp_path)
    thread = threading.Thread(target=lambda: found.append(made.fetch(volume, TIME, never)))
    thread.start()
    until(lambda: asked and asked[0].heard is not None)
    os.kill(mortal.pid, signal.SIGBUS)
    thread.join(10)
    assert found == [None]
    until(lambda: mortal.status is None)
    mortal.start()
    until(lambda: mortal.status is not None and mortal.status.ready)
    assert made.fetch(volume, TIME, never) is None
    made.prepare(volume, TIME)
    assert len(asked) == 1


@posix_only
def test_one_that_has_begun_and_tells_nothing_is_given_up(mortal, tmp_path, volume, monkeypatch):
    monkeypatch.setattr(slices, "SILENT_S", 0.2)
    made, pipe = service(mortal, tmp_path), held_up(mortal, tmp_path)
    assert made.fetch(volume, TIME, never) is None
    pipe.read_bytes()
    until(lambda: not left_over(tmp_path))


@posix_only
def test_a_process_that_hangs_is_given_up_and_what_it_makes_later_is_removed(mortal, tmp_path, volume, monkeypatch):
    monkeypatch.setattr(slices, "START_S", 0.1)
    made = service(mortal, tmp_path)
    os.kill(mortal.pid, signal.SIGSTOP)
    began = time.monotonic()
    assert made.fetch(volume, TIME, never) is None
    assert time.monotonic() - began < 5
    until(lambda: mortal.silent_s > slices.HUNG_S)
    monkeypatch.setattr(slices, "START_S", 60.0)
    assert made.fetch(volume, TIME, never) is None, "it is not even asked"
    os.kill(mortal.pid, signal.SIGCONT)
    until(lambda: mortal.silent_s < 1)
    assert made.fetch(volume, TIME, never) is not None
    assert not left_over(tmp_path)


@posix_only
def test_nobody_waits_for_a_section_that_is_overtaken_or_for_a_window_that_closes(mortal, tmp_path, volume):
    made = service(mortal, tmp_path)
    os.kill(mortal.pid, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(OvertakenError):
        made.fetch(volume, TIME, lambda: True)
    threading.Timer(0.1, made.stop).start()
    with pytest.raises(OvertakenError):
        made.fetch(volume, TIME, never)
    assert time.monotonic() - began < 5
    os.kill(mortal.pid, signal.SIGCONT)


def section_request(volume, ref: SectionRef, token: int) -> SectionRequest:
    return SectionRequest(1, token, volume, ref, Shading())


def test_what_will_not_be_shown_any_more_is_overtaken(volume):
    copies, other = object(), object()

    def sought(token: int, ref: SectionRef, **changes: object) -> Sought:
        return Sought.of(replace(section_request(volume, ref, token), **changes))

    older = sought(1, TIME)
    assert not older.overtakes(older)
    assert not sought(1, TIME, copies=copies).overtakes(older), "the rough one of the same step"
    assert not sought(2, LATER).overtakes(older), "a line passed is shown on the way"
    assert sought(2, LATER, copies=copies).overtakes(older), "it has been, from copies"
    assert sought(2, SectionRef(Orientation.INLINE, 104)).overtakes(older)
    assert sought(2, TIME, volume=other).overtakes(older)


@posix_only
def test_a_newer_request_of_the_pane_goes_before_one_that_hangs(qtbot, mortal, tmp_path, volume):
    reader, results = SectionReader(), []
    reader.slices = service(mortal, tmp_path)
    reader.ready.connect(results.append)
    os.kill(mortal.pid, signal.SIGSTOP)
    reader.submit(section_request(volume, TIME, 1))
    time.sleep(0.05)
    reader.submit(section_request(volume, SectionRef(Orientation.INLINE, 104), 2))
    qtbot.waitUntil(lambda: len(results) == 1, timeout=5000)
    assert results[0].token == 2
    reader.submit(section_request(volume, LATER, 3))
    time.sleep(0.05)
    began = time.monotonic()
    reader.close()
    assert time.monotonic() - began < 2
    os.kill(mortal.pid, signal.SIGCONT)


@posix_only
def test_lines_that_are_passed_without_copies_are_shown_on_the_way(qtbot, mortal, tmp_path, volume, monkeypatch):
    monkeypatch.setattr(slices, "START_S", 0.3)
    reader, results = SectionReader(), []
    reader.slices = service(mortal, tmp_path)
    reader.ready.connect(results.append)
    os.kill(mortal.pid, signal.SIGSTOP)
    reader.submit(section_request(volume, TIME, 1))
    time.sleep(0.05)
    reader.submit(section_request(volume, LATER, 2))
    qtbot.waitUntil(lambda: len(results) == 2, timeout=5000)
    assert [result.token for result in results] == [1, 2]
    assert np.array_equal(results[0].amplitude, volume.section(TIME))
    reader.close()
    os.kill(mortal.pid, signal.SIGCONT)


def test_sections_ahead_come_the_same_way(qtbot, data, tmp_path, volume):
    reader = SectionReader()
    reader.slices = service(data, tmp_path)
    reader.read_ahead(AheadRequest(volume, (TIME, LATER)))
    qtbot.waitUntil(lambda: reader.held.get(volume, LATER) is not None, timeout=40_000)
    assert reader.slices.fetched == 2
    assert np.array_equal(reader.held.get(volume, TIME), volume.section(TIME))
    reader.close()


@posix_only
def test_the_window_shows_time_sections_through_its_data_process_and_survives_it(qtbot, open_window: MainWindow):
    window, data = open_window, open_window.bridge.client(DATA)
    submitted = []
    window.bridge.submitted.connect(lambda *job: submitted.append(job))
    qtbot.waitUntil(lambda: data.status is not None and data.status.ready, timeout=40_000)
    view = window.panes.views[0]
    view.set_orientation(Orientation.TIME)
    settle(qtbot, view)
    fetched = window.panes.reader.slices.fetched
    assert fetched == 1
    assert np.array_equal(view.amplitude, window.state.volume.section(view.ref))
    os.kill(data.pid, signal.SIGKILL)
    for _ in range(3):
        view.step(1)
        settle(qtbot, view)
        assert np.array_equal(view.amplitude, window.state.volume.section(view.ref))
    assert not submitted
    assert not window.jobs.jobs


@posix_only
def test_closing_the_window_does_not_wait_for_a_hanging_data_process(qtbot, open_window: MainWindow):
    data = open_window.bridge.client(DATA)
    qtbot.waitUntil(lambda: data.status is not None and data.status.ready, timeout=40_000)
    process = psutil.Process(data.pid)
    process.suspend()
    open_window.panes.views[0].set_orientation(Orientation.TIME)
    qtbot.wait(100)
    began = time.monotonic()
    open_window.panes.shut_down()
    assert time.monotonic() - began < 2
    process.resume()
