"""What lies over a drawn curve and moves without it: the frame that is shown, and the chosen dates."""
from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .curve_artists import added
from .curve_looks import UNMARKED, CurveLook, CurveMarks
from .schema import MS_PER_DAY

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


class CurveOverlay:
    """Dims what is outside the chosen dates, with a line and a grip at each end, and shows the frame with a handle.

    `animated`: matplotlib leaves the `artists` out of its drawing, to be drawn over it.
    """

    def __init__(self, axes: Axes, animated: bool) -> None:
        from matplotlib.lines import Line2D
        from matplotlib.patches import Rectangle

        self._axes, across = axes, axes.get_xaxis_transform()
        self._dims = [
            added(axes, Rectangle((0, 0), 0, 1, linewidth=0, alpha=0.68, transform=across)) for _ in range(2)]
        self._limits = [added(axes, Line2D([0, 0], [0, 1], linewidth=1, transform=across)) for _ in range(2)]
        self._grips = added(axes, Line2D([], [], linestyle="none", marker="s", markersize=4, transform=across))
        self._frame = added(axes, Rectangle((0, 0), 0, 1, linewidth=0.8, alpha=0.35, transform=across))
        self._handle = added(axes, Line2D(
            [], [], linestyle="none", marker="v", markersize=8, markeredgewidth=0.6, transform=across, clip_on=False))
        self.artists: list[Artist] = [*self._dims, *self._limits, self._grips, self._frame, self._handle]
        for artist in self.artists:
            artist.set_animated(animated)
            artist.set_zorder(5)
        self.mark(UNMARKED)

    def restyle(self, look: CurveLook) -> None:
        """Take other colours."""
        for line in (*self._limits, self._grips):
            line.set_color(look.text)
        self._handle.set_color(look.cursor)
        self._handle.set_markeredgecolor(look.background)
        for dim in self._dims:
            dim.set_facecolor(look.background)
        self._frame.set_color(look.cursor)

    def mark(self, marks: CurveMarks) -> None:
        """Move the cursor and dim what is outside the chosen dates."""
        self._mark_frame(marks.frame)
        low, high = self._axes.get_xlim()
        places = [None if at is None else float(np.clip(at / MS_PER_DAY, low, high))
                  for at in (marks.begin_ms, marks.end_ms)]
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
        low, high = self._axes.get_xlim()
        shown = frame is not None and frame[0] / MS_PER_DAY < high and frame[1] / MS_PER_DAY > low
        for artist in (self._frame, self._handle):
            artist.set_visible(shown)
        if frame is not None and shown:
            begin, end = (float(np.clip(ms / MS_PER_DAY, low, high)) for ms in frame)
            self._frame.set_bounds(begin, 0, end - begin, 1)
            self._handle.set_data([(begin + end) / 2], [1.0])
