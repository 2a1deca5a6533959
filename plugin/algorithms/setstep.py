"""Change playback step: when each state is drawn, for another length of frame."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterEnum,
    QgsProcessingParameterVectorLayer,
    QgsProject,
)

from ..bridge.description import read_description
from ..bridge.layers import dataset_of, layer_string, layers_of, start_time
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from ..core.schema import Step
from .base import AtlasAlgorithm


class SetStep(AtlasAlgorithm):
    NAME = "setstep"
    TITLE = "Change playback step"
    TAGS = "outbreak,epidemic,temporal,playback,frame,hour,day,week"

    def __init__(self) -> None:
        super().__init__()
        self._path = Path()

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        self.addParameter(QgsProcessingParameterVectorLayer(
            "INPUT", tr("Dataset (layer updates)"), [Qgis.ProcessingSourceType.VectorPoint]))
        self.addParameter(QgsProcessingParameterEnum(
            "STEP", tr("Playback step"), [str(step) for step in Step], False, str(Step.DAY),
            usesStaticStrings=True))
        self.addOutput(QgsProcessingOutputVectorLayer(
            "OUTPUT", tr("The same layer"), Qgis.ProcessingSourceType.VectorPoint))

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        self._path = dataset_of(self.parameterAsVectorLayer(parameters, "INPUT", context))
        refuse_edited(self._path, context.project())

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..store.geopackage import resnap

        resnap(self._path, Step(self.parameterAsEnumString(parameters, "STEP", context)), progress)
        return {"OUTPUT": layer_string(self._path)}

    def postProcessAlgorithm(  # noqa: N802 - Qt's name
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        project = context.project()
        shown = layers_of(project, self._path) if project is not None and not feedback.isCanceled() else []
        for layer in shown:
            layer.reload()
            layer.triggerRepaint()
        if shown:
            start_time(project, read_description(self._path), getattr(self.provider(), "canvas", None))
        return {}


def refuse_edited(path: Path, project: QgsProject | None) -> None:
    """A file with unsaved edits is not changed under them."""
    for layer in layers_of(project, path) if project is not None else []:
        if hasattr(layer, "isEditable") and layer.isEditable():
            message = tr("The layer “{layer}” is in edit mode: save or discard its edits first.")
            raise AtlasError(message.format(layer=layer.name()))
