"""Run in a process of its own under some TZ: what QGIS makes of a dataset's time, as JSON on stdout.

`python time_probe.py FOLDER`
"""
from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".ci"))

from session import register_package  # noqa: E402

register_package()

from qgis.core import (  # noqa: E402
    QgsApplication,
    QgsCoordinateTransformContext,
    QgsExpression,
    QgsExpressionContext,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsPointXY,
    QgsProject,
    QgsTemporalNavigationObject,
    QgsVectorFileWriter,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
)
from qgis.PyQt.QtCore import Qt  # noqa: E402

HOUR, DAY = 3_600_000, 86_400_000
START = 18_295 * DAY  # 2020-02-03
#: (place, reported, shown from, shown to): a place that reports twice on the second day, one that stays.
#: As in a dataset's file, `shown_to` is the last millisecond in which a row is drawn.
ROWS = (
    ("A", START + 8 * HOUR, START, START + DAY - 1),
    ("A", START + DAY + 8 * HOUR, START + DAY, START + DAY - 1),
    ("A", START + DAY + 20 * HOUR, START + DAY, START + 3 * DAY - 1),
    ("B", START + 23 * HOUR, START, START + 3 * DAY - 1),
)


def write_file(path: Path) -> None:
    from outbreak_atlas.plugin.bridge.temporal import as_utc

    memory = QgsVectorLayer(
        "Point?crs=EPSG:4326&field=place:string&field=reported_at:datetime"
        "&field=shown_from:datetime&field=shown_to:datetime", "updates", "memory")
    for place, *moments in ROWS:
        one = QgsFeature(memory.fields())
        one.setAttributes([place, *(as_utc(moment) for moment in moments)])
        one.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(114.3, 30.6)))
        memory.dataProvider().addFeature(one)
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.layerName = "updates"
    QgsVectorFileWriter.writeAsVectorFormatV3(memory, str(path), QgsCoordinateTransformContext(), options)


def frames(layer: QgsVectorLayer, controller: QgsTemporalNavigationObject) -> list[object]:
    """Of every frame of the controller: its range, the filter, and which rows are drawn."""
    found = []
    for number in range(controller.totalFrameCount()):
        moment = controller.dateTimeRangeForFrameNumber(number)
        context = QgsVectorLayerTemporalContext()
        context.setLayer(layer)
        where = layer.temporalProperties().createFilterString(context, moment)
        rows = layer.getFeatures(QgsFeatureRequest().setFilterExpression(where))
        found.append([text(moment.begin()), text(moment.end()), sorted(f"{r['place']}{r.id()}" for r in rows)])
    return found


def text(moment: object) -> str:
    return moment.toUTC().toString(Qt.DateFormat.ISODate)


def main(folder: Path) -> dict[str, object]:
    from outbreak_atlas.plugin.bridge.temporal import Period, set_controller, set_layer_time, set_project_time
    from outbreak_atlas.plugin.core.schema import Step

    path = folder / "probe.gpkg"
    write_file(path)
    layer = QgsVectorLayer(f"{path}|layername=updates", "updates", "ogr")
    set_layer_time(layer)
    period = Period(START, START + 3 * DAY, Step.DAY)
    controller = QgsTemporalNavigationObject()
    set_controller(controller, period)
    project = QgsProject.instance()
    project.addMapLayer(layer)
    set_project_time(project, period)
    project.write(str(folder / "probe.qgz"))
    project.clear()
    project.read(str(folder / "probe.qgz"))
    saved = project.timeSettings()
    reopened = next(iter(project.mapLayers().values()))
    shown = QgsExpression("format_date(reported_at, 'yyyy-MM-dd HH:mm')")
    context = QgsExpressionContext()
    context.setFeature(next(reopened.getFeatures()))
    return {
        "frames": frames(reopened, controller),
        "range": [text(saved.temporalRange().begin()), text(saved.temporalRange().end())],
        "step": [saved.timeStep(), int(saved.timeStepUnit().value)],
        "panel": [project.readEntry("TemporalControllerWidget", f"/{key}")[0] for key in (
            "StartDateTime", "EndDateTime")],
        "mode": project.readNumEntry("TemporalControllerWidget", "/NavigationMode")[0],
        "shown": shown.evaluate(context),
    }


if __name__ == "__main__":
    application = QgsApplication([], False)
    application.initQgis()
    print(json.dumps(main(Path(sys.argv[1]))))
    QgsProject.instance().clear()
