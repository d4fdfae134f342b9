"""Gathers of the window: opens record sets, pages through gathers and records, follows mouse and counts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QInputDialog

from seisgui.errors import SeisguiError
from seisgui.gui.actions import Actions
from seisgui.gui.desk import Desk
from seisgui.gui.panels.gathers import GathersPanel, picks_by_gather
from seisgui.gui.status_bar import Bar, Readout
from seisgui.gui.views.chrome import Message, amplitude_text
from seisgui.gui.views.gather import GATHER, PAGE, TRACES, Touch
from seisgui.gui.views.gather_chrome import TimeUnit
from seisgui.gui.views.gather_pane import GatherPane
from seisgui.seismic.record_table import Group

if TYPE_CHECKING:
    from seisgui.interpretation.journal import Change
    from seisgui.interpretation.project import Project
    from seisgui.seismic.minmax import PyramidReader
    from seisgui.seismic.records import RecordSet

KEY = "window.gathers"
FILTERS = "scipy.signal"
MOST_RECORDS = 8000  # side by side; a larger gather is shown in parts
ZOOM = 1.4
GAIN_STEP = 3.0  # dB
USUAL_BAND = (1.0, 20.0)  # Hz, where the bandpass is switched on before corners were chosen
COUNT_MS = 150
WARM_MS = 1500  # after the records have come


@dataclass(frozen=True)
class Place:
    """Where the window is: gather of the list, and record within it."""

    gather: int = 0
    record: int = 0


class GatherFlow(QObject):
    """``opened`` when a record set is in view, ``moved`` when another gather or record is asked for."""

    opened = Signal()
    moved = Signal()

    def __init__(self, desk: Desk, pane: GatherPane, panel: GathersPanel, bar: Bar, parent: QObject) -> None:
        super().__init__(parent)
        self._desk, self._pane, self._panel, self._bar = desk, pane, panel, bar
        self.groups: Sequence[Group] = ()
        self.by = ""
        self.place = Place()
        self.mode = GATHER
        self.opening: str | None = None  # the dataset whose records are on their way
        self._firsts = np.zeros(1, np.int64)  # records before each gather
        self._pyramid: PyramidReader | None = None
        self._way = 1  # direction of the last step
        self._band = USUAL_BAND
        self._count = QTimer(self, singleShot=True, interval=COUNT_MS)
        self._count.timeout.connect(self._show_counts)
        state = desk.state
        state.records_changed.connect(self._records_changed)
        desk.changed.connect(self._document_changed)
        panel.chosen.connect(lambda position: self.go_to(Place(position)))
        panel.grouping_chosen.connect(self.group_by)
        header, view = pane.header, pane.view
        header.page_requested.connect(self.go_to_page)
        header.mode_requested.connect(self.set_mode)
        header.component_requested.connect(lambda name: setattr(state.gathers, "component", name))
        header.fit_requested.connect(view.fit)
        view.stepped.connect(self.step)
        view.shown.connect(self._look_ahead)
        view.view_changed.connect(self._look_ahead)
        view.current_changed.connect(self._follow_current)
        view.hovered.connect(self._read_out)
        state.gathers.events.connect(self._display_changed)

    def commands(self) -> dict[str, Callable[..., object]]:
        display = self._desk.state.gathers
        return {
            "gather.gather": lambda: self.set_mode(GATHER),
            "gather.traces": lambda: self.set_mode(TRACES),
            "gather.page_on": lambda: self.page(1),
            "gather.page_back": lambda: self.page(-1),
            "gather.first": lambda: self.go_to_page(0),
            "gather.last": lambda: self.go_to_page(self.pages - 1),
            "gather.louder": lambda: self.amplify(GAIN_STEP),
            "gather.softer": lambda: self.amplify(-GAIN_STEP),
            "gather.bandpass": self.switch_bandpass,
            "gather.by_offset": lambda on: setattr(display, "spacing", "offset" if on else "trace"),
            "gather.component": self.next_component,
            "gather.probabilities": lambda on: setattr(display, "probabilities", on),
        }

    def show_states(self, actions: Actions) -> None:
        """Checked entries as things stand."""
        display = self._desk.state.gathers
        actions.set_checked("gather.gather", self.mode == GATHER)
        actions.set_checked("gather.traces", self.mode == TRACES)
        actions.set_checked("gather.bandpass", display.low_hz > 0 or display.high_hz > 0)
        actions.set_checked("gather.by_offset", display.spacing == "offset")
        actions.set_checked("gather.probabilities", display.probabilities)

    # opening

    def open(self, dataset_id: str | None = None) -> None:
        """Open the records of a gather set of the project off the window's thread, and show them.

        None: the one that was shown last, or the first there is.
        """
        project = self._desk.project
        if project is None:
            return
        known = [dataset.id for dataset in project.datasets() if dataset.kind == "gathers"]
        if dataset_id is None:
            last = (project.state(KEY) or {}).get("dataset")
            dataset_id = last if last in known else next(iter(known), None)
        if dataset_id is None or dataset_id in (self.opening, self._desk.state.records_id):
            return
        self.opening = dataset_id
        name = project.dataset(dataset_id).name
        self._pane.view.say(Message(f"Opening {name} …", "The table of its records is being read."))
        self._desk.background.run(
            lambda: (project.open_records(dataset_id), project.record_pyramid(dataset_id)),
            lambda found: self._came(project, dataset_id, *found),
            lambda error: self._failed(project, dataset_id, name, error),
        )

    def _came(self, project: Project, dataset_id: str, records: RecordSet, pyramid: PyramidReader) -> None:
        if self._desk.project is not project or self.opening != dataset_id:
            return
        self.opening, self._pyramid = None, pyramid
        self._desk.state.show_records(records, dataset_id)
        answers = (("State the rate…", self.ask_rate),) if records.assumed_rate else ()
        for problem in records.problems[:3]:
            self._desk.tell(problem, level="warning", answers=answers if "sampling rate" in problem else ())
        QTimer.singleShot(WARM_MS, self, self._warm_up)

    def ask_rate(self) -> None:
        """Ask for the sampling rate of the gathers in view, whose files do not tell it."""
        state = self._desk.state
        if state.records is None or state.records_id is None:
            return
        now = float(state.records.table.rate[0])
        rate, agreed = QInputDialog.getDouble(
            self._pane, "Sampling rate", "Samples a second (Hz)", now, 0.001, 100_000_000.0, 3
        )
        if agreed:
            self.state_rate(rate)

    def state_rate(self, rate: float) -> None:
        """State the sampling rate (Hz) of the gathers in view, and show them so."""
        project, dataset_id = self._desk.project, self._desk.state.records_id
        if project is None or dataset_id is None:
            return
        if self._desk.attempt(lambda: project.state_rate(rate, dataset_id)):
            self._desk.state.show_records(None, None)
            self.open(dataset_id)

    def _warm_up(self) -> None:
        """Bring in what the bandpass needs: it takes a second, once."""
        self._desk.background.run(lambda: import_module(FILTERS), lambda _: None)

    def _failed(self, project: Project, dataset_id: str, name: str, error: SeisguiError) -> None:
        if self._desk.project is not project or self.opening != dataset_id:
            return
        self.opening = None
        self._desk.state.show_records(None, None)
        self._pane.view.say(Message(f"{name} cannot be shown", f"{error.sentence} {error.hint}".strip(), warning=True))
        self._desk.tell_error(error)

    def _records_changed(self) -> None:
        """Another record set: by its usual grouping, at the place where it was left."""
        records = self._desk.state.records
        self._pane.view.set_source(records, self._pyramid if records is not None else None)
        self.groups, self.by, self.place = (), "", Place()
        if records is None:
            self.opening = None
            self._panel.fill((), (), "")
            self._pane.header.show_place(-1, 0)
            return
        kept = self._kept()
        self._restore_display(kept)
        self.mode = kept.get("mode", usual_mode(records))
        by = kept.get("by")
        self._take_groups(by if by in records.groupings else records.groupings[0])
        self.go_to_page(int(kept.get("page", 0)))
        self._count.start()
        self.opened.emit()

    def _kept(self) -> dict[str, object]:
        project, dataset_id = self._desk.project, self._desk.state.records_id
        found = project.state(KEY) if project is not None else None
        return found if isinstance(found, dict) and found.get("dataset") == dataset_id else {}

    def _restore_display(self, kept: dict[str, object]) -> None:
        display = self._desk.state.gathers
        for field in fields(display):
            value = kept.get("display", {}).get(field.name)
            if type(value) is type(getattr(display, field.name)):
                setattr(display, field.name, value)
        if display.component not in self._desk.state.records.table.components:
            display.component = ""

    def keep(self) -> None:
        """Store place, grouping and display with the project."""
        project, state = self._desk.project, self._desk.state
        if project is None or project.read_only or state.records is None:
            return
        display = {field.name: getattr(state.gathers, field.name) for field in fields(state.gathers)}
        document = {"dataset": state.records_id, "by": self.by, "mode": self.mode, "page": self.page_number}
        self._desk.attempt(lambda: project.set_state(KEY, document | {"display": display}))

    # paging

    @property
    def pages(self) -> int:
        """How many gathers, or records where traces are shown."""
        return len(self.groups) if self.mode == GATHER else int(self._firsts[-1])

    @property
    def page_number(self) -> int:
        """Which of them is in view, from 0."""
        if self.mode == GATHER:
            return self.place.gather
        return int(self._firsts[self.place.gather]) + self.place.record if self.groups else 0

    def group_by(self, by: str) -> None:
        """Put records together by shot, station or event; the record in view stays in view."""
        records = self._desk.state.records
        if records is None or by == self.by:
            return
        current = self._pane.view.current
        self._take_groups(by)
        self.go_to_record(current)

    def _take_groups(self, by: str) -> None:
        records = self._desk.state.records
        self.by = by
        self.groups = in_parts(records.groups(by))
        self._firsts = np.cumsum([0, *(len(group.records) for group in self.groups)])
        self.place = Place()
        self._panel.fill(records.groupings, self.groups, by)
        self._count.start()

    def _place_of(self, page: int) -> Place:
        if self.mode == GATHER:
            return Place(page)
        gather = int(np.searchsorted(self._firsts, page, side="right")) - 1
        return Place(gather, page - int(self._firsts[gather]))

    def go_to_page(self, page: int) -> None:
        """Show a gather, or a record where traces are shown, by its number from 0."""
        if self.pages:
            self.go_to(self._place_of(min(max(page, 0), self.pages - 1)))

    def step(self, steps: int) -> None:
        """The next or previous gather or record."""
        self._way = 1 if steps > 0 else -1
        self.go_to_page(self.page_number + steps)

    def page(self, way: int) -> None:
        """Move on by what is in view; past the end the next gather or record begins."""
        view = self._pane.view
        self._way = way
        before = view.view
        view.scroll(PAGE * way)
        if view.view == before:
            self.step(way)
            view.scroll(-way * math.inf)

    def go_to_record(self, record: int) -> None:
        """Show the gather that holds a record (index of the set), with the keyboard on it."""
        for position, group in enumerate(self.groups):
            found = np.flatnonzero(group.records == record)
            if found.size:
                self.go_to(Place(position, int(found[0])))
                self._pane.view.set_current(record)
                return
        self.go_to_page(0)

    def go_to(self, place: Place) -> None:
        """Show this gather, or this record of it."""
        records = self._desk.state.records
        if records is None or not 0 <= place.gather < len(self.groups):
            return
        self.place = place
        group = self.groups[place.gather]
        indices, title = self._shown_at(place)
        self._pane.view.show_records(records, indices, title, self.mode)
        self._pane.header.show_place(self.page_number, self.pages)
        self._show_mode()
        self._panel.show_place(place.gather)
        if self.mode == GATHER and place.record:
            self._pane.view.set_current(int(group.records[min(place.record, len(group.records) - 1)]))
        self.moved.emit()

    def _shown_at(self, place: Place) -> tuple[np.ndarray, str]:
        group = self.groups[place.gather]
        if self.mode == GATHER:
            return group.records, group.title
        record = group.records[place.record : place.record + 1]
        name = self._desk.state.records.table.id_of(int(record[0]))
        return record, name if group.title in name else f"{group.title} · {name}"

    def _look_ahead(self) -> None:
        """Read what comes next if the motion goes on, and what came before."""
        page = self.page_number
        ahead = [page + self._way, page + 2 * self._way, page - self._way]
        others = [self._shown_at(self._place_of(at))[0] for at in ahead if 0 <= at < self.pages]
        if self.groups:
            self._pane.view.prepare(others)

    def _follow_current(self, record: int) -> None:
        """The keyboard or a click has gone to another trace of the gather in view."""
        if self.mode == GATHER and self.groups:
            found = np.flatnonzero(self.groups[self.place.gather].records == record)
            if found.size:
                self.place = Place(self.place.gather, int(found[0]))

    # display

    def set_mode(self, mode: str) -> None:
        """Records side by side, or the components of the present one over each other."""
        if mode != self.mode and self.groups:
            current = self._pane.view.current
            self.mode = mode
            self.go_to_record(current)
        self._show_mode()

    def _show_mode(self) -> None:
        records = self._desk.state.records
        components = records.table.components if records is not None else ()
        shown = components[self._pane.view.component] if components else ""
        self._pane.header.show_mode(self.mode, components, shown)
        self.moved.emit()

    def _display_changed(self, *_: object) -> None:
        display = self._desk.state.gathers
        if display.low_hz > 0 or display.high_hz > 0:
            self._band = display.low_hz, display.high_hz
        self._show_mode()

    def amplify(self, db: float) -> None:
        display = self._desk.state.gathers
        display.gain_db = min(max(display.gain_db + db, -40.0), 40.0)

    def switch_bandpass(self, on: bool) -> None:
        """The corners used last, or none."""
        display, band = self._desk.state.gathers, self._band
        display.low_hz, display.high_hz = band if on else (0.0, 0.0)
        self._band = band

    def next_component(self) -> None:
        records = self._desk.state.records
        components = records.table.components if records is not None else ()
        if len(components) > 1:
            self._desk.state.gathers.component = components[(self._pane.view.component + 1) % len(components)]

    # following

    def _document_changed(self, change: Change) -> None:
        if change.kind == "picks" and change.dataset_id in (None, "", self._desk.state.records_id):
            self._count.start()

    def _show_counts(self) -> None:
        project, state = self._desk.project, self._desk.state
        if project is None or state.records is None:
            return
        sets = project.pick_sets(state.records_id)
        picks = project.picks(sets[0].id, state.records_id).all() if sets else ()
        by_record = Counter(pick.record for pick in picks)
        counts = {state.records.table.index_of(record): count for record, count in by_record.items()}
        counts.pop(None, None)
        self._panel.show_counts(picks_by_gather(self.groups, counts))

    def _read_out(self, touch: Touch | None) -> None:
        records, view = self._desk.state.records, self._pane.view
        if touch is None or records is None:
            self._bar.show_readout(Readout())
            return
        table = records.table
        origin = float(table.start[touch.record]) if table.has_clock else None
        length = float((table.n_samples[touch.record] - 1) / table.rate[touch.record])
        unit = TimeUnit.of(length, origin, 0.0 if table.has_clock else float(table.delay[touch.record]))
        amplitude = view.amplitude_at(touch)
        offset = float(table.offset[touch.record])
        self._bar.show_readout(
            Readout(
                position=f"{table.id_of(touch.record)}&nbsp; {table.components[touch.component]}",
                coordinates=unit.text(touch.time, float(table.rate[touch.record]))
                + (f"&nbsp; offset {offset:,.0f} m" if np.isfinite(offset) else ""),
                amplitude=f"amp {amplitude_text(amplitude)}" if amplitude is not None else "",
            )
        )


def usual_mode(records: RecordSet) -> str:
    """Three-component records are looked at one by one, shots as gathers."""
    return TRACES if len(records.table.components) > 1 else GATHER


def in_parts(groups: Sequence[Group]) -> list[Group]:
    """Gathers of more records than can be told apart, in parts."""
    found = []
    for group in groups:
        parts = -(-len(group.records) // MOST_RECORDS)
        if parts <= 1:
            found.append(group)
            continue
        for number, records in enumerate(np.array_split(group.records, parts)):
            found.append(Group(f"{group.title}, part {number + 1} of {parts}", records))
    return found
