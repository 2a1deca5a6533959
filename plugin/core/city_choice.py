"""Which areas a list of names means: cities in Chinese, English or pinyin, or what they lie in; and who is nearest."""
from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from .area_search import entries_of
from .area_tree import AreaTree, make_area_tree
from .arrays import Bools, Floats
from .errors import AtlasError
from .filters import Area
from .placenames import alias_of
from .romanizing import WHOLE, folded, known_pairs, pinyin_of, ranks

#: Between the names of a list, in any writing.
_BETWEEN = ",;\n，；、"
#: A name in double quotes, as CSV has it; and one that ends where the next begins, without.
_QUOTED, _BARE = r'"((?:[^"]|"")+)"', f"[^{_BETWEEN}]+"
_END = rf"(?=\s*(?:[{_BETWEEN}]|$))"
#: Between a province and its city.
_WITHIN = "/"
#: How many names are proposed for one that is not there.
_NEAREST = 3
#: How alike names are that are proposed, from 0 to 1; of short ones, as in Chinese, fewer letters can be alike.
_ALIKE, _ALIKE_SHORT, _SHORT = 0.6, 0.5, 3


@dataclass(frozen=True)
class City:
    """A page of an atlas: a city, or what is named in its place. `areas`: those of the dataset that are in it.
    `within`: its province, country …, the nearest first; `other`: its name in the other language, or ""."""

    name: str
    within: tuple[str, ...]
    other: str
    areas: tuple[Area, ...]


def written_names(text: str, known: Iterable[str] = ()) -> tuple[str, ...]:
    """The names of a list. Commas are part of a name in double quotes, and of one that is known to have them.

    >>> written_names('Wuhan; 北京市，Hubei/Xiaogan, "Washington, D.C."')
    ('Wuhan', '北京市', 'Hubei/Xiaogan', 'Washington, D.C.')
    """
    folded_text = text.casefold()
    whole = {name for name in known if set(name) & set(_BETWEEN + '"') and name.casefold() in folded_text}
    ways = [*(re.escape(name) + _END for name in sorted(whole, key=len, reverse=True)), _QUOTED + _END, _BARE]
    found = re.finditer(rf"\s*(?:{'|'.join(ways)})", text, re.IGNORECASE)
    names = ((one[1].replace('""', '"') if one[1] else one[0]).strip() for one in found)
    return tuple(name for name in names if name)


