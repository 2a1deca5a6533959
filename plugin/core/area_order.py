"""In which order the nodes of a tree of areas stand."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .area_tree import AreaTree
from .arrays import Bools, Floats, Ints
from .romanizing import sort_key

_TOP = -1


@dataclass(frozen=True)
class Order:
    """`nodes`: those shown, the children of a node one after another; `starts[n + 1]` to `starts[n + 2]`: where those
    of node n stand in it (n = -1: at the top); `row`: each node's place among its siblings, -1 if not shown."""

    nodes: Ints
    starts: Ints
    row: Ints


def by_count(tree: AreaTree, shown: Bools, counts: Floats, ranks: Ints, descending: bool) -> Order:
    """Siblings by their counts, unknown ones last, those that are equal by name."""
    return _order(tree, shown, (ranks, -counts if descending else counts))


def by_name(tree: AreaTree, shown: Bools, ranks: Ints, descending: bool) -> Order:
    """Siblings by their names."""
    return _order(tree, shown, (-ranks if descending else ranks,))


def name_ranks(tree: AreaTree) -> Ints:
    """Each node's place among all by name; those without one last."""
    keys = [(path[-1] is None, sort_key(label)) for path, label in zip(tree.paths, tree.labels)]
    ranked = np.empty(len(keys), np.int64)
    ranked[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    return ranked


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
