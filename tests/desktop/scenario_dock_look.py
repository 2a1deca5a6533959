"""Show the dock in a theme, a scale and a width; measure whether anything is cut off, and walk through it by keys."""
from __future__ import annotations

import re
from collections.abc import Iterator

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtCore import QPoint, QRect, Qt
from qgis.PyQt.QtGui import QPalette
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QWidget,
)

WIDTH = 300
INTERACTIVE = (QAbstractButton, QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit)


def scenario(stage: object) -> Iterator[object]:
    arguments, name = stage.arguments, str(stage.arguments["name"])
    QgsApplication.setUITheme(str(arguments["theme"]))
    yield 1.0
    dock = stage.widget("OutbreakAtlasDock")
    dock.setUserVisible(True)
    yield from narrow(stage, dock)
    stage.notes["empty"] = [one.text() for one in shown(dock.emptyPage, (QLabel, QAbstractButton))]
    stage.notes["letters of the empty page"] = mnemonics(dock)
    stage.photograph(f"dock_empty_{name}")
    dataset(str(arguments["folder"]), str(arguments["step"]))
    stage.plugin.open_files([f"{arguments['folder']}/made.gpkg"])
    yield lambda: "confirmed" in dock.totalLabel.text() and dock.epiCurve.canvas is not None
    yield from narrow(stage, dock)
    look(stage, dock, name)
    stage.photograph(f"dock_look_{name}")
    dock.scrollArea.ensureWidgetVisible(dock.resetButton)
    dock.cityTree.model().check_shown(False)
    dock.kindCombo.showPopup()
    yield 0.5
    stage.photograph(f"dock_look_below_{name}")
    dock.kindCombo.hidePopup()
    dock.cityTree.model().check_shown(True)
    yield from walk(stage, dock)
    yield from play(stage, dock)


def narrow(stage: object, dock: QWidget) -> Iterator[object]:
    """A scaled screen is small: there the dock floats, as high as the screen."""
    if dock.devicePixelRatioF() > 1.6:
        dock.setFloating(True)
        dock.setGeometry(QRect(QPoint(420, 5), stage.iface.mainWindow().size()).adjusted(0, 0, 0, -30))
        dock.resize(WIDTH, dock.height())
    else:
        stage.iface.mainWindow().resizeDocks([dock], [WIDTH], Qt.Orientation.Horizontal)
    yield 1.0


def dataset(folder: str, step: str) -> None:
    import processing

    made = processing.run("outbreakatlas:makesampledataset", {
        "ROWS": 20_000, "PLACES": 1_000, "CITIES": 30, "OUTPUT": f"{folder}/made.csv"})
    processing.run("outbreakatlas:loaddataset", {
        "INPUT": [made["OUTPUT"]], "STEP": step, "OUTPUT": f"{folder}/made.gpkg"})


def shown(parent: QWidget, kinds: tuple[type, ...]) -> list[QWidget]:
    return [one for kind in kinds for one in parent.findChildren(kind) if one.isVisible()]


def look(stage: object, dock: QWidget, name: str) -> None:
    parts = shown(dock.widget(), (QLabel, QComboBox, QAbstractButton, QAbstractSpinBox))
    stage.notes["cut"] = [
        (one.objectName(), one.width(), one.height(), one.minimumSizeHint().width(), one.minimumSizeHint().height())
        for one in parts
        if one.width() < one.minimumSizeHint().width() or one.height() < one.minimumSizeHint().height()]
    stage.notes["width"] = dock.width()
    stage.notes["beyond the edge"] = dock.scrollContents.width() - dock.scrollArea.viewport().width()
    stage.notes["scale"] = dock.devicePixelRatioF()
    stage.notes["curve"] = contrast(dock)
    header = dock.cityTree.header()
    stage.notes["title cut"] = header.sectionSizeHint(1) > header.sectionSize(1)
    interactive = [one for one in shown(dock.widget(), INTERACTIVE)
                   if one.objectName() and not one.objectName().startswith("qt_") and one.focusPolicy()]
    stage.notes["interactive"] = sorted(one.objectName() for one in interactive)
    stage.notes["without a tip"] = [one.objectName() for one in interactive if not one.toolTip()]
    stage.notes["without a name"] = [one.objectName() for one in interactive if not one.accessibleName()]
    stage.notes["letters"] = mnemonics(dock)
    bar = stage.iface.mainWindow().menuBar()
    stage.notes["letters of the menus"] = [letter for one in bar.actions() for letter in letters(one.text())]
    stage.notes["sentence"] = dock.totalLabel.accessibleName()


def contrast(dock: QWidget) -> int:
    """How far the lightness of words and ground of the curve are apart, and of both from the theme's."""
    from qgis.PyQt.QtGui import QColor

    drawn, theme = dock.epiCurve.canvas.plot.look, QApplication.palette()
    ground = theme.color(QPalette.ColorRole.Base)
    return min(abs(QColor(drawn.text).lightness() - QColor(drawn.background).lightness()),
               255 - abs(QColor(drawn.background).lightness() - ground.lightness()))


def letters(text: str) -> list[str]:
    return [one.upper() for one in re.findall(r"&(\w)", text.replace("&&", ""))]


def mnemonics(dock: QWidget) -> list[str]:
    return sorted(letter for one in shown(dock.widget(), (QLabel, QAbstractButton)) for letter in letters(one.text()))


def walk(stage: object, dock: QWidget) -> Iterator[object]:
    """From widget to widget by Tab; what each is, is noted."""
    dock.activateWindow()
    dock.datasetCombo.setFocus(Qt.FocusReason.TabFocusReason)
    yield 0.3
    visited: list[str] = []
    while len(visited) < 60:
        now = QApplication.focusWidget()
        named = now
        while not named.objectName():
            named = named.parentWidget()
        if named.objectName() not in visited[-1:]:  # a date has several parts
            visited.append(named.objectName())
        if visited[-1] == "resetButton":
            break
        QTest.keyClick(now, Qt.Key.Key_Tab)
    stage.notes["tab order"] = visited


def play(stage: object, dock: QWidget) -> Iterator[object]:
    """While it plays nothing jumps, the focus stays, and a date that is being typed is left alone."""
    dock.firstButton.click()
    yield 0.7
    dock.citySearch.setFocus(Qt.FocusReason.TabFocusReason)
    dock.speedSpin.setValue(20)
    heights = set()
    dock.playButton.click()
    for _turn in range(12):
        yield 0.15
        heights.add((dock.totalLabel.height(), dock.frameLabel.height()))
    stage.notes["focus"] = QApplication.focusWidget().objectName()
    stage.notes["heights"] = sorted(heights)
    QTest.keyClick(dock.positionEdit, Qt.Key.Key_Home)
    dock.positionEdit.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClicks(dock.positionEdit, "20")
    typed = dock.positionEdit.text()
    yield 0.8
    stage.notes["typed"] = (typed, dock.positionEdit.text())
    dock.playButton.click()
    yield 0.5
    QgsProject.instance().clear()
    yield 0.5
    dock.setFloating(False)
    yield 0.2
