"""The doubling time of growing counts."""
from __future__ import annotations

import numpy as np

from .arrays import Bools, Floats, Ints

#: Fewer days with cases tell no growth.
FEWEST_DAYS = 4


def doubling_days(group: Ints, day: Ints, cases: Floats, groups: int) -> Floats:
    """In how many days the new cases of each group doubled; NaN where that cannot be had.

    ln 2 / r, where r is the slope of a straight line through the logarithm of the new cases of a day, from a group's
    first day to its peak (the first of its highest days): the usual estimate of exponential growth (Wallinga and
    Lipsitch 2007, Proc. R. Soc. B 274:599; R package incidence, Kamvar et al. 2019, F1000Research 8:139). Days without
    cases have no logarithm and are left out; there must be 4 days with cases, and they must grow.

    group, day, cases: (m,) one row for each group (0 to `groups` - 1) and day with its new cases. Returns (groups,).

    >>> day = np.arange(6)
    >>> doubling_days(np.zeros(6, int), day, 10 * 2.0 ** (day / 3), 2).round(6).tolist()
    [3.0, nan]
    """
    grows = _until_peak(group, day, cases, groups) & (cases > 0)
    group, t, y = group[grows], day[grows].astype(np.float64), np.log(cases[grows])
    n, t_sum, y_sum = (np.bincount(group, values, groups) for values in (np.ones(len(t)), t, y))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = t - (t_sum / n)[group]
        y = y - (y_sum / n)[group]
        slope = np.bincount(group, t * y, groups) / np.bincount(group, t * t, groups)
        days: Floats = np.where((n >= FEWEST_DAYS) & (slope > 1e-9), np.log(2) / slope, np.nan)
    return days


def _until_peak(group: Ints, day: Ints, cases: Floats, groups: int) -> Bools:
    """Which rows lie on or before the first day with the most cases of their group."""
    peak = np.zeros(groups, np.int64)
    order = np.lexsort((-day, cases, group))  # the last row of a group is its peak
    peak[group[order]] = day[order]
    before: Bools = day <= peak[group]
    return before
