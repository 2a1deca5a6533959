"""Names are found in Chinese, English, pinyin and its initials."""
from __future__ import annotations

import csv
import gzip
import sys
from pathlib import Path
from time import perf_counter
from types import ModuleType

import pytest
from outbreak_atlas.plugin.core import romanizing
from outbreak_atlas.plugin.core.romanizing import (
    BEGINS,
    CITIES,
    INSIDE,
    NOT,
    WHOLE,
    known_pairs,
    pinyin_of,
    ranks,
    readings,
    search_entries,
    sort_key,
)

#: First characters of the initials in level 1 of GB/T 2312-1980, as bytes of the standard's common encoding.
BOUNDARIES = {
    "a": "b0a1", "b": "b0c5", "c": "b2c1", "d": "b4ee", "e": "b6ea", "f": "b7a2", "g": "b8c1", "h": "b9fe", "j": "bbf7",
    "k": "bfa6", "l": "c0ac", "m": "c2e8", "n": "c4c3", "o": "c5b6", "p": "c5be", "q": "c6da", "r": "c8bb", "s": "c8f6",
    "t": "cbfa", "w": "cdda", "x": "cef4", "y": "d1b9", "z": "d4d1",
}


def rank(name: str, typed: str, within: tuple[str, ...] = (), words: tuple[str, ...] = ()) -> int:
    return ranks(search_entries([name], [within], [words]), typed)[0]


@pytest.mark.parametrize(("name", "typed"), [
    ("武汉", "wh"), ("武汉市", "wuhan"), ("武汉市", "武"), ("武汉市", "Wuhan"), ("Wuhan", "武汉"), ("Wuhan", "wh"),
    ("武汉市", "WU HAN"), ("武汉市", "ｗｕｈａｎ"), ("西安市", "xi'an"), ("Xi'an", "xian"), ("Xi’an", "xi an"),
    ("重庆市", "cq"), ("厦门市", "xm"), ("长沙市", "cs"), ("长春市", "changchun"), ("亳州市", "bz"),
    ("漯河市", "luohe"),
    ("六安市", "luan"), ("吕梁市", "lvliang"), ("吕梁市", "luliang"), ("恩施土家族苗族自治州", "enshi"),
    ("São Paulo", "sao p"), ("Hubei", "湖北"), ("湖北省", "hubei"), ("内蒙古自治区", "Inner Mongolia"),
    ("Harbin", "heb"), ("哈尔滨市", "harbin"), ("New York", "york"),
])
def test_is_found(name: str, typed: str) -> None:
    assert rank(name, typed) > NOT


@pytest.mark.parametrize(("name", "typed"), [
    ("武汉市", "bj"), ("武汉市", "京"), ("Wuhan", "北京"), ("New York", "纽约"), ("Paris", "pl"), ("长沙市", "长春")])
def test_is_not_found(name: str, typed: str) -> None:
    assert rank(name, typed) == NOT


def test_how_well_it_fits() -> None:
    assert rank("武汉市", "wh") == rank("武汉市", "武汉") == rank("Wuhan", "WUHAN") == WHOLE
    assert rank("武汉市", "wuh") == BEGINS
    assert rank("武汉市", "han") == INSIDE
    assert rank("Any", " ") == WHOLE, "nothing typed finds everything"


def test_words_of_the_data_count_too() -> None:
    assert rank("公主岭市", "2203", words=("220381", "Gongzhuling")) == BEGINS
    assert rank("Lyon", "rhone", words=("Rhône",)) == WHOLE
    assert rank("Lyon", "rhone") == NOT


def test_cities_of_one_name_are_told_apart_by_their_province() -> None:
    assert rank("Suzhou", "苏州", within=("Jiangsu",)) and not rank("Suzhou", "宿州", within=("Jiangsu",))
    assert rank("Suzhou", "宿州", within=("Anhui",)) and not rank("Suzhou", "苏州", within=("Anhui",))
    assert rank("Suzhou", "宿州") and rank("Suzhou", "苏州"), "nothing tells them apart"
    assert rank("Suzhou", "宿州", within=("安徽省",))


