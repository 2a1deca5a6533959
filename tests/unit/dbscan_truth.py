"""Clusters by the definition, with every pair of points at once: what the fast ones are held against."""
from __future__ import annotations

from typing import Any

import numpy as np
from outbreak_atlas.plugin.core.arrays import Bools, Floats, Ints
from outbreak_atlas.plugin.core.point_cases import Clustering


def squared_distances(places: Floats) -> Floats:
    return sum((axis[:, None] - axis[None, :]) ** 2 for axis in places.T)


def neighbours(places: Floats, eps: float, ms: Ints | None = None, eps_ms: int = 0) -> Bools:
    """Which points are neighbours of which: (n, n)."""
    near = squared_distances(places) <= eps * eps
    return near if ms is None else near & (np.abs(ms[:, None] - ms[None, :]) <= eps_ms)


def by_definition(
    places: Floats, weights: Floats, eps: float, min_weight: float, ms: Ints | None = None, eps_ms: int = 0
) -> tuple[Ints, Bools]:
    """Some number of each point's cluster (0: noise), and whether it is core."""
    near, distance2 = neighbours(places, eps, ms, eps_ms), squared_distances(places)
    core = near @ weights >= min_weight
    group = np.zeros(len(places), np.int64)
    for start in np.flatnonzero(core):
        if not group[start]:
            _flood(int(start), int(group.max()) + 1, near, core, group)
    for point in np.flatnonzero(~core):
        candidates = np.flatnonzero(core & near[point])
        if len(candidates):
            group[point] = group[min(candidates, key=lambda other: _border_key(
                distance2[point, other], places[other], ms, int(point), int(other)))]
    return group, core


def _flood(start: int, number: int, near: Bools, core: Bools, group: Ints) -> None:
    waiting = [start]
    group[start] = number
    while waiting:
        fresh = np.flatnonzero(near[waiting.pop()] & core & (group == 0))
        group[fresh] = number
        waiting.extend(fresh.tolist())


def _border_key(distance2: float, place: Floats, ms: Ints | None, point: int, other: int) -> tuple[Any, ...]:
    apart, moment = (0, 0) if ms is None else (abs(int(ms[point] - ms[other])), int(ms[other]))
    return (distance2, apart, *place.tolist(), moment)


def assert_same_groups(ours: Ints, theirs: Ints) -> None:
    """The same partition, whatever the numbers."""
    pairs = {*zip(ours.tolist(), theirs.tolist())}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


def assert_numbered(found: Clustering, places: Floats, weights: Floats, ms: Ints | None = None) -> None:
    """Numbers follow the weights; of equal ones the number of points, then the smallest coordinates."""
    keys: list[tuple[Any, ...]] = []
    for number in range(1, len(found.weights) + 1):
        members = np.flatnonzero(found.cluster == number)
        weight = weights[members].sum()
        assert weight == found.weights[number - 1]
        first = min((*places[member].tolist(), 0 if ms is None else int(ms[member])) for member in members)
        keys.append((-weight, -len(members), first))
    assert keys == sorted(keys)
    assert set(found.cluster.tolist()) <= {*range(len(found.weights) + 1)}
