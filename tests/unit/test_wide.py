"""A column a day becomes a row for each place and day, with nothing lost and nothing invented."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from outbreak_atlas.plugin.core.dataset import Cleaned, LoadOptions
from outbreak_atlas.plugin.core.files import ReadOptions, read_file
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.reading import RawTable
from outbreak_atlas.plugin.core.wide import LongTable, day_headers, known_count, lengthened, merged_metrics
from outbreak_atlas.plugin.store.loading import read_and_clean
from raw_tables import raw_table

IDS = "Province/State,Country/Region,Lat,Long"
PLACES = ("Hubei,China,30.97,112.27", "Anhui,China,31.82,117.22", ",Thailand,15.87,100.99")
DAYS = ("1/22/20", "1/23/20", "1/24/20", "1/25/20")
CONFIRMED = ((444, 444, 549, 761), (1, 9, 15, 39), (4, 6, 8, 10))
DEATHS = ((17, 17, 24, 40), (0, 0, 0, 0), (0, 0, 0, ""))


def wide(counts: Sequence[Sequence[object]], days: Sequence[str] = DAYS, places: Sequence[str] = PLACES) -> str:
    lines = [f"{IDS},{','.join(days)}"]
    lines += [f"{place},{','.join(map(str, row))}" for place, row in zip(places, counts)]
    return "\n".join(lines) + "\n"


def save(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def rows(table: RawTable) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for row in table.frame.itertuples(index=False, name=None)]


def balance(result: Cleaned) -> bool:
    info = result.info
    return info.rows_read == info.states + info.rows_merged + info.rows_duplicate + info.rows_rejected


def totals_as_of(result: Cleaned, day: str, metric: str) -> float:
    from raw_tables import ms, states_as_of

    return float(states_as_of(result, ms(f"{day}T12:00:00"))[metric].sum())


def test_a_row_for_each_place_and_day() -> None:
    table = lengthened(raw_table(wide(CONFIRMED), "time_series_covid19_confirmed_global.csv"))
    assert isinstance(table, LongTable)
    assert table.headers == (*IDS.split(","), "date", "confirmed")
    assert len(table.frame) == table.source.rows == 12
    assert rows(table)[0] == ("Hubei", "China", "30.97", "112.27", "1/22/20", "444")
    assert rows(table)[7] == ("Anhui", "China", "31.82", "117.22", "1/25/20", "39")
    assert table.rows.tolist() == [2] * 4 + [3] * 4 + [4] * 4
    assert "4 columns from 1/22/20 to 1/25/20" in table.source.note


@pytest.mark.parametrize("days", [
    ("2020-01-22", "2020-01-23", "2020-01-24", "2020-01-25"),
    ("20200122", "20200123", "20200124", "20200125"),
    ("22.01.2020", "23.01.2020", "24.01.2020", "25.01.2020"),
    ("Jan 22 2020", "Jan 23 2020", "Jan 24 2020", "Jan 25 2020"),
    ("1月22日", "1月23日", "1月24日", "1月25日"),
    ("2020年1月22日", "2020年1月23日", "2020年1月24日", "2020年1月25日"),
    ("X1.22.20", "X1.23.20", "X1.24.20", "X1.25.20"),
    ("2020-01-22 00:00:00", "2020-01-23 00:00:00", "2020-01-24 00:00:00", "2020-01-25 00:00:00"),
])
def test_days_are_known_in_many_forms(tmp_path: Path, days: tuple[str, ...]) -> None:
    path = save(tmp_path, "confirmed.csv", wide(CONFIRMED, days))
    result = read_and_clean([path], LoadOptions(year=2020), Progress())
    assert result.info.rows_read == 12
    assert [totals_as_of(result, f"2020-01-{day}", "confirmed") for day in (22, 23, 25)] == [449, 459, 810]
    assert balance(result)


@pytest.mark.parametrize("header", [
    "date,city,lon,lat,confirmed", "city,2019,2020,2021,2022", "id,p1,p2,p3,p4", "id,10,20,30,40",
    "code,1/22/20,1/22/20,1/22/20", "a,date 1/22/20,b", "age_0-9,age_10-19,age_20-29,age_30-39",
    "city,1/22/20,1/23/20,confirmed,deaths",
])
def test_a_usual_table_is_left_alone(header: str) -> None:
    assert day_headers(header.split(",")) is None


def test_days_over_text_are_left_alone() -> None:
    text = wide([("open", "closed", "open", "closed")] * 3)
    assert not isinstance(lengthened(raw_table(text)), LongTable)


def test_an_empty_cell_is_not_zero(tmp_path: Path) -> None:
    result = read_and_clean([save(tmp_path, "deaths.csv", wide(DEATHS))], LoadOptions(), Progress())
    assert result.info.rows_read == 12
    assert result.info.metrics == ("deaths",)
    thailand = result.states[result.states["country"] == "Thailand"]
    assert thailand["deaths"].tolist() == [0.0]
    assert balance(result)


def test_metric_and_day_in_one_header() -> None:
    header = "city,lon,lat," + ",".join(f"{m}_2020-02-0{d}" for m in ("confirmed", "deaths") for d in (1, 2, 3))
    table = lengthened(raw_table(f"{header}\nWuhan,114.3,30.6,10,20,30,1,2,\n"))
    assert table.headers == ("city", "lon", "lat", "date", "confirmed", "deaths")
    assert [row[3:] for row in rows(table)] == [
        ("2020-02-01", "10", "1"), ("2020-02-02", "20", "2"), ("2020-02-03", "30", "")]


@pytest.mark.parametrize(("title", "count"), [
    ("time_series_covid19_confirmed_global.csv", "confirmed"), ("Deaths_US", "deaths"), ("各省治愈", "治愈"),
    ("daily confirmed", "new confirmed"), ("data", ""),
])
def test_a_title_names_its_count(title: str, count: str) -> None:
    assert known_count(title) == count


def test_the_name_of_a_place_may_not_be_taken_twice() -> None:
    table = lengthened(raw_table(f"city,date,{','.join(DAYS)}\nWuhan,note,1,2,3,4\n"))
    assert table.headers == ("city", "date", "date 2", "confirmed")


def test_the_original_text_is_the_whole_row(tmp_path: Path) -> None:
    path = save(tmp_path, "confirmed.csv", wide([(1, "x?", 3, 4), *CONFIRMED[1:]]))
    result = read_and_clean([path], LoadOptions(), Progress())
    assert result.rejected[["row", "raw"]].to_numpy().tolist() == [[2, f"{PLACES[0]},1,x?,3,4"]]
    assert balance(result)


def test_several_metrics_are_one_row(tmp_path: Path) -> None:
    """Deaths lack the last day, and know a place more; its coordinates are written otherwise."""
    deaths = wide(
        [row[:3] for row in (*DEATHS, (1, 2, 3))], DAYS[:3],
        ("Hubei,China,30.9756,112.2707", *PLACES[1:], ",Japan,36.2,138.25"))
    paths = [
        save(tmp_path, "series_confirmed_global.csv", wide(CONFIRMED)),
        save(tmp_path, "series_deaths_global.csv", deaths)]
    result = read_and_clean(paths, LoadOptions(keep_unchanged=True), Progress())
    assert result.info.metrics == ("confirmed", "deaths")
    assert [source.rows for source in result.info.sources] == [12, 3]
    assert result.info.rows_read == 15
    assert "9 of its cells stand in the rows of “series_confirmed_global.csv”" in result.info.sources[1].note
    assert totals_as_of(result, "2020-01-24", "confirmed") == 549 + 15 + 8
    assert totals_as_of(result, "2020-01-24", "deaths") == 24 + 0 + 0 + 3
    assert result.info.places == 4
    first = result.states[result.states["province"] == "Hubei"].iloc[0]
    assert (first["confirmed"], first["deaths"]) == (444, 17)
    assert balance(result)


def test_a_place_that_stands_twice_is_merged_once() -> None:
    confirmed = lengthened(raw_table(wide(CONFIRMED, places=(PLACES[0], PLACES[0], PLACES[1])), "confirmed.csv"))
    deaths = lengthened(raw_table(wide(DEATHS[:1]), "deaths.csv"))
    first, second = merged_metrics([confirmed, deaths])
    assert (len(first.frame), len(second.frame)) == (12, 0)
    assert [row[-1] for row in rows(first)] == ["17", "17", "24", "40"] + [""] * 8
    assert sum(int(row[-2]) for row in rows(first)) == sum(map(sum, CONFIRMED))


def test_columns_that_one_file_has_alone_are_kept() -> None:
    text = "\n".join(
        f"{line},{extra}" for line, extra in zip(wide(DEATHS).splitlines(), ("Population", "58500000", "63240000", "")))
    first, second = merged_metrics([
        lengthened(raw_table(wide(CONFIRMED), "confirmed.csv")), lengthened(raw_table(text, "deaths.csv"))])
    assert len(second.frame) == 0
    assert [row[first.headers.index("Population")] for row in rows(first)][::4] == ["58500000", "63240000", ""]


def test_two_regions_of_one_metric_stand_below_one_another(tmp_path: Path) -> None:
    paths = [
        save(tmp_path, "confirmed_a.csv", wide(CONFIRMED[:1])),
        save(tmp_path, "confirmed_b.csv", wide(CONFIRMED[1:], places=PLACES[1:]))]
    result = read_and_clean(paths, LoadOptions(), Progress())
    assert [source.rows for source in result.info.sources] == [4, 8]
    assert totals_as_of(result, "2020-01-25", "confirmed") == 810
    assert balance(result)


def test_a_preview_reads_few_rows(tmp_path: Path) -> None:
    path = save(tmp_path, "confirmed.csv", wide(CONFIRMED))
    assert len(read_file(path, ReadOptions(most_rows=4)).frame) == 8


def test_a_sheet_may_be_wide(tmp_path: Path) -> None:
    from datetime import datetime

    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Deaths"
    book.active.append([*IDS.split(","), *(datetime(2020, 1, day) for day in (22, 23, 24, 25))])
    for place, counts in zip(PLACES, DEATHS):
        book.active.append([*place.split(","), *counts])
    book.save(tmp_path / "series.xlsx")
    table = read_file(tmp_path / "series.xlsx")
    assert table.headers[-2:] == ("date", "deaths")
    assert rows(table)[3][-2:] == ("2020-01-25", "40")
