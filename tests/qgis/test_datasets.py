"""Every real dataset through Processing, against an independent reading of its files by a few lines of pandas.

For each: the totals at three moments, the number of places, the first and the last report. The readings know
nothing of the plugin: they name columns, formats and keys of the one file they are for.
"""
from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from qgis.core import QgsProcessingException
from real_datasets import LOADED, REFUSED, RealDataset, files_without_a_dataset

pytestmark = pytest.mark.shared_data
MetricsAt = Callable[[pd.Timestamp], "dict[str, float]"]


@dataclass(frozen=True)
class Reading:
    """First and last moment (wall clock), number of places, and the totals as known at a moment."""

    first: pd.Timestamp
    last: pd.Timestamp
    places: int
    totals: MetricsAt

    def moments(self) -> list[pd.Timestamp]:
        """Two ends of days inside, and the last report."""
        span = self.last - self.first
        inside = [(self.first + span * share).floor("D") + pd.Timedelta("23:59:59") for share in (0.3, 0.7)]
        return [min(moment, self.last) for moment in inside] + [self.last]


def events(rows: pd.DataFrame, moment: pd.Series, key: list[str], cases: pd.Series | None = None) -> Reading:
    """Each row happened once: the total is how many happened until then."""
    counts = pd.Series(1, rows.index) if cases is None else cases
    return Reading(moment.min(), moment.max(), len(rows[key].drop_duplicates()),
                   lambda at: {"cases": counts[moment <= at].sum()})


def polls(rows: pd.DataFrame, moment: pd.Series, key: pd.Series, metrics: dict[str, str]) -> Reading:
    """Each moment lists every place: the total is the sum over the last poll's own rows."""

    def totals(at: pd.Timestamp) -> dict[str, float]:
        last = rows[moment == moment[moment <= at].max()]
        return {name: last[column].sum() for name, column in metrics.items()}

    return Reading(moment.min(), moment.max(), key.nunique(), totals)


def last_reports(rows: pd.DataFrame, moment: pd.Series, key: pd.Series, metrics: dict[str, str]) -> Reading:
    """Each place reports for itself: the total is the sum over the last known value of every place."""
    order = moment.sort_values(kind="stable").index

    def totals(at: pd.Timestamp) -> dict[str, float]:
        known = rows.loc[order][moment.loc[order] <= at]
        last = known.groupby(key.loc[known.index])[list(metrics.values())].last()
        return {name: last[column].sum() for name, column in metrics.items()}

    return Reading(moment.min(), moment.max(), key.nunique(), totals)


def shanghai(texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts, utc=True).dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)


TOUTIAO = {"confirmed": "confirmed", "suspected": "suspected", "recovered": "cured", "deaths": "dead"}


def read_toutiao(path: Path) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    rows = pd.read_csv(path, dtype={"adcode": str, "source_code": str})
    return rows, shanghai(rows["updateTime"]), rows["adcode"].fillna(rows["province_zh"] + "|" + rows["city_zh"])


def toutiao_updates(paths: list[Path]) -> Reading:
    return polls(*read_toutiao(paths[0]), TOUTIAO)


def toutiao_changes(paths: list[Path]) -> Reading:
    return last_reports(*read_toutiao(paths[0]), TOUTIAO)


def places_snapshots(paths: list[Path]) -> Reading:
    rows = pd.read_csv(paths[0])
    return events(rows, shanghai(rows["snapshot_time"]), ["poi_name", "lat", "lon"])


def beijing_places(paths: list[Path]) -> Reading:
    rows = pd.read_csv(paths[0])
    return events(rows, pd.to_datetime(rows["日期"]), ["市", "区", "居住地", "经度", "纬度"])


