"""The report of a suggested distance: the number, its curve, what it means, and what other distances would do."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from .knee import Suggestion
from .palette import BLUE, GREY, VERMILION
from .reporting import charts
from .reporting.markup import Markup, bold, bullets, figure, number, paragraph, percent, section, table
from .reporting.page import page

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_HEIGHT = 3.2
#: A line through more points than this shows no more.
_MOST_DRAWN = 2_000
#: The picture ends at so many times the suggested distance: a few places far away would press the knee to the ground.
_HIGHEST = 5.0
#: Distances of the table, as multiples of the suggested one.
_MULTIPLES = (0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class KneeTexts:
    """What the report says of its input: its name, the count ("" for rows), the interval and how distances are."""

    title: str
    metric: str
    interval: str
    distances: str

    @property
    def cases(self) -> str:
        """What a place weighs, in words."""
        return self.metric or "points"


def metres_text(metres: float) -> str:
    """A distance for people.

    >>> metres_text(182998.0), metres_text(12.5), metres_text(0.25)
    ('183 km', '12.5 m', '0.25 m')
    """
    return f"{_short(metres / 1000)} km" if metres >= 1000 else f"{_short(metres)} m"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def knee_html(found: Suggestion, texts: KneeTexts) -> str:
    """The report as one HTML page that needs no other file; every text of the data is escaped."""
    body = "".join((_answer(found, texts), _curve(found), _others(found, texts), _method(found, texts)))
    return page(texts.title, f"{texts.title}: suggested distance", "distance for clusters", body)


def _answer(found: Suggestion, texts: KneeTexts) -> Markup:
    share, places = found.core_shares(found.eps_m)
    words = Markup(f"EPS = {bold(number(found.eps_m))} m ({metres_text(found.eps_m)}) "
                   f"for MIN_CASES = {bold(number(found.min_weight))}.")
    meaning = (
        f"With it, DBSCAN makes core points of {percent(places, 1)} of the places, which have {percent(share, 1)} of "
        f"the cases ({texts.cases}): around each, at least {number(found.min_weight)} lie within this distance.")
    return Markup(
        paragraph(words, style="lead") + paragraph(meaning) + (paragraph(
            "The curve has no knee: it rises as a straight line, bends the other way, or all distances are equal. The "
            "number is its median, so try other ones too.", style="note warning") if found.knee_m is None else ""))


def _curve(found: Suggestion) -> Markup:
    words = (
        "For each place the distance within which MIN_CASES are reached, sorted. In dense parts it is small and alike, "
        "so the curve is flat; where it turns up, places lie alone. Distances below the knee join what is dense; "
        "much larger ones join clusters with each other and with what lies between them.")
    picture = figure(_picture(found), _caption(found)) if charts.version() else paragraph(
        charts.NOT_DRAWN.replace("charts are", "picture is").replace("they need", "it needs"), style="note")
    return section("The curve", paragraph(words), picture)


def _caption(found: Suggestion) -> str:
    drawn, alone = len(found.curve[0]), int((found.distance_m == 0).sum())
    idle, farthest_m = len(found.distance_m) - drawn - alone, float(found.curve[0][-1])
    parts = [f"Places on the curve: {drawn:,}, each as wide as it has cases."]
    if farthest_m > _HIGHEST * found.eps_m:
        parts.append(f"It goes on to {metres_text(farthest_m)}.")
    if alone:
        parts.append(f"Left out because they reach MIN_CASES alone, so that any distance does: {alone:,}.")
    if idle:
        parts.append(f"Left out because they have no cases: {idle:,}.")
    if found.is_sample:
        parts.append(
            f"A sample of {len(found.distance_m):,} of {found.places:,} places (the same in every run), each measured "
            "among all places.")
    return " ".join(parts)


def _picture(found: Suggestion) -> Markup:
    distance_m, share = found.curve
    top_m = min(float(distance_m[-1]), _HIGHEST * found.eps_m) * 1.04
    unit_m, unit = (1000.0, "km") if top_m >= 2000 else (1.0, "m")
    # Besides evenly spaced ones, the points at the top, where the curve is steep.
    some = np.unique(np.concatenate([
        np.searchsorted(share, np.linspace(0, 1, _MOST_DRAWN)).clip(max=len(share) - 1),
        np.arange(max(len(share) - _MOST_DRAWN, 0), len(share))]))

    def draw(drawing: Figure) -> None:
        axes = drawing.add_subplot()
        drawing.subplots_adjust(left=0.1, right=0.96, top=0.93, bottom=0.16)
        axes.step(100 * share[some], distance_m[some] / unit_m, where="pre", color=BLUE, linewidth=1.4)
        at = 100 * float(share[np.searchsorted(distance_m, found.eps_m, side="right") - 1])
        axes.axhline(found.eps_m / unit_m, color=VERMILION, linewidth=0.9, linestyle="--")
        axes.plot([at], [found.eps_m / unit_m], "o", color=VERMILION, markersize=5)
        axes.annotate(
            f"EPS {metres_text(found.eps_m)}", (0, found.eps_m / unit_m), (4, 3), textcoords="offset points",
            color=VERMILION, fontsize=9, va="bottom")
        axes.set_ylim(0, top_m / unit_m)
        _dress(axes, unit)

    return charts.svg_of("knee", "Sorted distances with their knee", _HEIGHT, draw)


def _dress(axes: Axes, unit: str) -> None:
    axes.set_xlim(0, 100)
    axes.set_xlabel("Share of the curve's cases (percent)", fontsize=9)
    axes.set_title(f"Distance to MIN_CASES ({unit})", loc="left", fontsize=9, pad=3)
    axes.set_facecolor("none")
    axes.tick_params(labelsize=8, color=GREY)
    axes.grid(color=GREY, alpha=0.25, linewidth=0.5)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(GREY)


def _others(found: Suggestion, texts: KneeTexts) -> Markup:
    rows = []
    for multiple in _MULTIPLES:
        eps_m = multiple * found.eps_m
        share, places = found.core_shares(eps_m)
        name = metres_text(eps_m)
        rows.append((bold(name) if multiple == 1 else name, percent(share, 1), percent(places, 1)))
    return section("Other distances", table(
        ("EPS", f"cases ({texts.cases}) at core points", "places that are core points"), rows, "narrow"))


def _method(found: Suggestion, texts: KneeTexts) -> Markup:
    told = (
        f"Counted: {texts.metric or 'every point as 1'}{texts.interval}. Places whose count is 0 or below weigh "
        "nothing.",
        texts.distances,
        f"{found.places:,} distinct places; points that coincide are one place with the sum of their cases.",
        "The curve is that of Ester, Kriegel, Sander and Xu 1996 (KDD-96), with a sum of cases instead of a number of "
        "neighbours; a place's own cases are included.",
        "The knee is where the curve, both axes drawn from 0 to 1, lies farthest below its chord: the highest peak of "
        "Kneedle (Satopää, Albrecht, Irwin and Raghavan 2011, ICDCS workshops).",
        "A suggestion, not a truth: what is a neighbour depends on the question. Look at the clusters.")
    return section("How it was found", bullets(told))
