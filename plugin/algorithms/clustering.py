"""What the algorithms that find clusters share: what is asked, checked, written and said."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qgis.core import (
    Qgis,
    QgsDataSourceUri,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingParameterFeatureSink,
    QgsProcessingParameterNumber,
)

from ..bridge.dependencies import how_to_get, missing_libraries
from ..bridge.layers import is_same_file, path_of_layer_string
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from .base import choice
from .cluster_output import ClusterOutput
from .points import PointsAlgorithm

if TYPE_CHECKING:
    from ..bridge.cluster_shapes import ClusterShapes, Outline
    from ..bridge.point_source import PointsRead
    from ..core.cluster_facts import ClusterFacts, Items

HULLS = ("convex", "concave")
_DEFAULT_EPS_M, _DEFAULT_CASES = 5000.0, 10.0


@dataclass(frozen=True)
class ClusterQuestion:
    """What the user asked for; `eps_m` and `eps_ms` are None where the method has none."""

    min_cases: float
    hull: str
    eps_m: float | None = None
    eps_ms: int | None = None


@dataclass(frozen=True)
class Found:
    """The items with their clusters, and a sentence on how it was done ("" if there is nothing to say)."""

    items: Items
    remark: str = ""


class ClusteringAlgorithm(PointsAlgorithm):
    """Finds clusters of cases; a subclass says how in `cluster`, and has `EPS` or not."""

    GROUP = ("clustering", "Clustering")
    TAGS = "outbreak,epidemic,cases,cluster,density,hotspot,hull,weighted"
    METHOD = ""
    HAS_EPS = True

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        super().initAlgorithm(configuration)
        # No least values: what is wrong with a number is said in our own words.
        if self.HAS_EPS:
            self.addParameter(_number("EPS", tr("Distance between neighbours (metres)"), _DEFAULT_EPS_M))
        self.add_more()
        self.addParameter(_number("MIN_CASES", tr("Least number of cases"), _DEFAULT_CASES))
        self.advanced(choice("HULL", tr("Shape of the clusters"), HULLS, HULLS[0]))
        self.addParameter(QgsProcessingParameterFeatureSink(
            "OUTPUT", tr("Points with their cluster"), Qgis.ProcessingSourceType.VectorPoint))
        self.addParameter(QgsProcessingParameterFeatureSink(
            "SUMMARY", tr("Clusters"), Qgis.ProcessingSourceType.VectorPolygon, None, True, True))
        for name, text in (("CLUSTERS", tr("Clusters")), ("NOISE", tr("Points in no cluster")),
                           ("CASES_CLUSTERED", tr("Cases in clusters")), ("CASES_NOISE", tr("Cases in no cluster"))):
            self.addOutput(QgsProcessingOutputNumber(name, text))
        self.addOutput(QgsProcessingOutputString("METRIC_USED", tr("Count used")))
        self.addOutput(QgsProcessingOutputString("DISTANCES", tr("How distances were measured")))

    def add_more(self) -> None:
        """Add the method's own parameters, which stand behind `EPS`."""

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        super().look(parameters, context)
        self.question(parameters, context)
        outputs = [self._file_of(parameters, name) for name in ("OUTPUT", "SUMMARY")]
        for file in outputs:
            self.refuse_own_file(file)
        are_files = not any(str(parameters.get(name)).startswith("ogr:") for name in ("OUTPUT", "SUMMARY"))
        if are_files and outputs[0] is not None and outputs[1] is not None and is_same_file(outputs[0], outputs[1]):
            raise AtlasError(tr("OUTPUT and SUMMARY are one file, {file}: choose another name for one of them.").format(
                file=outputs[0].name))

    def _file_of(self, parameters: dict[str, Any], name: str) -> Path | None:
        """The file that an output would replace."""
        text = self.parameterAsOutputLayer(parameters, name, QgsProcessingContext()) if parameters.get(name) else ""
        if text.startswith("ogr:"):  # a table of a file that may hold others
            return Path(QgsDataSourceUri(text[len("ogr:"):]).database())
        if not text or text.startswith(("memory:", "postgres:")):
            return None
        return path_of_layer_string(text)

    def question(self, parameters: dict[str, Any], context: QgsProcessingContext) -> ClusterQuestion:
        """What was asked. Raises `AtlasError` for numbers that make no sense whatever the data."""
        return ClusterQuestion(
            self.number(parameters, "MIN_CASES", context), self.parameterAsEnumString(parameters, "HULL", context),
            self.number(parameters, "EPS", context) if self.HAS_EPS else None)

    def cluster(self, read: PointsRead, asked: ClusterQuestion, progress: Progress) -> Found:
        """Find the clusters of what was read."""
        raise NotImplementedError

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..bridge.cluster_words import looks_of
        from ..core.point_cases import Told

        asked = self.question(parameters, context)
        progress.report(0.0, tr("Reading the points"))
        told = Told.REPORTED if self.NEEDS_TIME else Told.HELD
        read = self.read(parameters, context, told, progress.part(0.0, 0.3))
        _refuse_what_cannot_be(read, asked)
        progress.report(0.3, tr("Finding clusters among {n} points").format(n=f"{len(read.x):,}"))
        found = self.cluster(read, asked, progress.part(0.3, 0.6))
        if found.remark:
            self.warn(found.remark)
        if not len(found.items.clustering.weights):
            self.warn(self._nothing_found())
        facts, shapes = self._summary(read, found.items, asked, parameters, progress.part(0.6, 0.7))
        progress.report(0.7, tr("Writing points and clusters"))
        looks = looks_of(self.METHOD, read, found.items, (asked.eps_m, asked.eps_ms, asked.min_cases), found.remark)
        with ClusterOutput(self, parameters, context) as output:
            output.write_points(read, found.items, looks[0], progress.part(0.7, 0.98))
            if shapes is not None:
                output.write_clusters(read, facts, shapes, looks[1])
            progress.report(1.0)
        return {**output.names, **_counted(found.items), "METRIC_USED": read.metric, "DISTANCES": read.distances}

    def _nothing_found(self) -> str:
        """Why there is no cluster, and what to change."""
        if self.HAS_EPS:
            return tr("No clusters: nowhere do MIN_CASES cases lie within EPS of a point. Give a larger EPS or a "
                      "smaller MIN_CASES.")
        return tr("No clusters: no group of MIN_CASES cases is denser than its surroundings. Give a smaller MIN_CASES.")

    def _summary(
        self, read: PointsRead, items: Items, asked: ClusterQuestion, parameters: dict[str, Any], progress: Progress
    ) -> tuple[ClusterFacts, ClusterShapes | None]:
        """The facts of the clusters; their shapes if they are wanted and there is what draws them."""
        from ..core.cluster_facts import cluster_facts

        facts = cluster_facts(items, read.is_sum)
        if not parameters.get("SUMMARY"):
            return facts, None
        if missing_libraries(("shapely",)):
            self.warn(" ".join((tr("SUMMARY was not made."), how_to_get(("shapely",)))))
            return facts, None
        from ..bridge.cluster_shapes import cluster_shapes, members_of

        members = members_of(items.clustering.cluster, items.point, len(facts.places))
        return facts, cluster_shapes(read, members, _outline(read, asked), progress)


