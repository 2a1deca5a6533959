"""Which columns are counts: the known metrics, their daily additions, and any further count."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from .headers import Header, Match, header_key, metric_name, without_additions
from .probe import Probe
from .schema import KNOWN_METRICS, NEW_PREFIX, STEP_PREFIX

#: A layer has room for some two thousand columns, and each metric takes two.
MOST_COUNTS = 100
#: A column of counts reads as numbers, and as whole ones, at least so far.
_LEAST_READABLE, _LEAST_WHOLE = 0.5, 0.95
#: Larger numbers are identifiers or telephone numbers, not counts.
_LARGEST_COUNT = 5e8
#: A header that only contains a metric's name beside such words is a part of it, not the metric.
_MODIFIERS = ("part", "rate", "population", "other")
#: Why a column is no count, by the kind of word that its header holds.
_NOT_COUNTS = {
    "rate": "“{word}” in the header names a rate or an average, not a count",
    "population": "“{word}” in the header names a population, not a count that grows",
    "identifier": "“{word}” in the header names an identifier",
    "other": "“{word}” in the header names another measure",
}
_NAMING = ("place", "city", "province", "country", "code", "lon", "lat", "lonlat")
#: Running totals show themselves by so many changes of which so many are rises.
_LEAST_CHANGES, _MOSTLY_RISES = 10, 0.95
_WIDE = (("province_wide", "province", ("city", "place")), ("country_wide", "country", ("province", "city", "place")))
#: Why a column that may hold counts is none.
UNNAMED_NUMBERS = "whole numbers under a header that says nothing of counts: name it with COLUMNS to have it"


@dataclass
class Counts:
    """The columns found so far: `metrics` by name, `increments` among them, reasons, runners-up, and why others
    are left out."""

    metrics: dict[str, int] = field(default_factory=dict)
    increments: set[str] = field(default_factory=set)
    reasons: dict[str, str] = field(default_factory=dict)
    others: dict[str, tuple[int, ...]] = field(default_factory=dict)
    unused: dict[int, str] = field(default_factory=dict)

    def take(self, name: str, column: int, reason: str) -> None:
        self.metrics[name] = column
        self.reasons[name] = reason


def find_counts(
    probe: Probe, free: Sequence[int], roles: dict[str, int], given: dict[str, int], left_out: frozenset[str]
) -> Counts:
    """Every count among the free columns. `given` are metrics that the user named, `left_out` those that
    the user does not want."""
    found = Counts()
    left = [column for column in free if _may_count(column, probe, roles, found)]
    left = _take_known(probe, left, found, given, left_out)
    left = _take_additions(probe, left, found, given, left_out)
    evidence = bool(found.metrics or given) or probe.silent
    for column in left:
        _take_other(column, probe, found, given, left_out, evidence or _rises(column, probe, roles))
    order = {name: at for at, name in enumerate(KNOWN_METRICS)}
    found.metrics = dict(sorted(found.metrics.items(), key=lambda item: order.get(item[0], len(order))))
    return found


def is_current(header: Header) -> bool:
    """Does a header name how many there are now (in hospital, active), which rises and falls?"""
    if header.says("cumulative") or header.additions:
        return False
    return "active" in header.metrics or header.says("current")


def _may_count(column: int, probe: Probe, roles: dict[str, int], found: Counts) -> bool:
    """Are there numbers, and does the header not say that they are something else?"""
    header = probe.read[column]
    if not len(probe.texts(column)):
        reason = "it is empty"
    elif not probe.looks(column, "number"):
        reason = "neither its header nor its values say what it is for: no numbers"
    else:
        reason = ("" if _is_known(header) else _said_otherwise(header)) or _wider_total(header, roles)
    if reason:
        found.unused[column] = reason
    return not reason


def _is_known(header: Header) -> bool:
    return any(match.whole for match in (*header.metrics.values(), *header.additions.values()))


def _said_otherwise(header: Header) -> str:
    counted = header.starts_with("counted")  # “cases aged 0 to 9” are cases
    for kind, words in _NOT_COUNTS.items():
        word = header.word_for(kind)
        if word and not (counted and kind == "other"):
            return words.format(word=word)
    if "%" in header.text:
        return _NOT_COUNTS["rate"].format(word="%")
    last = header.words[-1] if header.words else ""
    if last.endswith(("code", "zip", "fips")) or (last in ("no", "nr", "num", "number") and not counted):
        return _NOT_COUNTS["identifier"].format(word=last)
    return ""


def _wider_total(header: Header, roles: dict[str, int]) -> str:
    """A total of the province or country, repeated in the row of each of its cities, is none of the city's."""
    whole = any(match.whole and match.strength == 1 for match in header.metrics.values())
    if whole or not (header.says("count") or header.metrics):
        return ""
    for words, level, finer in _WIDE:
        if header.says(words) and level in roles and any(role in roles for role in finer):
            return f"a total of the {level}, which its places would repeat"
    return ""


