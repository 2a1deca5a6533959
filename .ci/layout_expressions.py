"""The expressions by which layout templates follow their map and read the variables that the plugin sets."""
from __future__ import annotations

_MAP = "item_variables('map')"
START = f"{_MAP}['map_start_time']"
#: Number of the dataset's step that the map shows, from the begin of the curve's period on.
STEP = f"floor((epoch({START}) - to_real(@oa_begin_ms)) / to_real(@oa_step_ms))"
#: East Asian characters are about twice as wide as Latin ones.
_WIDE = "[^\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]"
#: Mean width of a Latin character as a share of the font's size, with some room for wide words.
_LATIN_EM, _LATIN_BOLD_EM, _PT_MM = 0.50, 0.54, 0.3528


#: What ends a line of a legend.
LINE_END = "|"


def given(variable: str) -> str:
    """A variable's text; nothing where it is not set."""
    return f"coalesce(@{variable}, '')"


def date() -> str:
    """The date or hour that the map shows."""
    return f"coalesce(format_date({START}, coalesce(@oa_date_format, 'yyyy-MM-dd')), '')"


def counts() -> str:
    """The sentence of the step that the map shows; nothing outside the period."""
    return f"with_variable('n', {STEP}, if(@n >= 0, coalesce(from_json(@oa_counts)[@n], ''), ''))"


def sentence(before: str, variable: str, after: str = ". ") -> str:
    """A variable with words around it, which are left out with it."""
    value = given(variable)
    ended = f"regexp_replace({value}, '[.\u3002 ]+$', '')"
    return f"if({value} = '', '', '{before}' || {ended} || '{after}')"


def shortened(text: str, most: int) -> str:
    """At most so many characters, with an ellipsis for the rest."""
    return f"with_variable('t', {text}, if(length(@t) > {most}, trim(left(@t, {most - 1})) || '\u2026', @t))"


def breakable(text: str, characters: int) -> str:
    """With line ends in what has no spaces, which QGIS would not wrap: East Asian text, long names of files."""
    wide = f"regexp_replace({text}, '([\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]{{{characters}}})', '\\\\1\\n')"
    return f"regexp_replace({wide}, '(\\\\S{{{2 * characters}}})(?=\\\\S)', '\\\\1\\n')"


def wrapped(text: str, width_mm: float, size_pt: float) -> str:
    """With line ends for a legend's title, which QGIS does not wrap."""
    characters = int(width_mm / _PT_MM / _LATIN_BOLD_EM / size_pt)
    return f"replace(wordwrap({text}, {characters}), '\\n', '{LINE_END}')"


def fitting_pt(text: str, width_mm: float, lines: int, largest_pt: float, least_pt: float, bold: bool) -> str:
    """The size of letters at which a text takes no more than these lines, within limits."""
    em = _LATIN_BOLD_EM if bold else _LATIN_EM
    # A line that is wrapped between words is not full.
    room = width_mm / _PT_MM / em * (1 if lines == 1 else lines - 0.35 * (lines - 1))
    units = f"(length(@t) + 0.85 * length(regexp_replace(@t, '{_WIDE}', '')))"
    return (f"with_variable('t', {text}, max({least_pt}, min({largest_pt}, "
            f"floor({room:.1f} / max(1, {units}) * 4) / 4)))")


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
