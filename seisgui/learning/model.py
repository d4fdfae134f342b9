"""What every facies model offers, whatever it is made of, and how a run becomes one again."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from seisgui.errors import InputError
from seisgui.seismic.axes import SectionRef, VolumeAxes
from seisgui.seismic.progress import Progress
from seisgui.seismic.volume import FloatArray

if TYPE_CHECKING:
    from seisgui.interpretation.project import Project


@runtime_checkable
class FaciesModel(Protocol):
    """A trained model that tells facies classes of vertical sections.

    ``class_ids`` are the ids of the classes in the order of the probabilities.
    """

    @property
    def network(self) -> str: ...

    @property
    def class_ids(self) -> tuple[int, ...]: ...

    @property
    def uses_position(self) -> bool: ...

    def predict(self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, *, step: int = 1) -> FloatArray:
        """Class probabilities (n_class, ceil(n_lateral / step), ceil(n_sample / step)) float32.

        ``amplitude`` is a whole section (n_lateral, n_sample) as it stands in the file, NaN where nothing is;
        element [:, i, j] of the result tells the pixel [i * step, j * step].
        """
        ...


@runtime_checkable
class SteppedModel(FaciesModel, Protocol):
    """A model that can predict in small steps, so that more urgent work may come between."""

    def predict_steps(
        self, amplitude: FloatArray, ref: SectionRef, axes: VolumeAxes, *, step: int = 1
    ) -> Generator[Progress, None, FloatArray]:
        """As ``predict``, yielding after every tile and returning the probabilities."""
        ...


@dataclass(frozen=True)
class Trained:
    """What one way of learning hands back: a model, how it was made, and how it went."""

    model: FaciesModel
    settings: dict[str, Any]
    progress: dict[str, Any]  # epochs, updates, ... among the metrics
    notes: str = ""
    status: str = "finished"  # finished | stopped


def load_model(project: Project, run_id: str, device: str | None = None) -> FaciesModel:
    """The model of a run, ready to predict.

    Raises ``InputError`` where the run or its weights are not there.
    """
    record = project.run(run_id)
    folder = project.run_folder(run_id)
    if record.network == "forest":
        from seisgui.learning.forest import ForestModel

        return ForestModel.load(folder)
    from seisgui.learning.checkpoint import WEIGHTS, load_checkpoint

    path = folder / WEIGHTS
    if not path.is_file():
        raise InputError(f"The weights of run {run_id} are missing: {path}", "Train again or restore the file.")
    model = load_checkpoint(path, device)
    share = float(record.settings.get("forest", 0.0))
    if not share:
        return model
    from seisgui.learning.forest import ForestModel
    from seisgui.learning.together import Together

    return Together(model, ForestModel.load(folder), share)
