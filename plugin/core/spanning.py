"""The minimum spanning tree of mutual reachability, with one row of distances at a time."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Ints
from .progress import Progress

_STEPS_BETWEEN_REPORTS = 256


@dataclass(frozen=True)
class SpanningTree:
    """`m - 1` edges between places: numbers of both ends, and squared mutual reachability."""

    one: Ints
    other: Ints
    squared: Floats


class _Waiting:
    """Places that the tree has not reached: where, core distance, nearest place of the tree and how far it is.

    They stand at the beginning of each array; one that leaves gives its room to the last.
    """

    def __init__(self, places: Floats, core: Floats) -> None:
        self.axes = [np.array(axis) for axis in places.T]
        self.core = core.copy()
        self.number = np.arange(len(core))
        self.nearest = np.zeros(len(core), np.int64)
        self.squared = np.full(len(core), np.inf)
        self._held = (np.empty(len(core)), np.empty(len(core)))

    def take(self, position: int, last: int) -> None:
        for one in (*self.axes, self.core, self.number, self.nearest, self.squared):
            one[position] = one[last]

    def look(self, place: Floats, core: float, number: int, count: int) -> int:
        """Compare with a place that the tree has just reached, and tell the position of the nearest."""
        far, part = self._held[0][:count], self._held[1][:count]
        np.maximum(self.core[:count], core, out=far)
        np.subtract(self.axes[0][:count], place[0], out=part)
        total = part * part
        for axis, value in zip(self.axes[1:], place[1:]):
            np.subtract(axis[:count], value, out=part)
            np.multiply(part, part, out=part)
            total += part
        np.maximum(far, total, out=far)
        best = self.squared[:count]
        np.copyto(self.nearest[:count], number, where=far < best)
        np.minimum(best, far, out=best)
        return int(best.argmin())


def spanning_tree(places: Floats, core: Floats, progress: Progress | None = None) -> SpanningTree:
    """The tree of Prim (1957) over `m` places, (m, 2) or (m, 3), whose squared core distances are given, (m,).

    Mutual reachability of two places is the largest of their distance and both core distances (Campello, Moulavi and
    Sander 2013). Time grows with m², memory with m.

    >>> spanning_tree(np.array([[0.0, 0.0], [1.0, 0.0], [5.0, 0.0]]), np.array([1.0, 4.0, 0.0])).squared.tolist()
    [4.0, 16.0]
    """
    progress, edges = progress or Progress(), max(len(places) - 1, 0)
    one, other, squared = np.zeros(edges, np.int64), np.zeros(edges, np.int64), np.zeros(edges)
    waiting, position = _Waiting(places, core), 0
    for edge in range(edges):
        if edge % _STEPS_BETWEEN_REPORTS == 0:
            progress.report(1 - (1 - edge / edges) ** 2)
        left = edges - edge
        number = int(waiting.number[position])
        waiting.take(position, left)
        position = waiting.look(places[number], core[number], number, left)
        one[edge], other[edge] = waiting.nearest[position], waiting.number[position]
        squared[edge] = waiting.squared[position]
    return SpanningTree(one, other, squared)
