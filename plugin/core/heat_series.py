"""Density step by step, as a film of a heat map: one band at a time, so that memory holds only a few."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Ints
from .density import Densities
from .density_binned import in_reach
from .density_running import RunningDensity, running_s
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
    `density` gives for the sums of its window: to rounding if exact, else both are within `binning_error`.

    What is cheaper: a density that the entries of each step are added to and that those that leave the window are
    taken from again, or the density of each window anew.
    """
    if window is not None and window < 1:
        raise AtlasError("WINDOW must be at least 1 step.")
    entries = _Entries.sorted(entries_point, entries_step, entries_cases, steps)
    made = Densities(grid, kernel, radius_m, exact)
    grows = window is None and bool((entries.cases >= 0).all())
    adding_s = running_s(kernel, radius_m, grid, len(entries.point) * (1 if window is None else 2), steps)
    if (grows or not exact) and adding_s < steps * made.least_s(_a_band(entries, len(x), window)):
        yield from _running(x, y, entries, window, made, 0.0 if grows else float(np.abs(entries.cases).sum()), progress)
        return
    for step, weights in enumerate(_sums(len(x), entries, window)):
        there = weights != 0
        part = progress.part(step / steps, (step + 1) / steps)
        yield made.of(x[there], y[there], weights[there], part)


@dataclass(frozen=True)
class _Entries:
    """Entries in the order of their steps; those of step n lie between the borders n and n + 1."""

    point: Ints
    cases: Floats
    borders: list[int]

    @classmethod
    def sorted(cls, point: Ints, step: Ints, cases: Floats, steps: int) -> _Entries:
        order = np.argsort(step, kind="stable")
        borders = np.searchsorted(step[order], np.arange(steps + 1)).tolist()
        return cls(point[order][: borders[-1]], cases[order][: borders[-1]], borders)

    def of(self, first: int, end: int) -> slice:
        """Those of the steps from the first up to the end."""
        return slice(self.borders[max(first, 0)], self.borders[max(end, 0)])


def _a_band(entries: _Entries, points: int, window: int | None) -> int:
    """About how many points a band counts, at most."""
    steps = len(entries.borders) - 1
    return min(points, len(entries.point) * min(window or steps, steps) // max(steps, 1))


def _running(
    x: Floats, y: Floats, entries: _Entries, window: int | None, made: Densities, most: float, progress: Progress
) -> Iterator[Floats]:
    """Bands of one density that is added to, and taken from."""
    if not all(np.isfinite(values).all() for values in (x, y, entries.cases)):
        raise AtlasError("Points without finite coordinates and weights have no density: leave them out.")
    near = in_reach(x, y, made.grid, made.kernel, made.radius_m)
    density, steps = RunningDensity(made.grid, made.kernel, made.radius_m, most), len(entries.borders) - 1

    def add(came: slice, gone: slice, told: Progress) -> None:
        point = np.concatenate([entries.point[came], entries.point[gone]])
        cases = np.concatenate([entries.cases[came], -entries.cases[gone]])
        there = near[point]
        point = point[there]
        density.add(x[point], y[point], cases[there], told)

    none = slice(0, 0)
    if window is None:
        add(slice(0, entries.borders[0]), none, progress.part(0.0, 0.0))
    for now in range(steps):
        told = progress.part(now / steps, (now + 1) / steps)
        told.report(0.0)
        add(entries.of(now, now + 1), none if window is None else entries.of(now - window, now - window + 1), told)
        yield density.values()


def _sums(points: int, entries: _Entries, window: int | None) -> Iterator[Floats]:
    """The weights of the points, step by step. Running sums: whole numbers stay exact in float64 (below 2^53), others
    are summed anew for each window, as adding and subtracting would drift."""
    drifts = window is not None and not bool((entries.cases == np.rint(entries.cases)).all())
    sums = np.zeros(points)

    def added(part: slice) -> Floats:
        return np.bincount(entries.point[part], entries.cases[part], minlength=points)

    if window is None:
        sums += added(slice(0, entries.borders[0]))
    for now in range(len(entries.borders) - 1):
        if window is not None and drifts:
            sums = added(entries.of(now - window + 1, now + 1))
        else:
            sums += added(entries.of(now, now + 1))
            if window is not None:
                sums -= added(entries.of(now - window, now - window + 1))
        yield sums
