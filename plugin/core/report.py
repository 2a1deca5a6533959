"""The report of a load: one page, without any other file, that can be attached to a paper."""
from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from .dataset import Cleaned
from .errors import AtlasError
from .progress import Progress
from .reporting import charts, decisions, found, front, method, spread
from .reporting.markup import paragraph
from .reporting.measures import points_of, totals_at_end
from .reporting.page import page
from .schema import main_metric

_EPOCH = datetime(1970, 1, 1)


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


def write_report(
    cleaned: Cleaned, output: Path, progress: Progress | None = None, loaded: date | None = None
) -> Path:
    """Write the report beside the GeoPackage and return its path; `loaded` is the day it names, else today."""
    path = report_path(output)
    words = report_html(cleaned, output.name, progress, loaded)
    try:
        path.write_text(words, encoding="utf-8", errors="replace")
    except OSError as error:
        raise AtlasError(
            f"The dataset was written, but its report could not be: {path.name} is not writable.", str(error)
        ) from error
    return path


def report_html(
    cleaned: Cleaned, title: str, progress: Progress | None = None, loaded: date | None = None
) -> str:
    """The report as one HTML page that needs no other file; every text of the data is escaped."""
    progress, info = progress or Progress(), cleaned.info
    metric, drawn = main_metric(info.metrics), bool(charts.version())
    progress.report(0.0, "Writing the report")
    totals = totals_at_end(cleaned)
    points = points_of(cleaned, metric)
    parts = [
        front.summary(info, totals), front.warnings(cleaned, points), front.balance(info),
        "" if drawn else paragraph(charts.NOT_DRAWN, style="note")]
    progress.report(0.3)
    parts.append(spread.by_date(cleaned, metric, drawn))
    progress.report(0.6)
    parts += [spread.by_place(cleaned, metric, points, drawn), spread.completeness(cleaned, totals)]
    progress.report(0.9)
    parts += [
        decisions.files_read(info), decisions.decided(info), found.findings(cleaned), found.rejected(cleaned),
        method.definitions(), method.checks(cleaned), method.citing(info, totals, loaded or date.today()),
        method.software()]
    progress.report(1.0)
    return page(title, f"{title}: report", "report of a dataset", "".join(parts))
