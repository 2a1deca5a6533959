"""Clusters out of a spanning tree: how it falls apart as distances shrink, and which parts last.

Places that fall apart at one distance do so at once, however many parts there are: so the result depends on the places
alone, while a tree of pairs depends on the order in which equal distances are met.
"""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .arrays import Floats, Ints
from .spanning import SpanningTree

_ROOT = 0


@dataclass
class _Joined:
    """Nodes of single linkage: places first, then those joined at a height. parts: empty for a place."""

    heights: list[float]
    weights: list[float]
    parts: list[list[int]]


@dataclass
class _Condensed:
    """Clusters that are heavy enough, each parent before its parts; the first is everything.

    left: of each place the cluster that it left last."""

    left: Ints
    parents: list[int] = field(default_factory=lambda: [-1])
    births: list[float] = field(default_factory=lambda: [0.0])
    stabilities: list[float] = field(default_factory=lambda: [0.0])

    def add(self, parent: int, birth: float) -> int:
        self.parents.append(parent)
        self.births.append(birth)
        self.stabilities.append(0.0)
        return len(self.parents) - 1

    def leave(self, cluster: int, weight: float, at: float) -> None:
        """Add what a weight that leaves gives to the stability; infinite for places that never part."""
        if weight > 0 and at > self.births[cluster]:
            self.stabilities[cluster] += weight * (at - self.births[cluster])


def lasting_clusters(tree: SpanningTree, heights: Floats, weights: Floats, min_weight: float) -> Ints:
    """The cluster of each place, (m,), numbered from 1 in no particular order; 0 is noise.

    heights: (m - 1,) the edges' lengths; weights: (m,), none below 0. HDBSCAN* of Campello, Moulavi and Sander
    (2013): with lambda = 1 / distance, a branch lighter than `min_weight` leaves its cluster and two or more heavy ones
    are new clusters; of a cluster and its parts, those are taken whose stability, the sum of
    weight x (lambda at which it leaves - lambda at birth), is larger. Everything together is never a cluster.

    >>> tree = SpanningTree(np.array([0, 1, 2]), np.array([1, 2, 3]), np.zeros(3))
    >>> lasting_clusters(tree, np.array([1.0, 9.0, 1.0]), np.ones(4), 2.0).tolist()
    [2, 2, 1, 1]
    """
    condensed = _condensed(_joined(tree, heights, weights), len(weights), min_weight)
    taken = _taken(condensed)
    chosen = np.zeros(len(taken), np.int64)
    for cluster in range(1, len(taken)):
        above = chosen[condensed.parents[cluster]]
        chosen[cluster] = above or cluster * taken[cluster]
    return chosen[condensed.left]


def _joined(tree: SpanningTree, heights: Floats, weights: Floats) -> _Joined:
    """Single linkage of the tree's edges, shortest first; edges of one length join all they touch in one node."""
    count = len(weights)
    nodes = _Joined([-1.0] * count, weights.tolist(), [[] for _ in range(count)])
    root, top = list(range(count)), list(range(count))
    order = np.argsort(heights, kind="stable")
    for one, other, height in zip(tree.one[order].tolist(), tree.other[order].tolist(), heights[order].tolist()):
        one, other = _root(root, one), _root(root, other)
        root[other] = one
        top[one] = _join(nodes, top[one], top[other], height)
    return nodes


def _root(root: list[int], number: int) -> int:
    while root[number] != number:
        root[number] = root[root[number]]
        number = root[number]
    return number


def _join(nodes: _Joined, one: int, other: int, height: float) -> int:
    """The node of both, which is one of them if it was made at the same height."""
    if nodes.heights[one] != height or (nodes.heights[other] == height and len(nodes.parts[other]) > len(
            nodes.parts[one])):
        one, other = other, one
    weight = nodes.weights[one] + nodes.weights[other]
    if nodes.heights[one] != height:
        nodes.heights.append(height)
        nodes.weights.append(weight)
        nodes.parts.append([one, other])
        return len(nodes.heights) - 1
    nodes.parts[one] += nodes.parts[other] if nodes.heights[other] == height else [other]
    nodes.weights[one] = weight
    return one


def _condensed(nodes: _Joined, count: int, min_weight: float) -> _Condensed:
    condensed = _Condensed(np.zeros(count, np.int64))
    waiting = [(len(nodes.heights) - 1, _ROOT)]
    while waiting:
        node, cluster = waiting.pop()
        parts, at = nodes.parts[node], _inverse(nodes.heights[node])
        heavy = [part for part in parts if nodes.weights[part] >= min_weight]
        for part in parts or [node]:
            if not parts or nodes.weights[part] < min_weight:
                condensed.leave(cluster, nodes.weights[part], at)
                condensed.left[_places_of(nodes, part)] = cluster
        if len(heavy) == 1:
            waiting.append((heavy[0], cluster))
        for part in heavy if len(heavy) > 1 else ():
            condensed.leave(cluster, nodes.weights[part], at)
            waiting.append((part, condensed.add(cluster, at)))
    return condensed


def _inverse(height: float) -> float:
    """Lambda; a place alone (height below 0) lasts to the end, as do those at distance 0."""
    return 1.0 / height if height > 0 else np.inf


def _places_of(nodes: _Joined, node: int) -> list[int]:
    found, waiting = [], [node]
    while waiting:
        one = waiting.pop()
        parts = nodes.parts[one]
        waiting += parts
        if not parts:
            found.append(one)
    return found


def _taken(condensed: _Condensed) -> list[bool]:
    """Excess of mass: whether each cluster is at least as stable as the best of its parts together."""
    parts, taken = [0.0] * len(condensed.parents), [False] * len(condensed.parents)
    for cluster in range(len(taken) - 1, _ROOT, -1):
        own = condensed.stabilities[cluster]
        taken[cluster] = own >= parts[cluster]
        parts[condensed.parents[cluster]] += max(own, parts[cluster])
    return taken
