"""What the dialog says of a preview, in sentences."""
from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..plugin.bridge.translation import tr
from .choice_texts import delimiter_text

if TYPE_CHECKING:
    from ..plugin.core.preview import Preview

#: So many findings are named; a line is no report.
_MOST_FINDINGS = 2
_ADVANCED = ("LISTING", "FIRST_VALUES", "DATE_ORDER", "YEAR", "CRS", "REPORT_DATE")


def status_of(seen: Preview | None) -> tuple[str, str]:
    """The line above the rows, and how grave it is."""
    if seen is None:
        return "", ""
    if seen.problem:
        return with_fields(seen.problem), "error"
    findings = seen.understanding.findings
    sentences = [_about_files(seen), *(f"{note}." for note in seen.notes)]
    if findings:
        more = len(findings) - _MOST_FINDINGS
        named = "; ".join(findings[:_MOST_FINDINGS])
        words = tr("Noticed: {findings}; and {n} more.") if more > 0 else tr("Noticed: {findings}.")
        sentences.append(words.format(findings=named, n=more))
    return " ".join(sentences), "warning" if findings else "info"


def all_findings(seen: Preview | None) -> str:
    """Everything that is odd, one a line."""
    return "\n".join(seen.understanding.findings) if seen is not None else ""


def needs_advanced(seen: Preview | None) -> bool:
    """Whether what stands in the way of a load is mended in the part of the dialog that is folded at first."""
    return seen is not None and any(_names(seen.problem, name) for name in _ADVANCED)


def with_fields(problem: str) -> str:
    """A sentence, and where to find here what it calls by the name of a parameter."""
    named = [field for name, field in _fields().items() if _names(problem, name)]
    return " ".join((problem, tr("(Here: {fields}.)").format(fields="; ".join(named)))) if named else problem


def _fields() -> dict[str, str]:
    """What the parameters are called in the dialog."""
    field, advanced = tr("{name} is “{field}” below"), tr("{name} is “{field}” in Advanced")
    return {
        "COLUMNS": tr("COLUMNS is the box above a column"),
        "SHEET": tr("SHEET is “Sheet” above"),
        **{name: words.format(name=name, field=title) for name, words, title in (
            ("GAZETTEER", field, tr("Gazetteer")), ("DATUM", field, tr("Datum")), ("COUNTS", field, tr("Counts")),
            ("TIME_ZONE", field, tr("Time zone")), ("LISTING", advanced, tr("Listing")),
            ("FIRST_VALUES", advanced, tr("First count is")), ("DATE_ORDER", advanced, tr("Order of dates")),
            ("YEAR", advanced, tr("Year")), ("CRS", advanced, tr("CRS of X and Y")),
            ("REPORT_DATE", advanced, tr("Report from")))},
    }


def _names(sentence: str, parameter: str) -> bool:
    return re.search(rf"\b{parameter}\b", sentence) is not None


def _about_files(seen: Preview) -> str:
    if seen.files > 1:
        looked = tr("{n:,} files as one dataset, {looked:,} of them looked at.").format(
            n=seen.files, looked=seen.looked_at)
        return " ".join((looked, _how_much(seen)))
    delimiter = delimiter_text(seen.delimiter)
    how = tr("{encoding}, separated by {delimiter}.").format(
        encoding=seen.encoding, delimiter=delimiter) if delimiter else ""
    return " ".join(filter(None, (how, _how_much(seen))))


def _how_much(seen: Preview) -> str:
    if seen.complete:
        return tr("All {n:,} rows were looked at.").format(n=seen.rows_seen)
    return tr("Judged by the first {n:,} rows.").format(n=seen.rows_seen)


def map_text(seen: Preview | None) -> str:
    """The line below the map: how many points, where, and what has none."""
    if seen is None or seen.problem:
        return ""
    points, missing = seen.understanding.points, seen.understanding.unlocated
    if not points.lon:
        return tr("None of these rows has coordinates.")
    shown = tr("Points: {n:,}, from {west} to {east} and from {south} to {north}.").format(
        n=len(points.lon), west=_meridian(min(points.lon)), east=_meridian(max(points.lon)),
        south=_parallel(min(points.lat)), north=_parallel(max(points.lat)))
    if missing <= 0:
        return shown
    return " ".join((shown, tr("{share:.1%} of the reports have no point.").format(share=missing)))


def _meridian(lon: float) -> str:
    return (tr("{degrees:.1f}° W") if lon < 0 else tr("{degrees:.1f}° E")).format(degrees=abs(lon))


def _parallel(lat: float) -> str:
    return (tr("{degrees:.1f}° S") if lat < 0 else tr("{degrees:.1f}° N")).format(degrees=abs(lat))
