"""What the words mean, which limits were used, how to cite, and with which software."""
from __future__ import annotations

import platform
from datetime import date

import numpy as np
import pandas as pd

from ..dataset import Cleaned, DatasetInfo
from ..explained import DECIDED, FOUND
from ..quality import counted
from ..rules import TEXTS
from ..schema import CountKind, Datum, Listing
from ..version import plugin_version
from ..zones import AS_WRITTEN
from . import charts
from .front import MOST_TOTALS
from .markup import Markup, bold, code, number, paragraph, section, table
from .markup import name as named
from .measures import Total

PLUGIN = "Outbreak Atlas"
#: So many files are named in the citation.
MOST_CITED = 3
_HASH_DIGITS = 12

DEFINITIONS = (
    ("state", "A place had these counts from valid_from until valid_to; reports that repeat them belong to it."),
    ("as of a moment", "The last counts that were known then; reports of exactly that moment count, later ones not."),
    ("new_…", "The change of a count against the place’s state before; negative where a count was revised."),
    ("step_new_…", "All changes of a place in one step of playing, on its last state of the step."),
    ("carried", "The report left a count out, so the place’s last known value is shown on."),
    ("unknown", "No report has given the count yet. It is not zero: it stays empty in sums, differences and symbols."),
    ("active", "confirmed − recovered − deaths; unknown where one of them is."),
    ("full listing", "Reports name every place they know, so a place that is missing from one ends there."),
    ("merged", "A row that repeats its place’s counts and point; it is counted in “reports” of the state."),
    ("rejected", "A row that could not be understood. It is in no total, and kept with its reason and its text."),
)


def definitions() -> Markup:
    rows = ((bold(word), words) for word, words in DEFINITIONS)
    return section("What the words mean", table(("word", "meaning"), rows))


def checks(cleaned: Cleaned) -> Markup:
    """Every check that was made, by which limits, and how many rows it found: none is an answer too."""
    found = cleaned.findings.groupby("rule")["rows"].sum() if len(cleaned.findings) else {}
    rows = ((TEXTS[rule].name, words, int(found.get(TEXTS[rule].name, 0))) for rule, words in FOUND.items())
    return section(
        "Checks made and thresholds used",
        table(("check", "what is found", "rows"), rows),
        paragraph("Decided by numbers:"),
        table(("decision", "how"), DECIDED.items()))


def citing(info: DatasetInfo, totals: tuple[Total, ...], loaded: date) -> Markup:
    """What to cite, and a paragraph for the methods of a paper."""
    return section(
        "How to cite",
        paragraph("Cite the source of the data as it asks for, and this dataset as:"),
        Markup(f"<blockquote>{_files_cited(info)}. Loaded with {PLUGIN} {plugin_version()} on "
               f"{loaded.isoformat()}.</blockquote>"),
        paragraph("A paragraph for the methods, to be pasted:"),
        Markup(f"<blockquote>{methods_paragraph(info, totals)}</blockquote>"))


def _files_cited(info: DatasetInfo) -> Markup:
    cited = ", ".join(
        f"{named(one.name)} (SHA-256 {code(one.sha256[:_HASH_DIGITS])}…)" for one in info.sources[:MOST_CITED])
    more = len(info.sources) - MOST_CITED
    return Markup(cited + (f" and {more:,} more files, listed under “What was read”" if more > 0 else ""))


def methods_paragraph(info: DatasetInfo, totals: tuple[Total, ...]) -> Markup:
    """What was done, in the past tense and with its numbers."""
    return Markup(" ".join((
        f"We read {counted(info.rows_read, 'row')} from {counted(len(info.sources), 'file')} with the QGIS plugin "
        f"{PLUGIN} {plugin_version()}.", _kind_sentence(info), _balance_sentence(info), _listing_sentence(info),
        _space_sentence(info), _time_sentence(info), _total_sentence(totals))))


def _kind_sentence(info: DatasetInfo) -> str:
    sentence = {
        CountKind.CUMULATIVE: "Counts were taken as running totals of each place.",
        CountKind.INCREMENTS: "Counts were taken as additions and summed per place.",
        CountKind.EVENTS: "Rows were taken as events.",
    }[CountKind(info.kind.value)]
    return f"{sentence} Counts that a report left out were kept as unknown or carried on, never set to zero."


def _balance_sentence(info: DatasetInfo) -> str:
    return (
        f"Rows that repeated their place’s counts ({info.rows_merged:,}) were merged; {info.rows_duplicate:,} exact "
        f"duplicates and {info.rows_rejected:,} rows that could not be understood were set aside. "
        f"{info.states:,} states of {info.places:,} places remained.")


def _listing_sentence(info: DatasetInfo) -> str:
    if info.kind.value == CountKind.EVENTS:
        return ""
    if info.listing.value == Listing.FULL:
        return "Reports were full listings: a place ended where one no longer named it."
    return "Places reported at moments of their own, and their last known counts were carried on."


def _space_sentence(info: DatasetInfo) -> str:
    moved = f" after conversion from {info.datum.value}" if info.datum.value != Datum.WGS84 else ""
    return f"{info.located:,} places had coordinates (WGS 84{moved})."


def _time_sentence(info: DatasetInfo) -> str:
    if info.time_zone.value == AS_WRITTEN:
        return "Times are local as written in the source, which names no zone."
    return f"Times are those of {named(info.time_zone.value)}."


def _total_sentence(totals: tuple[Total, ...]) -> str:
    known = [
        f"{named(one.metric)} {number(one.total)} (from {one.known:,} of {one.listed:,} places)"
        for one in totals[:MOST_TOTALS] if one.total is not None
    ]
    return f"Totals at the end: {', '.join(known)}." if known else ""


def software() -> Markup:
    rows = (
        (PLUGIN, plugin_version()), ("Python", platform.python_version()), ("pandas", pd.__version__),
        ("numpy", np.__version__), ("matplotlib", charts.version() or "not installed"),
    )
    return section("Software", table(("", "version"), rows, "narrow"))
