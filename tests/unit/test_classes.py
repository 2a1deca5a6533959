"""Classes of a graduated map: round, complete, and with areas that mean something."""
from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.classes import MOST_CLASSES, class_limits, map_classes


@pytest.mark.parametrize(("maximum", "limits"), [
    (1, (1, 2)),
    (9, (1, 2, 5, 10)),
    (40, (1, 2, 5, 10, 20, 50)),
    (800, (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)),
    (1000, (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)),
    (67803, (1, 3, 10, 30, 100, 300, 1000, 3000, 10000, 30000, 100000)),
    (5e8, tuple(10.0 ** power for power in range(10))),
    (0.4, (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)),
    (0, (1, 2)),
    (math.nan, (1, 2)),
])
def test_limits_are_round_and_few(maximum: float, limits: tuple[float, ...]) -> None:
    found = class_limits(maximum)
    assert found == pytest.approx(limits)
    assert len(found) - 1 <= MOST_CLASSES


@given(st.floats(min_value=1e-3, max_value=1e12))
def test_every_positive_count_up_to_the_maximum_has_a_class(maximum: float) -> None:
    limits = class_limits(maximum)
    assert limits[0] <= max(1.0, maximum)
    assert limits[-1] > maximum
    assert all(low < high for low, high in zip(limits, limits[1:]))


def test_area_is_proportional_to_the_middle_of_a_class_where_it_fits() -> None:
    for classes in (map_classes(40, places=300), map_classes(67803, places=300)[-2:]):
        first, *_between, last = classes
        middles = [math.sqrt(one.lower * one.limit) for one in (first, last)]
        assert (last.diameter_mm / first.diameter_mm) ** 2 == pytest.approx(middles[1] / middles[0], rel=0.02)


@pytest.mark.parametrize("maximum", [5, 800, 67803, 5e8])
@pytest.mark.parametrize("places", [100, 30_000])
def test_a_higher_class_is_drawn_larger_and_none_too_large(maximum: float, places: int) -> None:
    sizes = [one.diameter_mm for one in map_classes(maximum, places)]
    assert sizes == sorted(set(sizes))
    assert 0.7 <= sizes[0] <= 1.2
    assert sizes[-1] <= 15.0
