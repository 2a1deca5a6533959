"""The main dataset in the dock: presets, clusters, a distance suggested, heat in one map and in a series that plays."""
from __future__ import annotations

from collections.abc import Iterator

from qgis.core import QgsApplication, QgsMapRendererCustomPainterJob, QgsMapSettings, QgsProject
from qgis.PyQt.QtGui import QImage, QPainter
from qgis.PyQt.QtWidgets import QAbstractButton, QWidget
from scenario_dock import load, type_date
from scenario_dock_analysis import layers, run, shown

FRAMES = 5
#: Circles are saturated, the map below them is not; the date label lies above.
_SATURATED, _BELOW_LABEL = 90, 110


def scenario(stage: object) -> Iterator[object]:
    yield 1.0
    dock = stage.widget("OutbreakAtlasDock")
    yield from load(stage)
    yield lambda: dock.isUserVisible() and "confirmed" in dock.totalLabel.text() and dock.epiCurve.canvas is not None
    dock.metricCombo.setCurrentIndex(dock.metricCombo.findData("new_confirmed"))
    yield 1.0
    yield from presets(stage, dock)
    type_date(dock.fromEdit, "2020", "02", "03")
    type_date(dock.toEdit, "2020", "02", "16")
    yield 1.0
    type_date(dock.positionEdit, "2020", "02", "13")
    yield 1.0
    yield from clusters(stage, dock)
    yield from cancelled(stage, dock)
    yield from heat(stage, dock)
    yield from series(stage, dock)


def presets(stage: object, dock: QWidget) -> Iterator[object]:
    """The frame moves and the filter changes at once: circles are drawn all the same."""
    drawn = []
    everything, peak = dock.presetButton.menu().actions()[0], dock.presetButton.menu().actions()[-1]
    for _turn in range(5):
        dock.firstButton.click()
        yield 0.5
        for preset in (peak, everything):
            preset.trigger()
            yield 0.5
            yield lambda: not stage.iface.mapCanvas().isDrawing()
            drawn.append(circles(stage))
    stage.notes["circles after a preset"] = drawn


