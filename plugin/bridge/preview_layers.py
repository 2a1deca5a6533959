"""Layers of the small map in the open dialog; they never join the project."""
from __future__ import annotations

from typing import TYPE_CHECKING

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeature,
    QgsField,
    QgsFields,
    QgsGeometry,
    QgsMarkerSymbol,
    QgsPalLayerSettings,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
)
from qgis.PyQt.QtCore import QMetaType
from qgis.PyQt.QtGui import QColor

from .layers import NEW_MAP_CRS
from .translation import tr

if TYPE_CHECKING:
    from ..core.preview import SamplePoints

#: Beyond these latitudes the map has no end.
_MOST_NORTH = 85.0
#: So many degrees are shown at least: the world map has no towns, but coasts and borders tell where one is.
_LEAST_SPAN = 8.0
_NAME_SIZE_PT = 7.5


def points_layer(points: SamplePoints) -> QgsVectorLayer:
    """The points with their names, in memory."""
    layer = QgsVectorLayer("Point?crs=EPSG:4326", tr("Sample of points"), "memory")
    fields = QgsFields()
    fields.append(QgsField("name", QMetaType.Type.QString))
    layer.dataProvider().addAttributes(fields)
    layer.updateFields()
    layer.dataProvider().addFeatures([_feature(layer, *one) for one in zip(points.lon, points.lat, points.names)])
    layer.updateExtents()
    layer.setRenderer(QgsSingleSymbolRenderer(QgsMarkerSymbol.createSimple({
        "name": "circle", "size": "2.2", "color": "185,58,94,170", "outline_color": "#ffffff",
        "outline_width": "0.15",
    })))
    layer.setLabeling(QgsVectorLayerSimpleLabeling(_names()))
    layer.setLabelsEnabled(True)
    return layer


def _names() -> QgsPalLayerSettings:
    """Names beside the points as far as there is room: they tell whether a point is where it should be."""
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setSize(0.7)
    halo.setColor(QColor("#ffffff"))
    writing = QgsTextFormat()
    writing.setSize(_NAME_SIZE_PT)
    writing.setColor(QColor("#333333"))
    writing.setBuffer(halo)
    settings = QgsPalLayerSettings()
    settings.fieldName = "name"
    settings.setFormat(writing)
    return settings


def _feature(layer: QgsVectorLayer, lon: float, lat: float, name: str) -> QgsFeature:
    feature = QgsFeature(layer.fields())
    feature.setAttribute(0, name)
    feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(lon, lat)))
    return feature


def map_crs() -> QgsCoordinateReferenceSystem:
    """That of a new map: the small one looks like the big one."""
    return QgsCoordinateReferenceSystem(NEW_MAP_CRS)


def view_of(points: SamplePoints) -> QgsRectangle | None:
    """What the map shows of the points, in its own CRS, with a margin; None where there are none."""
    if not points.lon:
        return None
    degrees = QgsRectangle(min(points.lon), min(points.lat), max(points.lon), max(points.lat))
    span = max(degrees.width(), degrees.height())
    degrees.grow(max(0.08 * span, (_LEAST_SPAN - span) / 2))
    degrees = degrees.intersect(QgsRectangle(-180, -_MOST_NORTH, 180, _MOST_NORTH))
    try:
        transform = QgsCoordinateTransform(
            QgsCoordinateReferenceSystem("EPSG:4326"), map_crs(), QgsProject.instance().transformContext())
        return transform.transformBoundingBox(degrees, Qgis.TransformDirection.Forward)
    except QgsCsException:
        return None
