"""Cells that would give wrong dates and sums without a word."""
from __future__ import annotations

from outbreak_atlas.plugin.core.datewords import plain_date, plain_dates
from outbreak_atlas.plugin.core.schema import CountKind
from raw_tables import cleaned, finding, table

HEADER = "date,city,lon,lat,confirmed"


def test_columns_with_both_orders_of_day_and_month_are_ambiguous() -> None:
    dates = ("13/03/2021", "14/03/2021", "03/15/2021", "04/03/2021", "05/05/2021")
    result = cleaned(table([(day, "A", 10, 50, n) for n, day in enumerate(dates)], HEADER))
    assert result.rejected["reason"].tolist() == ["unreadable date “03/15/2021” in date"]
    assert finding(result, "ambiguous date")["rows"].tolist() == [1], "04/03 might be April"
    assert "some tell otherwise; give DATE_ORDER" in result.info.columns["time"].reason


def test_weeks_of_reporting_systems_begin_on_monday() -> None:
    rows = [(f"2021W{week}", "A", 10, 50, 3) for week in range(1, 12)]
    result = cleaned(table(rows, "period,city,lon,lat,new_cases"))
    assert result.info.kind.value == CountKind.INCREMENTS
    assert result.info.first == 18_631 * 86_400_000, "2021-01-04"


def test_numbers_beyond_those_that_add_up_are_no_counts() -> None:
    rows = [("2021-03-01", "A", 10, 50, 3), ("2021-03-02", "A", 10, 50, "99999999999999999999999")]
    result = cleaned(table(rows, HEADER))
    assert result.states["confirmed"].tolist() == [3]
    assert result.rejected["reason"].tolist() == ["unreadable count “99999999999999999999999” in confirmed"]


def test_one_name_in_several_writings_is_one_place() -> None:
    names = ("São Paulo", "Sa\u0303o Paulo", "SÃO  PAULO", "S\u00e3o\u00a0Paulo")
    result = cleaned(table([(f"2021-03-0{n}", name, -46.6, -23.5, n) for n, name in enumerate(names, 1)], HEADER))
    assert result.info.places == 1
    assert result.places["place"].tolist() == [names[-1]], "the newest name is shown"


def test_codes_with_decimals_are_the_codes_without() -> None:
    rows = [("2021-03-01", "17031", "Cook", -87.8, 41.8, 3), ("2021-03-02", "17031.0", "Cook", -87.8, 41.8, 4)]
    assert cleaned(table(rows, "date,fips,city,lon,lat,confirmed")).info.places == 1


def test_a_point_that_is_written_more_finely_is_the_same_place() -> None:
    rows = [("2021-03-01", "A", "10.12", "50.12", 3), ("2021-03-04", "B", "11", "51", 1),
            ("2021-03-02", "A", "10.1234", "50.1234", 5), ("2021-03-03", "A", "10.5", "50.12", 7)]
    result = cleaned(table(rows, HEADER))
    assert result.info.places == 3, "40 km away it is another A"
    near = result.states[result.states["lon"].between(10, 10.2)]
    assert near["new_confirmed"].tolist()[1:] == [2]


def test_two_points_of_one_name_at_one_moment_are_two_places() -> None:
    rows = [(f"2021-03-0{day}", "Home", lon, 50.1, day) for day in (1, 2) for lon in ("10.1000", "10.1002")]
    assert cleaned(table(rows, HEADER)).info.places == 2
    events = [(f"2021-03-0{day}", "Home", 10.1 + day / 1e4, 50.1) for day in (1, 2)]
    assert cleaned(table(events, "date,place,lon,lat")).info.places == 2, "events are where they were"


def test_counts_with_three_decimals_of_zero() -> None:
    result = cleaned(table([(f"2021-03-0{n}", "A", 10, 50, f"{n}1.000") for n in (1, 2)], HEADER))
    assert result.states["confirmed"].tolist() == [11, 21]
    assert "the point is decimal, as in 11.000" in result.info.columns["confirmed"].reason


def test_counts_with_what_they_count() -> None:
    result = cleaned(table([("2021-03-01", "武汉", 114, 30, "12例"), ("2021-03-02", "武汉", 114, 30, "１３ 例")],
                           "日期,城市,经度,纬度,确诊"))
    assert result.states["confirmed"].tolist() == [12, 13]


def test_a_count_that_holds_only_words_is_told() -> None:
    rows = [("2021-03-01", "A", 10, 50, "many"), ("2021-03-02", "A", 10, 50, "more")]
    assert "“confirmed” has none" in cleaned(table(rows, HEADER)).info.kind.reason


def test_numbers_that_might_be_counts_are_named_where_rows_become_events() -> None:
    rows = [(f"2021-03-0{day}", "A", 10, 50, kind, value) for day in range(1, 6)
            for kind, value in (("cases", 7 * day), ("deaths", day % 2))]
    reason = cleaned(table(rows, "date,city,lon,lat,indicator,value")).info.kind.reason
    assert reason.endswith("so each row is one event; if “value” counts cases, name it with COLUMNS")


def test_dates_with_words_are_read_alike_one_by_one_and_together() -> None:
    texts = ["23 de enero de 2020", "3rd March 2021 5:30 PM", "１月23日下午3点半", "1月23日下午3点半",
             "100% 5 May 2021", "令和3年3月1日", "令和元年5月1日", "民國110年3月1日",
             "Mon, 10 Oct 2021", "30{01}2021", "2021年10月10日 (日)", "10 h 30", "%s 1 May 2021", "May 10 2021 10h30"]
    assert plain_dates(texts) == [plain_date(text) for text in texts]
    times = [f"{day} March 2021 {hour}:07 PM" for day in range(1, 29) for hour in range(1, 12)]
    assert plain_dates(times) == [plain_date(text) for text in times]


def test_years_of_eras() -> None:
    dates = ("平成31年4月30日", "令和元年5月1日", "令和３年3月1日", "民國110年3月2日")
    result = cleaned(table([(date, "A", 135.5, 34.7, n) for n, date in enumerate(dates)], HEADER))
    days = result.states["reported_at"] // 86_400_000
    assert days.tolist() == [18_016, 18_017, 18_687, 18_688]


def test_a_name_that_is_reported_far_away_at_other_moments_is_told() -> None:
    rows = [(f"2021-03-0{day} 0{at}:00", name, lon + (name == "B" and day > 2), 50, 9 * day)
            for day in range(1, 5) for at, (name, lon) in enumerate((("A", 10), ("B", 12)), 1)]
    found = finding(cleaned(table(rows, HEADER)), "one name at several points")
    assert found["rows"].tolist() == [4]
    together = [(f"2021-03-0{day}", "A", lon, 50, day) for day in (1, 2) for lon in (10, 12)]
    assert not len(finding(cleaned(table(together, HEADER)), "one name at several points"))


def test_a_name_at_two_points_near_each_other_is_two_places_and_found() -> None:
    rows = [("2021-03-01", "A", "10.1201", "50.1201", 3), ("2021-03-02", "A", "10.1234", "50.1234", 5),
            ("2021-03-03", "B", "11", "51", 1)]
    result = cleaned(table(rows, HEADER))
    assert result.info.places == 3
    assert "one name at several points" in result.findings["rule"].tolist()
