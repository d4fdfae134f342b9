"""A network and a forest that learnt from the same labels: their probabilities averaged, then smoothed."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace

import numpy as np

from seisgui.learning.dense import NetworkModel
from seisgui.learning.evaluation import predict_steps
from seisgui.learning.forest import ForestModel
from seisgui.seismic.amplitude import AmplitudeScale
from seisgui.seismic.axes import SectionRef, VolumeAxes
from seisgui.seismic.progress import Progress, finish
from seisgui.seismic.volume import FloatArray


@dataclass(frozen=True)
class Together:
    """See ``seisgui.learning.model.SteppedModel``; what is smoothed and how is told by ``net``.

    ``share`` of the probabilities comes from the forest, which says nothing about classes that only the network knows.
    """

    net: NetworkModel
    forest: ForestModel
    share: float

    @property
    def network(self) -> str:
        return self.net.network

    @property
    def class_ids(self) -> tuple[int, ...]:
        return self.net.class_ids

    @property
    def uses_position(self) -> bool:
        return self.net.uses_position or self.forest.uses_position

    @property
    def scale(self) -> AmplitudeScale:
        return self.net.scale

    @property
    def sees_sections(self) -> bool:
        """See ``NetworkModel.sees_sections``."""
        return self.net.sees_sections

    def unsmoothed(self) -> Together | None:
        """Both without smoothing; None where there is none."""
        bare = self.net.unsmoothed()
        return None if bare is None else replace(self, net=bare)

    def with_scale(self, scale: AmplitudeScale) -> Together:
        """The same for amplitudes of another dataset."""
        return replace(self, net=self.net.with_scale(scale), forest=self.forest.with_scale(scale))

    def predict(self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, *, step: int = 1) -> FloatArray:
        """Class probabilities, see ``FaciesModel.predict``."""
        return np.asarray(finish(self.predict_steps(amplitude, ref, axes, step=step)))

    def predict_steps(
        self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, *, step: int = 1
    ) -> Generator[Progress, None, FloatArray]:
        """As ``predict``, yielding after every short piece of work."""
        bare = self.net.unsmoothed() or self.net
        found = yield from bare.predict_steps(amplitude, ref, axes, step=step)
        grown = yield from predict_steps(self.forest.unsmoothed() or self.forest, amplitude, ref, axes, step)
        total = (1.0 - self.share) * found
        for class_id, plane in zip(self.forest.class_ids, grown, strict=True):
            total[self.class_ids.index(class_id)] += self.share * plane
        return (yield from self.net.smoothed_steps(total, amplitude, step))
