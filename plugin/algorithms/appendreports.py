"""Append new reports: a dataset that grows, equal to a load of all its files together."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
)

from ..bridge.styles import make_styles
from ..bridge.translation import tr
from ..core.progress import Progress
from .base import DatasetAlgorithm
from .loaddataset import declare_results, results_of
from .setstep import refuse_edited


class AppendReports(DatasetAlgorithm):
    """A load, with the files and choices that the dataset itself remembers."""

    NAME = "appendreports"
    TITLE = "Append new reports"
    TAGS = "outbreak,epidemic,cases,append,update,reload,refresh,daily,grow"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        super().initAlgorithm(configuration)
        self.addParameter(QgsProcessingParameterMultipleLayers(
            "FILES", tr("New files of reports"), Qgis.ProcessingSourceType.File, optional=True))
        self.addParameter(QgsProcessingParameterFile(
            "SOURCE_FOLDER", tr("Folder of the old files"), Qgis.ProcessingFileParameterBehavior.Folder,
            optional=True))
        self.addOutput(QgsProcessingOutputVectorLayer(
            "OUTPUT", tr("The same layer"), Qgis.ProcessingSourceType.VectorPoint))
        declare_results(self)
        self.addOutput(QgsProcessingOutputString("SKIPPED", tr("Files that were in it already")))

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        super().look(parameters, context)
        refuse_edited(self.path, context.project())

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..bridge.vectors import read_points
        from ..store.appending import append_reports

        files = [Path(name) for name in self.parameterAsFileList(parameters, "FILES", context) if name]
        folder = self.parameterAsFile(parameters, "SOURCE_FOLDER", context)
        appended = append_reports(
            self.path, files, [Path(folder)] if folder else [], make_styles, progress, (read_points,))
        for name in appended.skipped:
            self.warn(tr("“{file}” is in the dataset already and is not counted twice.").format(file=name))
        return {**results_of(appended.cleaned, self.path, self.warn), "SKIPPED": "; ".join(appended.skipped)}

    def postProcessAlgorithm(  # noqa: N802 - Qt's name
        self, context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        from ..bridge.refreshing import refresh_layers

        project = context.project()
        if project is not None and not feedback.isCanceled():
            refresh_layers(project, self.path, getattr(self.provider(), "canvas", None))
        return {}
