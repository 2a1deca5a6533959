"""SQLite's R-tree filled from arrays: its nodes are packed by numpy and written as they are stored.

Inserting points one by one through the virtual table takes 20 times longer. The node format is that of
SQLite's R-tree module (https://www.sqlite.org/rtree.html): a big-endian header (depth in the root, number of
cells) and cells of a 64-bit id (row or child node) with four 32-bit floats (min x, max x, min y, max y).

Leaves are cut from runs of consecutive rows, not from the whole map: a frame of a large part of the map asks
the R-tree for nearly all ids, and SQLite then sorts them, which costs a third when they come nearly in order.
A search for one city still reads only a handful of leaves of each run.
"""
from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..core.arrays import Floats, Ints
from ..core.progress import Progress
from .sql import statement

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

#: Each run of rows is cut into 7 strips of 7 leaves (Leutenegger et al. 1997, "STR: a simple and efficient
#: algorithm for R-tree packing").
_STRIPS = 7
_CELL_BYTES, _HEADER_BYTES, _MOST_CELLS = 24, 4, 51
_ROOT = 1
#: Runs packed at once, so that memory does not grow with the layer.
_RUNS_AT_ONCE = 64

Boxes: TypeAlias = npt.NDArray[np.float32]


def create_rtree(db: sqlite3.Connection, name: str) -> None:
    """Make an empty R-tree of two dimensions."""
    db.execute(statement("CREATE VIRTUAL TABLE {name} USING rtree(id, minx, maxx, miny, maxy)", name=name))


def fill_rtree(
    db: sqlite3.Connection, name: str, ids: Ints, x: Floats, y: Floats, progress: Progress | None = None
) -> None:
    """Put points into an empty R-tree; `ids` ascend.

    An SQLite that guards its shadow tables is served the slow way.
    """
    if not len(ids):
        return
    progress = progress or Progress()
    try:
        _Packer(db, name).pack(ids, x, y, progress)
    except sqlite3.OperationalError as error:
        if "may not be modified" not in str(error):
            raise
        insert_points(db, name, ids, x, y)


def insert_points(db: sqlite3.Connection, name: str, ids: Ints, x: Floats, y: Floats) -> None:
    """Put points into an R-tree through SQL, one by one."""
    columns = (ids.tolist(), x.tolist(), x.tolist(), y.tolist(), y.tolist())
    db.executemany(statement("INSERT INTO {name} VALUES (?, ?, ?, ?, ?)", name=name), zip(*columns))


def point_boxes(x: Floats, y: Floats) -> Boxes:
    """Boxes in single precision that hold their points, as narrow as that allows.

    >>> box = point_boxes(np.array([0.1]), np.array([0.5]))[0].astype(float)
    >>> bool(box[0] <= 0.1 <= box[1]), box[2:].tolist()
    (True, [0.5, 0.5])
    """
    sides = [side for values in (x, y) for side in _outward(values)]
    return np.stack(sides, axis=1)


def _outward(values: Floats) -> tuple[Boxes, Boxes]:
    near = values.astype(np.float32)
    low = np.where(near > values, np.nextafter(near, np.float32(-np.inf)), near)
    high = np.where(near < values, np.nextafter(near, np.float32(np.inf)), near)
    return low.astype(np.float32), high.astype(np.float32)


