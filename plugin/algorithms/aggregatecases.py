"""Aggregate cases: totals and new counts of areas, period by period."""
from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsFeatureRequest,
    QgsFeatureSink,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterNumber,
    QgsProcessingUtils,
    QgsVectorLayer,
    QgsVectorLayerFeatureSource,
)

from ..bridge.area_styles import AreaLook, dress_areas
from ..bridge.description import Description, read_description
from ..bridge.dressing import dress_on_completion, keep_style
from ..bridge.layers import is_same_file
from ..bridge.moments import moment_of
from ..bridge.styles import main_metric
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from .base import DatasetAlgorithm, choice

if TYPE_CHECKING:
    from ..bridge.areas import Areas
    from ..core.arrays import Ints
    from ..core.measures import Measures
    from ..store.histories import PlaceHistory

#: As `bridge.areas.WAYS` and `core.periods.PeriodLength`, which need libraries that may be missing.
WAYS = ("city", "province", "hexagon", "square", "polygons")
PERIODS = ("step", "hour", "day", "week", "month", "all")
#: More features than this are refused: QGIS would take minutes to write them and seconds to draw a frame.
MOST_FEATURES = 1_000_000
#: About so many cells are suggested where no size is given.
_FEW_CELLS = 500


@dataclass(frozen=True)
class AggregateParameters:
    """What the user asked for; `width_m` is None where none was given."""

    dataset: Description
    by: str
    width_m: float | None
    name_field: str
    metric: str
    edges: Ints


