"""Dates of every pattern against the standard library, zones, and steps."""
from __future__ import annotations

import re
import sys
import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.schema import Step
from outbreak_atlas.plugin.core.steps import dataset_end, floor_to_step, step_ms
from outbreak_atlas.plugin.core.times import NO_OFFSET, format_ms, parse_times
from outbreak_atlas.plugin.core.zones import AS_WRITTEN, choose_zone, resolve_zone, to_zone


def parse(*texts: str, **options):
    return parse_times(np.array(texts, dtype=object), **options)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2020-02-01T00:57:07+08:00", "2020-02-01T00:57:07"),
        ("2020-02-01 00:57", "2020-02-01T00:57:00"),
        ("2020/1/2", "2020-01-02T00:00:00"),
        ("20220410", "2022-04-10T00:00:00"),
        ("2020年1月11日", "2020-01-11T00:00:00"),
        ("2020年1月11日 9时30分", "2020-01-11T09:30:00"),
        ("2020-02-03 3:05 PM", "2020-02-03T15:05:00"),
        ("2020-02-03 12:05 am", "2020-02-03T00:05:00"),
        ("2020-01-31 24:00", "2020-02-01T00:00:00"),
        ("29.09.22", "2022-09-29T00:00:00"),
        ("2/18/20", "2020-02-18T00:00:00"),
        ("4 April 2020", "2020-04-04T00:00:00"),
        ("April 4th, 2020 3 pm", "2020-04-04T15:00:00"),
        ("Mon, 3 Feb 2020 14:00:00", "2020-02-03T14:00:00"),
        ("2020-Feb-03", "2020-02-03T00:00:00"),
        ("23 de enero de 2020", "2020-01-23T00:00:00"),
        ("1er février 2020 8h30", "2020-02-01T08:30:00"),
        ("5. Dez. 2020 um 10 Uhr", "2020-12-05T10:00:00"),
        ("23 gennaio 2020", "2020-01-23T00:00:00"),
        ("7 de março de 2020", "2020-03-07T00:00:00"),
        ("202004101530", "2020-04-10T15:30:00"),
        ("20200410T153059", "2020-04-10T15:30:59"),
        ("2020. 1. 11.", "2020-01-11T00:00:00"),
        ("2020년 1월 11일 오후 3시 5분", "2020-01-11T15:05:00"),
        ("2020年1月11日(土) 午前8時", "2020-01-11T08:00:00"),
        ("2020年1月11日下午3点半", "2020-01-11T15:30:00"),
        ("2020年1月11日上午", "2020-01-11T00:00:00"),
        ("2020/1/2 晚上11点", "2020-01-02T23:00:00"),
        ("２０２０－０１－０２", "2020-01-02T00:00:00"),
        ("2020-W06", "2020-02-03T00:00:00"),
        ("2020-W53-7", "2021-01-03T00:00:00"),
        ("43831", "2020-01-01T00:00:00"),
        ("43831.75", "2020-01-01T18:00:00"),
        ("43831.484722222", "2020-01-01T11:38:00"),
        ("1580515027", "2020-01-31T23:57:07"),
        ("1580515027000", "2020-01-31T23:57:07"),
        ("2020-02-29", "2020-02-29T00:00:00"),
    ],
)
def test_reads(text: str, moment: str) -> None:
    times = parse(text)
    assert times.ok[0]
    assert format_ms(times.ms[0]) == moment


@pytest.mark.parametrize(
    "text", ["", "x", "2020-02-30", "2021-02-29", "2020-13-01", "10时", "2020-01-01T25:00",
             "2020-01-01 junk", "1月23日", "当晚", "20日21时", "2020-01-01 13:00 AM",
             "2020年1月11日晚上12点", "2021-W53",
             "Jan 2020", "2020年2月", "12", "1.5", "99999", "9999999999", "5 maybe 2020"]
)
def test_does_not_guess(text: str) -> None:
    assert not parse(text).ok[0]


def test_a_year_completes_dates_without_one() -> None:
    assert format_ms(parse("1月23日", year=2020).ms[0]) == "2020-01-23T00:00:00"


YEARLESS = [
    "1月23日", "1月23", "1/23", "23/1", "23 Jan", "23-Jan", "Jan 23", "23.01.", "01-23", "1월 23일", "23 de enero"]


