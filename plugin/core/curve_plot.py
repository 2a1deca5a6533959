"""The axes and artists of an epidemic curve, made once and then given other data.

Every property is set by name and no setting of matplotlib's is changed: those are global, and a report may be
drawn beside. Making axes takes five times as long as giving them another curve.
"""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .arrays import Floats
from .curve_artists import POINTS_PER_INCH, added, count_labels_of, make_axes, mark_line, set_scale, set_ticks
from .curve_looks import CurveLook, CurveMarks, CurveTexts
from .curve_overlay import CurveOverlay
from .curve_shapes import apart, days, drawable, edges_of, held, spans, unknown_step
from .curve_ticks import date_ticks, limits_of, powers, whole_ticks, width_of
from .curve_words import CurveWords
from .series import Curve

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Left, bottom, width and height in shares of the figure.
Box = tuple[float, float, float, float]
#: Points of the figure: bars at least this wide stand apart; narrower ones get a line around them to be seen.
_APART, _OUTLINE = 3.0, 0.7
#: The zeros of both axes are at one height unless less than this share of the height is above.
_LEAST_ABOVE = 0.5
#: A line of the figure has room for so many heights of letters; smaller ones than these points cannot be read.
_LINE, _SMALLEST_PT = 27.0, 6.5


class CurvePlot:
    """Axes and artists of a curve: `bars`, `fallen`, `below`, `mean`, `total`, `gaps`, `jumps`, `revisions`.

    `overlay` are the artists of `mark`; on a screen they are left out of the drawing, to be drawn over it.
    """

    def __init__(
        self, figure: Figure, look: CurveLook, for_print: bool = False, box: Box | None = None
    ) -> None:
        """`box`: where the axes stand whatever the words need, in shares of the figure; they are then all that is
        printed beside the key: a layout has the title and the zone."""
        self.figure = figure
        self.look = look
        self._print, self._box = for_print, box
        self._pt = look.font_pt
        self._curve: Curve | None = None
        self._dated = False
        figure.clear()
        self.left, self.right = (make_axes(figure, look, right) for right in (False, True))
        self._make_artists()
        self._words = CurveWords(figure, look.font_pt, for_print and box is None)
        self.texts = self._words.texts
        self._overlay = CurveOverlay(self.right, animated=not for_print)
        self.overlay = self._overlay.artists
        self.restyle(look)

    def _make_artists(self) -> None:
        from matplotlib.lines import Line2D
        from matplotlib.patches import PathPatch, StepPatch
        from matplotlib.path import Path

        left, right = self.left, self.right
        self.gaps = added(left, PathPatch(
            Path(np.zeros((0, 2))), linewidth=0, hatch="/////", fill=False, transform=left.get_xaxis_transform()))
        self.bars, self.below, self.fallen = (
            added(left, StepPatch([0.0], [0.0, 1.0], fill=True)) for _ in range(3))
        self.fallen.set_alpha(0.45)
        self.base = added(left, Line2D([], [], drawstyle="steps-post", linewidth=0.6))
        self.mean = added(left, Line2D([], [], linewidth=1.1))
        self.total = added(right, Line2D([], [], drawstyle="steps-post", linewidth=1.3))
        self.jumps, self.revisions = mark_line(left, "^", 4), mark_line(left, "v", -4)

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
            (self.revisions, look.fallen),
        ):
            line.set_color(colour)
        self._words.restyle(look)
        self._overlay.restyle(look)

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
        self._fit()

    def _set_letters(self) -> None:
        """The wanted size, or smaller ones where the figure is narrow."""
        size = min(self.look.font_pt, max(self._size_pt()[0] / _LINE, _SMALLEST_PT))
        if size == self._pt:
            return
        self._pt = size
        for axes in (self.left, self.right):
            axes.tick_params(labelsize=size)
        self._words.set_size(size)

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
        set_ticks(self.left.yaxis, *whole_ticks(low, high, new, self._lines()))
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
        set_scale(self.right, "linear")
        self.right.set_ylim(low, high)
        ticks, labels = whole_ticks(low, high, total, self._lines())
        kept = ticks >= min(float(np.nanmin(total, initial=0)), 0)
        set_ticks(self.right.yaxis, ticks[kept], [label for label, keep in zip(labels, kept) if keep])

    def _set_log_scale(self, total: Floats) -> None:
        """The line in powers of ten; what is not above zero has no place on it."""
        low, high = float(total.min()), float(total.max())
        set_scale(self.right, "log")
        self.right.set_ylim(low / 1.5, high * 1.8)
        set_ticks(self.right.yaxis, *powers(low / 1.5, high * 1.8, self._lines()))

    def _lines(self) -> int:
        """How many tick labels have room above each other."""
        return int(np.clip(self._size_pt()[1] / (3.2 * self._pt), 2, 6))

    def _write(self, texts: CurveTexts, mean: bool, unknown: bool) -> None:
        said = {
            "new": texts.new, "total": texts.total, "mean": f"— {texts.mean}" if mean else "",
            "unknown": texts.unknown if unknown else "",
        }
        if self._print:
            said.update(key=self._key(texts))
        if self._print and self._box is None:
            said.update(title=texts.title or texts.metric, zone=texts.zone)
        self._words.write(said)

    def _key(self, texts: CurveTexts) -> str:
        """What the marks mean that this curve has."""
        signs = ((self.jumps, "▲", texts.jump), (self.revisions, "▼", texts.fallen), (self.gaps, "///", texts.gap))
        return "   ".join(f"{sign} {words}" for artist, sign, words in signs if artist.get_visible())

    def _fit(self) -> None:
        """Give margins, ticks and words their places."""
        width, height = self._size_pt()
        pt = self._pt
        sides = [0.7 * pt + pt * max(
            [width_of(label) for label in count_labels_of(axes)] or [0.0]) for axes in (self.left, self.right)]
        # The words of both axes begin at the edges; the plot never gets less than a third of the width.
        sides = [float(np.clip(side, 1.5 * pt, width / 3)) for side in sides]
        top, below = self._words.room
        bottom = 1.9 * pt + below
        box = (sides[0] / width, min(bottom / height, 0.4), 1 - sum(sides) / width,
               max(1 - (top + bottom) / height, 0.2))
        for axes in (self.left, self.right):
            axes.set_position(self._box or box)
        self._words.place((width, height), self.left.get_position())
        self._set_dates()

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
        set_ticks(self.left.xaxis, days(ticks.places), ticks.labels if self._dated else [])
        for tick, align in zip(self.left.xaxis.get_major_ticks(len(ticks.labels)), ticks.aligns):
            tick.label1.set_horizontalalignment(align)

    def _size_pt(self) -> tuple[float, float]:
        width, height = self.figure.get_size_inches()
        return max(float(width), 0.1) * POINTS_PER_INCH, max(float(height), 0.1) * POINTS_PER_INCH

    def _width_pt(self) -> float:
        """Width of the plot itself."""
        return float(self.left.get_position().width) * self._size_pt()[0]

    def mark(self, marks: CurveMarks) -> None:
        """Move the cursor and dim what is outside the chosen dates."""
        self._overlay.mark(marks)
