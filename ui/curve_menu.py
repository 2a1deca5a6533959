"""The menu of the epidemic curve: save, copy, and how it is drawn."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Callable

from qgis.core import QgsSettings
from qgis.PyQt.QtGui import QImage
from qgis.PyQt.QtWidgets import QAction, QApplication, QFileDialog, QMenu

from ..plugin.bridge.translation import tr
from .curve_saving import Kept, png_of

if TYPE_CHECKING:
    from .curve_widget import CurveWidget

_FOLDER = "outbreak_atlas/curve/folder"


def curve_menu(widget: CurveWidget, kept: Kept | None) -> QMenu:
    """A menu for the curve that is shown; without one there is nothing to save."""
    menu = QMenu(widget)
    for name, suffix, filters in (
        (tr("Save as &SVG…"), ".svg", tr("SVG drawing (*.svg)")),
        (tr("Save as &PNG…"), ".png", tr("PNG picture (*.png)")),
        (tr("Save as &CSV…"), ".csv", tr("CSV table (*.csv)")),
    ):
        _add(menu, name, lambda suffix=suffix, filters=filters: _save_as(widget, suffix, filters), kept is not None)
    _add(menu, tr("C&opy picture"), lambda: _copy(kept), kept is not None)
    menu.addSeparator()
    _add_check(menu, tr("&Logarithmic scale of the total"), widget.log, widget.set_log)
    _add_check(menu, tr("Show &mean"), widget.mean, widget.set_mean)
    menu.addSeparator()
    _add(menu, tr("Show &all dates"), widget.clear_range, widget.has_range)
    return menu


def _add(menu: QMenu, text: str, act: Callable[[], None], enabled: bool) -> QAction:
    action = menu.addAction(text)
    action.setEnabled(enabled)
    action.triggered.connect(lambda _checked=False: act())
    return action


def _add_check(menu: QMenu, text: str, checked: bool, act: Callable[[bool], None]) -> None:
    action = menu.addAction(text)
    action.setCheckable(True)
    action.setChecked(checked)
    action.toggled.connect(act)


def _save_as(widget: CurveWidget, suffix: str, filters: str) -> None:
    """Ask for a file in the folder of last time."""
    settings = QgsSettings()
    folder = Path(str(settings.value(_FOLDER, "") or Path.home()))
    name, _ = QFileDialog.getSaveFileName(widget, tr("Save the curve"), str(folder / f"curve{suffix}"), filters)
    if name:
        path = Path(name) if Path(name).suffix.lower() == suffix else Path(name + suffix)
        settings.setValue(_FOLDER, str(path.parent))
        widget.save(path)


def _copy(kept: Kept) -> None:
    QApplication.clipboard().setImage(QImage.fromData(png_of(kept)))