@pytest.mark.parametrize("text", YEARLESS)
def test_dates_without_a_year_need_one(text: str) -> None:
    without, with_year = parse(text), parse(text, year=2020)
    assert not without.ok[0] and without.yearless[0]
    assert not with_year.yearless[0] and format_ms(with_year.ms[0]) == "2020-01-23T00:00:00"


def test_a_leap_day_is_a_date_in_leap_years_only() -> None:
    assert parse("2月29日").yearless[0]
    assert parse("2月29日", year=2020).ok[0] and not parse("2月29日", year=2021).ok[0]


@pytest.mark.parametrize("text", [
    "1月30日至2月10日", "1月20-21日", "1月21日-23日", "2020-01-05 to 2020-01-10", "2020年1月3日~5日",
    "3/4/20 - 5/4/20"])
def test_a_period_is_told_from_a_moment(text: str) -> None:
    times = parse(text, "2020-02-30", "10时", year=2020)
    assert times.period.tolist() == [True, False, False] and not times.ok.any()


def test_bare_numbers_are_moments_only_if_all_are_plausible() -> None:
    assert parse("43831", "2020-01-02", "43833.5").ok.all()
    assert parse("43831", "99999").ok.tolist() == [False, False]
    assert parse("1580515027", "9999999999").ok.tolist() == [False, False]
    counted = parse("1580515027")
    assert counted.offset_ms[0] == 0 and counted.has_clock[0]
    assert "spreadsheet" in parse("43831").note and "1970" in counted.note


def test_formats_may_be_mixed() -> None:
    times = parse("2020-02-13", "20200214", "15/02/2020", "16 Feb 2020", "2020年2月17日", "43879", "2020/2/19 08:00")
    assert [format_ms(ms)[8:10] for ms in times.ms] == ["13", "14", "15", "16", "17", "18", "19"]
    assert times.ok.all() and not times.ambiguous.any()


def test_categories_are_read_like_cells() -> None:
    cells = ["02/01/2020", "13/01/2020", "", "01/05/2020"]
    column = pd.Series(pd.Categorical([*cells, "01/31/2020"]))[:4]  # the last is a category still
    for name in ("ms", "ok", "ambiguous", "has_clock"):
        assert (getattr(parse_times(column), name) == getattr(parse(*cells), name)).all()


ENGLISH = pd.date_range("2020-01-01", periods=12, freq="MS").month_name().tolist()
SPANISH = [
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre",
    "diciembre"]


def hour_of_12(moment: datetime) -> int:
    return (moment.hour + 11) % 12 + 1


