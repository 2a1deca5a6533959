"""What the algorithms share that count points: a layer, a count, an interval."""
from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
    QgsProcessingUtils,
    QgsProperty,
)

from ..bridge.layers import is_same_file, source_path
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from .base import AtlasAlgorithm

if TYPE_CHECKING:
    from ..bridge.point_source import PointInput, PointsRead, Question
    from ..core.point_cases import Told


#: Of Qt's whole numbers.
_MOST = 2 ** 31 - 1


class PointsAlgorithm(AtlasAlgorithm):
    """An algorithm whose `INPUT` is any layer of points; `read` gives them with their cases."""

    #: Whether every point must have a moment.
    NEEDS_TIME = False

    def __init__(self) -> None:
        super().__init__()
        self._layer: PointInput | None = None
        self._own_file: Path | None = None

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        self.addParameter(QgsProcessingParameterFeatureSource(
            "INPUT", tr("Points (a dataset or any layer of points)"), [Qgis.ProcessingSourceType.VectorPoint]))
        self.addParameter(QgsProcessingParameterField(
            "METRIC", tr("Count"), None, "INPUT", Qgis.ProcessingFieldParameterDataType.Numeric, optional=True))
        for name, text in (("FROM", tr("From, in the dataset's time zone")), ("TO", tr("To"))):
            self.addParameter(QgsProcessingParameterDateTime(
                name, text, Qgis.ProcessingDateTimeParameterDataType.DateTime, optional=True))
        time_field = QgsProcessingParameterField(
            "TIME_FIELD", tr("Field with the moment (layers that are no dataset)"), None, "INPUT", optional=True)
        if self.NEEDS_TIME:
            self.addParameter(time_field)
        else:
            self.advanced(time_field)

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        from ..bridge.point_source_reading import look_at

        source = self.parameterAsSource(parameters, "INPUT", context)
        if source is None:
            raise AtlasError(self.invalidSourceError(parameters, "INPUT"))
        chosen = parameters.get("INPUT")
        layer = self.parameterAsVectorLayer(parameters, "INPUT", context)
        if layer is None and isinstance(chosen, QgsProcessingFeatureSourceDefinition):
            name = chosen.source.valueAsString(context.expressionContext())[0]
            layer = QgsProcessingUtils.mapLayerFromString(name, context)
        self._layer = look_at(source, layer, chosen)
        self._own_file = None if layer is None else source_path(layer)

    def checkParameterValues(  # noqa: N802 - Qt's name
        self, parameters: dict[str, Any], context: QgsProcessingContext
    ) -> tuple[bool, str]:
        for definition in self.parameterDefinitions():
            value = parameters.get(definition.name())
            is_number = isinstance(definition, QgsProcessingParameterNumber) and isinstance(value, float)
            if is_number and math.isinf(value):
                return False, tr("{name} is infinite: give a number.").format(name=definition.name())
        return super().checkParameterValues(parameters, context)

    def refuse_own_file(self, file: Path | None) -> None:
        """An error if an output would be written over the points that are read."""
        if file is not None and self._own_file is not None and is_same_file(file, self._own_file):
            message = tr("The result would be written over its own points {file}: choose another file name.")
            raise AtlasError(message.format(file=file.name))

    def read(
        self, parameters: dict[str, Any], context: QgsProcessingContext, told: Told, progress: Progress
    ) -> PointsRead:
        """The points of `INPUT`; says what was left out. Raises `AtlasError` and `Cancelled`."""
        from ..bridge.point_source_reading import read_points

        if self._layer is None:
            self.look(parameters, context)
        if self._layer is None:
            raise AtlasError(self.invalidSourceError(parameters, "INPUT"))
        found = read_points(self._layer, self._question(parameters, context), told, progress)
        for sentence in found.left_out:
            self.warn(sentence)
        return found

    def number(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> float:
        """A number above 0. Raises `AtlasError` that names the parameter."""
        value = self.parameterAsDouble(parameters, name, context)
        if not math.isfinite(value) or value <= 0:
            raise AtlasError(tr("{name} is {value}: give a number above 0.").format(
                name=name, value=_as_given(parameters, name, value)))
        return value

    def whole_number(self, parameters: dict[str, Any], name: str, context: QgsProcessingContext) -> int:
        """A whole number from 1 on that is no larger than Qt's. Raises `AtlasError` that names the parameter."""
        value = self.parameterAsDouble(parameters, name, context)
        if not 1 <= value <= _MOST or value != int(value):
            raise AtlasError(tr("{name} is {value}: give a whole number from 1 to {most}.").format(
                name=name, value=_as_given(parameters, name, value), most=f"{_MOST:,}"))
        return int(value)

    def _question(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Question:
        from ..bridge.point_source import Question

        return Question(
            self.parameterAsString(parameters, "METRIC", context),
            self.parameterAsString(parameters, "TIME_FIELD", context),
            *(_value(parameters.get(name), context) for name in ("FROM", "TO")), self.NEEDS_TIME)


def _as_given(parameters: dict[str, Any], name: str, value: float) -> str:
    """A text that is no number as it is written, else the number."""
    given = parameters.get(name)
    return given if isinstance(given, str) else f"{value:.15g}"


def _value(value: object, context: QgsProcessingContext) -> object:
    """What a property of a model or a batch gives."""
    return value.value(context.expressionContext())[0] if isinstance(value, QgsProperty) else value
