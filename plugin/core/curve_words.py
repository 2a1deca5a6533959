"""The words around a curve: what its axes count, its mean, and in print its title, zone and key."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .curve_artists import place
from .curve_looks import CurveLook
from .curve_shapes import families_for
from .curve_ticks import width_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NAMES = ("new", "mean", "total", "unknown", "title", "key", "zone")
#: Heights of letters: a line of words above the plot and one below, in print a title more; their distance from edges.
_HEAD, _TITLE, _FOOT, _MARGIN = 2.0, 1.9, 1.5, 0.35


class CurveWords:
    """`texts`: matplotlib's, by their names; `pt`: their size in points."""

    def __init__(self, figure: Figure, pt: float, for_print: bool) -> None:
        self.pt = pt
        self._print = for_print
        self.texts = {name: _text(figure, pt) for name in _NAMES}

    def restyle(self, look: CurveLook) -> None:
        """Take other colours."""
        colours = {"new": look.new, "total": look.total, "mean": look.mean}
        for name, text in self.texts.items():
            text.set_color(colours.get(name, look.text))

    def set_size(self, pt: float) -> None:
        """Take another size of letters."""
        self.pt = pt
        for text in self.texts.values():
            text.set_fontsize(pt)

    def write(self, said: dict[str, str]) -> None:
        """Write these words by name, and nothing elsewhere."""
        for name, text in self.texts.items():
            words = said.get(name, "")
            text.set_text(words)
            text.set_fontfamily(families_for(words))

    @property
    def room(self) -> tuple[float, float]:
        """Points that are needed above and, beside the dates, below the plot."""
        has_foot = bool(self.texts["key"].get_text() or self.texts["zone"].get_text())
        return self.pt * (_HEAD + (_TITLE if self._print else 0)), self.pt * (_FOOT if has_foot else 0)

    def place(self, size_pt: tuple[float, float], box: Any) -> None:
        """Put the words around a plot; `box`: where it is in the figure, which has this width and height."""
        width, height = size_pt
        pt, margin = self.pt, _MARGIN * self.pt / width
        row = 1 - (0.85 + (1.7 if self._print else 0)) * pt / height
        place(self.texts["title"], margin, 1 - 1.1 * pt / height, "left")
        place(self.texts["new"], margin, row, "left")
        place(self.texts["total"], 1 - margin, row, "right")
        middle, free = self._free_row(width)
        place(self.texts["mean"], middle / width, row, "center")
        self.texts["mean"].set_visible(free >= pt * width_of(self.texts["mean"].get_text()))
        place(self.texts["key"], margin, 0.9 * pt / height, "left")
        place(self.texts["zone"], 1 - margin, 0.9 * pt / height, "right")
        place(self.texts["unknown"], (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2, "center")

    def _free_row(self, width: float) -> tuple[float, float]:
        """Middle and width of what the words of both axes leave between them, in points."""
        begin = self.pt * (0.85 + width_of(self.texts["new"].get_text()))
        end = width - self.pt * (0.85 + width_of(self.texts["total"].get_text()))
        return (begin + end) / 2, end - begin


def _text(figure: Figure, pt: float) -> Any:
    """An empty text, in which no sign is a formula."""
    text = figure.text(0, 0, "", usetex=False, fontsize=pt, va="center")
    text.set_parse_math(False)
    return text
