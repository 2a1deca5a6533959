"""A dataset's GeoPackage as a QGIS layer: opened, dressed, put into the project."""
from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsFeatureRequest,
    QgsLayerTreeGroup,
    QgsMapLayer,
    QgsProject,
    QgsProviderRegistry,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QTimer
from qgis.PyQt.QtGui import QColor

from ..core.errors import AtlasError
from ..core.schema import LAYER_UPDATES
from ..store.opening import is_ours
from .description import Description, read_description
from .filtering import add_own_subset, bare_source, level_subset, own_subset_of, set_time
from .styles import world_map_renderer
from .temporal import set_controller, set_project_time
from .translation import tr

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas

GROUP = "Outbreak Atlas"
#: Marks layers whose name, filter and time were set once; it is saved with the project.
_DRESSED = "outbreak_atlas/dressed"
#: Web Mercator for a new map: it keeps shapes (a hull or a city is not squashed, as plain degrees
#: would at 35 degrees north), and web map tiles, which people add next, need no resampling in it.
NEW_MAP_CRS = "EPSG:3857"
#: What QGIS calls it when lengths are measured in the plane of the map.
NO_ELLIPSOID = "NONE"
SEA = "#dfe8ee"
#: Rows that are looked at one by one within about a second.
_MANY_ROWS = 200_000
#: Narrower than this it is one place, which does not say how much there is to see of it: this much on each side.
_ONE_PLACE_DEGREES, _AROUND_ONE_DEGREES = 0.001, 0.5


def layer_string(path: Path, table: str = LAYER_UPDATES) -> str:
    """What QGIS calls a table of a GeoPackage."""
    return f"{path}|layername={table}"


def path_of_layer_string(text: str) -> Path:
    """The file in a layer string."""
    return Path(QgsProviderRegistry.instance().decodeUri("ogr", text)["path"])


def source_path(layer: QgsMapLayer) -> Path | None:
    """The file behind a layer, None if it is not of a file."""
    parts = QgsProviderRegistry.instance().decodeUri(layer.providerType(), layer.source())
    return Path(parts["path"]) if parts.get("path") else None


def layers_of(project: QgsProject, path: Path) -> list[QgsMapLayer]:
    """The project's layers that read this file."""
    return [
        layer for layer in project.mapLayers().values()
        if (source := source_path(layer)) is not None and is_same_file(source, path)
    ]


def dataset_of(layer: QgsVectorLayer | None) -> Path:
    """The GeoPackage behind a layer made by Load dataset; an error for any other layer."""
    path = source_path(layer) if layer is not None and layer.providerType() == "ogr" else None
    parts = QgsProviderRegistry.instance().decodeUri("ogr", layer.source()) if path is not None else {}
    if path is None or parts.get("layerName") not in (None, "", LAYER_UPDATES):
        name = layer.name() if layer is not None else ""
        raise AtlasError(tr("“{layer}” is not the layer “updates” of a dataset made by Load dataset.").format(
            layer=name))
    read_description(path)
    return path


def dataset_layers(project: QgsProject) -> list[QgsVectorLayer]:
    """The project's layers `updates` of datasets, in the order of the layer tree."""
    nodes = project.layerTreeRoot().findLayers()
    return [node.layer() for node in nodes if node.layer() is not None and is_updates(node.layer())]


def is_updates(layer: QgsMapLayer) -> bool:
    """At a glance: a point layer of a GeoPackage that says it is ours."""
    path = source_path(layer) if layer.isValid() and layer.providerType() == "ogr" else None
    if path is None or path.suffix.lower() != ".gpkg":
        return False
    table = QgsProviderRegistry.instance().decodeUri("ogr", layer.source()).get("layerName")
    return table in (None, "", LAYER_UPDATES) and is_ours(path)


def is_dataset(path: Path) -> bool:
    """Whether the file is a finished dataset."""
    return _description_if_ours(path) is not None


def _description_if_ours(path: Path) -> Description | None:
    """A dataset's description; None for any other file, at which only a glance is taken."""
    if path.suffix.lower() != ".gpkg" or not is_ours(path):
        return None
    try:
        return read_description(path)
    except AtlasError:
        return None


def open_layer(path: Path) -> QgsVectorLayer:
    """The layer `updates` with its stored style and time, named and described."""
    layer = QgsVectorLayer(layer_string(path), path.stem, "ogr")
    if not layer.isValid():
        raise AtlasError(tr("{file} could not be opened.").format(file=path.name), layer.error().summary())
    dress(layer, read_description(path))
    return layer


def dress(layer: QgsVectorLayer, description: Description) -> None:
    """What a stored style cannot carry: name, source, and a filter to one level unless the layer has one.

    Time too: QGIS reads it with the stored style, and then puts its own guess from the names of fields there.
    """
    layer.setName(description.title)
    layer.setCustomProperty(_DRESSED, True)
    set_time(layer)
    if level_subset(description) and not own_subset_of(layer):
        # Provinces and their cities in one file: drawn together they would be counted twice.
        add_own_subset(layer, level_subset(description))
    metadata = layer.metadata()
    metadata.setTitle(description.title)
    metadata.setAbstract(description.abstract())
    metadata.setType("dataset")
    metadata.setKeywords({"gmd:topicCategory": [tr("Health")]})
    layer.setMetadata(metadata)


def dress_newcomers(layers: Sequence[QgsMapLayer]) -> None:
    """Dress datasets that were added without the plugin: dragged in, or by another program's script.

    A layer that was dressed before, perhaps in a project that is read again, keeps what the user made of it.
    """
    for layer in layers:
        path = source_path(layer)
        if path is None or layer.providerType() != "ogr" or layer.customProperty(_DRESSED):
            continue
        table = QgsProviderRegistry.instance().decodeUri("ogr", layer.source()).get("layerName")
        description = _description_if_ours(path) if table in (None, "", LAYER_UPDATES) else None
        if description is not None:
            dress(layer, description)


