"""The sentences of the dock: sums, changes, what is unknown or without a location, and of when."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.bridge.number_texts import change_text, count_text, number_text
from outbreak_atlas.plugin.bridge.totals_text import Told, counts_text, moment_text, totals_html, totals_text
from outbreak_atlas.plugin.core.filters import FilterState, Shape
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, MS_PER_HOUR, Step
from outbreak_atlas.plugin.core.series import MetricTotal
from outbreak_atlas.ui.frame_texts import frame_text, frame_warning
from outbreak_atlas.ui.metric_texts import entries, entry_of
from qgis.PyQt.QtCore import QLocale

NAN = float("nan")
DAY = MS_PER_DAY
#: 2020-02-03, the first of 88 days.
BEGIN = 18_295 * DAY
SHAPE = Shape(("province", "city"), ("confirmed", "deaths"), False, Step.DAY, BEGIN, BEGIN + 88 * DAY)
EVENTS = Shape(("city",), ("cases",), True, Step.DAY, BEGIN, BEGIN + 88 * DAY)
FRAME_END = BEGIN + 11 * DAY
CONFIRMED = MetricTotal("confirmed", 59_804, 15_152, 344, 344, 2_105, 30)
DEATHS = MetricTotal("deaths", 1_367, 254, 17, 344, 0, 0)
CASES = MetricTotal("cases", 340, 12, 340, 340, 0, 0)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


def told(*totals: MetricTotal, shape: Shape = SHAPE, new: bool = False, metric: str = "", **more: object) -> Told:
    state = FilterState(metric or totals[0].metric, new)
    return replace(Told(totals, state, shape, "Asia/Shanghai", FRAME_END, "city"), **more)


def sentence(*totals: MetricTotal, **more: object) -> str:
    """The plain text behind the moment."""
    text = totals_text(told(*totals, **more))
    assert text.startswith("2020-02-13 24:00 Asia/Shanghai")
    return text.partition(": ")[2]


def test_the_whole_sentence() -> None:
    assert totals_text(told(CONFIRMED, DEATHS)) == (
        "2020-02-13 24:00 Asia/Shanghai: 59,804 confirmed (57,699 on the map, 2,105 without a location), "
        "+15,152 new; deaths 1,367 from 17 of 344 cities")


def test_the_chosen_metric_comes_first() -> None:
    assert sentence(CONFIRMED, DEATHS, metric="deaths") == (
        "1,367 deaths from 17 of 344 cities, +254 new; confirmed 59,804")


def test_new_comes_first_where_it_is_what_the_map_shows() -> None:
    assert sentence(CONFIRMED, DEATHS, new=True) == (
        "+15,152 new confirmed (+15,122 on the map, +30 without a location); 59,804 in all; "
        "deaths +254 new, 1,367 in all from 17 of 344 cities")


def test_events_are_told_as_such() -> None:
    assert sentence(CASES, shape=EVENTS, new=True) == "+12 cases on this day, 340 so far"
    assert sentence(CASES, shape=EVENTS) == "340 cases so far, +12 on this day"
    some = replace(CASES, known=330, unlocated=40)
    assert sentence(some, shape=EVENTS) == (
        "340 cases so far from 330 of 340 events (300 on the map, 40 without a location), +12 on this day")


@pytest.mark.parametrize(("step", "words"), [(Step.HOUR, "in this hour"), (Step.WEEK, "in this week")])
def test_other_steps_have_their_word(step: Step, words: str) -> None:
    assert sentence(CASES, shape=replace(EVENTS, step=step), new=True) == f"+12 cases {words}, 340 so far"


def test_the_unknown_is_unknown_and_never_zero() -> None:
    unknown = MetricTotal("deaths", NAN, NAN, 0, 344, NAN, NAN)
    assert sentence(CONFIRMED, unknown).endswith("; deaths unknown")
    assert sentence(unknown) == "deaths unknown, new unknown"
    assert sentence(unknown, new=True) == "new deaths unknown; unknown in all"
    assert sentence(replace(CONFIRMED, new=NAN, unlocated=NAN)) == "59,804 confirmed, new unknown"
    zero = MetricTotal("deaths", 0, 0, 344, 344, 0, 0)
    assert sentence(zero) == "0 deaths, 0 new"


def test_no_report_is_not_nothing_new() -> None:
    same = replace(CONFIRMED, new=0, new_unlocated=0)
    assert sentence(same, DEATHS, silent=True) == (
        "59,804 confirmed (57,699 on the map, 2,105 without a location), no report; "
        "deaths 1,367 from 17 of 344 cities")
    assert sentence(same, DEATHS, new=True, silent=True) == (
        "no report; 59,804 in all; deaths 1,367 from 17 of 344 cities")


def test_what_is_new_of_first_counts_is_not_known() -> None:
    some = MetricTotal("deaths", 23, 0, 344, 344, 0, 0, new_in_part=True)
    assert sentence(some) == "23 deaths, 0 new"
    assert counts_text(told(some)) == (
        "23 deaths from 344 cities, 0 new (not known of places counted for the first time)")
    assert counts_text(told(some, new=True)) == (
        "0 new deaths (not known of places counted for the first time); 23 in all from 344 cities")


def test_a_fall_has_a_true_minus_sign() -> None:
    assert sentence(replace(CONFIRMED, new=-12, unlocated=0)) == "59,804 confirmed, −12 new"
    fallen = replace(CONFIRMED, new=-12, new_unlocated=-5, unlocated=0)
    assert sentence(fallen, new=True).startswith("−12 new confirmed (−7 on the map, −5 without a location)")


def test_a_filter_says_of_how_many() -> None:
    assert totals_text(told(CONFIRMED, areas=(3, 344))).startswith(
        "2020-02-13 24:00 Asia/Shanghai, in 3 of 344 cities: 59,804 confirmed")
    assert "in 344 of 344" not in totals_text(told(CONFIRMED, areas=(344, 344)))


@pytest.mark.parametrize(("level", "words"), [
    ("city", "cities"), ("province", "provinces"), ("country", "countries"), ("place", "places"), ("", "places"),
])
def test_the_unit_is_the_level_of_the_totals(level: str, words: str) -> None:
    assert sentence(DEATHS, level=level) == f"1,367 deaths from 17 of 344 {words}, +254 new"


def test_a_dataset_without_a_zone_says_so() -> None:
    assert totals_text(told(CASES, shape=EVENTS, zone="")).startswith("2020-02-13 24:00 (time as written): ")


def test_a_dataset_without_the_metric_tells_what_it_has() -> None:
    assert sentence(DEATHS, metric="gone") == "deaths 1,367 from 17 of 344 cities"


def test_rich_text_has_one_bold_number_and_escaped_names() -> None:
    odd = replace(CONFIRMED, metric="<b>x</b> & y", unlocated=0)
    assert totals_html(told(odd, DEATHS, zone="<i>")) == (
        '2020-02-13 24:00 &lt;i&gt;: <br/><b style="font-size:x-large">59,804</b> &lt;b&gt;x&lt;/b&gt; &amp; y, '
        "+15,152 new; <br/>deaths 1,367 from 17 of 344 cities")


def test_many_metrics_are_told_in_part_and_the_plain_sentence_tells_all() -> None:
    many = [replace(DEATHS, metric=f"m{at}", known=344) for at in range(9)]
    rich, plain = totals_html(told(CONFIRMED, *many)), totals_text(told(CONFIRMED, *many))
    assert "m4 1,367" in rich and "m5" not in rich and "4 more" in rich
    assert "m8 1,367" in plain and "more" not in plain
    assert "more" not in totals_html(told(CONFIRMED, *many[:5]))


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


_NUMBER = st.one_of(st.just(NAN), st.integers(-10**7, 10**7).map(float), st.floats(-1e6, 1e6))


@given(total=_NUMBER, change=_NUMBER, unlocated=_NUMBER, known=st.integers(0, 9), new=st.booleans(),
       events=st.booleans(), name=st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=9))
def test_rich_text_reads_as_the_plain_one(
    total: float, change: float, unlocated: float, known: int, new: bool, events: bool, name: str
) -> None:
    one = MetricTotal(name, total, change, known, 9, unlocated, unlocated)
    what = told(one, DEATHS, shape=EVENTS if events else SHAPE, new=new)
    parser = _Text()
    parser.feed(totals_html(what))
    parser.close()
    assert parser.text == totals_text(what)
    assert totals_html(what).count("<b ") == 1


# Numbers


@pytest.mark.parametrize(("value", "text"), [
    (0, "0"), (-0.0, "0"), (1e-12, "0"), (-1e-12, "0"), (59_804, "59,804"), (-1_234, "−1,234"), (1_234.5, "1,234.5"),
    (1_234.5000001, "1,234.5"), (0.1 + 0.2, "0.3"), (0.0123, "0.012"), (12.345, "12.35"), (1e9, "1,000,000,000"),
    (0.999, "1"), (0.0004, "0.0004"),
])
def test_numbers(value: float, text: str) -> None:
    assert number_text(value) == text


def test_an_unknown_count_is_nothing_like_zero() -> None:
    assert [count_text(one) for one in (float("nan"), float("inf"), 0.0, -12.0)] == ["–", "–", "0", "−12"]
    assert count_text(float("nan"), "unknown") == "unknown"
    assert number_text(1.5e300).lower() == "1.5e+300"


def test_changes_have_their_sign() -> None:
    assert [change_text(one) for one in (3, -3, 0, 1_000.25)] == ["+3", "−3", "0", "+1,000.25"]


@pytest.mark.parametrize(("language", "text"), [
    (QLocale.Language.German, "1.234,5"), (QLocale.Language.C, "1,234.5"),
])
def test_numbers_are_written_as_the_user_s_country_does(language: QLocale.Language, text: str) -> None:
    locale = QLocale(language)
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    QLocale.setDefault(locale)
    assert number_text(1_234.5) == text


# Frames


def test_moments() -> None:
    assert moment_text(FRAME_END, end=True) == "2020-02-13 24:00"
    assert moment_text(FRAME_END) == "2020-02-14 00:00"
    assert moment_text(FRAME_END + 14 * MS_PER_HOUR, end=True) == "2020-02-14 14:00"
    assert moment_text(-DAY) == "1969-12-31 00:00"


@pytest.mark.parametrize(("step", "begin", "length", "text"), [
    (Step.DAY, BEGIN + 10 * DAY, DAY, "2020-02-13 · day 11 of 88"),
    (Step.WEEK, BEGIN + 7 * DAY, 7 * DAY, "2020-02-10 – 2020-02-16 · week 2 of 13"),
    (Step.HOUR, BEGIN + 14 * MS_PER_HOUR, MS_PER_HOUR, "2020-02-03 14:00 – 15:00 · hour 15 of 2,112"),
    (Step.HOUR, BEGIN + 23 * MS_PER_HOUR, MS_PER_HOUR, "2020-02-03 23:00 – 24:00 · hour 24 of 2,112"),
    (Step.DAY, BEGIN + DAY, 3 * DAY, "2020-02-04 – 2020-02-06"),
    (Step.DAY, BEGIN - DAY, DAY, "2020-02-02"),
    (Step.DAY, BEGIN, 26 * MS_PER_HOUR, "2020-02-03 00:00 – 2020-02-04 02:00"),
])
def test_frames(step: Step, begin: int, length: int, text: str) -> None:
    assert frame_text(begin, begin + length, replace(SHAPE, step=step)) == text


def test_an_ordinary_frame_has_no_warning() -> None:
    assert not frame_warning(BEGIN, BEGIN + DAY, FilterState("confirmed"), SHAPE)


def test_a_long_frame_is_explained() -> None:
    total, new = (frame_warning(BEGIN, BEGIN + 7 * DAY, FilterState("confirmed", one), SHAPE) for one in (False, True))
    assert total.startswith("The frame is longer than one day: a place is drawn with every count that it had in it")
    assert "once for each step in which it changed" in new
    assert "cumulative range" in total
    assert "all that happened" in frame_warning(BEGIN, BEGIN + 7 * DAY, FilterState("cases"), EVENTS)


def test_before_and_after_the_reports() -> None:
    state = FilterState("confirmed")
    assert "2020-02-03" in frame_warning(BEGIN - DAY, BEGIN, state, SHAPE)
    assert frame_warning(SHAPE.end_ms, SHAPE.end_ms + DAY, state, SHAPE) == (
        "After the last report: the dataset ends 2020-04-30 24:00.")


# The list of metrics


def test_every_metric_is_offered_twice() -> None:
    assert [(one.text, one.data, one.metric, one.new) for one in entries(SHAPE)] == [
        ("confirmed", "confirmed", "confirmed", False), ("new confirmed", "new_confirmed", "confirmed", True),
        ("deaths", "deaths", "deaths", False), ("new deaths", "new_deaths", "deaths", True),
    ]
    assert [(one.text, one.data) for one in entries(EVENTS)] == [("cases", "cases"), ("new cases", "new_cases")]


def test_an_entry_is_found_by_the_state() -> None:
    for shape in (SHAPE, EVENTS):
        for one in entries(shape):
            assert entry_of(FilterState(one.metric, one.new)) == one.data


def test_tips_say_what_is_counted_and_the_step() -> None:
    for shape in (SHAPE, EVENTS, replace(SHAPE, step=Step.WEEK)):
        tips = [one.tooltip for one in entries(shape)]
        assert len(set(tips)) == len(tips)
        for one in entries(shape):
            assert one.metric in one.tooltip
            assert str(shape.step) in one.tooltip