def _take_known(
    probe: Probe, columns: list[int], found: Counts, given: dict[str, int], left_out: frozenset[str]
) -> list[int]:
    """A column for each known metric; those that lose are still free."""
    left = list(columns)
    for name in KNOWN_METRICS:
        ranked = sorted(
            (-round(_strength(column, match, probe), 6), column) for column in left
            if (match := _match(probe.read[column], name)) is not None and _whole_enough(column, match, probe))
        if not ranked or name in given:
            continue
        best, *others = [column for _, column in ranked]
        left.remove(best)
        if name in left_out:
            found.unused[best] = f"the user wants no column for {name}"
            continue
        found.take(name, best, _known_reason(probe, best, probe.read[best].metrics[name], others))
        found.others[name] = tuple(others[:3])
        left = [column for column in left if not _repeats(column, best, others, probe, found)]
    return left


def _match(header: Header, metric: str) -> Match | None:
    """How a header means a metric: of several inside it the one that says most (“confirmed deaths” are
    deaths), and none beside a word that makes it a part of it (“hospital deaths”)."""
    match = header.metrics.get(metric)
    if match is None or match.whole:
        return match
    if any(header.says(kind) for kind in _MODIFIERS):
        return None
    rank = ("deaths", "recovered", "active", "suspected", "confirmed")
    inside = [name for name in rank if name in header.metrics]
    return match if inside and inside[0] == metric else None


def _strength(column: int, match: Match, probe: Probe) -> float:
    return 0.5 * match.strength + 0.25 * probe.numbers(column).readable + 0.25 * probe.numbers(column).whole \
        + 0.1 * probe.filled(column)


def _whole_enough(column: int, match: Match, probe: Probe) -> bool:
    """Under a surely known header estimates may have decimals; elsewhere counts are whole."""
    if probe.numbers(column).readable < _LEAST_READABLE:
        return False
    return match.whole or probe.numbers(column).whole >= _LEAST_WHOLE


def _known_reason(probe: Probe, column: int, match: Match, others: list[int]) -> str:
    words = f"{match.words} and {probe.numbers(column).readable:.0%} of its values are numbers"
    if not others:
        return words
    other = others[0]
    why = "whose header is less sure"
    if probe.read[other].metrics and _strength_of(probe, other) >= match.strength:
        why = "which is filled less" if probe.filled(other) < probe.filled(column) else "which stands further right"
    return f"{words}; next best is “{probe.headers[other]}”, {why}"


def _strength_of(probe: Probe, column: int) -> float:
    return max(match.strength for match in probe.read[column].metrics.values())


def _repeats(column: int, best: int, others: list[int], probe: Probe, found: Counts) -> bool:
    """Does a runner-up only repeat the chosen column?"""
    if column in others and probe.same(column, best):
        found.unused[column] = f"it holds the same values as “{probe.headers[best]}”"
        return True
    return False


def _take_additions(
    probe: Probe, columns: list[int], found: Counts, given: dict[str, int], left_out: frozenset[str]
) -> list[int]:
    """Daily additions, of the metrics whose running totals the file has not."""
    left = list(columns)
    for name in KNOWN_METRICS:
        ranked = sorted(
            (-match.strength, column) for column in left
            if (match := _addition(probe.read[column], name)) is not None and _whole_enough(column, match, probe))
        columns_ = [column for _, column in ranked]
        taken = name in found.metrics or name in given or name in left_out
        for column in columns_ if taken else columns_[1:]:
            found.unused[column] = f"additions to {name}, whose totals are used" if name in found.metrics else (
                f"additions to {name}, for which another column is used")
        left = [column for column in left if column not in columns_]
        if columns_ and not taken:
            match = _addition(probe.read[columns_[0]], name)
            words = f"{match.words.replace('for it', 'for its daily additions')}" if match else ""
            found.take(name, columns_[0], f"{words} and its values are numbers: daily additions")
            found.increments.add(name)
            found.others[name] = tuple(columns_[1:4])
    return left


