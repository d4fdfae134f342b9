"""What one section view shows, gathered from the workbench: Qt-free."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seisgui.gui.views.frame import SectionFrame
from seisgui.gui.views.mixing import UNLABELLED, colour_table, map_table
from seisgui.gui.views.planes import Overlay, SectionPlanes, Window
from seisgui.gui.views.surfaces import SurfaceLine, depths_on_traces, lines_on
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.colour_maps import colour_map
from seisgui.seismic.volume import BoolArray, FloatArray

if TYPE_CHECKING:
    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.views.decimation import Pyramid
    from seisgui.gui.views.predictions import PredictionStore, StoredPrediction
    from seisgui.gui.views.reader import SectionResult
    from seisgui.interpretation.facies import FaciesClass, Region

log = logging.getLogger(__name__)

FALLBACK_COLOUR = "#808080"


class SectionContent:
    """Planes, amplitudes and lines of the section ``frame``."""

    def __init__(self, state: WorkbenchState, predictions: PredictionStore) -> None:
        self.state = state
        self.predictions = predictions
        self.frame: SectionFrame | None = None
        self.planes: SectionPlanes | None = None
        self.amplitude: FloatArray | None = None
        self.shown: SectionRef | None = None  # which section is on the screen
        self.laid: SectionRef | None = None  # whose labels and prediction are
        self.rough = False  # what is on the screen comes from the display copies
        self.clip = 1.0
        self.centre = 0.0  # the value in the middle of the colour bar
        self.waiting = False  # the section is still being read, and that has taken a while
        self.paper = (255, 255, 255)  # BGR of a place without data
        self.prediction: NDArray[np.uint8] | None = None
        self._drawn_prediction: NDArray[np.uint8] | None = None
        self.prediction_revision = -1
        self.prediction_step = 1
        self._prediction_planes: dict[int, tuple[Pyramid, int]] = {}  # those that have been drawn
        self.displayed: FloatArray | None = None  # after AGC and less the centre, as the shades show them
        self._surfaces: list[SurfaceLine] | None = None

    def set_frame(self, frame: SectionFrame | None) -> None:
        """Another section. The former one stays on the screen where it has the same axes, until this one is taken."""
        before, self.frame = self.frame, frame
        self.amplitude = self.displayed = None
        self.forget_surfaces()
        if frame is None:
            self.planes = self.prediction = self.shown = self.laid = None
            return
        same = before is not None and before.axes == frame.axes and before.ref.orientation == frame.ref.orientation
        if self.planes is None or not same:
            self.planes = SectionPlanes(frame.shape)
            self.shown = None
        self.planes.clear_preview()
        self.load_prediction()
        if self.shown is None:
            self._lay(frame.ref)

    def _lay(self, ref: SectionRef) -> None:
        """Labels and prediction of one section over its amplitudes."""
        self.laid = ref
        self.load_labels()
        self._draw_prediction()
        self.restyle()

    def take(self, result: SectionResult) -> None:
        """A section has been read and shaded: that of the frame, or one that was passed on the way there."""
        if result.ref != self.laid:
            self._lay(result.ref)
        shaded = result.shaded
        self.amplitude = result.amplitude if result.ref == self.frame.ref else None
        self.displayed = shaded.displayed
        self.clip, self.centre = shaded.clip, shaded.scale.centre
        self.shown, self.rough = result.ref, result.rough
        self.planes.take_shade(shaded.shades, result.ranks)

    def restyle(self) -> None:
        """Colours and opacities as the settings say, and everything blended again."""
        if self.planes is None:
            return
        display, planes = self.state.display, self.planes
        seismic, labels = self.state.layer("seismic"), self.state.layer("labels")
        planes.background = self.paper
        planes.shade_colours = map_table(colour_map(display.colour_map), self.paper)
        visible = seismic.visible and display.mode != "wiggle"
        planes.seismic_opacity = seismic.opacity if visible else 0.0
        planes.label_colours = colour_table(class_colours(self.state))
        planes.label_opacity = labels.opacity if labels.visible else 0.0
        planes.overlays = list(self._overlays())
        planes.invalidate()

    # -- labels --------------------------------------------------------------------------------------------------

    def load_labels(self, window: Window | None = None) -> None:
        """Read the labels of the section, or of a part of it, into the label plane."""
        if self.planes is None or self.frame is None:
            return
        labels = self.state.labels
        if labels is None:
            self.planes.clear_labels()
            return
        if window is None:
            window = self.planes.whole()
            classes, _ = labels.section(self.laid)
        else:
            classes, _ = labels.section_window(self.laid, *window)
        hidden = [entry.id for entry in labels.classes if entry.hidden]
        if hidden:
            classes = np.where(np.isin(classes, hidden), -1, classes)
        self.planes.set_labels(window, classes)

    def refresh_labels(self, region: Region | None) -> bool:
        """Read and blend what has changed; whether anything of this section has."""
        if self.planes is None or self.frame is None or self.laid != self.frame.ref:
            return False
        window = self.planes.whole() if region is None else self.frame.window_of(region)
        if window is None:
            return False
        self.load_labels(None if region is None else window)
        return True

    def allowed(self, window: Window) -> BoolArray:
        """(n_lateral, n_vertical) of a window: what painting is restricted to."""
        lateral, vertical = window
        here = self.planes.labels[vertical, lateral].T
        restrict = self.state.brush.restrict
        if restrict == "unlabelled":
            return here == UNLABELLED
        if restrict.startswith("class:"):
            return here == int(restrict.removeprefix("class:"))
        return np.ones(here.shape, dtype=np.bool_)

    # -- predictions ---------------------------------------------------------------------------------------------

    def load_prediction(self) -> None:
        """Take the held prediction of the section."""
        if self.frame is None:
            return
        entry = self._entry(self.frame.ref)
        self.prediction = entry.full(self.frame.shape) if entry is not None else None
        self.prediction_revision = entry.label_revision if entry is not None else -1
        self.prediction_step = entry.step if entry is not None else 1
        self._draw_prediction()

    def _draw_prediction(self) -> None:
        """Draw the held prediction of the section that is on the screen."""
        drawn = self.prediction
        if self.laid != self.frame.ref:
            entry = self._entry(self.laid) if self.laid is not None else None
            drawn = entry.full(self.frame.shape) if entry is not None else None
        if drawn is not self._drawn_prediction:
            self._drawn_prediction, self._prediction_planes = drawn, {}

    def _entry(self, ref: SectionRef) -> StoredPrediction | None:
        state = self.state
        return self.predictions.entry(state.run_id, ref, state.dataset_id) if state.run_id else None

    @property
    def stale(self) -> bool:
        """Whether a visible prediction is older than the labels that its run learnt from."""
        labels = self.state.labels
        if not learnt_here(self.state):
            return False
        return self.prediction_shown and labels is not None and self.prediction_revision < labels.revision

    @property
    def prediction_shown(self) -> bool:
        """Whether there is a prediction and any of its layers is visible."""
        layers = ("prediction", "confidence", "entropy")
        return self.prediction is not None and any(self.state.layer(name).visible for name in layers)

    def _overlays(self) -> list[Overlay]:
        if self._drawn_prediction is None:
            return []
        found = []
        scale = map_table(colour_map("night to day"), self.paper)
        for plane, name in enumerate(("prediction", "confidence", "entropy")):
            layer = self.state.layer(name)
            if layer.visible:
                colours = scale if plane else colour_table(predicted_colours(self.state))
                found.append(Overlay(*self._prediction_plane(plane), colours, layer.opacity))
        return found

    def _prediction_plane(self, plane: int) -> tuple[Pyramid, int]:
        """Classes, confidence or entropy as they are drawn; 255 where nothing is predicted."""
        if plane not in self._prediction_planes:
            values = self._drawn_prediction[plane]
            if plane:
                values = np.minimum(values, np.uint8(UNLABELLED - 1))
                values[self._drawn_prediction[0] == UNLABELLED] = UNLABELLED
            self._prediction_planes[plane] = Overlay.plane_of(values)
        return self._prediction_planes[plane]

    # -- lines ---------------------------------------------------------------------------------------------------

    @property
    def surfaces(self) -> list[SurfaceLine]:
        """Horizons and fault sticks on this section, where their layer is shown."""
        state = self.state
        if self.frame is None or state.project is None or state.dataset_id is None:
            return []
        if not state.layer("horizons").visible:
            return []
        if self._surfaces is None:
            self._surfaces = lines_on(self.frame, state.project, state.dataset_id)
        return self._surfaces

    def forget_surfaces(self) -> None:
        """Horizons or faults have come or gone."""
        self._surfaces = None

    def horizon_depths(self) -> list[NDArray[np.float64]]:
        """Vertical positions (n_lateral,) of the visible horizons, NaN where they are absent."""
        return [depths_on_traces(line, self.frame.shape[0]) for line in self.surfaces if not line.fault]


def learnt_here(state: WorkbenchState) -> bool:
    """Whether the run in view learnt from the label set in view, so that their class ids mean the same."""
    run, labels = state.run, state.labels
    return run is None or not run.label_set_id or labels is None or run.label_set_id == labels.id


def predicted_classes(state: WorkbenchState) -> dict[int, FaciesClass]:
    """Classes by the ids of the run in view: as the label set it learnt from has them, else as the run kept them."""
    kept = {entry.id: entry for entry in state.run.classes} if state.run is not None else {}
    now = state.labels.classes if state.labels is not None and learnt_here(state) else ()
    return kept | {entry.id: entry for entry in now}


def predicted_colours(state: WorkbenchState) -> dict[int, str]:
    """'#rrggbb' by class id of the run in view; hidden classes have none."""
    return {entry.id: entry.colour for entry in predicted_classes(state).values() if not entry.hidden}


def class_colours(state: WorkbenchState) -> dict[int, str]:
    """'#rrggbb' by class id of the active label set."""
    return {entry.id: entry.colour for entry in visible_classes(state)}


def visible_classes(state: WorkbenchState) -> list[FaciesClass]:
    return [entry for entry in state.labels.classes if not entry.hidden] if state.labels is not None else []


def class_colour(state: WorkbenchState, class_id: int) -> str:
    return class_colours(state).get(class_id, FALLBACK_COLOUR)
