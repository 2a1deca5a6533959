"""What the map shows: gone to, kept as part of a named view, gone back to."""
from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from qgis.core import (
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsDistanceArea,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)
from qgis.gui import QgsMapCanvas

from ..core.filters import Area, Shape
from ..store.areas import bounds_of
from .views import Extent, extent_of, rectangle_in

#: A place by itself is shown with so much around it, in degrees.
_LEAST_DEGREES = 0.02
_MARGIN = 1.1
#: The width of a map is told by so much of it around its middle, and is never more than once around the earth.
_PROBE, _MOST_M = 0.01, 40_000_000.0


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


def width_m(canvas: QgsMapCanvas, project: QgsProject) -> float | None:
    """How wide the map is, on the ground at the height of its middle; None where its CRS does not tell."""
    extent, crs = canvas.extent(), canvas.mapSettings().destinationCrs()
    measure = QgsDistanceArea()
    measure.setSourceCrs(crs, project.transformContext())
    measure.setEllipsoid("WGS84")
    middle, part = extent.center(), extent.width() * _PROBE
    try:
        length = measure.measureLine(
            QgsPointXY(middle.x() - part / 2, middle.y()), QgsPointXY(middle.x() + part / 2, middle.y()))
    except QgsCsException:
        return None
    metres = float(length) / _PROBE
    return min(metres, _MOST_M) if metres > 0 and crs.isValid() else None


@contextmanager
def drawing_stopped(canvas: QgsMapCanvas) -> Iterator[None]:
    """Change how or what layers draw; a drawing under way is given up first, and begun again afterwards.

    A filter that changes under a drawing ends its reading early: QGIS takes the half-drawn or empty picture for whole,
    keeps it in its cache and shows it until something else is drawn.
    """
    was_drawing = canvas.isDrawing()
    if was_drawing:
        canvas.stopRendering()
    try:
        yield
    finally:
        if was_drawing:
            canvas.refresh()
