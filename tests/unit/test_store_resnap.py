"""A dataset whose step was changed is the one that would have been written with that step."""
from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from made_datasets import made_dataset
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.schema import Step
from outbreak_atlas.plugin.store.geopackage import read_info, resnap, write_dataset


def _rows(path: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(
            "SELECT first_row, valid_from, valid_to, shown_from, shown_to, confirmed FROM updates ORDER BY first_row"
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
    with closing(sqlite3.connect(written)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert [path.name for path in written.parent.glob("a.*")] == ["a.gpkg"]


def test_cancelled_it_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    write_dataset(path, made_dataset(5000, 20), {}, Progress())
    before, schema = _rows(path), _schema(path)
    asked = iter(range(3))
    with pytest.raises(Cancelled):
        resnap(path, Step.WEEK, CallbackProgress(cancelled=lambda: next(asked, None) is None))
    assert _rows(path) == before and _schema(path) == schema
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
