"""What lies under the mouse: for the status bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seisgui.gui.views.class_colours import predicted_classes
from seisgui.gui.views.content import SectionContent
from seisgui.seismic.axes import Domain

SOURCES = {1: "painted", 2: "accepted", 3: "automatic", 4: "imported"}
PAINTED_IN = {0: "inline", 1: "crossline", 2: "slice"}


@dataclass(frozen=True, slots=True)
class Readout:
    """A place of the survey and everything known about it; None where it is not.

    ``read``: whether the true amplitudes are at hand; those of display copies are never told.
    """

    inline: int
    crossline: int
    sample: float
    unit: str
    depth: bool
    x: float | None = None
    y: float | None = None
    amplitude: float | None = None
    class_name: str | None = None
    provenance: str | None = None
    predicted_name: str | None = None
    probability: float | None = None
    read: bool = True

    @property
    def amplitude_text(self) -> str:
        """Such as 'amp −1234', 'no trace', or nothing while the section is being read."""
        if self.amplitude is None:
            return "no trace" if self.read else ""
        return f"amp {signed(self.amplitude)}"

    def text(self) -> str:
        """One line, such as 'IL 339  XL 540  1084 ms  amp −1234  salt (painted)  predicted salt .87'."""
        parts = [f"IL {self.inline}", f"XL {self.crossline}", f"{self.sample:.10g} {self.unit}"]
        if self.x is not None:
            parts.append(f"X {self.x:.0f}  Y {self.y:.0f}")
        if self.amplitude_text:
            parts.append(self.amplitude_text)
        if self.class_name:
            parts.append(f"{self.class_name} ({self.provenance})" if self.provenance else self.class_name)
        if self.predicted_name:
            parts.append(f"predicted {self.predicted_name} {self.probability:.2f}")
        return "  ".join(parts)


def signed(value: float) -> str:
    return f"{value:.4g}".replace("-", "−")


def read_out(
    content: SectionContent,
    lateral: float,
    vertical: float,
    positions: tuple[np.ndarray, np.ndarray] | None = None,
) -> Readout | None:
    """What is known at a position; None off the section."""
    frame = content.frame
    if frame is None or not frame.contains(lateral, vertical):
        return None
    i, j, k = frame.indices(lateral, vertical)
    axes, sample = frame.axes, frame.axes.sample
    u, v = int(lateral), int(vertical)
    amplitude = float(content.amplitude[u, v]) if content.amplitude is not None else np.nan
    class_name, provenance = label_at(content, u, v)
    predicted, probability = prediction_at(content, u, v)
    x, y = (float(part[i, j]) for part in positions) if positions is not None else (np.nan, np.nan)
    located = np.isfinite(x) and np.isfinite(y)
    return Readout(
        inline=axes.inline.first + i * axes.inline.step,
        crossline=axes.crossline.first + j * axes.crossline.step,
        sample=sample.start + k * sample.interval,
        unit=sample.unit,
        depth=sample.domain is Domain.DEPTH,
        x=x if located else None,
        y=y if located else None,
        amplitude=amplitude if np.isfinite(amplitude) else None,
        class_name=class_name,
        provenance=provenance,
        predicted_name=predicted,
        probability=probability,
        read=content.amplitude is not None,
    )


def class_name_of(content: SectionContent, class_id: int) -> str:
    labels = content.state.labels
    names = {entry.id: entry.name for entry in labels.classes} if labels is not None else {}
    return names.get(class_id, f"class {class_id}")


def label_at(content: SectionContent, lateral: int, vertical: int) -> tuple[str | None, str | None]:
    """Name of the class and who set it."""
    labels = content.state.labels
    if labels is None:
        return None, None
    window = slice(lateral, lateral + 1), slice(vertical, vertical + 1)
    classes, provenance = labels.section_window(content.frame.ref, *window)
    if classes[0, 0] < 0:
        return None, None
    code = int(provenance[0, 0])
    source, plane = SOURCES.get(code & 7, ""), PAINTED_IN.get(code >> 4 & 3, "")
    here = content.frame.ref.orientation.value.replace("time", "slice")
    if source == "painted" and plane != here:
        source = f"painted on {plane}"
    return class_name_of(content, int(classes[0, 0])), source or None


def prediction_at(content: SectionContent, lateral: int, vertical: int) -> tuple[str | None, float | None]:
    """Name of the predicted class and its probability."""
    if content.prediction is None:
        return None, None
    class_id, confidence = (int(value) for value in content.prediction[:2, lateral, vertical])
    if class_id == 255:
        return None, None
    entry = predicted_classes(content.state).get(class_id)
    return entry.name if entry is not None else f"class {class_id}", confidence / 255
