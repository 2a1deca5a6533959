"""Corners of cleaning that a reader of the rules would try: mixed counts, unread rows, levels, names."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from outbreak_atlas.plugin.core.dataset import Cleaned, LoadOptions
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.schema import CountKind, Listing
from outbreak_atlas.plugin.store.loading import load_dataset, read_and_clean
from raw_tables import cleaned, finding, ms, states_as_of, table


def column(result: Cleaned, name: str) -> list[float]:
    return result.states[name].tolist()


def days(header: str, *rows: tuple[object, ...], **options: object) -> Cleaned:
    """One place, one row a day."""
    cells = [(f"2020-02-{day:02d}", "A", 114, 30, *row) for day, row in enumerate(rows, 1)]
    return cleaned(table(cells, f"date,place,lon,lat,{header}"), **options)


def test_additions_beside_running_totals_are_added_up_alone() -> None:
    totals_first = days("total_cases,new_deaths", (10, 5), (20, 4), (30, 6), (40, 2))
    assert column(totals_first, "confirmed") == [10, 20, 30, 40]
    assert column(totals_first, "deaths") == [5, 9, 15, 17]
    assert column(totals_first, "new_deaths") == [5, 4, 6, 2]
    additions_first = days("new_cases,total_deaths", (3, 10), (2, 20), (1, 30))
    assert column(additions_first, "confirmed") == [3, 5, 6]
    assert column(additions_first, "deaths") == [10, 20, 30]
    assert additions_first.info.kind.value == CountKind.INCREMENTS


def test_the_first_known_addition_is_new() -> None:
    result = days("new_confirmed,new_deaths", (1, ""), (1, 2), (1, ""), (1, 1))
    assert np.nansum(column(result, "new_deaths")) == 3 == column(result, "deaths")[-1]
    assert result.info.first_values.value == "new"


def test_a_huge_value_swallows_no_small_one_elsewhere() -> None:
    rows = [(f"2020-02-0{d}", p, lon, 30, value) for d in range(1, 5)
            for p, lon, value in (("A", 110, 1e18), ("B", 111, 1), ("C", 112, 0.1))]
    result = cleaned(table(rows, "date,place,lon,lat,new_confirmed"), counts=CountKind.INCREMENTS)
    last = result.states.groupby(result.states["place"].astype(str))["confirmed"].last()
    assert last["B"] == 4 and last["C"] == pytest.approx(0.4)


def test_a_row_that_cannot_be_counted_still_lists_its_place() -> None:
    rows = [(f"2020-02-0{d}", f"P{p}", 110 + p, 30, "abc" if (d, p) == (4, 3) else 5)
            for d in range(1, 7) for p in range(8)]
    options = {"listing": Listing.FULL, "counts": CountKind.CUMULATIVE, "columns": {"confirmed": "confirmed"}}
    result = cleaned(table(rows, "date,place,lon,lat,confirmed"), **options)
    assert result.info.rows_rejected == 1
    assert not len(finding(result, "delisted"))
    assert len(states_as_of(result, ms("2020-02-04"))) == 8


def test_the_level_of_totals_is_that_of_most_places() -> None:
    rows = [(f"2020-02-{d:02d}", f"Province {p}", "", 110 + p, 30, 100 * d) for d in range(1, 11) for p in range(3)]
    rows += [(f"2020-02-{d:02d}", f"Province {c % 3}", f"City {c}", 110 + c / 9, 31, 7)
             for d in range(1, 11) for c in range(21)]
    result = cleaned(table(rows, "date,province,city,lon,lat,confirmed"), counts=CountKind.CUMULATIVE)
    assert result.info.totals_level == "city"
    assert finding(result, "several levels in one column")["rows"].tolist() == [30]


def test_events_are_counted_however_coarsely_they_are_located() -> None:
    rows = [("2020-02-01", "Wuhan", "Market", 114, 30)] * 6 + [("2020-02-01", "Wuhan", "", 114.1, 30)] * 4
    result = cleaned(table(rows, "date,city,place,lon,lat"))
    assert result.info.totals_level == "" and result.states["cases"].sum() == 10
    assert not len(finding(result, "several levels in one column"))


def test_of_several_values_the_last_row_counts_even_if_it_repeats_the_first() -> None:
    rows = [("2020-02-01", "A", 114, 30, value) for value in (5, 7, 5)]
    result = cleaned(table(rows, "date,place,lon,lat,confirmed"), counts=CountKind.CUMULATIVE)
    assert states_as_of(result, ms("2020-02-01"))["confirmed"].tolist() == [5]
    assert result.info.rows_duplicate == 1


def test_rows_without_name_and_point_are_not_of_the_one_nameless_point() -> None:
    rows = [("2020-02-01", "", 114, 30), ("2020-02-01", "", "", ""), ("2020-02-02", "", "", ""),
            ("2020-02-01", "A", 115, 30), ("2020-02-02", "A", "", "")]
    result = cleaned(table(rows, "date,place,lon,lat"))
    assert result.info.places == 3 and result.info.located == 2


def test_points_nearer_than_the_identifier_tells_are_one_place() -> None:
    rows = [("2020-02-01", "A", 114.0000001, 30, 1), ("2020-02-02", "A", 114.0000002, 30, 2)]
    result = cleaned(table(rows, "date,place,lon,lat,confirmed"), counts=CountKind.CUMULATIVE)
    assert result.info.places == 1


def test_names_that_hold_a_separator_are_not_confused() -> None:
    rows = [("2020-02-01", "a|b", "c", "", "", 1), ("2020-02-01", "a", "b|c", "", "", 2)]
    result = cleaned(table(rows, "date,province,city,lon,lat,confirmed"),
                     columns={"lon": "lon", "lat": "lat"}, counts=CountKind.CUMULATIVE)
    assert result.places["place_id"].nunique() == 2


def test_a_place_keeps_its_identifier_when_its_newest_report_has_no_point() -> None:
    rows = [("2020-02-01", "A", 116, 30, 1), ("2020-02-02", "A", 116, 30, 2), ("2020-02-03", "A", "", "", 3)]
    header = "date,place,lon,lat,confirmed"
    before, after = (cleaned(table(rows[:n], header), counts=CountKind.CUMULATIVE) for n in (2, 3))
    assert before.places["place_id"].tolist() == after.places["place_id"].tolist()


def test_date_and_clock_in_columns_of_their_own() -> None:
    rows = [("2020-02-01", "08:30", "A", 114, 30, 1), ("2020-02-01", "14:00", "A", 114, 30, 2)]
    for header, columns in (("date,hour,place,lon,lat,confirmed", {}),
                            ("Tag,Uhr,place,lon,lat,confirmed", {"date": "Tag", "time_of_day": "Uhr"})):
        result = cleaned(table(rows, header), counts=CountKind.CUMULATIVE, columns=columns)
        assert column(result, "valid_from") == [ms("2020-02-01T08:30"), ms("2020-02-01T14:00")]


def test_projected_coordinates_need_only_their_crs() -> None:
    rows = [("2020-02-01", "A", 500_000, 3_400_000, 1), ("2020-02-02", "A", 500_000, 3_400_000, 2)]
    result = cleaned(table(rows, "date,place,x,y,confirmed"), counts=CountKind.CUMULATIVE, crs="EPSG:32650")
    assert result.states["lon"].tolist() == pytest.approx([117, 117])
    with pytest.raises(AtlasError, match="look projected"):
        cleaned(table(rows, "date,place,x,y,confirmed"), counts=CountKind.CUMULATIVE)


@pytest.mark.parametrize("name", ["reports", "flags", "valid_from", "new_confirmed", "Longitude", "geom"])
def test_a_count_cannot_take_a_name_of_the_layer(name: str) -> None:
    with pytest.raises(AtlasError, match="cannot be the name of a count"):
        days("n", (1,), (2,), columns={name: "n"})


def test_roles_are_known_in_any_case() -> None:
    assert column(days("n", (1,), (2,), columns={"Confirmed": "n", "LON": "lon"}), "confirmed") == [1, 2]


def test_active_is_computed_where_it_is_left_out() -> None:
    result = days("confirmed,recovered,deaths,active", (10, 1, 1, 8), (20, 2, 1, ""))
    assert column(result, "active") == [8, 17]


@pytest.mark.parametrize(
    ("options", "first"),
    [({}, "2020-02-13"), ({"date_order": "ymd"}, "2020-02-13"), ({"date_order": "dmy"}, "2013-02-20")])
def test_two_digit_years_may_come_first(options: dict[str, str], first: str) -> None:
    rows = [(f"20-02-{day}", "A", 114, 30, day) for day in (13, 14, 15, 16)]
    result = cleaned(table(rows, "date,place,lon,lat,confirmed"), counts=CountKind.CUMULATIVE, **options)
    assert min(column(result, "valid_from")) == ms(first)


def test_many_written_out_dates_are_all_read() -> None:
    rows = [(f"{day:02d} Feb 2020 {minute // 60:02d}:{minute % 60:02d}", "A", 114, 30, day)
            for day in range(1, 29) for minute in range(0, 1440, 7)]
    assert cleaned(table(rows, "date,place,lon,lat,confirmed"), counts=CountKind.CUMULATIVE).info.rows_rejected == 0


def test_digits_of_full_width_are_digits() -> None:
    assert column(days("confirmed", ("１２",), ("１３",)), "confirmed") == [12, 13]


def test_an_empty_column_of_counts_is_named_when_rows_become_events() -> None:
    result = days("confirmed", ("",), ("",))
    assert result.info.kind.value == CountKind.EVENTS and "“confirmed” has none" in result.info.kind.reason


def write(path: Path, *rows: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(["date,place,lon,lat,confirmed", *rows, ""]), encoding="utf-8")
    return path


def test_files_of_one_name_in_several_folders(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"2020-02-0{day}" / "report.csv", f"2020-02-0{day},A,114,30,{day}", "x,y,1,2,3")
             for day in (1, 2)]
    result = read_and_clean(paths, LoadOptions(), Progress())
    names = ["2020-02-01/report.csv", "2020-02-02/report.csv"]
    assert result.states["source"].tolist() == names
    assert result.rejected["source"].tolist() == names


def test_a_file_is_not_read_twice_nor_written_over(tmp_path: Path) -> None:
    path = write(tmp_path / "same.gpkg", "2020-02-01,A,114,30,1")
    with pytest.raises(AtlasError, match="given twice"):
        read_and_clean([path, path.parent / "." / path.name], LoadOptions(), Progress())
    before = path.read_bytes()
    report = write(tmp_path / "other_report.html", "2020-02-01,A,114,30,1")
    for source, output in ((path, path), (report, tmp_path / "other.gpkg")):
        with pytest.raises(AtlasError, match="read and written over"):
            load_dataset([source], output, LoadOptions(), lambda _: {}, Progress())
    assert path.read_bytes() == before
