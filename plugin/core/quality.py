"""Checks on reports: each sets a flag on the rows concerned and yields findings; none changes a count."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from .arrays import Bools, Floats, Ints
from .listing import Polls
from .places import NAME_ROLES, NOT_PLACES_TABLE
from .points import FAR_FACTOR, FAR_KM
from .reports import Reports
from .rules import TEXTS, Rule, bit
from .schema import FINDING_COLUMNS, MS_PER_DAY, MS_PER_HOUR
from .times import format_ms

#: A silence: no report of a place for this long, and for this multiple of its own median gap, which
#: is known from `SILENCE_HISTORY` gaps on.
SILENCE_MS, SILENCE_FACTOR, SILENCE_HISTORY = 14 * MS_PER_DAY, 10.0, 5
#: In full listings: no poll at all for this long, and for this multiple of the usual gap.
POLL_SILENCE_MS, POLL_SILENCE_FACTOR = 9 * MS_PER_HOUR, 6.0
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


def counted(n: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "place"), counted(1200, "place"), counted(2, "city")
    ('1 place', '1,200 places', '2 cities')
    """
    if n == 1:
        return f"1 {noun}"
    return f"{n:,} {noun[:-1]}ies" if noun.endswith("y") else f"{n:,} {noun}s"


def number(value: float) -> str:
    """A count as people write it.

    >>> number(-1201710.0), number(0.25)
    ('-1,201,710', '0.25')
    """
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,g}"


def flag(
    reports: Reports, rows: Bools, rule: Rule, message: str, metric: str = "", weight: Floats | None = None
) -> list[Finding]:
    """Set a rule's flag on rows and say so; nothing when there are none."""
    reports.flags[rows] |= bit(rule)
    return note(reports, rows, rule, message, metric, weight)


def note(
    reports: Reports, rows: Bools, rule: Rule, message: str, metric: str = "", weight: Floats | None = None
) -> list[Finding]:
    """Say that a rule concerns rows, without a flag on them; nothing when there are none.

    Examples are the first rows, or those of the greatest `weight`. `{rows}` in the message is their number; what
    else stands in braces comes from the file and is left alone.
    """
    count = int(rows.sum())
    if not count:
        return []
    at = np.flatnonzero(rows)
    if weight is not None and count > _EXAMPLES:
        at = at[np.argsort(-weight[at], kind="stable")]
    examples = "; ".join(_example(reports, int(row), metric) for row in at[:_EXAMPLES])
    return [Finding(rule, count, message.replace("{rows}", counted(count, "row")), examples)]


def flagged(reports: Reports, rule: Rule, message: str) -> list[Finding]:
    """A finding for rows that bear a rule's flag already."""
    return flag(reports, (reports.flags & bit(rule)) != 0, rule, message)


def _example(reports: Reports, at: int, metric: str) -> str:
    names = [reports.names[role].text(at) for role in NAME_ROLES if role in reports.names]
    place = " / ".join(dict.fromkeys(name for name in names if name)) or "(no name)"
    count = f", {metric} {number(reports.counts[metric][at])}" if metric else ""
    return f"{reports.record(at)}: {place}, {format_ms(reports.t[at])}{count}"


def check_points(reports: Reports) -> list[Finding]:
    """What `points` flagged."""
    return [
        *flagged(reports, Rule.MISSING_COORDINATES, "{rows} without coordinates"),
        *flagged(reports, Rule.SWAPPED_COORDINATES, "{rows} with longitude and latitude exchanged; put back"),
        *flagged(reports, Rule.IMPOSSIBLE_COORDINATES, "{rows} with coordinates that are on no globe"),
        *flagged(reports, Rule.MENDED_COORDINATES, "{rows} whose coordinates had lost their decimal mark, mended"),
        *flagged(reports, Rule.ZERO_COORDINATES, "{rows} at longitude 0, latitude 0"),
        *flagged(reports, Rule.FAR_FROM_CITY, f"{{rows}} more than {FAR_KM:g} km from the middle of their city, and "
                 f"{FAR_FACTOR:g} times as far as is usual there"),
    ]


