"""From a layer that the user chose to points with their cases."""
from __future__ import annotations

import numpy as np
from qgis.core import (
    Qgis,
    QgsProcessingFeatureSource,
    QgsProcessingFeatureSourceDefinition,
    QgsProviderRegistry,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
)

from ..core.arrays import Ints
from ..core.point_cases import Told
from ..core.progress import Progress
from .layers import is_updates, source_path
from .point_source import Bulk, PointInput, PointsRead, Question
from .systems import sound

#: Whose files GDAL streams with the values that QGIS shows.
_STREAMED = (".gpkg",)


def look_at(source: QgsProcessingFeatureSource, layer: QgsVectorLayer | None, chosen: object) -> PointInput:
    """Put down what another thread needs of a layer. `chosen`: the parameter's value, which may name a part of it.

    For the main thread.
    """
    part = _is_part(chosen)
    is_file = layer is not None and layer.providerType() == "ogr"
    path = source_path(layer) if is_file and is_updates(layer) else None
    bulk = _bulk_of(layer, part, _selected(layer, chosen)) if is_file else None
    title = layer.name() if layer is not None else source.sourceName()
    # A layer's features are asked for through a copy of what it knows: the layer itself is the main thread's.
    features = source if layer is None or part else QgsVectorLayerFeatureSource(layer)
    source.setInvalidGeometryCheck(Qgis.InvalidGeometryCheck.NoCheck)
    return PointInput(
        features, max(1, source.featureCount()), title, sound(source.sourceCrs()), source.fields(), path, bulk,
        _own_time(layer))


def read_points(layer: PointInput, question: Question, told: Told, progress: Progress) -> PointsRead:
    """Points, their cases and what else is said of them. For any thread. Raises `AtlasError` and `Cancelled`."""
    from .point_source_dataset import read_dataset
    from .point_source_layer import read_layer

    return (read_layer if layer.path is None else read_dataset)(layer, question, told, progress)


def _is_part(chosen: object) -> bool:
    """Whether only selected features, those of an expression, or so many are meant."""
    return isinstance(chosen, QgsProcessingFeatureSourceDefinition) and (
        chosen.selectedFeaturesOnly or bool(chosen.filterExpression) or chosen.featureLimit >= 0)


def _selected(layer: QgsVectorLayer, chosen: object) -> Ints | None:
    """The selected features, if just these are meant."""
    if not isinstance(chosen, QgsProcessingFeatureSourceDefinition) or not chosen.selectedFeaturesOnly:
        return None
    if chosen.filterExpression or chosen.featureLimit >= 0:
        return None
    return np.array(layer.selectedFeatureIds(), np.int64)


def _bulk_of(layer: QgsVectorLayer, is_part: bool, ids: Ints | None) -> Bulk | None:
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source())
    path, table = str(parts.get("path") or ""), str(parts.get("layerName") or "")
    subset = layer.subsetString()
    plain = path.lower().endswith(_STREAMED) and not (set(parts) & {"vsiPrefix", "vsiSuffix", "openOptions", "authcfg"})
    is_changed = layer.editBuffer() is not None and layer.isModified()
    if not plain or is_changed or subset.lstrip().upper().startswith("SELECT"):
        return None
    return Bulk(path, table, subset, is_part, ids)


def _own_time(layer: QgsVectorLayer | None) -> str:
    return "" if layer is None else str(layer.temporalProperties().startField())
