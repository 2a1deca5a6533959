"""DBSCAN with weights: clusters where cases lie dense (Ester, Kriegel, Sander and Xu 1996)."""
from __future__ import annotations

from .arrays import Floats
from .cell_sites import Reach
from .dbscan_sites import cluster_points
from .point_cases import Clustering
from .progress import Progress


def dbscan(
    places: Floats, weights: Floats, eps: float, min_weight: float, progress: Progress | None = None
) -> Clustering:
    """Clusters of points.

    A point is core if the weights of all points within `eps`, its own included, sum up to `min_weight` or more. Core
    points within `eps` of each other are of one cluster. A point that is not core belongs to the cluster of its
    nearest core point within `eps` (at the same distance to the one with the smallest coordinates), so that the order
    of the points does not matter; without any it is noise.

    places: (n, 2) or (n, 3), in the units of `eps`; within means a squared distance of at most eps² in float64, as in
    scikit-learn, which gives the same core points, clusters of them and noise. weights: (n,), finite; those of 0 and
    below count as they are: such a point may be of a cluster, but makes it no heavier. All points within a cell of
    side eps/√2 are neighbours, which is what saves most comparisons (Gunawan 2013).

    Ester, M., Kriegel, H.-P., Sander, J., Xu, X. (1996): A density-based algorithm for discovering clusters in large
    spatial databases with noise. KDD-96, 226-231.

    >>> import numpy as np
    >>> places = np.array([[0.0, 0.0], [1.0, 0.0], [9.0, 0.0], [2.0, 0.0]])
    >>> found = dbscan(places, np.array([2.0, 1.0, 2.0, 1.0]), 1.0, 3.0)
    >>> found.cluster.tolist(), found.core.tolist(), found.weights.tolist()
    ([1, 1, 0, 1], [True, True, False, False], [4.0])
    """
    return cluster_points(places, None, weights, Reach(eps), min_weight, progress or Progress())
