"""Places located by code, by name with province and level, and never by a name that is not unique."""
from __future__ import annotations

from pathlib import Path
from typing import Callable

import pytest
from outbreak_atlas.plugin.core.dataset import Cleaned, LoadOptions
from outbreak_atlas.plugin.core.datum import gcj02_to_wgs84
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.schema import CountKind, Datum
from outbreak_atlas.plugin.store.loading import read_and_clean
from raw_tables import cleaned, finding, table

HEADER = "date,city,province,code,confirmed"
ROWS = [
    ("2020-02-01", "Wuhan", "Hubei", "420100", 5),
    ("2020-02-01", "Jilin", "Jilin", "", 2),
    ("2020-02-01", "Suzhou", "", "", 3),
    ("2020-02-01", "Lhasa", "Tibet", "", 1),
    ("2020-02-01", "Elsewhere", "Hubei", "420200", 1),
]
GAZETTEER = """adcode,name,province,lon_wgs84,lat_wgs84
420100,Wuhan,Hubei,114.3,30.6
420200,Huangshi,Hubei,115.0,30.2
220200,Jilin,Jilin,126.6,43.8
320500,Suzhou,Jiangsu,120.6,31.3
341300,Suzhou,Anhui,117.0,33.6
540100,Lhasa,Xizang,91.1,29.7
"""
SHARED = "cn_gazetteer/cn_adcode_gazetteer.csv"

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> str:
        path = tmp_path / "gazetteer.csv"
        path.write_text(text, encoding="utf-8")
        return str(path)
    return to_file


def load(gazetteer: str, *rows: tuple[object, ...], header: str = HEADER, **options: object) -> Cleaned:
    return cleaned(table(rows, header), counts=CountKind.CUMULATIVE, gazetteer=gazetteer, **options)


def located(result: Cleaned) -> dict[str, float]:
    """Longitudes of the places that have one."""
    known = result.places[result.places["lon"].notna()]
    return dict(zip(known["place"], known["lon"]))


def test_locates_what_is_certain(write: Write) -> None:
    result = load(write(GAZETTEER), *ROWS)
    lon = result.states.set_index("place")["lon"]
    assert lon["Wuhan"] == 114.3 and lon["Jilin"] == 126.6
    assert lon["Lhasa"] == 91.1, "a name that one row alone bears needs no province that bears another name there"
    assert lon.isna()["Suzhou"], "two cities bear this name"
    found = finding(result, "located from the gazetteer").iloc[0]
    assert found["rows"] == 4
    assert found["message"].startswith(
        "4 of 5 rows without coordinates (80.0%) and 4 of their 5 names (80.0%) were located from the gazetteer "
        "“gazetteer.csv” (lon_wgs84, lat_wgs84: WGS84)")
    assert finding(result, "missing coordinates")["rows"].tolist() == [1]
    assert finding(result, "code contradicts name")["rows"].tolist() == [1]
    marked = result.states.set_index("place")["flags"].astype(object).fillna("")
    assert "from_gazetteer" in marked["Wuhan"] and "from_gazetteer" not in marked["Suzhou"]
    assert "code_contradicts" in marked["Elsewhere"]


def test_a_known_province_that_lacks_the_name_contradicts_it(write: Write) -> None:
    rows = [("2020-02-01", "Lhasa", "Hubei", "", 1), ("2020-02-01", "Wuhan", "Hubei", "", 1)]
    assert located(load(write(GAZETTEER), *rows)) == {"Wuhan": 114.3}


def test_a_namesake_without_a_position_still_makes_a_name_ambiguous(write: Write) -> None:
    text = "name,province,lon,lat\nSuzhou,Jiangsu,120.6,31.3\nSuzhou,Anhui,,\nWuhan,Hubei,114.3,30.6\n"
    rows = [("2020-02-01", "Suzhou", "", 1), ("2020-02-01", "Wuhan", "", 1)]
    assert located(load(write(text), *rows, header="date,city,province,confirmed")) == {"Wuhan": 114.3}


LEVELS = """code,level,name_zh,name_en,lon,lat
220000,province,吉林省,Jilin Province,125.3,43.9
220200,prefecture,吉林市,Jilin City,126.5,43.8
430000,province,湖南省,Hunan,113.0,28.1
430500,prefecture,邵阳市,Shaoyang,111.5,27.2
430523,county,邵阳县,Shaoyang County,111.3,27.0
433100,prefecture,湘西土家族苗族自治州,,109.7,28.3
110000,province,北京市,,116.4,39.9
110101,county,东城区,Dongcheng District,116.42,39.93
"""


