"""The menu Publish beside the dock, as the plugin puts them together."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from dock_stage import DockStage
from outbreak_atlas.plugin.bridge.tasks import Latest
from outbreak_atlas.ui.film_dialog import FilmDialog
from outbreak_atlas.ui.film_making import FilmMaking
from outbreak_atlas.ui.layout_layers import LayoutLayers
from outbreak_atlas.ui.publish_menu import PublishMenu
from outbreak_atlas.ui.publishing import Desk, Publishing
from qgis.core import QgsApplication
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtWidgets import QApplication, QMessageBox


@dataclass
class Desktop:
    """What a test sees of publishing. `designed`: layouts that were opened; `asked`: dialogs of algorithms."""

    stage: DockStage
    menu: PublishMenu
    making: FilmMaking
    png_size: Latest
    publishing: Publishing
    designed: list[object] = field(default_factory=list)
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def film_dialog(self) -> FilmDialog:
        self.publishing.show_film()
        self.wait_for_picture()
        return self.publishing._dialog

    def wait_for_picture(self) -> None:
        film = self.publishing._film
        self.stage.wait_for(lambda: not film._preview.is_busy and not self.png_size.is_busy)

    def wait_for_film(self) -> None:
        self.stage.wait_for(lambda: not len(self.making))

    def told(self) -> str:
        return " | ".join(item.text() for item in self.stage.bar.items())


@contextmanager
def publishing_beside(stage: DockStage) -> Iterator[Desktop]:
    tasks = QgsApplication.taskManager()
    menu, making, png_size = PublishMenu(stage.window), FilmMaking(stage.project, tasks, stage.messages), Latest(tasks)
    layers = LayoutLayers(stage.project)
    designed: list[object] = []
    asked: list[tuple[str, dict[str, Any]]] = []
    publishing = Publishing(stage.dock, stage.controller, menu, Desk(
        stage.canvas, stage.project, stage.messages, making, png_size, designed.append,
        lambda name, parameters: asked.append((name, parameters))))
    try:
        yield Desktop(stage, menu, making, png_size, publishing, designed, asked)
    finally:
        publishing.close()
        for part in (making, layers, png_size):
            part.close()


def answer(button: QMessageBox.StandardButton, asked: list[str]) -> None:
    """Press a button of the question that comes next."""
    def press() -> None:
        boxes = [one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox) and one.isVisible()]
        if not boxes:
            QTimer.singleShot(20, press)
            return
        asked.append(boxes[0].text())
        boxes[0].button(button).click()
    QTimer.singleShot(0, press)
