"""The areas of a dataset as a tree: which are ticked, what each sums up to, and in which order they stand.

Nodes are numbered from 0, each after its parent. An area is a leaf; what it lies in are the nodes above it.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from .arrays import Bools, Floats, Ints
from .filters import Area

#: States of a node's box: none, some or all of the areas below it are ticked.
NONE, SOME, ALL = 0, 1, 2
_TOP = -1


@dataclass(frozen=True)
class AreaTree:
    """N nodes over n areas.

    `areas`: as given, the leaves. `paths`, `labels`, `parent` (-1 at the top): one a node. `leaf`: the node of each
    area. `link_area`, `link_node`: pairs of an area and a node that it is or lies in. `ticked`: which areas are shown.
    """

    columns: tuple[str, ...]
    areas: tuple[Area, ...]
    paths: tuple[Area, ...]
    labels: tuple[str, ...]
    parent: Ints
    leaf: Ints
    link_area: Ints
    link_node: Ints
    ticked: Bools

    def __len__(self) -> int:
        return len(self.labels)

    def area_of(self, node: int) -> Area:
        """The area that a leaf is; of a node above, what its areas have in common."""
        own = np.flatnonzero(self.leaf == node)
        return self.areas[int(own[0])] if len(own) else self.paths[node]

    def areas_below(self, nodes: Iterable[int]) -> Bools:
        """Which areas are these nodes or lie in them."""
        chosen = np.zeros(len(self), bool)
        chosen[list(nodes)] = True
        below = np.zeros(len(self.areas), bool)
        below[self.link_area[chosen[self.link_node]]] = True
        return below

    def node_of(self, path: Area) -> int | None:
        """The node of an area, or of what areas have in common; None if there is none."""
        if path in self.areas:
            return int(self.leaf[self.areas.index(path)])
        return self.paths.index(path) if path in self.paths else None

    def sums(self, counts: Floats) -> Floats:
        """Counts of all nodes from those of the areas: sums of what is known, NaN where nothing is."""
        known = np.isfinite(counts)
        size = len(self)
        total = np.bincount(self.link_node, np.where(known, counts, 0.0)[self.link_area], size)
        any_known = np.bincount(self.link_node, known[self.link_area], size) > 0
        return np.where(any_known, total, np.nan)

    def boxes(self, among: Bools | None = None) -> Ints:
        """NONE, SOME or ALL for each node: how many of its areas (`among` these) are ticked."""
        counted = np.ones(len(self.areas), bool) if among is None else among
        size = len(self)
        every = np.bincount(self.link_node, counted[self.link_area], size)
        on = np.bincount(self.link_node, (counted & self.ticked)[self.link_area], size)
        return np.where(on == 0, NONE, np.where(on == every, ALL, SOME)).astype(np.int64)

    def checked(self) -> frozenset[Area] | None:
        """The ticked areas; None if all are."""
        return None if self.ticked.all() else self.chosen(self.ticked)

    def chosen(self, which: Bools) -> frozenset[Area]:
        """The areas marked in `which`."""
        return frozenset(self.areas[at] for at in np.flatnonzero(which).tolist())

    def with_checked(self, areas: frozenset[Area] | None) -> AreaTree:
        """The tree with just these areas ticked, all for None; those it does not know do not matter."""
        if areas is None:
            return self.with_ticked(np.ones(len(self.areas), bool))
        return self.with_ticked(np.fromiter((area in areas for area in self.areas), bool, len(self.areas)))

    def with_ticked(self, ticked: Bools) -> AreaTree:
        return replace(self, ticked=ticked)


def make_area_tree(
    areas: Sequence[Area], columns: tuple[str, ...], place_names: Mapping[str, str] | None = None,
    unnamed: Mapping[str, str] | None = None,
) -> AreaTree:
    """The tree of some areas, all ticked.

    `place_names`: what places are called, by their ids (where the columns are `("place_id",)`). `unnamed`: by column,
    what is shown for areas without a name. One that is alone in what it lies in is not shown below it.
    """
    paths = _paths(areas)
    nodes: dict[Area, int] = {}
    for path in paths:
        for depth in range(1, len(path) + 1):
            nodes.setdefault(path[:depth], len(nodes))
    parent = np.fromiter((nodes.get(path[:-1], _TOP) for path in nodes), np.int64, len(nodes))
    leaf = np.fromiter((nodes[path] for path in paths), np.int64, len(paths))
    link_area, link_node = _links(parent, leaf)
    labels = tuple(_label(path, columns, place_names or {}, unnamed or {}) for path in nodes)
    return AreaTree(
        columns, tuple(areas), tuple(nodes), labels, parent, leaf, link_area, link_node, np.ones(len(areas), bool))


def _paths(areas: Sequence[Area]) -> list[Area]:
    """Where each area stands: itself, without a missing name at its end if nothing else lies there."""
    within = Counter(area[:depth] for area in areas for depth in range(1, len(area)))
    paths = []
    for area in areas:
        while len(area) > 1 and area[-1] is None and within[area[:-1]] == 1:
            area = area[:-1]
        paths.append(area)
    return paths


def _links(parent: Ints, leaf: Ints) -> tuple[Ints, Ints]:
    area, node = np.arange(len(leaf)), leaf
    areas, nodes = [], []
    while len(node):
        areas.append(area)
        nodes.append(node)
        up = parent[node]
        area, node = area[up != _TOP], up[up != _TOP]
    empty = np.zeros(0, np.int64)
    return np.concatenate([empty, *areas]), np.concatenate([empty, *nodes])


def _label(
    path: Area, columns: tuple[str, ...], place_names: Mapping[str, str], unnamed: Mapping[str, str]
) -> str:
    name, column = path[-1], columns[len(path) - 1]
    if name is None:
        return unnamed.get(column) or f"(no {column.replace('_id', '')})"
    return place_names.get(name, name) if column == "place_id" else name
