"""Boxes around sites: what is certain of all that lies in them."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Bools, Floats, Ints
from .cell_sites import Reach, Sites


@dataclass(frozen=True)
class Boxes:
    """The extents of groups of sites. low, high: coordinates, an array an axis; low_ms, high_ms: None without time."""

    low: tuple[Floats, ...]
    high: tuple[Floats, ...]
    low_ms: Ints | None
    high_ms: Ints | None

    @classmethod
    def around(cls, sites: Sites, begin: Ints) -> Boxes:
        """Of sites in groups that begin so, none of them empty."""
        return cls(
            tuple(np.minimum.reduceat(axis, begin) for axis in sites.axes),
            tuple(np.maximum.reduceat(axis, begin) for axis in sites.axes),
            None if sites.ms is None else np.minimum.reduceat(sites.ms, begin),
            None if sites.ms is None else np.maximum.reduceat(sites.ms, begin))

    @classmethod
    def of_sites(cls, sites: Sites) -> Boxes:
        """Each site as a box of its own."""
        return cls(sites.axes, sites.axes, sites.ms, sites.ms)

    def apart2(self, a: Ints, other: Boxes, b: Ints) -> Floats:
        """Squared distances in space between boxes `a` and the other boxes' `b`; 0 where they overlap."""
        total = np.zeros(len(a))
        for low, high, low2, high2 in zip(self.low, self.high, other.low, other.high):
            gap = np.maximum(low[a] - high2[b], low2[b] - high[a])
            gap = np.maximum(gap, 0, out=gap)
            gap *= gap
            total += gap
        return total

    def may_join(self, a: Ints, other: Boxes, b: Ints, reach: Reach) -> Bools:
        """Whether any site of box `a` may be a neighbour of one of the other boxes' `b`: certain where it says no."""
        near = self.apart2(a, other, b) <= reach.eps2
        if not (self.low_ms is None or self.high_ms is None or other.low_ms is None or other.high_ms is None):
            near &= self.low_ms[a] - other.high_ms[b] <= reach.eps_ms
            near &= other.low_ms[b] - self.high_ms[a] <= reach.eps_ms
        return near

    def must_join(self, a: Ints, other: Boxes, b: Ints, reach: Reach) -> Bools:
        """Whether every site of box `a` is a neighbour of every one of the other boxes' `b`."""
        total = np.zeros(len(a))
        for low, high, low2, high2 in zip(self.low, self.high, other.low, other.high):
            far = np.maximum(high[a] - low2[b], high2[b] - low[a])
            total += far * far
        sure = total <= reach.eps2
        if not (self.low_ms is None or self.high_ms is None or other.low_ms is None or other.high_ms is None):
            sure &= self.high_ms[a] - other.low_ms[b] <= reach.eps_ms
            sure &= other.high_ms[b] - self.low_ms[a] <= reach.eps_ms
        return sure
