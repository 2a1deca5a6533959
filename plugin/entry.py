"""The plugin as QGIS sees it; the one place that wires its parts together."""
from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from qgis.core import QgsApplication, QgsProject
from qgis.gui import QgisInterface
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction, QMenu, QToolBar, QToolButton

from .algorithms.provider import AtlasProvider
from .bridge.clock import remember_time_zone
from .bridge.date_label import DateLabel
from .bridge.dependencies import how_to_get, missing_libraries
from .bridge.layers import dress_newcomers
from .bridge.messages import Messages
from .bridge.result_layers import ResultFiles
from .bridge.settings import THEIRS, recall_drops, remember_drops
from .bridge.tasks import Jobs, Latest
from .bridge.translation import install_translator, remove_translator, tr

if TYPE_CHECKING:
    from ..ui.dock_controller import DockController

ICONS = Path(__file__).resolve().parents[1] / "resources" / "icons"


class OutbreakAtlas:
    """Adds the provider, a toolbar and menu entries; `unload` takes all of it back in reverse order."""

    def __init__(self, iface: QgisInterface | None) -> None:
        self.iface = iface
        self._undo = ExitStack()
        self._provider: AtlasProvider | None = None
        self._opening: Any = None
        self._loading: Any = None
        self._dock: Any = None
        self._place: Any = None
        self._publish_menu: Any = None

    def initProcessing(self) -> None:  # noqa: N802 - QGIS's name, as below
        """Register the provider; `qgis_process` calls only this, without a window."""
        if self._provider is not None:
            return
        forget_time_zone = remember_time_zone()
        if forget_time_zone is not None:
            self._undo.callback(forget_time_zone)
        translator = install_translator()
        if translator is not None:
            self._undo.callback(remove_translator, translator)
        provider = AtlasProvider(self.iface.mapCanvas() if self.iface is not None else None)
        registry = QgsApplication.processingRegistry()
        if registry.addProvider(provider):
            self._provider = provider
            self._undo.callback(self._forget_provider)
            self._undo.callback(registry.removeProvider, provider)

    def initGui(self) -> None:  # noqa: N802
        """Build what is seen: the toolbar, the menu, and a message if libraries are missing."""
        self.initProcessing()
        if self.iface is None:
            return
        messages = Messages(self.iface.messageBar())
        self._undo.callback(messages.close)
        results = ResultFiles()
        self._undo.callback(results.close)
        jobs = Jobs(QgsApplication.taskManager())
        self._undo.callback(jobs.cancel_all)
        missing = missing_libraries()
        self._add_opening(messages, jobs)
        dock = self._add_dock(messages, how_to_get(missing) if missing else "")
        self._add_analyses(dock, messages, jobs, results)
        self._add_publishing(dock, messages)
        self._add_actions()
        if missing:
            messages.warning(how_to_get(missing))
        else:
            self._add_drop_handler()
            project = QgsProject.instance()
            project.layersAdded.connect(dress_newcomers)
            self._undo.callback(project.layersAdded.disconnect, dress_newcomers)

    def unload(self) -> None:
        """Undo everything that was added or connected, the last first."""
        self._undo.close()

    def open_files(self, paths: Sequence[str | Path]) -> None:
        """Open GeoPackages of the plugin at once; for any other file show the dialog, filled in."""
        if self._opening is not None:
            self._opening.open_files([Path(path) for path in paths])

    def _add_opening(self, messages: Messages, jobs: Jobs) -> None:
        from ..ui.loading import Loading
        from ..ui.open_controller import OpenController

        looks = Latest(QgsApplication.taskManager())
        self._undo.callback(looks.close)
        self._loading = Loading(
            self.iface.mapCanvas(), QgsProject.instance(), messages, jobs, self.iface.setActiveLayer)
        self._opening = OpenController(self.iface, messages, self._loading, looks)
        self._undo.callback(self._forget_opening)
        self._undo.callback(self._opening.close)

    def _add_dock(self, messages: Messages, missing: str) -> DockController:
        from ..ui.dock import AtlasDock
        from ..ui.dock_controller import DockController
        from ..ui.dock_place import DockPlace
        from ..ui.dock_surroundings import Surroundings

        tasks, canvas, project = QgsApplication.taskManager(), self.iface.mapCanvas(), QgsProject.instance()
        self._dock = AtlasDock(self.iface.mainWindow())
        self._place = DockPlace(self._dock, self.iface)
        self._undo.callback(self._forget_dock)
        sums, heat = Latest(tasks), Latest(tasks)
        for latest in (sums, heat):
            self._undo.callback(latest.close)
        controller = DockController(self._dock, Surroundings(
            canvas, project, messages, sums, heat, DateLabel(canvas, project), self._loading.change_step, missing))
        self._undo.callback(controller.close)
        controller.found.connect(self._place.open_once)
        self.iface.currentLayerChanged.connect(controller.follow)
        self._undo.callback(self.iface.currentLayerChanged.disconnect, controller.follow)
        self._dock.openButton.clicked.connect(lambda _checked=False: self._opening.show_dialog())
        self._dock.sampleButton.clicked.connect(lambda _checked=False: self._opening.open_sample())
        return controller

    def _add_analyses(self, dock: DockController, messages: Messages, jobs: Jobs, results: ResultFiles) -> None:
        from ..ui.analyses import Analyses
        from ..ui.analysis_controller import AnalysisController

        analyses = Analyses(QgsProject.instance(), messages, jobs, results)
        self._undo.callback(AnalysisController(self._dock, dock, messages, analyses).close)

    def _add_publishing(self, dock: DockController, messages: Messages) -> None:
        from ..ui.algorithm_dialogs import AlgorithmDialogs
        from ..ui.film_making import FilmMaking
        from ..ui.layout_layers import LayoutLayers
        from ..ui.publish_menu import PublishMenu
        from ..ui.publishing import Desk, Publishing

        project, tasks = QgsProject.instance(), QgsApplication.taskManager()
        making, png_size, dialogs = FilmMaking(project, tasks, messages), Latest(tasks), AlgorithmDialogs()
        for part in (LayoutLayers(project), making, png_size, dialogs):
            self._undo.callback(part.close)
        menu = self._publish_menu = PublishMenu(self.iface.mainWindow())
        self._undo.callback(menu.deleteLater)
        self._dock.publishButton.setMenu(menu)
        publishing = Publishing(self._dock, dock, menu, Desk(
            self.iface.mapCanvas(), project, messages, making, png_size, self.iface.openLayoutDesigner,
            dialogs.show))
        self._undo.callback(publishing.close)

    def _forget_dock(self) -> None:
        self._place.close()
        self._dock = self._place = None

    def _add_drop_handler(self) -> None:
        from ..ui.drop_handler import DropHandler

        handler = DropHandler(self.iface.mainWindow(), self._opening.open_files)
        self.iface.registerCustomDropHandler(handler)
        # The handler itself is kept by what undoes its registration.
        self._undo.callback(self.iface.unregisterCustomDropHandler, handler)

    def _add_actions(self) -> None:
        toolbar = self.iface.addToolBar(tr("Outbreak Atlas"))
        toolbar.setObjectName("OutbreakAtlasToolBar")
        self._undo.callback(self._remove_toolbar, toolbar)
        menu = self._add_menu()
        for action in self._actions():
            toolbar.addAction(action)
            menu.addAction(action)
        self._add_publish_menu(toolbar, menu)
        menu.addAction(self._action(
            "OutbreakAtlasReload", "", tr("Reload dataset"),
            tr("Load the dataset of the active layer again, from its files and with its choices"),
            self._opening.reload))
        self._add_question(menu)

    def _add_publish_menu(self, toolbar: QToolBar, menu: QMenu) -> None:
        publish = self._publish_menu
        menu.addMenu(publish)
        toolbar.addAction(publish.menuAction())
        toolbar.widgetForAction(publish.menuAction()).setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _add_question(self, menu: QMenu) -> None:
        """The way back for who had the answer about dropped files remembered."""
        ask = self._action(
            "OutbreakAtlasAskDrops", "", tr("Ask about dropped tables"),
            tr("Ask who opens tables of reports that are dropped on the window; otherwise as remembered"),
            lambda: remember_drops("" if ask.isChecked() else recall_drops() or THEIRS))
        ask.setCheckable(True)
        menu.addSeparator()
        menu.addAction(ask)
        menu.aboutToShow.connect(lambda: ask.setChecked(not recall_drops()))

    def _actions(self) -> list[QAction]:
        actions = [
            self._action("OutbreakAtlasOpen", "outbreak_atlas.svg", tr("Open dataset…"),
                         tr("Open files of case reports as a layer that plays"), self._opening.show_dialog),
            self._action("OutbreakAtlasSample", "sample.svg", tr("Sample dataset"),
                         tr("Make a synthetic dataset and open it"), self._opening.open_sample),
        ]
        if QgsApplication.processingRegistry().algorithmById("outbreakatlas:appendreports") is not None:
            actions.insert(1, self._action(
                "OutbreakAtlasAppend", "append.svg", tr("Append new reports…"),
                tr("Add files to the dataset of the active layer"), self._opening.append))
        return [self._dock_action(), *actions]

    def _dock_action(self) -> QAction:
        action: QAction = self._dock.toggleViewAction()
        action.setObjectName("OutbreakAtlasDockAction")
        action.setIcon(QIcon(str(ICONS / "dock.svg")))
        action.setText(tr("Outbreak Atlas panel"))
        action.setToolTip(f"<b>{action.text()}</b><br/>" + tr("Filter, play and read the outbreak"))
        return action

    def _add_menu(self) -> QMenu:
        """A menu of our own: the one that QGIS makes for a plugin outlives the plugin."""
        plugins = self.iface.pluginMenu()
        menu = QMenu(tr("Outbreak Atlas"), plugins)
        menu.setObjectName("OutbreakAtlasMenu")
        menu.setIcon(QIcon(str(ICONS / "outbreak_atlas.svg")))
        later = (one for one in plugins.actions() if one.menu() and one.text().lower() > menu.title().lower())
        plugins.insertMenu(next(later, None), menu)
        self._undo.callback(menu.deleteLater)
        self._undo.callback(plugins.removeAction, menu.menuAction())
        return menu

    def _action(self, name: str, icon: str, text: str, tip: str, slot: Callable[[], None]) -> QAction:
        action = QAction(QIcon(str(ICONS / icon)) if icon else QIcon(), text, self.iface.mainWindow())
        action.setObjectName(name)
        action.setToolTip(f"<b>{text}</b><br/>{tip}")
        action.triggered.connect(lambda _checked=False: slot())
        self._undo.callback(action.deleteLater)
        return action

    def _remove_toolbar(self, toolbar: QToolBar) -> None:
        self.iface.mainWindow().removeToolBar(toolbar)
        toolbar.deleteLater()

    def _forget_provider(self) -> None:
        self._provider = None

    def _forget_opening(self) -> None:
        self._opening = None
