"""The sums that are stored in a dataset: what comes back, when they are stale, and sums made anew from the rows."""
from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from made_datasets import made_dataset
from outbreak_atlas.plugin.core.dataset import Cleaned
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, CountKind, Step
from outbreak_atlas.plugin.core.series import Summary
from outbreak_atlas.plugin.core.summing import build_summary, rows_of, summarise_cleaned
from outbreak_atlas.plugin.store.geopackage import write_dataset
from outbreak_atlas.plugin.store.summarising import read_rows_for_summary, summarise
from outbreak_atlas.plugin.store.summary import content_stamp, read_reported_hours, read_shape, read_summary
from test_series import load, made_reports


def assert_same(found: Summary | None, expected: Summary | None) -> None:
    assert found is not None and expected is not None
    for name in ("step", "events", "area_columns", "begin_ms"):
        assert getattr(found, name) == getattr(expected, name), name
    np.testing.assert_array_equal(found.reported_hours, expected.reported_hours)
    assert dict(found.limits) == dict(expected.limits) and list(found.cells) == list(expected.cells)
    parts = [(found.groups, expected.groups), (found.listed, expected.listed)]
    for one, other in [*parts, *((found.cells[name], expected.cells[name]) for name in expected.cells)]:
        for field in fields(other):
            left, right = getattr(one, field.name), getattr(other, field.name)
            assert np.asarray(left).dtype == np.asarray(right).dtype, field.name
            assert (left == right if isinstance(right, tuple) else np.array_equal(left, right)), field.name


@pytest.fixture(scope="module")
def dataset() -> Cleaned:
    return made_dataset()


@pytest.fixture
def written(dataset: Cleaned, tmp_path: Path) -> Path:
    write_dataset(tmp_path / "a.gpkg", dataset, {}, Progress())
    return tmp_path / "a.gpkg"


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        # The triggers of the spatial index call functions that only programs with spatial SQL have.
        for name in ("IsEmpty", "MinX", "MaxX", "MinY", "MaxY"):
            db.create_function(f"ST_{name}", 1, lambda _: 0)
        for one in statements:
            db.execute(one)
        db.commit()


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("kind", list(CountKind))
def test_sums_come_back_as_they_were_built(tmp_path: Path, step: Step, kind: CountKind) -> None:
    cleaned = load(made_reports(3), step=step, counts=kind)
    write_dataset(tmp_path / "a.gpkg", cleaned, {}, Progress())
    expected = summarise_cleaned(cleaned)
    assert_same(read_summary(tmp_path / "a.gpkg"), expected)
    assert_same(summarise(tmp_path / "a.gpkg", Progress()), expected)


def test_numbers_that_are_not_whole_come_back_too(dataset: Cleaned, tmp_path: Path) -> None:
    states = dataset.states.assign(confirmed=dataset.states["confirmed"] + 0.1, deaths=dataset.states["deaths"] * 2**40)
    changed = replace(dataset, states=states)
    write_dataset(tmp_path / "a.gpkg", changed, {}, Progress())
    assert_same(read_summary(tmp_path / "a.gpkg"), summarise_cleaned(changed))


def test_the_shape_tells_areas_and_period(written: Path, dataset: Cleaned) -> None:
    shape = read_shape(written)
    assert (shape.area_columns, shape.metrics, shape.events, shape.step) == (
        ("city",), dataset.info.metrics, False, Step.DAY)
    assert shape.begin_ms <= dataset.info.span_first < shape.begin_ms + MS_PER_DAY
    assert shape.end_ms - MS_PER_DAY <= dataset.info.span_last < shape.end_ms


@pytest.mark.parametrize("edit", [
    "UPDATE updates SET confirmed = 7 WHERE fid = 3", "UPDATE updates SET place = 'x' WHERE fid = 3",
    "DELETE FROM updates WHERE fid = 3",
    "INSERT INTO updates (place_id, reported_at, valid_from, valid_to, reports, last_reported, first_row) "
    "VALUES ('x', '', '', '', 1, '', 1)"])
def test_after_an_edit_they_are_stale(written: Path, edit: str) -> None:
    execute(written, edit)
    assert read_summary(written) is None
    found = summarise(written, Progress())
    assert read_shape(written).metrics == tuple(found.cells)


def test_the_rows_as_they_are_now_are_summed(written: Path, dataset: Cleaned) -> None:
    execute(written, "UPDATE updates SET confirmed = confirmed + 1000, step_new_confirmed = 5 WHERE first_row = 8")
    states = dataset.states.copy()
    at = states.index[states["first_row"] == 8]
    states.loc[at, "confirmed"] += 1000
    states.loc[at, "step_new_confirmed"] = 5
    assert_same(summarise(written, Progress()), summarise_cleaned(replace(dataset, states=states)))


def test_only_chosen_rows(written: Path, dataset: Cleaned) -> None:
    with closing(sqlite3.connect(written)) as db:
        chosen = db.execute("SELECT fid, first_row FROM updates WHERE city = '城市2' AND confirmed > 3").fetchall()
    ids, rows = (np.array(one, np.int64) for one in zip(*chosen))
    states = dataset.states[dataset.states["first_row"].isin(rows)]
    found = summarise(written, Progress(), ids)
    expected = summarise_cleaned(replace(dataset, states=states, reported_hours=found.reported_hours))
    assert found.groups.areas == (("城市2",),)
    assert_same(found, replace(expected, area_columns=("city",)))
    assert len(summarise(written, Progress(), np.zeros(0, np.int64)).listed.step) == 0


