"""The charts of the report as SVG, drawn by matplotlib where it is installed.

Only words and numbers of our own are written into them, never a name from data: the page around them does
that, with the fonts of whoever reads it. Figures are made without pyplot, so they may be drawn beside the
main thread; the few settings that matplotlib knows only globally are set for the moment of drawing.
"""
from __future__ import annotations

import io
import re
import threading
from typing import TYPE_CHECKING, Callable

import numpy as np

from ..arrays import Floats, Ints
from ..coverage import Coverage
from ..palette import BLUE, GREY, ORANGE, VERMILION
from .map_frame import WIDEST_WITH_BAR, Frame, frame_of, scale_bar
from .markup import Markup, text
from .measures import Curve, Points, gaps_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NOT_DRAWN = "The charts are left out: they need the Python library matplotlib, which is not installed here."
#: Width of a chart in inches, that of an A4 page within its margins; both charts fit on one page.
WIDTH, HIGHEST_MAP = 7.0, 3.1
#: Of more places than this, circles are drawn as one picture (of so many dots per inch) within the SVG.
MOST_CIRCLES, DPI = 1_000, 170
#: Areas of the smallest and largest circle in square points.
SMALLEST, LARGEST = 5.0, 800.0
#: The largest circle shrinks with the number of places, to this area at least, so that they lie less upon another.
LARGEST_OF_MANY, AREA_OF_ALL = 40.0, 100_000.0
#: Moments that the calendar of the charts can show: years 10 to 9990.
_CALENDAR_MS = (-61_850_000_000_000, 253_000_000_000_000)
_SETTINGS = {
    "svg.fonttype": "none", "text.usetex": False, "axes.formatter.use_locale": False,
    "font.family": "sans-serif", "hatch.linewidth": 0.6,
}
#: One drawing at a time: the end of one would take back the settings of another.
_DRAWING = threading.Lock()


def version() -> str:
    """matplotlib's version, empty where it cannot be used."""
    try:
        import matplotlib
        import matplotlib.backends.backend_svg
    except (ImportError, ValueError):  # ValueError: it was built for another numpy
        return ""
    return str(matplotlib.__version__)


def can_show(coverage: Coverage) -> bool:
    """Is the span within the years that a calendar axis knows?"""
    return bool(_CALENDAR_MS[0] < coverage.edges[0] and coverage.edges[-1] < _CALENDAR_MS[1])


def date_chart(coverage: Coverage, curve: Curve | None, first_is_new: bool) -> Markup:
    """Reports and places reporting per bin, the known total, and its change; gaps are hatched."""
    panels = 2 if curve is None else 4

    def draw(figure: Figure) -> None:
        axes = figure.subplots(panels, 1, sharex=True, squeeze=False, gridspec_kw=_room(figure))[:, 0]
        edges = _day_numbers(coverage.edges)
        _bars(axes[0], edges, coverage.reports, f"Reports per {coverage.unit}")
        _bars(axes[1], edges, coverage.places, f"Places that reported, per {coverage.unit}")
        if curve is not None:
            _line(axes[2], edges, curve.total, f"Known total at the end of each {coverage.unit}")
            _changes(axes[3], edges, curve.total, first_is_new, f"Change of the known total per {coverage.unit}")
        for one in axes:
            _hatch(one, _day_numbers(gaps_of(coverage)))
        _calendar(axes[-1], edges)

    return svg_of("dates", "Coverage by date", 0.5 + 0.9 * panels, draw)


def place_map(points: Points) -> Markup:
    """Places as circles whose area is proportional to their last known count; those unknown are crosses."""
    frame = frame_of(points.lon, points.lat)
    height = min(WIDTH * 0.75 * frame.ratio + 0.4, HIGHEST_MAP)
    raster = len(points.lon) > MOST_CIRCLES
    known = ~np.isnan(points.value)

    def draw(figure: Figure) -> None:
        axes = figure.add_subplot()
        figure.subplots_adjust(left=0.09, right=0.84, bottom=0.25 / height, top=1 - 0.1 / height)
        for chosen, colour in ((known & ~points.listed, GREY), (known & points.listed, BLUE)):
            _circles(axes, points, np.flatnonzero(chosen), colour, raster)
        axes.plot(points.lon[~known], points.lat[~known], "x", color=ORANGE, markersize=3.5, rasterized=raster)
        _frame_map(axes, frame)
        _legend(axes, points)

    return svg_of("places", "Map of the places", height, draw)


