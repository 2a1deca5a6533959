"""Findings beyond those of states: what they say, what they flag, and the page that explains them."""
from __future__ import annotations

from pathlib import Path

import pytest
from outbreak_atlas.plugin.core import countchecks, explained, kinds, listing, points, quality
from outbreak_atlas.plugin.core.cleaning import clean
from outbreak_atlas.plugin.core.dataset import Cleaned, LoadOptions
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.rejections import reason_kind
from outbreak_atlas.plugin.core.rules import TEXTS, Rule
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, MS_PER_HOUR, CountKind, Listing
from raw_tables import cleaned, finding, raw_table, table

HEADER = "date,place,lon,lat,confirmed"


def load(*rows: tuple[object, ...], header: str = HEADER, **options: object) -> Cleaned:
    return cleaned(table(rows, header), **{"counts": CountKind.CUMULATIVE, "listing": Listing.PARTIAL, **options})


def daily(place: str, *counts: object) -> list[tuple[object, ...]]:
    return [(f"2020-02-{day:02d}", place, 10, 50, count) for day, count in enumerate(counts, 1)]


def flags(result: Cleaned) -> list[str]:
    return result.states["flags"].astype(object).fillna("").tolist()


def test_falls_are_counted_by_place_with_the_deepest_first_among_the_examples() -> None:
    result = load(*daily("A", 10, 9, 20, 19, 30, 29, 40, 39, 50, 49, 60, 59), *daily("B", 1000, 100))
    falls = finding(result, "falling cumulative count").iloc[0]
    assert falls["message"] == "confirmed falls 7 times in 2 places; the deepest fall is -900"
    assert falls["rows"] == 7 and falls["examples"].startswith("row 15: B, 2020-02-02")


def test_a_fall_behind_reports_that_leave_the_count_out_is_told_apart_and_flagged() -> None:
    result = load(*daily("A", 10, "", 8), *daily("B", 5, 4))
    messages = finding(result, "falling cumulative count")["message"].tolist()
    assert sorted(messages) == [
        "confirmed falls 1 time in 1 place behind reports that leave it out; the deepest fall is -2",
        "confirmed falls 1 time in 1 place; the deepest fall is -1"]
    assert sum("falling" in words for words in flags(result)) == 2
    assert finding(result, "count left out")["message"].tolist() == ["confirmed is left out in 1 row, 20.0% of all"]


def test_repeats_of_a_row_are_told_from_other_values() -> None:
    result = load(*daily("A", 1), *daily("A", 1), *daily("A", 2), *daily("B", 1, 2))
    assert finding(result, "place named again at one moment")["message"].tolist() == [
        "2 rows name a place again at a moment at which it was named already, 1 of them to the letter"]
    assert finding(result, "several values for one place and time")["message"].tolist() == [
        "2 rows of 1 place give different counts of one place at one moment"]


def test_sums_and_negatives_say_where_and_how_far() -> None:
    rows = [("2020-02-01", "A", 10, 50, 5, 4, 3), ("2020-02-02", "A", 10, 50, -5, 0, 0)]
    result = load(*rows, header="date,place,lon,lat,confirmed,recovered,deaths")
    assert finding(result, "recovered + deaths > confirmed")["message"].tolist() == [
        "recovered + deaths exceed confirmed in 2 rows of 1 place, by 5 at the most"]
    assert finding(result, "negative count")["message"].tolist() == [
        "confirmed is negative in 1 row of 1 place; the lowest is -5"]


def test_a_count_of_the_moment_may_fall_and_is_not_added_up() -> None:
    rows = [(f"2020-02-{day:02d}", "A", 10, 50, day, 5 + (-1) ** day * (day % 4)) for day in range(1, 25)]
    result = cleaned(table(rows, "date,place,lon,lat,total_cases,suspected"))
    assert result.info.kind.value == CountKind.CUMULATIVE
    assert result.states["suspected"].tolist() == [row[-1] for row in rows]
    assert not len(finding(result, "falling cumulative count"))
    assert "count of the moment" in result.info.columns["suspected"].reason


