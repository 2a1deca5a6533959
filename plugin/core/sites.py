"""Coincident points as one site that weighs what they weigh together."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Ints


@dataclass(frozen=True)
class Sites:
    """`m` distinct places, sorted by their coordinates. weights: (m,) sums; of_row: (n,) the site of each point."""

    places: Floats
    weights: Floats
    of_row: Ints


def sites_of(places: Floats, weights: Floats) -> Sites:
    """The sites of `n` points, places (n, 2) or (n, 3); the same in whatever order the points come.

    >>> sites = sites_of(np.array([[5.0, 0.0], [1.0, 2.0], [5.0, 0.0]]), np.array([1.0, 2.0, 3.0]))
    >>> sites.places.tolist(), sites.weights.tolist(), sites.of_row.tolist()
    ([[1.0, 2.0], [5.0, 0.0]], [2.0, 4.0], [1, 0, 1])
    """
    # Weights are a key too: sums of floats depend on the order of what is added.
    order = np.lexsort((weights, *places.T[::-1]))
    rows = places[order]
    first = np.ones(len(rows), bool)
    first[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    of_row = np.empty(len(rows), np.int64)
    of_row[order] = np.cumsum(first) - 1
    begins = np.flatnonzero(first)
    sums = np.add.reduceat(weights[order], begins) if len(rows) else np.zeros(0)
    return Sites(rows[begins], sums.astype(np.float64), of_row)
