"""Files that clearly belong together are one dataset though their headers changed; others are refused in words."""
from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from outbreak_atlas.plugin.core.dataset import Cleaned, LoadOptions
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.fitting import date_in_name, fit_together
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.tables import join_tables
from outbreak_atlas.plugin.store.loading import read_and_clean
from raw_tables import raw_table

#: The headers of three ages of the daily reports of Johns Hopkins University.
DAILY = {
    "01-22-2020.csv": "Province/State,Country/Region,Last Update,Confirmed,Deaths,Recovered\n"
                      "Hubei,Mainland China,1/22/2020 17:00,444,17,28\nAnhui,Mainland China,1/22/2020 17:00,1,,\n",
    "03-01-2020.csv": "Province/State,Country/Region,Last Update,Confirmed,Deaths,Recovered,Latitude,Longitude\n"
                      "Hubei,Mainland China,2020-03-01T10:13:19,66907,2761,31536,30.9756,112.2707\n"
                      "Anhui,Mainland China,2020-03-01T10:13:19,990,6,917,31.8257,117.2264\n",
    "03-22-2020.csv": "FIPS,Admin2,Province_State,Country_Region,Last_Update,Lat,Long_,Confirmed,Deaths,Recovered\n"
                      ",,Hubei,Mainland China,2020-03-22 23:45:00,30.9756,112.2707,67800,3144,59433\n"
                      ",,Anhui,Mainland China,2020-03-22 23:45:00,31.8257,117.2264,990,6,984\n",
}


def save(folder: Path, files: dict[str, str]) -> list[Path]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def load(paths: list[Path], **options: object) -> Cleaned:
    return read_and_clean(paths, LoadOptions(**options), Progress())


def balance(result: Cleaned) -> bool:
    info = result.info
    return info.rows_read == info.states + info.rows_merged + info.rows_duplicate + info.rows_rejected


def test_headers_may_change_over_time(tmp_path: Path) -> None:
    result = load(save(tmp_path, DAILY), listing=None)
    assert result.info.rows_read == 6
    assert result.info.metrics[:1] == ("confirmed",)
    assert balance(result)
    last = result.states.sort_values("valid_from").groupby("province").last()
    assert last.loc["Hubei", ["confirmed", "deaths"]].tolist() == [67800, 3144]
    assert last["lon"].notna().all()
    assert "no columns Latitude, Longitude, FIPS, Admin2" in result.info.sources[0].note
    assert "Latitude" not in result.info.sources[2].note
    assert set(result.states["source"].astype(str)) == set(DAILY)


def test_the_same_columns_in_another_order_and_writing() -> None:
    one, other = raw_table("City,N Cases\na,1\n", "one.csv"), raw_table("n_cases,city\n2,b\n", "two.csv")
    joined = join_tables([one, other])
    assert joined.headers == ("City", "N Cases")
    assert joined.frame.to_numpy(object).tolist() == [["a", "1"], ["b", "2"]]
    assert [source.note for source in joined.sources] == ["", ""]


def test_missing_cells_are_unknown(tmp_path: Path) -> None:
    paths = save(tmp_path, {
        "a.csv": "date,city,lon,lat,confirmed,deaths\n2020-02-01,Wuhan,114.3,30.6,10,1\n",
        "b.csv": "date,city,lon,lat,confirmed\n2020-02-01,Ezhou,114.9,30.4,3\n"})
    result = load(paths)
    assert pd.isna(result.states.set_index("city").loc["Ezhou", "deaths"])
    assert "no columns deaths" in result.info.sources[1].note


@pytest.mark.parametrize(("other", "words"), [
    ("when,city,lon,lat,price\n2020-02-01,Wuhan,114.3,30.6,3.5\n", "counts"),
    ("city,lon,lat,confirmed\nWuhan,114.3,30.6,3\n", "dates"),
    ("date,confirmed\n2020-02-01,3\n", "places"),
])
def test_strangers_are_refused(tmp_path: Path, other: str, words: str) -> None:
    paths = save(tmp_path, {
        "a.csv": "date,city,lon,lat,confirmed\n2020-02-01,Wuhan,114.3,30.6,10\n", "b.csv": other})
    with pytest.raises(AtlasError, match=rf"“b\.csv” does not belong to “a\.csv”.*{words}"):
        load(paths)