FORMATS = {
    "iso": lambda d: d.strftime("%Y-%m-%d %H:%M:%S"), "slashes": lambda d: f"{d.year}/{d.month}/{d.day} {d:%H:%M:%S}",
    "compact": lambda d: d.strftime("%Y%m%d%H%M%S"), "basic": lambda d: d.strftime("%Y%m%dT%H%M%S"),
    "day first": lambda d: f"{d.day}/{d.month}/{d.year} {d:%H:%M:%S}",
    "dots": lambda d: d.strftime("%d.%m.%Y %H:%M:%S"),
    "half days": lambda d: f"{d:%Y-%m-%d} {hour_of_12(d)}:{d:%M:%S} {'AM' if d.hour < 12 else 'PM'}",
    "english": lambda d: f"{ENGLISH[d.month - 1]} {d.day}, {d.year} {d:%H:%M:%S}",
    "short": lambda d: f"{d.day} {ENGLISH[d.month - 1][:3]} {d.year} {d:%H:%M:%S}",
    "spanish": lambda d: f"{d.day} de {SPANISH[d.month - 1]} de {d.year} {d:%H:%M:%S}",
    "chinese": lambda d: f"{d.year}年{d.month}月{d.day}日 {d.hour}时{d.minute}分{d.second}秒",
    "chinese halves": lambda d: (
        f"{d.year}年{d.month}月{d.day}日{'上午' if d.hour < 12 else '下午'}"
        f"{hour_of_12(d)}点{d.minute}分{d.second}秒"),
    "korean": lambda d: f"{d.year}년 {d.month}월 {d.day}일 {d.hour}시 {d.minute}분 {d.second}초",
    "week": lambda d: f"{d.isocalendar()[0]}-W{d.isocalendar()[1]:02d}-{d.isocalendar()[2]} {d:%H:%M:%S}",
    "serial": lambda d: f"{(d - datetime(1899, 12, 30)) / timedelta(days=1):.9f}",
    "seconds": lambda d: str((d - datetime(1970, 1, 1)) // timedelta(seconds=1)),
    "milliseconds": lambda d: f"{(d - datetime(1970, 1, 1)) // timedelta(seconds=1)}000",
}


@pytest.mark.parametrize("form", FORMATS)
@given(st.lists(st.datetimes(datetime(2002, 1, 1), datetime(2049, 12, 30)), min_size=1, max_size=20))
def test_every_format_is_read_back(form: str, moments: list[datetime]) -> None:
    moments = [moment.replace(microsecond=0) for moment in moments]
    times = parse(*map(FORMATS[form], moments), order="dmy")
    assert times.ok.all()
    expected = np.array([(moment - datetime(1970, 1, 1)) // timedelta(milliseconds=1) for moment in moments])
    assert (abs(times.ms - expected) <= (1 if form == "serial" else 0)).all()


def test_order_is_learnt_from_the_whole_column() -> None:
    assert format_ms(parse("02/01/2020", "13/01/2020").ms[0]) == "2020-01-02T00:00:00"
    assert format_ms(parse("02/01/2020", "01/13/2020").ms[0]) == "2020-02-01T00:00:00"
    alone = parse("02/01/2020")
    assert alone.ambiguous[0]
    assert not parse("02/01/2020", order="dmy").ambiguous[0]
    assert not parse("02/02/2020").ambiguous[0]


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31)),
    st.sampled_from([None, 0, 480, -300, 330, 765]),
    st.sampled_from(["T", " "]),
)
def test_iso_equals_the_standard_library(moment: datetime, offset: int | None, separator: str) -> None:
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    zone = None if offset is None else timezone(timedelta(minutes=offset))
    times = parse(moment.replace(tzinfo=zone).isoformat(separator, "milliseconds"))
    assert times.ok[0]
    assert times.ms[0] == (moment - datetime(1970, 1, 1)) // timedelta(milliseconds=1)
    assert times.offset_ms[0] == (NO_OFFSET if offset is None else offset * 60_000)


def test_stray_offset_is_converted_to_the_zone_of_the_rest() -> None:
    times = parse("2020-04-25T14:00:00+08:00", "2020-04-25T07:19:46+00:00", "2020-04-25T15:57:00+08:00")
    zone = choose_zone("", times, (114.3, 30.6), True)
    wall, foreign = to_zone(times, zone.value)
    assert zone.value == "Asia/Shanghai"
    assert [format_ms(ms) for ms in wall] == ["2020-04-25T14:00:00", "2020-04-25T15:19:46", "2020-04-25T15:57:00"]
    assert foreign.tolist() == [False, True, False]


def test_zone_follows_summer_time() -> None:
    times = parse("2021-03-27T12:00:00+01:00", "2021-03-29T12:00:00+02:00", "2021-07-01T12:00:00+02:00")
    zone = choose_zone("", times, (12.5, 41.9), False)
    wall, foreign = to_zone(times, zone.value)
    assert zone.value == "Europe/Rome"
    assert [format_ms(ms)[11:] for ms in wall] == ["12:00:00"] * 3
    assert not foreign.any()


def test_given_zone_converts_and_unknown_zone_is_refused() -> None:
    times = parse("2020-01-01T12:00:00Z")
    assert format_ms(to_zone(times, "Asia/Kolkata")[0][0]) == "2020-01-01T17:30:00"
    with pytest.raises(AtlasError, match="Middle/Earth"):
        choose_zone("Middle/Earth", times, None, False)


