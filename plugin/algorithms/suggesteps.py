"""Suggest a distance for DBSCAN from the distances between the cases."""
from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
)

from ..bridge.translation import tr
from ..core.progress import Progress
from .points import PointsAlgorithm

if TYPE_CHECKING:
    from ..bridge.point_source import PointsRead
    from ..core.knee_report import KneeTexts

_DEFAULT_CASES = 10.0


class SuggestEps(PointsAlgorithm):
    NAME = "suggesteps"
    TITLE = "Suggest a distance for clusters"
    GROUP = ("clustering", "Clustering")
    TAGS = "outbreak,epidemic,cases,cluster,dbscan,eps,distance,knee,elbow,k-distance"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        super().initAlgorithm(configuration)
        self.addParameter(QgsProcessingParameterNumber(
            "MIN_CASES", tr("Least number of cases"), Qgis.ProcessingNumberParameterType.Double, _DEFAULT_CASES))
        self.addParameter(QgsProcessingParameterFileDestination(
            "OUTPUT_HTML", tr("Report"), tr("HTML files (*.html)"), None, True))
        self.addOutput(QgsProcessingOutputNumber("EPS", tr("Suggested distance (metres)")))

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        super().look(parameters, context)
        self.number(parameters, "MIN_CASES", context)
        given = parameters.get("OUTPUT_HTML")
        path = self.parameterAsFileOutput(parameters, "OUTPUT_HTML", QgsProcessingContext()) if given else ""
        self.refuse_own_file(Path(path) if path else None)

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..bridge.point_source import refuse_too_few
        from ..core.knee import suggest_eps
        from ..core.knee_report import knee_html
        from ..core.point_cases import Told

        least = self.number(parameters, "MIN_CASES", context)
        progress.report(0.0, tr("Reading the points"))
        read = self.read(parameters, context, Told.NOTHING, progress.part(0.0, 0.4))
        refuse_too_few(read)
        progress.report(0.4, tr("Measuring distances among {n} points").format(n=f"{len(read.x):,}"))
        found = suggest_eps(read.cases.places, read.cases.cases, least, progress.part(0.4, 0.95))
        if found.knee_m is None:
            self.warn(tr("The curve of distances has no knee: the distance suggested is its median."))
        path = self.parameterAsFileOutput(parameters, "OUTPUT_HTML", context)
        if not path:
            return {"EPS": found.eps_m}
        _write(Path(path), knee_html(found, _texts(read)))
        return {"EPS": found.eps_m, "OUTPUT_HTML": path}


def _texts(read: PointsRead) -> KneeTexts:
    from ..core.knee_report import KneeTexts
    from ..core.report import moment_text

    interval = ""
    if read.period_ms is not None:
        begin, end = map(moment_text, read.period_ms)
        words = tr(", summed from {begin} until before {end}") if read.is_sum else tr(", as known before {end}")
        interval = words.format(begin=begin, end=end)
        interval += f" ({read.zone})" if read.zone else ""
    return KneeTexts(read.title, read.metric, interval, read.distances)


def _write(path: Path, page: str) -> None:
    """Whole or not at all."""
    from ..store.atomic import replacing

    text = page.encode("utf-8", errors="replace")
    with replacing(path, len(text)) as part:
        part.write_bytes(text)
