"""A filter as text: what a project remembers of the dock."""
from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .filters import Area, FilterState

#: Milliseconds that calendars have a date for.
_FARTHEST_MS = 10**15
_LARGEST = 1e300


def to_json(state: FilterState) -> str:
    """The state as text, the same for equal states; ASCII, for a project file does not keep every letter."""
    return json.dumps(as_mapping(state), sort_keys=True)


def from_json(text: str) -> FilterState | None:
    """The state behind a text; None if it is damaged. What a later version added is passed over."""
    try:
        return from_mapping(json.loads(text))
    except (ValueError, RecursionError, TypeError):
        return None


def as_mapping(state: FilterState) -> dict[str, Any]:
    """The state in words, numbers and lists."""
    areas = None if state.areas is None else sorted(state.areas, key=_order)
    kinds = None if state.kinds is None else sorted(state.kinds)
    return {**asdict(state), "areas": areas, "kinds": kinds}


def from_mapping(found: object) -> FilterState | None:
    """What `as_mapping` gave; None for anything else."""
    if not isinstance(found, Mapping) or not isinstance(found.get("metric"), str):
        return None
    try:
        return FilterState(
            metric=found["metric"], new=_flag(found.get("new")), begin_ms=_moment(found.get("begin_ms")),
            end_ms=_moment(found.get("end_ms")), areas=_areas(found.get("areas")), kinds=_kinds(found.get("kinds")),
            minimum=_number(found.get("minimum")), hide_flagged=_flag(found.get("hide_flagged")))
    except ValueError:
        return None


def _order(area: Area) -> tuple[tuple[bool, str], ...]:
    return tuple((name is None, name or "") for name in area)


def _flag(value: object) -> bool:
    if value not in (None, False, True):
        raise ValueError("neither true nor false")
    return bool(value)


def _moment(value: object) -> int | None:
    number = _number(value)
    if number is not None and abs(number) > _FARTHEST_MS:
        raise ValueError("not a moment")
    return None if number is None else int(number)


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not -_LARGEST < value < _LARGEST:
        raise ValueError("not a number")
    return value


def _areas(value: object) -> frozenset[Area] | None:
    return None if value is None else frozenset(tuple(_name(name) for name in _list(area)) for area in _list(value))


def _kinds(value: object) -> frozenset[str] | None:
    return None if value is None else frozenset(_name(name) or "" for name in _list(value))


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("not a list")
    return value


def _name(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("not a name")
    return value
