"""Named views of a dataset: saved in the project with the layer, recalled with one click."""
from __future__ import annotations

from collections.abc import Callable

from qgis.core import QgsProject
from qgis.gui import QgsMapCanvas
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtWidgets import QInputDialog, QMenu, QMessageBox, QWidget

from ..plugin.bridge.dataset_session import DatasetSession
from ..plugin.bridge.map_view import extent_shown, show_extent
from ..plugin.bridge.translation import tr
from ..plugin.bridge.views import View, remove_view, rename_view, save_view, views_of
from ..plugin.core.filters import FilterState


class DockViews:
    """The menu of views; `recall` is told state, heat and position of the one that was chosen."""

    def __init__(
        self, menu: QMenu, parent: QWidget, project: QgsProject, canvas: QgsMapCanvas,
        recall: Callable[[FilterState, bool, int | None], None], position: Callable[[], int | None],
    ) -> None:
        self._menu, self._parent, self._project, self._canvas = menu, parent, project, canvas
        self._recall, self._position = recall, position
        self._session: DatasetSession | None = None
        self._below: list[QMenu] = []
        menu.aboutToShow.connect(self._fill)
        self._fill()

    def set_dataset(self, session: DatasetSession | None) -> None:
        self._session = session
        self._fill()

    def save(self, name: str) -> None:
        """Keep what is shown under a name; a view of that name is replaced."""
        session = self._session
        if session is not None:
            save_view(self._project, session.layer, View(
                name, session.state, session.heat, extent_shown(self._canvas), self._position()))
            self._fill()

    def recall(self, name: str) -> None:
        """Show a view again."""
        session = self._session
        view = next((one for one in self._views() if one.name == name), None)
        if session is not None and view is not None:
            show_extent(self._canvas, self._project, view.extent)
            self._recall(session.fitting(view.state), view.heat, view.position_ms)

    def remove(self, name: str) -> None:
        if self._session is not None:
            remove_view(self._project, self._session.layer, name)
            self._fill()

    def rename(self, name: str, new_name: str) -> None:
        """Give a view another name; one that has it already is replaced."""
        if self._session is not None:
            rename_view(self._project, self._session.layer, name, new_name)
            self._fill()

    def _views(self) -> list[View]:
        return views_of(self._session.layer) if self._session is not None else []

    def _fill(self) -> None:
        """Views first, one click away; then what else can be done."""
        self._menu.clear()
        for old in self._below:  # a menu that is cleared keeps those below it
            old.deleteLater()
        self._below.clear()
        names = [view.name for view in self._views()]
        for name in names:
            _add(self._menu, name, self.recall)
        if names:
            self._menu.addSeparator()
        self._menu.addAction(tr("Save view…")).triggered.connect(lambda _checked=False: self._ask_name(names))
        for title, act in ((tr("Rename"), self._ask_new_name), (tr("Remove"), self.remove)):
            below = QMenu(title, self._menu)
            self._below.append(below)
            self._menu.addMenu(below).setEnabled(bool(names))
            for name in names:
                _add(below, name, act)

    def _ask_name(self, names: list[str]) -> None:
        label = tr("Filter, metric, dates and map extent are kept in the project under this name:")
        name, accepted = QInputDialog.getItem(
            self._parent, tr("Save view – Outbreak Atlas"), label, names, -1, True)
        if accepted and name.strip() and self._may_replace(name.strip()):
            self.save(name.strip())

    def _ask_new_name(self, name: str) -> None:
        new_name, accepted = QInputDialog.getText(
            self._parent, tr("Rename view – Outbreak Atlas"), tr("New name:"), text=name)
        new_name = new_name.strip()
        if accepted and new_name not in ("", name) and self._may_replace(new_name):
            self.rename(name, new_name)

    def _may_replace(self, name: str) -> bool:
        """Ask before a view goes."""
        if all(view.name != name for view in self._views()):
            return True
        yes, no = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No
        question = tr("There is a view “{name}” already. Replace it?").format(name=name)
        box = QMessageBox(QMessageBox.Icon.Question, tr("Outbreak Atlas"), question, yes | no, self._parent)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setDefaultButton(no)
        return bool(box.exec() == yes)


def _add(menu: QMenu, name: str, act: Callable[[str], None]) -> None:
    menu.addAction(name.replace("&", "&&")).triggered.connect(lambda _checked=False: act(name))
