"""Reports per time: counted before merging, in bins that suit the span."""
from __future__ import annotations

import numpy as np
import pytest
from outbreak_atlas.plugin.core.coverage import bin_edges, coverage_of
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, MS_PER_HOUR
from raw_tables import cleaned, ms, table


def test_merged_reports_count_on_their_own_day() -> None:
    rows = [["A", "2020-02-01 08:00", 5], ["A", "2020-02-02 08:00", 5], ["A", "2020-02-04 08:00", 5],
            ["B", "2020-02-01 08:00", 1], ["B", "2020-02-01 20:00", 2], ["B", "2020-02-05 08:00", 2]]
    result = cleaned(table([[*row, 120, 30] for row in rows], "city,time,confirmed,lon,lat"))
    coverage = result.coverage
    assert coverage is not None
    assert (coverage.unit, coverage.edges[0]) == ("day", ms("2020-02-01"))
    assert coverage.reports.tolist() == [3, 1, 0, 1, 1]
    assert coverage.places.tolist() == [2, 1, 0, 1, 1]
    assert coverage.reports.sum() == result.info.states + result.info.rows_merged


def test_reports_outside_the_span_are_counted_apart() -> None:
    coverage = coverage_of(np.array([-MS_PER_DAY, 5, 20 * MS_PER_DAY]), np.zeros(3, np.int64), 0, 4 * MS_PER_DAY)
    assert (coverage.reports.sum(), coverage.outside) == (1, 2)


@pytest.mark.parametrize(("span_days", "unit"), [(1, "hour"), (90, "day"), (2_000, "week"), (9_000, "month"),
                                                 (90_000, "year")])
def test_the_bins_suit_the_span(span_days: int, unit: str) -> None:
    first = ms("2020-02-05T13:00")
    last = first + span_days * MS_PER_DAY
    word, edges = bin_edges(first, last)
    assert word == unit
    assert edges[0] <= first < edges[1]
    assert edges[-2] <= last < edges[-1]
    assert (np.diff(edges) > 0).all()
    assert len(edges) < 1_300


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    assert bin_edges(ms("2020-02-05"), ms("2024-02-05"))[1][0] == ms("2020-02-03")
    assert bin_edges(ms("2000-02-05"), ms("2024-02-05"))[1][:2].tolist() == [ms("2000-02-01"), ms("2000-03-01")]


def test_one_moment_is_one_bin() -> None:
    unit, edges = bin_edges(ms("2020-02-05T13:20"), ms("2020-02-05T13:20"))
    assert (unit, np.diff(edges).tolist()) == ("hour", [MS_PER_HOUR])
