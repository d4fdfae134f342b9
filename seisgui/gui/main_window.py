"""The main window: puts views, panels and flows together, and takes them apart again."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from seisgui import __version__, catalogue
from seisgui.gui import places
from seisgui.gui.actions import Actions
from seisgui.gui.at_hand import facts_at_hand, is_writable, show_undo
from seisgui.gui.controllers.closing_flow import ClosingFlow
from seisgui.gui.controllers.copies_flow import CopiesFlow
from seisgui.gui.controllers.export_flow import ExportFlow
from seisgui.gui.controllers.gather_flow import GatherFlow
from seisgui.gui.controllers.help_flow import HelpFlow
from seisgui.gui.controllers.label_flow import LabelFlow
from seisgui.gui.controllers.open_flow import OpenFlow
from seisgui.gui.controllers.pick_training import PickTraining
from seisgui.gui.controllers.picking import PickFlows
from seisgui.gui.controllers.prediction_flow import PredictionFlow
from seisgui.gui.controllers.project_flow import ProjectFlow, project_nodes
from seisgui.gui.controllers.review_flow import ReviewFlow
from seisgui.gui.controllers.runs_flow import RunsFlow
from seisgui.gui.controllers.survey_flow import SurveyFlow
from seisgui.gui.controllers.training_flow import TrainingFlow
from seisgui.gui.controllers.view_flow import ViewFlow
from seisgui.gui.controllers.weights_flow import WeightsFlow
from seisgui.gui.controllers.workspace_flow import WorkspaceFlow
from seisgui.gui.desk import Desk
from seisgui.gui.docks import Docks
from seisgui.gui.empty_state import EmptyState
from seisgui.gui.icons import plain_icon
from seisgui.gui.job_list import JobList
from seisgui.gui.jobs_bridge import JobsBridge
from seisgui.gui.message_bar import MessageBar
from seisgui.gui.panels.accept_bar import AcceptBar
from seisgui.gui.panels.brush import BrushPanel
from seisgui.gui.panels.classes import ClassesPanel
from seisgui.gui.panels.display import DisplayPanel
from seisgui.gui.panels.explorer import ExplorerPanel
from seisgui.gui.panels.gathers import GathersPanel
from seisgui.gui.panels.guide import GuidePanel
from seisgui.gui.panels.layers import LayersPanel
from seisgui.gui.panels.picks import PicksPanel
from seisgui.gui.panels.project import ProjectPanel
from seisgui.gui.panels.runs import RunsPanel
from seisgui.gui.panels.suggestions import SuggestionsPanel
from seisgui.gui.panels.traces import TracesPanel
from seisgui.gui.panels.training import TrainingPanel
from seisgui.gui.picking_commands import PICKING_COMMANDS
from seisgui.gui.recent_menu import add_recent_menu
from seisgui.gui.slices import SliceService
from seisgui.gui.state import WorkbenchState
from seisgui.gui.status_bar import Bar
from seisgui.gui.theme import Theme, Tones
from seisgui.gui.tool_bar import MainToolBar
from seisgui.gui.views.gather_pane import GatherPane
from seisgui.gui.views.panes import PaneGrid
from seisgui.gui.views.predictions import PredictionStore
from seisgui.gui.views.statistics import StatisticsView
from seisgui.gui.window_state import keep_view, restore_view
from seisgui.jobs.messages import COMPUTE, DATA, Status
from seisgui.seismic.colour_maps import COLOUR_MAPS

logger = logging.getLogger(__name__)

START_SIZE = (1366, 768)


class MainWindow(QMainWindow):
    """One window on one project at a time."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowIcon(plain_icon("seisgui"))
        self.setAcceptDrops(True)
        self.resize(*START_SIZE)
        self.theme = theme
        self.state = WorkbenchState()
        self.predictions = PredictionStore()
        self.bridge = JobsBridge(parent=self)
        self.jobs = JobList(self.bridge, self)
        self.desk = Desk(self.state, self.jobs, self.predictions, theme, self)
        self.commands = Actions(self)
        self._closed = False
        self._followed: object = None  # the view whose statistics are shown
        self._seen: set[object] = set()
        self._laid_out = False  # the docks have their sizes, by the workspace or as the user left them
        self._refresh_timer = QTimer(self, singleShot=True, interval=0)
        self._refresh_timer.timeout.connect(self.refresh)
        self._make_widgets()
        self._make_flows()
        self._connect()
        self.commands.fill_menus()
        file_menu = self.menuBar().actions()[0].menu()
        add_recent_menu(file_menu, self.commands["file.new_project"], lambda path: self.open_paths([path]))
        self.docks.arrange(self.docks.workspace)
        self._colour(theme.tones)
        self.refresh()

    # building

    def _make_widgets(self) -> None:
        state, theme = self.state, self.theme
        self.panes = PaneGrid(state, self.predictions)
        self.panes.reader.slices = SliceService(
            self.bridge.client(DATA), lambda: None if state.project is None else state.project.tmp_folder
        )
        self.empty = EmptyState()
        self.messages = MessageBar()
        self.centre = QStackedWidget()
        self.gather_pane = GatherPane(state.gathers)
        for widget in (self.empty, self.panes, self.gather_pane):
            self.centre.addWidget(widget)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.accept_bar = AcceptBar()
        layout.addWidget(self.messages)
        layout.addWidget(self.accept_bar)
        layout.addWidget(self.centre, 1)
        self.setCentralWidget(middle)
        self.tools = MainToolBar(self.commands, state)
        self.addToolBar(self.tools)
        self.bar = Bar(self.jobs, theme)
        self.setStatusBar(self.bar)
        self.project_panel = ProjectPanel()
        self.layers = LayersPanel(state, theme)
        self.display = DisplayPanel(state.display, list(COLOUR_MAPS))
        self.brush = BrushPanel(state.brush)
        self.statistics = StatisticsView()
        self.statistics.setObjectName("panel.statistics")
        self.classes = ClassesPanel(theme)
        self.explorer = ExplorerPanel()
        self.training = TrainingPanel(theme, catalogue.networks("facies"))
        self.runs = RunsPanel()
        self.suggestions = SuggestionsPanel()
        self.guide = GuidePanel()
        self.gathers = GathersPanel()
        self.picks = PicksPanel()
        self.traces = TracesPanel(state.gathers, list(COLOUR_MAPS))
        panels = (
            self.project_panel,
            self.layers,
            self.display,
            self.brush,
            self.statistics,
            self.classes,
            self.explorer,
            self.suggestions,
            self.training,
            self.runs,
            self.guide,
            self.gathers,
            self.picks,
            self.traces,
        )
        self.docks = Docks(self, {panel.objectName(): panel for panel in panels}, self.commands)
        rows = (("train.start", "train.live", "train.freeze"), ("train.stop", "train.pause", "train.discard"))
        self.training.add_actions([[self.commands[name] for name in row] for row in rows])
        self.suggestions.add_actions([self.commands[name] for name in ("review.suggest", "review.next_suggestion")])

    def _make_flows(self) -> None:
        desk = self.desk
        self.project_flow = ProjectFlow(desk, self)
        self.open_flow = OpenFlow(desk, self.project_flow, self)
        self.copies_flow = CopiesFlow(desk, self)
        self.label_flow = LabelFlow(desk, self.panes, self)
        self.prediction_flow = PredictionFlow(desk, self.panes, self)
        self.training_flow = TrainingFlow(desk, self.training, self.prediction_flow, self)
        self.closing_flow = ClosingFlow(desk, self.training_flow, self)
        self.weights_flow = WeightsFlow(desk, self.training, self)
        self.runs_flow = RunsFlow(desk, self.runs, self)
        self.survey_flow = SurveyFlow(desk, self.runs_flow, self.prediction_flow, self)
        self.review_flow = ReviewFlow(
            desk, self.panes, self.layers, self.accept_bar, self.suggestions, self.runs_flow, self
        )
        self.export_flow = ExportFlow(desk, self.runs_flow, self.panes, self)
        self.gather_flow = GatherFlow(desk, self.gather_pane, self.gathers, self.bar, self)
        self.workspaces = WorkspaceFlow(desk, self.docks, self.centre, self.tools, self.gather_flow, self)
        self.view_flow = ViewFlow(desk, self.panes, self.gather_flow, self.workspaces, self.bar, self)
        self.picking = PickFlows(desk, self.commands, self.gather_flow, self.gather_pane, self.picks, self)
        view, spaces = self.gather_pane.view, self.workspaces
        self.pick_training = PickTraining(
            desk, self.training_flow, self.runs_flow, self.picking, self.gather_flow, view, spaces, self
        )
        self.help_flow = HelpFlow(desk, self.commands, self.guide, self.messages, self)
        for flow in (
            self.project_flow,
            self.open_flow,
            self.copies_flow,
            self.label_flow,
            self.prediction_flow,
            self.survey_flow,
            self.training_flow,
            self.weights_flow,
            self.runs_flow,
            self.review_flow,
            self.export_flow,
            self.view_flow,
            self.gather_flow,
            self.picking,
            self.pick_training,
            self.workspaces,
            self.help_flow,
            self.docks,
        ):
            self.commands.bind(flow.commands())
        self.commands.bind({"file.quit": self.close, "view.full_screen": self._full_screen})

    def _connect(self) -> None:
        desk, panel_command = self.desk, self.run_command
        desk.message.connect(self.messages.show_message)
        desk.shown.connect(self._shown)
        desk.changed.connect(self._document_changed)
        desk.saved.connect(self._saved)
        self.theme.changed.connect(self._colour)
        self.project_flow.closing.connect(self._project_closing)
        self.project_flow.opened.connect(self._project_opened)
        self.project_panel.activated.connect(self.project_flow.activate)
        for source in (self.project_panel.command, self.classes.command, self.guide.command, self.empty.command):
            source.connect(panel_command)
        self.empty.project_chosen.connect(lambda path: self.open_paths([path]))
        self.copies_flow.changed.connect(self._show_copies)
        self.jobs.changed.connect(self.copies_flow.refresh)
        self.classes.chosen.connect(self._choose_class)
        self.classes.renamed.connect(self.label_flow.rename)
        self.classes.hidden.connect(self.label_flow.hide)
        self.tools.class_chosen.connect(self._choose_class)
        self.explorer.jump.connect(self.label_flow.go_to)
        self.label_flow.classes_changed.connect(self._fill_classes)
        self.label_flow.counted.connect(self._fill_counts)
        self.label_flow.stepped.connect(self.project_flow.follow)
        self.label_flow.stepped.connect(self.picking.follow_step)
        self.training_flow.changed.connect(self._refresh_timer.start)
        self.training_flow.run_made.connect(
            lambda run_id: self.runs_flow.take_new(run_id, self.training_flow.held_against)
        )
        self.training_flow.pair_made.connect(self.runs_flow.offer_pair)
        self.runs_flow.changed.connect(self._refresh_timer.start)
        self.review_flow.changed.connect(self._refresh_timer.start)
        self.review_flow.suggest.wanted.connect(lambda: self.docks.show("panel.suggestions"))
        self.survey_flow.export_wanted.connect(self.export_flow.ask)
        self.export_flow.predict_wanted.connect(self._predict_then_export)
        self.panes.refs_changed.connect(self.training_flow.visible_changed)
        self.panes.active_changed.connect(self.statistics.follow)
        self.panes.refs_changed.connect(self._follow_active)
        self.bar.cancel_requested.connect(self._cancel_job)
        self.jobs.status_changed.connect(self._devices_told)
        self.jobs.worker_ended.connect(lambda news: self.desk.tell(news.sentence, level="error"))
        for signal in (self.state.class_changed, self.state.tool_changed, self.state.run_changed):
            signal.connect(self._state_changed)
        for layer in self.state.layers:
            layer.events.visible.connect(self._state_changed)
        self.state.display.events.flip.connect(self._state_changed)
        self.state.brush.events.restrict.connect(self._state_changed)
        self._connect_guide()
        self.panes.addAction(self.commands["label.swap_tool"])
        for entry in PICKING_COMMANDS:
            if entry.in_views:
                self.gather_pane.addAction(self.commands[entry.id])
        self.workspaces.changed.connect(self._refresh_timer.start)
        self.workspaces.entered.connect(self.refresh)
        self.gather_flow.opened.connect(self._fill_project)
        self.gather_flow.moved.connect(self._refresh_timer.start)
        self.state.gathers.events.connect(self._state_changed)
        for signal in (self.open_flow.gathers_added, self.project_flow.gathers_wanted):
            signal.connect(self.workspaces.show_gathers)
        for signal in (self.open_flow.file_shown, self.project_flow.sections_wanted):
            signal.connect(lambda *_: self.workspaces.show_sections())

    def _connect_guide(self) -> None:
        guide = self.help_flow
        guide.tour_wanted.connect(self.docks.show_guide)
        self.open_flow.sample_opened.connect(guide.start_tour)
        self.panes.refs_changed.connect(lambda: len(self._seen_refs()) > 1 and guide.tick("stepped"))
        self.training_flow.run_made.connect(lambda _: guide.tick("trained"))
        self.prediction_flow.arrived.connect(lambda _: guide.tick("predicted"))
        self.export_flow.exported.connect(lambda: guide.tick("exported"))

    def _seen_refs(self) -> set[object]:
        """Sections seen since the survey was opened."""
        self._seen.update(self.panes.refs)
        return self._seen

    # what others call

    def open_paths(self, paths: Iterable[Path]) -> None:
        """Open projects and files."""
        self.open_flow.open_paths([Path(path) for path in paths])

    def run_command(self, command_id: str) -> None:
        """Do a command of the table, as its menu entry would."""
        self.commands[command_id].trigger()

    # following the document

    def _shown(self) -> None:
        state = self.state
        self._seen = set()
        if state.volume is not None:
            self.display.set_unit(state.volume.axes.sample.unit)
        name = f"{state.project.name} – " if state.project else ""
        self.setWindowTitle(f"{name}SeisGUI {__version__}")
        self._fill_project()
        self._fill_classes()
        self.training_flow.check()
        self.bar.show_saved(None if state.project is None else state.project.all_saved)
        self.refresh()

    def _document_changed(self, change: object) -> None:
        if change.kind in ("datasets", "horizons", "layout"):
            self._fill_project()
        if self.state.project is not None:
            self.bar.show_saved(self.state.project.all_saved)
        self._refresh_timer.start()

    def _saved(self, revision: int) -> None:
        project = self.state.project
        if project is not None and revision >= project.journal.revision:
            self.bar.show_saved(True)

    def _fill_project(self) -> None:
        state = self.state
        if state.project is None:
            self.project_panel.fill([])
            return
        labels = state.labels.id if state.labels else None
        nodes = project_nodes(state.project, state.volume_id, labels, self.copies_flow.states, state.records_id)
        self.project_panel.fill(nodes)

    def _show_copies(self, volume_id: str) -> None:
        if not self.project_panel.show_copies(volume_id, self.copies_flow.states[volume_id].title):
            self._fill_project()

    def _fill_classes(self) -> None:
        labels = self.state.labels
        classes = list(labels.classes) if labels is not None else []
        counts = labels.class_counts() if labels is not None and labels.counted else {}
        if classes and self.state.active_class not in {entry.id for entry in classes}:
            self.state.active_class = classes[0].id
        self.classes.fill(classes, counts, self.state.active_class)
        self.tools.fill_classes(classes, self.state.active_class)
        self.brush.fill_classes(classes)
        for number in range(1, 10):
            title = classes[number - 1].name if number <= len(classes) else f"New class {number}"
            self.commands[f"label.class{number}"].setText(title)

    def _fill_counts(self) -> None:
        labels = self.state.labels
        self.classes.show_counts(labels.class_counts() if labels is not None else {})
        if labels is None:
            self.explorer.fill([], [])
        else:
            self.explorer.fill(labels.labelled_sections(), list(labels.classes))
        self.training_flow.check()

    def _choose_class(self, class_id: int) -> None:
        self.state.active_class = class_id

    def _state_changed(self, *_: object) -> None:
        self.classes.show_active(self.state.active_class)
        self.tools.show_class(self.state.active_class)
        self._refresh_timer.start()

    def refresh(self) -> None:
        """Enable and check what is as it is."""
        self.commands.refresh(self._at_hand(), self.docks.workspace.name)
        self.view_flow.show_states(self.commands)
        self.review_flow.show_states(self.commands)
        self.commands.set_checked("train.live", self.training_flow.live)
        self.commands.set_checked("train.freeze", self.training_flow.frozen)
        job = self.training_flow.job
        self.commands.set_checked("train.pause", job is not None and job.paused)
        self.commands.set_checked(f"workspace.{self.docks.workspace.name}", True)
        self.gather_flow.show_states(self.commands)
        self.picking.show_states()
        show_undo(self.commands, self.state.project)

    def _at_hand(self) -> set[str]:
        facts = facts_at_hand(self.state, self.training_flow, gathers=self.workspaces.in_gathers)
        facts |= self.review_flow.at_hand(writable=is_writable(self.state.project))
        return {name for name, true in facts.items() if true}

    def _colour(self, tones: Tones) -> None:
        self.commands.colour(tones)
        if self.state.labels is not None:
            self._fill_classes()

    # the project comes and goes

    def _project_opened(self) -> None:
        restore_view(self.desk, self.panes)
        self.runs_flow.refresh()
        self.workspaces.project_opened()

    def _project_closing(self) -> None:
        keep_view(self.desk, self.panes)
        self.workspaces.project_closing()
        self.messages.clear_information()
        self.prediction_flow.stop()
        self.copies_flow.stop()
        self.survey_flow.stop()
        self.pick_training.predictions.stop()
        self.review_flow.stop()
        for job in list(self.jobs.jobs.values()):
            if job is not self.training_flow.job:
                self.jobs.cancel(job, keep_best=job.keeps)
        if self.training_flow.running and not self._closed:
            self.training_flow.stop()
            self.desk.tell(f"{self.training_flow.job.title} is being stopped; the best so far is kept in its project.")

    def _predict_then_export(self, run_id: str) -> None:
        if run_id != self.state.run_id:
            self.runs_flow.make_current(run_id)
        self.survey_flow.ask()

    def _follow_active(self) -> None:
        if self._followed is not self.panes.active_view:
            self._followed = self.panes.active_view
            self.statistics.follow(self._followed)

    def _devices_told(self, status: Status) -> None:
        """A GPU in the compute process can be chosen for training."""
        if status.kind == COMPUTE and status.device not in ("", "CPU"):
            self.training.set_devices([(status.device, "cuda:0")])

    def _cancel_job(self, job: object) -> None:
        if job is self.training_flow.job:
            self.training_flow.stop()
        else:
            self.jobs.cancel(job, keep_best=job.keeps)

    # the window itself

    def _full_screen(self, on: bool) -> None:
        self.showFullScreen() if on else self.showNormal()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.open_paths([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            if not self._laid_out:
                self._laid_out = True
                self.docks.fit()
            QTimer.singleShot(0, self, self.bridge.warm_up)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < 1500
        style = Qt.ToolButtonStyle.ToolButtonTextUnderIcon
        if narrow != getattr(self, "_narrow", None):
            self._narrow = narrow
            self.tools.setToolButtonStyle(style if narrow else Qt.ToolButtonStyle.ToolButtonTextBesideIcon)

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closed and not self.closing_flow.may_close():
            event.ignore()
            return
        self.shut_down()
        super().closeEvent(event)

    def shut_down(self) -> None:
        """Close the project, end workers, join threads; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        store = places.settings()
        store.setValue("window.geometry", self.saveGeometry())
        self.workspaces.keep(store)
        self.project_flow.close()
        self.statistics.follow(None)
        self.statistics.shut_down()
        self.panes.shut_down()
        self.gather_pane.view.shut_down()
        self.desk.background.close()
        self.bridge.close()

    def restore_layout(self) -> None:
        """Size and docks as they were left; the first time the workspace's own."""
        store = places.settings()
        geometry = store.value("window.geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        self._laid_out = self.workspaces.restore(store)
