"""Run in a process of its own under some TZ: what each frame of a dataset shows, as JSON on stdout.

`python frames_probe.py DATASET.gpkg PROFILE`: for every frame of the project's range, the features that
QGIS's own temporal filter selects, and those that a map of the frame really drew.
"""
from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".ci"))

from session import start_qgis  # noqa: E402

session = start_qgis(Path(sys.argv[2]))

from outbreak_atlas.plugin.bridge.layers import add_to_project  # noqa: E402
from qgis.core import (  # noqa: E402
    QgsDateTimeRange,
    QgsFeatureRequest,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsProject,
    QgsRenderedFeatureHandlerInterface,
    QgsVectorLayerTemporalContext,
)
from qgis.PyQt.QtCore import QSize  # noqa: E402


class Drawn(QgsRenderedFeatureHandlerInterface):
    """Notes the features that a map draws."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[int] = []

    def handleRenderedFeature(self, feature, bounds, context) -> None:  # noqa: N802 - Qt's name
        self.ids.append(feature.id())


def frame(layer, period: QgsDateTimeRange) -> list[list]:
    """The features of a frame by createFilterString: id, place, counts, has a point."""
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    request = QgsFeatureRequest()
    request.setFilterExpression(layer.temporalProperties().createFilterString(context, period))
    return [
        [f.id(), f["place"], *(None if str(f[m]) == "NULL" else f[m] for m in ("confirmed", "deaths")), f.hasGeometry()]
        for f in layer.getFeatures(request)
    ]


def drawn(layer, period: QgsDateTimeRange) -> list[int]:
    """The features that the picture of a frame holds."""
    settings, handler = QgsMapSettings(), Drawn()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    extent = layer.extent()
    extent.grow(1)
    settings.setExtent(extent)
    settings.setOutputSize(QSize(400, 300))
    settings.setOutputDpi(96)
    settings.setIsTemporal(True)
    settings.setTemporalRange(period)
    settings.addRenderedFeatureHandler(handler)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    return sorted(handler.ids)


project = QgsProject.instance()
layer = add_to_project(project, Path(sys.argv[1]))
whole = project.timeSettings().temporalRange()
frames, begin = {}, whole.begin()
while begin < whole.end():
    period = QgsDateTimeRange(begin, begin.addDays(1), True, False)
    frames[begin.toString("yyyy-MM-dd")] = {"rows": frame(layer, period), "drawn": drawn(layer, period)}
    begin = begin.addDays(1)
print(json.dumps(frames))
sys.stdout.flush()