def test_columns_of_one_name_in_another_order_are_refused() -> None:
    tables = [raw_table("n,n,city\n1,2,a\n", "one.csv"), raw_table("n,city,n\n1,a,2\n", "two.csv")]
    with pytest.raises(AtlasError, match="columns of one name"):
        join_tables(tables)


def test_the_users_words_hold_for_every_file() -> None:
    tables = [raw_table("a,b,c,d\n2020-02-01,1,2,3\n", "x.csv"), raw_table("A,B,C,D,E\n2020-02-02,1,2,3,4\n", "y.csv")]
    fitted = fit_together(tables, LoadOptions(columns={"time": "a", "lon": "#2", "lat": "c", "confirmed": "#4"}))
    assert [table.headers for table in fitted] == [("a", "b", "c", "d", "E")] * 2


@pytest.mark.parametrize(("name", "date"), [
    ("report_2020-02-01.csv", "2020-02-01"), ("20200201.csv.gz", "2020-02-01"), ("2020-02-01/report.csv", "2020-02-01"),
    ("02-01-2020.csv", "02-01-2020"), ("疫情2020年2月1日.csv", "2020年2月1日"), ("2月1日通报.csv", "2月1日"),
    ("poll-2020-02-01_2357.csv", "2020-02-01 23:57"), ("report_2020-13-01.csv", ""), ("v1.2.3.csv", ""),
    ("2020-02-01 and 2020-02-02.csv", ""), ("report.csv", ""), ("id202002011234567.csv", ""),
])
def test_dates_in_names(name: str, date: str) -> None:
    assert date_in_name(name) == date


@pytest.mark.parametrize("names", [
    ("report_2020-02-01.csv", "report_2020-02-02.csv"), ("2020-02-01/report.csv", "2020-02-02/report.csv"),
])
def test_the_date_of_a_file_without_dates_is_in_its_name(tmp_path: Path, names: tuple[str, str]) -> None:
    text = "city,lon,lat,confirmed\nWuhan,114.3,30.6,{}\nEzhou,114.9,30.4,3\n"
    paths = save(tmp_path, {name: text.format(10 + at) for at, name in enumerate(names)})
    result = load(paths)
    assert sorted(set(result.states["valid_from"] // 86_400_000)) == [18293, 18294]
    assert "2020-02-01 comes from the file's name" in result.info.sources[0].note
    assert balance(result)


def test_a_single_file_too(tmp_path: Path) -> None:
    paths = save(tmp_path, {"cases 2020-02-01.csv": "city,lon,lat,confirmed\nWuhan,114.3,30.6,10\n"})
    assert load(paths).info.first == 18293 * 86_400_000


def test_not_if_one_name_holds_none(tmp_path: Path) -> None:
    text = "city,lon,lat,confirmed\nWuhan,114.3,30.6,10\n"
    with pytest.raises(AtlasError, match="no column with dates"):
        load(save(tmp_path, {"cases 2020-02-01.csv": text, "others.csv": text}))


def test_a_column_of_dates_goes_before_the_name(tmp_path: Path) -> None:
    paths = save(tmp_path, {"cases 2020-02-01.csv": "date,city,lon,lat,confirmed\n2020-01-31,Wuhan,114.3,30.6,10\n"})
    result = load(paths)
    assert result.info.first == 18292 * 86_400_000
    assert result.info.sources[0].note == ""


def test_categories_stay_categories() -> None:
    def table(name: str, cities: list[str]) -> object:
        made = raw_table("city,n\n" + "".join(f"{city},1\n" for city in cities), name)
        made.frame[0] = made.frame[0].astype("category")
        return made

    joined = join_tables([table("a.csv", ["x", "y"]), table("b.csv", ["y", "z"])])
    assert isinstance(joined.frame[0].dtype, pd.CategoricalDtype)
    assert joined.frame[0].tolist() == ["x", "y", "y", "z"]
    assert joined.source.tolist() == [0, 0, 1, 1]


@pytest.mark.shared_data
def test_the_real_daily_files_need_no_fitting(shared_data: Path) -> None:
    paths = sorted((shared_data / "it_provinces_daily").glob("*.csv"))
    result = load(paths)
    assert result.info.rows_read == 8576
    assert all(source.note == "" for source in result.info.sources)
