"""The expressions in the texts of small multiples: they follow the maps' own times and the layout's variables."""
from __future__ import annotations

from qgis.core import QgsExpression

from ..bridge.translation import tr
from ..core.schema import Step

PANEL_COUNTS = "oa_panel_counts"
_DAY, _HOUR = "yyyy-MM-dd", "yyyy-MM-dd HH:mm"


def panel_id(number: int) -> str:
    """What the map of a panel is called, numbered from 1 as people count."""
    return f"panel_{number + 1}"


def given(variable: str) -> str:
    """A variable's text; nothing where it is not set."""
    return f"coalesce(@{variable}, '')"


def date_of(map_id: str, step: Step) -> str:
    """The day or hour that a map shows; of a week its first and last day."""
    times = f"item_variables('{map_id}')"
    pattern = _HOUR if step == Step.HOUR else _DAY
    begin = f"format_date({times}['map_start_time'], '{pattern}')"
    if step == Step.WEEK:
        last = f"format_date({times}['map_end_time'] - to_interval('1 second'), 'MM-dd')"
        begin = f"{begin} || ' – ' || {last}"
    return f"coalesce({begin}, '')"


def count_of(map_id: str) -> str:
    """The count of the step that a map shows; nothing outside the period."""
    return _of_step(map_id, PANEL_COUNTS)


def last_count(map_id: str, step: Step) -> str:
    """The date of a map and the whole sentence of its count."""
    told, date = _of_step(map_id, "oa_counts"), date_of(map_id, step)
    return f"with_variable('told', {told}, if(@told = '', '', {date} || ': ' || @told))"


def mark_lines(panels: int) -> str:
    """An upright line over the curve's plot in the middle of each panel's step; none outside the period."""
    x = ("(epoch(item_variables('panel_' || @element)['map_start_time']) + to_real(@oa_step_ms) / 2 "
         "- to_real(@oa_begin_ms)) / (to_real(@oa_end_ms) - to_real(@oa_begin_ms))")
    at = "x_min(@box) + @element * (x_max(@box) - x_min(@box))"
    places = f"array_filter(array_foreach(generate_series(1, {panels}), {x}), @element >= 0 and @element <= 1)"
    lines = f"make_line(make_point({at}, y_min(@box)), make_point({at}, y_max(@box)))"
    return f"with_variable('box', $geometry, collect_geometries(array_foreach({places}, {lines})))"


def subtitle() -> str:
    """What is counted, of what, and whose clock the dates are of."""
    return _joined("; ", given("oa_metric"), given("oa_filter"), given("oa_zone"))


def source() -> str:
    return _joined(
        " ", _sentence(tr("Data: "), "oa_dataset"), _sentence(tr("Files: "), "oa_sources"),
        _sentence(tr("Datum: "), "oa_datum"))


def method() -> str:
    return _joined(" ", _sentence("", "oa_method"), _sentence(tr("Made with Outbreak Atlas "), "oa_version"))


def in_label(expression: str) -> str:
    return f"[% {expression} %]"


def _of_step(map_id: str, variable: str) -> str:
    """The entry of a list for the step that a map shows; nothing outside the period."""
    start = f"item_variables('{map_id}')['map_start_time']"
    number = f"floor((epoch({start}) - to_real(@oa_begin_ms)) / to_real(@oa_step_ms))"
    return f"with_variable('n', {number}, if(@n >= 0, coalesce(from_json(@{variable})[@n], ''), ''))"


def _joined(between: str, *texts: str) -> str:
    quoted = QgsExpression.quotedString(between)
    return f"array_to_string(array_filter(array({', '.join(texts)}), @element <> ''), {quoted})"


def _sentence(before: str, variable: str) -> str:
    """A variable with words before it, which are left out with it, and one full stop."""
    ended = f"regexp_replace({given(variable)}, '[.。 ]+$', '')"
    return f"if({given(variable)} = '', '', {QgsExpression.quotedString(before)} || {ended} || '.')"
