"""All jobs of the window, each with progress, pause and cancel; opens over the strip in the status bar."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QProgressBar, QToolButton, QVBoxLayout, QWidget

from seisgui.gui.job_list import Job
from seisgui.gui.words import duration

WIDTH = 430


class JobPopup(QFrame):
    """The job list; stays open until the strip is clicked again, or nothing runs any more."""

    cancel_requested = Signal(object)  # Job
    pause_requested = Signal(object)  # Job

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("jobs.list")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.hide()
        self.setFixedWidth(WIDTH)
        self._rows: dict[str, JobRow] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(12, 8, 8, 8)
        self._layout.setSpacing(10)
        self._widget: QWidget | None = None

    def toggle_above(self, widget: QWidget) -> None:
        """Show the list with its lower right corner at the top of ``widget``, or hide it."""
        if self.isVisible() or not self._rows:
            self.hide()
            return
        self._widget = widget
        self.setParent(widget.window())
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        self.adjustSize()
        corner = self._widget.mapTo(self.parentWidget(), QPoint(self._widget.width(), -6))
        self.move(corner.x() - self.width(), corner.y() - self.height())

    def show_jobs(self, jobs: list[Job]) -> None:
        """Show these jobs, in this order."""
        ids = [job.id for job in jobs]
        if ids != list(self._rows):
            self._fill(jobs)
        for job in jobs:
            self._rows[job.id].show_job()
        if not jobs:
            self.hide()
        elif self.isVisible():
            self._place()  # the window may have another size now

    def _fill(self, jobs: list[Job]) -> None:
        for row in self._rows.values():
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = {job.id: JobRow(job, self) for job in jobs}
        for row in self._rows.values():
            self._layout.addWidget(row)
            row.show()

    def row(self, job: Job) -> JobRow:
        return self._rows[job.id]


class JobRow(QWidget):
    """One job: its title, a bar with the figure below, what it says of itself, and two buttons."""

    def __init__(self, job: Job, popup: JobPopup) -> None:
        super().__init__(popup)
        self._job = job
        self.setObjectName("jobs.row")
        self.setToolTip(job.detail)
        self.bar = QProgressBar()
        self.bar.setFixedHeight(8)
        self.bar.setTextVisible(False)
        self.figure = QLabel()
        self.figure.setProperty("role", "faint")
        self.pause, self.cancel = QToolButton(), QToolButton()
        self.pause.setVisible(job.pausable)
        self.cancel.setText("✕")
        self.cancel.setToolTip("Stop, and keep what is done" if job.keeps else "Cancel")
        for button in (self.pause, self.cancel):
            button.setAutoRaise(True)
        self.pause.clicked.connect(lambda: popup.pause_requested.emit(job))
        self.cancel.clicked.connect(lambda: popup.cancel_requested.emit(job))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(3)
        grid.addWidget(QLabel(job.title), 0, 0)
        grid.addWidget(self.pause, 0, 1)
        grid.addWidget(self.cancel, 0, 2)
        grid.addWidget(self.bar, 1, 0, 1, 3)
        grid.addWidget(self.figure, 2, 0, 1, 3)
        grid.setColumnStretch(0, 1)

    def show_job(self) -> None:
        """Show how far it is."""
        job = self._job
        self.bar.setRange(0, 0 if job.share is None and not job.paused else 1000)
        self.bar.setValue(round((job.share or 0.0) * 1000))
        phrase = job.progress.phrase if job.progress is not None else ""
        self.figure.setText(" · ".join(part for part in (describe(job), phrase) if part))
        self.pause.setText("Go on" if job.paused else "Pause")
        for button in (self.pause, self.cancel):
            button.setEnabled(not job.stopping)


def describe(job: Job) -> str:
    """'62 %, 12 s left', 'paused at 62 %', 'stopping…', 'waiting'."""
    if job.stopping:
        return "stopping…"
    if job.paused:
        return "paused" if job.share is None else f"paused at {100 * job.share:.0f} %"
    if job.progress is None or job.share is None:
        return "…"
    eta = f", {duration(job.progress.eta_s)} left" if job.progress.eta_s else ""
    return f"{100 * job.share:.0f} %{eta}"