def test_rows_of_a_coarser_level_are_summed_if_they_alone_are_chosen(dataset: Cleaned, tmp_path: Path) -> None:
    level = dataset.states["level"].astype(str).mask(dataset.states["place_id"].astype(str) == "p0000004", "province")
    mixed = replace(dataset, states=dataset.states.assign(level=level.astype("category")))
    write_dataset(tmp_path / "a.gpkg", mixed, {}, Progress())
    with closing(sqlite3.connect(tmp_path / "a.gpkg")) as db:
        coarse = np.array(db.execute("SELECT fid FROM updates WHERE level = 'province'").fetchall(), np.int64).ravel()
    whole, alone = (summarise(tmp_path / "a.gpkg", Progress(), ids) for ids in (None, coarse))
    assert whole.listed.places[whole.listed.places > 0].sum() < len(dataset.states)
    assert alone.listed.places.sum() == 0 and alone.listed.places.max() == 1
    both = summarise(tmp_path / "a.gpkg", Progress(), np.arange(1, len(dataset.states) + 1))
    assert_same(both, whole)


def test_rows_are_read_once_for_any_minimum(written: Path, dataset: Cleaned) -> None:
    rows, expected = read_rows_for_summary(written, None, Progress()), rows_of(dataset)
    for minimum in (None, ("confirmed", 4.0), ("step_new_confirmed", 2.0), ("deaths", 1.0)):
        assert_same(build_summary(rows, minimum), build_summary(expected, minimum))


def test_reading_rows_can_be_cancelled(written: Path) -> None:
    with pytest.raises(Cancelled):
        read_rows_for_summary(written, None, CallbackProgress(cancelled=lambda: True))


@pytest.mark.parametrize("damage", [
    "UPDATE summary SET value = x'00' WHERE \"key\" = 'groups'",
    "UPDATE summary SET value = x'00' WHERE \"key\" = 'cells.deaths'",
    "UPDATE summary SET value = '{' WHERE \"key\" = 'about'",
    "UPDATE summary SET value = '0' WHERE \"key\" = 'version'", "DELETE FROM summary WHERE \"key\" = 'cells.deaths'",
    "DELETE FROM summary WHERE \"key\" = 'stale'",
    "UPDATE summary SET value = NULL WHERE \"key\" = 'reported_hours'"])
def test_damaged_sums_are_none(written: Path, dataset: Cleaned, damage: str) -> None:
    execute(written, damage)
    assert read_summary(written) is None
    assert list(summarise(written, Progress()).cells) == list(dataset.info.metrics)


@pytest.mark.parametrize("change", ["DROP TABLE summary", "ALTER TABLE updates DROP COLUMN step_new_deaths"])
def test_an_earlier_dataset_says_what_to_do(written: Path, change: str) -> None:
    execute(written, *(f"DROP TRIGGER summary_stale_{event}" for event in ("insert", "update", "delete")), change)
    for ask in (read_summary, read_shape, lambda path: summarise(path, Progress())):
        with pytest.raises(AtlasError, match=r"“a\.gpkg” was made by an earlier version of Outbreak Atlas: load its"):
            ask(written)


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.gpkg").write_bytes(b"no database")
    for ask in (read_summary, read_shape, read_reported_hours):
        with pytest.raises(AtlasError, match="not a dataset"):
            ask(tmp_path / "b.gpkg")


def test_a_stamp_tells_edits_and_a_file_that_is_gone(written: Path) -> None:
    before = content_stamp(written)
    assert content_stamp(written) == before != ("", 0)
    execute(written, "UPDATE updates SET deaths = 1")
    assert content_stamp(written) not in (before, ("", 0))
    written.write_bytes(b"no database")
    assert content_stamp(written) == ("", 0)
    written.unlink()
    assert content_stamp(written) == ("", 0)


def test_the_table_is_not_registered(written: Path) -> None:
    with closing(sqlite3.connect(written)) as db:
        for table in ("gpkg_contents", "gpkg_ogr_contents"):
            assert "summary" not in {row[0] for row in db.execute(f"SELECT table_name FROM {table}")}


def test_frames_of_an_area_are_found_by_an_index(written: Path) -> None:
    with closing(sqlite3.connect(written)) as db:
        plan = db.execute(
            "EXPLAIN QUERY PLAN SELECT fid FROM updates WHERE province = '省份' AND city IN ('城市1', '城市2') "
            "AND shown_from < '2020-03-01' AND shown_to > '2020-02-28'").fetchall()
        (indexed,) = db.execute("SELECT sql FROM sqlite_master WHERE name = 'idx_updates_area'").fetchone()
    columns = [*read_shape(written).area_columns, "shown_from", "shown_to"]
    assert indexed.endswith("(" + ", ".join(f'"{name}"' for name in columns) + ")")
    assert "idx_updates_area" in str(plan)


def test_opening_needs_no_pandas(written: Path, repository: Path) -> None:
    code = ("import sys; sys.path[:0] = [sys.argv[1]]; from session import register_package; register_package(); "
            "from pathlib import Path; from outbreak_atlas.plugin.store.summary import read_shape, read_summary; "
            "path = Path(sys.argv[2]); shape, sums = read_shape(path), read_summary(path); "
            "from outbreak_atlas.plugin.core.filters import FilterState; "
            "from outbreak_atlas.plugin.core.series import curve, totals; "
            "state = FilterState('confirmed'); curve(sums, state, shape.begin_ms, shape.end_ms); "
            "print(totals(sums, state, shape.end_ms)[0].places, 'pandas' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code, str(repository / ".ci"), str(written)],
                          capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["300", "False"]
