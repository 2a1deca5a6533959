"""The scene of a publication: what a map window or a project shows, with a copy of the dataset's layer in it."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsLayoutItemMap,
    QgsMapLayer,
    QgsProject,
    QgsRectangle,
    QgsReferencedRectangle,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
)
from qgis.PyQt.QtGui import QColor

from ..bridge.filtering import set_time
from ..bridge.layers import (
    NEW_MAP_CRS,
    NO_ELLIPSOID,
    SEA,
    dress_newcomers,
    is_dressed,
    places_extent,
    view_extent,
    world_map,
)
from ..bridge.translation import tr
from ..core.errors import AtlasError
from .scene import Scene

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas

#: The whole world in degrees, as far as a new map's CRS shows it.
_WORLD = QgsRectangle(-180, -60, 180, 75)
#: At 45 degrees north the shortest way across a map so wide is a tenth shorter than the way along it.
_WIDEST_DEGREES = 120.0


def scene_of_canvas(canvas: QgsMapCanvas, layer: QgsVectorLayer) -> Scene:
    """What a map window shows now."""
    settings = canvas.mapSettings()
    return _scene(canvas.layers(), layer, settings.destinationCrs(), canvas.extent(), canvas.canvasColor())


def scene_of_project(project: QgsProject | None, layer: QgsVectorLayer) -> Scene:
    """What a project shows: its visible layers and its saved view; of one without maps, the dataset over the world map
    that ships with QGIS."""
    shown = [] if project is None else _visible(project)
    if project is None or not shown:
        return _bare_scene(project or QgsProject(), layer)
    extent = _in_crs(project.viewSettings().defaultViewExtent(), project.crs(), project)
    extent = extent or view_extent(layer, project.crs(), project) or _in_crs(
        QgsReferencedRectangle(_WORLD, layer.crs()), project.crs(), project) or QgsRectangle(layer.extent())
    return _scene(shown, layer, project.crs(), extent, project.backgroundColor())


def with_extent(scene: Scene, wanted: QgsReferencedRectangle, project: QgsProject | None) -> Scene:
    """The scene with another view, as far as its map reaches; refused where it has no place there."""
    extent = _in_crs(_within(wanted, scene.crs), scene.crs, project or QgsProject())
    if extent is None:
        raise AtlasError(tr("EXTENT {extent} has no place on a map in {crs}: choose another EXTENT.").format(
            extent=wanted.toString(3), crs=scene.crs.userFriendlyIdentifier()))
    return replace(scene, extent=extent)


def _within(wanted: QgsReferencedRectangle, crs: QgsCoordinateReferenceSystem) -> QgsReferencedRectangle:
    """An extent in degrees without what lies beyond a system's bounds, as the poles in Web Mercator."""
    if not wanted.crs().isGeographic() or crs.bounds().isEmpty():
        return wanted
    # Whole turns are left: they may be meant for a view across 180 degrees.
    bounds = crs.bounds()
    bounds = QgsRectangle(min(bounds.xMinimum(), wanted.xMinimum()), bounds.yMinimum(),
                          max(bounds.xMaximum(), wanted.xMaximum()), bounds.yMaximum())
    return QgsReferencedRectangle(wanted.intersect(bounds), wanted.crs())


def _bare_scene(project: QgsProject, layer: QgsVectorLayer) -> Scene:
    crs, world = QgsCoordinateReferenceSystem(NEW_MAP_CRS), world_map()
    extent = view_extent(layer, crs, project) or _in_crs(QgsReferencedRectangle(_WORLD, layer.crs()), crs, project)
    below = [] if world is None else [world]
    return _scene([layer, *below], layer, crs, extent or QgsRectangle(), QColor(SEA))


def _scene(
    layers: Sequence[QgsMapLayer], layer: QgsVectorLayer, crs: QgsCoordinateReferenceSystem, extent: QgsRectangle,
    background: QColor,
) -> Scene:
    copy = copy_of(layer)
    replaced = [copy if one is layer or one.id() == layer.id() else one for one in layers]
    shown = tuple(replaced) if copy in replaced else (copy, *replaced)
    return Scene(shown, copy, crs, QgsRectangle(extent), QColor(background))


def copy_of(layer: QgsVectorLayer) -> QgsVectorLayer:
    """A dataset's layer once more, as it is filtered and drawn; its time, which QGIS does not copy, is that of the
    filter."""
    copy = layer.clone()
    if not is_dressed(copy) and isinstance(copy.renderer(), QgsSingleSymbolRenderer):
        # Processing opens files without the style that is stored in them.
        copy.loadDefaultStyle()
    dress_newcomers([copy])
    set_time(copy)
    return copy


def _visible(project: QgsProject) -> list[QgsMapLayer]:
    """The layers that are ticked, the top one first."""
    root = project.layerTreeRoot()
    return [layer for layer in root.layerOrder() if layer.isValid() and layer.isSpatial() and _is_ticked(root, layer)]


def _is_ticked(root: object, layer: QgsMapLayer) -> bool:
    node = root.findLayer(layer.id())
    return node is not None and node.isVisible()


def _in_crs(
    extent: QgsReferencedRectangle, crs: QgsCoordinateReferenceSystem, project: QgsProject
) -> QgsRectangle | None:
    """An extent in another system; None if there is none, or it has no place there."""
    if extent.isNull() or extent.isEmpty():
        return None
    source = extent.crs() if extent.crs().isValid() else crs
    try:
        moved = QgsCoordinateTransform(source, crs, project).transformBoundingBox(QgsRectangle(extent))
    except QgsCsException:
        return None
    return moved if moved.isFinite() and not moved.isEmpty() else None


def has_places_beyond(dataset: QgsVectorLayer, item: QgsLayoutItemMap) -> bool:
    """Whether a map leaves places of the dataset beyond its edge."""
    extent = places_extent(dataset)
    if extent.isNull() or not extent.isFinite():
        return False
    transform = QgsCoordinateTransform(dataset.crs(), item.crs(), item.layout().project())
    try:
        return not item.extent().contains(transform.transformBoundingBox(extent))
    except QgsCsException:
        return True


def is_measurable(item: QgsLayoutItemMap) -> bool:
    """Whether a scale bar means something: QGIS measures from edge to edge the shortest way, which on a map of the
    world leads over a pole or around its other side."""
    if not has_true_lengths(item):
        return False
    wgs84 = QgsCoordinateReferenceSystem("EPSG:4326")
    transform = QgsCoordinateTransform(item.crs(), wgs84, item.layout().project())
    extent = item.extent()
    middle = extent.center()
    try:
        left, half, right = (
            transform.transform(x, middle.y()).x() for x in (extent.xMinimum(), middle.x(), extent.xMaximum()))
    except QgsCsException:
        return False
    return bool((half - left) % 360 + (right - half) % 360 < _WIDEST_DEGREES)


def has_true_lengths(item: QgsLayoutItemMap) -> bool:
    """Not of a project without an ellipsoid, where degrees are taken for lengths, and Mercator's as they are drawn."""
    if item.layout().project().ellipsoid() != NO_ELLIPSOID:
        return True
    crs = item.crs()
    return bool(crs.isValid() and not crs.isGeographic() and crs.authid() != NEW_MAP_CRS)


def own_layers(scene: Scene, project: QgsProject) -> Iterable[QgsMapLayer]:
    """The layers of a scene that the project does not hold."""
    return (layer for layer in scene.layers if project.mapLayer(layer.id()) is not layer)
