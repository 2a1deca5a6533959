"""ST-DBSCAN: clusters of cases that lie near each other in space and in time."""
from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING, Any

from qgis.core import Qgis, QgsProcessingContext, QgsProcessingParameterNumber

from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from ..core.schema import MS_PER_DAY, MS_PER_HOUR
from .base import choice
from .clustering import ClusteringAlgorithm, ClusterQuestion, Found, length_of

if TYPE_CHECKING:
    from ..bridge.point_source import PointsRead

UNITS_MS = {"hours": MS_PER_HOUR, "days": MS_PER_DAY, "weeks": 7 * MS_PER_DAY}
_DEFAULT_TIME, _DEFAULT_UNIT = 7.0, "days"


class StDbscan(ClusteringAlgorithm):
    NAME = "stdbscan"
    TITLE = "Clusters of cases in space and time (ST-DBSCAN)"
    TAGS = f"{ClusteringAlgorithm.TAGS},st-dbscan,dbscan,spatio-temporal"
    METHOD = "ST-DBSCAN"
    NEEDS_TIME = True

    def add_more(self) -> None:
        self.addParameter(QgsProcessingParameterNumber(
            "EPS_TIME", tr("Time between neighbours"), Qgis.ProcessingNumberParameterType.Double, _DEFAULT_TIME))
        self.addParameter(choice("EPS_TIME_UNIT", tr("Unit of time"), UNITS_MS, _DEFAULT_UNIT))

    def question(self, parameters: dict[str, Any], context: QgsProcessingContext) -> ClusterQuestion:
        asked = super().question(parameters, context)
        time = self.parameterAsDouble(parameters, "EPS_TIME", context)
        unit_ms = UNITS_MS[self.parameterAsEnumString(parameters, "EPS_TIME_UNIT", context)]
        if not math.isfinite(time) or time < 0:
            raise AtlasError(tr("EPS_TIME is {value}: give 0 (the same moment) or more.").format(value=f"{time:g}"))
        if time * unit_ms >= 2 ** 53:
            raise AtlasError(tr("EPS_TIME is {value}: no data last so long.").format(value=f"{time:g}"))
        return dataclasses.replace(asked, eps_ms=round(time * unit_ms))

    def cluster(self, read: PointsRead, asked: ClusterQuestion, progress: Progress) -> Found:
        from ..bridge.distances import straight
        from ..core.cluster_facts import items_of_entries
        from ..core.stdbscan import stdbscan

        entries = read.cases.entries
        if entries is None:
            raise AtlasError(tr("“{layer}” has no time of its own: choose TIME_FIELD, the field with each feature's "
                                "moment.").format(layer=read.title))
        found = stdbscan(
            read.cases.places[entries.point], entries.ms, entries.cases, straight(read, asked.eps_m or 0.0),
            asked.eps_ms or 0, asked.min_cases, progress)
        return Found(items_of_entries(entries, found, length_of(read)))
