"""What a load takes and what cleaning gives: the values that travel between rings."""
from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from .arrays import Ints
from .coverage import Coverage
from .schema import CountKind, Datum, Listing, Step


@dataclass(frozen=True)
class LoadOptions:
    """What the user may say about a file; None or empty means: find out."""

    columns: dict[str, str] = field(default_factory=dict)
    counts: CountKind | None = None
    listing: Listing | None = None
    datum: Datum | None = None
    crs: str = ""
    time_zone: str = ""
    date_order: str = ""
    year: int | None = None
    report_date: str = ""
    step: Step | None = None
    keep_unchanged: bool = False
    outbreak_start: bool | None = None
    gazetteer: str = ""
    sheet: str = ""


#: The reason of a choice that the loader did not make.
GIVEN = "given by the user"


@dataclass(frozen=True)
class Choice:
    """Something the loader decided, with the reason in words."""

    value: str
    reason: str


@dataclass(frozen=True)
class SourceFile:
    """A file that was read; `note` says in words what was done with it that its name does not tell:
    which of several sheets was taken, a date found in its name, columns it lacks."""

    name: str
    sha256: str
    rows: int
    delimiter: str
    encoding: str
    compression: str
    note: str = ""


@dataclass(frozen=True)
class DatasetInfo:
    """Everything about a dataset that is not a row. Times are wall-clock milliseconds
    since 1970-01-01 in `time_zone`. `first` and `last` are the first and last report; `span_first`
    and `span_last` leave out those that lie outside the dataset's span (a mistyped year), so that
    playing does not run through empty years."""

    sources: tuple[SourceFile, ...]
    columns: dict[str, Choice]
    kind: Choice
    listing: Choice
    datum: Choice
    time_zone: Choice
    step: Step
    first_values: Choice
    metrics: tuple[str, ...]
    new_metrics: tuple[str, ...]
    first: int
    last: int
    end: int
    span_first: int
    span_last: int
    rows_read: int
    rows_merged: int
    rows_duplicate: int
    rows_rejected: int
    states: int
    places: int
    cities: int
    located: int
    totals_level: str
    levels: tuple[str, ...]
    synthetic: bool
    options: dict[str, str]


@dataclass(frozen=True)
class Cleaned:
    """The result of cleaning.

    `states`: one row per state, columns `schema.STATE_COLUMNS`, then the metrics, then
    their `new_` columns, then (not of events) the `step_new_` ones, plus `lon` and `lat`
    (WGS 84 degrees, NaN without a point).
    The `TIME_COLUMNS` are int64 wall-clock milliseconds. `place_id place kind city
    province country code level source flags` are pandas Categoricals (missing: NaN);
    `reports` and `first_row` int64; metrics float64 with NaN for unknown.
    `places`: one row per place_id with its names, aliases, point, and span.
    `rejected`, `findings`: columns `schema.REJECTED_COLUMNS`, `schema.FINDING_COLUMNS`.
    `coverage`: how many reports there were when, duplicates and rejected rows left out.
    `reported_hours`: the hours in which there is any report, wall-clock milliseconds; empty: only states tell.
    """

    states: pd.DataFrame
    places: pd.DataFrame
    rejected: pd.DataFrame
    findings: pd.DataFrame
    info: DatasetInfo
    coverage: Coverage | None = None
    reported_hours: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
