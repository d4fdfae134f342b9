"""Status bar: where the cursor is and what is there, what runs, and whether everything is on disk."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QStatusBar, QToolButton, QWidget

from seisgui.gui.job_list import Job, JobList
from seisgui.gui.job_popup import JobPopup, describe
from seisgui.gui.theme import Theme


@dataclass(frozen=True)
class Readout:
    """What is under the cursor; empty texts are not shown."""

    position: str = ""
    coordinates: str = ""
    amplitude: str = ""
    label: str = ""
    label_colour: str = ""
    prediction: str = ""
    prediction_colour: str = ""


class Bar(QStatusBar):
    """Readout on the left, jobs, device and the 'saved' light on the right."""

    cancel_requested = Signal(object)  # Job

    def __init__(self, jobs: JobList, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status")
        self.setSizeGripEnabled(False)
        self.setContentsMargins(6, 0, 10, 0)
        self._jobs, self._theme = jobs, theme
        self._saved: bool | None = None
        self.position = self._field("status.position", "XL 00000  IL 00000  00000 ms")
        self.coordinates = self._field("status.coordinates", "")
        self.amplitude = self._field("status.amplitude", "amp −0.000e+00")
        self.label = self._field("status.label", "")
        self.prediction = self._field("status.prediction", "")
        self.strip = JobStrip()
        self.strip.cancel_requested.connect(self.cancel_requested)
        self.popup = JobPopup(self)
        self.popup.cancel_requested.connect(self.cancel_requested)
        self.popup.pause_requested.connect(lambda job: jobs.pause(job, paused=not job.paused))
        self.strip.list_wanted.connect(self._toggle_popup)
        self.device, self.saved = QLabel(), QLabel()
        self.device.setObjectName("status.device")
        self.device.setProperty("role", "faint")
        self.saved.setObjectName("status.saved")
        for widget in (self.strip, self.device, self.saved):
            self.addPermanentWidget(widget)
        jobs.changed.connect(self._show_jobs)
        jobs.status_changed.connect(lambda _: self._show_device())
        jobs.worker_ended.connect(lambda _: self._show_device())
        theme.changed.connect(lambda _: self.show_saved(self._saved))
        self._show_jobs()
        self._show_device()
        self.show_saved(None)

    def _field(self, name: str, widest: str) -> QLabel:
        label = QLabel()
        label.setObjectName(name)
        label.setTextFormat(Qt.TextFormat.RichText)
        if widest:
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance(widest))
        self.addWidget(label)
        return label

    def show_readout(self, readout: Readout) -> None:
        """Show what is under the cursor."""
        self.position.setText(readout.position)
        self.coordinates.setText(readout.coordinates)
        self.amplitude.setText(readout.amplitude)
        self.label.setText(_dotted("label", readout.label, readout.label_colour))
        self.prediction.setText(_dotted("predicted", readout.prediction, readout.prediction_colour))

    def show_saved(self, saved: bool | None) -> None:
        """The light: True lit, False work is on its way to the disk, None no project."""
        self._saved = saved
        tones = self._theme.tones
        if saved is None:
            self.saved.setText("")
            return
        colour, text = (tones.good, "saved") if saved else (tones.warning, "saving…")
        self.saved.setText(f'<span style="color:{colour}">●</span> {text}')
        self.saved.setToolTip("Every edit is on disk" if saved else "The last edit is on its way to the disk")

    @property
    def is_saved(self) -> bool:
        return self._saved is True

    def _show_jobs(self) -> None:
        self.strip.show_jobs(self._jobs.visible())
        self.popup.show_jobs(self._jobs.visible())

    def _toggle_popup(self) -> None:
        self.popup.toggle_above(self.strip)

    def _show_device(self) -> None:
        self.device.setText(self._jobs.device())
        self.device.setToolTip("Device and memory of the process that trains and predicts")


class JobStrip(QWidget):
    """The oldest visible job with progress and a cross; the number of others beside it."""

    cancel_requested = Signal(object)
    list_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("status.jobs")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._job: Job | None = None
        self.title = QLabel()
        self.bar = QProgressBar()
        self.bar.setFixedSize(110, 12)
        self.bar.setTextVisible(False)
        self.figure = QLabel()
        self.cancel = QToolButton()
        self.cancel.setObjectName("status.jobs.cancel")
        self.cancel.setText("✕")
        self.cancel.setAutoRaise(True)
        self.cancel.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        for widget in (self.title, self.bar, self.figure, self.cancel):
            row.addWidget(widget)
        self.hide()

    def show_jobs(self, jobs: list[Job]) -> None:
        """Show the first of these jobs; hide where there is none."""
        self.setVisible(bool(jobs))
        self._job = jobs[0] if jobs else None
        if self._job is None:
            return
        job = self._job
        more = f" (+{len(jobs) - 1})" if len(jobs) > 1 else ""
        self.title.setText(f"{job.title}{more}")
        tip = [f"{other.title}: {describe(other)}" for other in jobs]
        self.setToolTip("\n".join([*tip, *([job.detail] if job.detail else []), "Click for the list of jobs."]))
        self.bar.setRange(0, 0 if job.share is None else 1000)
        if job.share is not None:
            self.bar.setValue(round(job.share * 1000))
        self.figure.setText(describe(job))
        self.cancel.setEnabled(not job.stopping)
        self.cancel.setToolTip(f"{'Stop, and keep what is done' if job.keeps else 'Cancel'}: {job.title}")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.list_wanted.emit()
        event.accept()

    def _cancel(self) -> None:
        if self._job is not None:
            self.cancel_requested.emit(self._job)


def _dotted(what: str, text: str, colour: str) -> str:
    if not text:
        return ""
    return f'{what} <span style="color:{colour}">■</span> {text}'
