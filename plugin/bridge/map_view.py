"""What the map shows: gone to, kept as part of a named view, gone back to."""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from qgis.core import QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsCsException, QgsProject, QgsRectangle
from qgis.gui import QgsMapCanvas

from ..core.filters import Area, Shape
from ..store.areas import bounds_of
from .views import Extent, extent_of, rectangle_in

#: A place by itself is shown with so much around it, in degrees.
_LEAST_DEGREES = 0.02
_MARGIN = 1.1


def extent_shown(canvas: QgsMapCanvas) -> Extent:
    """What the map shows now."""
    return extent_of(canvas.extent(), canvas.mapSettings().destinationCrs())


def show_extent(canvas: QgsMapCanvas, project: QgsProject, extent: Extent | None) -> None:
    """Go back to an extent; nothing where the map's CRS has no place for it."""
    box = rectangle_in(extent, canvas.mapSettings().destinationCrs(), project) if extent is not None else None
    if box is not None:
        canvas.setExtent(box)
        canvas.refresh()


def show_areas(
    canvas: QgsMapCanvas, project: QgsProject, path: Path, shape: Shape, areas: Iterable[Area]
) -> bool:
    """Go to the places of some areas; False if none of them has a point."""
    bounds = bounds_of(path, shape.area_columns, areas)
    if bounds is None:
        return False
    box = QgsRectangle(bounds.west, bounds.south, bounds.east, bounds.north)
    box.grow(max(_LEAST_DEGREES - max(box.width(), box.height()), 0.0) / 2)
    box.scale(_MARGIN)
    transform = QgsCoordinateTransform(
        QgsCoordinateReferenceSystem("EPSG:4326"), canvas.mapSettings().destinationCrs(), project)
    try:
        canvas.setExtent(transform.transformBoundingBox(box))
    except QgsCsException:
        return False
    canvas.refresh()
    return True
