"""Checks on reports: each sets a flag on the rows concerned and yields findings; none changes a count."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from .arrays import Bools, Floats, Ints
from .listing import Polls
from .places import NAME_ROLES
from .reports import Reports, group_starts, start_index
from .rules import TEXTS, Rule, bit
from .schema import ACTIVE, FINDING_COLUMNS, MS_PER_DAY, MS_PER_HOUR, CountKind
from .times import format_ms

NOT_PLACES_TABLE = Path(__file__).resolve().parents[2] / "resources" / "not_places.json"

#: A jump: a change per day of at least this many, and this multiple of the mean size of the place's
#: earlier changes per day (those that are not zero), of which there are at least `JUMP_HISTORY`.
JUMP_LEAST, JUMP_FACTOR, JUMP_HISTORY = 50, 5.0, 5
#: A silence: no report of a place for this long, and for this multiple of its own median gap, which
#: is known from `SILENCE_HISTORY` gaps on.
SILENCE_MS, SILENCE_FACTOR, SILENCE_HISTORY = 14 * MS_PER_DAY, 10.0, 5
#: In full listings: no poll at all for this long, and for this multiple of the usual gap.
POLL_SILENCE_MS = 9 * MS_PER_HOUR
#: The span: one interquartile range and 180 days around the middle half of all moments, so that a
#: mistyped year stands out and an early case does not.
SPAN_FACTOR, SPAN_MARGIN_MS = 1.0, 180 * MS_PER_DAY
_EXAMPLES = 5


@dataclass(frozen=True)
class Finding:
    """One rule's result: how many rows, a sentence, and examples."""

    rule: Rule
    rows: int
    message: str
    examples: str = ""


def findings_table(findings: list[Finding]) -> pd.DataFrame:
    """Findings as a table, the gravest first."""
    rank = {"error": 0, "warning": 1, "info": 2}
    rows = [
        (TEXTS[f.rule].name, TEXTS[f.rule].severity, f.rows, f.message, f.examples)
        for f in sorted(findings, key=lambda f: (rank[TEXTS[f.rule].severity], f.rule, -f.rows))
    ]
    return pd.DataFrame(rows, columns=list(FINDING_COLUMNS))


def flag(reports: Reports, rows: Bools, rule: Rule, message: str, metric: str = "") -> list[Finding]:
    """Set a rule's flag on rows and say so; nothing when there are none."""
    reports.flags[rows] |= bit(rule)
    return note(reports, rows, rule, message, metric)


def note(reports: Reports, rows: Bools, rule: Rule, message: str, metric: str = "") -> list[Finding]:
    """Say that a rule concerns rows, without a flag on them; nothing when there are none."""
    count = int(rows.sum())
    if not count:
        return []
    return [Finding(rule, count, message.format(n=f"{count:,}"), _examples(reports, rows, metric))]


def flagged(reports: Reports, rule: Rule, message: str) -> list[Finding]:
    """A finding for rows that bear a rule's flag already."""
    return flag(reports, (reports.flags & bit(rule)) != 0, rule, message)


def _examples(reports: Reports, rows: Bools, metric: str = "") -> str:
    picked = np.flatnonzero(rows)[:_EXAMPLES]
    return "; ".join(_example(reports, int(at), metric) for at in picked)


def _example(reports: Reports, at: int, metric: str) -> str:
    names = [reports.names[role].text(at) for role in NAME_ROLES if role in reports.names]
    place = " / ".join(dict.fromkeys(name for name in names if name)) or "(no name)"
    count = f", {metric} {reports.counts[metric][at]:g}" if metric else ""
    return f"row {reports.row[at]}: {place}, {format_ms(reports.t[at])}{count}"


def check_points(reports: Reports) -> list[Finding]:
    """What `points` flagged."""
    return [
        *flagged(reports, Rule.MISSING_COORDINATES, "{n} rows have no coordinates"),
        *flagged(reports, Rule.SWAPPED_COORDINATES, "{n} rows had longitude and latitude exchanged; mended"),
        *flagged(reports, Rule.IMPOSSIBLE_COORDINATES, "{n} rows have coordinates that are on no globe"),
        *flagged(reports, Rule.ZERO_COORDINATES, "{n} rows stand at longitude 0, latitude 0"),
        *flagged(reports, Rule.FAR_FROM_CITY, "{n} rows stand far from all other points of their city"),
    ]


