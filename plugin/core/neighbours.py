"""How far one must go from a place until so much weight is within reach.

Places are put into boxes of neighbours (a k-d tree with all leaves on one level, in numpy); of each box only those
boxes are looked at which can matter, so neither time nor memory grow with all pairs.
"""
from __future__ import annotations

import numpy as np

from .arrays import Bools, Floats, Ints
from .progress import Progress

#: About so many places a box; fewer cost more boxes, more cost more distances.
_BOX = 64
#: So many distances are held at once (8 bytes each, and a few arrays of them).
_MOST_HELD = 2_000_000


class Boxes:
    """`m` places with weights (those below 0 count as 0), sorted into 2^levels boxes of `size` places.

    Boxes are filled up with copies of the last place that weigh nothing.
    """

    def __init__(self, places: Floats, weights: Floats) -> None:
        self.levels = max(round(np.log2(max(len(places), 1) / _BOX)), 0)
        self.size = -(-len(places) // 2 ** self.levels)
        order = np.minimum(np.arange(self.size * 2 ** self.levels), len(places) - 1)
        filled = np.arange(len(order)) >= len(places)
        for level in range(self.levels):
            order, filled = _halved(places, order, filled, 2 ** level)
        self.number = order
        self.places = places[order]
        self.weights = np.where(filled, 0.0, np.maximum(weights, 0.0)[order])
        self.own = ~filled
        boxed = self.places.reshape(2 ** self.levels, self.size, places.shape[1])
        self.low, self.high = boxed.min(axis=1), boxed.max(axis=1)
        self.sums = self.weights.reshape(-1, self.size).sum(axis=1)

    def around(self, box: int, weight: float) -> Ints:
        """Rows of the smallest branch of the tree around a box that weighs so much, else all."""
        for level in range(self.levels):
            if self.sums[(box >> level) << level:((box >> level) + 1) << level].sum() >= weight:
                return self.branch(box, level)
        return self.branch(box, self.levels)

    def branch(self, box: int, level: int) -> Ints:
        """Rows of the branch of so many levels that a box is in; of level 0 the box itself."""
        wide = self.size << level
        first = (box >> level) * wide
        return np.arange(first, first + wide)

    def within(self, box: int, squared: float) -> Ints:
        """Rows of the boxes that come as near as that to a box."""
        apart = np.maximum(self.low - self.high[box], self.low[box] - self.high)
        near = np.flatnonzero((np.maximum(apart, 0.0) ** 2).sum(axis=1) <= squared)
        return np.asarray((near[:, None] * self.size + np.arange(self.size)).ravel())


def _halved(places: Floats, order: Ints, filled: Ints, parts: int) -> tuple[Ints, Ints]:
    """Each of the parts sorted into halves along its longer side."""
    rows = order.reshape(parts, -1)
    boxed = places[rows]
    longest = np.argmax(boxed.max(axis=1) - boxed.min(axis=1), axis=1)
    keys = np.take_along_axis(boxed, longest[:, None, None], axis=2)[:, :, 0]
    halves = np.argpartition(keys, rows.shape[1] // 2, axis=1)
    return (np.take_along_axis(rows, halves, axis=1).ravel(),
            np.take_along_axis(filled.reshape(rows.shape), halves, axis=1).ravel())


def squared_reach(
    places: Floats, weights: Floats, weight: float, asked: Ints | None = None, progress: Progress | None = None
) -> Floats:
    """Squared distance from each place at which the weight of all places within it reaches `weight`.

    places: (m, 2) or (m, 3), distinct; weights: (m,), those below 0 count as 0; asked: numbers of the places wanted,
    all by default. A place's own weight counts, and places at one distance count together. This is the weighted
    core distance of Campello, Moulavi and Sander (2013) and k-distance of Ester et al. (1996), squared; infinite
    where all places together do not weigh enough.

    >>> line = np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]])
    >>> squared_reach(line, np.array([1.0, 1.0, 5.0]), 2.0).tolist()
    [1.0, 1.0, 0.0]
    """
    wanted = np.ones(len(places), bool)
    if asked is not None:
        wanted[:] = False
        wanted[asked] = True
    reach = np.full(len(places), np.inf)
    if len(places):
        _fill(reach, Boxes(places, weights), wanted, weight, progress or Progress())
    return reach if asked is None else reach[asked]


def _fill(reach: Floats, boxes: Boxes, wanted: Bools, weight: float, progress: Progress) -> None:
    count = len(boxes.sums)
    for box in range(count):
        progress.report(box / count)
        rows = boxes.branch(box, 0)
        rows = rows[boxes.own[rows] & wanted[boxes.number[rows]]]
        if not len(rows):
            continue
        # Within a branch the weight is reached late rather than early, so nothing beyond can matter.
        bound = _reached(boxes, rows, boxes.around(box, weight), weight, progress)
        near = boxes.within(box, float(bound.max()))
        reach[boxes.number[rows]] = _reached(boxes, rows, near, weight, progress)


def _reached(boxes: Boxes, rows: Ints, others: Ints, weight: float, progress: Progress) -> Floats:
    """Squared distances from some rows at which the weight of other rows is reached."""
    found = np.empty(len(rows))
    held = max(_MOST_HELD // max(len(others), 1), 1)
    for begin in range(0, len(rows), held):
        progress.check()
        part = slice(begin, begin + held)
        squared = squared_distances(boxes.places[rows[part]], boxes.places[others])
        order = np.argsort(squared, axis=1)
        sums = np.cumsum(boxes.weights[others][order], axis=1)
        enough = sums >= weight
        last = np.take_along_axis(order, enough.argmax(axis=1)[:, None], axis=1)
        found[part] = np.where(enough[:, -1], np.take_along_axis(squared, last, axis=1)[:, 0], np.inf)
    return found


def squared_distances(some: Floats, others: Floats) -> Floats:
    """Squared distances, (a, b), of places (a, d) and (b, d)."""
    squared = np.zeros((len(some), len(others)))
    for axis in range(some.shape[1]):
        squared += np.subtract.outer(some[:, axis], others[:, axis]) ** 2
    return squared
