"""Which column is what: by headers in nine languages, by values, by both, and by the user's word."""
from __future__ import annotations

import csv
import io
import json
import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.columns import ColumnPlan, plan_columns
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.headers import read_header
from outbreak_atlas.plugin.core.probe import SAMPLE_ROWS
from outbreak_atlas.plugin.core.reading import read_table


def columns_of(text: str, projected: bool = False, **overrides: str) -> tuple[dict[str, str], ColumnPlan]:
    """What a table's columns are used as, by role or metric, and the plan itself."""
    headers, *rows = csv.reader(io.StringIO(text.strip()))
    frame = pd.DataFrame(rows, columns=range(len(headers)), dtype=object)
    plan = plan_columns(headers, frame, overrides, projected)
    return {name: headers[at] for name, at in {**plan.roles, **plan.metrics}.items()}, plan


#: What made-up tables are put together from.
HEADERS = (
    "date", "time", "lon", "lat", "x", "y", "coordinates", "city", "cases", "new_cases", "deaths", "code", "year", "")
CELLS = (
    "", "2020-02-01", "10:30", "114.305", "30.593", "114.3,30.6", "7", "NA", "1e400", "武汉市", "POINT (1 2)", "\0",
    "١٢")


def pairs(text: str) -> dict[str, str]:
    """`role=header` pairs, one a line or several separated by bars."""
    parts = (part.strip() for part in text.replace("\n", "|").split("|"))
    return dict(part.split("=", 1) for part in parts if part)


#: Two datasets or more a language, header and rows, and what each column should be; and the real datasets.
CASES = json.loads((Path(__file__).parents[1] / "data" / "columns.json").read_text(encoding="utf-8"))
BY_LANGUAGE, SHARED = CASES["headers"], CASES["shared"]


@pytest.mark.parametrize("name", BY_LANGUAGE)
def test_headers_of_public_datasets_are_understood(name: str) -> None:
    used, plan = columns_of("\n".join(BY_LANGUAGE[name]["table"]))
    assert used == BY_LANGUAGE[name]["columns"]
    assert set(plan.reasons) == set(used)
    width = len(BY_LANGUAGE[name]["table"][0].split(","))
    assert {*plan.roles.values(), *plan.metrics.values(), *plan.unused} == set(range(width))
    assert all(plan.unused.values())


def test_every_language_of_the_table_has_two_datasets() -> None:
    found = [name[:2] for name in BY_LANGUAGE]
    assert {language for language in found if found.count(language) >= 2} == {
        "en", "zh", "ko", "ja", "it", "es", "fr", "de", "pt"}


# Files without a header: the reader calls the columns “column 1”, “column 2”, ...
VALUES_ALONE = {
    "a date, longitude beyond 90, a count": (
        "2020-02-01,116.4074,39.9042,Hospital A,12\n2020-02-02,116.4121,39.9100,Estate B,15\n"
        "2020-02-02,116.3000,39.8000,Station C,3",
        "time=column 1|lon=column 2|lat=column 3|place=column 4|column_5=column 5"),
    "longitude and latitude told apart by the sea": (
        "Hotel A,-22.9068,-43.1729,2021-03-01 10:00,7\nHotel B,-23.5505,-46.6333,2021-03-02 11:00,11\n"
        "Hotel C,-19.9167,-43.9345,2021-03-02 12:00,2",
        "time=column 4|lat=column 2|lon=column 3|place=column 1|column_5=column 5"),
    "one column of points": (
        "20210301,POINT (9.19 45.46),Milano,8\n20210302,POINT (12.49 41.89),Roma,5\n"
        "20210303,POINT (14.25 40.85),Napoli,9",
        "time=column 1|lonlat=column 2|place=column 3|column_4=column 4"),
    "a pair in one column, Chinese provinces and cities": (
        '1月23日,湖北省,武汉市,"114.3054,30.5931",华南市场\n1月24日,湖北省,孝感市,"113.9169,30.9245",人民医院\n'
        '1月25日,浙江省,温州市,"120.6994,27.9943",银泰百货',
        "time=column 1|province=column 2|city=column 3|lonlat=column 4|place=column 5"),
    "coarse coordinates, codes, years and a column of row names": (
        "1,2020-02-01,420100,2020,114.31,30.59,12\n2,2020-02-02,420200,2020,115.04,30.20,15\n"
        "3,2020-02-02,420300,2020,110.80,32.63,9",
        "time=column 2|lon=column 5|lat=column 6|column_7=column 7"),
    "GeoJSON and a clock": (
        '"{""type"":""Point"",""coordinates"":[2.35,48.85]}",2021-01-01,08:30,Gare\n'
        '"{""type"":""Point"",""coordinates"":[4.83,45.76]}",2021-01-02,09:45,Halle',
        "lonlat=column 1|time=column 2|time_of_day=column 3|place=column 4"),
}