class AggregateCases(DatasetAlgorithm):
    NAME = "aggregatecases"
    TITLE = "Aggregate cases"
    TAGS = "outbreak,epidemic,cases,sum,total,choropleth,hexagon,grid,polygon,city,province,temporal"

    def __init__(self) -> None:
        super().__init__()
        self._filtered: QgsVectorLayerFeatureSource | None = None

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        super().initAlgorithm(configuration)
        self.addParameter(choice("BY", tr("Areas"), WAYS, WAYS[0]))
        self.addParameter(QgsProcessingParameterFeatureSource(
            "POLYGONS", tr("Polygons"), [Qgis.ProcessingSourceType.VectorPolygon], optional=True))
        self.addParameter(QgsProcessingParameterNumber(
            "CELL_SIZE", tr("Width of a cell (metres)"), Qgis.ProcessingNumberParameterType.Double, optional=True,
            minValue=0.0))
        self.addParameter(choice("PERIOD", tr("Period"), PERIODS, PERIODS[0]))
        self.addParameter(QgsProcessingParameterField(
            "METRIC", tr("Count"), None, "INPUT", Qgis.ProcessingFieldParameterDataType.Numeric, optional=True))
        self.advanced(QgsProcessingParameterField(
            "NAME_FIELD", tr("Field with the names of the polygons"), None, "POLYGONS", optional=True))
        for name, text in (("FROM", tr("From, in the dataset's time zone")), ("TO", tr("To"))):
            self.advanced(QgsProcessingParameterDateTime(
                name, text, Qgis.ProcessingDateTimeParameterDataType.DateTime, optional=True))
        self.addParameter(QgsProcessingParameterFeatureSink(
            "OUTPUT", tr("Areas and periods"), Qgis.ProcessingSourceType.VectorPolygon))
        self.addOutput(QgsProcessingOutputNumber("AREAS", tr("Areas")))
        self.addOutput(QgsProcessingOutputNumber("PERIODS", tr("Periods")))
        self.addOutput(QgsProcessingOutputString("METRIC_USED", tr("Count used")))

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        super().look(parameters, context)
        by = self.parameterAsEnumString(parameters, "BY", context)
        if by == "polygons" and not parameters.get("POLYGONS"):
            raise AtlasError(tr("BY is polygons: choose the layer POLYGONS whose areas are to be counted."))
        output = self.parameterAsOutputLayer(parameters, "OUTPUT", QgsProcessingContext())
        if output and is_same_file(Path(output), self.path):
            message = tr("The areas would be written over their own dataset {file}: choose another file name.")
            raise AtlasError(message.format(file=self.path.name))
        layer = self.parameterAsVectorLayer(parameters, "INPUT", context)
        self._filtered = QgsVectorLayerFeatureSource(layer) if layer.subsetString() else None

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..store.histories import read_history

        asked = self._read(parameters, context)
        progress.report(0.0, tr("Reading the states"))
        read = read_history(asked.dataset.path, asked.metric, self._rows_shown())
        progress.report(0.4, tr("Finding the areas"))
        areas = self._areas(asked, read, parameters, context, progress.part(0.4, 0.5))
        for warning in areas.warnings:
            self.warn(warning)
        measures = _measure(read, areas, asked.edges, progress.part(0.5, 0.6))
        progress.report(0.6, tr("Writing areas and periods"))
        output = self._write(asked, areas, measures, (parameters, context), progress.part(0.6, 1.0))
        return {"OUTPUT": output, "AREAS": len(areas.table), "PERIODS": len(asked.edges) - 1,
                "METRIC_USED": asked.metric}

    def _read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> AggregateParameters:
        from ..core.periods import PeriodLength, period_edges

        dataset = read_description(self.path)
        begin, end = (moment_of(parameters.get(name), dataset.zone) for name in ("FROM", "TO"))
        whole = dataset.period
        edges = period_edges(
            whole.begin_ms if begin is None else begin, whole.end_ms if end is None else end,
            PeriodLength(self.parameterAsEnumString(parameters, "PERIOD", context)), whole.step)
        has_width = parameters.get("CELL_SIZE") is not None
        return AggregateParameters(
            dataset, self.parameterAsEnumString(parameters, "BY", context),
            self.parameterAsDouble(parameters, "CELL_SIZE", context) if has_width else None,
            self.parameterAsString(parameters, "NAME_FIELD", context),
            self.parameterAsString(parameters, "METRIC", context) or main_metric(dataset.metrics), edges)

    def _rows_shown(self) -> Ints | None:
        """The keys of the rows that the layer's own filter lets through; None without a filter."""
        if self._filtered is None:
            return None
        import numpy as np

        request = QgsFeatureRequest().setNoAttributes().setFlags(Qgis.FeatureRequestFlag.NoGeometry)
        return np.fromiter((one.id() for one in self._filtered.getFeatures(request)), np.int64)

    def _areas(
        self, asked: AggregateParameters, read: PlaceHistory, parameters: dict[str, Any],
        context: QgsProcessingContext, progress: Progress,
    ) -> Areas:
        from ..bridge.areas import named_areas, polygon_areas

        if asked.by in ("hexagon", "square"):
            return _paved(asked, read)
        if asked.by == "polygons":
            polygons = self.parameterAsSource(parameters, "POLYGONS", context)
            if polygons is None:
                raise AtlasError(self.invalidSourceError(parameters, "POLYGONS"))
            polygons.setInvalidGeometryCheck(Qgis.InvalidGeometryCheck.NoCheck)  # they are mended
            areas = polygon_areas(read.places, polygons, asked.name_field, progress)
        else:
            areas = named_areas(read.places, asked.by, asked.width_m)
        _refuse_too_many(len(areas.table), asked, tr("Choose a longer PERIOD, or FROM and TO."))
        return areas

    def _write(
        self, asked: AggregateParameters, areas: Areas, measures: Measures,
        place: tuple[dict[str, Any], QgsProcessingContext], progress: Progress,
    ) -> str:
        from ..bridge.area_features import area_features, area_fields

        parameters, context = place
        fields = area_fields()
        sink, name = self.parameterAsSink(parameters, "OUTPUT", context, fields, Qgis.WkbType.MultiPolygon, areas.crs)
        if sink is None:
            raise AtlasError(self.invalidSinkError(parameters, "OUTPUT"))
        for features in area_features(areas, measures, asked.edges, asked.metric, fields, progress):
            if not sink.addFeatures(features, QgsFeatureSink.Flag.FastInsert):
                raise AtlasError(self.writeFeatureError(sink, parameters, "OUTPUT"))
        sink.flushBuffer()
        del sink
        self._dress(name, context, _look_of(asked, measures))
        return name

    def _dress(self, name: str, context: QgsProcessingContext, look: AreaLook) -> None:
        """Style and time: of the layer itself, of its file, and once more when it is put into the project."""
        layer = QgsProcessingUtils.mapLayerFromString(name, context, False) or QgsVectorLayer(name, "", "ogr")
        if layer.isValid():
            dress_areas(layer, look)
            keep_style(layer, tr("Areas and periods by Outbreak Atlas"))
        dress_on_completion(context, name, self.provider(), partial(dress_areas, look=look))


