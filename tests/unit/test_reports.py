"""Arrays of reports: orders and codes against numpy's own."""
from __future__ import annotations

import numpy as np
import pytest
from outbreak_atlas.plugin.core.reports import distinct_pairs, order_by


@pytest.mark.parametrize("groups", [1, 7, 70_000, 5_000_000_000])
@pytest.mark.parametrize("in_time", [True, False])
def test_order_is_that_of_lexsort(groups: int, in_time: bool) -> None:
    rng = np.random.default_rng(groups)
    group = rng.integers(0, groups, 5_000)
    t = rng.integers(-50, 50, 5_000)
    t = np.sort(t) if in_time else t
    assert (order_by(group, t) == np.lexsort((np.arange(5_000), t, group))).all()


def test_order_of_nothing() -> None:
    assert len(order_by(np.empty(0, np.int64), np.empty(0, np.int64))) == 0


def test_distinct_pairs_are_sorted() -> None:
    first, second = distinct_pairs(np.array([2, 0, 2, 0]), np.array([1, 5, 1, 4]))
    assert list(zip(first, second)) == [(0, 4), (0, 5), (2, 1)]
