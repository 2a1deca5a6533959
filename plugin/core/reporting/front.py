"""What a reader with two minutes needs: the summary, what to beware of, people's safety, the balance."""
from __future__ import annotations

import numpy as np

from ..dataset import GIVEN, Cleaned, DatasetInfo
from ..quality import counted
from ..rules import TEXTS, Rule
from ..schema import CountKind
from ..zones import AS_WRITTEN
from .markup import Markup, bar, bold, bullets, moment, name, number, paragraph, percent, section, swatch, table, text
from .measures import Points, Total

#: From this share of rejected rows on, the reader is warned at the top.
MANY_REJECTED = 0.01
#: Counts below this are small enough to point at single people (a usual limit of health offices).
SMALL_COUNT = 5
#: So many totals are named in the summary.
MOST_TOTALS = 8
_KIND_WORDS = {
    CountKind.CUMULATIVE: "running totals of each place",
    CountKind.INCREMENTS: "additions, which were summed per place",
    CountKind.EVENTS: "events, each row one of them or a number of them that happened then",
}


def summary(info: DatasetInfo, totals: tuple[Total, ...]) -> Markup:
    """One paragraph in plain words, and the totals at the end."""
    files = counted(len(info.sources), "file")
    cities = f" in {counted(info.cities, 'city')}" if info.cities else ""
    sentence = paragraph(
        Markup(f"{bold(counted(info.rows_read, 'row'))} of {files} {'was' if info.rows_read == 1 else 'were'} "
               f"read, with reports on {bold(counted(info.places, 'place'))}{cities} from "
               f"{bold(moment(info.span_first))} to {bold(moment(info.span_last))} ({zone_words(info)})."),
        _strays(info),
        f"The counts are {_KIND_WORDS[CountKind(info.kind.value)]}.",
        f"{info.located:,} of {counted(info.places, 'place')} have a point and are on the map.", style="lead")
    return Markup(sentence + _totals(info, totals))


def _strays(info: DatasetInfo) -> Markup:
    """The whole reach, where some moments lie far from the others."""
    if (info.first, info.last) == (info.span_first, info.span_last):
        return Markup("")
    return Markup(f"With moments far from all others the rows reach from {moment(info.first)} to {moment(info.last)}.")


def zone_words(info: DatasetInfo) -> Markup:
    """The zone beside a time: its name, or that none is known."""
    if info.time_zone.value == AS_WRITTEN:
        return Markup("as written; the file names no time zone")
    return Markup(f"time zone {name(info.time_zone.value)}")


def _totals(info: DatasetInfo, totals: tuple[Total, ...]) -> Markup:
    if not totals:
        return Markup("")
    level = f", counting places of the level “{info.totals_level}” alone" if len(info.levels) > 1 and (
        info.totals_level) else ""
    events = info.kind.value == CountKind.EVENTS
    head = "Sums of all events:" if events else f"Last known totals, as of {moment(info.span_last)}{text(level)}:"
    rest = len(totals) - MOST_TOTALS
    words = f"The totals of {counted(rest, 'further count')} stand under “Completeness of the counts”."
    more = words if rest > 0 else ""
    return Markup(
        paragraph(Markup(head)) + bullets(total_words(total) for total in totals[:MOST_TOTALS]) + paragraph(more))


def total_words(total: Total) -> Markup:
    """A total, the places it comes from, and what of it has no point."""
    places = f"from {total.known:,} of {counted(total.listed, 'place')}"
    if total.total is None:
        return Markup(f"{bold(total.metric)}: unknown; none of {counted(total.listed, 'place')} gives it")
    if not total.total:
        return Markup(f"{bold(total.metric)}: {bold(0)} {places}")
    without = total.unlocated or 0
    where = f"{number(without)} of them without a location" if without else "all of them with a location"
    return Markup(f"{bold(total.metric)}: {bold(number(total.total))} {places}, {where}")


