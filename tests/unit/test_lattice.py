"""Squares and hexagons: every point in one cell, the nearest one, of true size."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.lattice import Shape, pave, size_for

far = st.floats(-2e7, 2e7)


def area(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of closed outlines, by the shoelace formula: positive when counter-clockwise."""
    return ((x[:, :-1] * y[:, 1:] - x[:, 1:] * y[:, :-1]).sum(axis=1)) / 2


@pytest.mark.parametrize("shape", list(Shape))
@given(points=st.lists(st.tuples(far, far), min_size=1, max_size=30), size=st.floats(10, 1e6))
def test_every_point_lies_in_its_cell(shape: Shape, points: list[tuple[float, float]], size: float) -> None:
    x, y = np.array(points).T
    cells = pave(x, y, shape, size)
    outline_x, outline_y = (corners[cells.of_point] for corners in cells.outlines(1))
    # Left of every edge of a counter-clockwise outline: inside a convex shape.
    side = (np.diff(outline_x) * (y[:, None] - outline_y[:, :-1])
            - np.diff(outline_y) * (x[:, None] - outline_x[:, :-1]))
    assert (side >= -1e-6 * size * size).all()
    assert len(set(zip(cells.column.tolist(), cells.row.tolist()))) == len(cells.column)
    assert set(cells.of_point.tolist()) == set(range(len(cells.column)))


@pytest.mark.parametrize(("shape", "expected"), [(Shape.SQUARE, 1e6), (Shape.HEXAGON, 1e6 * 3 ** 0.5 / 2)])
@pytest.mark.parametrize("pieces", [1, 5])
def test_cells_have_their_size(shape: Shape, expected: float, pieces: int) -> None:
    cells = pave(np.array([0.0, 5e4]), np.array([0.0, -7e4]), shape, 1000.0)
    x, y = cells.outlines(pieces)
    np.testing.assert_allclose(area(x, y), expected)
    assert x.shape == (2, (4 if shape == Shape.SQUARE else 6) * pieces + 1)
    np.testing.assert_allclose(np.ptp(x, axis=1), 1000.0)


@pytest.mark.parametrize("shape", list(Shape))
def test_more_points_do_not_move_the_cells(shape: Shape) -> None:
    draw = np.random.default_rng(1)
    x, y = draw.uniform(-1e5, 1e5, (2, 500))
    few, many = pave(x[:50], y[:50], shape, 9e3), pave(x, y, shape, 9e3)
    names = [list(zip(cells.column[cells.of_point[:50]], cells.row[cells.of_point[:50]])) for cells in (few, many)]
    assert names[0] == names[1]


def test_a_point_on_a_border_lies_in_one_square() -> None:
    cells = pave(np.array([0.0, 10.0, 10.0]), np.array([0.0, 0.0, 10.0]), Shape.SQUARE, 10.0)
    assert list(zip(cells.column[cells.of_point], cells.row[cells.of_point])) == [(0, 0), (1, 0), (1, 1)]


def test_a_size_that_fits() -> None:
    x, y = np.random.default_rng(2).uniform(0, 1e6, (2, 4000))
    size = size_for(x, y, Shape.HEXAGON, 130.0, 300)
    assert size == 100_000
    assert len(pave(x, y, Shape.HEXAGON, size).column) <= 300 < len(pave(x, y, Shape.HEXAGON, 50_000).column)


@pytest.mark.parametrize(("size", "words"), [(0, "more than 0"), (-5, "more than 0"), (1e-4, "at least 0.0093 metres")])
def test_sizes_that_cannot_be_are_refused(size: float, words: str) -> None:
    with pytest.raises(AtlasError, match=words):
        pave(np.array([1e7]), np.array([0.0]), Shape.SQUARE, size)
