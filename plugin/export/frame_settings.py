"""How the map of a film is drawn: its settings, their time, and which of its layers change with time."""
from __future__ import annotations

import re

from qgis.core import (
    Qgis,
    QgsAnnotationLayer,
    QgsDateTimeRange,
    QgsExpressionContext,
    QgsExpressionContextUtils,
    QgsGroupLayer,
    QgsMapLayer,
    QgsMapSettings,
    QgsProject,
    QgsReadWriteContext,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtXml import QDomDocument

from ..bridge.temporal import as_utc
from ..core.frames import Frame
from .scene import Scene

#: A film looks the same at any size: as on a screen of 96 dpi where its shorter side has 1080 pixels.
_DPI, _SHORT_SIDE_PX, _LEAST_DPI = 96, 1080, 48
#: What a style says that looks at the map's time or the clock, or is another one each time.
TELLS_TIME = re.compile(r"map_start_time|map_end_time|map_interval|item_variables|\$now|now\s*\(|rand[a-z]*\s*\(|"
                        r"symbol_frame|is_animated=\"1\"", re.IGNORECASE)

#: The symbol layer that hides what others draw.
_MASK = "MaskMarker"


def scene_settings(scene: Scene, size: QSize) -> QgsMapSettings:
    """How the maps of a scene are drawn, but for their time."""
    project = scene.dataset.project() or QgsProject.instance()
    settings = QgsMapSettings()
    settings.setLayers(list(scene.layers))
    settings.setDestinationCrs(scene.crs)
    settings.setTransformContext(project.transformContext())
    settings.setPathResolver(project.pathResolver())
    settings.setEllipsoid(project.ellipsoid())
    settings.setLabelingEngineSettings(project.labelingEngineSettings())
    settings.setOutputSize(size)
    settings.setOutputDpi(max(_DPI * min(size.width(), size.height()) / _SHORT_SIDE_PX, _LEAST_DPI))
    settings.setExtent(scene.extent)
    settings.setBackgroundColor(scene.background)
    settings.setFlag(Qgis.MapSettingsFlag.DrawSelection, False)
    context = QgsExpressionContext()
    context.appendScope(QgsExpressionContextUtils.globalScope())
    context.appendScope(QgsExpressionContextUtils.projectScope(project))
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    return settings


def frame_settings(settings: QgsMapSettings, frame: Frame) -> QgsMapSettings:
    """The settings of a map with a frame's time."""
    timed = QgsMapSettings(settings)
    timed.setIsTemporal(True)
    timed.setTemporalRange(frame_range(frame))
    context = QgsExpressionContext(timed.expressionContext())
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(timed))
    timed.setExpressionContext(context)
    return timed


def frame_range(frame: Frame) -> QgsDateTimeRange:
    """A frame's time as QGIS is told it: the end is not part of it."""
    return QgsDateTimeRange(as_utc(frame.begin_ms), as_utc(frame.end_ms), True, False)


def split_layers(settings: QgsMapSettings) -> tuple[list[QgsMapLayer], list[QgsMapLayer]]:
    """The map's layers from the top one down to the lowest that changes with time, and those below it, which stand
    still. None stands still where labels of one layer make room for those of another, or a layer masks another."""
    layers = settings.layers()
    changing = [index for index, layer in enumerate(layers) if is_changing(layer)]
    if not changing:
        return [], layers
    cut = changing[-1] + 1
    if settings.layerStyleOverrides() or any(map(_reaches_out, layers)):
        return layers, []
    return layers[:cut], layers[cut:]


def is_changing(layer: QgsMapLayer) -> bool:
    """Whether a layer may look different at another time."""
    if isinstance(layer, QgsAnnotationLayer):
        return not layer.isEmpty()
    if isinstance(layer, QgsGroupLayer):
        return any(map(is_changing, layer.childLayers()))
    properties = layer.temporalProperties()
    return (properties is not None and properties.isActive()) or style_tells_time(layer)


def style_tells_time(layer: QgsMapLayer) -> bool:
    """Whether the style of a layer looks at the time or the clock."""
    return TELLS_TIME.search(_style_text(layer)) is not None


def _style_text(layer: QgsMapLayer) -> str:
    document, parts = QDomDocument("qgis"), QgsMapLayer.StyleCategory
    layer.exportNamedStyle(document, QgsReadWriteContext(),
                           parts.Symbology | parts.Labeling | parts.Diagrams | parts.Rendering)
    return str(document.toString())


def _reaches_out(layer: QgsMapLayer) -> bool:
    """Whether a layer has labels or diagrams, which are placed among those of others, or masks others."""
    if isinstance(layer, QgsVectorLayer):
        return bool(layer.labelsEnabled() or layer.diagramsEnabled() or _MASK in _style_text(layer))
    return bool(getattr(layer, "labelsEnabled", bool)())
