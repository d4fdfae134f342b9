"""What the window shows before anything is open: what to do next."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from seisgui.gui.icons import plain_icon

KEYS = (
    ("Ctrl+O", "open a SEG-Y or a project"),
    ("Ctrl+K", "find any command"),
    ("Wheel, PgUp, PgDn", "step through the lines"),
    ("B, then drag", "paint the class chosen with 1–9"),
)
GATHER_KEYS = (
    ("Ctrl+O", "open shots, waveforms or a project"),
    ("Wheel, PgUp, PgDn", "step through gathers or records"),
    ("P or S, then click", "set a pick of that phase"),
    ("Ctrl+1", "back to sections and facies"),
)


class EmptyState(QWidget):
    """Two buttons, recent projects and the four keys that matter; files can be dropped anywhere on the window."""

    command = Signal(str)
    project_chosen = Signal(object)  # Path

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("empty")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout()
        column.setSpacing(10)
        picture = QLabel()
        picture.setPixmap(plain_icon("seisgui").pixmap(64, 64))
        self.title, self.text = QLabel(), QLabel()
        self.title.setProperty("role", "title")
        for label in (self.title, self.text):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addLayout(self._buttons())
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        column.addLayout(self._recent)
        column.addSpacing(8)
        column.addLayout(self._keys())
        frame = QWidget()
        frame.setLayout(column)
        frame.setMaximumWidth(560)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(frame, 4)
        row.addStretch(1)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addLayout(row)
        outer.addStretch(3)
        self.show_state(None, [])

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        self.open, self.sample = QPushButton("Open a SEG-Y…"), QPushButton("Try the sample survey")
        self.open.setObjectName("empty.open")
        self.sample.setObjectName("empty.sample")
        self.open.setProperty("role", "primary")
        self.open.clicked.connect(lambda: self.command.emit(self._open_command))
        self.sample.clicked.connect(lambda: self.command.emit("file.sample"))
        row.addWidget(self.open)
        row.addWidget(self.sample)
        row.addStretch(1)
        return row

    def _keys(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self._key_labels = []
        for place in range(len(KEYS)):
            key, what = QLabel(), QLabel()
            key.setProperty("role", "heading")
            what.setProperty("role", "faint")
            grid.addWidget(key, place, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(what, place, 1)
            self._key_labels.append((key, what))
        return grid

    def show_state(
        self, project_name: str | None, recent: list[Path], *, gathers: bool = False, elsewhere: bool = False
    ) -> None:
        """Say what to do next, with and without an (empty) project, for sections or for ``gathers``.

        ``elsewhere``: the project has data of the other kind, in the other workspace.
        """
        add = "file.add_gathers" if gathers else "file.add_volume"
        self._open_command = "file.open" if project_name is None else add
        kind = "shots or waveforms" if gathers else "a SEG-Y"
        formats = "SEG-Y, Seismic Unix, SEG-2, miniSEED, SAC, SeisBench or npz" if gathers else ""
        if project_name is None:
            self.title.setText("No gathers open yet" if gathers else "Nothing open yet")
            self.text.setText(
                f"Open {kind} ({formats}), or drop the files on this window."
                if gathers
                else "Open a SEG-Y, or try the sample survey. You can also drop a file on this window."
            )
            self.open.setText(f"Open {kind}…")
        else:
            self.title.setText(f"{project_name} has no gathers" if gathers else f"{project_name} shows no data")
            self.text.setText(
                f"Add {kind} to it ({formats}) to pick arrivals on them."
                if gathers
                else "Add a SEG-Y to it, or locate the files that have moved."
            )
            if elsewhere:
                other = "survey is in the Facies workspace (Ctrl+1)" if gathers else "gathers are in Picking (Ctrl+3)"
                self.text.setText(f"Its {other}. {self.text.text()}")
            self.open.setText(f"Add {kind}…")
        self.sample.setVisible(not gathers)
        for (key, what), (keys, text) in zip(self._key_labels, GATHER_KEYS if gathers else KEYS, strict=True):
            key.setText(keys)
            what.setText(text)
        while (item := self._recent.takeAt(0)) is not None:
            item.widget().hide()
            item.widget().deleteLater()
        for path in recent[:4] if project_name is None else []:
            button = QPushButton(f"{path.stem}  —  {path.parent}")
            button.setFlat(True)
            button.setToolTip(str(path))
            button.clicked.connect(lambda _=False, path=path: self.project_chosen.emit(path))
            self._recent.addWidget(button)
