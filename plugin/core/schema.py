"""Names that travel: roles of input columns, columns of a state, enumerations."""
from __future__ import annotations

from enum import Enum

#: What an input column may be for; any other numeric count becomes a metric.
ROLES = (
    "time", "date", "time_of_day", "lon", "lat", "lonlat",
    "place", "kind", "city", "province", "country", "code", "level",
)

#: Metrics with a meaning of their own, in the order in which they are shown.
KNOWN_METRICS = ("confirmed", "suspected", "recovered", "deaths", "active", "cases")
CASES = "cases"
ACTIVE = "active"
NEW_PREFIX = "new_"
STEP_PREFIX = "step_new_"

#: Administrative levels, finest first.
LEVELS = ("place", "city", "province", "country")

MS_PER_HOUR = 3_600_000
MS_PER_DAY = 24 * MS_PER_HOUR
#: A rise of a place in a day below which it is never flagged as a jump.
JUMP_LEAST = 50

TEXT_COLUMNS = ("place_id", "place", "kind", "city", "province", "country", "code", "level")
TIME_COLUMNS = ("reported_at", "valid_from", "valid_to", "shown_from", "shown_to", "last_reported")
#: Columns of the layer `updates`, before the metrics and their changes.
STATE_COLUMNS = (
    "place_id", "place", "kind", "city", "province", "country", "code", "level",
    "reported_at", "valid_from", "valid_to", "shown_from", "shown_to",
    "reports", "last_reported", "first_row", "source", "flags",
)
REJECTED_COLUMNS = ("source", "row", "reason", "raw")
FINDING_COLUMNS = ("rule", "severity", "rows", "message", "examples")

LAYER_UPDATES = "updates"
TABLE_REJECTED = "rejected"
TABLE_FINDINGS = "findings"
TABLE_DATASET = "dataset"
TABLE_PLACES = "places"
TABLE_SUMMARY = "summary"


class _Word(str, Enum):
    """An enumeration whose members are their own words, as parameters spell them."""

    def __str__(self) -> str:
        return str(self.value)


class CountKind(_Word):
    CUMULATIVE = "cumulative"
    INCREMENTS = "increments"
    EVENTS = "events"


class Listing(_Word):
    FULL = "full"
    PARTIAL = "partial"


class Datum(_Word):
    WGS84 = "WGS84"
    GCJ02 = "GCJ02"
    BD09 = "BD09"


class Step(_Word):
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


AUTO = "auto"
#: What a place's first count is (`first_values`): new with it, or there before the file begins.
NEW, UNKNOWN = "new", "unknown"


def new_metric(metric: str) -> str:
    """The column that holds a metric's change against the place's previous state."""
    return NEW_PREFIX + metric


def step_metric(metric: str) -> str:
    """The column that holds a metric's change in a playback step, on the last state of the step."""
    return STEP_PREFIX + metric


def main_metric(metrics: tuple[str, ...]) -> str:
    """The metric a new map shows: confirmed, else cases, else the first."""
    return next((name for name in ("confirmed", CASES) if name in metrics), metrics[0] if metrics else "")
