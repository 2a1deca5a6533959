"""What a pointer or the keyboard does on the curve: which part is taken, and where it goes, in whole steps."""
from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from ..plugin.core.arrays import Ints
from ..plugin.core.curve_figure import UNMARKED, CurveMarks


class Part(Enum):
    """What can be taken hold of."""

    CURSOR = "cursor"
    BEGIN = "begin"
    END = "end"
    BRUSH = "brush"


@dataclass(frozen=True)
class Steps:
    """The steps of a curve by their n + 1 edges in wall-clock ms."""

    edges: Ints

    def at(self, ms: float) -> int:
        """The step that holds a moment; the first or last for those before or behind."""
        return int(np.clip(np.searchsorted(self.edges, ms, "right") - 1, 0, len(self.edges) - 2))

    def span(self, one: int, other: int) -> tuple[int, int]:
        """From the beginning of the earlier of two steps to the end of the later."""
        return int(self.edges[min(one, other)]), int(self.edges[max(one, other) + 1])

    def nearest_edge(self, ms: float) -> int:
        return int(np.abs(self.edges - ms).argmin())

    def range_of(self, marks: CurveMarks) -> tuple[int, int]:
        """The chosen dates; where there is no limit, the curve's own."""
        begin, end = marks.begin_ms, marks.end_ms
        return int(self.edges[0]) if begin is None else begin, int(self.edges[-1]) if end is None else end


def part_near(x: float, places: dict[Part, float], reach: float, on_handle: bool) -> Part:
    """The part within reach that is nearest; on the cursor's handle the cursor, elsewhere an edge before it."""
    near = {part: abs(x - place) for part, place in places.items() if abs(x - place) <= reach}
    if on_handle and Part.CURSOR in near:
        return Part.CURSOR
    edges = [part for part in (Part.BEGIN, Part.END) if part in near]
    if edges:
        return min(edges, key=lambda part: near[part])
    return Part.CURSOR if near else Part.BRUSH


def dragged(steps: Steps, marks: CurveMarks, part: Part, from_ms: float, to_ms: float) -> CurveMarks:
    """The marks after a part that was taken at one moment was moved to another; `marks` as they were before."""
    if part is Part.CURSOR:
        return at_step(steps, marks, steps.at(to_ms))
    if part is Part.BRUSH:
        begin, end = steps.span(steps.at(from_ms), steps.at(to_ms))
    else:
        begin, end = _edge_moved(steps, marks, part, to_ms)
    return replace(marks, begin_ms=begin, end_ms=end)


def _edge_moved(steps: Steps, marks: CurveMarks, part: Part, to_ms: float) -> tuple[int, int]:
    """Past the other edge the two change places; they never meet."""
    begin, end = steps.range_of(marks)
    fixed = steps.nearest_edge(end if part is Part.BEGIN else begin)
    moved = steps.nearest_edge(to_ms)
    if moved == fixed:
        moved += 1 if fixed == 0 or (part is Part.END and fixed < len(steps.edges) - 1) else -1
    return int(steps.edges[min(moved, fixed)]), int(steps.edges[max(moved, fixed)])


def at_step(steps: Steps, marks: CurveMarks, step: int) -> CurveMarks:
    """The cursor at another step; a frame of several steps keeps its length."""
    begin, end = steps.span(step, step)
    length = max(marks.frame[1] - marks.frame[0], end - begin) if marks.frame is not None else end - begin
    return replace(marks, frame=(begin, begin + length))


def cursor_moved(steps: Steps, marks: CurveMarks, by: int) -> CurveMarks:
    """The cursor some steps on; without one it comes to the curve's first or last step."""
    last = len(steps.edges) - 2
    if marks.frame is None:
        return at_step(steps, marks, 0 if by > 0 else last)
    return at_step(steps, marks, int(np.clip(steps.at(marks.frame[0]) + by, 0, last)))


def range_extended(steps: Steps, marks: CurveMarks, by: int) -> CurveMarks:
    """The chosen dates end some steps later; without any they begin as the step of the cursor."""
    if marks.begin_ms is None and marks.end_ms is None:
        at = steps.at(marks.frame[0]) if marks.frame is not None else 0 if by > 0 else len(steps.edges) - 2
        begin, end = steps.span(at, at)
    else:
        begin, end = steps.range_of(marks)
        first, last = steps.at(begin), steps.at(end - 1)
        begin, end = steps.span(first, int(np.clip(last + by, first, len(steps.edges) - 2)))
    return replace(marks, begin_ms=begin, end_ms=end)


def cleared(marks: CurveMarks) -> CurveMarks:
    """Without chosen dates."""
    return replace(UNMARKED, frame=marks.frame)
