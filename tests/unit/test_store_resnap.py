"""A dataset whose step was changed is the one that would have been written with that step."""
from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from made_datasets import COLUMNS, made_dataset
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.schema import CountKind, Listing, Step
from outbreak_atlas.plugin.store.geopackage import read_info, resnap, write_dataset
from outbreak_atlas.plugin.store.summarising import summarise
from outbreak_atlas.plugin.store.summary import read_shape, read_summary
from test_series import load, made_reports
from test_store_summary import assert_same, execute


def _rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(
            f"SELECT {', '.join(COLUMNS)} FROM updates ORDER BY first_row"
        ).fetchall()


def _schema(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()


@pytest.fixture
def written(tmp_path: Path) -> Path:
    write_dataset(tmp_path / "a.gpkg", made_dataset(), {}, Progress())
    return tmp_path / "a.gpkg"


@pytest.mark.parametrize("step", list(Step))
def test_it_equals_a_dataset_written_with_that_step(written: Path, step: Step) -> None:
    expected = written.with_name("b.gpkg")
    write_dataset(expected, made_dataset(step=step), {}, Progress())
    for one in (Step.HOUR, Step.WEEK, step):  # from any step to any other
        resnap(written, one, Progress())
    assert _rows(written) == _rows(expected)
    assert (read_info(written)["step"], read_info(written)["end"]) == (step, read_info(expected)["end"])
    assert _schema(written) == _schema(expected)
    _assert_same_sums(written, expected)
    with closing(sqlite3.connect(written)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert [path.name for path in written.parent.glob("a.*")] == ["a.gpkg"]


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("options", [
    {}, {"listing": Listing.FULL}, {"outbreak_start": False, "keep_unchanged": True},
    {"counts": CountKind.INCREMENTS}, {"counts": CountKind.EVENTS}])
def test_it_equals_a_load_with_that_step(tmp_path: Path, step: Step, options: dict[str, object]) -> None:
    """Also of several values a moment, places that are taken off and come back, and `active`, whose changes are not
    stored."""
    first, expected = tmp_path / "a.gpkg", tmp_path / "b.gpkg"
    write_dataset(first, load(made_reports(7), step=Step.HOUR, **options), {}, Progress())
    write_dataset(expected, load(made_reports(7), step=step, **options), {}, Progress())
    resnap(first, step, Progress())
    sql = 'SELECT * FROM (SELECT * FROM updates ORDER BY first_row) AS "rows"'
    with closing(sqlite3.connect(first)) as one, closing(sqlite3.connect(expected)) as other:
        found, right = one.execute(sql), other.execute(sql)
        names = [column[0] for column in right.description]
        assert [column[0] for column in found.description] == names
        for row, told in zip(found.fetchall(), right.fetchall()):
            assert dict(zip(names[1:], row[1:])) == dict(zip(names[1:], told[1:]))
    _assert_same_sums(first, expected)


def _assert_same_sums(one: Path, other: Path) -> None:
    found, expected = read_summary(one), read_summary(other)
    assert found is not None and expected is not None
    assert_same(found, expected)
    assert read_shape(one) == read_shape(other)


def test_the_sums_of_an_edited_layer_are_true_again(written: Path) -> None:
    execute(written, "UPDATE updates SET confirmed = confirmed + 1 WHERE first_row = 5")
    assert read_summary(written) is None
    resnap(written, Step.WEEK, Progress())
    found = read_summary(written)
    assert found is not None
    assert_same(found, summarise(written, Progress()))


def test_cancelled_it_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    write_dataset(path, made_dataset(5000, 20), {}, Progress())
    before, schema, sums = _rows(path), _schema(path), read_summary(path)
    asked = iter(range(3))
    with pytest.raises(Cancelled):
        resnap(path, Step.WEEK, CallbackProgress(cancelled=lambda: next(asked, None) is None))
    assert _rows(path) == before and _schema(path) == schema
    assert sums is not None
    assert_same(read_summary(path), sums)
    assert read_info(path)["step"] == Step.DAY
    assert [one.name for one in tmp_path.iterdir()] == ["a.gpkg"]


def test_a_file_in_use_is_said_so(written: Path) -> None:
    before = _rows(written)
    with closing(sqlite3.connect(written, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(AtlasError, match=r"“a\.gpkg” is being used by another program"):
            resnap(written, Step.WEEK, Progress())
    assert _rows(written) == before


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.gpkg").write_bytes(b"no database")
    with pytest.raises(AtlasError, match="not a dataset"):
        resnap(tmp_path / "b.gpkg", Step.DAY, Progress())
