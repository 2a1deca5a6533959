"""A short report of a load: what was read, what was decided and why, and what was found."""
from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from html import escape
from pathlib import Path

from .dataset import Choice, Cleaned, DatasetInfo
from .errors import AtlasError
from .schema import FINDING_COLUMNS

_EPOCH = datetime(1970, 1, 1)
_CSS = (
    "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#222;background:#fff}"
    "table{border-collapse:collapse;margin:.5em 0 1.5em}td,th{border:1px solid #ccc;padding:.25em .7em;"
    "text-align:left;vertical-align:top}td.n{text-align:right}.note{background:#fff3cd;padding:.5em 1em}"
)


def moment_text(ms: int) -> str:
    """Wall-clock milliseconds as ISO 8601 without an offset.

    >>> moment_text(1580515200000)
    '2020-02-01T00:00:00'
    """
    moment = _EPOCH + timedelta(milliseconds=int(ms))
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def report_path(output: Path) -> Path:
    """Where the report of a GeoPackage lies: beside it."""
    return output.with_name(f"{output.stem}_report.html")


def write_report(cleaned: Cleaned, output: Path) -> Path:
    """Write the report beside the GeoPackage and return its path."""
    path = report_path(output)
    try:
        path.write_text(report_html(cleaned, output.name), encoding="utf-8", errors="replace")
    except OSError as error:
        raise AtlasError(
            f"The dataset was written, but its report could not be: {path.name} is not writable.", str(error)
        ) from error
    return path


def report_html(cleaned: Cleaned, title: str) -> str:
    """The report as one HTML page that needs no other file; every text of the data is escaped."""
    info = cleaned.info
    synthetic = ('<p class="note">This dataset is synthetic: it was invented for demonstration and '
                 "says nothing about any real place.</p>") if info.synthetic else ""
    return "".join((
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
        f"<title>{escape(title)}</title><style>{_CSS}</style></head><body>",
        f"<h1>{escape(title)}</h1>", synthetic,
        "<h2>What was read</h2>", _table(("file", "rows", "encoding", "delimiter", "SHA-256"), _files(info)),
        "<h2>The balance</h2>", _table(("", "rows"), _balance(info)),
        _counts(info),
        "<h2>What was decided, and why</h2>", _table(("question", "answer", "reason"), _choices(info)),
        "<h2>Findings</h2>", _findings(cleaned),
        "<h2>Rows that were not understood</h2>", _rejected(cleaned),
        "</body></html>",
    ))


def _files(info: DatasetInfo) -> Iterable[tuple[str, ...]]:
    return (
        (one.name, f"{one.rows:,}", one.encoding, repr(one.delimiter), one.sha256) for one in info.sources
    )


def _balance(info: DatasetInfo) -> Iterable[tuple[str, str]]:
    return (
        ("rows read", f"{info.rows_read:,}"),
        ("= states", f"{info.states:,}"),
        ("+ merged into the state they repeat", f"{info.rows_merged:,}"),
        ("+ exact duplicates", f"{info.rows_duplicate:,}"),
        ("+ rejected", f"{info.rows_rejected:,}"),
    )


def _counts(info: DatasetInfo) -> str:
    zone = escape(info.time_zone.value)
    return (
        f"<p>{info.places:,} places in {info.cities:,} cities; {info.located:,} places have a point and are "
        f"on the map. Reports from {moment_text(info.first)} to {moment_text(info.last)} ({zone}). "
        f"Playback step: {escape(str(info.step))}.</p>"
    )


def _choices(info: DatasetInfo) -> Iterable[tuple[str, str, str]]:
    questions: dict[str, Choice] = {
        "kind of counts": info.kind,
        "does a report list every place?": info.listing,
        "datum": info.datum,
        "time zone": info.time_zone,
        "a place's first count": info.first_values,
        **{f"column for {role}": choice for role, choice in info.columns.items()},
    }
    return ((question, str(choice.value), choice.reason) for question, choice in questions.items())


def _findings(cleaned: Cleaned) -> str:
    if cleaned.findings.empty:
        return "<p>None of the checks found anything.</p>"
    return _table(FINDING_COLUMNS, cleaned.findings[list(FINDING_COLUMNS)].itertuples(index=False))


def _rejected(cleaned: Cleaned) -> str:
    if cleaned.rejected.empty:
        return "<p>None: every row was understood.</p>"
    counts = cleaned.rejected["reason"].value_counts()
    rows = ((reason, f"{count:,}") for reason, count in counts.items())
    note = "<p>All of them, with their text, are in the table “rejected”.</p>"
    return _table(("reason", "rows"), rows) + note


def _table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"
