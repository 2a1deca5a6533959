"""Publish what the dock shows, in the program: the menu, a layout in the designer, a film; unload while one is made."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import qgis.utils
from qgis.core import QgsApplication, QgsProject
from qgis.gui import QgsMessageBarItem
from qgis.PyQt.QtCore import QPoint, Qt
from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QWidget,
)

OK = QDialogButtonBox.StandardButton.Ok
SMALL_SCREEN = (1366, 768)


def scenario(stage: object) -> Iterator[object]:
    folder = Path(str(stage.arguments["folder"]))
    yield 1.0
    dock = stage.widget("OutbreakAtlasDock")
    dock.setUserVisible(True)
    menu = stage.widget("OutbreakAtlasPublishMenu")
    stage.notes["offered without a dataset"] = menu.film.isEnabled()
    stage.plugin.open_files([str(stage.arguments.get("dataset") or made(folder))])
    yield lambda: "confirmed" in dock.totalLabel.text() and dock.epiCurve.canvas is not None
    dock.nextButton.click()
    stage.iface.mainWindow().setGeometry(0, 0, *SMALL_SCREEN)
    yield 2.0
    dock.scrollArea.ensureWidgetVisible(dock.publishButton)
    yield 0.3
    menu.popup(dock.publishButton.mapToGlobal(QPoint(-120, -menu.sizeHint().height())))
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Right)
    yield 0.7
    stage.photograph("publish_menu")
    stage.notes["templates"] = [one.text() for one in menu.layout_menu.actions()]
    menu.layout_menu.hide()
    menu.hide()
    yield from layout(stage, menu)
    yield from film(stage, menu, folder)
    yield from unload_at_work(stage, menu, folder)


def layout(stage: object, menu: QWidget) -> Iterator[object]:
    next(one for one in menu.layout_menu.actions() if one.objectName() == "template_a4_report").trigger()
    yield lambda: designers() != []
    designer = designers()[0]
    designer.setGeometry(0, 0, *SMALL_SCREEN)
    yield 1.0
    designer.findChild(QWidget, "mViewFrame")
    fit = next((one for one in designer.actions() + designer.findChildren(type(menu.film))
                if one.objectName() == "mActionZoomAll"), None)
    if fit is not None:
        fit.trigger()
    yield 3.0
    stage.photograph("publish_layout")
    stage.notes["layouts"] = [one.name() for one in QgsProject.instance().layoutManager().layouts()]
    stage.notes["private layers"] = private_layers()
    designer.close()
    yield 0.5
    menu.frame_menu.aboutToShow.emit()
    stage.notes["sent to"] = [one.text() for one in menu.frame_menu.actions() if one.text()]


def film(stage: object, menu: QWidget, folder: Path) -> Iterator[object]:
    menu.film.trigger()
    yield 0.5
    dialog = shown("OutbreakAtlasFilmDialog")
    yield lambda: not dialog.preview.picture.isNull() and "about" in dialog.summaryLabel.text()
    dialog.move(20, 20)
    stage.notes["film of"] = [dialog.subjectCombo.itemText(at) for at in range(dialog.subjectCombo.count())]
    stage.notes["summary"] = dialog.summaryLabel.text()
    stage.notes["fits"] = [dialog.frameGeometry().width() <= SMALL_SCREEN[0],
                           dialog.frameGeometry().height() <= SMALL_SCREEN[1]]
    stage.notes["cut"] = cut(dialog)
    stage.notes["without a name"] = nameless(dialog)
    stage.notes["keys"] = walk(dialog)
    stage.photograph("film_dialog")
    dialog.subjectCombo.setCurrentIndex(0)
    dialog.presetCombo.setCurrentIndex(dialog.presetCombo.findData("square"))
    yield 1.0
    yield lambda: dialog.preview.picture.width() == dialog.preview.picture.height() == 1080
    stage.photograph("film_dialog_map")
    dialog.set_size(640, 360, "own")
    dialog.outputEdit.setFilePath(str(folder / "a film.mp4"))
    dialog.toEdit.setDateTime(dialog.fromEdit.dateTime().addDays(9))
    yield 1.0
    dialog.buttonBox.button(OK).click()
    yield lambda: "Film made" in told(stage)
    stage.notes["told"] = told(stage)
    stage.notes["film"] = (folder / "a film.mp4").stat().st_size
    yield 0.5
    stage.photograph("film_made")


def unload_at_work(stage: object, menu: QWidget, folder: Path) -> Iterator[object]:
    menu.film.trigger()
    yield 0.5
    dialog = shown("OutbreakAtlasFilmDialog")
    yield lambda: not dialog.preview.picture.isNull()
    dialog.presetCombo.setCurrentIndex(dialog.presetCombo.findData("hd"))
    dialog.outputEdit.setFilePath(str(folder / "never.mp4"))
    yield 1.0
    dialog.buttonBox.button(OK).click()
    yield 1.5
    stage.photograph("film_at_work")
    stage.notes["at work"] = told(stage)
    stage.notes["tasks at work"] = QgsApplication.taskManager().countActiveTasks()
    qgis.utils.unloadPlugin("outbreak_atlas")
    yield 0.5
    stage.notes["left"] = sorted(one.name for one in folder.iterdir() if one.name.startswith("never"))
    stage.notes["tasks left"] = QgsApplication.taskManager().countActiveTasks()
    stage.notes["menus left"] = [one.objectName() for one in QApplication.allWidgets()
                                 if one.objectName().startswith("OutbreakAtlas") and one.isVisible()]
    stage.notes["layouts after"] = [one.name() for one in QgsProject.instance().layoutManager().layouts()]
    stage.notes["private layers after"] = private_layers()


def made(folder: Path) -> str:
    """A small synthetic dataset."""
    import processing

    csv = processing.run("outbreakatlas:makesampledataset", {
        "ROWS": 20_000, "PLACES": 1_000, "CITIES": 30, "OUTPUT": str(folder / "made.csv")})["OUTPUT"]
    processing.run("outbreakatlas:loaddataset", {"INPUT": [csv], "OUTPUT": str(folder / "made.gpkg")})
    return str(folder / "made.gpkg")


def designers() -> list[QMainWindow]:
    return [one for one in QApplication.topLevelWidgets()
            if one.metaObject().className() == "QgsLayoutDesignerDialog" and one.isVisible()]


def private_layers() -> int:
    return sum(bool(one.customProperty("outbreak_atlas/layout")) for one in QgsProject.instance().mapLayers().values())


def shown(name: str) -> QWidget:
    return next(one for one in QApplication.allWidgets() if one.objectName() == name and one.isVisible())


def told(stage: object) -> str:
    return " | ".join(item.text() for item in stage.iface.messageBar().items() if isinstance(item, QgsMessageBarItem))


def cut(dialog: QWidget) -> list[object]:
    kinds = (QLabel, QComboBox, QAbstractButton, QAbstractSpinBox)
    parts = [one for kind in kinds for one in dialog.findChildren(kind) if one.isVisible()]
    return [(one.objectName(), one.width(), one.height(), one.minimumSizeHint().width(), one.minimumSizeHint().height())
            for one in parts if one.objectName() and (
                one.width() < one.minimumSizeHint().width() or one.height() < one.minimumSizeHint().height())]


def nameless(dialog: QWidget) -> list[str]:
    kinds = (QComboBox, QAbstractSpinBox)
    return [one.objectName() for kind in kinds for one in dialog.findChildren(kind)
            if one.isVisible() and one.objectName() and not one.accessibleName()
            and not one.objectName().startswith("qt_")]


def walk(dialog: QWidget) -> list[str]:
    """What the Tab key comes by."""
    dialog.activateWindow()
    dialog.subjectCombo.setFocus()
    names = []
    for _turn in range(20):
        now = QApplication.focusWidget()
        while now is not None and now is not dialog and (not now.objectName() or isinstance(now, QLineEdit)) \
                and now.objectName() not in ("titleEdit",):
            now = now.parentWidget()
        name = now.objectName() if now is not None else ""
        if name in names[:1] and len(names) > 1:
            break
        if not names or names[-1] != name:
            names.append(name)
        QTest.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_Tab)
    QGuiApplication.processEvents()
    return names
