"""What a search in a tree of areas shows."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .area_tree import AreaTree
from .arrays import Bools
from .filters import Area
from .romanizing import search_entries

_TOP = -1


@dataclass(frozen=True)
class Found:
    """What a search shows: `nodes` and `areas` shown; `opened`: nodes with a match somewhere below them."""

    nodes: Bools
    areas: Bools
    opened: Bools


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


def entries_of(tree: AreaTree, words: Mapping[Area, Sequence[str]]) -> tuple[str, ...]:
    """What each node is found by: its name, its known other names, and the `words` of its area."""
    within: list[tuple[str, ...]] = []
    for above in tree.parent.tolist():
        within.append((*within[above], tree.labels[above]) if above != _TOP else ())
    own: list[Sequence[str]] = [words.get(path, ()) for path in tree.paths]
    for at, node in enumerate(tree.leaf.tolist()):
        own[node] = words.get(tree.areas[at], ())
    return search_entries(tree.labels, within, own)
