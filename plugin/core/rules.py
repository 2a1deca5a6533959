"""The rules that reports are checked against: names, severity and flag words."""
from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pandas as pd

from .arrays import Ints


class Rule(IntEnum):
    """The bit of each rule in a row's flags."""

    EXACT_DUPLICATE = 0
    SEVERAL_VALUES = 1
    FALLING_COUNT = 2
    SUM_EXCEEDS = 3
    NEGATIVE_COUNT = 4
    JUMP = 5
    MISSING_COORDINATES = 6
    SWAPPED_COORDINATES = 7
    IMPOSSIBLE_COORDINATES = 8
    ZERO_COORDINATES = 9
    FAR_FROM_CITY = 10
    UNREADABLE_DATE = 11
    AMBIGUOUS_DATE = 12
    OUTSIDE_SPAN = 13
    MIXED_OFFSETS = 14
    LONG_SILENCE = 15
    SEVERAL_NAMES = 16
    SEVERAL_LEVELS = 17
    NOT_A_PLACE = 18
    DELISTED = 19
    INCOMPLETE_POLL = 20
    CARRIED = 21
    DATUM_UNKNOWN = 22
    REJECTED = 23
    LOCATED = 24
    CODE_CONTRADICTS = 25
    COUNT_LEFT_OUT = 26
    NAMES_EXCHANGED = 27
    LISTED_AGAIN = 28
    MENDED_COORDINATES = 29
    NAMED_AGAIN = 30
    SEVERAL_POINTS = 31


@dataclass(frozen=True)
class RuleText:
    """`word`: in the column `flags`; `name`: in the table `findings`; `severity`: error,
    warning or info; `meaning`: what it says of a map."""

    word: str
    name: str
    severity: str
    meaning: str


