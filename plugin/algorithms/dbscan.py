"""DBSCAN in which every place weighs as many cases as it reported."""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.progress import Progress
from .clustering import ClusteringAlgorithm, ClusterQuestion, Found, length_of

if TYPE_CHECKING:
    from ..bridge.point_source import PointsRead


class Dbscan(ClusteringAlgorithm):
    NAME = "dbscan"
    TITLE = "Clusters of cases (DBSCAN)"
    TAGS = f"{ClusteringAlgorithm.TAGS},dbscan"
    METHOD = "DBSCAN"

    def cluster(self, read: PointsRead, asked: ClusterQuestion, progress: Progress) -> Found:
        from ..bridge.distances import straight
        from ..core.cluster_facts import items_of_points
        from ..core.dbscan import dbscan

        points = read.cases
        found = dbscan(points.places, points.cases, straight(read, asked.eps_m or 0.0), asked.min_cases, progress)
        return Found(items_of_points(points, found, length_of(read)))
