"""Make the pictures of the guide: the real window on the sample survey, painted, trained and predicted.

    .venv/bin/python -m docs.pictures [--out docs/images]

Everything is done by the program itself, without a display; a run takes a minute or two.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from seisgui.cli.demo import Places, between, paint, work_with
from seisgui.cli.output import Output
from seisgui.cli.picture import drawn_window, has_prediction, save
from seisgui.cli.qt import require_qt
from seisgui.interpretation.project import Project
from seisgui.seismic.axes import Orientation, SectionRef
from seisgui.seismic.synthetic import SampleSurvey, make_sample_survey

if TYPE_CHECKING:
    from seisgui.gui.main_window import MainWindow

SIZE = (1366, 768)
EPOCHS = 4
MAP_SECONDS = 6.0  # the map of the open dialog comes from the data process
Wait = Callable[[Callable[[], bool]], None]


def main() -> None:
    """Make the pictures in a folder."""
    parser = argparse.ArgumentParser(description="Make the pictures of the guide.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "images")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    require_qt(display=False)
    with tempfile.TemporaryDirectory() as folder:
        places = Places(Path(folder), out / "window.png")
        survey = make_sample_survey(places.survey)
        run_id, refs = work(places, survey)
        draw(places, survey, run_id, refs, out)


def work(places: Places, survey: SampleSurvey) -> tuple[str, list[SectionRef]]:
    """A project with strokes on two inlines and one forest run that predicted all of it."""
    project = Project.create(places.project)
    try:
        dataset = project.add_volume(places.survey)
        refs, _ = paint(project, dataset.id, survey)
        row = work_with(project, survey, "forest", "cpu", places, Output())
    finally:
        project.close()
    return row["run"], refs


def draw(places: Places, survey: SampleSurvey, run_id: str, refs: list[SectionRef], out: Path) -> None:
    """The window in its main states, and the dialogs of the guide."""
    crossline = SectionRef(Orientation.CROSSLINE, int(survey.axes.crossline.numbers[140]))
    with drawn_window(SIZE, "dark", patience=600.0) as (window, wait):
        window.project_flow.open(places.project)
        show(window, wait, run_id, [refs[0]])
        save(window, out / "window.png")
        accept(window, wait, run_id, between(survey, refs), out)
        window.theme.choice = "light"
        show(window, wait, run_id, [between(survey, refs), crossline])
        save(window, out / "panes.png")
        window.theme.choice = "dark"
        dialogs(window, wait, out)
        train(window, wait)
        save(window.training, out / "training.png")


def show(window: MainWindow, wait: Wait, run_id: str, refs: list[SectionRef]) -> None:
    """Sections side by side with a run's prediction over them."""
    window.state.run_id = run_id
    window.panes.set_layout(1 if len(refs) == 1 else 2)
    for view, ref in zip(window.panes.views, refs, strict=True):
        view.set_ref(ref)
    wait(lambda: all(view.at_rest for view in window.panes.views))
    wait(lambda: all(has_prediction(window, run_id, ref) for ref in window.panes.refs))
    window.messages.clear()
    wait(lambda: True)


def accept(window: MainWindow, wait: Wait, run_id: str, ref: SectionRef, out: Path) -> None:
    """A section with what would be accepted of its prediction."""
    show(window, wait, run_id, [ref])
    window.run_command("review.accept")
    wait(lambda: window.panes.views[0].content.review.candidate is not None)
    save(window, out / "review.png")
    window.review_flow.accept.close()


def train(window: MainWindow, wait: Wait) -> None:
    """A short training of the patch network from the panel, for its curves."""
    panel = window.training
    panel.network.setCurrentIndex(panel.network.findData("waldeland"))
    panel.epochs.setValue(EPOCHS)
    made: list[str] = []
    window.training_flow.run_made.connect(made.append)
    window.run_command("train.start")
    wait(lambda: bool(made) and not window.training_flow.running)
    window.resize(SIZE[0], 1000)
    wait(lambda: True)


def dialogs(window: MainWindow, wait: Wait, out: Path) -> None:
    """The export dialog, the headers and the open dialog with its map, as the window shows them."""
    from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

    def shown() -> list[QDialog]:
        widgets = QApplication.topLevelWidgets()
        return [widget for widget in widgets if isinstance(widget, QDialog) and widget.isVisible()]

    for command, name, seconds in (
        ("file.export", "export.png", 0.0),
        ("file.headers", "headers.png", 0.0),
        ("file.layout", "open.png", MAP_SECONDS),
    ):
        window.run_command(command)
        wait(lambda: bool(shown()))
        ready = time.monotonic() + seconds
        wait(lambda ready=ready: time.monotonic() > ready)
        for dialog in shown():
            for field in dialog.findChildren(QLineEdit):
                if Path(field.text()).is_absolute():  # a folder of this machine is no matter of the guide
                    field.setText(Path(field.text()).name)
            save(dialog, out / name)
            dialog.reject()


if __name__ == "__main__":
    main()
