"""The tree of areas: what it is made of, its sums, ticks, order and search."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.area_order import by_count, by_name, name_ranks
from outbreak_atlas.plugin.core.area_search import entries_of, found
from outbreak_atlas.plugin.core.area_tree import ALL, NONE, SOME, AreaTree, make_area_tree
from outbreak_atlas.plugin.core.romanizing import NOT, ranks

HUBEI = (("Hubei", "Wuhan"), ("Hubei", "Xiaogan"), ("Hubei", None))
AREAS = (*HUBEI, ("Beijing", None), ("Jilin", "Jilin"), (None, "Ship"))
COLUMNS = ("province", "city")

names = st.sampled_from(["a", "b", "c", None])
many_areas = st.sets(st.tuples(names, names, names), min_size=1).map(tuple)


@pytest.fixture
def tree() -> AreaTree:
    return make_area_tree(AREAS, COLUMNS)


def shown(tree: AreaTree, order: object) -> list[str]:
    """The labels from the top, as an open tree shows them."""
    def below(node: int) -> list[str]:
        children = order.nodes[order.starts[node + 1]:order.starts[node + 2]].tolist()
        return [label for child in children for label in (tree.labels[child], *below(child))]
    return below(-1)


def all_nodes(tree: AreaTree) -> np.ndarray:
    return np.ones(len(tree), bool)


def test_a_nameless_city_alone_is_its_province(tree: AreaTree) -> None:
    assert tree.labels == (
        "Hubei", "Wuhan", "Xiaogan", "(no city)", "Beijing", "Jilin", "Jilin", "(no province)", "Ship")
    assert tree.area_of(4) == ("Beijing", None)
    assert tree.area_of(0) == ("Hubei",)
    assert tree.area_of(3) == ("Hubei", None)


def test_three_levels_without_names_are_one_row() -> None:
    tree = make_area_tree((("Italy", None, None), ("China", "Hubei", None), ("China", None, None)),
                          ("country", "province", "city"))
    assert tree.labels == ("Italy", "China", "Hubei", "(no province)")
    assert [tree.area_of(node) for node in tree.leaf] == list(tree.areas)


def test_places_are_shown_by_their_names() -> None:
    tree = make_area_tree((("n1",), ("n2",)), ("place_id",), {"n1": "Old hospital"})
    assert tree.labels == ("Old hospital", "n2")
    assert tree.parent.tolist() == [-1, -1]


def test_names_of_the_nameless_can_be_said() -> None:
    assert make_area_tree(HUBEI, COLUMNS, unnamed={"city": "（无城市）"}).labels[-1] == "（无城市）"


def test_sums_leave_unknown_counts_out(tree: AreaTree) -> None:
    sums = tree.sums(np.array([10.0, np.nan, 2.0, np.nan, 0.0, np.nan]))
    assert sums[0] == 12 and sums[1] == 10 and np.isnan(sums[2])
    assert np.isnan(sums[4]), "nothing known is not zero"
    assert sums[5] == 0
    assert np.isnan(sums[7])


def test_boxes_come_from_what_lies_below(tree: AreaTree) -> None:
    assert tree.checked() is None
    some = tree.with_checked(frozenset({("Hubei", "Wuhan"), ("Jilin", "Jilin"), ("Atlantis", "Atlantis")}))
    assert some.checked() == {("Hubei", "Wuhan"), ("Jilin", "Jilin")}
    assert some.boxes().tolist() == [SOME, ALL, NONE, NONE, NONE, ALL, ALL, NONE, NONE]
    among = np.array([True, False, False, True, True, True])
    assert some.boxes(among)[0] == ALL
    assert some.with_checked(None).checked() is None
    assert some.with_checked(frozenset()).checked() == frozenset()


def test_largest_first_unknown_last_equal_by_name(tree: AreaTree) -> None:
    sums = tree.sums(np.array([5.0, np.nan, 5.0, 7.0, np.nan, 20.0]))
    order = by_count(tree, all_nodes(tree), sums, name_ranks(tree), descending=True)
    assert shown(tree, order) == [
        "(no province)", "Ship", "Hubei", "Wuhan", "(no city)", "Xiaogan", "Beijing", "Jilin", "Jilin"]
    upwards = by_count(tree, all_nodes(tree), sums, name_ranks(tree), descending=False)
    assert shown(tree, upwards)[0] == "Beijing"
    assert shown(tree, upwards)[-2:] == ["Jilin", "Jilin"], "unknown stays last"


def test_by_name_in_pinyin_and_by_value_of_numbers() -> None:
    named = ("武汉", "北京", "Ward 10", "Ward 9", "安庆")
    tree = make_area_tree(tuple((name,) for name in named), ("city",))
    order = by_name(tree, all_nodes(tree), name_ranks(tree), descending=False)
    assert shown(tree, order) == ["安庆", "北京", "Ward 9", "Ward 10", "武汉"]


def search(tree: AreaTree, typed: str) -> tuple[list[str], list[str]]:
    """What is shown, and what of it is opened."""
    result = found(tree, np.asarray(ranks(entries_of(tree, {("Jilin", "Jilin"): ("220200",)}), typed)) > NOT)
    return tuple([tree.labels[at] for at in np.flatnonzero(which)] for which in (result.nodes, result.opened))


def test_a_search_shows_what_matches_where_it_lies(tree: AreaTree) -> None:
    assert search(tree, "xiao") == (["Hubei", "Xiaogan"], ["Hubei"])
    assert search(tree, "hubei") == (["Hubei", "Wuhan", "Xiaogan", "(no city)"], [])
    assert search(tree, "2202") == (["Jilin", "Jilin"], ["Jilin"])
    assert search(tree, "nowhere") == ([], [])


def test_an_empty_tree_has_nothing() -> None:
    tree = make_area_tree((), COLUMNS)
    assert len(tree) == 0 and tree.checked() is None and len(tree.sums(np.zeros(0))) == 0
    assert len(by_count(tree, all_nodes(tree), tree.sums(np.zeros(0)), name_ranks(tree), True).nodes) == 0


@given(many_areas, st.data())
def test_every_area_is_once_in_the_tree(areas: tuple[tuple[str | None, ...], ...], data: st.DataObject) -> None:
    tree = make_area_tree(areas, ("country", "province", "city"))
    assert len(set(tree.leaf.tolist())) == len(areas)
    assert [tree.area_of(node) for node in tree.leaf] == list(areas)
    counts = np.array(data.draw(st.lists(
        st.one_of(st.integers(-5, 99), st.just(np.nan)), min_size=len(areas), max_size=len(areas))), float)
    sums = tree.sums(counts)
    for node, path in enumerate(tree.paths):
        own = [count for area, count in zip(areas, counts) if area[:len(path)] == path and not np.isnan(count)]
        assert sums[node] == sum(own) if own else np.isnan(sums[node])
    top = tree.parent == -1
    assert np.nansum(sums[top]) == np.nansum(counts)
    ticked = frozenset(data.draw(st.sets(st.sampled_from(areas))))
    assert (tree.with_checked(ticked).checked() or frozenset(areas)) == (ticked or frozenset()) or not ticked
    order = by_count(tree, all_nodes(tree), sums, name_ranks(tree), True)
    assert sorted(order.nodes.tolist()) == list(range(len(tree)))
    for node in range(len(tree)):
        above = tree.parent[node]
        assert order.nodes[order.starts[above + 1] + order.row[node]] == node