def check_times(reports: Reports, foreign: Bools, ambiguous: Bools) -> list[Finding]:
    """Mixed offsets, ambiguous dates, moments outside the span of the rest."""
    low, high = main_span(reports.t)
    outside = (reports.t < low) | (reports.t > high)
    moments = counted(len(np.unique(reports.t[foreign])), "moment")
    span = f"{format_ms(int(reports.t[~outside].min()))} to {format_ms(int(reports.t[~outside].max()))}"
    return [
        *flag(reports, foreign, Rule.MIXED_OFFSETS, f"{{rows}} at {moments}, written with another offset from UTC"),
        *flag(reports, ambiguous, Rule.AMBIGUOUS_DATE, "{rows} that could be read day first or month first"),
        *flag(reports, outside, Rule.OUTSIDE_SPAN, "{rows} far outside the others, which span " + span),
    ]


def main_span(t: Ints) -> tuple[int, int]:
    """The limits beyond which a moment is outside the dataset's span."""
    quartiles = np.quantile(t, (0.25, 0.75))
    low, high = int(quartiles[0]), int(quartiles[1])
    margin = int(SPAN_FACTOR * (high - low)) + SPAN_MARGIN_MS
    return low - margin, high + margin


def check_places(reports: Reports, place: Ints, renamed: Bools) -> list[Finding]:
    """Names that are no place, and several names of a code (`renamed`)."""
    nowhere = _not_places(reports)
    share = f"{nowhere.mean():.1%} of all" if len(nowhere) else ""
    names = counted(len(np.unique(place[renamed])), "place")
    return [
        *flag(reports, nowhere, Rule.NOT_A_PLACE, f"{{rows}} ({share}) of {_places(place, nowhere)} that stand for no "
              "point on a map"),
        *flag(reports, renamed, Rule.SEVERAL_NAMES, f"{names} bear several names under one code; {{rows}} name them "
              "otherwise than the newest report does"),
    ]


def _places(place: Ints, rows: Bools) -> str:
    return counted(len(np.unique(place[rows])), "name")


@lru_cache(maxsize=1)
def _not_place_pattern() -> re.Pattern[str]:
    table = json.loads(NOT_PLACES_TABLE.read_text(encoding="utf-8"))
    return re.compile("|".join([*map(re.escape, table["words"]), *table["patterns"]]), re.IGNORECASE)


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
    words = (f"{{rows}} after a silence of more than {SILENCE_MS // MS_PER_DAY} days, {SILENCE_FACTOR:g} times as long "
             f"as is usual for their place; the longest is {duration(int(gap[long].max(initial=0)))}")
    return flag(reports, long, Rule.LONG_SILENCE, words, weight=gap.astype(float))


def check_polls(reports: Reports, polls: Polls, of_report: Ints) -> list[Finding]:
    """Gaps between full listings, and listings that are incomplete; `of_report` is each report's poll."""
    gap = np.zeros(len(polls.t), np.int64)
    gap[1:] = np.where(polls.first_of_group[1:], 0, polls.t[1:] - polls.t[:-1])
    usual = float(np.median(gap[gap > 0])) if (gap > 0).any() else 0.0
    silent = (gap >= POLL_SILENCE_MS) & (gap > POLL_SILENCE_FACTOR * usual)
    longest = ", ".join(duration(ms) for ms in sorted(gap[silent].tolist(), reverse=True)[:_EXAMPLES])
    after = f"{{rows}} in {counted(int(silent.sum()), 'listing')} after a silence of {longest}"
    few = f"{{rows}} in {counted(int(polls.incomplete.sum()), 'listing')} that name far fewer places than the others"
    return [
        *flag(reports, silent[of_report], Rule.LONG_SILENCE, after),
        *flag(reports, polls.incomplete[of_report], Rule.INCOMPLETE_POLL, few),
    ]


def duration(ms: int) -> str:
    """A duration in its two largest units.

    >>> duration(4 * 86_400_000 + 10 * 3_600_000 + 1_812_000), duration(35_999_000), duration(19 * 3_600_000)
    ('4 d 10 h', '9 h 59 min', '19 h')
    """
    days, hours, minutes = ms // MS_PER_DAY, ms % MS_PER_DAY // MS_PER_HOUR, ms % MS_PER_HOUR // 60_000
    parts = [(days, "d"), (hours, "h"), (minutes, "min")][0 if days else 1:]
    return " ".join(f"{number} {unit}" for number, unit in parts[:2] if number) or "0 min"
