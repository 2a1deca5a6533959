"""Connected components of a graph: by scipy where it is there, else by numpy, with the same result."""
from __future__ import annotations

import numpy as np

from .arrays import Ints


def components(nodes: int, a: Ints, b: Ints) -> Ints:
    """The number of each node's component, from 0 in order of their first nodes, for links between `a` and `b`.

    >>> components(5, np.array([3, 1]), np.array([0, 4])).tolist()
    [0, 1, 2, 0, 1]
    """
    try:
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components
    except ImportError:
        return _numbered(_roots(nodes, a, b))
    graph = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(nodes, nodes))
    return _numbered(connected_components(graph, directed=False)[1].astype(np.int64))


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


def _numbered(names: Ints) -> Ints:
    """The same groups, numbered in order of their first members."""
    _, first, group = np.unique(names, return_index=True, return_inverse=True)
    number = np.empty(len(first), np.int64)
    number[np.argsort(first)] = np.arange(len(first))
    return np.asarray(number[group.reshape(-1)], np.int64)
