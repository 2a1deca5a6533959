"""Choose real files in the dialog one after the other, look at the preview, and load some of them."""
from __future__ import annotations

import time
from collections.abc import Iterator

from qgis.core import QgsApplication, QgsProject
from qgis.PyQt.QtWidgets import QDialogButtonBox, QPushButton


def texts(stage: object) -> str:
    return " ".join(item.text() for item in stage.iface.messageBar().items())


def seen(dialog: object) -> dict[str, object]:
    """What a person reads in the dialog."""
    model = dialog.table.model()
    columns = range(model.columnCount())
    return {
        "rows": model.rowCount(),
        "roles": {
            model.headerData(at, 1): dialog.table.header.box(at).currentData() for at in columns
            if dialog.table.header.box(at).currentData()},
        "status": dialog.statusLabel.text(), "map": dialog.map.label.text(), "counts": dialog.countsCombo.currentText(),
        "zone": dialog.zoneCombo.lineEdit().placeholderText(), "remembered": dialog.rememberedLabel.isVisible(),
        "layers": len(dialog.map.canvas.layers()),
    }


def scenario(stage: object) -> Iterator[object]:
    project = QgsProject.instance()
    yield 1.0
    for turn in stage.arguments["turns"]:
        stage.plugin.open_files(turn["files"])
        dialog = stage.widget("OutbreakAtlasOpenDialog")
        ok = dialog.buttonBox.button(QDialogButtonBox.StandardButton.Ok)
        began = time.monotonic()
        yield lambda dialog=dialog: dialog.table.model().rowCount() > 0 or "“" in dialog.statusLabel.text()
        waited = time.monotonic() - began
        yield from choose(dialog, turn)
        yield 1.2
        yield lambda ok=ok: ok.isEnabled()
        stage.photograph(f"preview_{turn['name']}")
        stage.notes[turn["name"]] = {**seen(dialog), "seconds": waited}
        if "output" not in turn:
            dialog.reject()
            yield 0.3
            continue
        dialog.outputWidget.setFilePath(turn["output"])
        ok.click()
        yield 0.6
        stage.notes[f"{turn['name']} loading"] = texts(stage)
        stage.photograph(f"loading_{turn['name']}")
        yield lambda: not QgsApplication.taskManager().countActiveTasks()
        yield 1.5
        stage.notes[f"{turn['name']} loaded"] = texts(stage)
        stage.notes[f"{turn['name']} buttons"] = [
            button.text() for item in stage.iface.messageBar().items() for button in item.findChildren(QPushButton)]
        stage.photograph(f"loaded_{turn['name']}")
        project.clear()
        yield 0.3


def choose(dialog: object, turn: dict[str, object]) -> Iterator[object]:
    """The one choice that a person has to make for some of the files."""
    if "datum" in turn:
        dialog.datumCombo.setCurrentIndex(dialog.datumCombo.findData(turn["datum"]))
    if "year" in turn:
        dialog.advancedGroup.setCollapsed(False)
        dialog.yearSpin.setValue(turn["year"])
    if "gazetteer" in turn:
        dialog.gazetteerWidget.setFilePath(turn["gazetteer"])
    yield 0.6
