"""The dock as a person uses it: load, type dates, tick cities, change the metric, play, save; then come back."""
from __future__ import annotations

from collections.abc import Iterator

from qgis.core import QgsApplication, QgsProject, QgsVectorLayerTemporalContext
from qgis.PyQt.QtCore import Qt, QTimer
from qgis.PyQt.QtTest import QTest
from qgis.PyQt.QtWidgets import QApplication, QDateTimeEdit, QDialogButtonBox, QInputDialog

FRAMES = 10
CITIES = ("武汉", "孝感", "黄冈")


def scenario(stage: object) -> Iterator[object]:
    yield 1.0
    yield from (come_back(stage) if stage.arguments["part"] == "second" else work(stage))


def work(stage: object) -> Iterator[object]:
    dock = stage.widget("OutbreakAtlasDock")
    stage.notes["dock at first"] = dock.isVisible()
    yield from load(stage)
    yield lambda: dock.isUserVisible() and "confirmed" in dock.totalLabel.text()
    yield from stop(stage, "opened")
    type_date(dock.positionEdit, "2020", "02", "13")
    yield from stop(stage, "position typed")
    type_date(dock.fromEdit, "2020", "02", "10")
    type_date(dock.toEdit, "2020", "03", "15")
    yield from stop(stage, "dates typed")
    tick(dock, CITIES)
    yield from stop(stage, "cities ticked")
    dock.metricCombo.setCurrentIndex(dock.metricCombo.findData("new_confirmed"))
    yield from stop(stage, "new")
    dock.metricCombo.setCurrentIndex(dock.metricCombo.findData("deaths"))
    yield from stop(stage, "deaths")
    yield from play(stage, dock)
    yield from stop(stage, "played")
    save_view(dock, "three cities")
    yield 0.5
    stage.notes["written"] = QgsProject.instance().write(stage.arguments["project"])
    yield 0.5


def come_back(stage: object) -> Iterator[object]:
    dock = stage.widget("OutbreakAtlasDock")
    stage.iface.addProject(stage.arguments["project"])
    yield lambda: dock.isUserVisible() and "deaths" in dock.totalLabel.text()
    yield from stop(stage, "reopened")
    dock.resetButton.click()
    yield from stop(stage, "reset")
    dock.viewsMenu.aboutToShow.emit()
    next(one for one in dock.viewsMenu.actions() if one.text() == "three cities").trigger()
    yield from stop(stage, "view recalled")


def load(stage: object) -> Iterator[object]:
    stage.action("OutbreakAtlasOpen").trigger()
    yield 0.5
    dialog = stage.widget("OutbreakAtlasOpenDialog")
    ok = dialog.buttonBox.button(QDialogButtonBox.StandardButton.Ok)
    dialog.filesWidget.setFilePath(str(stage.arguments["input"]))
    dialog.outputWidget.setFilePath(str(stage.arguments["output"]))
    dialog.datumCombo.setCurrentIndex(dialog.datumCombo.findData("GCJ02"))
    yield lambda: ok.isEnabled() and not dialog.hintLabel.text()
    ok.click()
    yield lambda: bool(QgsProject.instance().mapLayers()) and not QgsApplication.taskManager().countActiveTasks()


def type_date(edit: QDateTimeEdit, *parts: str) -> None:
    """Digit by digit, part by part; Enter takes it."""
    edit.setFocus()
    edit.setSelectedSection(QDateTimeEdit.Section.YearSection)
    QTest.keyClicks(edit, "".join(parts))
    QTest.keyClick(edit, Qt.Key.Key_Return)


def tick(dock: object, cities: tuple[str, ...]) -> None:
    """None at first, then these, one after the other."""
    model = dock.cityTree.model()
    tops = [model.index(row, 0) for row in range(model.rowCount())]
    for top in tops:
        model.setData(top, Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    hubei = next(top for top in tops if str(top.data()).startswith("湖北"))
    for row in range(model.rowCount(hubei)):
        city = model.index(row, 0, hubei)
        if str(city.data()).rstrip("市") in cities:
            model.setData(city, Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)


def play(stage: object, dock: object) -> Iterator[object]:
    controller = stage.iface.mapCanvas().temporalController()
    frames: list[str] = []
    dock.firstButton.click()
    yield 1.0
    listening = controller.updateTemporalRange.connect(
        lambda moment: frames.append(moment.begin().toString("yyyy-MM-dd")))
    dock.speedSpin.setValue(8)
    dock.playButton.click()
    yield lambda: len(frames) >= FRAMES
    dock.playButton.click()
    controller.updateTemporalRange.disconnect(listening)
    stage.notes["frames"] = frames[:FRAMES]


def save_view(dock: object, name: str) -> None:
    """By the menu and its question, which waits for an answer."""
    def answer() -> None:
        question = next(one for one in QApplication.topLevelWidgets() if isinstance(one, QInputDialog))
        question.setTextValue(name)
        question.accept()

    QTimer.singleShot(500, answer)
    next(one for one in dock.viewsMenu.actions() if "Save view" in one.text()).trigger()


def stop(stage: object, name: str) -> Iterator[object]:
    """Wait until all is drawn; note what a person reads, and what QGIS draws."""
    canvas = stage.iface.mapCanvas()
    yield 1.2
    yield lambda: not canvas.isDrawing()
    dock = stage.widget("OutbreakAtlasDock")
    layer = next(one for one in QgsProject.instance().mapLayers().values() if one.name().startswith("main"))
    moment, column = canvas.temporalRange(), layer.renderer().classAttribute().strip('"')
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    rows = list(layer.getFeatures(layer.temporalProperties().createFilterString(context, moment)))
    drawn = [row for row in rows if row.hasGeometry() and isinstance(row[column], (int, float))]
    known = [row[column] for row in rows if isinstance(row[column], (int, float))]
    stage.notes[name] = {
        "label": dock.totalLabel.text(), "frame": dock.frameLabel.text(), "column": column, "rows": len(rows),
        "drawn": len(drawn), "sum": sum(known), "sum on map": sum(row[column] for row in drawn),
        "end": moment.end().toString("yyyy-MM-ddTHH:mm"), "subset": layer.subsetString(),
        "position": dock.positionEdit.text(), "from": dock.fromEdit.text(), "to": dock.toEdit.text(),
        "metric": dock.metricCombo.currentData(), "legend": [one.label() for one in layer.renderer().ranges()],
        "counts": counts(dock),
    }
    stage.photograph(f"dock_{name.replace(' ', '_')}")


def counts(dock: object) -> dict[str, str]:
    """The numbers beside the provinces."""
    model = dock.cityTree.model()
    return {model.index(row, 0).data(): model.index(row, 1).data() for row in range(model.rowCount())}
