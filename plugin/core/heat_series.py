"""Density step by step, as a film of a heat map: one band at a time, so that memory holds only a few."""
from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .arrays import Floats, Ints
from .density import Densities
from .errors import AtlasError
from .heat_grid import HeatGrid
from .kernels import Kernel
from .progress import Progress


def density_series(
    x: Floats, y: Floats, entries_point: Ints, entries_step: Ints, entries_cases: Floats, steps: int,
    window: int | None, grid: HeatGrid, kernel: Kernel, radius_m: float, exact: bool,
    progress: Progress = Progress(),  # noqa: B008 - it holds nothing
) -> Iterator[Floats]:
    """The densities of `steps` steps, cases per km², each (rows, columns): of the entries of the last `window` steps,
    or (None) of all so far, which is a stock told by its changes.

    x, y: (n,) metres; the entries (m,): number of the point, of the step from 0, cases. Entries before step 0 count
    from the begin where all so far are summed; later ones than the last step are left out. Each band is what
    `density` gives for the sums of its window.
    """
    if window is not None and window < 1:
        raise AtlasError("WINDOW must be at least 1 step.")
    made = Densities(grid, kernel, radius_m, exact)
    for step, weights in enumerate(_sums(len(x), entries_point, entries_step, entries_cases, steps, window)):
        there = weights != 0
        part = progress.part(step / steps, (step + 1) / steps)
        yield made.of(x[there], y[there], weights[there], part)


def _sums(
    points: int, point: Ints, step: Ints, cases: Floats, steps: int, window: int | None,
) -> Iterator[Floats]:
    """The weights of the points, step by step. Running sums: whole numbers stay exact in float64 (below 2^53), others
    are summed anew for each window, as adding and subtracting would drift."""
    order = np.argsort(step, kind="stable")
    point, cases = point[order], cases[order]
    borders = np.searchsorted(step[order], np.arange(steps + 1)).tolist()
    drifts = window is not None and not bool((cases == np.rint(cases)).all())
    sums = np.zeros(points)
    if window is None:
        sums += _added(point[: borders[0]], cases[: borders[0]], points)
    for now in range(steps):
        gone = now if window is None else max(now - window, -1)
        if drifts:
            part = slice(borders[max(gone + 1, 0)], borders[now + 1])
            sums = _added(point[part], cases[part], points)
        else:
            new = slice(borders[now], borders[now + 1])
            sums += _added(point[new], cases[new], points)
            if window is not None and gone >= 0:
                left = slice(borders[gone], borders[gone + 1])
                sums -= _added(point[left], cases[left], points)
        yield sums


def _added(point: Ints, cases: Floats, points: int) -> Floats:
    return np.bincount(point, cases, minlength=points)
