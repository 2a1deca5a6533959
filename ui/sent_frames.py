"""A frame sent to maps of layouts, so that it can be undone there."""
from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsDateTimeRange,
    QgsLayoutItemMap,
    QgsPrintLayout,
    QgsProject,
    QgsReferencedRectangle,
)

from ..plugin.bridge.layers import is_same_file, is_updates, source_path
from ..plugin.bridge.temporal import as_utc
from ..plugin.bridge.translation import tr
from ..plugin.core.frames import Frame


def layouts_of(project: QgsProject, path: Path) -> list[QgsPrintLayout]:
    """Those with a map that shows a moment of this dataset."""
    return [layout for layout in project.layoutManager().printLayouts() if timed_maps(layout, path)]


def timed_maps(layout: QgsPrintLayout, path: Path) -> list[QgsLayoutItemMap]:
    """The maps of a layout that show a moment of a dataset."""
    return [item for item in layout.items() if isinstance(item, QgsLayoutItemMap) and item.isTemporal()
            and any(_is_of(layer, path) for layer in item.layersToRender())]


def send_frame(layout: QgsPrintLayout, path: Path, frame: Frame, extent: QgsReferencedRectangle | None) -> None:
    """Let the maps show a frame, and an extent as far as their CRS has a place for it."""
    moments = QgsDateTimeRange(as_utc(frame.begin_ms), as_utc(frame.end_ms), True, False)
    undo = layout.undoStack()
    undo.beginMacro(tr("Frame of Outbreak Atlas"))
    for item in timed_maps(layout, path):
        undo.beginCommand(item, tr("Frame of Outbreak Atlas"))
        item.setTemporalRange(moments)
        if extent is not None:
            _move(item, extent, layout.project())
        undo.endCommand()
    undo.endMacro()
    layout.refresh()


def _move(item: QgsLayoutItemMap, extent: QgsReferencedRectangle, project: QgsProject) -> None:
    try:
        item.zoomToExtent(QgsCoordinateTransform(extent.crs(), item.crs(), project).transformBoundingBox(extent))
    except QgsCsException:
        return


def _is_of(layer: object, path: Path) -> bool:
    source = source_path(layer) if is_updates(layer) else None
    return source is not None and is_same_file(source, path)
