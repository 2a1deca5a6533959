"""Coverage by date and by place, and how complete the counts are."""
from __future__ import annotations

from ..coverage import Coverage
from ..dataset import Cleaned, DatasetInfo
from ..schema import NEW
from . import charts
from .front import zone_words
from .map_frame import frame_of
from .markup import (
    Markup,
    bar,
    bold,
    bullets,
    figure,
    moment,
    name,
    number,
    paragraph,
    percent,
    section,
    shortened,
    table,
)
from .measures import (
    Area,
    Points,
    Total,
    areas_of,
    curve_of,
    gaps_of,
    is_events,
    levels_of,
    places_ever_known,
)

#: So many areas have a line of their own, and so many gaps are named.
MOST_AREAS, MOST_GAPS = 25, 5
#: So many characters of an area's name.
MOST_OF_NAME = 80


def by_date(cleaned: Cleaned, metric: str, drawn: bool) -> Markup:
    """When reports were made, what was known then, and the gaps."""
    coverage, info = cleaned.coverage, cleaned.info
    if coverage is None:
        words = Markup(f"Reports reach from {moment(info.first)} to {moment(info.last)}.")
        return section("Coverage by date", paragraph(words))
    chart = Markup("")
    if drawn and charts.can_show(coverage):
        curve = curve_of(cleaned, metric, coverage) if metric else None
        picture = charts.date_chart(coverage, curve, info.first_values.value == NEW or is_events(info))
        chart = figure(picture, _date_caption(info, metric))
    words = paragraph(_date_words(coverage), _gap_words(coverage))
    return section("Coverage by date", words, _gap_list(coverage), chart)


def _date_words(coverage: Coverage) -> Markup:
    filled, bins = int((coverage.reports > 0).sum()), len(coverage.reports)
    busiest = int(coverage.reports.argmax())
    outside = f" {coverage.outside:,} reports lie outside the span shown." if coverage.outside else ""
    return Markup(
        f"{filled:,} of {bins:,} {coverage.unit}s have reports; the most, {coverage.reports[busiest]:,} from "
        f"{coverage.places[busiest]:,} places, are of the {coverage.unit} that begins at "
        f"{moment(int(coverage.edges[busiest]))}.{outside}"
    )


def _gap_words(coverage: Coverage) -> str:
    gaps = gaps_of(coverage)
    if not len(gaps):
        return "There is no gap longer than is usual in this dataset."
    some = f", the {MOST_GAPS} longest of which are" if len(gaps) > MOST_GAPS else ""
    return f"Stretches without any report, longer than is usual in this dataset: {len(gaps):,}{some}:"


def _gap_list(coverage: Coverage) -> Markup:
    gaps = sorted(gaps_of(coverage).tolist(), key=lambda gap: (gap[0] - gap[1], gap[0]))[:MOST_GAPS]
    return bullets(Markup(f"from {moment(begin)} to {moment(end)}") for begin, end in gaps) if gaps else Markup("")


def _date_caption(info: DatasetInfo, metric: str) -> Markup:
    total = f"The known total is that of {bold(metric)}: at every moment the sum of the last known counts." if (
        metric) else ""
    events = " Of events it is their number so far." if metric and is_events(info) else ""
    return Markup(
        f"Reports counted before repeats are merged; exact duplicates and rejected rows are left out. {total}{events} "
        f"Hatched: no report for longer than is usual. Falls are shown as they were reported. "
        f"Times: {zone_words(info)}.")


def by_place(cleaned: Cleaned, metric: str, points: Points | None, drawn: bool) -> Markup:
    """Where reports come from: levels, a map, and the areas with the highest counts."""
    role, areas = areas_of(cleaned, metric)
    what = "sum of" if is_events(cleaned.info) else "last known"
    chart = Markup("")
    if drawn and points is not None and len(points.lon):
        chart = figure(charts.place_map(points), _map_caption(cleaned.info, metric, points))
    return section("Coverage by place", _level_table(cleaned), chart, _area_table(role, areas, metric, what))


def _level_table(cleaned: Cleaned) -> Markup:
    rows = [(level, places, located, places - located) for level, places, located in levels_of(cleaned)]
    return table(("level", "places", "with a point", "without a point"), rows, "narrow")


def _map_caption(info: DatasetInfo, metric: str, points: Points) -> Markup:
    outside = len(points.lon) - int(frame_of(points.lon, points.lat).holds(points.lon, points.lat).sum())
    gone = int((~points.listed).sum())
    count = "sum of" if is_events(info) else "last known count of"
    parts = (
        f"{len(points.lon):,} places with a point (WGS 84).",
        f"The area of a circle is proportional to the {count} {bold(metric)}, but for the smallest one, which "
        f"stands for {number(_rounded(charts.smallest_count(points)))} and fewer. A cross: unknown." if metric else "",
        f"Grey: {gone:,} places that are no longer listed at the end." if gone else "",
        f"{outside:,} places far from all others lie outside this map." if outside else "",
        f"Only places of the level {name(info.totals_level)} are drawn." if (
            info.totals_level and len(info.levels) > 1) else "",
    )
    return Markup(" ".join(part for part in parts if part))


def _rounded(value: float) -> float:
    """Two significant digits."""
    return float(f"{value:.2g}")


def _area_table(role: str, areas: list[Area], metric: str, what: str) -> Markup:
    shown, rest = areas[:MOST_AREAS], areas[MOST_AREAS:]
    size = [area.last or 0.0 for area in areas] if metric else [float(area.reports) for area in areas]
    most = max([*size, 1e-300])
    rows = [
        (shortened(area.name, MOST_OF_NAME), bar(max(value, 0.0) / most), *([_last(area)] if metric else []),
         area.reports, area.places, area.located)
        for area, value in zip(shown, size)
    ]
    heads = (role, "", *([f"{what} {metric}"] if metric else []), "reports", "places", "with a point")
    more = f"Not listed here: {len(rest):,} more with {sum(a.reports for a in rest):,} reports." if rest else ""
    order = f"{what} {metric}" if metric else "reports"
    head = paragraph(f"By {role}, in the order of {order}:")
    return Markup(head + table(heads, rows, "areas") + (paragraph(more) if more else ""))


def _last(area: Area) -> object:
    return "unknown" if area.last is None else area.last


def completeness(cleaned: Cleaned, totals: tuple[Total, ...]) -> Markup:
    """For each metric, how many places know it: ever, and at the end."""
    places, ever = places_ever_known(cleaned)
    rows = [
        (total.metric, number(total.total), f"{known:,} of {places:,}", percent(known, places),
         bar(known / max(places, 1)), f"{total.known:,} of {total.listed:,}", percent(total.known, total.listed))
        for total, known in zip(totals, ever)
    ]
    if not rows:
        return section("Completeness of the counts", paragraph("The files have no counts."))
    heads = ("metric", "total at the end", "places that ever gave it", "", "", "places that know it then", "")
    words = "A count that no report gave is unknown, not zero: a total says only what the places behind it know."
    return section("Completeness of the counts", paragraph(words), table(heads, rows))
