"""Results of the dock's analyses: files while they are made, then layers beside the dataset's."""
from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from qgis.core import (
    QgsLayerTreeLayer,
    QgsMapLayer,
    QgsProcessingUtils,
    QgsProject,
    QgsProviderRegistry,
    QgsRasterLayer,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QDateTime

from ..core.errors import AtlasError
from ..core.schema import MS_PER_DAY
from .layers import atlas_group, path_of_layer_string
from .temporal import wall_ms
from .translation import tr


class ResultFiles:
    """Folders for results in QGIS's temporary folder; those whose work did not end well are removed."""

    def __init__(self) -> None:
        self._open: set[Path] = set()

    def new_folder(self) -> Path:
        """A folder of its own for one piece of work."""
        folder = Path(QgsProcessingUtils.generateTempFilename("result")).parent
        self._open.add(folder)
        return folder

    def keep(self, folder: Path) -> None:
        """The work is done: from now on the files are QGIS's, which removes them when it ends."""
        self._open.discard(folder)

    def remove(self, folder: Path) -> None:
        self._open.discard(folder)
        shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        """Remove what is unfinished; nothing may be at work on it any more."""
        for folder in list(self._open):
            self.remove(folder)


def open_vector(source: str) -> QgsVectorLayer:
    """A vector layer with the style and the time that are stored in its file, named by its description."""
    path = path_of_layer_string(source)
    layer = QgsVectorLayer(source, path.stem, "ogr")
    return _dressed(layer, path)


def open_raster(source: str) -> QgsRasterLayer:
    """A raster with the style and the time that lie beside its file, named by its description."""
    path = Path(QgsProviderRegistry.instance().decodeUri("gdal", source)["path"])
    layer = QgsRasterLayer(source, path.stem)
    return _dressed(layer, path)


def add_above(project: QgsProject, dataset_id: str, layers: Sequence[QgsMapLayer]) -> None:
    """Put layers, the topmost first, right above a dataset's; at the top of our group if that is not in it."""
    at = _place_of(project, dataset_id)
    _insert(project, at if at is not None else 0, layers)


def add_below(project: QgsProject, dataset_id: str, layers: Sequence[QgsMapLayer]) -> None:
    """Put layers right below a dataset's; at the end of our group if that is not in it."""
    at = _place_of(project, dataset_id)
    _insert(project, at + 1 if at is not None else len(atlas_group(project).children()), layers)


def days_shown(layer: QgsVectorLayer) -> tuple[int, int] | None:
    """Begin and end (exclusive) of the days on which a map in time shows anything of a layer; None: always."""
    properties, fields = layer.temporalProperties(), layer.fields()
    if not properties.isActive():
        return None
    first = layer.minimumValue(fields.lookupField(properties.startField()))
    last = layer.maximumValue(fields.lookupField(properties.endField()))
    if not (isinstance(first, QDateTime) and isinstance(last, QDateTime)):
        return None
    return wall_ms(first) // MS_PER_DAY * MS_PER_DAY, (wall_ms(last) // MS_PER_DAY + 1) * MS_PER_DAY


def _insert(project: QgsProject, at: int, layers: Sequence[QgsMapLayer]) -> None:
    group = atlas_group(project)
    for offset, layer in enumerate(layers):
        project.addMapLayer(layer, False)
        group.insertLayer(at + offset, layer).setExpanded(False)


def _place_of(project: QgsProject, layer_id: str) -> int | None:
    nodes = atlas_group(project).children()
    return next((at for at, node in enumerate(nodes)
                 if isinstance(node, QgsLayerTreeLayer) and node.layerId() == layer_id), None)


def _dressed(layer: QgsMapLayer, path: Path) -> QgsMapLayer:
    if not layer.isValid():
        raise AtlasError(tr("{file} could not be opened.").format(file=path.name), layer.error().summary())
    layer.loadDefaultStyle()  # once more: QGIS has put its own guess of time over the stored one
    layer.loadDefaultMetadata()
    layer.setName(layer.metadata().title() or layer.name())
    return layer