def us_facilities(paths: list[Path]) -> Reading:
    rows = pd.read_csv(paths[0], low_memory=False).drop_duplicates(keep="last")
    metrics = {"confirmed": "Residents.Confirmed", "deaths": "Residents.Deaths", "staff_confirmed": "Staff.Confirmed"}
    moment, key = pd.to_datetime(rows["Snapshot.Date"]), rows["Facility.ID"]
    rows = rows.assign(**{c: rows.groupby(key)[c].ffill() for c in metrics.values()})  # rows stand by snapshot

    def totals(at: pd.Timestamp) -> dict[str, float]:
        poll = moment == moment[moment <= at].max()
        last = rows[poll].groupby(key[poll])[list(metrics.values())].last()
        return {name: last[column].sum() for name, column in metrics.items()}

    return Reading(moment.min(), moment.max(), key.nunique(), totals)


def kr_routes(paths: list[Path]) -> Reading:
    return read_korean(paths, ["province", "latitude", "longitude"])


def kr_seoul_routes(paths: list[Path]) -> Reading:
    return read_korean(paths, ["province", "city", "latitude", "longitude"])


def read_korean(paths: list[Path], key: list[str]) -> Reading:
    rows = pd.read_csv(paths[0]).round({"latitude": 6, "longitude": 6})  # 0.1 m: as fine as places are told apart
    moment = pd.to_datetime(rows["start"], format="%m/%d/%y", errors="coerce")
    known = moment.notna()
    return events(rows[known], moment[known], key)


def dengue(paths: list[Path]) -> Reading:
    rows = pd.read_csv(paths[0], encoding="utf-8-sig", low_memory=False)
    names = ["居住縣市", "居住鄉鎮", "居住村里", "最小統計區中心點X", "最小統計區中心點Y"]
    rows[names[3:]] = rows[names[3:]].apply(pd.to_numeric, errors="coerce").round(6)
    return events(rows, pd.to_datetime(rows["發病日"]), names, rows["確定病例數"])


def it_provinces(paths: list[Path]) -> Reading:
    rows = pd.concat([pd.read_csv(path, dtype={"codice_provincia": str}, keep_default_na=False) for path in paths],
                     ignore_index=True)
    return polls(rows, pd.to_datetime(rows["data"]), rows["codice_provincia"], {"confirmed": "totale_casi"})


def earthquakes(paths: list[Path]) -> Reading:
    rows = pd.read_csv(paths[0])
    moment = pd.to_datetime(rows["time"], utc=True).dt.tz_localize(None)
    return events(rows, moment, ["place", "latitude", "longitude"])


def toutiao_raw(paths: list[Path]) -> Reading:
    """Cities only: country and province rows hold them too. In the last polls names and codes are exchanged."""
    rows = pd.read_csv(paths[0], dtype=str, keep_default_na=False)
    exchanged = rows["province"].str.fullmatch(r"[0-9x]+") | rows["country"].eq("CN")
    for name in ("country", "province", "city"):
        code = name + "Code"
        rows.loc[exchanged, [name, code]] = rows.loc[exchanged, [code, name]].to_numpy()
    rows = rows[rows["city"] != ""]
    numbers = rows.assign(**{column: rows[column].astype(float) for column in TOUTIAO.values()})
    moment = pd.to_datetime(rows["date"])
    key = rows["cityCode"].where(rows["cityCode"] != "", rows["province"] + "|" + rows["city"])
    return polls(numbers, moment, key, TOUTIAO)


def provinces(paths: list[Path]) -> Reading:
    """Every province but the four that are missing on the first days reports daily."""
    reader = pd.read_excel if paths[0].suffix == ".xlsx" else pd.read_csv
    rows = reader(paths[0])
    moment = pd.to_datetime(rows["dateId"].astype(str))
    metrics = {"confirmed": "confirmedCount", "recovered": "curedCount", "deaths": "deadCount"}
    return last_reports(rows, moment, rows["provinceName"], metrics)


def country_and_provinces(paths: list[Path]) -> Reading:
    """Provinces only: the country's row holds them."""
    rows = pd.read_csv(paths[0])
    rows = rows[rows["province"].notna()]
    return last_reports(rows, pd.to_datetime(rows["date"]), rows["provinceCode"], TOUTIAO)


