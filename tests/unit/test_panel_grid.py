"""Where the panels of small multiples stand on their page."""
from __future__ import annotations

import pytest
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.panel_grid import Box, Grid, Heads, plan_grid
from outbreak_atlas.plugin.core.panel_page import PAGES, PagePlan, plan_page

NUMBERS = (2, 3, 4, 9, 12, 30, 60)
TOGETHER_MM = 38.0
#: A tall country, one as wide as high, a wide one.
RATIOS = (0.5, 1.0, 1.4)


def inner(plan: PagePlan, panels: int) -> list[Box]:
    boxes = [box for number in range(panels) for box in (plan.grid.head(number), plan.grid.map(number))]
    return [plan.title, plan.subtitle, *boxes, plan.counts, plan.strip, *plan.feet]


def overlap(one: Box, other: Box) -> bool:
    slack = 1e-6
    return (one.left_mm < other.right_mm - slack and other.left_mm < one.right_mm - slack
            and one.top_mm < other.bottom_mm - slack and other.top_mm < one.bottom_mm - slack)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("panels", NUMBERS)
@pytest.mark.parametrize("ratio", RATIOS)
def test_all_lies_on_the_page_and_nothing_on_anything_else(page: str, panels: int, ratio: float) -> None:
    size = PAGES[page]
    plan = plan_page(size, panels, 0, ratio, TOGETHER_MM, 3)
    boxes = inner(plan, panels)
    for box in boxes:
        assert box.left_mm >= size.margin_mm - 1e-6 and box.right_mm <= size.width_mm - size.margin_mm + 1e-6
        assert box.top_mm >= size.margin_mm - 1e-6 and box.bottom_mm <= plan.height_mm - size.margin_mm + 1e-6
        assert box.width_mm > 0 and box.height_mm > 0
    hits = [(one, other) for at, one in enumerate(boxes) for other in boxes[at + 1:] if overlap(one, other)]
    assert hits == []


@pytest.mark.parametrize("panels", NUMBERS)
@pytest.mark.parametrize("ratio", RATIOS)
def test_the_columns_that_show_the_extent_largest_are_taken(panels: int, ratio: float) -> None:
    def scale(grid: Grid) -> float:
        return min(grid.map_width_mm / ratio, grid.map_height_mm)

    area, heads = Box(0, 0, 277, 125), Heads(4, 30)
    chosen = plan_grid(area, panels, 0, ratio, heads, 3, False)
    for columns in range(1, panels + 1):
        try:
            other = plan_grid(area, panels, columns, ratio, heads, 3, False)
        except AtlasError:
            continue
        # Fewer empty places may be worth a little scale.
        assert scale(chosen) >= 0.75 * scale(other)
    assert chosen.columns * chosen.rows >= panels


def test_given_columns_are_kept_and_never_more_than_panels() -> None:
    area, heads = Box(0, 0, 277, 125), Heads(4, 30)
    assert plan_grid(area, 9, 3, 1.0, heads, 3, False).columns == 3
    assert plan_grid(area, 4, 7, 1.0, heads, 3, False).columns == 4


def test_panels_read_like_text() -> None:
    grid = plan_grid(Box(10, 20, 277, 125), 5, 3, 1.0, Heads(4, 30), 3, False)
    maps = [grid.map(number) for number in range(5)]
    assert [box.top_mm for box in maps[:3]] == [maps[0].top_mm] * 3
    assert maps[0].left_mm < maps[1].left_mm < maps[2].left_mm
    assert maps[3].left_mm == maps[0].left_mm and maps[3].top_mm > maps[0].bottom_mm


def test_date_and_count_stand_in_two_lines_where_one_is_too_narrow() -> None:
    wide, narrow = (plan_page(PAGES["a4_landscape"], panels, 0, 1.0, TOGETHER_MM, 2).grid for panels in (4, 40))
    assert wide.map_width_mm >= TOGETHER_MM > narrow.map_width_mm
    assert narrow.head_mm == pytest.approx(2 * wide.head_mm)


def test_maps_of_a_journal_have_the_extents_shape_and_the_page_ends_with_them() -> None:
    plan = plan_page(PAGES["journal_double"], 6, 3, 1.5, TOGETHER_MM, 2)
    assert plan.grid.map_width_mm / plan.grid.map_height_mm == pytest.approx(1.5)
    assert plan.height_mm < 225
    assert plan.feet[-1].bottom_mm == pytest.approx(plan.height_mm - PAGES["journal_double"].margin_mm)


def test_maps_too_small_to_see_are_refused_with_the_mend() -> None:
    with pytest.raises(AtlasError, match=r"60 panels in 1 columns leave maps of .* give fewer panels, other COLUMNS"):
        plan_page(PAGES["a4_landscape"], 60, 1, 1.0, TOGETHER_MM, 2)


@pytest.mark.parametrize("ratio", [0.05, 0.3, 5.0, 40.0])
def test_extents_like_strips_get_maps_with_room_for_their_words(ratio: float) -> None:
    grid = plan_page(PAGES["a4_landscape"], 4, 2, ratio, TOGETHER_MM, 3).grid
    assert 0.5 <= grid.map_width_mm / grid.map_height_mm <= 3.3 and grid.map_width_mm > 30
