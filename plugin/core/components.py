"""Connected components of a graph: by scipy where it is there, else by numpy, with the same result."""
from __future__ import annotations

import numpy as np

from .arrays import Ints

#: Fewer links are joined by numpy before scipy has made a matrix of them.
_FEW = 5_000


def components(nodes: int, a: Ints, b: Ints) -> Ints:
    """The number of each node's component, from 0 in order of their first nodes, for links between `a` and `b`.

    >>> components(5, np.array([3, 1]), np.array([0, 4])).tolist()
    [0, 1, 2, 0, 1]
    """
    if len(a) < _FEW:
        return _by_numpy(nodes, a, b)
    try:
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components
    except ImportError:
        return _by_numpy(nodes, a, b)
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(nodes, nodes))
    return np.asarray(connected_components(graph, directed=False)[1], np.int64)


def _by_numpy(nodes: int, a: Ints, b: Ints) -> Ints:
    """Roots are the least nodes, so that counting them numbers the components."""
    root = _roots(nodes, a, b)
    return np.asarray((np.cumsum(root == np.arange(nodes)) - 1)[root], np.int64)


def _roots(nodes: int, a: Ints, b: Ints) -> Ints:
    """The least node of each node's component. Every root hangs itself below the least root that it is linked to."""
    parent = np.arange(nodes)
    while len(a):
        low, high = np.minimum(a, b), np.maximum(a, b)
        falling = np.argsort(-low, kind="stable")
        parent[high[falling]] = low[falling]  # of several the last one, so the least, stays
        parent = _flattened(parent)
        a, b = parent[a], parent[b]
        apart = a != b
        a, b = a[apart], b[apart]
    return parent


def _flattened(parent: Ints) -> Ints:
    """Every node directly below its root."""
    while True:
        above = parent[parent]
        if np.array_equal(above, parent):
            return parent
        parent = above