def test_readings_are_in_the_order_of_the_standard() -> None:
    for initial, code in BOUNDARIES.items():
        assert readings()[bytes.fromhex(code).decode("gb2312")][0][0] == initial
    level_one = [readings()[char][0] for char in romanizing._level_one()]
    assert len(level_one) == 3755
    initials = [reading[0] for reading in level_one]
    assert initials == sorted(initials)


def test_every_character_of_our_cities_can_be_read() -> None:
    with CITIES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 300
    unread = {char for row in rows for char in row["city_zh"] + row["province_zh"] if char not in readings()}
    assert unread == set()
    by_pinyin = [row for row in rows if row["city"].lower().replace("'", "") in dict(pinyin_of(row["city_zh"]))]
    assert len(by_pinyin) > 0.85 * len(rows), "the others have names of their own, such as Harbin"


def test_pairs_go_both_ways() -> None:
    assert ("武汉", frozenset({"hubei", "湖北"})) in known_pairs()["wuhan"]
    assert ("Wuhan", frozenset({"hubei", "湖北"})) in known_pairs()["武汉"]


def test_names_in_order() -> None:
    names = ["武汉", "Ward 10", "Ward 9", "北京", "Ärzte"]
    assert sorted(names, key=sort_key) == ["Ärzte", "北京", "Ward 9", "Ward 10", "武汉"]


def test_rare_characters_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypinyin", None)
    romanizing._rare.cache_clear()
    assert pinyin_of("臺南") == (("臺nan", "臺n"),)
    romanizing._rare.cache_clear()


def test_rare_characters_with_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    library = ModuleType("pypinyin")
    library.Style = type("Style", (), {"NORMAL": 0})
    library.pinyin = lambda char, style, heteronym: [{"臺": ["tai", "tái"]}.get(char, [char])]
    monkeypatch.setitem(sys.modules, "pypinyin", library)
    romanizing._rare.cache_clear()
    assert pinyin_of("臺南")[0] == ("tainan", "tn")
    romanizing._rare.cache_clear()


def test_the_library_itself() -> None:
    pytest.importorskip("pypinyin")
    romanizing._rare.cache_clear()
    assert ("tainan", "tn") in pinyin_of("臺南")


def test_thousands_of_names_at_once() -> None:
    known = [char for char in readings() if len(readings()[char]) == 1]
    names = [f"{known[at % 3000]}{known[at * 7 % 3001]}市" for at in range(5000)]
    known_pairs()
    took = []
    for _attempt in range(3):
        begun = perf_counter()
        entries = search_entries(names, [("湖北省",)] * 5000, [()] * 5000)
        took.append(perf_counter() - begun)
    assert min(took) < 0.25, "about 0.04 s on an idle computer"
    took = []
    for _attempt in range(3):
        begun = perf_counter()
        assert sum(map(bool, ranks(entries, "wh"))) < 500
        took.append(perf_counter() - begun)
    assert min(took) < 0.1


@pytest.mark.shared_data
def test_the_names_of_the_main_dataset(shared_data: Path) -> None:
    path = shared_data / "cn_city_updates" / "toutiao_city_changes.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    city, province = (next(name for name in rows[0] if part in name.lower()) for part in ("city", "province"))
    areas = sorted({(row[province], row[city]) for row in rows})
    entries = search_entries([name for _above, name in areas], [(above,) for above, _name in areas], [()] * len(areas))
    assert len(areas) > 300

    def found(typed: str) -> set[str]:
        return {name for (_above, name), fit in zip(areas, ranks(entries, typed)) if fit}

    assert "武汉市" in found("wh") & found("wuhan") & found("武汉") & found("Wuhan")
    assert "黄冈市" in found("hg") and "孝感市" in found("Xiaogan") and "厦门市" in found("xm")
    assert "恩施土家族苗族自治州" in found("enshi")
    chars = {char for _above, name in areas for char in name}
    assert {char for char in chars if "\u3400" <= char <= "\u9fff"} - set(readings()) == set()
