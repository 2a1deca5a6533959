"""What a filter shows, in one sentence for people who read a map and cannot ask the panel."""
from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..core.filters import Area, FilterState
from .metric_words import metric_words
from .number_texts import number_text
from .totals_text import moment_text
from .translation import tr

#: So many names are listed, of more only the number.
_MOST_NAMES = 6


def filter_sentence(
    state: FilterState, own: str = "", all_areas: int = 0, names: Mapping[str, str] | None = None
) -> str:
    """What is shown, in words that follow “Filter:”; "" without any limit.

    `own`: the user's own subset string, `all_areas`: how many areas there are, `names`: of places, by their ids.
    """
    parts = [one for one in (_areas(state, all_areas, names or {}), _kinds(state), _dates(state), _minimum(state),
                             tr("without flagged rows") if state.hide_flagged else "",
                             tr("only rows with {filter}").format(filter=own) if own else "") if one]
    return "; ".join(parts)


def _areas(state: FilterState, all_areas: int, names: Mapping[str, str]) -> str:
    if state.areas is None:
        return ""
    if len(state.areas) > _MOST_NAMES:
        return tr("{n} of {all} areas").format(n=number_text(len(state.areas)), all=number_text(all_areas))
    return tr("only {names}").format(names=_listed(area_name(area, names) for area in state.areas))


def area_name(area: Area, names: Mapping[str, str] | None = None) -> str:
    """The finest name of an area."""
    last = next((part for part in reversed(area) if part is not None), None)
    return tr("(none)") if last is None else (names or {}).get(last, last)


def _kinds(state: FilterState) -> str:
    if state.kinds is None:
        return ""
    if len(state.kinds) > _MOST_NAMES:
        return tr("{n} kinds of place").format(n=number_text(len(state.kinds)))
    return tr("only the kinds {names}").format(names=_listed(kind or tr("(none)") for kind in state.kinds))


def _dates(state: FilterState) -> str:
    begin, end = state.begin_ms, state.end_ms
    if begin is not None and end is not None:
        return tr("from {begin} to {end}").format(begin=moment_text(begin), end=moment_text(end, end=True))
    if begin is not None:
        return tr("from {begin}").format(begin=moment_text(begin))
    return tr("until {end}").format(end=moment_text(end, end=True)) if end is not None else ""


def _minimum(state: FilterState) -> str:
    if state.minimum is None:
        return ""
    words = tr("at least {n} new {metric}") if state.new else tr("at least {n} {metric}")
    return words.format(n=number_text(state.minimum), metric=metric_words(state.metric))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or tr("nothing")