def check_times(reports: Reports, foreign: Bools, ambiguous: Bools) -> list[Finding]:
    """Mixed offsets, ambiguous dates, moments outside the span of the rest."""
    low, high = main_span(reports.t)
    outside = (reports.t < low) | (reports.t > high)
    span = f"{format_ms(int(reports.t[~outside].min()))} to {format_ms(int(reports.t[~outside].max()))}"
    return [
        *flag(reports, foreign, Rule.MIXED_OFFSETS, "{n} rows are written with another offset from UTC"),
        *flag(reports, ambiguous, Rule.AMBIGUOUS_DATE, "{n} rows could be read day first or month first"),
        *flag(reports, outside, Rule.OUTSIDE_SPAN, "{n} rows lie far outside the others, which span " + span),
    ]


def main_span(t: Ints) -> tuple[int, int]:
    """The limits beyond which a moment is outside the dataset's span."""
    quartiles = np.quantile(t, (0.25, 0.75))
    low, high = int(quartiles[0]), int(quartiles[1])
    margin = int(SPAN_FACTOR * (high - low)) + SPAN_MARGIN_MS
    return low - margin, high + margin


def check_places(reports: Reports, other: Bools, renamed: Bools) -> list[Finding]:
    """Names that are no place, several names of a code (`renamed`), several levels (`other`)."""
    return [
        *flag(reports, _not_places(reports), Rule.NOT_A_PLACE, "{n} rows stand for cases without a known place"),
        *flag(reports, renamed, Rule.SEVERAL_NAMES, "{n} rows name a place otherwise than its newest report does"),
        *flag(reports, other, Rule.SEVERAL_LEVELS, "{n} rows are of another level than most"),
    ]


@lru_cache(maxsize=1)
def _not_place_pattern() -> re.Pattern[str]:
    words = json.loads(NOT_PLACES_TABLE.read_text(encoding="utf-8"))["words"]
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE)


def _not_places(reports: Reports) -> Bools:
    """Rows without a point whose finest name is one of the known stand-ins."""
    found = np.zeros(len(reports), bool)
    for role in NAME_ROLES:
        if role in reports.names:
            labels = reports.names[role]
            matches = [bool(_not_place_pattern().search(str(text))) for text in labels.texts]
            hits = np.array([*matches, False], bool)
            found = np.where(labels.codes >= 0, hits[labels.codes], found)
    return found & np.isnan(reports.lon)


def check_counts(
    reports: Reports, place: Ints, kind: CountKind, reported: dict[str, Floats], summed: frozenset[str]
) -> list[Finding]:
    """Falls, impossible sums, negatives and jumps. Rows are sorted by place and time; `reported` are the
    counts as the file gives them, `reports.counts` the totals known then, `summed` those added up."""
    findings: list[Finding] = []
    starts = group_starts(place)
    for metric, values in reported.items():
        if metric not in summed:
            findings += flag(reports, values < 0, Rule.NEGATIVE_COUNT, f"{metric} is negative in {{n}} rows", metric)
        if metric not in summed and kind != CountKind.EVENTS and metric != ACTIVE:
            findings += _check_falls(reports, place, metric, starts)
    if kind != CountKind.EVENTS:
        for metric in reported:
            findings += _check_jumps(reports, place, metric)
    known = {"confirmed", "recovered", "deaths"} <= set(reported)
    if known and kind != CountKind.EVENTS:
        counts = reports.counts
        over = counts["recovered"] + counts["deaths"] > counts["confirmed"]
        words = "recovered + deaths exceed confirmed in {n} rows"
        findings += flag(reports, over, Rule.SUM_EXCEEDS, words, "confirmed")
    return findings


def _check_falls(reports: Reports, place: Ints, metric: str, starts: Bools) -> list[Finding]:
    values = reports.counts[metric]
    change = np.zeros(len(values))
    change[1:] = np.where(starts[1:], 0.0, values[1:] - values[:-1])
    falls = change < 0
    if not falls.any():
        return []
    where, worst = len(np.unique(place[falls])), change[falls].min()
    words = f"{metric} falls {{n}} times in {where:,} places; the deepest fall is {worst:g}"
    return flag(reports, falls, Rule.FALLING_COUNT, words, metric)