@pytest.mark.parametrize("name", VALUES_ALONE)
def test_without_headers_the_values_decide(name: str) -> None:
    rows, expected = VALUES_ALONE[name]
    width = len(next(csv.reader([rows.split("\n")[0]])))
    used, plan = columns_of(",".join(f"column {at + 1}" for at in range(width)) + "\n" + rows)
    assert used == pairs(expected)
    assert "its header does not say so" in plan.reasons["time"].reason
    assert not {"code", "country", "level"} & set(used)


def test_an_order_that_the_values_do_not_tell_is_said() -> None:
    rows = "2020-02-24,45.1600,9.7047\n2020-02-25,41.8928,12.4837"
    used, plan = columns_of(f"column 1,column 2,column 3\n{rows}")
    assert (used["lat"], used["lon"]) == ("column 2", "column 3")
    assert "exchange them with COLUMNS" in plan.reasons["lon"].reason


def test_foreign_headers_leave_it_to_the_values() -> None:
    used, _ = columns_of(
        "Ngày,Kinh độ A,Vĩ độ B,confirmed\n2021-05-01,105.8542,21.0285,4\n2021-05-02,106.6297,10.8231,9")
    assert used == {"time": "Ngày", "lon": "Kinh độ A", "lat": "Vĩ độ B", "confirmed": "confirmed"}


def test_a_known_axis_finds_its_unknown_partner() -> None:
    used, plan = columns_of(
        "date,lat,breadthwise,confirmed\n2021-05-01,21.0285,105.8542,4\n2021-05-02,10.8231,106.6297,9")
    assert (used["lat"], used["lon"]) == ("lat", "breadthwise")
    assert "longitudes" in plan.reasons["lon"].reason


def test_rates_and_measurements_are_no_coordinates() -> None:
    used, _ = columns_of(
        "date,town,incidence,temperature,cases\n2021-05-01,Ulm,48.4011,9.9876,3\n2021-05-02,Ulm,48.4102,9.9771,4")
    assert used == {"time": "date", "city": "town", "confirmed": "cases"}


