"""What a project remembers of the dock: its last state and named views, both carried by the layer they are of."""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Optional

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsCsException,
    QgsMapLayer,
    QgsProject,
    QgsRectangle,
)

from ..core.filter_text import as_mapping, from_mapping
from ..core.filters import FilterState
from .kept import keep, kept

_VIEWS, _DOCK = "views", "dock"
#: No coordinate and no moment is larger; JSON has whole numbers that no float holds.
_LARGEST = 1e300


@dataclass(frozen=True)
class Extent:
    """What a map shows, with the authority's id of its CRS, or its WKT where it has none."""

    x_min: float
    y_min: float
    x_max: float
    y_max: float
    crs: str


@dataclass(frozen=True)
class View:
    """A named view. `position_ms`: begin of the frame shown, wall-clock ms."""

    name: str
    state: FilterState
    heat: bool = False
    extent: Optional[Extent] = None
    position_ms: Optional[int] = None


@dataclass(frozen=True)
class DockState:
    """How the dock stood when it last showed a layer. `date_label`: whether the map bears the date."""

    state: FilterState
    heat: bool = False
    position_ms: Optional[int] = None
    date_label: bool = True


def views_of(layer: QgsMapLayer) -> list[View]:
    """A layer's views in the order of their names; those that cannot be read are left out."""
    found = _list(kept(layer, _VIEWS))
    views = {view.name: view for view in map(_view, found) if view is not None}
    return [views[name] for name in sorted(views, key=lambda name: (name.casefold(), name))]


def save_view(project: QgsProject, layer: QgsMapLayer, view: View) -> None:
    """Keep a view; one of the same name is replaced."""
    _keep_views(project, layer, [*(one for one in views_of(layer) if one.name != view.name), view])


def remove_view(project: QgsProject, layer: QgsMapLayer, name: str) -> None:
    """Forget a view."""
    _keep_views(project, layer, [one for one in views_of(layer) if one.name != name])


def rename_view(project: QgsProject, layer: QgsMapLayer, name: str, new_name: str) -> None:
    """Give a view another name; a view that bears it already is replaced."""
    view = next((one for one in views_of(layer) if one.name == name), None)
    if view is not None and name != new_name:
        others = [one for one in views_of(layer) if one.name not in (name, new_name)]
        _keep_views(project, layer, [*others, replace(view, name=new_name)])


def remember_dock(layer: QgsMapLayer, dock: DockState) -> None:
    """Keep how the dock stands; it is saved with the project, which this alone does not make a changed one."""
    keep(layer, _DOCK, _text({**_common(dock), "date_label": dock.date_label}))


def recall_dock(layer: QgsMapLayer) -> DockState | None:
    """How the dock stood; None if nothing that can be read was kept."""
    found = _mapping(kept(layer, _DOCK))
    state = from_mapping(found.get("state"))
    if state is None:
        return None
    return DockState(state, found.get("heat") is True, _moment(found.get("position_ms")),
                     found.get("date_label") is not False)


def extent_of(rectangle: QgsRectangle, crs: QgsCoordinateReferenceSystem) -> Extent:
    """What a map shows."""
    return Extent(rectangle.xMinimum(), rectangle.yMinimum(), rectangle.xMaximum(), rectangle.yMaximum(),
                  crs.authid() or crs.toWkt(Qgis.CrsWktVariant.Preferred))


def rectangle_in(extent: Extent, crs: QgsCoordinateReferenceSystem, project: QgsProject) -> QgsRectangle | None:
    """An extent on a map in another CRS; None where it has no place there."""
    box = QgsRectangle(extent.x_min, extent.y_min, extent.x_max, extent.y_max)
    source = QgsCoordinateReferenceSystem(extent.crs)
    if source == crs or not source.isValid():
        return box if source == crs else None
    transform = QgsCoordinateTransform(source, crs, project)
    transform.setBallparkTransformsAreAppropriate(True)
    try:
        moved = transform.transformBoundingBox(box)
    except QgsCsException:
        return None
    return moved if moved.isFinite() and not moved.isEmpty() else None


def _keep_views(project: QgsProject, layer: QgsMapLayer, views: list[View]) -> None:
    before = kept(layer, _VIEWS)
    keep(layer, _VIEWS, _text([_view_mapping(view) for view in views]) if views else "")
    if kept(layer, _VIEWS) != before:
        project.setDirty(True)


def _view_mapping(view: View) -> dict[str, Any]:
    extent = view.extent
    box = None if extent is None else [extent.x_min, extent.y_min, extent.x_max, extent.y_max, extent.crs]
    return {**_common(view), "name": view.name, "extent": box}


def _common(view: View | DockState) -> dict[str, Any]:
    return {"state": as_mapping(view.state), "heat": view.heat, "position_ms": view.position_ms}


def _view(found: object) -> View | None:
    if not isinstance(found, Mapping) or not isinstance(found.get("name"), str):
        return None
    state = from_mapping(found.get("state"))
    if state is None:
        return None
    return View(found["name"], state, found.get("heat") is True, _extent(found.get("extent")),
                _moment(found.get("position_ms")))


def _extent(found: object) -> Extent | None:
    if not isinstance(found, list) or len(found) != 5 or not isinstance(found[4], str):
        return None
    return Extent(*found) if all(_is_number(value) for value in found[:4]) else None


def _moment(found: object) -> int | None:
    return int(found) if _is_number(found) else None


def _is_number(found: object) -> bool:
    return isinstance(found, (int, float)) and not isinstance(found, bool) and -_LARGEST < found < _LARGEST


def _text(found: object) -> str:
    """In ASCII: a project file does not keep every letter."""
    return json.dumps(found, sort_keys=True)


def _list(text: str) -> list[Any]:
    found = _parsed(text)
    return found if isinstance(found, list) else []


def _mapping(text: str) -> Mapping[str, Any]:
    found = _parsed(text)
    return found if isinstance(found, Mapping) else {}


def _parsed(text: str) -> object:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
