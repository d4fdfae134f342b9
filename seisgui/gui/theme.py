"""Dark and light: colours of the window, following the system unless the user says otherwise."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

logger = logging.getLogger(__name__)

CHOICES = ("system", "light", "dark")
_ROLES = ("good", "warning", "bad")


@dataclass(frozen=True, slots=True)
class Tones:
    """The colours of one theme, as '#rrggbb'."""

    name: str
    window: str
    base: str
    raised: str
    border: str
    text: str
    faint: str
    accent: str
    on_accent: str
    good: str
    warning: str
    bad: str
    canvas: str


LIGHT = Tones(
    name="light",
    window="#f3f4f5",
    base="#ffffff",
    raised="#e8eaec",
    border="#c9ced3",
    text="#1d2328",
    faint="#535d66",
    accent="#0b6e99",
    on_accent="#ffffff",
    good="#16673a",
    warning="#7f5200",
    bad="#a8231c",
    canvas="#dfe3e6",
)
DARK = Tones(
    name="dark",
    window="#2b3137",
    base="#1a1e22",
    raised="#384047",
    border="#4a545c",
    text="#e4e8eb",
    faint="#a9b3bb",
    accent="#4db3df",
    on_accent="#0c1a21",
    good="#5fc98a",
    warning="#e5b04e",
    bad="#f58f86",
    canvas="#14181b",
)


class Theme(QObject):
    """The theme of the application; ``changed`` tells views and icons to redraw."""

    changed = Signal(object)  # Tones

    def __init__(self, choice: str = "system", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._choice = choice if choice in CHOICES else "system"
        self.tones = self._resolve()
        hints = QApplication.styleHints()
        hints.colorSchemeChanged.connect(self._system_changed)

    @property
    def choice(self) -> str:
        return self._choice

    @choice.setter
    def choice(self, choice: str) -> None:
        self._choice = choice
        self.apply()

    def _system_changed(self) -> None:
        if self._choice == "system":
            self.apply()

    def _resolve(self) -> Tones:
        if self._choice == "system":
            dark = QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
            return DARK if dark else LIGHT
        return DARK if self._choice == "dark" else LIGHT

    def apply(self) -> None:
        """Colour the whole application."""
        self.tones = self._resolve()
        app = QApplication.instance()
        app.setPalette(palette(self.tones))
        app.setStyleSheet(style_sheet(self.tones))
        self.changed.emit(self.tones)


def palette(tones: Tones) -> QPalette:
    """The Qt palette of a theme, with greyed roles for what cannot be used."""
    colours = QPalette()
    role = QPalette.ColorRole
    for target, colour in (
        (role.Window, tones.window),
        (role.WindowText, tones.text),
        (role.Base, tones.base),
        (role.AlternateBase, tones.window),
        (role.Text, tones.text),
        (role.PlaceholderText, tones.faint),
        (role.Button, tones.raised),
        (role.ButtonText, tones.text),
        (role.BrightText, tones.bad),
        (role.Highlight, tones.accent),
        (role.HighlightedText, tones.on_accent),
        (role.Accent, tones.accent),
        (role.ToolTipBase, tones.raised),
        (role.ToolTipText, tones.text),
        (role.Link, tones.accent),
        (role.LinkVisited, tones.accent),
        (role.Mid, tones.border),
        (role.Dark, tones.border),
        (role.Shadow, tones.border),
        (role.Light, tones.raised),
        (role.Midlight, tones.raised),
    ):
        colours.setColor(target, QColor(colour))
    for target in (role.WindowText, role.Text, role.ButtonText, role.HighlightedText):
        colours.setColor(QPalette.ColorGroup.Disabled, target, mix(tones.faint, tones.window, 0.35))
    return colours


def mix(first: str, second: str, share: float) -> QColor:
    """A colour between two, ``share`` of the second."""
    a, b = QColor(first), QColor(second)
    return QColor(*(round((1 - share) * x + share * y) for x, y in zip(a.getRgb()[:3], b.getRgb()[:3], strict=True)))


def style_sheet(tones: Tones) -> str:
    """What the palette cannot say: quiet dock titles, tool buttons, the message bar."""
    line = f"1px solid {tones.border}"
    hover = mix(tones.raised, tones.accent, 0.18).name()
    checked = mix(tones.raised, tones.accent, 0.38).name()
    pale = mix(tones.faint, tones.window, 0.35).name()
    bars = "\n".join(
        f'QFrame[message="{level}"] {{ background: {mix(tones.window, colour, 0.17).name()};'
        f" border: 0; border-bottom: 2px solid {colour}; }}"
        for level, colour in (("information", tones.accent), ("warning", tones.warning), ("error", tones.bad))
    )
    roles = "\n".join(f'QLabel[role="{role}"] {{ color: {getattr(tones, role)}; }}' for role in ("faint", *_ROLES))
    return f"""
