"""Change playback step: when each state is drawn, for another length of frame."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputVectorLayer,
    QgsProject,
)

from ..bridge.description import read_description
from ..bridge.layers import layer_string, layers_of, start_time
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from ..core.schema import Step
from .base import DatasetAlgorithm, choice


class SetStep(DatasetAlgorithm):
    NAME = "setstep"
    TITLE = "Change playback step"
    TAGS = "outbreak,epidemic,temporal,playback,frame,hour,day,week"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        super().initAlgorithm(configuration)
        self.addParameter(choice("STEP", tr("Playback step"), list(Step), str(Step.DAY)))
        self.addOutput(QgsProcessingOutputVectorLayer(
            "OUTPUT", tr("The same layer"), Qgis.ProcessingSourceType.VectorPoint))

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        super().look(parameters, context)
        refuse_edited(self.path, context.project())

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..store.geopackage import resnap

        resnap(self.path, Step(self.parameterAsEnumString(parameters, "STEP", context)), progress)
        return {"OUTPUT": layer_string(self.path)}

    def postProcessAlgorithm(  # noqa: N802 - Qt's name
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        project = context.project()
        shown = layers_of(project, self.path) if project is not None and not feedback.isCanceled() else []
        for layer in shown:
            layer.reload()
            layer.triggerRepaint()
        if shown:
            start_time(project, read_description(self.path), getattr(self.provider(), "canvas", None))
        return {}


def refuse_edited(path: Path, project: QgsProject | None) -> None:
    """A file with unsaved edits is not changed under them."""
    for layer in layers_of(project, path) if project is not None else []:
        if hasattr(layer, "isEditable") and layer.isEditable():
            message = tr("The layer “{layer}” is in edit mode: save or discard its edits first.")
            raise AtlasError(message.format(layer=layer.name()))
