"""The thin row above a section: what it is, its number in a box and on a slider."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolButton, QWidget

from seisgui.gui.views.frame import SectionFrame, across_axis, first_of, step_of, tidy, value_at
from seisgui.seismic.axes import Domain, Orientation, SampleAxis, SectionRef, VolumeAxes

MAP = "map"
NARROW = 430  # pixels below which the range of numbers gives way to the slider


class NumberBox(QDoubleSpinBox):
    """A line number or a time; typed numbers go to the nearest line that exists."""

    def textFromValue(self, value: float) -> str:
        return f"{value:.10g}"

    def stepBy(self, steps: int) -> None:
        super().stepBy(steps)
        self.editingFinished.emit()


class PaneHeader(QWidget):
    """Orientation, number box, slider, and a button that shows the whole section."""

    ref_requested = Signal(object)  # SectionRef
    kind_requested = Signal(str)  # an orientation or 'map'
    fit_requested = Signal()
    equal_toggled = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axes: VolumeAxes | None = None
        self._orientation: Orientation | None = None
        self._marked = False
        self.kinds = QComboBox(objectName="view.kind")
        self.kinds.setToolTip("What this pane shows")
        self.kinds.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.number = NumberBox(objectName="view.number")
        self.number.setKeyboardTracking(False)
        self.number.setToolTip("Line number or time; Enter goes there")
        self.number.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.slider = QSlider(Qt.Orientation.Horizontal, objectName="view.slider")
        self.slider.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.slider.setMinimumWidth(40)
        self.last = QLabel()
        self.last.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.fit_button = QToolButton(text="Fit", objectName="view.fit_button")
        self.fit_button.setToolTip("Show the whole section (F)")
        self.fit_button.setAutoRaise(True)
        self.fit_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.equal_button = QToolButton(text="1:1", objectName="view.equal_button", checkable=True)
        self.equal_button.setToolTip(
            "Hold the aspect: true to scale in metres, else one trace as wide as a sample is high"
        )
        self.equal_button.setAutoRaise(True)
        self.equal_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 1, 4, 1)
        row.setSpacing(6)
        for widget in (self.kinds, self.number, self.slider, self.last, self.equal_button, self.fit_button):
            row.addWidget(widget, 100 if widget is self.slider else 0)
        row.insertStretch(4, 1)
        self.number.editingFinished.connect(self._number_entered)
        self.slider.valueChanged.connect(self._slid)
        self.kinds.activated.connect(lambda: self.kind_requested.emit(self.kinds.currentData()))
        self.fit_button.clicked.connect(self.fit_requested)
        self.equal_button.clicked.connect(self.equal_toggled)
        self.show_frame(None)

    @property
    def marked(self) -> bool:
        """Whether this is the header of the pane that commands go to."""
        return self._marked

    @marked.setter
    def marked(self, marked: bool) -> None:
        self._marked = marked
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._marked:
            line = self.rect()
            line.setTop(line.bottom() - 1)
            QPainter(self).fillRect(line, self.palette().highlight())

    def show_frame(self, frame: SectionFrame | None) -> None:
        """Show where the section lies in its survey."""
        self.setEnabled(frame is not None)
        if frame is None:
            self.last.clear()
            return
        if (frame.axes, frame.ref.orientation) != (self._axes, self._orientation):
            self._show_axis(frame)
        with QSignalBlocker(self.number), QSignalBlocker(self.slider):
            self.number.setValue(frame.ref.number)
            self.slider.setValue(frame.axes.section_index(frame.ref))

    def _show_axis(self, frame: SectionFrame) -> None:
        if frame.axes != self._axes:
            self._list_kinds(frame.axes)
        self._axes, self._orientation = frame.axes, frame.ref.orientation
        axis = across_axis(frame.axes, frame.ref.orientation)
        with QSignalBlocker(self.kinds), QSignalBlocker(self.number), QSignalBlocker(self.slider):
            self.kinds.setCurrentIndex(self.kinds.findData(frame.ref.orientation.value))
            self.number.setDecimals(
                0 if float(step_of(axis)).is_integer() and float(first_of(axis)).is_integer() else 3
            )
            self.number.setRange(first_of(axis), axis.last)
            self.number.setSingleStep(step_of(axis))
            self.number.setSuffix(f" {axis.unit}" if isinstance(axis, SampleAxis) else "")
            self.slider.setRange(0, axis.count - 1)
            self.slider.setPageStep(10)
        self.last.setText(f"of {first_of(axis):.10g}–{axis.last:.10g}" if axis.count > 1 else "the only line")
        self.number.setEnabled(axis.count > 1)
        self.slider.setVisible(axis.count > 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.last.setVisible(self.width() >= NARROW)

    def show_map(self, axes: VolumeAxes | None) -> None:
        """The pane shows the map; only its kind can be changed here."""
        if axes is not None and axes != self._axes:
            self._axes, self._orientation = axes, None
            self._list_kinds(axes)
        self.setEnabled(axes is not None)
        with QSignalBlocker(self.kinds):
            self.kinds.setCurrentIndex(self.kinds.findData(MAP))
        for widget in (self.number, self.slider, self.equal_button, self.fit_button):
            widget.hide()
        self.last.setText("Click to go there")

    def _list_kinds(self, axes: VolumeAxes) -> None:
        slices = "Depth slice" if axes.sample.domain is Domain.DEPTH else "Time slice"
        names = {Orientation.INLINE: "Inline", Orientation.CROSSLINE: "Crossline", Orientation.TIME: slices}
        with QSignalBlocker(self.kinds):
            self.kinds.clear()
            for orientation in axes.orientations:
                self.kinds.addItem(names[orientation], orientation.value)
            self.kinds.addItem("Map", MAP)

    def _number_entered(self) -> None:
        axis = across_axis(self._axes, self._orientation)
        index = axis.index(self.number.value())
        self._request(index)

    def _slid(self, index: int) -> None:
        self._request(index)

    def _request(self, index: int) -> None:
        axis = across_axis(self._axes, self._orientation)
        self.ref_requested.emit(SectionRef(self._orientation, tidy(value_at(axis, index + 0.5))))
