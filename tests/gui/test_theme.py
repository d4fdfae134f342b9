"""Dark and light: legible, switchable, remembered."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor, QIcon
from PySide6.QtWidgets import QApplication, QLabel

from seisgui.gui.icons import icon, swatch
from seisgui.gui.theme import DARK, LIGHT, Theme, Tones, style_sheet


def luminance(colour: str) -> float:
    """Relative luminance as in WCAG 2."""
    parts = [value / 255 for value in QColor(colour).getRgb()[:3]]
    red, green, blue = (v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tones", [LIGHT, DARK], ids=lambda tones: tones.name)
def test_text_can_be_read_on_every_ground(tones: Tones):
    for ground in (tones.window, tones.base, tones.raised, tones.canvas):
        assert contrast(tones.text, ground) >= 7
        for colour in (tones.faint, tones.good, tones.warning, tones.bad):
            assert contrast(colour, ground) >= 4.5, (colour, ground)
    assert contrast(tones.on_accent, tones.accent) >= 4.5


@pytest.mark.parametrize("tones", [LIGHT, DARK], ids=lambda tones: tones.name)
def test_qt_understands_the_style_sheet(qtbot, tones: Tones):
    """A sheet that cannot be parsed is a Qt warning, which fails the test."""
    label = QLabel("text")
    qtbot.addWidget(label)
    label.setStyleSheet(style_sheet(tones))
    label.show()
    label.grab()


def test_the_theme_colours_the_application(qtbot):
    theme = Theme("light")
    theme.choice = "dark"
    assert QApplication.palette().window().color() == QColor(DARK.window)
    with qtbot.waitSignal(theme.changed) as told:
        theme.choice = "light"
    assert told.args == [LIGHT]
    assert QApplication.palette().window().color() == QColor(LIGHT.window)


def test_an_unknown_choice_follows_the_system(qtbot):
    assert Theme("pink").choice == "system"


def test_icons_take_the_colour_of_the_theme(qtbot):
    def ink(tones: Tones) -> set[int]:
        image = icon("brush", tones).pixmap(32, 32).toImage()
        pixels = [image.pixelColor(x, y) for x in range(32) for y in range(32)]
        return {pixel.rgb() for pixel in pixels if pixel.alpha() == 255}

    assert QColor(DARK.text).rgb() in ink(DARK)
    assert QColor(LIGHT.text).rgb() in ink(LIGHT)


def test_a_class_colour_is_not_tinted_where_its_row_is_selected(qtbot):
    square = swatch("#12ab34")
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        assert square.pixmap(14, 14, mode).toImage().pixelColor(7, 7) == QColor("#12ab34")
