"""HDBSCAN* in which each place weighs as many cases as it has."""
from __future__ import annotations

import numpy as np

from .arrays import Floats, Ints
from .globe import arc_m
from .hierarchy_library import by_library
from .hierarchy_tree import lasting_clusters
from .neighbours import squared_reach
from .point_cases import Clustering
from .progress import Progress
from .sites import Sites, sites_of
from .spanning import spanning_tree

#: So many distinct places are clustered exactly in 6 s (100,000 in 32 s); of more, by a library where one is there.
MOST_EXACT = 50_000


def hdbscan(
    places: Floats, weights: Floats, min_weight: float, progress: Progress | None = None, most_exact: int = MOST_EXACT
) -> tuple[Clustering, str]:
    """Clusters of any density, and a sentence on how they were found (empty: exactly, by the definition).

    places: (n, 2) metres on a plane, or (n, 3) metres from the earth's centre, between which distances are those on the
    ground. weights: (n,). The core distance of a place is the smallest distance within which places weigh `min_weight`
    together, its own weight included; branches of the tree that weigh less are no clusters (Campello, Moulavi and
    Sander 2013, with min_cluster_size and min_samples as one sum of weights). The result is that of each place repeated
    as often as it weighs. Hence a place that alone weighs enough is dense at any distance, and a cluster of its own
    as soon as it parts from other heavy ones. Branches that part at one distance do so at once, as the definition says;
    libraries part them two by two, in the order of their rows, so some points on the edge of a cluster may differ.

    Coincident points are one place with the sum of their weights; a place whose sum is 0 or below weighs nothing, but
    belongs to the cluster in which it lies. Everything together is never a cluster, as in the reference
    implementations (allow_single_cluster=False): where nothing parts into two, all is noise. The order of the points
    has no influence. Every member is a core point, so `Clustering.core` is true for all members.

    >>> line = np.array([[0.0, 0.0], [1.0, 0.0], [50.0, 0.0], [51.0, 0.0], [200.0, 0.0]])
    >>> found, _ = hdbscan(line, np.array([2.0, 2.0, 5.0, 1.0, 1.0]), 4.0)
    >>> found.cluster.tolist(), found.weights.tolist()
    ([2, 2, 1, 1, 0], [6.0, 4.0])
    """
    progress = progress or Progress()
    progress.report(0.0, "Merging places that coincide")
    sites = sites_of(places, weights)
    heavy = np.maximum(sites.weights, 0.0)
    if not heavy.sum() >= min_weight:
        return _clustering(np.zeros(len(heavy), np.int64), sites), ""
    if len(heavy) > most_exact:
        found = by_library(sites.places, heavy, min_weight, progress.part(0.05, 1.0))
        if found is not None:
            return _clustering(found.cluster, sites), found.sentence
    return _clustering(_exact(sites.places, heavy, min_weight, progress.part(0.05, 1.0)), sites), ""


def _exact(places: Floats, weights: Floats, min_weight: float, progress: Progress) -> Ints:
    progress.report(0.0, "Measuring how dense it is around each place")
    core = squared_reach(places, weights, min_weight, progress=progress.part(0.0, 0.3))
    progress.report(0.3, f"Linking {len(places):,} places")
    tree = spanning_tree(places, core, progress.part(0.3, 0.95))
    progress.report(0.95, "Finding the clusters that last")
    straight = np.sqrt(tree.squared)
    labels = lasting_clusters(tree, arc_m(straight) if places.shape[1] == 3 else straight, weights, min_weight)
    progress.report(1.0)
    return labels


def _clustering(labels: Ints, sites: Sites) -> Clustering:
    """Clusters of points, the heaviest first; of equals that with more points, then that with the smallest place."""
    count = int(labels.max(initial=0)) + 1
    # Sites are sorted, so sums do not depend on the order of the points, and the first is the smallest.
    sums = np.bincount(labels, sites.weights, count)
    points = np.bincount(labels[sites.of_row], minlength=count)
    first = np.full(count, len(labels))
    np.minimum.at(first, labels, np.arange(len(labels)))
    known = np.unique(labels[labels > 0])
    order = known[np.lexsort((first[known], -points[known], -sums[known]))]
    numbers = np.zeros(count, np.int64)
    numbers[order] = np.arange(1, len(order) + 1)
    cluster = numbers[labels][sites.of_row]
    return Clustering(cluster, cluster > 0, sums[order])
