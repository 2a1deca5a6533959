"""The R-tree written from arrays is one that SQLite itself could have made."""
from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import numpy as np
import pytest
from outbreak_atlas.plugin.store.rtree import (
    create_rtree,
    fill_rtree,
    insert_points,
    leaf_order,
    point_boxes,
)

_WINDOW = "SELECT id FROM tree WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ? ORDER BY id"


@pytest.fixture
def db() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    create_rtree(connection, "tree")
    yield connection
    connection.close()


def _points(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(count)
    x = draw.uniform(-180, 180, count).round(draw.integers(0, 7))
    return np.cumsum(draw.integers(1, 4, count)), x, draw.uniform(-90, 90, count)


@pytest.mark.parametrize("count", [0, 1, 2, 50, 51, 52, 51 * 49, 51 * 51 + 1, 30_000, 200_000])
def test_sqlite_finds_it_sound(db: sqlite3.Connection, count: int) -> None:
    ids, x, y = _points(count)
    fill_rtree(db, "tree", ids, x, y)
    assert db.execute("SELECT rtreecheck('tree')").fetchone() == ("ok",)
    assert [row[0] for row in db.execute("SELECT id FROM tree ORDER BY id")] == ids.tolist()


def test_it_answers_like_one_that_sqlite_made(db: sqlite3.Connection) -> None:
    ids, x, y = _points(20_000)
    fill_rtree(db, "tree", ids, x, y)
    other = sqlite3.connect(":memory:")
    create_rtree(other, "tree")
    insert_points(other, "tree", ids, x, y)
    for west, south, size in ((-180, -90, 360), (0, 0, 30), (-20, 40, 5), (100, -30, 1)):
        window = (west, west + size, south, south + size)
        ours = db.execute(_WINDOW, window).fetchall()
        assert ours == other.execute(_WINDOW, window).fetchall()
        inside = (x >= west) & (x <= west + size) & (y >= south) & (y <= south + size)
        assert {row[0] for row in ours} >= set(ids[inside].tolist())


def test_it_can_be_edited_afterwards(db: sqlite3.Connection) -> None:
    ids, x, y = _points(5000)
    fill_rtree(db, "tree", ids, x, y)
    db.executemany("DELETE FROM tree WHERE id = ?", [(int(one),) for one in ids[::3]])
    insert_points(db, "tree", ids[::3], -x[::3], y[::3])
    assert db.execute("SELECT rtreecheck('tree')").fetchone() == ("ok",)
    assert db.execute("SELECT count(*) FROM tree").fetchone() == (5000,)


def test_boxes_hold_their_points() -> None:
    draw = np.random.default_rng(0)
    x, y = draw.uniform(-180, 180, 10_000), draw.uniform(-90, 90, 10_000)
    boxes = point_boxes(x, y).astype(float)
    assert (boxes[:, 0] <= x).all() and (x <= boxes[:, 1]).all()
    assert (boxes[:, 2] <= y).all() and (y <= boxes[:, 3]).all()
    assert (boxes[:, 1] - boxes[:, 0]).max() < 2e-5


def test_leaves_hold_consecutive_runs_and_ascend() -> None:
    draw = np.random.default_rng(0)
    order = leaf_order(draw.uniform(0, 1, 10_000), draw.uniform(0, 1, 10_000), 51)
    assert sorted(order) == list(range(10_000))
    run = 51 * 49
    assert all(set(order[begin:begin + run] // run) == {begin // run} for begin in range(0, 10_000, run))
    assert all((np.diff(order[begin:begin + 51]) > 0).all() for begin in range(0, 10_000, 51))