TEXTS: dict[Rule, RuleText] = {
    Rule.EXACT_DUPLICATE: RuleText(
        "duplicate", "exact duplicate", "info",
        "The same row stands in the file more than once. Repeats of a running total are merged; those of "
        "events and additions are kept, since two alike may both have happened."),
    Rule.SEVERAL_VALUES: RuleText(
        "several_values", "several values for one place and time", "warning",
        "A place has different counts at the same moment; those of the row that stands last are shown."),
    Rule.FALLING_COUNT: RuleText(
        "falling", "falling cumulative count", "warning",
        "A running total became smaller: a correction or a mistake. The map shows the fall as it was reported, and "
        "new cases are negative there."),
    Rule.SUM_EXCEEDS: RuleText(
        "sum_exceeds", "recovered + deaths > confirmed", "warning",
        "More outcomes than cases, so active cases are negative: the counts come from different sources or moments."),
    Rule.NEGATIVE_COUNT: RuleText(
        "negative", "negative count", "warning",
        "A running total or an event count below zero cannot be; it is kept and lowers every sum it is part of."),
    Rule.JUMP: RuleText(
        "jump", "jump", "warning",
        "A change far beyond the place's own history: often a new case definition or a backlog, not an outbreak."),
    Rule.MISSING_COORDINATES: RuleText(
        "no_point", "missing coordinates", "info",
        "The counts belong to every total but stand nowhere on the map."),
    Rule.SWAPPED_COORDINATES: RuleText(
        "swapped", "swapped coordinates", "warning",
        "Longitude and latitude were exchanged where that is certain; the point is drawn where it belongs."),
    Rule.IMPOSSIBLE_COORDINATES: RuleText(
        "impossible_point", "impossible coordinates", "error",
        "The coordinates are on no globe; the counts are kept without a point."),
    Rule.ZERO_COORDINATES: RuleText(
        "zero_point", "(0, 0) coordinates", "error",
        "Zero for both stands for unknown; the counts are kept without a point."),
    Rule.FAR_FROM_CITY: RuleText(
        "far_from_city", "point far from the rest of its city", "warning",
        "The point may belong to another city of that name, or a digit is wrong; it is drawn where the file says."),
    Rule.UNREADABLE_DATE: RuleText(
        "unreadable_date", "unreadable date", "error",
        "Without a moment a row has no place in time: it is in the table of rejected rows."),
    Rule.AMBIGUOUS_DATE: RuleText(
        "ambiguous_date", "ambiguous date", "warning",
        "Day and month could be exchanged and nothing in the file tells: give DATE_ORDER."),
    Rule.OUTSIDE_SPAN: RuleText(
        "outside_span", "report outside the dataset's span", "warning",
        "The moment lies far from all others, probably a mistyped year; it stretches the time line if it is kept."),
    Rule.MIXED_OFFSETS: RuleText(
        "offset", "mixed offsets", "info",
        "Some times are written with another offset from UTC; they were brought to the dataset's zone."),
    Rule.LONG_SILENCE: RuleText(
        "silence", "long silence", "info",
        "No report for a long while: what is shown meanwhile is old knowledge, not a standstill."),
    Rule.SEVERAL_NAMES: RuleText(
        "renamed", "one place under several names", "info",
        "One code bears several names over time; the newest is shown, the others are kept as aliases."),
    Rule.SEVERAL_LEVELS: RuleText(
        "level", "several levels in one column", "warning",
        "Rows of different levels (place, city, province, country) contain one another; totals use one level."),
    Rule.NOT_A_PLACE: RuleText(
        "not_a_place", "not a place", "info",
        "The name stands for cases imported or not yet located, or for a body that is nowhere in particular (a prison "
        "system, a farm division, a development zone); they belong to totals and are not on the map."),
    Rule.DELISTED: RuleText(
        "delisted", "delisted", "info",
        "A later full listing no longer names the place: its cases were moved elsewhere, so its state ends there."),
    Rule.INCOMPLETE_POLL: RuleText(
        "incomplete_poll", "incomplete poll", "warning",
        "A listing names far fewer places than its neighbours; it is taken as incomplete and ends no state."),
    Rule.CARRIED: RuleText(
        "carried", "carried value", "info",
        "The report leaves a count out; the last known value of the place is shown on."),
    Rule.DATUM_UNKNOWN: RuleText(
        "datum", "datum not given", "warning",
        "Most points lie in mainland China, where web maps shift points by 300 to 700 m: give DATUM."),
    Rule.LOCATED: RuleText(
        "from_gazetteer", "located from the gazetteer", "info",
        "The file gives no coordinates; the point is the gazetteer's, often the middle of a whole town."),
    Rule.CODE_CONTRADICTS: RuleText(
        "code_contradicts", "code contradicts name", "warning",
        "The gazetteer knows the code under another name; the point is the code's, and one of the two is wrong."),
    Rule.COUNT_LEFT_OUT: RuleText(
        "left_out", "count left out", "info",
        "The rows do not give this count. Unknown is not zero: a total of it comes from the other places only, and "
        "says from how many."),
    Rule.NAMES_EXCHANGED: RuleText(
        "names_exchanged", "names and codes exchanged", "warning",
        "The columns of names hold codes and those of codes hold names; they were put back, or the same place would "
        "appear twice."),
    Rule.NAMED_AGAIN: RuleText(
        "named_again", "place named again at one moment", "info",
        "A place stands in the file more than once for the same moment: the row that stands last is shown, and the "
        "others are no news of their own."),
    Rule.SEVERAL_POINTS: RuleText(
        "several_points", "one name at several points", "warning",
        "One name is reported at different points, never at the same moment: two places, or one whose point was "
        "changed. They are taken for two, so a total that was carried on may be in the sum twice."),
    Rule.LISTED_AGAIN: RuleText(
        "listed_again", "the same places at each moment", "warning",
        "The file lists nearly the same places at several moments and counts nothing. Every listing is an event, so "
        "over a longer time a place counts as often as it was listed: look at one moment, or at where places are new."),
    Rule.REJECTED: RuleText(
        "rejected", "row rejected", "error",
        "The row could not be understood and is in no total; its text and the reason are in the rejected table."),
    Rule.MENDED_COORDINATES: RuleText(
        "mended_point", "mended coordinates", "warning",
        "A spreadsheet took the decimal point for a thousands mark, as in 444.591.127; the one reading that lies where "
        "the reference system is used is drawn."),
}


def bit(rule: Rule) -> int:
    return 1 << rule


def flag_words(flags: Ints) -> pd.Categorical:
    """The bits of each row as words joined by `;`, missing where there are none."""
    codes, uniques = pd.factorize(flags)
    texts = [";".join(TEXTS[rule].word for rule in Rule if value & bit(rule)) for value in uniques.tolist()]
    position = {text: i for i, text in enumerate(sorted({text for text in texts if text}))}
    lookup = np.array([position.get(text, -1) for text in texts], dtype=np.int64)
    return pd.Categorical.from_codes(lookup[codes], list(position))
