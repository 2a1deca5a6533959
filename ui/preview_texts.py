"""What the dialog says of a preview, in sentences."""
from __future__ import annotations

from typing import TYPE_CHECKING

from ..plugin.bridge.translation import tr
from .choice_texts import delimiter_text

if TYPE_CHECKING:
    from ..plugin.core.preview import Preview

#: So many findings are named; a line is no report.
_MOST_FINDINGS = 2
_PARAMETERS = ("COLUMNS", "GAZETTEER", "YEAR", "REPORT_DATE", "DATE_ORDER", "DATUM", "CRS")


def status_of(seen: Preview | None) -> tuple[str, str]:
    """The line above the rows, and how grave it is."""
    if seen is None:
        return "", ""
    if seen.problem:
        return " ".join(filter(None, (seen.problem, _in_this_window(seen.problem)))), "error"
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


def _in_this_window(problem: str) -> str:
    """Where to find what a sentence calls by the name of a parameter."""
    if not any(name in problem for name in _PARAMETERS):
        return ""
    return tr("(Here: the role of a column is chosen in the box above it; all else below, some of it in Advanced.)")


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
