"""The layers that belong to layouts go with their layouts."""
from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from qgis.core import QgsLayoutItemMap, QgsMapLayer, QgsPrintLayout, QgsProject
from qgis.PyQt.QtCore import QObject

from ..plugin.export.city_coverage import attached_files, coverage_of
from ..plugin.export.layouts import LAYOUT_PROPERTY


class LayoutLayers(QObject):
    """Follows the layouts of a project: a private copy of a dataset's layer, which the layer panel does not list, is
    removed with the last layout that shows it, and known by the name of the one that does."""

    def __init__(self, project: QgsProject) -> None:
        super().__init__()
        self._project = project
        self._undo = ExitStack()
        manager = project.layoutManager()
        for signal, slot in ((manager.layoutRemoved, self._removed), (manager.layoutRenamed, self._renamed)):
            signal.connect(slot)
            self._undo.callback(signal.disconnect, slot)

    def close(self) -> None:
        self._undo.close()

    def _removed(self, name: str) -> None:
        gone = []
        for layer in self._layers_of(name):
            other = next(self._showing(layer), None)
            if other is None:
                gone.append(layer.id())
            else:  # a copy of the layout, which shows the same layer
                layer.setCustomProperty(LAYOUT_PROPERTY, other.name())
        if gone:
            files = attached_files(self._project, gone)
            self._project.removeMapLayers(gone)
            for file in files:
                self._project.removeAttachedFile(file)

    def _renamed(self, layout: QgsPrintLayout, _new_name: str) -> None:
        for layer in self._own_layers():
            if layout in self._showing(layer):
                layer.setCustomProperty(LAYOUT_PROPERTY, layout.name())

    def _layers_of(self, name: str) -> list[QgsMapLayer]:
        return [layer for layer in self._own_layers() if layer.customProperty(LAYOUT_PROPERTY) == name]

    def _own_layers(self) -> list[QgsMapLayer]:
        return [layer for layer in self._project.mapLayers().values() if layer.customProperty(LAYOUT_PROPERTY)]

    def _showing(self, layer: QgsMapLayer) -> Iterator[QgsPrintLayout]:
        for layout in self._project.layoutManager().printLayouts():
            maps = (item for item in layout.items() if isinstance(item, QgsLayoutItemMap))
            if layer in coverage_of(layout) or any(layer in item.layers() for item in maps):
                yield layout
