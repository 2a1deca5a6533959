"""A page of small multiples: title, panels, a strip with curve and legend, and lines about data and method."""
from __future__ import annotations

from dataclasses import dataclass

from .panel_grid import Box, Grid, Heads, plan_grid

MM_PER_PT = 25.4 / 72
#: Sizes of letters, as shares of the page's own.
TITLE, SUBTITLE, DATE, COUNT, LEGEND_TEXT, SMALL = 1.8, 1.0, 1.0, 0.9, 0.9, 0.85
#: From one line of text to the next, and gaps, as shares of the size of letters.
_LINE, _GAP, _PANEL_GAP = 1.35, 1.0, 0.9
#: The curve grows by this share of its height where the panels leave room.
_STRIP_GROWS = 0.6


@dataclass(frozen=True)
class PageSize:
    """A page; `text_pt`: the size of its letters; `strip_mm`: height of curve and legend; `shrinks`: it is only as
    high as its panels need."""

    width_mm: float
    height_mm: float
    margin_mm: float
    strip_mm: float
    text_pt: float
    shrinks: bool = False

    def line_mm(self, size: float) -> float:
        """The height of a line of letters that are so many times the page's own."""
        return _LINE * size * self.text_pt * MM_PER_PT


#: By the words of PAGE. 180 mm are two columns of a journal, 225 mm the height that most of them take.
PAGES = {
    "a4_landscape": PageSize(297.0, 210.0, 10.0, 38.0, 8.0),
    "a4_portrait": PageSize(210.0, 297.0, 10.0, 42.0, 8.0),
    "a3_landscape": PageSize(420.0, 297.0, 14.0, 54.0, 11.0),
    "journal_double": PageSize(180.0, 225.0, 0.1, 36.0, 7.0, shrinks=True),
}


@dataclass(frozen=True)
class PagePlan:
    """Where everything stands; `feet`: the last lines, one each."""

    height_mm: float
    title: Box
    subtitle: Box
    scale_bar: Box
    grid: Grid
    counts: Box
    strip: Box
    feet: tuple[Box, ...]


def plan_page(size: PageSize, panels: int, columns: int, ratio: float, together_mm: float, feet: int) -> PagePlan:
    """The plan of a page. `ratio`: width of the extent by its height; `together_mm`: from what width on date and count
    of a panel share a line; `feet`: how many lines there are at the end."""
    gap, margin = _GAP * size.text_pt * MM_PER_PT, size.margin_mm
    width = size.width_mm - 2 * margin
    title = Box(margin, margin, width, size.line_mm(TITLE))
    bar_mm = min(40.0, width / 4)
    below = Box(margin, title.bottom_mm, width - bar_mm - gap, size.line_mm(SUBTITLE))
    bar = Box(below.right_mm + gap, margin, bar_mm, below.bottom_mm - margin)
    top = below.bottom_mm + gap
    under = 2 * gap + size.line_mm(SUBTITLE) + size.strip_mm + feet * size.line_mm(SMALL) + margin
    grid = plan_grid(
        Box(margin, top, width, size.height_mm - top - under), panels, columns, ratio,
        Heads(size.line_mm(DATE), together_mm), _PANEL_GAP * size.text_pt * MM_PER_PT, size.shrinks)
    height = top + grid.height_mm + under if size.shrinks else size.height_mm
    counts = Box(margin, grid.bottom_mm + gap, width, size.line_mm(SUBTITLE))
    left_mm = height - grid.bottom_mm - under
    strip = Box(margin, counts.bottom_mm, width, size.strip_mm + min(left_mm, _STRIP_GROWS * size.strip_mm))
    lines = tuple(Box(margin, height - margin - (feet - number) * size.line_mm(SMALL), width, size.line_mm(SMALL))
                  for number in range(feet))
    return PagePlan(height, Box(margin, margin, width - bar_mm - gap, title.height_mm), below, bar, grid, counts,
                    strip, lines)
