"""Cells of whole tables: which rows are rejected and why, and what is refused."""
from __future__ import annotations

import re

import numpy as np
import pytest
from outbreak_atlas.plugin.core.columns import ColumnPlan
from outbreak_atlas.plugin.core.dataset import Choice, LoadOptions
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.parsing import Parsed, parse_cells, with_notes
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.rules import Rule, bit
from outbreak_atlas.plugin.core.tables import join_tables
from outbreak_atlas.plugin.core.times import format_ms
from raw_tables import cleaned, raw_table, table

METRICS = ("confirmed", "deaths")


def parse(header: str, *rows: tuple[str, ...], category: bool = False, **options: object) -> Parsed:
    """A table whose headers are the names of roles and metrics."""
    joined = join_tables([raw_table(table(rows, header), "visits.csv")])
    if category:
        joined.frame[joined.frame.columns] = joined.frame.astype("category")
    names = header.split(",")
    roles = {name: at for at, name in enumerate(names) if name not in METRICS}
    metrics = {name: at for at, name in enumerate(names) if name in METRICS}
    plan = ColumnPlan(roles, metrics, frozenset(), {}, None)
    return parse_cells(joined, plan, LoadOptions(**options), Progress())


def moments(parsed: Parsed) -> list[str]:
    return [format_ms(ms) for ms in parsed.times.ms]


@pytest.mark.parametrize("category", [False, True])
def test_each_rejected_row_says_why(category: bool) -> None:
    parsed = parse(
        "time,place,confirmed", ("2020-02-01", "A", "3"), ("1月30日至2月10日", "A", "3"), ("", "A", "3"),
        ("NULL", "A", "3"), ("1月23日", "A", "3"), ("soon", "A", "3"), ("2020-02-01", "A", "~50"),
        ("2020-02-01", "", "3"), ("2020-02-01", "A", "暂无"), ("soon", "A", "~50"), category=category)
    assert parsed.reason.tolist() == [
        "", "a period, not a moment: “1月30日至2月10日” in time", "no date in time", "no date in time",
        "no year (give YEAR) in date “1月23日” in time", "unreadable date “soon” in time",
        "unreadable count “~50” in confirmed", "names no place: neither name, code nor coordinates", "",
        "unreadable date “soon” in time"]
    assert (parsed.rejected == (parsed.reason != "")).all()
    assert np.isnan(parsed.reports.counts["confirmed"][8])


def test_a_file_without_years_is_refused_with_the_mend() -> None:
    rows = [("", "A"), ("1月23日", "A"), ("1月24日", "B"), ("2020年1月25日", "B")]
    with pytest.raises(AtlasError, match=r"visits\.csv.*“1月23日” in time \(row 3\): give YEAR"):
        parse("time,place", *rows)
    assert moments(parse("time,place", *rows, year=2021))[1:] == [
        "2021-01-23T00:00:00", "2021-01-24T00:00:00", "2020-01-25T00:00:00"]


def test_a_long_cell_is_quoted_in_part() -> None:
    parsed = parse("time,place", ("x" * 10_000, "A"), ("2020-01-01", "A"))
    assert len(parsed.reason[0]) < 200


