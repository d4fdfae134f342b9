"""Reads sections off the window's thread: immutable request and result, stale requests dropped."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from seisgui.errors import SeisguiError
from seisgui.gui.slices import OvertakenError, SliceService
from seisgui.gui.views.held import HeldSections
from seisgui.gui.views.planes import Ranks, Steps
from seisgui.gui.views.reading import ReadingThread
from seisgui.gui.views.shading import Scale, Shaded, Shading, shade, shade_codes
from seisgui.seismic.axes import Orientation, SectionRef

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project
    from seisgui.seismic.display_copies import DisplayCopies
    from seisgui.seismic.volume import FloatArray, Volume

log = logging.getLogger(__name__)

COPIES_AHEAD = 8  # sections of display copies that are brought into memory in the direction of motion
SECTIONS_AHEAD = 3  # true sections that are read in the direction of motion where there are no copies


@dataclass(frozen=True, slots=True)
class SectionRequest:
    """Read ``ref`` of ``volume`` and shade it; ``amplitude`` is given where only the shading has changed.

    With ``copies`` the section comes from the display copies: quick, and not the true amplitudes. ``usual`` is the
    scale to be kept where it fits. ``thin``: samples may outnumber pixels, at present by ``steps``; ``expand``:
    amplitudes are wanted from copies too, for wiggles.
    """

    pane: int
    token: int
    volume: Volume
    ref: SectionRef
    shading: Shading
    amplitude: FloatArray | None = None
    copies: DisplayCopies | None = None
    usual: Scale | None = None
    thin: bool = False
    steps: Steps = (1.0, 1.0)
    expand: bool = False


@dataclass(frozen=True, slots=True)
class SectionResult:
    """How a section is drawn, and its true amplitudes (n_lateral, n_vertical), or why there are none.

    ``rough``: drawn from display copies, without true amplitudes.
    """

    pane: int
    token: int
    ref: SectionRef
    amplitude: FloatArray | None = None
    shaded: Shaded | None = None
    ranks: Ranks | None = None
    rough: bool = False
    sentence: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Sought:
    """What a request is after, without what it holds."""

    token: int
    volume: int
    orientation: Orientation
    in_copies: bool

    @classmethod
    def of(cls, request: SectionRequest) -> Sought:
        return cls(request.token, id(request.volume), request.ref.orientation, request.copies is not None)

    def overtakes(self, older: Sought) -> bool:
        """Whether a true section that ``older`` is after will not be shown any more, not even on the way."""
        same_way = (self.volume, self.orientation) == (older.volume, older.orientation)
        return self.token != older.token and (self.in_copies or not same_way)


@dataclass(frozen=True, slots=True)
class AheadRequest:
    """Sections that are likely to be asked for next, the likeliest first."""

    volume: Volume
    refs: tuple[SectionRef, ...]
    copies: DisplayCopies | None = None


@dataclass(frozen=True, slots=True)
class CopiesRequest:
    """Look for the display copies of a project's volume."""

    project: Project
    volume: Volume
    volume_id: str | None
    dataset_id: str | None


@dataclass(frozen=True, slots=True)
class CopiesResult:
    """The display copies of a volume; None where there are none (yet)."""

    volume: Volume
    copies: DisplayCopies | None