def circles(stage: object) -> int:
    """How many points of the map are as saturated as circles are."""
    image = stage.iface.mapCanvas().grab().toImage().scaledToWidth(300)
    return sum(image.pixelColor(x, y).saturation() > _SATURATED
               for x in range(image.width()) for y in range(_BELOW_LABEL // 2, image.height()))


def clusters(stage: object, dock: QWidget) -> Iterator[object]:
    dock.clusterButton.click()
    yield 0.5
    dialog = shown("OutbreakAtlasClusterDialog")
    stage.notes["sentence"] = dialog.sentenceLabel.text()
    stage.photograph("main_cluster_dialog")
    dialog.suggestButton.click()
    yield lambda: "Suggest" in dialog.suggestButton.text() and bool(dialog.statusLabel.text())
    yield 0.5
    stage.notes["suggested"] = dialog.statusLabel.text()
    fields = dialog.methodCombo, dialog.distanceSpin, dialog.daysSpin, dialog.leastSpin
    stage.notes["fields squeezed"] = [one.objectName() for one in fields if one.height() < one.sizeHint().height()]
    stage.photograph("main_cluster_suggested")
    dialog.distanceSpin.setValue(float(stage.arguments["km"]))
    run(dialog)
    yield lambda: len(layers()) == 3
    yield 2.0
    points = layers()[0]
    members = [row for row in points.getFeatures() if row["cluster_id"] == 1]
    stage.notes["first cluster"] = {
        "cities": [[row["province"], row["city"]] for row in members], "cases": sum(row["cases"] for row in members)}
    stage.notes["outlines"] = {str(row["cluster_id"]): row["cases"] for row in layers()[1].getFeatures()}
    stage.notes["found"] = " ".join(item.text() for item in stage.iface.messageBar().items())
    stage.photograph("main_clusters")


def cancelled(stage: object, dock: QWidget) -> Iterator[object]:
    dock.clusterButton.click()
    yield 0.3
    run(shown("OutbreakAtlasClusterDialog"))
    button = next(one for one in stage.iface.messageBar().findChildren(QAbstractButton, "loadingCancel"))
    button.click()
    yield lambda: not QgsApplication.taskManager().countActiveTasks()
    yield 0.5
    stage.notes["cancelled"] = [" ".join(item.text() for item in stage.iface.messageBar().items()), len(layers())]


def heat(stage: object, dock: QWidget) -> Iterator[object]:
    dock.heatmapButton.click()
    yield 0.5
    dialog = shown("OutbreakAtlasHeatDialog")
    stage.notes["heat"] = [dialog.sentenceLabel.text(), dialog.radiusSpin.value()]
    stage.photograph("main_heat_dialog")
    run(dialog)
    yield lambda: len(layers()) == 4
    yield 2.0
    stage.photograph("main_heat")


def series(stage: object, dock: QWidget) -> Iterator[object]:
    dock.heatmapButton.click()
    yield 0.5
    dialog = shown("OutbreakAtlasHeatDialog")
    dialog.playsCombo.setCurrentIndex(1)
    yield 0.3
    stage.photograph("main_series_dialog")
    run(dialog)
    yield lambda: len(layers()) == 5
    yield 1.0
    stage.notes["layers"] = [[layer.name(), layer.type().name] for layer in layers()]
    made = layers()[3]
    for other in layers():
        if other is not made:
            QgsProject.instance().layerTreeRoot().findLayer(other).setItemVisibilityChecked(False)
    yield from play(stage, dock, made)
    seen_on_map = layers()[:3]
    for other in seen_on_map:
        QgsProject.instance().layerTreeRoot().findLayer(other).setItemVisibilityChecked(True)
    yield 2.0
    stage.photograph("main_series_with_all")


def play(stage: object, dock: QWidget, made: object) -> Iterator[object]:
    canvas, seen = stage.iface.mapCanvas(), []
    type_date(dock.positionEdit, "2020", "02", "07")
    yield 1.0

    def look() -> None:
        moment = canvas.temporalRange()
        band = made.temporalProperties().bandForTemporalRange(made, moment)
        own = made.temporalProperties().fixedRangePerBand()[band]
        image = canvas.grab().toImage()
        seen.append({
            "frame": moment.begin().toString("yyyy-MM-dd"), "band": band, "begin": own.begin().toString("yyyy-MM-dd"),
            "is drawn": picture(canvas, made) == picture(canvas, still(made, band)),
            "picture": hash(bytes(image.copy(0, _BELOW_LABEL, image.width(), image.height()).bits().asstring(
                image.width() * 4 * (image.height() - _BELOW_LABEL))))})
        stage.photograph(f"main_series_{len(seen)}")

    look()
    dock.speedSpin.setValue(1)
    listening = canvas.mapCanvasRefreshed.connect(look)
    dock.playButton.click()
    yield lambda: len(seen) >= FRAMES
    dock.playButton.click()
    canvas.mapCanvasRefreshed.disconnect(listening)
    stage.notes["seen"] = seen[:FRAMES]


def still(layer: object, band: int) -> object:
    """A copy that shows one band, whatever the time."""
    copy = layer.clone()
    copy.temporalProperties().setIsActive(False)
    copy.renderer().setInputBand(band)
    return copy


def picture(canvas: object, layer: object) -> bytes:
    """A layer by itself, as the canvas would draw it."""
    settings = QgsMapSettings(canvas.mapSettings())
    settings.setLayers([layer])
    image = QImage(settings.outputSize(), QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    job = QgsMapRendererCustomPainterJob(settings, painter)
    job.renderSynchronously()
    painter.end()
    return image.bits().asstring(image.sizeInBytes())