# Headers that look like something else, with values that settle it.
FALSE_FRIENDS = {
    "data is a date in Italian, not elsewhere": (
        "data,lon,lat,when,confirmed\nabc,1.5,2.5,2020-02-01,3\nabd,1.6,2.6,2020-02-02,4", "time=when"),
    "state of the case": ("date,lat,lon,state_of_mind\n2020-02-01,1.5,2.5,calm\n2020-02-02,1.6,2.6,upset", "!province"),
    "latest is no latitude": ("date,latest,lon,lat\n2020-02-01,7.5,2.5,3.5\n2020-02-02,7.6,2.6,3.6", "lat=lat"),
    "long_name is no longitude": (
        "date,long_name,longitude,latitude\n2020-02-01,Alpha,2.5,3.5\n2020-02-02,Beta,2.6,3.6", "lon=longitude"),
    "long with words in it": ("date,long,x,y\n2020-02-01,tall,2.5,3.5\n2020-02-02,taller,2.6,3.6", "lon=x|lat=y"),
    "death_rate counts no deaths": (
        "date,lon,lat,confirmed,death_rate\n2020-02-01,1.5,2.5,30,2\n2020-02-02,1.6,2.6,40,3", "!deaths|!death_rate"),
    "birthdays are no reports": (
        "date_of_birth,notified,lon,lat\n1980-02-01,2020-02-01,1.5,2.5\n"
        "1990-02-02,2020-02-02,1.6,2.6", "time=notified"),
    "country of infection": (
        "date,lon,lat,country_of_infection,residence_city\n2020-02-01,1.5,2.5,France,Turin\n"
        "2020-02-02,1.6,2.6,Spain,Asti",
        "!country|city=residence_city"),
    "a code is no name": (
        "date,lon,lat,city_code,n_cases\n2020-02-01,1.5,2.5,AB1,4\n2020-02-02,1.6,2.6,AB2,5", "!city|code=city_code"),
    "hospital deaths are some of the deaths": (
        "date,lon,lat,hospital_deaths,deaths\n2020-02-01,1.5,2.5,4,9\n2020-02-02,1.6,2.6,5,11",
        "deaths=deaths|hospital_deaths=hospital_deaths"),
    "confirmed deaths are deaths": (
        "date,lon,lat,confirmed_deaths_so_far,confirmed\n2020-02-01,1.5,2.5,4,90\n2020-02-02,1.6,2.6,5,110",
        "deaths=confirmed_deaths_so_far|confirmed=confirmed"),
    "time holds the clock": (
        "date,time,lon,lat\n2020-02-01,10:30,1.5,2.5\n2020-02-02,11:45,1.6,2.6", "time=date|time_of_day=time"),
    "names with units and parentheses": (
        "Date (local),Latitude (deg),Longitude (deg)\n2020-02-01,1.5,2.5\n2020-02-02,1.6,2.6",
        "time=Date (local)|lat=Latitude (deg)|lon=Longitude (deg)"),
    "prefixes keep pairs together": (
        "date,home_lat,home_lon,work_lon,work_lat\n2020-02-01,1.5,2.5,3.5,4.5\n2020-02-02,1.6,2.6,3.6,4.6",
        "lat=home_lat|lon=home_lon"),
    "full width and blanks": (
        "ｄａｔｅ , ＬＡＴ ,Lon.\n2020-02-01,1.5,2.5\n2020-02-02,1.6,2.6", "time=ｄａｔｅ |lat= ＬＡＴ |lon=Lon."),
    "ages, years, codes, telephones": (
        "date,lon,lat,confirmed,age,built,post,phone,line\n2020-02-01,1.5,2.5,30,40,1990,01234,4915112345678,1\n"
        "2020-02-02,1.6,2.6,40,51,2001,01235,4915112345679,2\n2020-02-03,1.7,2.7,41,52,2003,01299,4915112345111,3",
        "!age|!built|!post|!phone|!line|confirmed=confirmed"),
}


@pytest.mark.parametrize("name", FALSE_FRIENDS)
def test_false_friends(name: str) -> None:
    text, expected = FALSE_FRIENDS[name]
    used, _ = columns_of(text)
    for part in expected.split("|"):
        if part.startswith("!"):
            assert part[1:] not in used
        else:
            role, header = part.split("=")
            assert used.get(role) == header, used


def test_any_further_count_becomes_a_metric_and_others_say_why_not() -> None:
    text = (
        "date,lon,lat,confirmed,beds_taken,population,share_positive,mood,positives_pct,new_tests,tests\n"
        "2020-02-01,1.5,2.5,30,4,9000,0.25,3,25,10,100\n2020-02-02,1.6,2.6,40,5,9100,0.5,4,50,12,112")
    _, plan = columns_of(text)
    assert set(plan.metrics) == {"confirmed", "beds_taken", "mood", "tests"}
    assert "population" in plan.unused[5] and "rate" in plan.unused[6] and "rate" in plan.unused[8]
    assert "tests" in plan.unused[9]
    assert plan.currents == {"beds_taken"}


