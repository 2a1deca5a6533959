"""The layers that a clustering writes: whole or not at all, dressed, and put into the plugin's group."""
from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsFeature,
    QgsFeatureSink,
    QgsFields,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingOutputLayerDefinition,
    QgsProcessingUtils,
    QgsVectorFileWriter,
    QgsVectorLayer,
)

from ..bridge.cluster_styles import ClusterLook, dress_clusters
from ..bridge.dressing import dress_on_completion, keep_style
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress

if TYPE_CHECKING:
    from ..bridge.cluster_shapes import ClusterShapes
    from ..bridge.point_source import PointsRead
    from ..core.cluster_facts import ClusterFacts, Items
    from ..store.copied_points import StoredRows
    from .base import AtlasAlgorithm

#: What is left of a shapefile that cannot be read enough to be deleted as one.
_SHAPE_PARTS = (".shx", ".dbf", ".prj", ".cpg")
_COMPANIONS = ("", "-wal", "-shm", "-journal")


class ClusterOutput:
    """Writes the outputs of one run; when the block fails, the files that it made are removed."""

    def __init__(
        self, algorithm: AtlasAlgorithm, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> None:
        self._algorithm, self._parameters, self._context = algorithm, parameters, context
        self.names: dict[str, str] = {}

    def __enter__(self) -> ClusterOutput:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            for name in self.names.values():
                self._remove(name)

    def write_points(self, read: PointsRead, items: Items, look: ClusterLook, progress: Progress) -> None:
        from ..bridge.cluster_features import item_points, point_features, point_fields
        from ..store.item_points import write_item_points

        file = self._own_geopackage("OUTPUT")
        if read.step is not None and file:
            write_item_points(Path(file), item_points(read, items), look.abstract, progress)
            self.names["OUTPUT"] = file
            self._dress(file, len(items.point), look)
            return
        fields, renamed = point_fields(read.attributes.fields, items.first_ms is not None)
        for old, new in renamed.items():
            self._algorithm.warn(tr("The layer's own field {old} is called {new} in OUTPUT.").format(old=old, new=new))
        stored = read.attributes.stored
        if stored is not None and self._is_new_geopackage("OUTPUT") and stored.is_plain():
            self._copy(stored, fields, read, items, look, progress)
            return
        features = point_features(read, items, fields, progress)
        self._write("OUTPUT", fields, Qgis.WkbType.Point, read, features, look)

    def _copy(
        self, stored: StoredRows, fields: QgsFields, read: PointsRead, items: Items, look: ClusterLook,
        progress: Progress,
    ) -> None:
        """The same by SQL. The empty file is made by QGIS, so that fields and system are what they always are."""
        from ..bridge.cluster_features import copied_rows
        from ..store.copied_points import copy_points

        sink, destination = self._sink("OUTPUT", fields, Qgis.WkbType.Point, read)
        sink.flushBuffer()
        del sink
        copy_points(Path(destination), *copied_rows(stored, read, items), progress)
        self._dress(destination, len(items.point), look)

    def _own_geopackage(self, name: str) -> str:
        """The new GeoPackage that an output asks for; "" if it is anything else."""
        if not self._is_new_geopackage(name):
            return ""
        return str(self._algorithm.parameterAsOutputLayer(self._parameters, name, self._context))

    def _is_new_geopackage(self, name: str) -> bool:
        value = self._parameters.get(name)
        if isinstance(value, QgsProcessingOutputLayerDefinition) and value.useRemapping():
            return False
        # In a context of its own: asking puts the layer on the list of those to be loaded.
        text = str(self._algorithm.parameterAsOutputLayer(self._parameters, name, QgsProcessingContext()))
        return text.lower().endswith(".gpkg") and ":" not in text[2:]

    def write_clusters(
        self, read: PointsRead, facts: ClusterFacts, shapes: ClusterShapes, look: ClusterLook
    ) -> None:
        from ..bridge.cluster_features import cluster_features, cluster_fields

        fields = cluster_fields()
        features = cluster_features(facts, shapes, fields)
        self._write("SUMMARY", fields, Qgis.WkbType.MultiPolygon, read, [features], look)

    def _write(
        self, name: str, fields: QgsFields, shape: Qgis.WkbType, read: PointsRead,
        features: Iterable[list[QgsFeature]], look: ClusterLook,
    ) -> None:
        sink, destination = self._sink(name, fields, shape, read)
        written = 0
        for some in features:
            if not sink.addFeatures(some, QgsFeatureSink.Flag.FastInsert):
                raise AtlasError(_not_whole(destination), sink.lastError())
            written += len(some)
        sink.flushBuffer()
        del sink
        self._dress(destination, written, look)

    def _sink(
        self, name: str, fields: QgsFields, shape: Qgis.WkbType, read: PointsRead
    ) -> tuple[QgsFeatureSink, str]:
        file = Path(self._algorithm.parameterAsOutputLayer(self._parameters, name, QgsProcessingContext()))
        is_new = not file.exists()
        try:
            sink, destination = self._algorithm.parameterAsSink(
                self._parameters, name, self._context, fields, shape, read.crs)
        except QgsProcessingException as error:  # in the words of SQLite, with half a file left
            if is_new:
                self._remove(str(file))
            message = tr("“{file}” could not be written to “{folder}”: choose another folder or name, or free some of "
                         "the disk.")
            raise AtlasError(message.format(file=file.name, folder=file.parent), str(error)) from error
        if sink is None:
            raise AtlasError(self._algorithm.invalidSinkError(self._parameters, name))
        self.names[name] = destination
        return sink, destination

    def _dress(self, destination: str, written: int, look: ClusterLook) -> None:
        """Style and time: of the layer itself, of its file, and once more when it is put into the project."""
        layer = QgsProcessingUtils.mapLayerFromString(destination, self._context, False)
        layer = layer or QgsVectorLayer(destination, "", "ogr")
        if not layer.isValid() or layer.featureCount() not in (written, -1):
            # A disk that is full is sometimes only noticed when the file is closed.
            raise AtlasError(_not_whole(destination))
        dress_clusters(layer, look)
        keep_style(layer, tr("Clusters by Outbreak Atlas"))
        dress_on_completion(
            self._context, destination, self._algorithm.provider(), partial(dress_clusters, look=look))

    def _remove(self, destination: str) -> None:
        """Take back a file that was begun; what is no file goes with the context."""
        if not Path(destination).is_file():
            return
        if destination.lower().endswith(".shp"):
            QgsVectorFileWriter.deleteShapeFile(destination)
            for part in _SHAPE_PARTS:
                Path(destination).with_suffix(part).unlink(missing_ok=True)
        for companion in _COMPANIONS:
            with suppress(OSError):  # what still holds it lets go when the program ends
                Path(f"{destination}{companion}").unlink(missing_ok=True)


def _not_whole(destination: str) -> str:
    return tr("“{file}” could not be written whole: is the disk full?").format(file=Path(destination).name)
