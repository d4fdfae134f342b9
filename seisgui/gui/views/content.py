"""What one section view shows, gathered from the workbench: Qt-free."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seisgui.gui.views.class_colours import class_colours, learnt_here
from seisgui.gui.views.frame import SectionFrame
from seisgui.gui.views.mixing import UNLABELLED, colour_table, map_table
from seisgui.gui.views.planes import SectionPlanes, Window
from seisgui.gui.views.review_layers import ReviewLayers
from seisgui.gui.views.run_layers import LAYERS, RunLayers
from seisgui.gui.views.surfaces import SurfaceLine, depths_on_traces, lines_on
from seisgui.seismic.axes import SectionRef
from seisgui.seismic.colour_maps import colour_map
from seisgui.seismic.volume import BoolArray, FloatArray

if TYPE_CHECKING:
    from seisgui.gui.state import WorkbenchState
    from seisgui.gui.views.predictions import PredictionStore, StoredPrediction
    from seisgui.gui.views.reader import SectionResult
    from seisgui.interpretation.facies import Region
    from seisgui.interpretation.runs import RunRecord

log = logging.getLogger(__name__)


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
        self._run_layers, self._other_layers = RunLayers(), RunLayers()  # left and right of the divider
        self.review = ReviewLayers(state, predictions)
        self.prediction_revision = -1
        self.prediction_step = 1
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
        self.review.candidate = None
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
        self._lay_predictions()
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
        entry = self._entry(self.state.run_id, self.frame.ref)
        self.prediction = entry.full(self.frame.shape) if entry is not None else None
        self.prediction_revision = entry.label_revision if entry is not None else -1
        self.prediction_step = entry.step if entry is not None else 1
        self._draw_prediction()

    def _draw_prediction(self) -> None:
        """Draw the held predictions of the section that is on the screen."""
        drawn, ref = self.prediction, self.laid
        if ref != self.frame.ref:
            drawn = self._full(self.state.run_id, ref)
        self._run_layers.draw(drawn)
        self._other_layers.draw(self._full(self.state.review.other_run, ref) if self.state.review.swipe else None)

    def _full(self, run_id: str | None, ref: SectionRef | None) -> NDArray[np.uint8] | None:
        entry = self._entry(run_id, ref) if ref is not None else None
        return entry.full(self.frame.shape) if entry is not None else None

    def _entry(self, run_id: str | None, ref: SectionRef) -> StoredPrediction | None:
        return self.predictions.entry(run_id, ref, self.state.dataset_id) if run_id else None

    @property
    def stale(self) -> bool:
        """Whether a visible prediction is older than the labels that its run learnt from."""
        return self.prediction_shown and self._older(self.state.run, self.prediction_revision)

    @property
    def other_stale(self) -> bool:
        """The same of the prediction on the other side of the divider."""
        run_id = self.state.review.other_run
        entry = self._entry(run_id, self.frame.ref) if self.state.review.swipe else None
        shown = any(self.state.layer(name).visible for name in LAYERS)
        return entry is not None and shown and self._older(self.state.record(run_id), entry.label_revision)

    def _older(self, run: RunRecord | None, revision: int) -> bool:
        labels = self.state.labels
        return learnt_here(self.state, run) and labels is not None and revision < labels.revision

    @property
    def prediction_shown(self) -> bool:
        """Whether there is a prediction and any of its layers is visible."""
        layers = (*LAYERS, "probability", "difference")
        return self.prediction is not None and any(self.state.layer(name).visible for name in layers)

    def show_candidate(self, classes: NDArray[np.uint8] | None) -> None:
        """Draw classes (n_lateral, n_vertical) that are about to be accepted, 255 elsewhere; None: no longer."""
        self.review.candidate = classes
        self.restyle()

    def _lay_predictions(self) -> None:
        """The overlays on either side of the divider."""
        state, ref = self.state, self.laid
        compared = self.review.overlays(ref, self._run_layers.drawn, self.paper) if ref is not None else {}
        self.planes.overlays = [*self._run_layers.overlays(state, state.run, self.paper), *compared.values()]
        compared.pop("probability", None)  # it is this run's own
        other = self._other_layers.overlays(state, state.record(state.review.other_run), self.paper)
        self.planes.other_overlays = [*other, *compared.values()] if state.review.swipe else None

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