def test_totals_under_headers_of_another_language_show_themselves_by_rising() -> None:
    rows = "\n".join(
        f"2021-05-0{day},{place},{10 * day + at},{7 * day % 4},16.46,107.59"
        for day in range(1, 9) for at, place in enumerate(("Huế", "Vinh")))
    _, plan = columns_of(f"Ngày,city,Số ca mắc,Mực nước,lat,lon\n{rows}")
    assert set(plan.metrics) == {"số_ca_mắc"} and "COLUMNS" in plan.unused[3]


def test_counts_of_groups_and_by_dates_are_counts() -> None:
    used, plan = columns_of(
        "areaName,date,cumCasesBySpecimenDate,cases_age_0_9,hospital_now,cum_hospital\n"
        "Leeds,2020-10-01,330,12,4,40\nYork,2020-10-01,400,13,5,52")
    assert set(plan.metrics) == {"confirmed", "cases_age_0_9", "hospital_now", "cum_hospital"}
    assert used["confirmed"] == "cumCasesBySpecimenDate" and plan.currents == {"hospital_now"}


def test_numbers_of_something_are_counts_and_numbers_at_the_end_are_not() -> None:
    _, plan = columns_of(
        "fecha,lat,lon,num_casos,num_hosp,ward_no,numero,Fälle neu\n2020-03-01,1.5,2.5,9,1,3,4,2\n"
        "2020-03-02,1.6,2.6,8,2,5,6,3")
    assert set(plan.metrics) == {"confirmed", "num_hosp"} and "totals are used" in plan.unused[7]


def test_a_date_that_is_the_same_throughout_loses_to_one_that_varies() -> None:
    used, plan = columns_of(
        "FECHA_ACTUALIZACION,FECHA_SINTOMAS,lat,lon\n2020-05-01,2020-04-20,1.5,2.5\n2020-05-01,2020-04-21,1.6,2.6")
    assert used["time"] == "FECHA_SINTOMAS" and "the same throughout" in plan.reasons["time"].reason


def test_numbers_without_a_word_for_counts_need_other_counts_beside_them() -> None:
    _, plan = columns_of("date,lon,lat,mood\n2020-02-01,1.5,2.5,3\n2020-02-02,1.6,2.6,4")
    assert not plan.metrics and "COLUMNS" in plan.unused[3]


def test_additions_are_used_where_there_are_no_totals() -> None:
    used, plan = columns_of(
        "date,lon,lat,total_cases,new_cases,new_deaths,new_tests\n2020-02-01,1.5,2.5,30,3,1,70\n"
        "2020-02-02,1.6,2.6,40,10,0,80")
    assert (used["confirmed"], used["deaths"], used["tests"]) == ("total_cases", "new_deaths", "new_tests")
    assert plan.increments == {"deaths", "tests"}
    assert "totals" in plan.unused[4]


def test_two_columns_for_one_metric_are_both_kept_unless_they_are_the_same() -> None:
    header = "date,lon,lat,confirmed,total_cases,confirmed_cases"
    text = f"{header}\n2020-02-01,1.5,2.5,30,30,33\n2020-02-02,1.6,2.6,40,40,44"
    used, plan = columns_of(text)
    assert used["confirmed"] == "confirmed" and used["confirmed_cases"] == "confirmed_cases"
    assert "same values" in plan.unused[4]
    assert plan.runners_up["confirmed"] == (4, 5)
    assert "next best is “total_cases”" in plan.reasons["confirmed"].reason


def test_two_headers_of_one_name_become_two_metrics() -> None:
    _, plan = columns_of("date,lon,lat,tests,tests\n2020-02-01,1.5,2.5,30,31\n2020-02-02,1.6,2.6,40,42")
    assert plan.metrics == {"tests": 3, "tests_2": 4}