def test_repeats_within_a_moment_make_no_additions() -> None:
    """Two facilities that share a code go up and down with every listing; neither is one of additions."""
    rows = [(f"2020-02-{day:02d}", "A", 10, 50, count) for day in range(1, 20) for count in (100 + day, 5)]
    assert cleaned(table(rows, HEADER)).info.kind.value == CountKind.CUMULATIVE


def test_a_list_of_the_same_places_at_each_moment_is_told() -> None:
    header = "date,place,lon,lat"
    rows = [(f"2020-02-{day:02d}", f"P{place}", 10 + place / 100, 50) for day in range(1, 6) for place in range(40)]
    result = cleaned(table(rows, header))
    assert result.info.kind.value == CountKind.EVENTS
    assert "5 moments list nearly the same places" in result.info.kind.reason
    assert finding(result, "the same places at each moment")["rows"].tolist() == [200]
    others = [(day, f"{day}-{place}", lon, lat) for day, place, lon, lat in rows]
    assert not len(finding(cleaned(table(others, header)), "the same places at each moment"))


def test_levels_are_counted_and_provinces_among_cities_found() -> None:
    header = "date,province,city,lon,lat,confirmed"
    rows = [("2020-02-01", "天津市", "天津", 117, 39, 1), ("2020-02-01", "吉林省", "吉林", 126, 43, 1),
            ("2020-02-01", "吉林省", "长春", 125, 43, 1), ("2020-02-01", "北京市", "北京市", 116, 40, 1),
            ("2020-02-01", "北京市", "东城区", 116.4, 40, 1), ("2020-02-01", "吉林省", "", 125, 44, 2)]
    messages = finding(load(*rows, header=header), "several levels in one column")["message"].tolist()
    assert sorted(messages) == [
        "1 row of another level than most: province 1 (1 place)",
        "2 rows of 2 places in the column of cities bear the name of their province: a province as a whole"]


def test_braces_in_a_file_are_text() -> None:
    rows = [("2020-02-01", f"{{p}}{place}", "{rows.__class__}" if place > 4 else "city", 10 + place, 50, 1)
            for place in range(7)]
    result = load(*rows, header="date,place,level,lon,lat,confirmed")
    assert finding(result, "several levels in one column")["message"].tolist() == [
        "2 rows of another level than most: {rows.__class__} 2 (2 places)"]


def test_a_row_for_the_sum_of_all_is_in_no_total() -> None:
    rows = [("2020-02-01", name, 117, 39, n) for name, n in (("A", 1), ("B", 2), ("Total", 3), ("C", 0))]
    result = load(*rows, header="date,city,lon,lat,confirmed")
    assert result.places["level"].tolist() == ["city", "city", "country", "city"]
    assert result.info.totals_level == "city"


def test_totals_that_only_repeat_themselves_or_sink_are_no_additions() -> None:
    rows = [(f"2020-02-{day:02d}", f"P{place}", 10 + place, 50, 100 - place - (day > 10 + place))
            for day in range(1, 25) for place in range(12)]
    kind = cleaned(table(rows, HEADER)).info.kind
    assert kind.value == CountKind.CUMULATIVE and "repeats itself in 96% of the reports" in kind.reason


def test_gaps_between_listings_are_named() -> None:
    hours = [*range(8), 20, 21, 22, 23]
    rows = [(f"2020-02-01 {hour:02d}:00", f"P{place}", 10 + place, 50, hour) for hour in hours for place in range(6)]
    silence = finding(load(*rows, listing=Listing.FULL), "long silence")
    assert silence["message"].tolist() == ["6 rows in 1 listing after a silence of 13 h"]


def test_rejected_rows_are_counted_by_kind_of_reason() -> None:
    result = load(*daily("A", 1, "many", "some", 2), ("soon", "A", 10, 50, 1), ("", "A", 10, 50, 1),
                  columns={"confirmed": "confirmed"})
    assert finding(result, "row rejected")["message"].tolist() == [
        "2 rows rejected: unreadable count “…” in confirmed (2)"]
    dates = finding(result, "unreadable date")["message"].iloc[0]
    assert dates.startswith("2 rows rejected for the date:") and "no date in date (1)" in dates
    assert reason_kind("unreadable date “a “b” c” in when") == "unreadable date “…” in when"