def _number(name: str, text: str, default: float) -> QgsProcessingParameterNumber:
    return QgsProcessingParameterNumber(name, text, Qgis.ProcessingNumberParameterType.Double, default)


def _refuse_what_cannot_be(read: PointsRead, asked: ClusterQuestion) -> None:
    from ..bridge.point_source import refuse_too_few

    refuse_too_few(read)
    total = float(read.cases.cases[read.cases.cases > 0].sum())
    if asked.min_cases > total:
        message = tr("MIN_CASES is {asked}, yet all points together have {total}: give a smaller number.")
        raise AtlasError(message.format(asked=f"{asked.min_cases:,.10g}", total=f"{total:,.10g}"))
    if asked.eps_m is None:
        return
    extent_m = extent_of(read)
    if asked.eps_m > extent_m > 0:  # at one spot any distance finds what is there
        message = tr("EPS is {eps} m, yet the points lie within {extent} m of each other: give a smaller distance.")
        raise AtlasError(message.format(eps=f"{asked.eps_m:,.10g}", extent=f"{extent_m:,.10g}"))


def length_of(read: PointsRead) -> int | None:
    """How long an entry lasts: a dataset's step; None for moments of other layers."""
    from ..core.steps import step_ms

    return None if read.step is None else step_ms(read.step)


def extent_of(read: PointsRead) -> float:
    """The diagonal of the points' extent in metres on the ground, rounded to a tenth."""
    import numpy as np

    from ..core.globe import arc_m

    places = read.cases.places
    diagonal = np.sqrt((np.ptp(places, axis=0) ** 2).sum())
    return round(float(arc_m(diagonal) if read.cases.on_globe else diagonal), 1)


def _outline(read: PointsRead, asked: ClusterQuestion) -> Outline:
    """How a cluster is drawn: a lone point half as wide as neighbours may lie apart."""
    from ..core.hulls import concave_outline, convex_outline, usual_gap_m

    reach_m = asked.eps_m or usual_gap_m(read.cases.places) or 1.0
    if asked.hull == "concave":
        return lambda points: concave_outline(points, reach_m / 2, reach_m)
    return lambda points: convex_outline(points, reach_m / 2)


def _counted(items: Items) -> dict[str, float]:
    noise = items.clustering.cluster == 0
    return {"CLUSTERS": len(items.clustering.weights), "NOISE": int(noise.sum()),
            "CASES_CLUSTERED": float(items.cases[~noise].sum()), "CASES_NOISE": float(items.cases[noise].sum())}