def _check_jumps(reports: Reports, place: Ints, metric: str) -> list[Finding]:
    """Compare each place's change per day with its earlier changes per day."""
    day = reports.t // MS_PER_DAY
    last = np.ones(len(place), bool)
    last[:-1] = (place[1:] != place[:-1]) | (day[1:] != day[:-1])
    rows = np.flatnonzero(last & ~np.isnan(reports.counts[metric]))
    starts = group_starts(place[rows])
    values = reports.counts[metric][rows]
    change = np.zeros(len(rows))
    days = np.maximum(np.diff(day[rows]), 1)
    change[1:] = np.where(starts[1:], 0.0, (values[1:] - values[:-1]) / days)
    size, moved = np.abs(change), (change != 0).astype(float)
    earlier_sum, earlier_n = _sum_before(size, starts), _sum_before(moved, starts)
    mean = earlier_sum / np.maximum(earlier_n, 1)
    jumps = (change >= JUMP_LEAST) & (earlier_n >= JUMP_HISTORY) & (change > JUMP_FACTOR * mean)
    marked = np.zeros(len(place), bool)
    marked[rows[jumps]] = True
    words = f"{metric} rises in {{n}} place-days far beyond the place's own history"
    return flag(reports, marked, Rule.JUMP, words, metric)


def _sum_before(values: Floats, starts: Bools) -> Floats:
    """Sum of the earlier values of the same group."""
    before = np.cumsum(values) - values
    return before - before[start_index(starts)]


def check_repeats(reports: Reports, place: Ints, duplicate: Bools) -> list[Finding]:
    """Exact duplicates (given), and different counts of one place at one moment."""
    same = np.zeros(len(place), bool)
    same[1:] = (place[1:] == place[:-1]) & (reports.t[1:] == reports.t[:-1]) & ~duplicate[1:]
    differs = np.zeros(len(place), bool)
    for values in reports.counts.values():
        differs[1:] |= ~((values[1:] == values[:-1]) | (np.isnan(values[1:]) & np.isnan(values[:-1])))
    conflict = same & differs
    conflict[:-1] |= conflict[1:]
    words = "{n} rows give different counts of one place at one moment"
    return flag(reports, conflict, Rule.SEVERAL_VALUES, words)


def check_silence(reports: Reports, place: Ints) -> list[Finding]:
    """Places of their own moments that were silent for long; the flag is on the report that ends it."""
    gap = np.zeros(len(place), np.int64)
    gap[1:] = np.where(place[1:] == place[:-1], reports.t[1:] - reports.t[:-1], 0)
    suspects = np.flatnonzero(gap > SILENCE_MS)
    concerned = np.zeros(int(place.max(initial=0)) + 1, bool)
    concerned[place[suspects]] = True
    of_suspect = concerned[place] & (gap > 0)
    gaps = pd.Series(gap[of_suspect]).groupby(place[of_suspect])
    usual, known = gaps.median().reindex(place[suspects]), gaps.size().reindex(place[suspects])
    long = np.zeros(len(place), bool)
    own = (gap[suspects] > SILENCE_FACTOR * usual.to_numpy()) & (known.to_numpy() >= SILENCE_HISTORY)
    long[suspects[own]] = True
    words = "{n} reports come after a silence of more than 14 days, unusual for their place"
    return flag(reports, long, Rule.LONG_SILENCE, words)


def check_polls(reports: Reports, polls: Polls, of_report: Ints) -> list[Finding]:
    """Gaps between full listings, and listings that are incomplete; `of_report` is each report's poll."""
    gap = np.zeros(len(polls.t), np.int64)
    gap[1:] = np.where(polls.first_of_group[1:], 0, polls.t[1:] - polls.t[:-1])
    usual = float(np.median(gap[gap > 0])) if (gap > 0).any() else 0.0
    silent = (gap > POLL_SILENCE_MS) & (gap > SILENCE_FACTOR * usual)
    longest = f"{gap.max() / MS_PER_HOUR:.1f}" if len(gap) else "0"
    words = f"{{n}} rows belong to {int(silent.sum())} listings that came after a silence of up to {longest} hours"
    incomplete = int(polls.incomplete.sum())
    few = f"{{n}} rows belong to {incomplete} listings that name far fewer places than their neighbours"
    return [
        *flag(reports, silent[of_report], Rule.LONG_SILENCE, words),
        *flag(reports, polls.incomplete[of_report], Rule.INCOMPLETE_POLL, few),
    ]