def _room(figure: Figure) -> dict[str, float]:
    """Margins for the labels, in shares of the figure: a layout found by measuring them takes twice the time."""
    height = figure.get_figheight()
    return {"left": 0.1, "right": 0.965, "top": 1 - 0.2 / height, "bottom": 0.35 / height, "hspace": 0.42}


def svg_of(key: str, label: str, height: float, draw: Callable[[Figure], None]) -> Markup:
    """A drawing as an element of a page; `key` makes its identifiers its own, the same in every run."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    buffer = io.StringIO()
    with _DRAWING, matplotlib.rc_context({**_SETTINGS, "svg.hashsalt": key}):
        figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="none")
        draw(figure)
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
    return inline(buffer.getvalue(), key, label)


def _day_numbers(ms: Ints) -> Floats:
    from matplotlib.dates import date2num

    return np.asarray(date2num(ms.astype("datetime64[ms]")), np.float64)


def _dress(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", fontsize=9, pad=3)
    axes.set_facecolor("none")
    axes.tick_params(labelsize=8, color=GREY)
    axes.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.5)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(GREY)


def _bars(axes: Axes, days: Floats, counts: Ints, title: str) -> None:
    axes.stairs(counts, days, fill=True, color=BLUE, linewidth=0)
    axes.set_ylim(0, max(float(counts.max(initial=0)) * 1.08, 1))
    _whole_numbers(axes)
    _dress(axes, title)


def _whole_numbers(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _short(value)))


def _short(value: float) -> str:
    """A count that fits beside an axis."""
    return f"{value:,.0f}" if abs(value) < 1e7 else f"{value / 1e6:,.6g} million"


def _line(axes: Axes, days: Floats, total: Floats, title: str) -> None:
    axes.stairs(np.nan_to_num(total), days, fill=True, color=BLUE, alpha=0.18, linewidth=0)
    axes.stairs(total, days, baseline=None, color=BLUE, linewidth=1.3)
    _spread(axes, total)
    _whole_numbers(axes)
    _dress(axes, title)


def _changes(axes: Axes, days: Floats, total: Floats, first_is_new: bool, title: str) -> None:
    """Bars of the change against the bin before; the first bin has one only if the dataset starts at zero."""
    change = np.diff(total, prepend=np.nan)
    began = np.flatnonzero(~np.isnan(total))[:1]
    if first_is_new:
        change[began] = total[began]
    for part, colour in ((np.fmax(change, 0), BLUE), (np.fmin(change, 0), VERMILION)):
        axes.stairs(np.nan_to_num(part), days, fill=True, color=colour, linewidth=0)
    axes.axhline(0, color=GREY, linewidth=0.6)
    _spread(axes, change)
    _whole_numbers(axes)
    _dress(axes, title)


def _spread(axes: Axes, values: Floats) -> None:
    """Limits that hold zero and every value."""
    finite = values[np.isfinite(values)]
    low, high = min(float(finite.min(initial=0)), 0.0), max(float(finite.max(initial=0)), 0.0)
    room = 0.08 * (high - low) or 1.0
    axes.set_ylim(low - (room if low < 0 else 0.0), high + room)


def _hatch(axes: Axes, gaps: Floats) -> None:
    low, high = axes.get_ylim()
    if len(gaps):
        axes.broken_barh(
            [(begin, end - begin) for begin, end in gaps.tolist()], (low, high - low),
            facecolor="none", edgecolor=GREY, hatch="////", linewidth=0)


def _calendar(axes: Axes, days: Floats) -> None:
    from datetime import timezone

    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(tz=timezone.utc, minticks=4, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    # The corner tells what the ticks leave out; by default it names the last tick's month for the whole axis.
    corner = ["", "%Y", "%Y", "%Y-%m", "%Y-%m-%d", "%Y-%m-%d %H:%M"]
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=timezone.utc, offset_formats=corner))
    axes.xaxis.get_offset_text().set_fontsize(8)
    axes.set_xlim(days[0], days[-1])


def _sizes(values: Floats, points: Points) -> Floats:
    """Areas in square points, proportional to the count and never too small to be seen."""
    return np.maximum(SMALLEST * np.maximum(values, 0) / max(smallest_count(points), 1e-300), SMALLEST)


def smallest_count(points: Points) -> float:
    """The count for which the smallest circle stands; lower ones have the same."""
    largest = _largest(points)
    widest = min(LARGEST, max(LARGEST_OF_MANY, AREA_OF_ALL / len(points.lon)))
    # Where counts are small, a single case already has the smallest circle.
    return max(largest * SMALLEST / widest, min(largest, 1.0))


def _largest(points: Points) -> float:
    return float(np.nanmax(points.value)) if (~np.isnan(points.value)).any() else 0.0


def _circles(axes: Axes, points: Points, rows: Ints, colour: str, raster: bool) -> None:
    """The largest first, so that the small ones lie on top."""
    rows = rows[np.argsort(-points.value[rows], kind="stable")]
    axes.scatter(
        points.lon[rows], points.lat[rows], s=_sizes(points.value[rows], points), c=colour, alpha=0.45,
        edgecolors=colour, linewidths=0.5, rasterized=raster)


def _legend(axes: Axes, points: Points) -> None:
    """Circles of three round counts."""
    largest = _largest(points)
    if largest < 1:
        return
    top = 10 ** np.floor(np.log10(largest))
    least = max(smallest_count(points), 1)
    steps = [value for value in (top * 5, top, top / 10, top / 100) if least <= value <= largest]
    marks = [
        axes.scatter([], [], s=_sizes(np.array([value]), points), c=BLUE, alpha=0.6, label=f"{value:,.0f}")
        for value in steps
    ]
    axes.legend(
        handles=marks, loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, fontsize=8, labelspacing=1.1)


def _frame_map(axes: Axes, frame: Frame) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_xlim(frame.west, frame.east)
    axes.set_ylim(frame.south, frame.north)
    axes.set_aspect(frame.aspect, adjustable="box")
    for axis, letters in ((axes.xaxis, "EW"), (axes.yaxis, "NS")):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(FuncFormatter(lambda value, _, letters=letters: _degrees(value, letters)))
    axes.set_facecolor("none")
    axes.tick_params(labelsize=8, color=GREY)
    axes.grid(color=GREY, alpha=0.25, linewidth=0.5)
    for spine in axes.spines.values():
        spine.set_color(GREY)
    _draw_scale_bar(axes, frame)


def _degrees(value: float, letters: str) -> str:
    return f"{abs(value):.6g}°{letters[0] if value > 0 else letters[1] if value < 0 else ''}"


def _draw_scale_bar(axes: Axes, frame: Frame) -> None:
    if frame.east - frame.west > WIDEST_WITH_BAR:  # its length would hold at one latitude only
        return
    km, length = scale_bar(frame)
    left = frame.west + 0.03 * (frame.east - frame.west)
    bottom = frame.south + 0.04 * (frame.north - frame.south)
    axes.plot([left, left + length], [bottom, bottom], color=GREY, linewidth=2.2, solid_capstyle="butt")
    axes.annotate(f"{km:,.6g} km", (left + length / 2, bottom), (0, 3), textcoords="offset points", ha="center",
                  va="bottom", fontsize=7.5)


_FOREIGN: tuple[tuple[str, str], ...] = (
    (r"^.*?(?=<svg)", ""), (r"<metadata>.*?</metadata>", ""), (r"<!--.*?-->", ""),
    (r"<style[^>]*>.*?</style>", ""), (r"\n\s*", "\n"))
_ATTRIBUTES = re.compile(r"""(\b(?:id|xlink:href)="#?|url\(#)""")
_DECIMALS = re.compile(r"(\d\.\d\d)\d+")


def inline(svg: str, key: str, label: str) -> Markup:
    """An SVG document as part of an HTML page: no prologue, no addresses, no name that another one has."""
    for pattern, instead in _FOREIGN:
        svg = re.sub(pattern, instead, svg, flags=re.DOTALL)
    svg = re.sub(r"<[^>]+>", lambda tag: _own_names(tag.group(), key), svg)
    view = re.search(r'viewBox="[^"]*"', svg)
    body = svg[svg.index(">") + 1:]
    return Markup(f'<svg role="img" aria-label="{text(label)}" {view.group() if view else ""}>{body}')


def _own_names(tag: str, key: str) -> str:
    """Identifiers that begin with the key, and coordinates to a hundredth of a point, which saves a third."""
    if "data:image" in tag:
        return tag
    return _DECIMALS.sub(r"\1", _ATTRIBUTES.sub(lambda found: f"{found.group()}{key}-", tag))
