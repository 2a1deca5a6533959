"""The expressions by which layout templates follow their map and read the variables that the plugin sets."""
from __future__ import annotations

from dataclasses import dataclass

_MAP = "item_variables('map')"
START = f"{_MAP}['map_start_time']"
#: Number of the dataset's step that the map shows, from the begin of the curve's period on.
STEP = f"floor((epoch({START}) - to_real(@oa_begin_ms)) / to_real(@oa_step_ms))"
#: East Asian characters are about twice as wide as Latin ones.
_WIDE = "[^\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]"
#: Mean width of a Latin character as a share of the font's size, with some room for wide words.
_LATIN_EM, _LATIN_BOLD_EM, _PT_MM = 0.50, 0.54, 0.3528
#: From line to line.
LINE_MM_PER_PT = 0.45

#: Of a longer step, a week, more than its begin is told.
_DAY_MS = 86_400_000
#: What ends a line of a legend.
LINE_END = "|"


def given(variable: str) -> str:
    """A variable's text; nothing where it is not set."""
    return f"coalesce(@{variable}, '')"


def date() -> str:
    """The date or hour that the map shows; of a week its first and last day."""
    last = f"{_MAP}['map_end_time'] - to_interval('1 second')"
    of_week = f"format_date({START}, 'yyyy-MM-dd') || ' \u2013 ' || format_date({last}, 'MM-dd')"
    one = f"format_date({START}, coalesce(@oa_date_format, 'yyyy-MM-dd'))"
    return f"coalesce(if(to_real(@oa_step_ms) > {_DAY_MS}, {of_week}, {one}), '')"


def counts() -> str:
    """The sentence of the step that the map shows; nothing outside the period."""
    return f"with_variable('n', {STEP}, if(@n >= 0, coalesce(from_json(@oa_counts)[@n], ''), ''))"


def sentence(before: str, variable: str, after: str = ". ") -> str:
    """A variable with words around it, which are left out with it."""
    value = given(variable)
    ended = f"regexp_replace({value}, '[.;,\u3002 ]+$', '')"
    return f"if({value} = '', '', '{before}' || {ended} || '{after}')"


def shortened(text: str, most: int) -> str:
    """At most so many characters, with an ellipsis for the rest."""
    return f"with_variable('t', {text}, if(length(@t) > {most}, trim(left(@t, {most - 1})) || '\u2026', @t))"


def _units() -> str:
    """The length of @t in Latin characters; a line of a text that is mostly wide may be all wide."""
    wide = f"length(regexp_replace(@t, '{_WIDE}', ''))"
    return f"(length(@t) + 0.85 * if({wide} > 0.3 * length(@t), length(@t), {wide}))"


@dataclass(frozen=True)
class Space:
    """The place of a text: its size in mm, the most lines and the sizes of letters, that may be tried."""

    width_mm: float
    height_mm: float
    lines: int
    largest_pt: float
    least_pt: float
    bold: bool

    @property
    def em(self) -> float:
        return _LATIN_BOLD_EM if self.bold else _LATIN_EM

    def room(self, lines: int) -> float:
        """How many Latin characters of 1 pt it holds: a line that is wrapped between words is not full."""
        return self.width_mm / _PT_MM / self.em * (lines - 0.3 * (lines - 1) / lines)


def fitting_pt(text: str, space: Space) -> str:
    """The largest size of letters at which a text takes no more lines than the place has, within limits."""
    sizes = []
    for lines in range(1, space.lines + 1):
        largest = space.largest_pt if lines == 1 else min(
            space.largest_pt, space.height_mm / lines / LINE_MM_PER_PT)
        sizes.append(f"min({largest:g}, floor({space.room(lines):.0f} / @u * 4) / 4)")
    return (f"with_variable('t', {text}, with_variable('u', max(1, {_units()}), "
            f"max({space.least_pt:g}, {', '.join(sizes)})))")


def flowing(text: str, space: Space) -> str:
    """A text that may be long: what has no room at the least size is cut off with an ellipsis, and what has no spaces
    is broken where a line of the fitting size is full: QGIS wraps between words only."""
    most = int(space.room(space.lines) / space.least_pt)
    cut = (f"with_variable('t', {text}, if({_units()} <= {most}, @t, "
           f"trim(left(@t, floor({most} * length(@t) / {_units()}) - 2)) || '\u2026'))")
    line = (f"floor({0.97 * space.width_mm / _PT_MM / space.em:.0f} / {fitting_pt('@c', space)} "
            f"* length(@t) / max(1, {_units()}))")
    return (f"with_variable('c', {cut}, with_variable('t', @c, regexp_replace(@t, "
            f"'(\\\\S{{' || max(4, {line}) || '}})(?=\\\\S)', '\\\\1\\n')))")


def wrapped(text: str, width_mm: float, size_pt: float) -> str:
    """With line ends for a legend's title, which QGIS does not wrap."""
    characters = int(width_mm / _PT_MM / _LATIN_BOLD_EM / size_pt)
    return f"replace(wordwrap({text}, {characters}), '\\n', '{LINE_END}')"


def plot_x(at: str) -> str:
    """Where a moment (ms) lies in the curve's period: 0 at its begin, 1 at its end."""
    return f"(({at}) - to_real(@oa_begin_ms)) / (to_real(@oa_end_ms) - to_real(@oa_begin_ms))"


def cursor_line() -> str:
    """An upright line over the plot in the middle of the step shown; nothing without a curve or outside its period."""
    middle = plot_x(f"epoch({START}) + to_real(@oa_step_ms) / 2")
    x = "x_min($geometry) + @x * (x_max($geometry) - x_min($geometry))"
    return (f"with_variable('x', {middle}, if({given('oa_curve')} = '' or @x < 0 or @x > 1, NULL, "
            f"make_line(make_point({x}, y_min($geometry)), make_point({x}, y_max($geometry)))))")


def veil() -> str:
    """The part of the plot after the step shown."""
    end = plot_x(f"epoch({START}) + to_real(@oa_step_ms)")
    x = "x_min($geometry) + max(0, @x) * (x_max($geometry) - x_min($geometry))"
    return (f"with_variable('x', {end}, if({given('oa_curve')} = '' or @x >= 0.9999, NULL, "
            f"make_rectangle_3points(make_point({x}, y_min($geometry)), make_point({x}, y_max($geometry)), "
            "make_point(x_max($geometry), y_max($geometry)))))")