def test_examples_of_several_files_name_the_file() -> None:
    tables = [raw_table(table(daily("A", *counts), HEADER), f"{name}.csv") for name, counts in
              (("one", (3, 2)), ("two", (9, "many")))]
    options = LoadOptions(counts=CountKind.CUMULATIVE, listing=Listing.PARTIAL, columns={"confirmed": "confirmed"})
    result = clean(tables, options, lambda _, rows: [""] * len(rows), Progress())
    assert finding(result, "row rejected")["examples"].iloc[0].startswith("two.csv row 3: unreadable count")
    assert "one.csv row 3: A, 2020-02-02" in finding(result, "falling cumulative count")["examples"].iloc[0]


def test_names_and_codes_that_were_exchanged_are_put_back() -> None:
    header = "date,city,cityCode,lon,lat,confirmed"
    rows = [("2020-02-01", "武汉", "420100", 114, 30, 5), ("2020-02-01", "黄冈", "421100", 115, 30, 2),
            ("2020-02-01", "境外输入", "", "", "", 1), ("2020-02-02", "420100", "武汉", 114, 30, 6),
            ("2020-02-02", "", "境外输入", "", "", 1)]
    result = load(*rows, header=header)
    assert result.info.places == 3 and result.info.rows_rejected == 0
    assert finding(result, "names and codes exchanged")["rows"].tolist() == [2]
    wuhan = result.states[result.states["place_id"] == "420100"]
    assert wuhan["confirmed"].tolist() == [5, 6] and set(wuhan["place"]) == {"武汉"}


def test_codes_that_look_like_names_are_left_alone() -> None:
    header = "date,city,city_code,lon,lat,confirmed"
    rows = [("2020-02-01", "Lyon", "lyon-fr", 5, 45, 1), ("2020-02-01", "Nice", "nice", 7, 43, 1),
            ("2020-02-02", "", "nice", 7, 43, 1)]
    assert not len(finding(load(*rows, header=header), "names and codes exchanged"))


def test_every_rule_has_its_text_and_its_way_of_being_found() -> None:
    assert set(TEXTS) == set(explained.FOUND) == set(Rule)
    words = [text.word for text in TEXTS.values()]
    assert len(set(words)) == len(words) and not any(";" in word or " " in word for word in words)


def test_the_page_holds_every_rule_and_every_threshold(repository: Path) -> None:
    page = (repository / "resources" / "help" / "findings.md").read_text(encoding="utf-8")
    assert page == explained.findings_page(), "write it anew with core.explained.findings_page"
    for text in TEXTS.values():
        assert text.meaning in page and f"`{text.word}`" in page


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule.JUMP, (f"{countchecks.JUMP_LEAST} a day", f"{countchecks.JUMP_FACTOR:g} times",
                     f"at least {countchecks.JUMP_HISTORY}")),
        (Rule.LONG_SILENCE, (f"{quality.SILENCE_MS // MS_PER_DAY} days", f"{quality.SILENCE_FACTOR:g} times",
                             f"{quality.POLL_SILENCE_MS // MS_PER_HOUR} hours",
                             f"{quality.POLL_SILENCE_FACTOR:g} times")),
        (Rule.OUTSIDE_SPAN, (f"{quality.SPAN_MARGIN_MS // MS_PER_DAY} days",)),
        (Rule.FAR_FROM_CITY, (f"{points.FAR_KM:g} km", f"{points.FAR_FACTOR:g} times",
                              f"{points.LEAST_POINTS} distinct")),
        (Rule.SWAPPED_COORDINATES, (f"{points.NEAR_KM:g} km",)),
        (Rule.DELISTED, (f"{listing.MEDIAN_OVERLAP:.0%}", f"{listing.LOW_OVERLAP:.0%}")),
        (Rule.INCOMPLETE_POLL, (f"{listing.INCOMPLETE_SHARE:.0%}",)),
        (Rule.LISTED_AGAIN, (f"{kinds.LISTED_MOMENTS} moments", f"{kinds.LISTED_PLACES} places")),
    ])
def test_thresholds_are_told(rule: Rule, words: tuple[str, ...]) -> None:
    assert all(word in explained.FOUND[rule] for word in words)
