"""Cities by name, and the part of the map that shows one."""
from __future__ import annotations

import numpy as np
import pytest
from outbreak_atlas.plugin.core.city_choice import Cities, other_name, written_names
from outbreak_atlas.plugin.core.city_extent import city_box
from outbreak_atlas.plugin.core.errors import AtlasError

COLUMNS = ("province", "city")
AREAS = (
    ("北京市", "朝阳区"), ("北京市", "海淀区"), ("吉林省", "吉林市"), ("吉林省", None), ("辽宁省", "朝阳市"),
    ("湖北省", "武汉市"), ("湖北省", "孝感市"), ("上海市", "境外输入"), ("江苏省", "苏州市"), ("安徽省", "宿州市"),
)
ALL = np.ones(len(AREAS), bool)


def named(*names: str, shown: np.ndarray = ALL) -> list[tuple[str, int]]:
    return [(city.name, len(city.areas)) for city in Cities(AREAS, COLUMNS, shown).named(names)]


@pytest.mark.parametrize("name", ["武汉市", "武汉", "Wuhan", "wu han", "WUHAN", "湖北/武汉", "Hubei/Wuhan"])
def test_a_city_is_found_in_any_writing(name: str) -> None:
    assert named(name) == [("武汉市", 1)]


def test_a_province_is_a_page_of_its_cities_unless_a_city_bears_its_name() -> None:
    assert named("北京") == [("北京市", 2)]
    assert named("Jilin") == [("吉林市", 1)]
    assert named("吉林省") == [("吉林省", 2)]


def test_a_city_that_is_named_twice_has_one_page() -> None:
    assert named("Wuhan", "孝感", "武汉") == [("武汉市", 1), ("孝感市", 1)]


@pytest.mark.parametrize(("name", "ways"), [
    ("朝阳", "北京市/朝阳区, 辽宁省/朝阳市"), ("Suzhou", "江苏省/苏州市, 安徽省/宿州市")])
def test_a_name_of_two_cities_is_asked_about(name: str, ways: str) -> None:
    with pytest.raises(AtlasError, match=f"“{name}” may be 2 cities.*{ways}"):
        named(name)
    assert named(ways.split(", ")[1])[0][1] == 1


def test_names_that_are_not_there_are_told_with_the_nearest() -> None:
    with pytest.raises(AtlasError, match=r"“Wuhn” .nearest: 武汉市.* or “Atlantis”") as told:
        named("Wuhan", "Wuhn", "Atlantis")
    assert "“Wuhan”" not in str(told.value)


def test_a_city_that_the_filter_leaves_out_is_told_so() -> None:
    with pytest.raises(AtlasError, match="“Wuhan” is in the dataset, and not in what the layer is filtered to"):
        named("Wuhan", shown=np.array([area[1] != "武汉市" for area in AREAS]))
    assert named("北京", shown=np.array([area[1] != "海淀区" for area in AREAS])) == [("北京市", 1)]


def test_the_largest_are_those_with_most_known_cases_and_a_name() -> None:
    counts = np.array([3, np.nan, 5, 999, 0, 70, 6, 888, 2, 1], float)
    likely = np.array([area[1] != "境外输入" for area in AREAS])
    cities = Cities(AREAS, COLUMNS, ALL)
    assert [city.name for city in cities.largest(counts, likely, 4)] == ["武汉市", "孝感市", "吉林市", "朝阳区"]
    assert [city.name for city in cities.largest(counts, ~ALL, 2)] == ["境外输入", "武汉市"]
    assert cities.largest(np.full(len(AREAS), np.nan), likely, 4) == ()


def test_places_without_areas_are_called_by_their_names() -> None:
    cities = Cities((("p1",), ("p2",)), ("place_id",), np.ones(2, bool), place_names={"p1": "Ward 1", "p2": "Ward 2"})
    assert [city.name for city in cities.named(["ward 2"])] == ["Ward 2"]


@pytest.mark.parametrize(("text", "names"), [
    ("", ()), (" , ;", ()), ("Wuhan", ("Wuhan",)), ("武汉、北京，上海；广州", ("武汉", "北京", "上海", "广州")),
    ("a;b\nc", ("a", "b", "c")), ('"Washington, D.C."; Boston', ("Washington, D.C.", "Boston")),
    ('a, "b ""c"", d" ,e', ("a", 'b "c", d', "e")),
    ('5" pipe, "a" b, "c', ('5" pipe', '"a" b', '"c')), ('"", a', ('""', "a"))])
def test_a_list_is_parted_in_any_writing(text: str, names: tuple[str, ...]) -> None:
    assert written_names(text) == names


AMERICA = (("US", "Washington, D.C."), ("US", "Washington"), ("US", 'The "Rock"'), ("Korea, South", "Seoul"))


@pytest.mark.parametrize(("text", "names"), [
    ("Washington, D.C.", ["Washington, D.C."]), ("Seoul, washington, d.c.;Washington", [
        "Seoul", "Washington, D.C.", "Washington"]),
    ("US/Washington, D.C., Korea, South/Seoul", ["Washington, D.C.", "Seoul"]), ("Washington, Seoul", [
        "Washington", "Seoul"]), ('The "Rock", "Washington, D.C."', ['The "Rock"', "Washington, D.C."])])
def test_commas_are_part_of_the_names_that_have_them(text: str, names: list[str]) -> None:
    cities = Cities(AMERICA, COLUMNS, np.ones(len(AMERICA), bool))
    assert [city.name for city in cities.named([text])] == names


def test_a_name_with_commas_that_is_not_there_is_refused_by_its_parts() -> None:
    with pytest.raises(AtlasError, match=r"“Washington, DC” .nearest: Washington, D\.C\."):
        Cities(AMERICA, COLUMNS, np.ones(len(AMERICA), bool)).named(['"Washington, DC"'])


def test_another_name_is_told_only_where_it_is_certain() -> None:
    assert other_name("Chaoyang", ("Liaoning",)) == "朝阳"
    assert other_name("北京市", ()) == "Beijing"
    assert other_name("境外输入", ("上海市",)) == ""


def test_a_box_holds_the_places_and_has_a_least_size() -> None:
    box = city_box(np.array([114.0, 114.4]), np.array([30.0, 30.1]), 20_000.0)
    assert box is not None and (box.west, box.east, box.outside) == (114.0, 114.4, 0)
    assert box.north - box.south == pytest.approx(20_000 / 111_195, rel=1e-3)
    point = city_box(np.array([10.0, np.nan]), np.array([60.0, np.nan]), 10_000.0)
    assert point is not None
    assert (point.east - point.west) * np.cos(np.radians(60)) == pytest.approx(point.north - point.south)


def test_a_wrong_point_far_away_does_not_make_the_map_of_a_continent() -> None:
    lon, lat = np.append(np.linspace(114, 114.5, 20), 2.3), np.append(np.linspace(30, 30.5, 20), 48.9)
    box = city_box(lon, lat, 5_000.0)
    assert box is not None and box.outside == 1 and box.west == 114.0


def test_a_large_province_is_not_cut() -> None:
    lon, lat = np.linspace(75, 95, 30), np.linspace(35, 48, 30)
    box = city_box(lon, lat, 5_000.0)
    assert box is not None and (box.outside, box.west, box.east) == (0, 75.0, 95.0)


def test_without_a_point_there_is_no_box() -> None:
    assert city_box(np.array([np.nan]), np.array([np.nan]), 1000.0) is None
    assert city_box(np.zeros(0), np.zeros(0), 1000.0) is None
