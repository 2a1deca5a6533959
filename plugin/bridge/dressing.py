"""How results get their look: kept in their file, and once more when Processing puts them into the project."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProviderRegistry,
    QgsVectorLayer,
)

from .layers import GROUP

if TYPE_CHECKING:
    from .opening import SetterKeeper

_STYLE = "Outbreak Atlas"


class Dresser(QgsProcessingLayerPostProcessorInterface):
    """Dresses the result that Processing adds to the project; runs on the main thread."""

    def __init__(self, dress: Callable[[Any], None]) -> None:
        super().__init__()
        self._dress = dress

    def postProcessLayer(  # noqa: N802 - Qt's name
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        self._dress(layer)


def dress_on_completion(
    context: QgsProcessingContext, name: str, keeper: SetterKeeper | None, dress: Callable[[Any], None]
) -> None:
    """If the user wants the output opened: into the group, and dressed. The provider keeps what Processing borrows."""
    if keeper is None or not context.willLoadLayerOnCompletion(name):
        return
    details = context.layerToLoadOnCompletionDetails(name)
    details.groupName = GROUP
    keeper.stage_setters[Path(name)] = Dresser(dress)
    details.setPostProcessor(keeper.stage_setters[Path(name)])


def keep_style(layer: QgsVectorLayer, title: str) -> None:
    """Store a GeoPackage layer's style and description in its file, so that it is the same wherever it is opened."""
    if layer.providerType() != "ogr" or layer.dataProvider().storageType() != "GPKG":
        return
    layer.saveStyleToDatabase(_STYLE, title, True, "")
    registry = QgsProviderRegistry.instance()
    parts = registry.decodeUri("ogr", layer.source())
    named = {"path": parts["path"], "layerName": parts.get("layerName") or Path(parts["path"]).stem}
    registry.saveLayerMetadata("ogr", registry.encodeUri("ogr", named), layer.metadata())


def show_between(layer: QgsVectorLayer, begin: str, last: str) -> None:
    """Features are shown from one field's moment to the other's."""
    properties = layer.temporalProperties()
    properties.setMode(Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromFields)
    properties.setStartField(begin)
    properties.setEndField(last)
    properties.setLimitMode(Qgis.VectorTemporalLimitMode.IncludeBeginExcludeEnd)
    properties.setIsActive(True)


def describe(layer: QgsMapLayer, title: str, abstract: str) -> None:
    """Name the layer, and say in its metadata what it is."""
    layer.setName(title)
    metadata = layer.metadata()
    metadata.setTitle(title)
    metadata.setAbstract(abstract)
    metadata.setType("dataset")
    layer.setMetadata(metadata)