RUNNERS_UP = {
    "the date has no clock": (
        "date,updateTime,lon,lat\n2020-02-01,2020-02-01 10:00,1.5,2.5\n2020-02-02,2020-02-02 11:00,1.6,2.6",
        "updateTime", "date", "has no time of day"),
    "two clocks": (
        "updateTime,pollTime,lon,lat\n2020-02-01 09:00,2020-02-01 10:00,1.5,2.5\n"
        "2020-02-02 09:00,2020-02-02 11:00,1.6,2.6",
        "updateTime", "pollTime", "stands further right"),
    "what the file knew": (
        "Date,Snapshot.Date,lon,lat\n2020-02-01,2020-02-03,1.5,2.5\n2020-02-02,2020-02-03,1.6,2.6",
        "Snapshot.Date", "Date", "header is less sure"),
    "start and end": (
        "end,start,lon,lat\n2020-02-03,2020-02-01,1.5,2.5\n"
        "2020-02-04,2020-02-02,1.6,2.6", "start", "end", "header is less sure"),
    "onset is hardly filled": (
        "date of onset,date of report,lon,lat\n,2020-02-01,1.5,2.5\n2020-02-01,2020-02-02,1.6,2.6\n,2020-02-02,1.6,2.6",
        "date of report", "date of onset", "filled in only 33%"),
    "not by its header": (
        "date,seen,lon,lat\n2020-02-01,2020-02-01,1.5,2.5\n"
        "2020-02-02,2020-02-02,1.6,2.6", "date", "seen", "does not say so"),
}


@pytest.mark.parametrize("name", RUNNERS_UP)
def test_the_runner_up_is_named_with_the_reason(name: str) -> None:
    text, best, other, why = RUNNERS_UP[name]
    headers = text.split("\n")[0].split(",")
    _, plan = columns_of(text)
    assert headers[plan.roles["time"]] == best
    assert f"next best is “{other}”, " in plan.reasons["time"].reason and why in plan.reasons["time"].reason
    assert plan.runners_up["time"] == (headers.index(other),)
    assert plan.unused[headers.index(other)] == f"“{best}” is used as time"


def test_naples_is_a_city() -> None:
    used, _ = columns_of("date,lon,lat,city,cases\n2020-02-01,14.25,40.85,NA,3\n2020-02-02,14.25,40.85,NA,4")
    assert used["city"] == "city"


def test_exchanged_headers_are_put_right_when_certain() -> None:
    rows = "\n".join(f"2020-02-{day:02d},30.{day}5,114.{day}5,{day}" for day in range(1, 13))
    used, plan = columns_of(f"date,lon,lat,confirmed\n{rows}")
    assert (used["lon"], used["lat"]) == ("lat", "lon")
    assert "exchanged" in plan.reasons["lon"].reason


def test_projected_coordinates_need_a_crs() -> None:
    text = "date,coordenada_x_utm,coordenada_y_utm\n2020-02-01,446.426.917,4.473.586.644\n2020-02-02,448606.8,4476216.4"
    used, plan = columns_of(text, projected=True)
    assert (used["lon"], used["lat"]) == ("coordenada_x_utm", "coordenada_y_utm")
    used, plan = columns_of("date,x,y\n2020-02-01,446426.9,4473586.6\n2020-02-02,448606.8,4476216.4")
    assert "lon" not in used and "CRS" in plan.unused[1] and "CRS" in plan.unused[2]


def test_with_a_crs_metres_come_before_degrees() -> None:
    text = "date,lon,lat,x,y\n2020-02-01,-3.63,40.4,446426.9,4473586.6\n2020-02-02,-3.60,40.4,448606.8,4476216.4"
    assert (columns_of(text, projected=True)[0]["lon"], columns_of(text)[0]["lon"]) == ("x", "lon")