@pytest.mark.parametrize(
    ("province", "city", "lon"),
    [
        ("吉林省", "", 125.3), ("吉林", "", 125.3), ("吉林省", "吉林", 126.5), ("湖南", "邵阳", 111.5),
        ("湖南省", "邵阳县", 111.3), ("湖南省", "湘西", 109.7), ("湖南省", "湘西州", 109.7), ("北京市", "北京", 116.4),
        ("北京", "东城区", 116.42), ("", "Dongcheng", 116.42), ("湖南省", "东城区", None), ("湖南省", "吉林市", None),
        ("Jilin", "", 125.3), ("湖南省", "西", None),
    ])
def test_levels_languages_and_endings(write: Write, province: str, city: str, lon: float | None) -> None:
    rows = [("2020-02-01", province, city, "", 1), ("2020-02-01", "湖南省", "邵阳市", "430500", 1)]
    result = load(write(LEVELS), *rows, header="date,province,city,code,confirmed")
    first = result.states[result.states["first_row"] == 2]["lon"].iloc[0]
    assert first == lon or (lon is None and first != first)


def test_a_country_is_not_a_state_of_its_name(write: Write) -> None:
    text = "name,level,lon,lat\nGeorgia,state,-83,33\nAtlanta,city,-84.4,33.7\n"
    rows = [("2020-02-01", "Georgia", "", 1), ("2020-02-01", "US", "Atlanta", 1)]
    assert located(load(write(text), *rows, header="date,country,city,confirmed")) == {"Atlanta": -84.4}
    by_state = load(write(text), ("2020-02-01", "Georgia", "", 1), header="date,state,city,confirmed")
    assert located(by_state) == {"Georgia": -83}


def test_a_code_may_come_from_a_spreadsheet(write: Write) -> None:
    assert located(load(write(GAZETTEER), ("2020-02-01", "Wuhan", "", "420100.0", 1)))["Wuhan"] == 114.3


def test_names_in_another_script_contradict_nothing(write: Write) -> None:
    rows = [("2020-02-01", "Changchun", "", "220200", 1), ("2020-02-01", "长春", "", "430500", 1)]
    result = load(write(LEVELS), *rows)
    assert finding(result, "code contradicts name")["rows"].tolist() == [2]
    text = "code,name,lon,lat\n220200,吉林市,126.5,43.8\n"
    assert not len(finding(load(write(text), ("2020-02-01", "Jilin", "", "220200", 1)), "code contradicts name"))


def test_the_datum_of_a_gazetteer_is_its_own(write: Write) -> None:
    """Columns named after AMap are GCJ-02, whatever the file's own points are."""
    text = "name,lon_amap,lat_amap\nWuhan,114.305393,30.593099\n"
    rows = [("2020-02-01", "Wuhan", "", "", 1), ("2020-02-01", "Lyon", 4.83, 45.76, 1)]
    for datum in (None, Datum.WGS84, Datum.GCJ02):
        result = load(write(text), *rows, header="date,city,lon,lat,confirmed", datum=datum)
        lon, _ = gcj02_to_wgs84(114.305393, 30.593099)
        assert located(result) == {"Wuhan": pytest.approx(float(lon)), "Lyon": 4.83}
    assert not len(finding(load(write(text), rows[0], header="date,city,lon,lat,confirmed"), "datum not given"))


def test_without_a_word_on_it_the_datum_is_the_dataset_s(write: Write) -> None:
    text, row = "name,lon,lat\nWuhan,114.305393,30.593099\n", ("2020-02-01", "Wuhan", 1)
    plain = load(write(text), row, header="date,city,confirmed")
    assert located(plain) == {"Wuhan": 114.305393} and len(finding(plain, "datum not given")) == 1
    shifted = load(write(text), row, header="date,city,confirmed", datum=Datum.GCJ02)
    assert 0.004 < 114.305393 - located(shifted)["Wuhan"] < 0.007


def test_the_fuller_of_two_pairs_of_columns_is_taken_and_told(write: Write) -> None:
    text = "name,geonames_lon_wgs84,geonames_lat_wgs84,lon_amap,lat_amap\nA,,,1,2\nB,3,4,5,6\n"
    rows = [("2020-02-01", "A", 1), ("2020-02-01", "B", 1)]
    result = load(write(text), *rows, header="date,city,confirmed")
    assert located(result) == {"A": 1, "B": 5}
    assert "(lon_amap, lat_amap: GCJ02)" in finding(result, "located from the gazetteer")["message"].iloc[0]
    assert result.info.datum.value == Datum.GCJ02 and "lon_amap" in result.info.datum.reason


def test_points_of_the_file_stay(write: Write) -> None:
    rows = [("2020-02-01", "Wuhan", 1, 2, 5), ("2020-02-01", "Suzhou", 3, 4, 5)]
    result = load(write(GAZETTEER), *rows, header="date,city,lon,lat,confirmed")
    assert located(result) == {"Wuhan": 1, "Suzhou": 3}
    assert not len(finding(result, "located from the gazetteer"))


