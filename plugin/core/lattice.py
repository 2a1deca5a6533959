"""Squares and hexagons over a plane: which cell each point lies in, and where the cells' corners are.

Cells are numbered from the plane's origin, so that the same plane and size give the same cells whatever the points.
"""
from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from .arrays import Floats, Ints
from .errors import AtlasError

#: Cells farther from the origin than this many cannot be told apart by their numbers.
_FARTHEST = 2 ** 30


class Shape(str, Enum):
    """What a plane is paved with."""

    SQUARE = "square"
    HEXAGON = "hexagon"


@dataclass(frozen=True)
class Lattice:
    """The cells that hold points: `of_point` is each point's cell; `column` and `row` number the cells."""

    shape: Shape
    size_m: float
    of_point: Ints
    column: Ints
    row: Ints

    def outlines(self, pieces: int) -> tuple[Floats, Floats]:
        """Corners of the closed outlines, one row a cell, each edge in so many pieces, counter-clockwise."""
        corners = _corners(self.shape) * self.size_m
        share = np.arange(pieces)[None, :, None] / pieces
        edges = corners[:-1, None] * (1 - share) + corners[1:, None] * share
        ring = np.concatenate([edges.reshape(-1, 2), corners[:1]])
        x, y = _centres(self.shape, self.column, self.row, self.size_m)
        return x[:, None] + ring[:, 0], y[:, None] + ring[:, 1]


def pave(x: Floats, y: Floats, shape: Shape, size_m: float) -> Lattice:
    """The cells that hold points of a plane, in metres.

    `size_m` is the side of a square, and of a hexagon (a corner to the north) the distance of opposite sides.
    A point on a border lies in one cell only: of squares the one to the east or north.
    """
    if not size_m > 0:
        raise AtlasError("CELL_SIZE must be more than 0 metres.")
    reach = float(np.abs([x, y]).max(initial=0.0))
    if reach / size_m > _FARTHEST:
        least = f"{reach / _FARTHEST:.2g}"
        raise AtlasError(f"CELL_SIZE is too small for the extent of the data: give at least {least} metres.")
    column, row = (_squares if shape == Shape.SQUARE else _hexagons)(x, y, size_m)
    pairs, of_point = np.unique(np.stack([row, column], axis=1), axis=0, return_inverse=True)
    return Lattice(shape, size_m, np.asarray(of_point, np.int64).reshape(-1), pairs[:, 1], pairs[:, 0])


def size_for(x: Floats, y: Floats, shape: Shape, size_m: float, most: int) -> float:
    """A round size, no smaller than the given one, at which at most so many cells hold points.

    >>> size_for(np.arange(100.0), np.zeros(100), Shape.SQUARE, 1.0, 10)
    10.0
    """
    size = _round_up(size_m)
    while len(pave(x, y, shape, size).column) > most:
        size = _round_up(size * 1.01)
    return size


def _round_up(size_m: float) -> float:
    """The next of 1, 2, 5, 10, 20 ..."""
    decade = 10.0 ** math.floor(math.log10(size_m))
    return next(float(f"{m * decade:.6g}") for m in (1, 2, 5, 10) if m * decade >= size_m * (1 - 1e-9))


def _squares(x: Floats, y: Floats, size_m: float) -> tuple[Ints, Ints]:
    return np.floor(x / size_m).astype(np.int64), np.floor(y / size_m).astype(np.int64)


def _hexagons(x: Floats, y: Floats, size_m: float) -> tuple[Ints, Ints]:
    """Axial coordinates, rounded as cubes (A. Patel, Hexagonal Grids, Red Blob Games 2013)."""
    radius = size_m / math.sqrt(3)
    q, r = (x / math.sqrt(3) - y / 3) / radius, y * 2 / 3 / radius
    cube = np.stack([q, r, -q - r])
    whole = np.rint(cube)
    worst = np.abs(whole - cube).argmax(axis=0)
    q0, r0, s0 = whole
    column = np.where(worst == 0, -r0 - s0, q0)
    row = np.where(worst == 1, -q0 - s0, r0)
    return column.astype(np.int64), row.astype(np.int64)


def _centres(shape: Shape, column: Ints, row: Ints, size_m: float) -> tuple[Floats, Floats]:
    if shape == Shape.SQUARE:
        return (column + 0.5) * size_m, (row + 0.5) * size_m
    return (column + row / 2) * size_m, row * (1.5 / math.sqrt(3)) * size_m


def _corners(shape: Shape) -> Floats:
    """The closed outline of a cell of size 1 around the origin."""
    if shape == Shape.SQUARE:
        return np.array([(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]) / 2
    angles = np.radians(np.arange(-30, 331, 60))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1) / math.sqrt(3)
