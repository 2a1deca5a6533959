"""What stands behind the menu Publish: layouts of what the map shows, pages, films."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from qgis.core import QgsPrintLayout, QgsProject, QgsReferencedRectangle
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import QObject, Qt, QTimer
from qgis.PyQt.QtWidgets import QApplication

from ..plugin.bridge.dataset_session import DatasetSession
from ..plugin.bridge.film_choices import FilmChoices
from ..plugin.bridge.messages import Messages
from ..plugin.bridge.story import story_of
from ..plugin.bridge.tasks import Latest
from ..plugin.bridge.temporal import as_utc, range_ms
from ..plugin.bridge.translation import tr
from ..plugin.core.errors import AtlasError
from ..plugin.core.frames import Frame, frame_at
from ..plugin.export.film_plan import FilmPlan
from ..plugin.export.layouts import Wanted, keep_in_project, make_layout
from ..plugin.export.own_layouts import layouts_of, title_of
from ..plugin.export.scenes import scene_of_canvas
from ..plugin.export.templates import find_template
from .dock import AtlasDock
from .dock_controller import DockController
from .film_citing import film_citation, nothing_written
from .film_controller import FilmController, page_templates, subjects
from .film_dialog import FilmDialog
from .film_making import FilmMaking, Order
from .film_pictures import FilmPictures, Pictures
from .film_texts import frame_text
from .live_preview import LivePreview
from .panel_help import show_algorithm_help
from .publish_menu import PublishMenu
from .sent_frames import send_frame

#: How long until the sums may be there.
_LOOK_AGAIN_MS = 100
_ISO = "yyyy-MM-ddTHH:mm:ss"


@dataclass(frozen=True)
class Desk:
    """What publishing works with. `open_layout`: show a layout in its designer; `open_algorithm`: show the dialog of an
    algorithm, filled in."""

    canvas: QgsMapCanvas
    project: QgsProject
    messages: Messages
    making: FilmMaking
    png_size: Latest
    open_layout: Callable[[QgsPrintLayout], object]
    open_algorithm: Callable[[str, dict[str, Any]], None]


class Publishing(QObject):
    """Offers to publish while the dock shows a dataset."""

    def __init__(self, view: AtlasDock, dock: DockController, menu: PublishMenu, desk: Desk) -> None:
        super().__init__()
        self._view, self._dock, self._menu, self._desk = view, dock, menu, desk
        self._dialog: FilmDialog | None = None
        self._film: FilmController | None = None
        self._is_closed = False
        menu.show_templates([(one.name, one.title) for one in page_templates()])
        menu.layout_wanted.connect(lambda template: self._once_told(partial(self.make_layout, template)))
        menu.panels_wanted.connect(self._panels)
        menu.cities_wanted.connect(self._cities)
        menu.film_wanted.connect(lambda: self._once_told(self.show_film))
        menu.frame_wanted.connect(self.send_frame)
        menu.frame_menu.aboutToShow.connect(self._list_layouts)
        dock.opened.connect(self._offer)
        self._offer()

    def close(self) -> None:
        """Close what is open; the dock is followed no longer."""
        self._is_closed = True
        self._dock.opened.disconnect(self._offer)
        self._forget_dialog()

    def _once_told(self, act: Callable[[], object]) -> None:
        """Act as soon as the sums of the filter are known, which the dock finds in the background."""
        session = self._dock.settled_session()
        if self._is_closed or session is None:
            return
        if session.sums(session.state) is None and self._dock.is_waiting:
            QTimer.singleShot(_LOOK_AGAIN_MS, partial(self._once_told, act))
        else:
            act()

    def _offer(self) -> None:
        session = self._dock.session
        if self._dialog is not None:
            self._dialog.reject()
        self._menu.offer("" if session is not None else tr("Open a dataset first."))

    # -- layouts

    def make_layout(self, template: str) -> QgsPrintLayout | None:
        """A layout of what the map shows, open in the designer; None and a sentence if that cannot be."""
        session, desk = self._dock.settled_session(), self._desk
        if session is None:
            return None
        QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            layout = self._filled(session, template)
        except AtlasError as error:
            desk.messages.error(error.message, error.details)
            return None
        finally:
            QApplication.restoreOverrideCursor()
        desk.open_layout(layout)
        return layout

    def _filled(self, session: DatasetSession, template: str) -> QgsPrintLayout:
        desk, state = self._desk, session.state
        story = story_of(session, state.begin_ms, state.end_ms)
        scene = scene_of_canvas(desk.canvas, session.layer)
        wanted = Wanted(find_template(template), scene, story, story.frame_at(self._moment(session)))
        layout = make_layout(desk.project, wanted)
        keep_in_project(desk.project, layout, scene)
        return layout

    def _moment(self, session: DatasetSession) -> int | None:
        """The last step that the map shows; None for the dataset's last, also while the map shows all dates."""
        frame = range_ms(self._desk.canvas.temporalRange())
        if frame is None:
            return None
        begin = session.shape.begin_ms if session.state.begin_ms is None else session.state.begin_ms
        end = session.shape.end_ms if session.state.end_ms is None else session.state.end_ms
        return min(max(frame[1] - 1, begin), end - 1)

    def _list_layouts(self) -> None:
        session = self._dock.session
        layouts = layouts_of(self._desk.project, session.path) if session is not None else []
        self._menu.show_layouts([layout.name() for layout in layouts])

    def send_frame(self, name: str, with_extent: bool) -> None:
        """Let the maps of a layout show what the map window shows."""
        session, canvas = self._dock.session, self._desk.canvas
        layout = self._desk.project.layoutManager().layoutByName(name)
        if session is None or layout is None:
            return
        shape = session.shape
        frame = frame_at(shape.played, self._moment(session))
        extent = QgsReferencedRectangle(canvas.extent(), canvas.mapSettings().destinationCrs())
        send_frame(layout, session.path, frame, extent if with_extent else None)
        self._desk.messages.info(tr("The layout “{layout}” shows {date}.").format(
            layout=name, date=frame_text(frame, shape.step)))

    # -- pages

    def _panels(self) -> None:
        session = self._dock.settled_session()
        if session is not None:
            self._desk.open_algorithm("outbreakatlas:smallmultiples", {
                "INPUT": session.layer_id, **_dates(session)})

    def _cities(self) -> None:
        session = self._dock.settled_session()
        if session is not None:
            self._desk.open_algorithm("outbreakatlas:maplayout", {
                "INPUT": session.layer_id, "TEMPLATE": "city_atlas", **_dates(session)})

    # -- films

    def show_film(self) -> None:
        """Open the dialog of films."""
        session, desk = self._dock.settled_session(), self._desk
        if session is None:
            return
        self._forget_dialog()
        dialog = self._dialog = FilmDialog(session.shape.step, subjects(desk.project), self._view)
        pictures = FilmPictures(desk.project, desk.canvas, session)
        begin = partial(self._begin_film, session, pictures)
        self._film = FilmController(dialog, session, LivePreview(pictures, dialog), desk.png_size, begin)
        dialog.help_wanted.connect(lambda: show_algorithm_help(dialog, "outbreakatlas:exportanimation"))
        dialog.finished.connect(lambda _code: self._forget_dialog())
        self._film.show(self._moment(session))

    def _begin_film(
        self, session: DatasetSession, pictures: FilmPictures, choices: FilmChoices, frames: tuple[Frame, ...]
    ) -> None:
        """From a maker of its own: that of the preview may still be drawing."""
        try:
            begun = pictures.begin(choices, frames)
            written = nothing_written
            if choices.sidecar:
                written = film_citation(pictures.story_of(begun, frames), _titled(begun, choices), frames)
        except AtlasError as error:
            self._desk.messages.error(error.message, error.details)
            return
        plan = FilmPlan(Path(choices.output), choices.format, choices.fps, begun.identity())
        self._desk.making.start(Order(begun, plan, session.layer_id, written))

    def _forget_dialog(self) -> None:
        dialog, self._dialog = self._dialog, None
        film, self._film = self._film, None
        if film is not None:
            film.close()
        if dialog is not None:
            dialog.deleteLater()


def _titled(begun: Pictures, choices: FilmChoices) -> FilmChoices:
    """The choices with the title that is on the page."""
    return replace(choices, title=title_of(begun.layout)) if begun.is_own and begun.layout is not None else choices


def _dates(session: DatasetSession) -> dict[str, str]:
    """The chosen dates, as algorithms take them."""
    state = session.state
    named = {"FROM": state.begin_ms, "TO": state.end_ms}
    return {name: as_utc(ms).toString(_ISO) for name, ms in named.items() if ms is not None}
