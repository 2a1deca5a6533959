"""Points with the cases that they reported: what clusters and heat are computed from."""
from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .arrays import Bools, Floats, Ints


class Told(Enum):
    """What the entries of points are.

    REPORTED: what a point reported in a step (other layers: at a moment): of a sum its part, of a stock its value at
    the end of the step. CHANGES: by how much it changed then, so that entries add up to the stock; what a point had
    before the interval is an entry at its begin. The same for sums. HELD: as REPORTED, of points that have a value at
    the end alone, without places that are listed no more by then. NOTHING: no entries are wanted.
    """

    NOTHING = "nothing"
    REPORTED = "reported"
    HELD = "held"
    CHANGES = "changes"


@dataclass(frozen=True)
class Entries:
    """`m` reports: the number of the point, the moment (wall-clock ms; of a dataset the begin of the step), cases."""

    point: Ints
    ms: Ints
    cases: Floats


@dataclass(frozen=True)
class PointCases:
    """`n` points and what each weighs.

    places: (n, 2) metres on a plane, or (n, 3) metres from the earth's centre where no plane keeps distances (see
    `globe`). cases: (n,) finite; zero or below for what was taken back. entries: None without time.
    """

    places: Floats
    cases: Floats
    entries: Entries | None

    @property
    def on_globe(self) -> bool:
        """Whether straight lines between places are chords through the earth."""
        return self.places.shape[1] == 3


@dataclass(frozen=True)
class Clustering:
    """What became of `n` points. cluster: (n,) 1 is the heaviest, 0 is noise. core: (n,) whether it is a core point;
    a point with a cluster that is none is a border point. weights: of the clusters, heaviest first."""

    cluster: Ints
    core: Bools
    weights: Floats
