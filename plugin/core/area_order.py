"""Which nodes of a tree of areas are shown, and in which order."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .area_tree import AreaTree
from .arrays import Bools, Floats, Ints

_TOP = -1


@dataclass(frozen=True)
class Found:
    """What a search shows: `nodes` and `areas` shown; `opened`: nodes with a match somewhere below them."""

    nodes: Bools
    areas: Bools
    opened: Bools


@dataclass(frozen=True)
class Order:
    """`nodes`: those shown, the children of a node one after another; `starts[n + 1]` to `starts[n + 2]`: where those
    of node n stand in it (n = -1: at the top); `row`: each node's place among its siblings, -1 if not shown."""

    nodes: Ints
    starts: Ints
    row: Ints


def found(tree: AreaTree, matches: Bools) -> Found:
    """Nodes that match are shown with all that lies in them and all that they lie in."""
    shown = matches.copy()
    inner = tree.parent != _TOP
    for _level in tree.columns[1:]:
        shown[inner] |= shown[tree.parent[inner]]
    opened = np.zeros(len(tree), bool)
    for _level in tree.columns[1:]:
        opened[tree.parent[inner & (matches | opened)]] = True
    return Found(shown | opened, shown[tree.leaf], opened)


def all_found(tree: AreaTree) -> Found:
    """Everything, without a search."""
    return Found(np.ones(len(tree), bool), np.ones(len(tree.areas), bool), np.zeros(len(tree), bool))


def by_count(tree: AreaTree, shown: Bools, counts: Floats, name_ranks: Ints, descending: bool) -> Order:
    """Siblings by their counts, unknown ones last, those that are equal by name."""
    return _order(tree, shown, (name_ranks, -counts if descending else counts))


def by_name(tree: AreaTree, shown: Bools, name_ranks: Ints, descending: bool) -> Order:
    """Siblings by their names."""
    return _order(tree, shown, (-name_ranks if descending else name_ranks,))


def same_order(one: Order, other: Order) -> bool:
    return np.array_equal(one.nodes, other.nodes)


def _order(tree: AreaTree, shown: Bools, keys: tuple[Floats | Ints, ...]) -> Order:
    nodes = np.lexsort((*keys, tree.parent))  # NaN comes last
    nodes = nodes[shown[nodes]].astype(np.int64)
    parents = tree.parent[nodes]
    starts = np.searchsorted(parents, np.arange(_TOP, len(tree) + 1))
    row = np.full(len(tree), -1, np.int64)
    row[nodes] = np.arange(len(nodes)) - starts[parents + 1]
    return Order(nodes, starts, row)
