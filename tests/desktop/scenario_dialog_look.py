"""Show the dialog and its help in a theme and scale, and measure whether anything is cut off."""
from __future__ import annotations

from collections.abc import Iterator

from qgis.core import QgsApplication
from qgis.PyQt.QtGui import QGuiApplication
from qgis.PyQt.QtWidgets import QComboBox, QLabel, QPushButton


def scenario(stage: object) -> Iterator[object]:
    name = str(stage.arguments["name"])
    QgsApplication.setUITheme(str(stage.arguments["theme"]))
    yield 1.0
    stage.action("OutbreakAtlasOpen").trigger()
    yield 1.0
    dialog = stage.widget("OutbreakAtlasOpenDialog")
    stage.photograph(f"dialog_{name}")
    parts = [one for kind in (QLabel, QComboBox, QPushButton) for one in dialog.findChildren(kind) if one.isVisible()]
    stage.notes["cut"] = [
        one.objectName() for one in parts
        if one.width() < one.minimumSizeHint().width() or one.height() < one.minimumSizeHint().height()]
    screen = QGuiApplication.primaryScreen().availableGeometry()
    stage.notes["fits"] = screen.contains(dialog.frameGeometry())
    stage.notes["scale"] = dialog.devicePixelRatioF()
    stage.notes["hint"] = dialog.hintLabel.text()
    dialog.help_wanted.emit()
    yield 1.0
    stage.photograph(f"help_{name}")
    stage.widget("OutbreakAtlasHelp").close()
    dialog.reject()
    yield 0.5