def test_a_rate_of_nothing_is_told_too(write: Write) -> None:
    rows = [("2020-02-01", "Wuhan", 1, 2, 5), ("2020-02-01", "Nowhere {0}", "", "", 5)]
    result = load(write(GAZETTEER), *rows, header="date,city,lon,lat,confirmed")
    message = finding(result, "located from the gazetteer")["message"].iloc[0]
    assert message.startswith("0 of 1 row without coordinates (0.0%) and 0 of their 1 name (0.0%)")


def test_without_a_gazetteer_a_file_without_coordinates_is_refused() -> None:
    with pytest.raises(AtlasError, match=r"has no coordinates: .*or give a GAZETTEER"):
        cleaned(table(ROWS, HEADER), counts=CountKind.CUMULATIVE)


def test_a_file_that_names_no_place_is_refused_with_or_without_one(write: Write) -> None:
    for gazetteer in ("", write(GAZETTEER)):
        with pytest.raises(AtlasError, match="has no coordinates and names no place"):
            load(gazetteer, ("2020-02-01", 5), ("2020-02-02", 6), header="date,confirmed")


def test_a_gazetteer_of_another_area_is_refused(write: Write) -> None:
    with pytest.raises(AtlasError, match=r"“gazetteer\.csv” knows none of the places of “reports\.csv”.*“Mubende”"):
        load(write(GAZETTEER), ("2022-09-29", "Mubende", "", "", 5))


@pytest.mark.parametrize("header", ["name,province", "lon,lat", "name,lon"])
def test_a_gazetteer_without_positions_or_names_is_refused(write: Write, header: str) -> None:
    with pytest.raises(AtlasError, match=r"“gazetteer\.csv” needs columns for longitude, latitude, and a code or"):
        load(write(header + "\n1,2\n3,4\n"), *ROWS)


# With the shared gazetteer of Chinese codes and names

def shared(shared_data: Path, name: str, **options: object) -> Cleaned:
    return read_and_clean(
        [shared_data / name], LoadOptions(gazetteer=str(shared_data / SHARED), **options), Progress())


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "rows", "places", "level"),
    [
        ("cn_official_daily/china_provincedata.csv", (5_534, 5_534), (34, 34), "province"),
        ("cn_official_daily/toutiao_country_province_daily.csv.gz", (3_543, 3_697), (34, 35), "province"),
        ("cn_city_updates/raw/Wuhan-2019-nCoV_2020-02-12.csv", (8_704, 9_457), (494, 571), "city"),
        ("cn_city_updates/raw/Wuhan-2019-nCoV_2020-04-30.csv.gz", (46_392, 61_820), (502, 839), "city"),
    ])
def test_match_rates(
    shared_data: Path, name: str, rows: tuple[int, int], places: tuple[int, int], level: str
) -> None:
    result = shared(shared_data, name)
    assert (result.info.located, result.info.places) == places and result.info.totals_level == level
    found = finding(result, "located from the gazetteer").iloc[0]
    assert found["rows"] == rows[0]
    assert found["message"].startswith(f"{rows[0]:,} of {rows[1]:,} rows without coordinates")
    assert (result.info.datum.value, result.info.rows_rejected) == (Datum.GCJ02, 0)
    assert not {"datum not given", "code contradicts name"} & set(result.findings["rule"])


@pytest.mark.shared_data
def test_exchanged_names_of_37_polls_make_no_second_places(shared_data: Path) -> None:
    result = shared(shared_data, "cn_city_updates/raw/Wuhan-2019-nCoV_2020-04-30.csv.gz")
    exchanged = finding(result, "names and codes exchanged")["rows"].tolist()
    assert exchanged == [748 + 748 + 749], "the rows of 28, 29 and 30 April"
    assert not len(finding(result, "several values for one place and time"))
    wuhan = result.states[result.states["place_id"] == "420100"]
    assert set(wuhan["place"]) == {"武汉市"} and wuhan["confirmed"].max() == 50_333


@pytest.mark.shared_data
def test_districts_of_uganda_are_not_looked_for_in_china(shared_data: Path) -> None:
    for name in ("district", "subcounty"):
        file = f"odd_formats/ug_ebola_2022/Surveillance_data_Ebola_outbreak_by_{name}.csv"
        with pytest.raises(AtlasError, match="knows none of the places"):
            shared(shared_data, file)
        with pytest.raises(AtlasError, match="GAZETTEER"):
            read_and_clean([shared_data / file], LoadOptions(), Progress())


@pytest.mark.shared_data
def test_a_table_that_names_no_place_is_refused(shared_data: Path) -> None:
    with pytest.raises(AtlasError, match="names no place"):
        shared(shared_data, "cn_official_daily/mainland_sum.csv")