QToolTip {{ color: {tones.text}; background: {tones.raised}; border: {line}; padding: 3px; }}
QMainWindow::separator {{ background: {tones.border}; width: 3px; height: 3px; }}
QMainWindow::separator:hover {{ background: {tones.accent}; }}
QDockWidget {{ font-weight: 600; }}
QDockWidget::title {{ background: {tones.raised}; padding: 4px 6px; border-bottom: {line}; }}
QToolBar {{ background: {tones.window}; border: 0; border-bottom: {line}; spacing: 2px; padding: 2px 4px; }}
QToolBar::separator {{ background: {tones.border}; width: 1px; margin: 5px 4px; }}
QToolButton {{ border: 1px solid transparent; border-radius: 4px; padding: 2px 3px; }}
QToolButton:hover {{ background: {hover}; }}
QToolButton:checked, QToolButton:pressed {{ background: {checked}; border-color: {tones.accent}; }}
QToolButton:disabled {{ color: {pale}; }}
QToolButton[role="eye"]:checked {{ background: transparent; border-color: transparent; }}
QStatusBar {{ border-top: {line}; }}
QStatusBar::item {{ border: 0; }}
QHeaderView::section {{ background: {tones.raised}; color: {tones.text}; border: 0; padding: 3px 5px;
  border-right: {line}; border-bottom: {line}; }}
QTreeView, QTableView, QListView, QPlainTextEdit {{ border: {line}; }}
QTreeView::item, QListView::item {{ padding: 2px 0; }}
QGroupBox {{ border: {line}; border-radius: 4px; margin-top: 8px; padding-top: 6px; }}
QGroupBox::title {{ subcontrol-origin: margin; left: 8px; padding: 0 3px; }}
{roles}
QLabel[role="title"] {{ font-size: 15pt; font-weight: 600; }}
QLabel[role="heading"] {{ font-weight: 600; }}
QPushButton[role="primary"] {{ background: {tones.accent}; color: {tones.on_accent}; border: 1px solid {tones.accent};
  border-radius: 4px; padding: 5px 14px; font-weight: 600; }}
QPushButton[role="primary"]:disabled {{ background: {tones.raised}; color: {tones.faint}; border: {line}; }}
QPushButton[role="primary"]:hover:enabled {{ background: {mix(tones.accent, tones.text, 0.15).name()}; }}
QFrame#palette, JobPopup {{ background: {tones.window}; border: 1px solid {tones.accent}; border-radius: 6px; }}
QWidget#empty {{ background: {tones.canvas}; }}
{bars}
"""


def ensure_font(app: QApplication) -> None:
    """Pick a real sans-serif font where the platform offers none by itself (e.g. without a display)."""
    families = set(QFontDatabase.families())
    if app.font().family() in families and app.font().exactMatch():
        return
    for family in ("Noto Sans", "Inter", "DejaVu Sans", "Liberation Sans", "Segoe UI", "Arial"):
        if family in families:
            font = QFont(family, 9)
            app.setFont(font)
            return
    if not families:
        logger.warning("No fonts are installed; text will be boxes. Install the package fonts-dejavu-core.")