def warnings(cleaned: Cleaned, points: Points | None) -> Markup:
    """What may mislead whoever uses the map; nothing where there is nothing."""
    found = _warnings(cleaned)
    box = Markup("")
    if found:
        items = bullets(Markup(f"{bold(head)} {text(words)}") for head, words in found)
        box = Markup(f'<div class="note warning" role="note"><h2>Before you use it</h2>{items}</div>')
    return Markup(box + safety(cleaned.info, points))


def _warnings(cleaned: Cleaned) -> list[tuple[str, str]]:
    info = cleaned.info
    rules = set(cleaned.findings["rule"]) if len(cleaned.findings) else set()
    share = info.rows_rejected / max(info.rows_read, 1)
    checks = (
        (info.synthetic, "This dataset is synthetic.",
         "It was invented for demonstration and says nothing about any real place."),
        (TEXTS[Rule.DATUM_UNKNOWN].name in rules, "The datum is not known.", TEXTS[Rule.DATUM_UNKNOWN].meaning),
        (_kind_is_uncertain(cleaned), "The kind of counts is uncertain.",
         f"They were taken as {info.kind.value} ({info.kind.reason}). If that is wrong every number below is: "
         "give COUNTS."),
        (not info.located, "No place has a point.", "The dataset has totals but nothing to draw on a map."),
        (share >= MANY_REJECTED, "Many rows were not understood.",
         f"{percent(info.rows_rejected, info.rows_read)} of them, {info.rows_rejected:,}, are in no total; "
         "see “Rejected rows”."),
        (info.time_zone.value == AS_WRITTEN, "The time zone is not known.",
         "Times are those of the file; beside data of another source they may be hours off. Give TIME_ZONE."),
        (TEXTS[Rule.OUTSIDE_SPAN].name in rules, "Some moments are far from all others.",
         TEXTS[Rule.OUTSIDE_SPAN].meaning),
    )
    return [(head, words) for applies, head, words in checks if applies]


def _kind_is_uncertain(cleaned: Cleaned) -> bool:
    """Running totals and additions are told apart by how counts change: was there any change at all?"""
    info = cleaned.info
    if info.kind.reason == GIVEN or info.kind.value == CountKind.EVENTS:
        return False
    return info.states == info.places


def safety(info: DatasetInfo, points: Points | None) -> Markup:
    """People's safety, where single places are shown."""
    if "place" not in info.levels or points is None or not len(points.lon):
        return Markup("")
    known = points.value[~np.isnan(points.value)]
    few = int(((known > 0) & (known < SMALL_COUNT)).sum())
    small = f" {few:,} of the places on the map have a last count from 1 to {SMALL_COUNT - 1}." if few else ""
    words = (
        "This dataset shows single places. A home, an estate or a small workplace with few cases can point at people "
        f"who are or were ill, and at those taken for them.{small} Before you publish points, put them together "
        "by city or hexagon, leave out small counts, and ask whether the source allows it. "
        "The examples below name places as the file does."
    )
    return Markup(f'<div class="note safety" role="note"><h2>People’s safety</h2>{paragraph(words)}</div>')


def balance(info: DatasetInfo) -> Markup:
    """Rows read = states + merged + duplicates + rejected, as a table and a bar."""
    parts = (
        ("states: rows that changed what was known", info.states),
        ("merged: rows that repeat their place’s counts", info.rows_merged),
        ("exact duplicates: rows that repeat another to the letter", info.rows_duplicate),
        ("rejected: rows that could not be understood", info.rows_rejected),
    )
    read = info.rows_read
    rows = [
        (Markup(swatch(i) + ("= " if not i else "+ ") + text(words)), count, percent(count, read))
        for i, (words, count) in enumerate(parts)
    ]
    whole = table(("", "rows", "share"), [(bold("rows read"), read, percent(read, read)), *rows], "narrow")
    sums = " + ".join(f"{count:,}" for _, count in parts)
    equal = paragraph(f"{read:,} rows read = {sums}. Every row of the files is accounted for.")
    return section("Balance", equal, bar(*(count / max(read, 1) for _, count in parts)), whole)
