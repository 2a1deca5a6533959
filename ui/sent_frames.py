"""A frame sent to maps of layouts, so that it can be undone there."""
from __future__ import annotations

from pathlib import Path

from qgis.core import (
    QgsCoordinateTransform,
    QgsCsException,
    QgsLayoutItemMap,
    QgsPrintLayout,
    QgsProject,
    QgsReferencedRectangle,
)

from ..plugin.bridge.translation import tr
from ..plugin.core.frames import Frame
from ..plugin.export.frame_settings import frame_range
from ..plugin.export.own_layouts import timed_maps


def send_frame(layout: QgsPrintLayout, path: Path, frame: Frame, extent: QgsReferencedRectangle | None) -> None:
    """Let the maps show a frame, and an extent as far as their CRS has a place for it."""
    moments = frame_range(frame)
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
