"""An algorithm that only reads its points, and how it is asked."""
from __future__ import annotations

import time
from typing import Any

from outbreak_atlas.plugin.algorithms.points import PointsAlgorithm
from outbreak_atlas.plugin.bridge.point_source import PointsRead
from outbreak_atlas.plugin.core.point_cases import Told
from outbreak_atlas.plugin.core.progress import Progress
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsGeometry,
    QgsPointXY,
    QgsProcessingAlgRunnerTask,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProject,
    QgsVectorLayer,
)


class _Reader(PointsAlgorithm):
    NAME, TITLE = "reader", "Reader"

    def __init__(self, told: Told, needs_time: bool, found: list[PointsRead]) -> None:
        super().__init__()
        self._given = (told, needs_time, found)
        self.NEEDS_TIME = needs_time

    def createInstance(self) -> PointsAlgorithm:  # noqa: N802 - Qt's name
        return _Reader(*self._given)

    def shortHelpString(self) -> str:  # noqa: N802
        return ""

    def work(self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress) -> dict[str, Any]:
        self._given[2].append(self.read(parameters, context, self._given[0], progress))
        return {}


def read(source: object, told: Told = Told.NOTHING, needs_time: bool = False, **parameters: Any) -> PointsRead:
    """What an algorithm reads of a layer. Raises `QgsProcessingException` with the sentence that a user sees."""
    found: list[PointsRead] = []
    algorithm = _Reader(told, needs_time, found)
    algorithm.initAlgorithm()
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    context.setProject(QgsProject.instance())
    asked = {"INPUT": source, **parameters}
    accepted, reason = algorithm.checkParameterValues(asked, context)
    if not accepted:
        raise QgsProcessingException(reason)
    _, done = algorithm.run(asked, context, feedback)
    if not done:
        raise QgsProcessingException(feedback.textLog())
    return found[0]


def read_in_background(source: object, **parameters: Any) -> PointsRead:
    """The same by a task, as QGIS runs algorithms."""
    found: list[PointsRead] = []
    algorithm = _Reader(Told.NOTHING, False, found)
    algorithm.initAlgorithm()
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    context.setProject(QgsProject.instance())
    task = QgsProcessingAlgRunnerTask(algorithm, {"INPUT": source, **parameters}, context, feedback)
    ended: list[bool] = []
    task.executed.connect(lambda done, results: ended.append(done))
    QgsApplication.taskManager().addTask(task)
    begin = time.monotonic()
    while not ended and time.monotonic() < begin + 30:
        QgsApplication.processEvents()
        time.sleep(0.01)
    assert ended == [True], feedback.textLog()
    return found[0]


def memory_layer(rows: list[tuple[str | None, list[Any]]], fields: str = "", crs: str = "EPSG:4326") -> QgsVectorLayer:
    """A layer in memory, in the project. rows: WKT (None without a point) and attributes; fields: of QGIS's URI."""
    layer = QgsVectorLayer(f"Point?crs={crs}{fields}", "cases", "memory")
    features = []
    for wkt, attributes in rows:
        feature = QgsFeature(layer.fields())
        feature.setAttributes(attributes)
        if wkt is not None:
            feature.setGeometry(QgsGeometry.fromWkt(wkt))
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    QgsProject.instance().addMapLayer(layer)
    return layer


def at(lon: float, lat: float) -> str:
    """WKT of a point."""
    return QgsGeometry.fromPointXY(QgsPointXY(lon, lat)).asWkt(12)
