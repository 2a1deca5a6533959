"""How far neighbours are apart in dense parts of the data: a distance for DBSCAN, from the curve of k-distances."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import Floats, Ints
from .errors import AtlasError
from .globe import arc_m
from .neighbours import squared_reach
from .progress import Progress
from .sites import Sites, sites_of

#: Of more places, the distances of so many are measured (among all places), picked by a seed.
MOST_MEASURED = 30_000
#: About so many distances between places are looked at in all, and at least so many places are measured.
_MOST_LOOKED_AT, _LEAST_MEASURED = 200_000_000, 500
_SEED = 20_200_213
_DIGITS = 6
#: Where only the smallest value lies below the chord, it is a knee if it holds this share of the axis.
_FLAT = 0.5


@dataclass(frozen=True)
class Suggestion:
    """A distance, and the curve that it comes from.

    eps_m: rounded up, so that the place at the knee is a core point. knee_m: the distance there; None without a knee,
    when eps_m is the median. distance_m, cases: (k,) of the places measured, sorted by the distance at which
    `min_weight` cases are within reach, 0 for places that have so many alone. places: how many there are.
    """

    eps_m: float
    knee_m: float | None
    min_weight: float
    distance_m: Floats
    cases: Floats
    places: int

    @property
    def is_sample(self) -> bool:
        return len(self.distance_m) < self.places

    @property
    def curve(self) -> tuple[Floats, Floats]:
        """Distances above 0, and the share of their cases up to each: those that the knee is looked for in."""
        some = (self.distance_m > 0) & (self.cases > 0)
        sums = np.cumsum(self.cases[some])
        return self.distance_m[some], sums / sums[-1]

    def core_shares(self, eps_m: float) -> tuple[float, float]:
        """Shares of the cases, and of the places, that are core points at a distance."""
        core = self.distance_m <= eps_m
        return float(self.cases[core].sum() / self.cases.sum()), float(core.mean())


def suggest_eps(
    places: Floats, weights: Floats, min_weight: float, progress: Progress | None = None, most: int = MOST_MEASURED
) -> Suggestion:
    """The distance at the knee of the curve of k-distances, where k is a sum of cases.

    places: (n, 2) metres on a plane or (n, 3) metres from the earth's centre; weights: (n,), sums below 0 count as 0.
    For each place the smallest distance within which there are `min_weight` cases, its own included (Ester et al.
    1996); sorted, each place as wide as it has cases, so that a place with n cases counts as n rows would. Places that
    have enough alone are dense at any distance and say nothing about it: they are left out. The knee is where the curve
    lies farthest below its chord (Kneedle, Satopää et al. 2011). Raises `AtlasError` where there is no distance.

    >>> line = np.array([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0], [30.0, 0.0], [500.0, 0.0]])
    >>> suggest_eps(line, np.ones(5), 2.0).eps_m
    10.0
    """
    progress = progress or Progress()
    sites = sites_of(places, weights)
    heavy = np.maximum(sites.weights, 0.0)
    _refuse(sites, heavy, min_weight)
    asked = _asked(heavy, min_weight, most)
    straight = np.sqrt(squared_reach(sites.places, heavy, min_weight, asked, progress))
    distance_m = arc_m(straight) if places.shape[1] == 3 else straight
    order = np.argsort(distance_m, kind="stable")
    distance_m, cases = distance_m[order], heavy[asked][order]
    some = (distance_m > 0) & (cases > 0)
    if not some.any():
        raise AtlasError(
            f"Every place with cases has {min_weight:,.10g} or more alone, so it is dense at any distance: "
            "give a larger MIN_CASES.")
    found, knee = knee_of(distance_m[some], cases[some])
    eps_m = _rounded_up(float(distance_m[some][found]))
    return Suggestion(
        eps_m, float(distance_m[some][found]) if knee else None, min_weight, distance_m, cases, len(heavy))


def knee_of(values: Floats, widths: Floats) -> tuple[int, bool]:
    """Number of the value at the knee of an increasing curve, and whether it has one; without, that of the median.

    values: (k,) sorted; widths: (k,) above 0, how much of the axis each takes. Kneedle (Satopää, Albrecht, Irwin and
    Raghavan 2011) for a convex curve: both axes from 0 to 1, the difference between the diagonal and the curve, and of
    its peaks the highest, which the curve's last point always confirms whatever the sensitivity.

    >>> knee_of(np.array([1.0, 1.2, 1.5, 2.0, 8.0, 20.0]), np.ones(6))
    (3, True)
    """
    share = np.cumsum(widths) / widths.sum()
    middle = int(np.searchsorted(share, 0.5))
    spread = values[-1] - values[0]
    if spread <= 0:
        return middle, False
    below = share - (values - values[0]) / spread
    highest = int(np.argmax(below))
    has_knee = values[highest] > values[0] or below[highest] >= _FLAT
    return (highest, True) if has_knee else (middle, False)


def _refuse(sites: Sites, heavy: Floats, min_weight: float) -> None:
    if len(heavy) < 2:
        raise AtlasError("All points lie at one spot, so there is no distance between them to suggest.")
    if heavy.sum() < min_weight:
        raise AtlasError(
            f"MIN_CASES is {min_weight:,.10g}, yet all points together have {heavy.sum():,.10g}: "
            "give a smaller number.")


def _asked(heavy: Floats, min_weight: float, most: int) -> Ints:
    """The places whose distance is measured: all, or a sample where that would take long."""
    needed = min(len(heavy), 400 + 4 * min_weight * len(heavy) / heavy.sum())
    count = int(min(most, max(_MOST_LOOKED_AT / needed, _LEAST_MEASURED)))
    if count >= len(heavy):
        return np.arange(len(heavy))
    return np.sort(np.random.default_rng(_SEED).choice(len(heavy), count, replace=False))


def _rounded_up(value: float) -> float:
    """With six digits, and never less than it was.

    >>> _rounded_up(1234.5671), _rounded_up(10.0)
    (1234.57, 10.0)
    """
    unit = 10.0 ** (np.floor(np.log10(value)) + 1 - _DIGITS)
    rounded = float(f"{np.ceil(value / unit * (1 - 1e-15)) * unit:.{_DIGITS}g}")
    return rounded if rounded >= value else float(f"{(np.ceil(value / unit) + 1) * unit:.{_DIGITS}g}")