@dataclass(frozen=True)
class _Packer:
    db: sqlite3.Connection
    name: str

    def pack(self, ids: Ints, x: Floats, y: Floats, progress: Progress) -> None:
        size = self._node_bytes()
        cells = min((size - _HEADER_BYTES) // _CELL_BYTES, _MOST_CELLS)
        children, boxes = self._write_leaves(ids, x, y, cells, size, progress)
        depth, free = 0, int(children[-1]) + 1
        while len(children) > 1:
            depth += 1
            count = -(-len(children) // cells)
            nodes = np.arange(free, free + count) if count > 1 else np.array([_ROOT])
            free += count
            self._write_nodes(nodes, children, boxes, cells, size, depth if count == 1 else 0)
            self._point_to("_parent", "(nodeno, parentnode)", children, np.repeat(nodes, cells)[:len(children)])
            children, boxes = nodes, _around(boxes, cells)

    def _write_leaves(
        self, ids: Ints, x: Floats, y: Floats, cells: int, size: int, progress: Progress
    ) -> tuple[Ints, Boxes]:
        """Write the lowest level in runs; returns its node numbers and their boxes."""
        total = -(-len(ids) // cells)
        numbers = np.arange(2, 2 + total) if total > 1 else np.array([_ROOT])
        run, boxes = cells * _STRIPS * _STRIPS, []
        for begin in range(0, len(ids), run * _RUNS_AT_ONCE):
            part = slice(begin, begin + run * _RUNS_AT_ONCE)
            order = leaf_order(x[part], y[part], cells)
            box = point_boxes(x[part][order], y[part][order])
            nodes = numbers[begin // cells:-(-min(part.stop, len(ids)) // cells)]
            self._write_nodes(nodes, ids[part][order], box, cells, size, 0)
            self._point_to("_rowid", "(rowid, nodeno)", ids[part][order], np.repeat(nodes, cells)[:len(order)])
            boxes.append(_around(box, cells))
            progress.report(min(part.stop / len(ids), 1.0))
        return numbers, np.concatenate(boxes)

    def _node_bytes(self) -> int:
        row = self.db.execute(
            statement("SELECT length(data) FROM {nodes} WHERE nodeno = ?", nodes=f"{self.name}_node"), (_ROOT,)
        ).fetchone()
        return int(row[0])

    def _write_nodes(self, nodes: Ints, ids: Ints, boxes: Boxes, cells: int, size: int, depth: int) -> None:
        sql = statement("INSERT OR REPLACE INTO {table} (nodeno, data) VALUES (?, ?)", table=f"{self.name}_node")
        self.db.executemany(sql, zip(nodes.tolist(), node_blobs(ids, boxes, cells, size, depth)))

    def _point_to(self, table: str, columns: str, keys: Ints, nodes: Ints) -> None:
        order = np.argsort(keys, kind="stable")
        sql = statement("INSERT INTO {table} ", table=self.name + table) + f"{columns} VALUES (?, ?)"
        self.db.executemany(sql, zip(keys[order].tolist(), nodes[order].tolist()))


def leaf_order(x: Floats, y: Floats, cells: int) -> Ints:
    """The order of rows in which every `cells` consecutive ones make a leaf; within a leaf rows ascend."""
    row = np.arange(len(x))
    run_rows, strip_rows = cells * _STRIPS * _STRIPS, cells * _STRIPS
    run = row // run_rows
    by_x = np.lexsort((x, run))
    strip = np.empty(len(x), np.int64)
    strip[by_x] = row // strip_rows  # strips never cross runs: a run is a whole number of strips
    by_y = np.lexsort((y, strip))
    return by_y[np.lexsort((by_y, row // cells))]


def node_blobs(ids: Ints, boxes: Boxes, cells: int, size: int, depth: int) -> Iterator[bytes]:
    """Nodes of up to `cells` entries each, as SQLite stores them."""
    count = -(-len(ids) // cells)
    body = np.zeros((count * cells, _CELL_BYTES), np.uint8)
    body[:len(ids), :8] = ids.astype(">i8").view(np.uint8).reshape(-1, 8)
    body[:len(ids), 8:] = np.ascontiguousarray(boxes, ">f4").view(np.uint8).reshape(-1, 16)
    blob = np.zeros((count, size), np.uint8)
    blob[:, _HEADER_BYTES:_HEADER_BYTES + cells * _CELL_BYTES] = body.reshape(count, -1)
    filled = np.full(count, cells)
    filled[-1] = len(ids) - cells * (count - 1)
    blob[:, :2] = np.array([depth], ">u2").view(np.uint8)
    blob[:, 2:4] = filled.astype(">u2").view(np.uint8).reshape(-1, 2)
    raw = blob.tobytes()
    return (raw[begin:begin + size] for begin in range(0, len(raw), size))


def _around(boxes: Boxes, cells: int) -> Boxes:
    """The box around each node's entries."""
    begin = np.arange(0, len(boxes), cells)
    low, high = np.minimum.reduceat(boxes, begin, axis=0), np.maximum.reduceat(boxes, begin, axis=0)
    return np.stack([low[:, 0], high[:, 1], low[:, 2], high[:, 3]], axis=1)