@pytest.fixture
def no_zones(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As on Windows without the library tzdata."""
    for name in {"tzdata", *(name for name in sys.modules if name.startswith("tzdata."))}:
        monkeypatch.setitem(sys.modules, name, None)
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache()


@pytest.mark.parametrize(("name", "minutes"), [
    ("UTC", 0), ("UTC+08:00", 480), ("UTC+8", 480), ("UTC-0330", -210), ("UTC-03:30", -210), ("UTC+14", 840),
    ("UTC+23:59", 1439),
])
def test_fixed_zones_need_no_database(no_zones: None, name: str, minutes: int) -> None:
    assert resolve_zone(name).utcoffset(datetime(2020, 2, 3)) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "name", ["Middle/Earth", "UTC+24", "UTC+08:60", "utc+x", "../etc/passwd", "Asia", "\0", "x" * 300])
def test_what_is_no_zone_is_named(name: str) -> None:
    with pytest.raises(AtlasError, match=re.escape(f"no time zone named “{name}”")):
        resolve_zone(name)


@pytest.mark.parametrize(("offset", "point", "in_china", "name"), [
    ("+08:00", (114.3, 30.6), True, "UTC+08:00"), ("+05:30", (77.2, 28.6), False, "UTC+05:30"),
    ("-05:00", None, False, "UTC-05:00"), ("+00:00", (0.0, 51.5), False, "UTC"),
])
def test_without_a_database_the_offset_is_the_zone(
    no_zones: None, offset: str, point: tuple[float, float] | None, in_china: bool, name: str
) -> None:
    times = parse(f"2020-04-25T14:00:00{offset}", f"1965-04-25T15:57:00{offset}")
    zone = choose_zone("", times, point, in_china)
    wall, foreign = to_zone(times, zone.value)
    assert zone.value == name
    assert (wall == times.ms).all() and not foreign.any()


def test_without_a_database_a_given_name_is_refused_with_the_way_out(no_zones: None) -> None:
    times = parse("2020-01-01T12:00:00Z")
    with pytest.raises(AtlasError, match=r"Asia/Kolkata.*no database.*tzdata.*UTC\+08:00"):
        choose_zone("Asia/Kolkata", times, None, False)
    assert choose_zone("UTC+05:30", times, None, False).value == "UTC+05:30"
    assert format_ms(to_zone(times, "UTC+05:30")[0][0]) == "2020-01-01T17:30:00"


def test_an_offset_that_no_zone_agrees_with_is_kept() -> None:
    times = parse("2020-01-01T12:00:00+07:13")
    zone = choose_zone("", times, (100.0, 10.0), False)
    assert zone.value == "UTC+07:13"
    assert (to_zone(times, zone.value)[0] == times.ms).all()
    assert choose_zone("", parse("2020-01-01T12:00:00+77:00"), None, False).value == AS_WRITTEN


def test_zones_are_found_before_1970() -> None:
    times = parse("1965-03-01T12:00:00+01:00", "1966-03-01T12:00:00+01:00")
    assert choose_zone("", times, (12.5, 41.9), False).value == "Europe/Rome"


def test_times_without_offset_stay_as_written() -> None:
    times = parse("2020-01-01 12:00")
    zone = choose_zone("", times, (114.0, 30.0), True)
    assert zone.value == AS_WRITTEN
    assert format_ms(to_zone(times, zone.value)[0][0]) == "2020-01-01T12:00:00"


@pytest.mark.parametrize(("step", "frequency"), [(Step.HOUR, "h"), (Step.DAY, "D")])
def test_floor_equals_pandas(step: Step, frequency: str) -> None:
    moments = pd.date_range("1968-03-01", periods=2000, freq="137min")
    ms = moments.values.astype("datetime64[ms]").astype(np.int64)
    expected = moments.floor(frequency).values.astype("datetime64[ms]").astype(np.int64)
    assert (floor_to_step(ms, step) == expected).all()


def test_weeks_begin_on_monday_and_the_end_is_after_the_last_report() -> None:
    monday = parse("2020-02-03").ms
    assert (floor_to_step(monday + np.array([0, 1, step_ms(Step.WEEK) - 1]), Step.WEEK) == monday).all()
    assert dataset_end(int(monday[0]), Step.DAY) == monday[0] + step_ms(Step.DAY)


@given(
    st.lists(st.text("0123456789-/.: 年月日时TZ+至上下午{}Jan", max_size=24), max_size=30),
    st.sampled_from(["", "ymd", "mdy", "dmy"]), st.sampled_from([None, 2020]))
def test_any_text_is_a_moment_or_not(texts: list[str], order: str, year: int | None) -> None:
    times = parse(*texts, order=order, year=year)
    assert len(times.ms) == len(texts)
    assert not (times.ok & (times.yearless | times.period)).any() and not times.ms[~times.ok].any()
    assert not (times.ambiguous & ~times.ok).any()
