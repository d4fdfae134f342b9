"""What panels and flows of one window share: state, jobs, predictions, messages, and the project's news."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from seisgui.errors import SeisguiError
from seisgui.gui.background import Background
from seisgui.gui.job_list import JobList
from seisgui.gui.message_bar import Message
from seisgui.gui.state import WorkbenchState
from seisgui.gui.theme import Theme
from seisgui.jobs.messages import Failed

if TYPE_CHECKING:
    from seisgui.gui.views.predictions import PredictionStore
    from seisgui.interpretation.journal import Change
    from seisgui.interpretation.project import Project

logger = logging.getLogger(__name__)

Answer = tuple[str, Callable[[], object]]  # text of a button, and what it does


class Desk(QObject):
    """The window's own things; ``changed`` and ``saved`` bring the project's signals into the window's thread."""

    message = Signal(object)  # Message
    shown = Signal()  # another project, dataset, volume or label set
    changed = Signal(object)  # Change of the project
    saved = Signal(int)  # revision that is on disk
    trouble = Signal(str)  # a sentence: something cannot be written

    def __init__(
        self,
        state: WorkbenchState,
        jobs: JobList,
        predictions: PredictionStore,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.state = state
        self.jobs = jobs
        self.predictions = predictions
        self.theme = theme
        self.background = Background(self)
        self._listening: Project | None = None
        state.shown.connect(self._state_shown)
        jobs.failed.connect(lambda _job, failed: self.tell_failure(failed))
        self.trouble.connect(self._tell_trouble)

    # messages

    def tell(
        self,
        sentence: str,
        hint: str = "",
        level: str = "information",
        answers: tuple[Answer, ...] = (),
        *,
        stays: bool = False,
    ) -> None:
        """Show a sentence above the views."""
        if sentence.partition(" ")[0].isalpha():  # a file name keeps its case
            sentence = sentence[:1].upper() + sentence[1:]
        if sentence and sentence[-1] not in ".!?…":
            sentence += "."
        self.message.emit(Message(sentence, hint, level, answers=answers, stays=stays))

    def tell_error(self, error: SeisguiError, details: str = "") -> None:
        logger.info("told the user: %s", error)
        self.message.emit(Message(error.sentence, error.hint, "error", details))

    def tell_failure(self, failed: Failed, hint: str = "", answers: tuple[Answer, ...] = ()) -> None:
        """Say what went wrong with a job; ``hint`` in place of its own."""
        self.message.emit(Message(failed.sentence, hint or failed.hint, "error", failed.details, answers))

    def attempt(self, action: Callable[[], object]) -> bool:
        """Do something that may fail with a sentence; False, and the sentence is shown, where it did."""
        try:
            action()
        except SeisguiError as error:
            self.tell_error(error)
            return False
        return True

    # the project

    @property
    def project(self) -> Project | None:
        return self.state.project

    def listen(self, project: Project | None) -> None:
        """Bring this project's signals here, and nobody else's."""
        if self._listening is not None:
            self._listening.changed.disconnect(self._project_changed)
            self._listening.saved.disconnect(self._project_saved)
            self._listening.trouble.disconnect(self._project_trouble)
        self._listening = project
        if project is not None:
            project.changed.connect(self._project_changed)
            project.saved.connect(self._project_saved)
            project.trouble.connect(self._project_trouble)

    def _state_shown(self) -> None:
        self.shown.emit()

    def _project_changed(self, change: Change) -> None:
        self.changed.emit(change)

    def _project_saved(self, revision: int) -> None:
        # Called in the writer's thread: Qt queues it for receivers that live in the window's.
        self.saved.emit(revision)

    def _project_trouble(self, sentence: str) -> None:
        self.trouble.emit(sentence)

    def _tell_trouble(self, sentence: str) -> None:
        self.message.emit(Message(sentence, "", "error", stays=True))
