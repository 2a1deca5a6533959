"""ST-DBSCAN with weights: clusters where cases lie dense in space and time (Birant and Kut 2007)."""
from __future__ import annotations

from .arrays import Floats, Ints
from .cell_sites import Reach
from .dbscan_sites import cluster_points
from .point_cases import Clustering
from .progress import Progress


def stdbscan(
    places: Floats, ms: Ints, weights: Floats, eps: float, eps_ms: int, min_weight: float,
    progress: Progress | None = None,
) -> Clustering:
    """Clusters of items, each a place and a moment.

    As `dbscan`, but neighbours are within `eps` in space and within `eps_ms` in time, both included. A border item
    belongs to the cluster of the core item nearest in space, then in time, then with the smallest coordinates, then
    the earliest. Of Birant and Kut's two reaches the second one is time; their threshold on a change of values is not
    used.

    places: (n, 2) or (n, 3), in the units of `eps`. ms: (n,) integers, so that ties in time are exact. weights: (n,).

    Birant, D., Kut, A. (2007): ST-DBSCAN: An algorithm for clustering spatial-temporal data. Data & Knowledge
    Engineering 60(1), 208-221.

    >>> import numpy as np
    >>> places, ms = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]]), np.array([0, 5, 11])
    >>> stdbscan(places, ms, np.ones(3), 1.0, 5, 2.0).cluster.tolist()
    [1, 1, 0]
    """
    return cluster_points(places, ms, weights, Reach(eps, eps_ms), min_weight, progress or Progress())