class Cities:
    """The cities of a dataset, found by name. `shown`: which areas the filter leaves."""

    def __init__(
        self, areas: Sequence[Area], columns: tuple[str, ...], shown: Bools,
        words: Mapping[Area, Sequence[str]] | None = None, place_names: Mapping[str, str] | None = None,
    ) -> None:
        self._tree = make_area_tree(areas, columns, place_names)
        self._entries = entries_of(self._tree, words or {})
        self._shown = shown

    def largest(self, counts: Floats, likely: Bools, most: int) -> tuple[City, ...]:
        """The shown cities with the most cases. `counts`: one an area, NaN unknown; `likely`: areas that are preferred,
        all others only where there is none."""
        tree = self._tree
        named = np.array([bool(area[-1]) for area in tree.areas], bool)
        eligible = self._shown & (named if named.any() else True) & (counts > 0)
        eligible = eligible & likely if (eligible & likely).any() else eligible
        order = np.argsort(-np.where(eligible, counts, -np.inf), kind="stable")[:most]
        return tuple(self._city(int(tree.leaf[at])) for at in order.tolist() if eligible[at])

    def named(self, names: Sequence[str]) -> tuple[City, ...]:
        """The cities that are named, each once; `AtlasError` for a name that is none, several, or filtered out. A name
        may be a list of them."""
        known = {*self._tree.labels, *map(self._full, range(len(self._tree)))}
        found = {name: self._found(name) for text in names for name in written_names(text, known)}
        unknown = [name for name, nodes in found.items() if not nodes]
        if unknown:
            raise AtlasError(f"The dataset has no city called {' or '.join(map(self._with_nearest, unknown))}.")
        nodes = dict.fromkeys(self._only(name, nodes) for name, nodes in found.items())
        return tuple(self._city(node) for node in nodes)

    def _only(self, name: str, found: Sequence[int]) -> int:
        shown = [node for node in found if self._areas(node)]
        if not shown:
            raise AtlasError(f"“{name}” is in the dataset, and not in what the layer is filtered to: "
                             "choose another city, or take the filter off.")
        if len(shown) > 1:
            full = ", ".join(self._full(node) for node in shown)
            raise AtlasError(f"“{name}” may be {len(shown)} cities: write which one ({full}).")
        return shown[0]

    def _found(self, name: str) -> list[int]:
        """The nodes of a name: written just so, without the word for its kind, or in another language or writing."""
        just_so = self._written_so(name)
        if just_so:  # a stroke may also be part of a name
            return just_so
        *above, last = [part.strip() for part in name.split(_WITHIN)] if _WITHIN in name else [name]
        nodes = [node for node in range(len(self._tree)) if self._lies_in(node, above)]
        labels = {node: folded(self._tree.labels[node]) for node in nodes}
        wanted = folded(last)
        whole = ranks([self._entries[node] for node in nodes], last)
        for matches in (
            [node for node in nodes if labels[node] == wanted],
            [node for node in nodes if alias_of(labels[node]) == alias_of(wanted)],
            [node for node, rank in zip(nodes, whole) if rank == WHOLE],
        ):
            if matches:
                deepest = max(len(self._tree.paths[node]) for node in matches)
                return [node for node in matches if len(self._tree.paths[node]) == deepest]
        return []

    def _written_so(self, name: str) -> list[int]:
        """The deepest nodes of just this name."""
        matches = [node for node in range(len(self._tree)) if self._tree.labels[node] == name]
        deepest = max((len(self._tree.paths[node]) for node in matches), default=0)
        return [node for node in matches if len(self._tree.paths[node]) == deepest]

    def _lies_in(self, node: int, above: Sequence[str]) -> bool:
        """Whether what is written before a name is among what it lies in."""
        entries = [self._entries[one] for one in self._above(node)]
        return all(WHOLE in ranks(entries, part) for part in above)

    def _above(self, node: int) -> list[int]:
        """The nodes in which it lies, the nearest first."""
        found, parent = [], int(self._tree.parent[node])
        while parent >= 0:
            found.append(parent)
            parent = int(self._tree.parent[parent])
        return found

    def _areas(self, node: int) -> tuple[Area, ...]:
        """The shown areas of a node."""
        below = self._tree.areas_below([node]) & self._shown
        return tuple(self._tree.areas[at] for at in np.flatnonzero(below).tolist())

    def _city(self, node: int) -> City:
        within = tuple(self._tree.labels[one] for one in self._above(node))
        return City(self._tree.labels[node], within, other_name(self._tree.labels[node], within), self._areas(node))

    def _full(self, node: int) -> str:
        return _WITHIN.join((*(self._tree.labels[one] for one in reversed(self._above(node))), self._tree.labels[node]))

    def _with_nearest(self, name: str) -> str:
        """A name that is not there, and those that are most like it."""
        ways = _ways(self._tree)
        wanted = folded(name.rpartition(_WITHIN)[2])
        alike = _ALIKE_SHORT if len(wanted) <= _SHORT else _ALIKE
        within = (way for way in ways if len(wanted) > 1 and wanted in way)
        close = [*within, *get_close_matches(wanted, ways, 4 * _NEAREST, alike)]
        labels = list(dict.fromkeys(ways[way] for way in close))[:_NEAREST]
        return f"“{name}” (nearest: {', '.join(labels)})" if labels else f"“{name}”"


def other_name(name: str, within: Sequence[str]) -> str:
    """A Chinese place's English name, an English one's Chinese name; "" where it is not known for certain.

    >>> other_name("武汉市", ("湖北省",)), other_name("Wuhan", ("Hubei",)), other_name("Springfield", ())
    ('Wuhan', '武汉', '')
    """
    above = {alias_of(folded(one)) for one in within}
    pairs = known_pairs().get(alias_of(folded(name)), ())
    inside = [other for other, where in pairs if where and (not above or above & where)]
    found = inside or [other for other, where in pairs if not where]
    return found[0] if len({alias_of(folded(other)) for other in found}) == 1 and found[0] != name else ""


def _ways(tree: AreaTree) -> dict[str, str]:
    """The ways to write the names of a tree, each with the name that it means."""
    found: dict[str, str] = {}
    for label in tree.labels:
        text = folded(label)
        alias = alias_of(text)
        others = [folded(other) for other, _where in known_pairs().get(alias, ())]
        for way in (text, alias, *others, *(full for full, _initials in pinyin_of(alias))):
            found.setdefault(way, label)
    return found
