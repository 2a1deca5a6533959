"""The GeoPackage as any SQLite sees it: what is in it, in which types, and in which order."""
from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_datasets import COLUMNS, START_MS, made_dataset
from outbreak_atlas.plugin.core.dataset import Cleaned
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, TIME_COLUMNS
from outbreak_atlas.plugin.store.columns import find_sites, point_blobs
from outbreak_atlas.plugin.store.geopackage import (
    dataset_rows,
    estimated_bytes,
    read_info,
    write_dataset,
)
from outbreak_atlas.plugin.store.moments import moment_texts, moments_of
from outbreak_atlas.plugin.store.point_blobs import points_of


def read(path: Path, sql: str) -> pd.DataFrame:
    """The answer to a query as a DataFrame of objects."""
    with closing(sqlite3.connect(path)) as db:
        cursor = db.execute(sql)
        names = [column[0] for column in cursor.description]
        return pd.DataFrame(cursor.fetchall(), columns=names, dtype=object)


@pytest.fixture(scope="module")
def dataset() -> Cleaned:
    return made_dataset()


@pytest.fixture(scope="module")
def written(dataset: Cleaned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "made of “quotes” 省.gpkg"
    write_dataset(path, dataset, {"updates": "<qgis/>"}, Progress(), "0.1.0")
    return path


def test_the_columns_are_those_of_the_contract_in_its_order(written: Path) -> None:
    columns = read(written, "SELECT name, type FROM pragma_table_info('updates')")
    assert columns["name"].tolist() == ["fid", "geom", *COLUMNS]
    types = dict(zip(columns["name"], columns["type"]))
    assert {types[name] for name in TIME_COLUMNS} == {"DATETIME"}
    assert types["geom"] == "POINT" and types["confirmed"] == "MEDIUMINT" and types["place"] == "TEXT"


def test_every_state_is_stored_as_it_is(dataset: Cleaned, written: Path) -> None:
    stored = read(written, "SELECT * FROM updates ORDER BY first_row")
    states = dataset.states.sort_values("first_row", ignore_index=True)
    for name in COLUMNS:
        expected = states[name].astype(object).where(states[name].notna(), None).tolist()
        if name in TIME_COLUMNS:
            expected = moment_texts(states[name].to_numpy() - (name == "shown_to")).tolist()
        assert stored[name].tolist() == expected, name
    lon, lat = points_of(stored["geom"].to_numpy())
    np.testing.assert_array_equal(lon, states["lon"])
    np.testing.assert_array_equal(lat, states["lat"])


def test_an_interval_ends_before_the_text_that_qgis_compares_it_with(written: Path) -> None:
    """QGIS asks for `shown_to > '2020-02-13T00:00:00.000'`, without the Z."""
    ends = read(written, "SELECT DISTINCT shown_to FROM updates")["shown_to"]
    assert ends.str.endswith("T23:59:59.999Z").all()


def test_moments_are_stored_as_datetime_text(written: Path) -> None:
    pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    for name in TIME_COLUMNS:
        assert read(written, f"SELECT {name} FROM updates")[name].str.fullmatch(pattern).all()


def test_rows_lie_in_the_order_of_the_time_index(written: Path) -> None:
    rows = read(written, "SELECT shown_from || shown_to AS shown FROM updates ORDER BY fid")["shown"]
    assert rows.is_monotonic_increasing


@pytest.mark.parametrize("limits", ["full", "near"])
def test_qgis_filter_uses_the_time_index(written: Path, limits: str) -> None:
    """A NOT NULL on shown_from or shown_to would turn this into a scan of the whole table."""
    point = {"full": '"geom" IS NOT NULL AND ', "near": ""}[limits]
    plan = read(written, f"""EXPLAIN QUERY PLAN SELECT m."fid", m."geom" FROM "updates" m WHERE {point}
        (((("shown_from" < '2020-03-19T00:00:00.000') OR ("shown_from" IS NULL)) AND
        (("shown_to" > '2020-03-18T00:00:00.000') OR ("shown_to" IS NULL))))""")["detail"].str.cat(sep="; ")
    assert "idx_updates_shown (shown_from<?)" in plan
    assert "SCAN" not in plan


def test_whole_numbers_are_integers_and_others_are_not(tmp_path: Path) -> None:
    dataset = made_dataset(20, 3)
    dataset.states["confirmed"] += 0.5
    dataset.states["recovered"] += 3e9
    write_dataset(tmp_path / "a.gpkg", dataset, {}, Progress())
    columns = read(tmp_path / "a.gpkg", "SELECT name, type FROM pragma_table_info('updates')").set_index("name")["type"]
    assert columns[["confirmed", "recovered", "deaths"]].tolist() == ["REAL", "INTEGER", "MEDIUMINT"]
    kinds = read(tmp_path / "a.gpkg", "SELECT DISTINCT typeof(deaths) AS kind FROM updates")["kind"]
    assert sorted(kinds) == ["integer", "null"]


def test_the_tables_beside_the_layer(dataset: Cleaned, written: Path) -> None:
    rejected = read(written, "SELECT source, row, reason, raw FROM rejected")
    assert rejected.to_numpy().tolist() == [["made.csv", 7, "no readable date", "x,?,1"]]
    assert read(written, "SELECT rule, rows FROM findings").to_numpy().tolist() == [["jump", 3]]
    places = read(written, "SELECT place_id, first FROM places")
    assert len(places) == len(dataset.places)
    assert set(places["first"]) == {"2020-02-03T00:00:00.000Z"}


def test_the_record_names_sources_choices_parameters_and_totals(dataset: Cleaned, written: Path) -> None:
    rows = dict(read(written, 'SELECT "key", "value" FROM dataset').to_numpy().tolist())
    assert rows == dict(dataset_rows(dataset, "0.1.0"))
    assert rows["source.1.name"] == "made.csv" and rows["source.1.sha256"] == "ab" * 32
    assert rows["column.confirmed"] == "total cases" and rows["column.confirmed.reason"]
    assert (rows["kind"], rows["datum"], rows["time_zone"], rows["step"]) == (
        "cumulative", "WGS84", "Asia/Shanghai", "day")
    assert rows["parameter.STEP"] == "day" and rows["plugin_version"] == "0.1.0" and rows["synthetic"] == "yes"
    last = dataset.states[dataset.states["valid_to"] == dataset.info.end]
    assert rows["total.deaths"] == str(int(last["deaths"].sum()))
    assert rows["total.deaths.places_known"] == str(last["deaths"].notna().sum())
    assert rows["total.confirmed.unlocated"] == str(int(last["confirmed"][last["lon"].isna()].sum()))
    assert json.loads(rows["metrics"]) == list(dataset.info.metrics)


def test_a_record_is_read_in_its_types(dataset: Cleaned, written: Path) -> None:
    info = read_info(written)
    assert (info["first"], info["last"], info["end"]) == (dataset.info.first, dataset.info.last, dataset.info.end)
    assert info["metrics"] == list(dataset.info.metrics) and info["levels"] == ["place"]
    assert info["sources"] == ["made.csv"] and info["synthetic"] is True and info["states"] == len(dataset.states)


@pytest.mark.parametrize("content", [None, b"", b"lon,lat\n", b"SQLite format 3\x00" + b"\x01" * 200])
def test_another_file_has_no_record(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other.gpkg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(AtlasError, match=r"other\.gpkg"):
        read_info(path)


def test_another_database_has_no_record(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as db:
        db.execute('CREATE TABLE dataset ("key" TEXT, "value" TEXT)')
    with pytest.raises(AtlasError, match="not a dataset"):
        read_info(tmp_path / "a.gpkg")


def test_styles_are_stored_as_defaults(written: Path) -> None:
    styles = read(written, "SELECT f_table_name, f_geometry_column, styleQML, useAsDefault FROM layer_styles")
    assert styles.to_numpy().tolist() == [["updates", "geom", "<qgis/>", 1]]


def test_the_package_is_sound(written: Path) -> None:
    assert read(written, "PRAGMA integrity_check").iloc[0, 0] == "ok"
    assert read(written, "PRAGMA foreign_key_check").empty
    assert read(written, "PRAGMA application_id").iloc[0, 0] == int.from_bytes(b"GPKG", "big")


def test_contents_tell_rows_and_extent(dataset: Cleaned, written: Path) -> None:
    counts = read(written, "SELECT table_name, feature_count FROM gpkg_ogr_contents").set_index("table_name")
    assert counts.loc["updates", "feature_count"] == len(dataset.states)
    contents = read(written, "SELECT * FROM gpkg_contents").set_index("table_name")
    assert set(contents.index) == {"updates", "rejected", "findings", "places", "dataset", "layer_styles"}
    box = contents.loc["updates", ["min_x", "min_y", "max_x", "max_y"]].tolist()
    states = dataset.states
    assert box == [states["lon"].min(), states["lat"].min(), states["lon"].max(), states["lat"].max()]


def test_a_dataset_without_any_point(tmp_path: Path) -> None:
    dataset = made_dataset(5, 2)
    dataset.states[["lon", "lat"]] = np.nan
    write_dataset(tmp_path / "a.gpkg", dataset, {}, Progress())
    assert read(tmp_path / "a.gpkg", "SELECT count(geom) AS n FROM updates")["n"].tolist() == [0]
    assert read(tmp_path / "a.gpkg", "SELECT min_x FROM gpkg_contents WHERE table_name = 'updates'").iloc[0, 0] is None


def test_a_count_may_be_called_like_our_own_columns(tmp_path: Path) -> None:
    dataset = made_dataset(5, 2)
    names = {"confirmed": "FID", "deaths": 'geom "x"', "recovered": "geom"}
    states = dataset.states.rename(
        columns={**names, **{f"step_new_{old}": f"step_new_{new}" for old, new in names.items()}})
    info = replace(dataset.info, metrics=tuple(names.get(name, name) for name in dataset.info.metrics))
    write_dataset(tmp_path / "a.gpkg", replace(dataset, states=states, info=info), {}, Progress())
    columns = read(tmp_path / "a.gpkg", "SELECT name FROM pragma_table_info('updates')")["name"].tolist()
    assert columns[:2] == ["fid_", "geom_"] and {"FID", "geom", 'geom "x"'} <= set(columns)


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    dataset = made_dataset(5, 2)
    states = dataset.states.rename(columns={"confirmed": "Deaths"})
    with pytest.raises(AtlasError, match="deaths"):
        write_dataset(tmp_path / "a.gpkg", replace(dataset, states=states), {}, Progress())
    assert list(tmp_path.iterdir()) == []


def test_the_estimate_of_the_size_is_near(dataset: Cleaned, written: Path) -> None:
    assert 0.6 < estimated_bytes(dataset) / written.stat().st_size < 1.7


def test_progress_grows_to_one(dataset: Cleaned, tmp_path: Path) -> None:
    fractions: list[float] = []
    write_dataset(tmp_path / "a.gpkg", dataset, {}, CallbackProgress(lambda fraction, _: fractions.append(fraction)))
    assert fractions == sorted(fractions) and fractions[-1] == 1.0 and len(fractions) > 3


def test_the_same_dataset_gives_the_same_rows_in_any_order(dataset: Cleaned, written: Path, tmp_path: Path) -> None:
    mixed = replace(dataset, states=dataset.states.sample(frac=1, random_state=3).reset_index(drop=True))
    write_dataset(tmp_path / "a.gpkg", mixed, {}, Progress())
    sql = "SELECT * FROM updates ORDER BY fid"
    pd.testing.assert_frame_equal(read(tmp_path / "a.gpkg", sql), read(written, sql))


def test_sites_are_the_different_combinations(dataset: Cleaned) -> None:
    sites = find_sites(dataset.states)
    assert len(sites.first) == dataset.states["place_id"].nunique()
    moved = dataset.states.copy()
    moved.loc[moved.index % 20 == 5, "lon"] = 99.0
    sites = find_sites(moved)
    assert len(sites.first) == 2 * moved["place_id"].nunique()
    for name in ("place_id", "city", "lon"):
        again = moved[name].iloc[sites.first].iloc[sites.of_row].reset_index(drop=True)
        pd.testing.assert_series_equal(again, moved[name], check_names=False)


def test_moments_come_back_as_they_went() -> None:
    ms = np.array([START_MS, 0, -MS_PER_DAY, START_MS + 1, 4_102_444_799_999], np.int64)
    np.testing.assert_array_equal(moments_of(moment_texts(ms)), ms)


def test_points_come_back_as_they_went() -> None:
    lon, lat = np.array([114.3, np.nan, -0.1]), np.array([30.6, 5.0, 89.9])
    blobs = np.array([*point_blobs(lon, lat), b"GP\0\0\0\0\x10\xe6" + b"\0\0\0\0\1" + b"\x40\x08" + b"\0" * 14], object)
    back = points_of(blobs)
    np.testing.assert_array_equal(back[0], [114.3, np.nan, -0.1, 3.0])
    np.testing.assert_array_equal(back[1], [30.6, np.nan, 89.9, 0.0])