def _addition(header: Header, metric: str) -> Match | None:
    match = header.additions.get(metric)
    if match is None or match.whole:
        return match
    rank = [name for name in ("deaths", "recovered", "active", "suspected", "confirmed") if name in header.additions]
    whole = any(other.whole for other in header.additions.values())
    if whole or rank[0] != metric or any(header.says(kind) for kind in _MODIFIERS):
        return None
    return match


def _take_other(
    column: int, probe: Probe, found: Counts, given: dict[str, int], left_out: frozenset[str], evidence: bool
) -> None:
    """A further count, under its own name; additions under the name without “new”."""
    header = probe.read[column]
    full = f"the file has more than {MOST_COUNTS} counts; name it with COLUMNS to have it"
    reason = full if len(found.metrics) >= MOST_COUNTS else _no_count(column, probe, evidence)
    name = metric_name(header.text)
    adds = header.says("addition")
    if adds:
        name = metric_name("_".join(without_additions(header.words)) or "additions")
    if not reason and adds and any(header_key(name) == header_key(other) for other in (*found.metrics, *probe.headers)):
        reason = f"additions to {name}, whose totals are used"
    if name in left_out:
        reason = f"the user wants no column for {name}"
    if reason:
        found.unused[column] = reason
        return
    name = _free_name(name, (*found.metrics, *given))
    says = "its header and its whole numbers" if header.says("count") or header.metrics else "its whole numbers"
    found.take(name, column, f"{says} look like {'additions to a count' if adds else 'a count'}")
    if adds:
        found.increments.add(name)


def _free_name(name: str, taken: Sequence[str]) -> str:
    """A name that no other metric has, nor the changes of one."""
    for prefix in (STEP_PREFIX, NEW_PREFIX):
        name = name[len(prefix):] if name.startswith(prefix) else name
    numbered = [name, *(f"{name}_{number}" for number in range(2, len(taken) + 3))]
    return next(candidate for candidate in numbered if candidate not in taken)


def _no_count(column: int, probe: Probe, evidence: bool) -> str:
    """Why numbers under a header that is no known metric are no counts; empty when they may be."""
    header, numbers = probe.read[column], probe.numbers(column)
    if numbers.readable < _LEAST_READABLE:
        return f"only {numbers.readable:.0%} of its values are numbers"
    if numbers.whole < _LEAST_WHOLE:
        return f"only {numbers.whole:.0%} of its numbers are whole: no count"
    if not header.says("count") and not header.metrics and not header.additions:
        if not evidence:
            return UNNAMED_NUMBERS
        return _like_no_count(column, probe)
    return "its numbers are too large for counts" if numbers.furthest > _LARGEST_COUNT else ""


def _rises(column: int, probe: Probe, roles: dict[str, int]) -> bool:
    """Under a header of an unknown language: does the number of each place hardly ever fall with time, as
    running totals do?"""
    header = probe.read[column]
    names = [at for role, at in roles.items() if role in _NAMING]
    if "time" not in roles or not names or header.says("other") or header.says("count") or header.metrics:
        return False
    changes = probe.changes(column, roles["time"], names)
    return len(changes) >= _LEAST_CHANGES and float((changes > 0).mean()) >= _MOSTLY_RISES


def _like_no_count(column: int, probe: Probe) -> str:
    """Whole numbers that are years, codes, row numbers, or the same everywhere."""
    values = probe.numbers(column).values
    texts = probe.texts(column)
    widths = {len(text) for text in texts[:200]}
    checks = (
        (probe.distinct(column) < 2 and len(texts) > 1, "it holds one number throughout"),
        (probe.share(column, "zeros") >= 0.05, "numbers with leading zeros are codes"),
        (((values >= 1900) & (values <= 2100)).all(), "its numbers are years"),
        (len(widths) == 1 and min(widths) >= 5 and len(texts) > 1, "numbers of one length are codes"),
        (probe.numbers_rows(column), "its numbers only number the rows"),
        (np.abs(values).max(initial=0) > _LARGEST_COUNT, "its numbers are too large for counts"),
        ((values < 0).mean() > 0.2, "too many of its numbers are negative"),
    )
    return next((words for failed, words in checks if failed), "")
