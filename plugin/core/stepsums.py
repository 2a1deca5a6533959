"""Changes by step added up: what is drawn and what is new in any step, in all or by area.

Steps are wall-clock ms at which they begin; changes are sorted by them, so that a step is found by bisection.
"""
from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .arrays import Bools, Floats, Ints

if TYPE_CHECKING:
    from .series import Cells, Listed, Summary

#: A step that is none.
_NEVER = np.iinfo(np.int64).max


class MetricSums:
    """One metric of a filter by step: sums so far, and what is new."""

    def __init__(self, cells: Cells, groups: Bools, unlocated: Bools) -> None:
        first = _first_of_steps(cells.step)
        self._steps = cells.step[first]
        kept, without = groups[cells.group], unlocated[cells.group]
        self._total = _so_far(cells.total * kept, first)
        self._known = _so_far(cells.known * kept, first)
        self._unlocated = _so_far(cells.total * without, first)
        self._new = _by_step(cells.new * kept, first)
        self._new_known = _by_step(cells.new_known * kept, first)
        self._new_unlocated = _by_step(cells.new * without, first)
        self._fallen = _by_step(cells.fallen * kept, first)
        self._arrived = _by_step(np.maximum(cells.known, 0) * kept, first)

    def over(self, begins: Ints, listed: ListedSums, events: bool) -> tuple[Floats, Floats, Floats]:
        """Totals, what is new, and its negative part in steps."""
        known, new_known = self._at(self._known, begins), self._in(self._new_known, begins)
        total, new = self._at(self._total, begins), self._in(self._new, begins)
        if events:
            happened, there = listed.places_at(begins), listed.anything
            total = np.where(there & ((known > 0) | (happened == 0)), total, np.nan)
            new = np.where(there & ((new_known > 0) | (listed.begun_in(begins) == 0)), new, np.nan)
        else:
            went_on = known > self._in(self._arrived, begins)
            total, new = np.where(known > 0, total, np.nan), np.where((new_known > 0) | went_on, new, np.nan)
        return total, new, self._in(self._fallen, begins)

    def unknown_new(self, begins: Ints) -> Floats:
        """So many rows, or more, are first known in steps without telling what is new."""
        return np.maximum(self._in(self._arrived, begins) - self._in(self._new_known, begins), 0.0)

    def unlocated(self, step: int) -> tuple[float, float]:
        """The part of total and new that is in rows without a point."""
        at = np.array([step], np.int64)
        return float(self._at(self._unlocated, at)[0]), float(self._in(self._new_unlocated, at)[0])

    def known(self, step: int) -> int:
        return int(self._at(self._known, np.array([step], np.int64))[0])

    def known_new(self, step: int) -> int:
        return int(self._in(self._new_known, np.array([step], np.int64))[0])

    def _at(self, values: Floats, begins: Ints) -> Floats:
        return _at(self._steps, values, begins)

    def _in(self, values: Floats, begins: Ints) -> Floats:
        return _in(self._steps, values, begins)


class ListedSums:
    """The rows of a filter by step, whatever they count."""

    def __init__(self, listed: Listed, groups: Bools) -> None:
        first = _first_of_steps(listed.step)
        self._steps = listed.step[first]
        kept = groups[listed.group]
        self._begun = _by_step(listed.places * kept, first)
        self._places = np.cumsum(self._begun)
        self._jumps = _by_step(listed.jumps * kept, first)
        self.anything = bool(kept.any())

    def jumps_in(self, begins: Ints) -> Floats:
        return _in(self._steps, self._jumps, begins)

    def places_at(self, begins: Ints) -> Floats:
        return _at(self._steps, self._places, begins)

    def begun_in(self, begins: Ints) -> Floats:
        return _in(self._steps, self._begun, begins)

    def places(self, step: int) -> int:
        return int(self.places_at(np.array([step], np.int64))[0])

    def begun(self, step: int) -> int:
        return int(self.begun_in(np.array([step], np.int64))[0])


class AreaSums:
    """One metric by area, so that a frame is two or three sums over its cells."""

    def __init__(self, summary: Summary, metric: str, groups: Bools) -> None:
        self._count, self._events = len(summary.groups.areas), summary.events
        self._cells = _of_groups(summary.cells[metric], groups)
        self._area = summary.groups.area[self._cells.group]
        kept = groups[summary.listed.group]
        self._listed = summary.listed.step[kept], summary.groups.area[summary.listed.group[kept]], (
            summary.listed.places[kept])

    def nothing(self) -> Floats:
        return np.full(self._count, np.nan)

    def total(self, step: int) -> Floats:
        """Sums so far, as drawn in a step."""
        until = slice(0, int(np.searchsorted(self._cells.step, step, "right")))
        known, total = self._sum(self._cells.known, until), self._sum(self._cells.total, until)
        return np.where((known > 0) | self._without_event(step, so_far=True), total, np.nan)

    def new(self, step: int) -> Floats:
        """Sums of what is new in a step."""
        begin, end = (int(np.searchsorted(self._cells.step, step, side)) for side in ("left", "right"))
        inside, until = slice(begin, end), slice(0, end)
        new, said = self._sum(self._cells.new, inside), self._sum(self._cells.new_known, inside) > 0
        arrived = np.bincount(self._area[inside], np.maximum(self._cells.known[inside], 0), self._count)
        went_on = self._sum(self._cells.known, until) > arrived
        return np.where(said | (self._without_event(step) if self._events else went_on), new, np.nan)

    def _sum(self, values: npt.NDArray[Any], part: slice) -> Floats:
        return np.asarray(np.bincount(self._area[part], values[part], self._count), np.float64)

    def _without_event(self, step: int, so_far: bool = False) -> Bools:
        """Areas with events, but none in a step (or until it)."""
        if not self._events:
            return np.zeros(self._count, bool)
        steps, area, places = self._listed
        begin = 0 if so_far else int(np.searchsorted(steps, step, "left"))
        part = slice(begin, int(np.searchsorted(steps, step, "right")))
        some = np.bincount(area, minlength=self._count) > 0
        return np.asarray(some & (np.bincount(area[part], places[part], self._count) == 0))


def _of_groups(cells: Cells, groups: Bools) -> Cells:
    kept = np.flatnonzero(groups[cells.group])
    return replace(cells, **{field.name: getattr(cells, field.name)[kept] for field in fields(cells)})


def _first_of_steps(steps: Ints) -> Ints:
    """Where each step begins in sorted steps."""
    begins = np.ones(len(steps), bool)
    begins[1:] = steps[1:] != steps[:-1]
    return np.flatnonzero(begins)


def _by_step(values: npt.NDArray[Any], first: Ints) -> Floats:
    """Sums of the values of each step. Nothing of a negative number is 0, not −0.

    >>> _by_step(np.array([-1.0, 2.0]) * np.array([False, True]), np.array([0, 1]))
    array([0., 2.])
    """
    return np.add.reduceat(values, first).astype(np.float64) + 0.0 if len(first) else np.zeros(0)


def _so_far(values: npt.NDArray[Any], first: Ints) -> Floats:
    return np.cumsum(_by_step(values, first))


def _at(steps: Ints, sums: Floats, begins: Ints) -> Floats:
    """Sums so far as they are in the steps that begin at some moments."""
    return np.append(0.0, sums)[np.searchsorted(steps, begins, "right")]


def _in(steps: Ints, sums: Floats, begins: Ints) -> Floats:
    """Sums of the steps that begin at some moments."""
    at = np.searchsorted(steps, begins, "left")
    there = np.append(steps, _NEVER)[at] == begins
    return np.where(there, np.append(sums, 0.0)[at], 0.0)
