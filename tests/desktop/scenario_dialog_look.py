"""Show the dialog with a file, and its help, in a theme and scale; measure whether anything is cut off."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qgis.core import QgsApplication
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QGuiApplication, QPalette
from qgis.PyQt.QtWidgets import QComboBox, QLabel, QPushButton


def contrast(dialog: object) -> int:
    """How far the lightness of text and of a marked cell are apart."""
    model = dialog.table.model()
    cells = (model.index(row, column) for row in range(model.rowCount()) for column in range(model.columnCount()))
    tint = next(colour for colour in (cell.data(Qt.ItemDataRole.BackgroundRole) for cell in cells) if colour)
    return abs(tint.lightness() - dialog.table.palette().color(QPalette.ColorRole.Text).lightness())


def scenario(stage: object) -> Iterator[object]:
    name = str(stage.arguments["name"])
    QgsApplication.setUITheme(str(stage.arguments["theme"]))
    yield 1.0
    stage.action("OutbreakAtlasOpen").trigger()
    yield 1.0
    dialog = stage.widget("OutbreakAtlasOpenDialog")
    stage.notes["hint"] = dialog.hintLabel.text()
    dialog.set_files([Path(str(stage.arguments["file"]))])
    yield lambda: dialog.table.model().rowCount() > 0
    yield 1.5
    stage.photograph(f"dialog_{name}")
    stage.notes["texts"] = contrast(dialog)
    parts = [one for kind in (QLabel, QComboBox, QPushButton) for one in dialog.findChildren(kind) if one.isVisible()]
    stage.notes["cut"] = [
        (one.objectName(), one.width(), one.height(), one.minimumSizeHint().width(), one.minimumSizeHint().height())
        for one in parts
        if one.width() < one.minimumSizeHint().width() or one.height() < one.minimumSizeHint().height()]
    screen = QGuiApplication.primaryScreen().availableGeometry()
    stage.notes["fits"] = screen.contains(dialog.frameGeometry())
    stage.notes["scale"] = dialog.devicePixelRatioF()
    dialog.advancedGroup.setCollapsed(False)
    yield 0.7
    dialog.scrollArea.ensureWidgetVisible(dialog.keepCheck)
    yield 0.5
    stage.photograph(f"dialog_advanced_{name}")
    dialog.help_wanted.emit()
    yield 1.0
    stage.photograph(f"help_{name}")
    stage.widget("OutbreakAtlasHelp").close()
    dialog.reject()
    yield 0.5