def places_per_city(paths: list[Path]) -> Reading:
    rows = pd.read_csv(paths[0])
    rows = rows[rows["city_name"] != "全国"]
    return polls(rows, shanghai(rows["snapshot_time"]), rows["city_id"], {"city_count": "city_count"})


def places_gb18030(paths: list[Path]) -> Reading:
    rows = pd.read_csv(paths[0], encoding="gb18030")
    moment = pd.Series(pd.Timestamp("2020-04-24"), rows.index)
    return events(rows, moment, ["poi_name", "lat", "lon"])


def cities_gb18030(paths: list[Path]) -> Reading:
    rows = pd.read_csv(paths[0], encoding="gb18030")
    rows = rows[rows["city_name"] != "全国"]
    moment = pd.Series(pd.Timestamp("2020-04-24"), rows.index)
    return polls(rows, moment, rows["city_id"], {"city_count": "city_count"})


def case_visits(paths: list[Path]) -> Reading:
    """Only dates that name one day (`1月23日`), perhaps with a year, a part of the day, a clock; each row a visit."""
    rows = pd.read_csv(paths[0], dtype=str)
    part, clock = "(?:凌晨|早上|早|上午|中午|下午|晚)", r"(?:(?:[01]?\d|2[0-3])(?:[时点:](?:\d{1,2}分?)?)?)?"
    date = r"^(?:(\d{4})[年/])?(\d{1,2})[月/](\d{1,2})"
    parts = rows["时间"].str.strip().str.extract(rf"{date}(?:[日号]?|[日号]{part}?{clock}|{part}{clock})$")
    text = parts[0].fillna("2020") + "-" + parts[1] + "-" + parts[2]
    moment = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    known = moment.notna()
    rows = with_points(rows[known], ["省份", "城市", "地点"])
    return events(rows, moment[known], ["省份", "城市", "地点", "point"])


