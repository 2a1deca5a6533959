"""Status at a moment: what was known of every place then."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsCoordinateReferenceSystem,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterFeatureSink,
)

from ..bridge.description import Description, read_description
from ..bridge.layers import is_same_file
from ..bridge.moments import moment_of
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from .base import DatasetAlgorithm

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class StatusParameters:
    """Which dataset, and the moment in wall-clock milliseconds of its zone."""

    dataset: Description
    at_ms: int


class StatusAt(DatasetAlgorithm):
    NAME = "statusat"
    TITLE = "Status at a moment"
    TAGS = "outbreak,epidemic,cases,snapshot,as of,cumulative,date"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        super().initAlgorithm(configuration)
        self.addParameter(QgsProcessingParameterDateTime(
            "AT", tr("Moment, in the dataset's time zone"), Qgis.ProcessingDateTimeParameterDataType.DateTime,
            optional=True))
        self.addParameter(QgsProcessingParameterFeatureSink(
            "OUTPUT", tr("Status"), Qgis.ProcessingSourceType.VectorPoint))
        self.addOutput(QgsProcessingOutputNumber("PLACES", tr("Places")))
        self.addOutput(QgsProcessingOutputString("AT_USED", tr("Moment used")))

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        super().look(parameters, context)
        output = self.parameterAsOutputLayer(parameters, "OUTPUT", QgsProcessingContext())
        if output and is_same_file(Path(output), self.path):
            message = tr("The status would be written over its own dataset {file}: choose another file name.")
            raise AtlasError(message.format(file=self.path.name))

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..bridge.tables import features_of, fields_of, status_columns
        from ..core.report import moment_text
        from ..store.queries import states_at

        asked = self._read(parameters)
        states: pd.DataFrame = states_at(asked.dataset.path, asked.at_ms)
        progress.report(0.3)
        columns = status_columns(asked.dataset.metrics)
        fields = fields_of(columns)
        sink, name = self.parameterAsSink(
            parameters, "OUTPUT", context, fields, Qgis.WkbType.Point,
            QgsCoordinateReferenceSystem("EPSG:4326"))
        if sink is None:
            raise AtlasError(self.invalidSinkError(parameters, "OUTPUT"))
        for feature in features_of(states, columns, fields, progress.part(0.3, 1.0)):
            sink.addFeature(feature)
        return {"OUTPUT": name, "PLACES": len(states), "AT_USED": moment_text(asked.at_ms)}

    def _read(self, parameters: dict[str, Any]) -> StatusParameters:
        dataset = read_description(self.path)
        at_ms = moment_of(parameters.get("AT"), dataset.zone)
        return StatusParameters(dataset, dataset.period.end_ms if at_ms is None else at_ms)