def _measure(read: PlaceHistory, areas: Areas, edges: Ints, progress: Progress) -> Measures:
    from ..core.measures import measure_changes, measure_events, measure_states
    from ..core.schema import CountKind

    if read.kind == CountKind.EVENTS:
        return measure_events(read.history, areas.members, edges)
    return (measure_changes if read.is_change else measure_states)(read.history, areas.members, edges, progress)


def _paved(asked: AggregateParameters, read: PlaceHistory) -> Areas:
    """Squares or hexagons, once it is sure that they are not too many."""
    from ..bridge.areas import on_plane, paved_areas
    from ..core.lattice import Shape, pave, size_for

    shape = Shape(asked.by)
    _, x, y = on_plane(read.places)
    if asked.width_m is None:
        start = max(float(x.max() - x.min()), float(y.max() - y.min()), 1000.0) / 1000 if len(x) else 1000.0
        size = size_for(x, y, shape, start, _FEW_CELLS)
        message = tr("Give CELL_SIZE, the width of a cell in metres: at {size} there would be about {n} cells.")
        raise AtlasError(message.format(size=f"{size:g}", n=len(pave(x, y, shape, size).column)))
    cells = len(pave(x, y, shape, asked.width_m).column) + 1
    periods = len(asked.edges) - 1
    if cells * periods > MOST_FEATURES and periods < MOST_FEATURES:
        size = size_for(x, y, shape, asked.width_m, max(1, MOST_FEATURES // periods - 1))
        _refuse_too_many(cells, asked, tr("CELL_SIZE={size} would fit, or a longer PERIOD.").format(size=f"{size:g}"))
    _refuse_too_many(cells, asked, tr("Choose a longer PERIOD, or FROM and TO."))
    return paved_areas(read.places, shape, asked.width_m)


def _refuse_too_many(areas: int, asked: AggregateParameters, mend: str) -> None:
    periods = len(asked.edges) - 1
    if areas * periods > MOST_FEATURES:
        message = tr("{areas} areas in {periods} periods would be {n} features, and {most} are the most that are "
                     "written.")
        raise AtlasError(" ".join((message.format(
            areas=f"{areas:,}", periods=f"{periods:,}", n=f"{areas * periods:,}", most=f"{MOST_FEATURES:,}"), mend)))


def _look_of(asked: AggregateParameters, measures: Measures) -> AreaLook:
    import numpy as np

    known = measures.total[~np.isnan(measures.total)]
    dataset = asked.dataset
    title = tr("{dataset}: {metric} by {area}").format(
        dataset=dataset.title, metric=asked.metric.replace("_", " "), area=asked.by)
    abstract = " ".join((dataset.abstract(), tr(
        "Totals are those known just before a period ends; new is what came since it began, revisions included.")))
    return AreaLook(
        asked.metric, float(known.min(initial=0.0)), float(known.max(initial=0.0)), title, dataset.zone, abstract)
