"""Where the maps of small multiples stand on their page, in mm."""
from __future__ import annotations

import math
from dataclasses import dataclass

from .errors import AtlasError

#: A map may show so many times more in one direction than asked for, so that maps fill the page.
_STRETCH = 1.35
#: Maps of narrower or wider extents show more beside them: a strip of a map tells little, and its words have no room.
_LEAST_RATIO, _MOST_RATIO = 0.6, 2.4
#: Smaller maps tell nothing.
_LEAST_MM = 8.0


@dataclass(frozen=True)
class Box:
    """A place on the page."""

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float

    @property
    def right_mm(self) -> float:
        return self.left_mm + self.width_mm

    @property
    def bottom_mm(self) -> float:
        return self.top_mm + self.height_mm


@dataclass(frozen=True)
class Heads:
    """What stands above each map: lines of a height; date and count share one if `together_mm` fit in its width."""

    line_mm: float
    together_mm: float

    def height_mm(self, width_mm: float) -> float:
        return self.line_mm if width_mm >= self.together_mm else 2 * self.line_mm


@dataclass(frozen=True)
class Grid:
    """Equal panels in rows, read like text; a panel is a head and a map below it."""

    columns: int
    rows: int
    map_width_mm: float
    map_height_mm: float
    head_mm: float
    gap_mm: float
    left_mm: float
    top_mm: float

    @property
    def height_mm(self) -> float:
        return self.rows * (self.head_mm + self.map_height_mm + self.gap_mm) - self.gap_mm

    @property
    def bottom_mm(self) -> float:
        return self.top_mm + self.height_mm

    def head(self, number: int) -> Box:
        """Above the map of the panel with this number, from 0."""
        row, column = divmod(number, self.columns)
        return Box(
            self.left_mm + column * (self.map_width_mm + self.gap_mm),
            self.top_mm + row * (self.head_mm + self.map_height_mm + self.gap_mm), self.map_width_mm, self.head_mm)

    def map(self, number: int) -> Box:
        """The map of the panel with this number, from 0."""
        head = self.head(number)
        return Box(head.left_mm, head.bottom_mm, self.map_width_mm, self.map_height_mm)


def plan_grid(area: Box, panels: int, columns: int, ratio: float, heads: Heads, gap_mm: float, trim: bool) -> Grid:
    """The grid of so many panels in an area. `columns` 0: those that show the extent largest.

    `ratio`: width of the extent by its height, which maps keep but for extremes; `trim`: exactly, and they use less of
    the area.

    >>> plan_grid(Box(0, 0, 200, 100), 8, 0, 1.0, Heads(4, 20), 2, False).columns
    4
    """
    ratio = min(max(ratio, _LEAST_RATIO), _MOST_RATIO)
    choices = [columns] if columns else range(1, panels + 1)
    grids = [_grid(area, panels, min(count, panels), ratio, heads, gap_mm, 1.0 if trim else _STRETCH)
             for count in choices]
    best = max(grids, key=lambda grid: _worth(grid, panels, ratio))
    if min(best.map_width_mm, best.map_height_mm) < _LEAST_MM:
        raise AtlasError(
            f"{panels} panels in {best.columns} columns leave maps of {max(best.map_width_mm, 0):.0f} × "
            f"{max(best.map_height_mm, 0):.0f} mm: give fewer panels, other COLUMNS or a larger PAGE.")
    return best


def _grid(
    area: Box, panels: int, columns: int, ratio: float, heads: Heads, gap_mm: float, stretch: float
) -> Grid:
    rows = math.ceil(panels / columns)
    width = (area.width_mm - (columns - 1) * gap_mm) / columns
    head = heads.height_mm(width)
    height = (area.height_mm - (rows - 1) * gap_mm) / rows - head
    width, height = min(width, height * ratio * stretch), min(height, width / ratio * stretch)
    left = area.left_mm + (area.width_mm - columns * width - (columns - 1) * gap_mm) / 2
    return Grid(columns, rows, width, height, heads.height_mm(width), gap_mm, left, area.top_mm)


def _worth(grid: Grid, panels: int, ratio: float) -> float:
    """How large the extent is drawn, less for places left empty."""
    if min(grid.map_width_mm, grid.map_height_mm) <= 0:
        return min(grid.map_width_mm, grid.map_height_mm)
    scale = min(grid.map_width_mm / ratio, grid.map_height_mm)
    return scale * math.sqrt(panels / (grid.columns * grid.rows))
