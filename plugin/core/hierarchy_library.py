"""HDBSCAN* by a library, for more places than can be linked one by one in a short time.

fast_hdbscan and hdbscan take no weights, so places are repeated as often as they weigh where that gives few rows, else
each counts once. scikit-learn is not asked: it compares all pairs as well, and took more than twice as long as
the exact way here (50,000 places: 14.7 s against 6.0 s; 100,000: 75 s against 32 s).
"""
from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from .arrays import Floats, Ints
from .progress import Progress

#: In the order in which they are asked: the first is the faster one.
LIBRARIES = ("fast_hdbscan", "hdbscan")
#: Places are repeated as long as there are no more rows than this.
MOST_ROWS = 640_000


@dataclass(frozen=True)
class LibraryClusters:
    """cluster: (m,) from 1 in no particular order, 0 is noise. sentence: which library, and what became of weights."""

    cluster: Ints
    sentence: str


def by_library(
    places: Floats, weights: Floats, min_weight: float, progress: Progress, names: tuple[str, ...] = LIBRARIES
) -> LibraryClusters | None:
    """Clusters of distinct places by the first library that is there; None without any. weights: none below 0."""
    library = next(filter(None, map(_imported, names)), None)
    if library is None:
        return None
    rows, least, words = _rows(weights, min_weight)
    progress.report(0.0, f"Clustering {len(rows):,} rows with {library.__name__}, which can not be stopped meanwhile")
    # Some compute with 32-bit floats: far from the origin, metres would be lost.
    centred = (places - places.mean(axis=0))[rows]
    labels = library.HDBSCAN(min_cluster_size=least, min_samples=least).fit_predict(centred)
    progress.check()
    cluster = np.zeros(len(places), np.int64)
    cluster[rows] = np.asarray(labels, np.int64) + 1
    return LibraryClusters(cluster, (
        f"There are {len(places):,} distinct places, so they were clustered by the library {library.__name__}, which "
        f"takes no weights: {words}."))


def _imported(name: str) -> Any:
    try:
        return import_module(name)
    except (ImportError, ValueError):  # ValueError: it was built for another numpy
        return None


def _rows(weights: Floats, min_weight: float) -> tuple[Ints, int, str]:
    """The places that make the library's rows, how many rows make a cluster, and that in words."""
    some = np.flatnonzero(weights > 0)
    whole = bool((weights == np.round(weights)).all())
    if whole and weights.sum() <= MOST_ROWS:
        rows = np.repeat(np.arange(len(weights)), weights.astype(np.int64))
        return rows, max(int(np.ceil(min_weight)), 2), (
            "each place was repeated as often as it has cases, and those without cases are noise")
    mean = float(weights[some].mean())
    least = max(round(min_weight / mean), 2)
    return some, least, (
        f"each place with cases counted once, and MIN_CASES was taken for {least:,} places (a place has {mean:,.3g} "
        "cases on average); those without cases are noise")