class SectionReader(QObject):
    """Reading threads for all panes of a window; of each pane only the newest request counts.

    True sections, display copies and what lies ahead are read by a thread each, so that a long read of a true section
    does not hold up the copies of the next one. Nothing is read ahead while a pane waits. With ``slices``, time
    sections of large files come by way of the data process.
    """

    ready = Signal(object)  # SectionResult, delivered in the receiver's thread
    found = Signal(object)  # CopiesResult

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.held = HeldSections()
        self.slices: SliceService | None = None
        self._newest: dict[int, Sought] = {}  # of each pane what was asked for last
        self._true = ReadingThread("section reader", self._read, self._deliver)
        self._copied = ReadingThread("copy reader", self._read, self._deliver)
        self._ahead = ReadingThread("reading ahead", self._read_ahead, self._deliver)
        self._copies = ReadingThread("display copies", find_copies, self.found.emit)
        self._near: deque[tuple[int, SectionRef]] = deque(maxlen=8 * COPIES_AHEAD)  # copies that were brought near
        self._sent: dict[int, tuple[int, bool]] = {}  # of each pane the newest result on its way
        self.served = 0
        self.from_copies = 0
        self.from_held = 0
        self.dropped = 0  # sections passed by so fast that they were never read

    def submit(self, request: SectionRequest) -> None:
        """Queue a request; an older one of the same pane that has not begun is dropped."""
        self._newest[request.pane] = Sought.of(request)
        if request.copies is not None:
            self._true.drop(request.pane)
        replaced = (self._copied if request.copies is not None else self._true).submit(request.pane, request)
        if replaced is not None and replaced.ref != request.ref:
            self.dropped += 1

    def read_ahead(self, request: AheadRequest) -> None:
        """Bring near what is likely to be asked for next, as far as nobody waits for something else."""
        self._ahead.submit("ahead", request)

    def find_copies(self, request: CopiesRequest) -> None:
        """Look for display copies; ``found`` tells all panes."""
        self._copies.submit(request.volume_id, request)

    def forget(self) -> None:
        """Hold no section: files have been located anew."""
        self.held.forget()

    def close(self) -> None:
        """Forget what waits and join the threads."""
        if self.slices is not None:
            self.slices.stop()
        for thread in (self._ahead, self._copies, self._copied, self._true):
            thread.close()

    def overtaken(self, result: SectionResult) -> bool:
        """Whether a newer result of the same pane is on its way, so that this one need not be shown."""
        return order(result) < self._sent.get(result.pane, order(result))

    def _deliver(self, result: SectionResult) -> None:
        self._sent[result.pane] = max(order(result), self._sent.get(result.pane, order(result)))
        self.served += 1
        self.from_copies += result.rough
        self.ready.emit(result)

    def _read(self, request: SectionRequest) -> SectionResult | None:
        """The result of a request; None where it would not be shown any more and was not to be had at once."""
        if request.amplitude is None and request.copies is None:
            held = self.held.get(request.volume, request.ref)
            self.from_held += held is not None
            try:
                amplitude = held if held is not None else self._quick(request)
            except OvertakenError:
                return None
            result = read(replace(request, amplitude=amplitude))
            if held is None and result.amplitude is not None:
                self.held.put(request.volume, request.ref, result.amplitude)
            return result
        result = read(request)
        if request.copies is not None and self.slices is not None:
            self._prepare(request)
        return result

    def _prepare(self, request: SectionRequest) -> None:
        """The true section will be asked for when the motion pauses."""
        try:
            self.slices.prepare(request.volume, request.ref)
        except (SeisguiError, OSError, ValueError, RuntimeError) as error:
            log.info("nothing prepared for %s: %s", request.ref, error)

    def _quick(self, request: SectionRequest) -> FloatArray | None:
        """True amplitudes by way of the data process; None where they are to be read here."""
        if self.slices is None:
            return None
        sought = Sought.of(request)
        return self.slices.fetch(
            request.volume, request.ref, lambda: self._newest.get(request.pane, sought).overtakes(sought)
        )

    def _hold_ahead(self, volume: Volume, ref: SectionRef) -> None:
        """Read a true section that nobody has asked for yet."""
        if self.held.get(volume, ref) is not None:
            return
        amplitude = None if self.slices is None else self.slices.fetch(volume, ref, lambda: self._gives_way)
        self.held.put(volume, ref, volume.section(ref) if amplitude is None else amplitude)

    @property
    def _gives_way(self) -> bool:
        """Whether a pane waits, or something else is to be read ahead."""
        return self._ahead.waits or not (self._true.idle and self._copied.idle)

    def _bring_near(self, copies: DisplayCopies, ref: SectionRef) -> None:
        """Let the system read a section of the copies, so that it is in its page cache."""
        mark = id(copies), ref
        if mark not in self._near:
            copies.codes(ref)
            self._near.append(mark)

    def _read_ahead(self, request: AheadRequest) -> None:
        for ref in request.refs:
            if self._gives_way:
                return
            try:
                if request.copies is not None:
                    self._bring_near(request.copies, ref)
                else:
                    self._hold_ahead(request.volume, ref)
            except OvertakenError:
                return
            except (SeisguiError, OSError, ValueError, MemoryError) as error:
                log.info("could not read %s ahead: %s", ref, error)  # told when it is asked for
                return


def order(result: SectionResult) -> tuple[int, bool]:
    """Larger where a result is newer, or of the same request and true."""
    return result.token, not result.rough


def find_copies(request: CopiesRequest) -> CopiesResult:
    """The display copies of a volume as the project has them now."""
    try:
        copies = request.project.display_copies(request.volume_id, request.dataset_id)
    except (SeisguiError, OSError) as error:
        log.info("no display copies of %s: %s", request.volume.name, error)
        copies = None
    if copies is not None and copies.axes != request.volume.axes:
        copies = None
    return CopiesResult(request.volume, copies)


def read(request: SectionRequest) -> SectionResult:
    """Serve one request; whatever goes wrong becomes a sentence."""
    try:
        amplitude, shaded = shaded_section(request)
        ranks = prepared(shaded, request.steps)
    except SeisguiError as error:
        return SectionResult(request.pane, request.token, request.ref, sentence=error.sentence, hint=error.hint)
    except (OSError, ValueError, ArithmeticError, MemoryError) as error:
        log.exception("could not read %s", request.ref)
        sentence = f"{request.ref} of {request.volume.name} could not be read: {error}."
        return SectionResult(request.pane, request.token, request.ref, sentence=sentence, hint="Open the file again.")
    rough = amplitude is None
    return SectionResult(request.pane, request.token, request.ref, amplitude, shaded, ranks, rough)


def shaded_section(request: SectionRequest) -> tuple[FloatArray | None, Shaded]:
    """True amplitudes, None where the section came from display copies, and its shades."""
    if request.copies is not None:
        try:
            codes = request.copies.codes(request.ref)
        except SeisguiError as error:
            log.info("%s comes from its source: %s", request.ref, error)
        else:
            table = request.copies.compander.table()
            return None, shade_codes(
                codes, table, request.shading, request.usual, expand=request.expand, thin=request.thin
            )
    amplitude = request.amplitude
    if amplitude is None:
        amplitude = request.volume.section(request.ref)
    return amplitude, shade(amplitude, request.shading, thin=request.thin)


def prepared(shaded: Shaded, steps: Steps) -> Ranks | None:
    """The ranks of a section, thinned as it will be looked at; None where it is not to be thinned."""
    if shaded.ranks is None:
        return None
    ranks = Ranks.of(shaded.ranks, shaded.clip)
    if max(steps) > 1.0:
        ranks.make(steps)
    return ranks
