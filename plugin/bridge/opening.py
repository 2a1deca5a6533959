"""Lets Processing open a finished dataset as the plugin does."""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Protocol

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingLayerPostProcessorInterface,
    QgsProject,
    QgsVectorLayer,
)

from .description import read_description
from .layers import GROUP, dress, layer_string, set_stage, source_path

if TYPE_CHECKING:
    from qgis.gui import QgsMapCanvas


class SetterKeeper(Protocol):
    canvas: QgsMapCanvas | None
    stage_setters: dict[Path, StageSetter]


class StageSetter(QgsProcessingLayerPostProcessorInterface):
    """Dresses a layer that Processing adds, and sets world map, view and time; runs on the main thread."""

    def __init__(self, project: QgsProject, canvas: QgsMapCanvas | None) -> None:
        super().__init__()
        self._project, self._canvas = project, canvas

    def postProcessLayer(  # noqa: N802 - Qt's name
        self, layer: QgsMapLayer, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> None:
        path = source_path(layer)
        if path is None or not isinstance(layer, QgsVectorLayer):
            return
        dress(layer, read_description(path))
        others = (one for one in self._project.mapLayers().values() if one.id() != layer.id())
        set_stage(self._project, layer, self._canvas, not any(one.isSpatial() for one in others))


def load_on_completion(context: QgsProcessingContext, path: Path, keeper: SetterKeeper | None) -> None:
    """If the user wants the output opened: open the file's layer `updates`, and set the stage for it.

    `keeper` is the provider: it has the canvas, and keeps the post-processor, which Processing borrows.
    """
    waiting = context.layersToLoadOnCompletion()
    name = name_of(path, waiting)
    if name is None:
        return
    details = waiting.pop(name)
    details.groupName = GROUP
    if keeper is not None:
        setter = StageSetter(details.project or QgsProject.instance(), keeper.canvas)
        keeper.stage_setters[path] = setter
        details.setPostProcessor(setter)
    waiting[layer_string(path)] = details
    context.setLayersToLoadOnCompletion(waiting)


def name_of(path: PurePath, names: Iterable[str]) -> str | None:
    """Which of the names, as somebody typed them, means this path (`a//b`, or slashes on Windows)."""
    return next((name for name in names if type(path)(name) == path), None)
