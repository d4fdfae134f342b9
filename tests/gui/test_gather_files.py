"""Files of shots and waveforms brought into the window: a rate that nobody stated, a folder, files left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QPushButton

from seisgui.gui.main_window import MainWindow


def test_a_rate_that_no_file_tells_is_asked_for(
    qtbot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "obs.npz"
    np.savez(file, data=np.random.default_rng(0).normal(size=(2, 12, 300)))
    window.open_paths([file])
    qtbot.waitUntil(lambda: window.state.records is not None, timeout=10_000)
    assert window.state.records.table.rate[0] == 1000.0
    buttons = [button for button in window.messages.findChildren(QPushButton) if button.text() == "State the rate…"]
    assert len(buttons) == 1
    monkeypatch.setattr(QInputDialog, "getDouble", lambda *_: (250.0, True))
    QTest.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: window.state.records is not None and window.state.records.table.rate[0] == 250.0, timeout=10_000
    )
    assert not window.state.records.assumed_rate


def test_a_folder_is_one_set_and_what_is_left_out_is_told(qtbot, window: MainWindow, tmp_path: Path):
    folder = tmp_path / "shots"
    folder.mkdir()
    for number in (1, 2):
        np.savez(folder / f"{number}.npz", panel=np.random.default_rng(number).normal(size=(200, 8)), sample_ms=4.0)
    (folder / "notes.txt").write_text("rain from ten o'clock on\n")
    window.open_paths([folder])
    qtbot.waitUntil(lambda: window.state.records is not None, timeout=10_000)
    assert [dataset.name for dataset in window.state.project.datasets()] == ["shots"]
    assert len(window.state.records.table) == 16
    assert any("notes.txt" in message.sentence for message in window.messages.history)
