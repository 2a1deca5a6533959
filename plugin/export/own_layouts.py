"""Layouts of a project that show a dataset: filmed, and sent frames, as the user has made them."""
from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsExpressionContextUtils,
    QgsLayout,
    QgsLayoutItemMap,
    QgsPrintLayout,
    QgsProject,
    QgsVectorLayer,
)

from ..bridge.layers import is_same_file, is_updates, source_path
from ..bridge.translation import tr
from ..core.errors import AtlasError
from .scene import Scene
from .templates import Template, main_map, new_layout


def layouts_of(project: QgsProject, path: Path) -> list[QgsPrintLayout]:
    """Those with a map that shows a moment of this dataset."""
    return [layout for layout in project.layoutManager().printLayouts() if timed_maps(layout, path)]


def timed_maps(layout: QgsLayout, path: Path) -> list[QgsLayoutItemMap]:
    """The maps of a layout that show a moment of a dataset."""
    return [item for item in layout.items()
            if isinstance(item, QgsLayoutItemMap) and item.isTemporal() and _layer_of(item, path) is not None]


def layout_as_it_stands(project: QgsProject, template: Template, path: Path) -> tuple[QgsPrintLayout, Scene]:
    """A copy of a project's layout with nothing filled in or moved, and what its map shows. Its layers are those of the
    project. Refused: a layout without a map that shows a moment of the dataset, as all frames would be one picture."""
    layout = new_layout(project, template)
    maps = timed_maps(layout, path)
    if not maps:
        raise AtlasError(tr(
            "No map of the layout “{name}” shows a moment of {file}: switch on the temporal range of its map in Item "
            "Properties, or choose another layout.").format(name=template.name, file=path.name))
    main = main_map(layout)
    item = main if main in maps else maps[0]
    dataset = _layer_of(item, path)
    return layout, Scene(tuple(item.layersToRender()), dataset, item.crs(), item.extent(), item.backgroundColor())


def title_of(layout: QgsLayout) -> str:
    """The title that the layout's items show; "" where they are none of ours."""
    return str(QgsExpressionContextUtils.layoutScope(layout).variable("oa_title") or "")


def _layer_of(item: QgsLayoutItemMap, path: Path) -> QgsVectorLayer | None:
    return next((layer for layer in item.layersToRender() if _is_of(layer, path)), None)


def _is_of(layer: object, path: Path) -> bool:
    source = source_path(layer) if is_updates(layer) else None
    return source is not None and is_same_file(source, path)
