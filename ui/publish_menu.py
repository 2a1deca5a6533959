"""The menu Publish, which the panel, the toolbar and the plugin's menu share; says what was chosen."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import pyqtSignal
from qgis.PyQt.QtGui import QIcon
from qgis.PyQt.QtWidgets import QAction, QMenu, QWidget

from ..plugin.bridge.translation import tr

_ICON = Path(__file__).resolve().parents[1] / "resources" / "icons" / "publish.svg"


class PublishMenu(QMenu):
    """`layout_wanted`: name of a template; `frame_wanted`: name of a layout, and whether its map moves too."""

    layout_wanted = pyqtSignal(str)
    panels_wanted = pyqtSignal()
    cities_wanted = pyqtSignal()
    film_wanted = pyqtSignal()
    frame_wanted = pyqtSignal(str, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(tr("Publish"), parent)
        self.setObjectName("OutbreakAtlasPublishMenu")
        self.setToolTipsVisible(True)
        self.setIcon(QIcon(str(_ICON)))
        self.menuAction().setObjectName("OutbreakAtlasPublish")
        self._reason = self.addAction("")
        self._reason.setEnabled(False)
        self.layout_menu = QMenu(tr("&Layout from this view"), self)
        self.layout_menu.setObjectName("OutbreakAtlasLayouts")
        self.layout_menu.setIcon(QgsApplication.getThemeIcon("/mActionNewLayout.svg"))
        self.layout_menu.menuAction().setToolTip(tr("An ordinary print layout of what the map shows now"))
        self.addMenu(self.layout_menu)
        self.panels = self._add("OutbreakAtlasPanels", tr("&Small multiples…"), tr(
            "A page of maps at several dates, with one legend and the curve"), self.panels_wanted)
        self.cities = self._add("OutbreakAtlasCities", tr("&Atlas by city…"), tr(
            "A page for each city, with its map, curve and key dates"), self.cities_wanted)
        self.addSeparator()
        self.film = self._add("OutbreakAtlasFilm", tr("Export &film…"), tr(
            "MP4, GIF or frames of the map or of a layout"), self.film_wanted)
        self.film.setIcon(QgsApplication.getThemeIcon("/mActionFileSave.svg"))
        self.addSeparator()
        self.frame_menu = QMenu(tr("Send &current frame to layout"), self)
        self.frame_menu.setObjectName("OutbreakAtlasFrames")
        self.addMenu(self.frame_menu)
        self.with_extent = QAction(tr("Move its &map too"), self)
        self.with_extent.setObjectName("OutbreakAtlasFrameExtent")
        self.with_extent.setCheckable(True)
        self.with_extent.setToolTip(tr("Let the layout’s map also show the part of the world that is shown here"))
        self._layout_actions: list[QAction] = []

    def show_templates(self, templates: Sequence[tuple[str, str]]) -> None:
        """Names and titles of templates."""
        self.layout_menu.clear()
        for name, title in templates:
            action = self.layout_menu.addAction(title.replace("&", "&&"))
            action.setObjectName(f"template_{name}")
            action.triggered.connect(lambda _checked=False, name=name: self.layout_wanted.emit(name))

    def show_layouts(self, names: Sequence[str]) -> None:
        """The layouts to which a frame can be sent."""
        for old in self._layout_actions:
            self.frame_menu.removeAction(old)
            old.deleteLater()
        self.frame_menu.removeAction(self.with_extent)
        self._layout_actions = [self._layout_action(name) for name in names]
        if not names:
            none = QAction(tr("No layout has a map of this dataset"), self.frame_menu)
            none.setEnabled(False)
            self._layout_actions.append(none)
        self.frame_menu.addActions(self._layout_actions)
        self._layout_actions.append(self.frame_menu.addSeparator())
        self.frame_menu.addAction(self.with_extent)

    def offer(self, reason: str) -> None:
        """Let things be published; or not, for a reason."""
        menus = self.layout_menu.menuAction(), self.frame_menu.menuAction()
        for action in (*menus, self.panels, self.cities, self.film):
            action.setEnabled(not reason)
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))

    def _layout_action(self, name: str) -> QAction:
        action = QAction(name.replace("&", "&&"), self.frame_menu)
        action.triggered.connect(lambda _checked=False: self.frame_wanted.emit(name, self.with_extent.isChecked()))
        return action

    def _add(self, name: str, text: str, tip: str, signal: object) -> QAction:
        action = self.addAction(text)
        action.setObjectName(name)
        action.setToolTip(tip)
        action.triggered.connect(lambda _checked=False: signal.emit())
        return action
