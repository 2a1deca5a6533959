"""Cells that would give wrong dates and sums without a word."""
from __future__ import annotations

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