def with_points(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """A place is a name and a point; latitude first is mended; without a point it is the only one of that name."""
    x, y = (pd.to_numeric(rows["经纬度"].str.split(",").str[part], errors="coerce").round(6) for part in (0, 1))
    first, second = x.where(x > y, y), y.where(x > y, x)  # east of 60 degrees all longitudes are the larger number
    point = (first.astype(str) + " " + second.astype(str)).where(second.notna())
    names_of = rows[names].fillna("").apply(lambda texts: texts.str.strip())
    only = point.groupby([names_of[name] for name in names]).transform(
        lambda points: points.dropna().iloc[0] if points.nunique() == 1 else "")
    return names_of.assign(point=point.fillna(only).replace("", pd.NA))


def br_municipalities(paths: list[Path]) -> Reading:
    rows = pd.read_csv(paths[0], sep=";", encoding="latin-1", decimal=",").dropna(how="all")
    rows = rows[rows["Município"].notna()]
    moment = pd.Series(pd.Timestamp("2020-04-10"), rows.index)
    metrics = {"confirmed": "Mun_Total de casos", "deaths": "Mun_Total de óbitos"}
    return polls(rows, moment, rows["Município"], metrics)


def es_bike_accidents(paths: list[Path]) -> Reading:
    rows = pd.read_csv(paths[0], sep=";", encoding="utf-8-sig", dtype=str)
    moment = pd.to_datetime(rows["fecha"] + " " + rows["hora"], format="%d/%m/%Y %H:%M:%S")
    return events(rows, moment, ["distrito", "localizacion", "coordenada_x_utm", "coordenada_y_utm"])


READINGS: dict[str, Callable[[list[Path]], Reading]] = {
    "toutiao_raw_february": toutiao_raw, "toutiao_raw_april": toutiao_raw,
    "provinces_csv": provinces, "provinces_xlsx": provinces,
    "dengue_kaohsiung": dengue, "dengue_tainan": dengue,
    **{reading.__name__: reading for reading in (
        toutiao_updates, toutiao_changes, places_snapshots, places_per_city, places_gb18030, cities_gb18030,
        beijing_places, us_facilities, kr_routes, kr_seoul_routes, it_provinces, earthquakes, country_and_provinces,
        case_visits, br_municipalities, es_bike_accidents)},
}


def load(dataset: RealDataset, folder: Path, output: Path) -> dict[str, Any]:
    import processing

    files = [str(path) for path in dataset.paths(folder)]
    return processing.run("outbreakatlas:loaddataset", {
        "INPUT": files, **dataset.parameters(folder), "OUTPUT": str(output)})


def totals_at(path: Path, at: pd.Timestamp, metrics: list[str], kind: str) -> dict[str, float | None]:
    """Sums over the rows of the level of totals that hold at a moment, read from the file alone."""
    with closing(sqlite3.connect(path)) as connection:
        info = dict(connection.execute("SELECT key, value FROM dataset").fetchall())
        columns = ", ".join(f'sum("{metric}")' for metric in metrics)
        text = at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        held = "valid_from <= ?" if kind == "events" else "valid_from <= ? AND valid_to > ?"
        values = [text] if kind == "events" else [text, text]
        level = info.get("totals_level", "")
        if level:
            held, values = held + " AND level = ?", [*values, level]
        row = connection.execute(f"SELECT {columns} FROM updates WHERE {held}", values).fetchone()
    return dict(zip(metrics, row))


def distinct_places(path: Path) -> int:
    """Places of the level that totals use (of events: all)."""
    with closing(sqlite3.connect(path)) as connection:
        info = dict(connection.execute("SELECT key, value FROM dataset").fetchall())
        level = info.get("totals_level", "")
        words, values = (" WHERE level = ?", [level]) if level else ("", [])
        return int(connection.execute(f"SELECT count(DISTINCT place_id) FROM updates{words}", values).fetchone()[0])


@pytest.mark.parametrize("dataset", LOADED, ids=lambda one: one.name)
def test_the_numbers_are_those_of_an_independent_reading(
    qgis_app: object, shared_data: Path, tmp_path: Path, dataset: RealDataset
) -> None:
    output = tmp_path / "loaded.gpkg"
    results = load(dataset, shared_data, output)
    reading = READINGS[dataset.name](dataset.paths(shared_data))
    assert results["ROWS_READ"] == sum(results[n] for n in ("STATES", "ROWS_MERGED", "ROWS_DUPLICATE", "ROWS_REJECTED"))
    assert pd.Timestamp(results["FIRST"]) == reading.first
    assert pd.Timestamp(results["LAST"]) == reading.last
    for at in reading.moments():
        expected = reading.totals(at)
        found = totals_at(output, at, list(expected), results["COUNTS_KIND"])
        assert found == pytest.approx(expected), f"totals at {at}"
    assert distinct_places(output) == reading.places


@pytest.mark.parametrize("dataset", REFUSED, ids=lambda one: one.name)
def test_what_lacks_something_is_refused_with_the_mend(
    qgis_app: object, shared_data: Path, tmp_path: Path, dataset: RealDataset
) -> None:
    output = tmp_path / "refused.gpkg"
    with pytest.raises(QgsProcessingException) as refusal:
        load(dataset, shared_data, output)
    for words in (dataset.paths(shared_data)[0].name, *dataset.refused):
        assert words in str(refusal.value)
    assert not output.exists()


def test_every_file_is_a_dataset_or_refused(shared_data: Path) -> None:
    assert files_without_a_dataset(shared_data) == []


def test_the_totals_that_the_dataset_tells_are_its_rows_own(
    qgis_app: object, shared_data: Path, tmp_path: Path
) -> None:
    output = tmp_path / "it.gpkg"
    dataset = next(one for one in LOADED if one.name == "it_provinces")
    load(dataset, shared_data, output)
    with closing(sqlite3.connect(output)) as connection:
        info = dict(connection.execute("SELECT key, value FROM dataset").fetchall())
    last = READINGS["it_provinces"](dataset.paths(shared_data))
    assert float(info["total.confirmed"]) == last.totals(last.last)["confirmed"]
    assert "confirmed" in json.loads(info["metrics"])
