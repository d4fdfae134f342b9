"""Lines pass by in display copies; at rest the screen shows true amplitudes, exactly as without copies."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from section_helpers import AXES, Workplace, amplitude_of, move, open_workplace, pixel, settle, turn_wheel

from seisgui.gui.views.held import HeldSections
from seisgui.gui.views.panes import PaneGrid
from seisgui.gui.views.reader import AheadRequest, SectionReader, SectionRequest
from seisgui.gui.views.section import SectionView
from seisgui.gui.views.shading import Scale, Shading, shade, shade_codes
from seisgui.interpretation.copies import ingest_project_steps
from seisgui.interpretation.edits import Change
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.companding import Compander
from seisgui.seismic.progress import finish
from seisgui.seismic.segy_writer import write_segy
from seisgui.seismic.volume import ArrayVolume

BRIGHT = 40_000.0


def spotted() -> np.ndarray:
    """The usual survey with a bright spot of one sample on every line, and the last line twice as strong."""
    amplitude = amplitude_of(AXES)
    amplitude[:, 20, 30] = BRIGHT
    amplitude[-1] *= 2
    return amplitude


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "survey.sgy"
    write_segy(path, spotted(), AXES, sample_format=5)
    return path


@pytest.fixture
def copied(tmp_path, file):
    """A project whose volume has display copies."""
    place = open_workplace(tmp_path, file)
    place.project.wait_saved()
    finish(ingest_project_steps(place.project.path, place.state.volume_id))
    yield place
    place.project.close()


@pytest.fixture
def plain(tmp_path, file):
    """The same without."""
    (tmp_path / "plain").mkdir()
    place = open_workplace(tmp_path / "plain", file)
    yield place
    place.project.close()


def shown(qtbot, place: Workplace, *, copies: bool) -> SectionView:
    view = SectionView(place.state, place.predictions)
    qtbot.addWidget(view)
    view.resize(700, 500)
    view.show()
    settle(qtbot, view)
    qtbot.waitUntil(lambda: view.serving.has_copies is copies, timeout=5000)
    return view


def roughly(qtbot, view: SectionView) -> None:
    """Wait for the display copies of the section, and hold back the true amplitudes."""
    qtbot.waitUntil(lambda: view.content.rough and view.content.shown == view.ref, timeout=5000)
    view.serving._rest.stop()


def pixels_of(view: SectionView) -> np.ndarray:
    QApplication.processEvents()
    image = view.canvas.grab().toImage()
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1).copy()


@pytest.mark.parametrize("rule", ["P90", "P99", "max"])
@pytest.mark.parametrize("orientation", list(Orientation))
def test_at_rest_the_screen_is_that_of_a_project_without_copies(qtbot, copied, plain, rule, orientation):
    views = [shown(qtbot, copied, copies=True), shown(qtbot, plain, copies=False)]
    for view in views:
        view.state.display.clip_rule = rule
        view.set_orientation(orientation)
        turn_wheel(view, -1)
        turn_wheel(view, -1)
    settle(qtbot, *views)
    qtbot.wait(120)  # the fine image follows the last motion
    with_copies, without = views
    assert with_copies.reader.from_copies > 0
    assert without.reader.from_copies == 0
    assert with_copies.clip == without.clip
    np.testing.assert_array_equal(with_copies.amplitude, without.amplitude)
    np.testing.assert_array_equal(with_copies.content.planes.shade, without.content.planes.shade)
    np.testing.assert_array_equal(pixels_of(with_copies), pixels_of(without))
    for view in views:
        view.close()


def test_a_step_shows_copies_at_once_and_true_amplitudes_within_150_ms_of_rest(qtbot, copied):
    view = shown(qtbot, copied, copies=True)
    rough = []
    view.serving.served.connect(lambda result: rough.append(result.rough))
    turn_wheel(view, -1)
    assert not view.at_rest
    assert view.amplitude is None
    settle(qtbot, view)
    assert rough == [True, False]
    np.testing.assert_allclose(view.amplitude, spotted()[AXES.section_index(view.ref)])
    view.close()


def test_what_copies_show_is_no_amplitude(qtbot, copied):
    """The read-out stays silent, painting does not snap, and the true amplitude is told when it comes."""
    view = shown(qtbot, copied, copies=True)
    told = []
    view.cursor.connect(told.append)
    move(view, pixel(view, 20.5, 30.5))
    assert told[-1].amplitude == pytest.approx(BRIGHT)
    turn_wheel(view, -1)
    roughly(qtbot, view)
    move(view, pixel(view, 20.6, 30.6))
    assert told[-1].amplitude is None
    assert "trace" not in told[-1].text()
    assert "amp" not in told[-1].text()
    assert view.visible_amplitude() is None
    view.serving._ask_true()
    settle(qtbot, view)
    assert told[-1].amplitude == pytest.approx(BRIGHT), "the mouse has not moved since"
    view.close()


def test_a_bright_spot_unclips_when_the_gain_goes_down_moving_and_at_rest(qtbot, copied):
    view = shown(qtbot, copied, copies=True)

    def shades():
        plane = view.content.planes.shade
        return int(plane[30, 20]), int(np.delete(plane[30], 20).max())

    assert shades()[0] == 254
    turn_wheel(view, -1)
    roughly(qtbot, view)
    assert shades()[0] == 254
    view.state.display.gain_db = -33.0
    qtbot.waitUntil(lambda: view.clip > BRIGHT, timeout=3000)
    roughly(qtbot, view)
    moving = shades()
    assert 150 < moving[0] < 254, "the copies hold the full range"
    assert moving[1] < 135
    view.serving._ask_true()
    settle(qtbot, view)
    assert shades()[0] == pytest.approx(moving[0], abs=4)
    assert shades()[0] == int(127.5 + 127 * BRIGHT / view.clip)
    view.close()


def test_brightness_does_not_flicker_from_line_to_line_but_follows_where_amplitudes_are_others(qtbot, copied):
    view = shown(qtbot, copied, copies=True)
    at_rest = view.clip
    clips = []
    while view.ref.number < AXES.inline.last:
        view.step(1)
        roughly(qtbot, view)
        clips.append(view.clip)
    assert clips[:-1] == [at_rest] * (len(clips) - 1)
    assert clips[-1] == pytest.approx(2 * at_rest, rel=0.1)
    view.serving._ask_true()
    settle(qtbot, view)
    assert view.clip == shade(view.amplitude, Shading()).clip
    view.close()


def test_wiggles_and_agc_are_drawn_from_copies_too(qtbot, copied):
    view = shown(qtbot, copied, copies=True)
    view.state.display.mode = "wiggle"
    view.step(1)
    roughly(qtbot, view)
    assert view.canvas.decoration.wiggles is not None
    view.state.display.agc_ms = 100.0
    qtbot.waitUntil(lambda: view.content.rough and view.clip < 10, timeout=3000)
    assert view.content.displayed is not None
    view.close()


def test_copies_that_can_no_longer_be_read_are_replaced_by_the_source(qtbot, copied):
    view = shown(qtbot, copied, copies=True)
    copied.project.display_copies().close()
    view.step(1)
    settle(qtbot, view)
    np.testing.assert_allclose(view.amplitude, spotted()[AXES.section_index(view.ref)])
    view.close()


def test_copies_made_while_the_window_is_open_serve_from_then_on(qtbot, plain):
    grid = PaneGrid(plain.state, plain.predictions)
    qtbot.addWidget(grid)
    grid.resize(900, 600)
    grid.show()
    settle(qtbot, *grid.views)
    assert not grid.active_view.serving.has_copies
    plain.project.wait_saved()
    finish(ingest_project_steps(plain.project.path, plain.state.volume_id))
    plain.project.announce(Change("copies", plain.state.dataset_id))
    qtbot.waitUntil(lambda: grid.active_view.serving.has_copies, timeout=5000)
    grid.active_view.step(1)
    settle(qtbot, grid.active_view)
    assert grid.reader.from_copies == 1
    grid.close()


@pytest.mark.parametrize("rule", ["P90", "P95", "P99", "max"])
@pytest.mark.parametrize("velocities", [False, True])
def test_shades_of_codes_are_those_of_the_amplitudes_within_the_step_of_a_code(rule, velocities):
    amplitude = spotted()[3]
    if velocities:
        amplitude = 3000 + 1500 * np.tanh(amplitude / 1000)
    amplitude[7] = np.nan
    compander = Compander.of(amplitude)
    codes = compander.encode(amplitude)
    true, quick = shade(amplitude, Shading(rule)), shade_codes(codes, compander.table(), Shading(rule))
    assert quick.clip == pytest.approx(true.clip, rel=0.12)
    assert (quick.scale.centre > 0) == (true.scale.centre > 0) == velocities
    assert ((true.shades == 255) == (quick.shades == 255)).all()
    differences = np.abs(true.shades.astype(int) - quick.shades)[true.shades != 255]
    assert np.percentile(differences, 95) <= (24 if velocities else 6)


def test_a_scale_is_kept_only_where_it_nearly_fits():
    amplitude = spotted()[3]
    own = shade(amplitude, Shading()).scale
    assert shade(amplitude, Shading(), Scale(own.clip * 1.1)).scale == Scale(own.clip * 1.1)
    assert shade(amplitude, Shading(), Scale(own.clip * 1.3)).scale == own


class Slow(ArrayVolume):
    """A volume whose sections take their time, and that notes what is read."""

    def __init__(self) -> None:
        super().__init__(amplitude_of(AXES), AXES)
        self.read: list[float] = []
        self.gate = threading.Event()
        self.gate.set()

    def section(self, ref):
        self.read.append(ref.number)
        self.gate.wait(5)
        return super().section(ref)


def inline(number: float) -> SectionRef:
    return SectionRef(Orientation.INLINE, number)


@pytest.fixture
def reader():
    made = SectionReader()
    yield made
    made.close()


def test_lines_ahead_in_the_direction_of_motion_are_read_and_then_held(qtbot):
    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.views.predictions import PredictionStore

    volume, state = Slow(), WorkbenchState()
    view = SectionView(state, PredictionStore())
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    state.show(None, volume)
    settle(qtbot, view)
    assert volume.read == [108], "nothing is guessed before there is a motion"
    view.step(-1)
    qtbot.waitUntil(lambda: len(volume.read) == 5, timeout=5000)
    assert volume.read[1:] == [106, 104, 102, 100]
    view.step(-1)
    settle(qtbot, view)
    assert view.reader.from_held == 1
    np.testing.assert_array_equal(view.amplitude, amplitude_of(AXES)[2])
    assert len(volume.read) == 5
    view.close()


def test_lines_passed_faster_than_they_are_read_are_shown_on_the_way(qtbot, workplace):
    """Each with its own labels; amplitudes are told for the line in the header alone."""
    state, volume, turns = workplace.state, Slow(), threading.Semaphore(1)
    volume.gate.wait = lambda _: turns.acquire(timeout=5)
    state.show(workplace.project, volume, state.dataset_id, None, state.labels)
    view = SectionView(state, workplace.predictions)
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    settle(qtbot, view)
    state.labels.paint_values(inline(106), 10, 10, np.ones((5, 5), np.int16))
    seen = []

    def note(result):
        labelled = bool((view.content.planes.labels != 255).any())
        seen.append((result.ref.number, view.content.shown.number, labelled, view.at_rest, view.amplitude is None))

    view.serving.served.connect(note)
    for _ in range(3):
        view.step(-1)
        qtbot.wait(20)
    assert view.ref == inline(102)
    turns.release()
    qtbot.waitUntil(lambda: len(seen) == 1, timeout=3000)
    for _ in range(5):  # the line in the header, and those ahead of it
        turns.release()
    settle(qtbot, view)
    assert seen == [(106, 106, True, False, True), (102, 102, False, True, False)]
    assert view.reader.dropped == 1
    view.close()


def test_nothing_is_read_ahead_while_a_pane_waits_and_a_step_never_waits_for_it(qtbot, reader):
    volume = Slow()
    volume.gate.clear()
    reader.read_ahead(AheadRequest(volume, tuple(inline(number) for number in (110, 112, 114))))
    qtbot.waitUntil(lambda: volume.read == [110], timeout=3000)
    other = ArrayVolume(amplitude_of(AXES), AXES)
    with qtbot.waitSignal(reader.ready, timeout=3000):  # answered while the reading ahead still hangs
        reader.submit(SectionRequest(1, 1, other, inline(100), Shading()))
    assert volume.read == [110]
    waiting = Slow()
    waiting.gate.clear()
    reader.submit(SectionRequest(1, 2, waiting, inline(102), Shading()))
    qtbot.waitUntil(lambda: bool(waiting.read), timeout=3000)
    volume.gate.set()
    time.sleep(0.05)
    assert volume.read == [110], "a pane waits: what lies ahead can wait too"
    waiting.gate.set()


def test_sections_held_are_bounded_and_forgotten_with_the_file_they_came_from(tmp_path, copied, file):
    amplitude = amplitude_of(AXES)
    held = HeldSections(most_bytes=5 * amplitude[0].nbytes)
    volume = copied.state.volume
    for number in range(100, 118, 2):
        held.put(volume, inline(number), amplitude[0])
    there = [number for number in range(100, 118, 2) if held.get(volume, inline(number)) is not None]
    assert there == [108, 110, 112, 114, 116]
    assert held.get(ArrayVolume(amplitude, AXES), inline(116)) is None
    file.write_bytes(file.read_bytes())  # another time of change
    assert held.get(volume, inline(116)) is None
    held.put(volume, inline(100), amplitude[0])
    file.unlink()
    assert held.get(volume, inline(100)) is None


def test_steps_passed_by_are_counted(qtbot, reader):
    volume = Slow()
    volume.gate.clear()
    for token, number in enumerate((100, 102, 104, 106)):
        reader.submit(SectionRequest(1, token, volume, inline(number), Shading()))
        if not token:
            qtbot.waitUntil(lambda: volume.read == [100], timeout=3000)
    served = []
    reader.ready.connect(lambda result: served.append(result.ref.number))
    volume.gate.set()
    qtbot.waitUntil(lambda: served == [100, 106], timeout=3000)
    assert (reader.served, reader.dropped) == (2, 2)