@pytest.mark.parametrize("filling", [" ", "N", "1 ", "{", "de ", "0,", "1月", "(", "T "])
def test_a_huge_cell_takes_no_time_worth_telling(filling: str) -> None:
    huge = "1" + filling * (120_000 // len(filling)) + "x"
    parsed = parse("time,time_of_day,lonlat,confirmed", (huge, huge, huge, huge), ("2020-01-01", "", "1,2", "3"))
    assert parsed.rejected.tolist() == [True, False]


@pytest.mark.parametrize(("header", "row", "moment"), [
    ("time,time_of_day", ("02/01/2020", "11:38:00"), "2020-01-02T11:38:00"),
    ("time,time_of_day", ("2020-01-02T00:00:00.000", "11:38"), "2020-01-02T11:38:00"),
    ("time,time_of_day", ("2020-01-02", "NULL"), "2020-01-02T00:00:00"),
    ("date,time", ("2020-01-02", "11:38"), "2020-01-02T11:38:00"),
    ("date,time", ("2020-01-02", "2020-01-02 11:38"), "2020-01-02T11:38:00"),
    ("year,month,day", ("2020", "1", "2"), "2020-01-02T00:00:00"),
    ("year,month,day", ("2020.0", "1.0", "2.0"), "2020-01-02T00:00:00"),
    ("year,month,day", ("2020", "January", "2"), "2020-01-02T00:00:00"),
    ("year,month,day", ("2020年", "1月", "2日"), "2020-01-02T00:00:00"),
    ("month,day", ("1", "2"), "2020-01-02T00:00:00"),
    ("month,day", ("enero", "2"), "2020-01-02T00:00:00"),
])
def test_moments_stand_in_several_columns(header: str, row: tuple[str, ...], moment: str) -> None:
    parsed = parse(f"{header},place", (*row, "A"), year=2020, date_order="dmy")
    assert moments(parsed) == [moment] and not parsed.rejected.any()


def test_reasons_name_all_columns_of_the_moment() -> None:
    parsed = parse("year,month,day,place", ("2020", "2", "30", "A"), ("", "", "", "A"), ("2020", "2", "3", "A"))
    words = "in year + month + day"
    assert parsed.reason.tolist() == [f"unreadable date “2020-2-30” {words}", f"no date {words}", ""]


def test_projected_coordinates_without_a_system_are_refused() -> None:
    rows = [("2020-01-01", "295", "380"), ("2020-01-02", "260", "247"), ("2020-01-03", "10", "20")]
    with pytest.raises(AtlasError, match=r"visits\.csv.*lon “295”, lat “380” \(row 2\).*give CRS"):
        parse("time,lon,lat", *rows)


def test_one_impossible_point_is_the_row_s_own() -> None:
    parsed = parse("time,lon,lat", ("2020-01-01", "295", "380"), ("2020-01-01", "11.5", "45.5"))
    assert parsed.reports.flags[0] & bit(Rule.IMPOSSIBLE_COORDINATES) and parsed.reports.lon[1] == 11.5


def test_coordinates_are_angles_or_have_decimal_commas() -> None:
    parsed = parse(
        "time,lon,lat", ("2020-01-01", "116°24′E", "N39,9"), ("2020-01-01", "-51,684", "-21,682"),
        ("2020-01-01", "12 N", "45"))
    assert parsed.reports.lon[:2] == pytest.approx([116.4, -51.684])
    assert parsed.reports.lat[:2] == pytest.approx([39.9, -21.682])
    assert parsed.reports.flags[2] & bit(Rule.IMPOSSIBLE_COORDINATES)  # a latitude among longitudes


DAMAGED = [("446.426.917", "4.473.586.644"), ("448.606.811", "4.476.216.426"), ("441.247.199", "4.473.344.6")]


def load_madrid(*points: tuple[str, str], crs: str = "EPSG:25830") -> Parsed:
    pytest.importorskip("pyproj")
    return parse("time,lon,lat", *(("2020-01-01", *point) for point in points), crs=crs)


def test_damaged_coordinates_are_mended_where_one_reading_is_in_the_area() -> None:
    parsed = load_madrid(*DAMAGED)
    exact = load_madrid(("446426.917", "4473586.644"), ("448606.811", "4476216.426"), ("441247.199", "4473344.6"))
    assert (parsed.reports.lon == exact.reports.lon).all() and (parsed.reports.lat == exact.reports.lat).all()
    assert ((parsed.reports.flags & bit(Rule.MENDED_COORDINATES)) != 0).all() and not exact.reports.flags.any()
    assert "“446.426.917” is read as 446426.917" in parsed.notes["lon"]
    assert "4473586.644" in parsed.notes["lat"]


@pytest.mark.parametrize("point", [
    ("44.642.691", "4.473.586.644"),  # the zero behind the point is lost: outside the area
    ("446.426.917", "44.735.866"), ("446.426.917.1", "x"), ("446.426.91.7", "4.473.586.644"), ("446.426.917", "")])
def test_what_is_not_certain_is_not_mended(point: tuple[str, str]) -> None:
    parsed = load_madrid(*DAMAGED, point)
    assert np.isnan(parsed.reports.lon[3]) and parsed.reports.flags[3] & bit(Rule.IMPOSSIBLE_COORDINATES)
    assert not parsed.reports.flags[3] & bit(Rule.MENDED_COORDINATES)


def test_a_single_damaged_cell_is_mended_among_the_others_only() -> None:
    sound = [("446426.917", "4473586.644"), ("448606.811", "4476216.426"), ("441247.199", "4473344.6")]
    among = load_madrid(*sound, ("445.000.123", "4.474.000.5"))
    apart = load_madrid(*sound, ("545.000.123", "4.474.000.5"))
    assert among.reports.flags[3] == bit(Rule.MENDED_COORDINATES)
    assert np.isnan(apart.reports.lon[3])


def test_a_system_that_is_used_everywhere_leaves_two_readings() -> None:
    parsed = load_madrid(("446.427", "447.358"), *DAMAGED, crs="EPSG:3857")
    assert np.isnan(parsed.reports.lon[0]) and not np.isnan(parsed.reports.lon[1])


def test_damaged_coordinates_need_their_system() -> None:
    with pytest.raises(AtlasError, match=re.escape("lon “446.426.917”, lat “4.473.586.644” (row 2)")):
        load_madrid(*DAMAGED, crs="")


def test_what_cells_say_stands_behind_the_reason_of_the_choice() -> None:
    parsed = parse("time,lonlat,confirmed", ("02/13/2020", "45.8,131.0", "1.234"), ("02/14/2020", "45.7,131.1", "12"))
    reasons = {"lonlat": Choice("经纬度", "its header"), "place": Choice("地点", "x")}
    plan = ColumnPlan({}, {}, frozenset(), reasons, None)
    noted = with_notes(plan, parsed.notes).reasons
    assert noted["lonlat"].reason.startswith("its header; longitude stands second: in 2 rows")
    assert noted["place"].reason == "x"
    assert "month before day" in parsed.notes["time"] and "1.234" in parsed.notes["confirmed"]
    assert parsed.reports.counts["confirmed"].tolist() == [1234, 12]


def test_names_without_blanks_share_a_label() -> None:
    rows = [("2020-01-01", " A"), ("2020-01-01", "A "), ("2020-01-01", " ")]
    codes = parse("time,place", *rows, category=True).reports.names["place"].codes
    assert codes[0] == codes[1] and codes[2] == -1


@pytest.mark.shared_data
def test_madrid_s_damaged_points_lie_in_madrid(shared_data) -> None:
    from outbreak_atlas.plugin.store.loading import read_and_clean
    pytest.importorskip("pyproj")
    columns = {"lon": "coordenada_x_utm", "lat": "coordenada_y_utm", "time": "fecha", "time_of_day": "hora"}
    file = shared_data / "odd_formats" / "es_madrid_bike_accidents_2021.csv"
    states = read_and_clean([file], LoadOptions(columns=columns, crs="EPSG:25830"), Progress()).states
    assert len(states) == 845
    assert states["lon"].between(-3.85, -3.5).all() and states["lat"].between(40.3, 40.6).all()


def test_a_file_with_year_month_and_day_loads_with_no_option() -> None:
    result = cleaned(
        "Year,Month,Day,city,lon,lat,confirmed\n2020,1,5,A,10,45,3\n2020,2,15,A,10,45,4\n2020,2,5,B,11,45,4\n"
        "2020,3,25,B,11,45,9\n")
    assert format_ms(result.info.first) == "2020-01-05T00:00:00"
    assert format_ms(result.info.last) == "2020-03-25T00:00:00"


def test_columns_of_angles_are_found_by_their_headers() -> None:
    rows = [("2020-01-05", "A", "40°10'30\"N", "3°30'W", "1"), ("2020-01-06", "A", "40°10'30\"N", "3°30'W", "2")]
    states = cleaned(table(rows, "date,city,lat,lon,confirmed")).states
    assert states["lat"].iloc[0] == pytest.approx(40.175) and states["lon"].iloc[0] == pytest.approx(-3.5)