def is_dressed(layer: QgsMapLayer) -> bool:
    """Whether name, filter and time of a dataset's layer were set; a file that was only opened has none of them."""
    return bool(layer.customProperty(_DRESSED))


def add_to_project(project: QgsProject, path: Path, canvas: QgsMapCanvas | None = None) -> QgsVectorLayer:
    """Open a dataset on top of the project, above a quiet world map, ready to play.

    Time, view and CRS of a project that held no map are set; a project with a map keeps its view and
    CRS. `canvas` is None without a window: then the saved project opens at the right place and time.
    """
    was_empty = not _maps(project)
    layer = open_layer(path)
    project.addMapLayer(layer, False)
    atlas_group(project).insertLayer(0, layer).setExpanded(True)
    set_stage(project, layer, canvas, was_empty)
    return layer


def set_stage(
    project: QgsProject, layer: QgsVectorLayer, canvas: QgsMapCanvas | None, was_empty: bool
) -> None:
    """World map, view and time around a layer. For the main thread."""
    path = source_path(layer)
    if was_empty:
        add_world_map(project)
        project.setCrs(QgsCoordinateReferenceSystem(NEW_MAP_CRS))
        project.setBackgroundColor(QColor(SEA))
        _look_at(project, layer, canvas)
    if path is not None:
        start_time(project, read_description(path), canvas)


def start_time(project: QgsProject, description: Description, canvas: QgsMapCanvas | None) -> None:
    """Let project and controller follow the dataset's period and step."""
    set_project_time(project, description.period)
    controller = canvas.temporalController() if canvas is not None else None
    if controller is not None:
        set_controller(controller, description.period)


def atlas_group(project: QgsProject) -> QgsLayerTreeGroup:
    """The plugin's group, made on top of the layer tree when it is not there."""
    root = project.layerTreeRoot()
    return root.findGroup(GROUP) or root.insertGroup(0, GROUP)


def world_map() -> QgsVectorLayer | None:
    """The countries that ship with QGIS, quiet; None where the package left them out."""
    path = Path(QgsApplication.pkgDataPath()) / "resources" / "data" / "world_map.gpkg"
    world = QgsVectorLayer(layer_string(path, "countries"), tr("World map"), "ogr")
    if not world.isValid():
        return None
    world.setRenderer(world_map_renderer())
    world.setFlags(world.flags() & ~QgsMapLayer.LayerFlag.Identifiable & ~QgsMapLayer.LayerFlag.Searchable)
    return world


def add_world_map(project: QgsProject) -> QgsVectorLayer | None:
    """The world map at the bottom of the project; None where there is none."""
    world = world_map()
    if world is None:
        return None
    project.addMapLayer(world, False)
    node = project.layerTreeRoot().addLayer(world)
    node.setExpanded(False)
    return world


def _maps(project: QgsProject) -> list[QgsMapLayer]:
    return [layer for layer in project.mapLayers().values() if layer.isSpatial()]


def _look_at(project: QgsProject, layer: QgsVectorLayer, canvas: QgsMapCanvas | None) -> None:
    extent = view_extent(layer, project.crs(), project)
    if extent is None:
        return
    project.viewSettings().setDefaultViewExtent(QgsReferencedRectangle(extent, project.crs()))
    if canvas is not None:
        # After QGIS has set up the view of a first layer, which it does in the next turn of its event loop.
        QTimer.singleShot(0, partial(_show_extent, project, canvas, layer.id(), extent))


def _show_extent(project: QgsProject, canvas: QgsMapCanvas, layer_id: str, extent: QgsRectangle) -> None:
    if project.mapLayer(layer_id) is None:
        return
    project.setCrs(QgsCoordinateReferenceSystem(NEW_MAP_CRS))
    canvas.setExtent(extent)
    canvas.refresh()


def view_extent(
    layer: QgsVectorLayer, crs: QgsCoordinateReferenceSystem, project: QgsProject
) -> QgsRectangle | None:
    """The layer's extent in a CRS with a margin of 5 percent, None if nothing has a point."""
    extent = places_extent(layer)
    if extent.isNull() or not extent.isFinite():
        return None
    across = max(extent.width(), extent.height())
    extent.grow(max(0.05 * across, 0.01) if across > _ONE_PLACE_DEGREES else _AROUND_ONE_DEGREES)
    extent = extent.intersect(QgsRectangle(-180, -85, 180, 85))
    try:
        transform = QgsCoordinateTransform(layer.crs(), crs, project)
        return transform.transformBoundingBox(extent, Qgis.TransformDirection.Forward)
    except QgsCsException:
        return None


def places_extent(layer: QgsVectorLayer) -> QgsRectangle:
    """The extent of what a layer shows, null where nothing has a point."""
    return filtered_extent(layer) if layer.subsetString() else QgsRectangle(layer.extent())


def filtered_extent(layer: QgsVectorLayer) -> QgsRectangle:
    """The extent of the rows that a layer's filter lets through, for which QGIS may give none; of all rows where they
    are too many to look at."""
    whole = QgsVectorLayer(bare_source(layer), "whole", "ogr").extent()
    if layer.featureCount() > _MANY_ROWS:
        return whole
    extent = QgsRectangle()
    for feature in layer.getFeatures(QgsFeatureRequest().setNoAttributes()):
        if feature.hasGeometry():
            extent.combineExtentWith(feature.geometry().boundingBox())
    return extent


def is_same_file(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file."""
    try:
        return one.samefile(other)
    except OSError:
        return one.absolute() == other.absolute()