def test_a_date_over_three_columns() -> None:
    used, _ = columns_of("year,month,day,lon,lat,cases\n2020,2,1,1.5,2.5,3\n2020,2,2,1.6,2.6,4")
    assert (used["year"], used["month"], used["day"]) == ("year", "month", "day") and "time" not in used
    used, _ = columns_of("Jahr,Monat,Tag,lon,lat,Fälle\n2020,2,1,1.5,2.5,3\n2020,2,2,1.6,2.6,4")
    assert {"year", "month", "day", "confirmed"} <= set(used)
    used, _ = columns_of("year,month,lon,lat,cases\n2020,2,1.5,2.5,3\n2020,2,1.6,2.6,4")
    assert not {"year", "month"} & set(used)


class TestOverrides:
    TEXT = "when,lon,lat,name,name,n\n2020-02-01,1.5,2.5,A,B,3\n2020-02-02,1.6,2.6,C,D,4"

    def test_by_header_by_number_and_whatever_the_case(self) -> None:
        used, plan = columns_of(self.TEXT, time=" WHEN ", place="#5", confirmed="n")
        assert (used["time"], plan.roles["place"], used["confirmed"]) == ("when", 4, "n")
        assert plan.reasons["place"].reason == "given by the user"

    def test_a_header_that_stands_twice_asks_for_the_number(self) -> None:
        with pytest.raises(AtlasError, match=r"2 columns “name”.*#4 or #5"):
            columns_of(self.TEXT, place="name")

    def test_of_headers_that_differ_in_case_the_one_to_the_letter_is_meant(self) -> None:
        _, plan = columns_of("date,City,city\n2020-02-01,A,B\n2020-02-02,C,D", city="city")
        assert plan.roles["city"] == 2

    @pytest.mark.parametrize("header", ["#0", "#7", "nowhere"])
    def test_what_is_not_there_is_refused(self, header: str) -> None:
        with pytest.raises(AtlasError, match=f"no column .*{header}"):
            columns_of(self.TEXT, place=header)

    def test_nothing_means_no_column(self) -> None:
        text = "date,lon,lat,city,confirmed,tests\n2020-02-01,1.5,2.5,A,3,9\n2020-02-02,1.6,2.6,B,4,10"
        used, plan = columns_of(text, city="", confirmed="", tests="")
        assert set(used) == {"time", "lon", "lat"}
        assert "the user wants no column" in plan.unused[4] and "the user wants no column" in plan.unused[5]
        assert not {"lon", "lat", "lonlat"} & set(columns_of(text, lon="")[0])

    def test_a_given_axis_keeps_its_partner(self) -> None:
        text = "date,a_lon,a_lat,b_lon,b_lat\n2020-02-01,1.5,2.5,3.5,4.5\n2020-02-02,1.6,2.6,3.6,4.6"
        used, _ = columns_of(text, lon="b_lon")
        assert (used["lon"], used["lat"]) == ("b_lon", "b_lat")

    def test_a_given_pair_is_not_joined_by_others(self) -> None:
        text = "date,lon,lat,spot\n2020-02-01,1.5,2.5,\"1.51,2.51\"\n2020-02-02,1.6,2.6,\"1.61,2.61\""
        assert set(columns_of(text, lonlat="spot")[0]) == {"time", "lonlat"}

    def test_date_beside_a_clock(self) -> None:
        text = "d,t,lon,lat\n2020-02-01,10:30,1.5,2.5\n2020-02-02,11:30,1.6,2.6"
        used, _ = columns_of(text, date="d", time="t")
        assert (used["time"], used["time_of_day"]) == ("d", "t")


