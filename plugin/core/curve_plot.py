"""The axes and artists of an epidemic curve, made once and then given other data.

Every property is set by name and no setting of matplotlib's is changed: those are global, and a report may be
drawn beside. Making axes takes five times as long as giving them another curve.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import Floats
from .curve_looks import UNMARKED, CurveLook, CurveMarks, CurveTexts
from .curve_shapes import apart, days, drawable, edges_of, families_for, held, spans, unknown_step
from .curve_ticks import date_ticks, limits_of, powers, whole_ticks, width_of
from .schema import MS_PER_DAY
from .series import Curve

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Points of the figure: bars at least this wide stand apart; narrower ones get a line around them to be seen.
_APART, _OUTLINE = 3.0, 0.7
#: The zeros of both axes are at one height unless less than this share of the height is above.
_LEAST_ABOVE = 0.5
_POINTS_PER_INCH = 72.0
#: A line of the figure has room for so many heights of letters; smaller ones than these points cannot be read.
_LINE, _SMALLEST_PT = 27.0, 6.5


class CurvePlot:
    """Axes and artists of a curve: `bars`, `fallen`, `below`, `mean`, `total`, `gaps`, `jumps`, `revisions`.

    `overlay` are the artists of `mark`; on a screen they are left out of the drawing, to be drawn over it.
    """

    def __init__(self, figure: Figure, look: CurveLook, for_print: bool = False) -> None:
        self.figure = figure
        self.look = look
        self._print = for_print
        self._pt = look.font_pt
        self._curve: Curve | None = None
        self._dated = False
        figure.clear()
        self.left = _axes(figure, look, look.text)
        self.right = _axes(figure, look, look.total)
        self._make_artists()
        self._make_overlay()
        self.restyle(look)

    def _make_artists(self) -> None:
        from matplotlib.lines import Line2D
        from matplotlib.patches import PathPatch, StepPatch
        from matplotlib.path import Path

        left, right = self.left, self.right
        # Added by hand: the methods of axes measure each vertex to find limits, which are known.
        self.gaps = _added(left, PathPatch(
            Path(np.zeros((0, 2))), linewidth=0, hatch="/////", fill=False, transform=left.get_xaxis_transform()))
        self.bars, self.below, self.fallen = (
            _added(left, StepPatch([0.0], [0.0, 1.0], fill=True)) for _ in range(3))
        self.fallen.set_alpha(0.45)
        self.base = _added(left, Line2D([], [], drawstyle="steps-post", linewidth=0.6))
        self.mean = _added(left, Line2D([], [], linewidth=1.1))
        self.total = _added(right, Line2D([], [], drawstyle="steps-post", linewidth=1.3))
        self.jumps = _added(left, self._mark_line("^", 4))
        self.revisions = _added(left, self._mark_line("v", -4))
        self.texts = {name: self._text() for name in ("new", "mean", "total", "unknown", "title", "key", "zone")}

    def _mark_line(self, marker: str, points: float) -> Any:
        """Marks so many points above the values they stand for."""
        from matplotlib.lines import Line2D
        from matplotlib.transforms import ScaledTranslation

        shift = ScaledTranslation(0, points / _POINTS_PER_INCH, self.figure.dpi_scale_trans)
        return Line2D(
            [], [], linestyle="none", marker=marker, markersize=4, markeredgewidth=0,
            transform=self.left.transData + shift)

    def _text(self) -> Any:
        text = self.figure.text(0, 0, "", usetex=False, fontsize=self._pt, va="center")
        text.set_parse_math(False)
        return text

    def _make_overlay(self) -> None:
        from matplotlib.lines import Line2D
        from matplotlib.patches import Rectangle

        across = self.right.get_xaxis_transform()
        self._dims = [
            _added(self.right, Rectangle((0, 0), 0, 1, linewidth=0, alpha=0.68, transform=across)) for _ in range(2)]
        self._limits = [_added(self.right, Line2D([0, 0], [0, 1], linewidth=1, transform=across)) for _ in range(2)]
        self._grips = _added(self.right, Line2D(
            [], [], linestyle="none", marker="s", markersize=4, transform=across))
        self._frame = _added(self.right, Rectangle((0, 0), 0, 1, linewidth=0.8, alpha=0.35, transform=across))
        self._handle = _added(self.right, Line2D(
            [], [], linestyle="none", marker="v", markersize=8, markeredgewidth=0.6, transform=across, clip_on=False))
        self.overlay: list[Artist] = [*self._dims, *self._limits, self._grips, self._frame, self._handle]
        for artist in self.overlay:
            artist.set_animated(not self._print)
            artist.set_zorder(5)
        self.mark(UNMARKED)

    def restyle(self, look: CurveLook) -> None:
        """Take other colours and another size of letters; `show` gives them their room."""
        self.look = look
        self.figure.set_facecolor(look.background)
        for axes, colour in ((self.left, look.text), (self.right, look.total)):
            axes.tick_params(colors=colour, grid_color=look.faint)
        self.left.tick_params(axis="x", color=look.faint)
        self.gaps.set_edgecolor(look.faint)
        for patch, colour in ((self.bars, look.new), (self.below, look.fallen), (self.fallen, look.fallen)):
            patch.set_color(colour)
        for line, colour in (
            (self.base, look.faint), (self.mean, look.mean), (self.total, look.total), (self.jumps, look.text),
            (self.revisions, look.fallen), *((limit, look.text) for limit in self._limits), (self._grips, look.text),
            (self._handle, look.cursor),
        ):
            line.set_color(colour)
        self._handle.set_markeredgecolor(look.background)
        for dim in self._dims:
            dim.set_facecolor(look.background)
        self._frame.set_color(look.cursor)
        for name, text in self.texts.items():
            text.set_color({"new": look.new, "total": look.total, "mean": look.mean}.get(name, look.text))

    def show(self, curve: Curve, texts: CurveTexts, log: bool = False, mean: bool = True) -> None:
        """Show another curve, or the same in other words."""
        self._dated = bool(len(curve.begins))
        self._curve = curve = curve if self._dated else unknown_step(curve.step)
        self._set_letters()
        edges = days(edges_of(curve))
        new, total, fallen = (drawable(values) for values in (curve.new, curve.total, curve.fallen))
        self._set_bars(edges, new, fallen)
        self._set_lines(edges, new, total, drawable(curve.mean) if mean else None)
        self._set_marks(edges, new, fallen, curve)
        self._set_scales(new, fallen, total, log)
        self._write(texts, mean, bool(np.isnan(new).all() and np.isnan(total).all()))
        self.fit()

    def _set_letters(self) -> None:
        """The wanted size, or smaller ones where the figure is narrow."""
        size = min(self.look.font_pt, max(self._size_pt()[0] / _LINE, _SMALLEST_PT))
        if size == self._pt:
            return
        self._pt = size
        for axes in (self.left, self.right):
            axes.tick_params(labelsize=size)
        for text in self.texts.values():
            text.set_fontsize(size)

    def _set_bars(self, edges: Floats, new: Floats, fallen: Floats) -> None:
        wide = self._width_pt() / max(len(new), 1) >= _APART
        for patch, values in (
            (self.bars, np.fmax(new, 0)), (self.below, np.fmin(new, 0)), (self.fallen, np.fmin(fallen, 0)),
        ):
            values = np.nan_to_num(values)
            patch.set_linewidth(0 if wide else _OUTLINE)
            patch.set_visible(bool(values.any()))
            patch.set_data(*(apart(edges, values) if wide else (values, edges)))

    def _set_lines(self, edges: Floats, new: Floats, total: Floats, mean: Floats | None) -> None:
        self.base.set_data(edges, held(np.where(np.isnan(new), np.nan, 0.0)))
        self.total.set_data(edges, held(total))
        self.mean.set_visible(mean is not None)
        if mean is not None:
            self.mean.set_data((edges[:-1] + edges[1:])[: len(mean)] / 2, mean)

    def _set_marks(self, edges: Floats, new: Floats, fallen: Floats, curve: Curve) -> None:
        middles = (edges[:-1] + edges[1:])[: len(new)] / 2
        self.gaps.set_path(spans(edges, curve.gap))
        self.gaps.set_visible(bool(curve.gap.any()))
        for line, chosen, values in (
            (self.jumps, curve.jump, np.fmax(np.nan_to_num(new), 0)),
            (self.revisions, fallen < 0, np.fmin(np.nan_to_num(fallen), np.nan_to_num(new))),
        ):
            line.set_data(middles[chosen], values[chosen])
            line.set_visible(bool(chosen.any()))
            # So many marks that they would cover each other are smaller.
            line.set_markersize(min(4.5, max(2.0, self._width_pt() / max(int(chosen.sum()), 1))))

    def _set_scales(self, new: Floats, fallen: Floats, total: Floats, log: bool) -> None:
        low, high = limits_of(np.concatenate((new, fallen)), bool(self._curve is not None and self._curve.jump.any()))
        self.left.set_ylim(low, high)
        _set_ticks(self.left.yaxis, *whole_ticks(low, high, new, self._lines()))
        if log and (total > 0).any():
            self._set_log_scale(total[total > 0])
        else:
            self._set_plain_scale(total, low, high)

    def _set_plain_scale(self, total: Floats, new_low: float, new_high: float) -> None:
        """The zeros of both axes are at one height where the bars allow it."""
        low, high = limits_of(total, False)
        above = new_high / (new_high - new_low)
        if low == 0 and _LEAST_ABOVE <= above < 1:
            low = -high * (1 - above) / above
        _set_scale(self.right, "linear")
        self.right.set_ylim(low, high)
        ticks, labels = whole_ticks(low, high, total, self._lines())
        kept = ticks >= min(float(np.nanmin(total, initial=0)), 0)
        _set_ticks(self.right.yaxis, ticks[kept], [label for label, keep in zip(labels, kept) if keep])

    def _set_log_scale(self, total: Floats) -> None:
        """The line in powers of ten; what is not above zero has no place on it."""
        low, high = float(total.min()), float(total.max())
        _set_scale(self.right, "log")
        self.right.set_ylim(low / 1.5, high * 1.8)
        _set_ticks(self.right.yaxis, *powers(low / 1.5, high * 1.8, self._lines()))

    def _lines(self) -> int:
        """How many tick labels have room above each other."""
        return int(np.clip(self._size_pt()[1] / (3.2 * self._pt), 2, 6))

    def _write(self, texts: CurveTexts, mean: bool, unknown: bool) -> None:
        said = {
            "new": texts.new, "total": texts.total, "mean": f"— {texts.mean}" if mean else "",
            "unknown": texts.unknown if unknown else "",
        }
        if self._print:
            said.update(title=texts.title or texts.metric, zone=texts.zone, key=self._key(texts))
        for name, text in self.texts.items():
            words = said.get(name, "")
            text.set_text(words)
            text.set_fontfamily(families_for(words))

    def _key(self, texts: CurveTexts) -> str:
        """What the marks mean that this curve has."""
        signs = ((self.jumps, "▲", texts.jump), (self.revisions, "▼", texts.fallen), (self.gaps, "///", texts.gap))
        return "   ".join(f"{sign} {words}" for artist, sign, words in signs if artist.get_visible())

    def fit(self) -> None:
        """Give margins, ticks and words their places; again after the figure has another size."""
        width, height = self._size_pt()
        pt = self._pt
        sides = [0.7 * pt + pt * max(
            [width_of(label) for label in _labels_of(axes)] or [0.0]) for axes in (self.left, self.right)]
        # The words of both axes begin at the edges; the plot never gets less than a third of the width.
        sides = [float(np.clip(side, 1.5 * pt, width / 3)) for side in sides]
        top = 2.0 * pt + (1.9 * pt if self._print else 0)
        bottom = 1.9 * pt + (1.5 * pt if self._print and self._has_foot() else 0)
        box = (sides[0] / width, min(bottom / height, 0.4), 1 - sum(sides) / width,
               max(1 - (top + bottom) / height, 0.2))
        for axes in (self.left, self.right):
            axes.set_position(box)
        self._place_texts(width, height)
        self._set_dates()

    def _has_foot(self) -> bool:
        return bool(self.texts["key"].get_text() or self.texts["zone"].get_text())

    def _place_texts(self, width: float, height: float) -> None:
        pt, margin = self._pt, 0.35 * self._pt / width
        row = 1 - (0.85 + (1.7 if self._print else 0)) * pt / height
        _place(self.texts["title"], margin, 1 - 1.1 * pt / height, "left")
        _place(self.texts["new"], margin, row, "left")
        _place(self.texts["total"], 1 - margin, row, "right")
        free = self._free_row(width)
        _place(self.texts["mean"], free[0] / width, row, "center")
        self.texts["mean"].set_visible(free[1] >= pt * width_of(self.texts["mean"].get_text()))
        _place(self.texts["key"], margin, 0.9 * pt / height, "left")
        _place(self.texts["zone"], 1 - margin, 0.9 * pt / height, "right")
        box = self.left.get_position()
        _place(self.texts["unknown"], (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2, "center")

    def _free_row(self, width: float) -> tuple[float, float]:
        """Middle and width of what the words of both axes leave between them, in points."""
        begin = self._pt * (0.85 + width_of(self.texts["new"].get_text()))
        end = width - self._pt * (0.85 + width_of(self.texts["total"].get_text()))
        return (begin + end) / 2, end - begin

    def _set_dates(self) -> None:
        curve = self._curve
        if curve is None:
            return
        edges = edges_of(curve)
        for axes in (self.left, self.right):
            axes.set_xlim(days(edges[0]), days(edges[-1]))
        width, box = self._size_pt()[0] / self._pt, self.left.get_position()
        ticks = date_ticks(
            int(edges[0]), int(edges[-1]), curve.step, box.width * width, (box.x0 * width, (1 - box.x1) * width))
        _set_ticks(self.left.xaxis, days(ticks.places), ticks.labels if self._dated else [])
        for tick, align in zip(self.left.xaxis.get_major_ticks(len(ticks.labels)), ticks.aligns):
            tick.label1.set_horizontalalignment(align)

    def _size_pt(self) -> tuple[float, float]:
        width, height = self.figure.get_size_inches()
        return max(float(width), 0.1) * _POINTS_PER_INCH, max(float(height), 0.1) * _POINTS_PER_INCH

    def _width_pt(self) -> float:
        """Width of the plot itself."""
        return float(self.left.get_position().width) * self._size_pt()[0]

    def mark(self, marks: CurveMarks) -> None:
        """Move the cursor and dim what is outside the chosen dates."""
        self._mark_frame(marks.frame)
        begin, end = marks.begin_ms, marks.end_ms
        low, high = self.left.get_xlim()
        places = [None if at is None else float(np.clip(at / MS_PER_DAY, low, high)) for at in (begin, end)]
        for dim, limit, place, outer in zip(self._dims, self._limits, places, (low, high)):
            for artist in (dim, limit):
                artist.set_visible(place is not None)
            if place is not None:
                dim.set_bounds(min(place, outer), 0, abs(place - outer), 1)
                limit.set_xdata([place, place])
        held = [place for place in places if place is not None]
        self._grips.set_visible(bool(held))
        self._grips.set_data(held, [0.5] * len(held))

    def _mark_frame(self, frame: tuple[int, int] | None) -> None:
        low, high = self.left.get_xlim()
        shown = frame is not None and frame[0] / MS_PER_DAY < high and frame[1] / MS_PER_DAY > low
        for artist in (self._frame, self._handle):
            artist.set_visible(shown)
        if frame is not None and shown:
            begin, end = (float(np.clip(ms / MS_PER_DAY, low, high)) for ms in frame)
            self._frame.set_bounds(begin, 0, end - begin, 1)
            self._handle.set_data([(begin + end) / 2], [1.0])


def _axes(figure: Figure, look: CurveLook, colour: str) -> Axes:
    """Axes that only have what is put into them."""
    right = colour == look.total
    axes = figure.add_axes([0.1, 0.1, 0.8, 0.8], frameon=False, autoscale_on=False, label="total" if right else "new")
    axes.tick_params(
        length=0, pad=2, labelsize=look.font_pt, grid_linewidth=0.5, grid_alpha=0.3,
        left=False, right=False, labelleft=not right, labelright=right, top=False)
    axes.tick_params(axis="x", length=2.5, width=0.6, bottom=not right, labelbottom=not right, pad=1.5)
    axes.xaxis.set_visible(not right)
    axes.grid(not right, axis="y")
    axes.set_axisbelow(True)
    return axes


def _added(axes: Axes, artist: Any) -> Any:
    """Put an artist on axes that have limits of their own."""
    axes.add_artist(artist)
    return artist


def _place(text: Any, x: float, y: float, align: str) -> None:
    text.set_position((x, y))
    text.set_horizontalalignment(align)


def _set_ticks(axis: Any, places: Floats, labels: list[str]) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter(FixedFormatter(labels))
    axis.set_minor_locator(NullLocator())


def _labels_of(axes: Axes) -> list[str]:
    return list(axes.yaxis.get_major_formatter().seq)


def _set_scale(axes: Axes, scale: str) -> None:
    if axes.get_yscale() != scale:
        axes.set_yscale(scale)
