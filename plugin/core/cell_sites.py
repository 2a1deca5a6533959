"""Sites: the distinct places (and moments) of points, each with the sum of their weights, and which are neighbours.

Squared distances are computed from the coordinates as they are given, axis by axis, so that a tie at exactly the
reach is a tie here as in scikit-learn's trees. Rounding keeps order: what holds for the edges of a box, computed in
the same way, holds for all that lies in it.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arrays import Bools, Floats, Ints

#: Odd numbers with well mixed bits, one an axis (parts of the golden ratio and of square roots).
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93], np.uint64)


@dataclass(frozen=True)
class Sites:
    """`n` sites. axes: coordinates, an array an axis. ms: moments, None without time. weights: (n,)."""

    axes: tuple[Floats, ...]
    ms: Ints | None
    weights: Floats

    def __len__(self) -> int:
        return len(self.weights)

    def taken(self, numbers: Ints) -> Sites:
        """Some of the sites, in the order of their numbers."""
        return Sites(tuple(axis[numbers] for axis in self.axes), None if self.ms is None else self.ms[numbers],
                     self.weights[numbers])

    def ranking(self) -> list[Floats | Ints]:
        """Keys for `np.lexsort`: by the first coordinate, then the others, then the moment."""
        return [*([] if self.ms is None else [self.ms]), *reversed(self.axes)]


@dataclass(frozen=True)
class Reach:
    """How far neighbours may be apart: `eps` in space and `eps_ms` in time, both included."""

    eps: float
    eps_ms: int = 0

    @property
    def eps2(self) -> float:
        return self.eps * self.eps

    def joins(self, sites: Sites, a: Ints, b: Ints) -> Bools:
        """Which of the pairs of sites are neighbours; `a` and `b` broadcast."""
        near = squared(sites, a, b) <= self.eps2
        if sites.ms is not None:
            near &= np.abs(sites.ms[a] - sites.ms[b]) <= self.eps_ms
        return near


def squared(sites: Sites, a: Ints, b: Ints) -> Floats:
    """Squared distances between sites `a` and `b`, which broadcast."""
    total: Floats | None = None
    for axis in sites.axes:
        apart = axis[a] - axis[b]
        apart *= apart
        total = apart if total is None else np.add(total, apart, out=total)
    return np.asarray(total, np.float64)


def merge(places: Floats, ms: Ints | None, weights: Floats) -> tuple[Sites, Ints]:
    """Points to sites: what coincides is one site with the sum of the weights. And the site of each point."""
    axes = tuple(np.ascontiguousarray(places[:, axis], np.float64) + 0.0 for axis in range(places.shape[1]))
    rows = Sites(axes, None if ms is None else np.ascontiguousarray(ms, np.int64), np.asarray(weights, np.float64))
    if not _are_whole(rows.weights):  # sums of fractions depend on the order: take one that rows do not
        order = np.lexsort([rows.weights, *rows.ranking()])
        sites, ordered = _merged(rows.taken(order))
        site = np.empty_like(ordered)
        site[order] = ordered
        return sites, site
    return _merged(rows)


def _are_whole(weights: Floats) -> bool:
    return bool((np.rint(weights) == weights).all())


def _merged(rows: Sites) -> tuple[Sites, Ints]:
    site, _ = pd.factorize(_mixed(rows))
    site = np.asarray(site, np.int64)
    first = _first_rows(site)
    if not _agree(rows, first[site]):  # two places with the same mixed bits: sort, which is slower and cannot err
        site = _sorted_apart(rows)
        first = _first_rows(site)
    if len(first) == len(rows):
        return rows, site
    sums = np.bincount(site, rows.weights, len(first))
    taken = rows.taken(first)
    return Sites(taken.axes, taken.ms, sums), site


def _mixed(rows: Sites) -> Ints:
    """One number a row, the same for the same place and moment, and hardly ever for others."""
    mixed = np.zeros(len(rows), np.uint64)
    parts = [*rows.axes] if rows.ms is None else [*rows.axes, rows.ms]
    for part, factor in zip(parts, _MIX):
        mixed ^= part.view(np.uint64)
        mixed *= factor
        mixed ^= mixed >> np.uint64(29)
    return mixed.view(np.int64)


def _first_rows(site: Ints) -> Ints:
    """The first row of each site; sites are numbered by them."""
    first = np.empty(int(site.max(initial=-1)) + 1, np.int64)
    first[site[::-1]] = np.arange(len(site))[::-1]
    return first


def _agree(rows: Sites, other: Ints) -> bool:
    """Whether each row coincides with another one."""
    same = all(bool((axis[other] == axis).all()) for axis in rows.axes)
    return same and (rows.ms is None or bool((rows.ms[other] == rows.ms).all()))


def _sorted_apart(rows: Sites) -> Ints:
    order = np.lexsort(rows.ranking())
    ranked = rows.taken(order)
    parts = [*ranked.axes] if ranked.ms is None else [*ranked.axes, ranked.ms]
    new = np.zeros(len(rows), bool)
    for part in parts:
        new[1:] |= part[1:] != part[:-1]
    site = np.empty(len(rows), np.int64)
    site[order] = np.cumsum(new)
    return np.asarray(pd.factorize(site)[0], np.int64)
