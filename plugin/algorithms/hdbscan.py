"""HDBSCAN: clusters of cases of any density, without a distance to choose."""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.progress import Progress
from .clustering import ClusteringAlgorithm, ClusterQuestion, Found, length_of

if TYPE_CHECKING:
    from ..bridge.point_source import PointsRead


class Hdbscan(ClusteringAlgorithm):
    NAME = "hdbscan"
    TITLE = "Clusters of cases of any density (HDBSCAN)"
    TAGS = f"{ClusteringAlgorithm.TAGS},hdbscan,hierarchical"
    METHOD = "HDBSCAN"
    HAS_EPS = False

    def cluster(self, read: PointsRead, asked: ClusterQuestion, progress: Progress) -> Found:
        from ..core.cluster_facts import items_of_points
        from ..core.hierarchy import hdbscan

        found, remark = hdbscan(read.cases.places, read.cases.cases, asked.min_cases, progress)
        return Found(items_of_points(read.cases, found, length_of(read)), remark)
