"""The sample as a whole, from its parameters."""
from __future__ import annotations

from dataclasses import dataclass

from ..arrays import Ints
from ..errors import AtlasError
from ..progress import Progress
from .counts import make_reports
from .faults import Rows, inserted, plant, planted_rows
from .published import DAYS, City, Curves, read_cities, read_curves
from .sites import Sites, make_sites

ROWS, PLACES, CITIES, SEED = 640_000, 24_000, 320, 2020
#: Every so many rows, sums are the published figures once more.
ROWS_PER_SCALE = 32_000
LEAST_CITIES = 3
#: No place reports more often than so many times a day, on average.
MOST_A_DAY = 24
LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class SampleTable:
    """A synthetic dataset: `rows` in the order of the file, about `sites` in `cities`.

    `scale`: sums follow `curves`, which are the published figures times this whole number.
    """

    cities: list[City]
    sites: Sites
    rows: Rows
    curves: Curves
    scale: int

    def __len__(self) -> int:
        return len(self.rows.site)

    @property
    def planted_rows(self) -> dict[str, Ints]:
        """Rows of the file (from 0, the header not counted) that bear each planted inconsistency.

        Both rows of "several values" count; of an exact duplicate only the repeat; of a long silence
        the report that ends it. Rows that are "not a place" have no coordinates either.
        """
        return planted_rows(self.rows.rule)

    @property
    def planted(self) -> dict[str, int]:
        """How many rows bear each planted inconsistency, by the rule's name in the findings."""
        return {name: len(rows) for name, rows in self.planted_rows.items()}


def make_sample(
    rows: int = ROWS, places: int = PLACES, cities: int = CITIES, seed: int = SEED,
    progress: Progress | None = None,
) -> SampleTable:
    """A synthetic dataset of `rows` reports from `places` invented places in `cities` real cities.

    Raises `AtlasError` when the numbers do not fit together.
    """
    progress = progress or Progress()
    known = read_cities()
    _check(rows, places, cities, seed, len(known))
    chosen = known[:cities]
    scale = -(-rows // ROWS_PER_SCALE)
    curves = read_curves(chosen, scale)
    sites = make_sites(chosen, places, curves, seed)
    progress.report(0.1)
    reports, silent = make_reports(sites, curves, rows - sum(inserted(rows, places)), seed)
    progress.report(0.7)
    sites, table = plant(sites, reports, silent, rows, seed)
    progress.report(1.0)
    return SampleTable(chosen, sites, table, curves, scale)


def _check(rows: int, places: int, cities: int, seed: int, known: int) -> None:
    """Refuse numbers that do not fit together, with the way out."""
    if not 0 <= seed <= LARGEST_SEED:
        raise AtlasError("The seed must be a whole number from 0 to 2^63 - 1.")
    if not LEAST_CITIES <= cities <= known:
        raise AtlasError(f"The sample needs from {LEAST_CITIES} to {known} cities; {cities:,} were asked for.")
    if places < cities:
        raise AtlasError(f"Every city needs a place: ask for at least {cities:,} places, not {places:,}.")
    if rows < places:
        raise AtlasError(f"Every place reports at least once: ask for at least {places:,} rows, not {rows:,}.")
    if rows > places * DAYS * MOST_A_DAY:
        raise AtlasError(
            f"{rows:,} rows are too many for {places:,} places: ask for at most {places * DAYS * MOST_A_DAY:,}."
        )