def test_a_column_that_the_sample_misses_is_found() -> None:
    rows = 4 * SAMPLE_ROWS
    frame = pd.DataFrame({0: ["2020-02-01"] * rows, 1: ["1.5"] * rows, 2: ["2.5"] * rows, 3: [""] * rows}, dtype=object)
    plan = plan_columns(["date", "lon", "lat", "deaths"], frame, {})
    assert plan.empty_counts == ("deaths",) and "empty" in plan.unused[3]
    frame.iloc[rows // 2 + 1, 3] = "7"
    assert plan_columns(["date", "lon", "lat", "deaths"], frame, {}).metrics == {"deaths": 3}


def test_categories_are_read_like_texts() -> None:
    headers, *rows = csv.reader(BY_LANGUAGE["en: JHU"]["table"])
    frame = pd.DataFrame(rows, dtype=object)
    assert plan_columns(headers, frame.astype("category"), {}) == plan_columns(headers, frame, {})


def test_ten_thousand_columns_are_planned_in_seconds() -> None:
    headers = ["date", "lon", "lat", *(f"thing {at} of cases" for at in range(9_997))]
    cells = {0: ["2020-02-01"] * 50, 1: ["1.5"] * 50, 2: ["2.5"] * 50}
    frame = pd.DataFrame({**cells, **{at: ["1", "2"] * 25 for at in range(3, 10_000)}}, dtype=object)
    began = time.perf_counter()
    plan = plan_columns(headers, frame, {})
    assert time.perf_counter() - began < 10
    assert set(plan.roles) == {"time", "lon", "lat"} and 0 < len(plan.metrics) <= 100
    assert "more than 100 counts" in plan.unused[9_999]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 6).flatmap(lambda width: st.tuples(
    st.lists(st.sampled_from(HEADERS) | st.text(max_size=12), min_size=width, max_size=width),
    st.lists(st.lists(st.sampled_from(CELLS) | st.text(max_size=12), min_size=width, max_size=width), max_size=8))))
def test_any_table_is_planned_and_every_column_accounted_for(table: tuple[list[str], list[list[str]]]) -> None:
    headers, rows = table
    frame = pd.DataFrame(rows, columns=range(len(headers)), dtype=object)
    for projected in (False, True):
        plan = plan_columns(headers, frame, {}, projected)
        used = [*plan.roles.values(), *plan.metrics.values()]
        assert len(set(used)) == len(used)
        assert set(used) | set(plan.unused) == set(range(len(headers))) and not set(used) & set(plan.unused)
        assert set(plan.reasons) == {*plan.roles, *plan.metrics}


def test_a_header_without_any_word_is_silent() -> None:
    assert read_header("column 12").silent and read_header("").silent and read_header("#").silent
    assert not read_header("columns").silent


@pytest.mark.shared_data
@pytest.mark.parametrize("name", SHARED)
def test_the_columns_of_real_datasets(name: str, shared_data: Path) -> None:
    table = read_table(shared_data / name)
    plan = plan_columns(table.headers, table.frame, {})
    used = {role: table.headers[at] for role, at in {**plan.roles, **plan.metrics}.items()}
    assert used == SHARED[name]


@pytest.mark.shared_data
def test_planning_the_main_dataset_takes_a_blink(shared_data: Path) -> None:
    table = read_table(shared_data / "cn_city_updates/toutiao_city_updates.csv.gz")
    plan_columns(table.headers, table.frame, {})
    began = time.process_time()
    plan = plan_columns(table.headers, table.frame, {})
    assert time.process_time() - began < 0.08 * 2, "twice the goal: the machine may be busy"
    assert plan.reasons["time"].reason.endswith("next best is “date”, which has no time of day")


@pytest.mark.shared_data
def test_madrid_s_coordinates_are_found_with_a_crs(shared_data: Path) -> None:
    table = read_table(shared_data / "odd_formats/es_madrid_bike_accidents_2021.csv")
    plan = plan_columns(table.headers, table.frame, {}, projected=True)
    assert table.headers[plan.roles["lon"]] == "coordenada_x_utm"
    assert table.headers[plan.roles["lat"]] == "coordenada_y_utm"
