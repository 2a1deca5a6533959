"""What a dataset says about itself: the rows of the table `dataset`, as they are written."""
from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pandas as pd

from ..core.clauses import moment_text
from ..core.dataset import Cleaned, DatasetInfo
from ..core.schema import CountKind
from .columns import POINT, has_point
from .facts import LISTS, MOMENTS, NUMBERS, YES
from .opening import MADE_BY

#: The fields of DatasetInfo that are choices with reasons.
_CHOICES = ("kind", "listing", "datum", "time_zone", "first_values")
_SOURCE_FIELDS = ("name", "sha256", "rows", "delimiter", "encoding", "compression", "note")


def dataset_rows(cleaned: Cleaned, plugin_version: str = "") -> list[tuple[str, str]]:
    """Keys and values of the table `dataset`.

    Moments are ISO 8601 in the dataset's zone, lists JSON. Keys that end in `.reason` say why.
    """
    info = cleaned.info
    return [
        ("made_by", MADE_BY), ("plugin_version", plugin_version),
        ("synthetic", YES if info.synthetic else "no"),
        *_choice_rows(info), ("step", str(info.step)), ("totals_level", info.totals_level),
        *((name, _plain(moment_text(getattr(info, name)))) for name in MOMENTS),
        *((name, json.dumps(getattr(info, name), ensure_ascii=False)) for name in LISTS),
        *((name, str(getattr(info, name))) for name in NUMBERS),
        *_total_rows(cleaned), *_source_rows(info),
        *((f"parameter.{name}", str(value)) for name, value in info.options.items()),
    ]


def _choice_rows(info: DatasetInfo) -> Iterator[tuple[str, str]]:
    for name in _CHOICES:
        choice = getattr(info, name)
        yield from ((name, str(choice.value)), (f"{name}.reason", choice.reason))
    for role, choice in info.columns.items():
        yield from ((f"column.{role}", str(choice.value)), (f"column.{role}.reason", choice.reason))


def _source_rows(info: DatasetInfo) -> Iterator[tuple[str, str]]:
    for number, source in enumerate(info.sources, 1):
        yield from ((f"source.{number}.{name}", str(getattr(source, name))) for name in _SOURCE_FIELDS)


def _total_rows(cleaned: Cleaned) -> Iterator[tuple[str, str]]:
    """The last totals: of how many places they are known, and how much of them has no location."""
    info = cleaned.info
    last = last_states(cleaned.states, info)
    unlocated = ~has_point(last[POINT[0]].to_numpy(), last[POINT[1]].to_numpy())
    for metric in info.metrics:
        values = last[metric]
        known = int(last.loc[values.notna(), "place_id"].nunique())
        yield from (
            (f"total.{metric}", _number(values.sum(min_count=1))),
            (f"total.{metric}.places_known", str(known)),
            (f"total.{metric}.unlocated", _number(values[unlocated].sum(min_count=1))),
        )


def last_states(states: pd.DataFrame, info: DatasetInfo) -> pd.DataFrame:
    """The states that hold at the dataset's end on the level of totals; of events all."""
    chosen = np.ones(len(states), bool) if info.kind.value == CountKind.EVENTS else states["valid_to"] == info.end
    if info.totals_level:
        chosen = chosen & (states["level"] == info.totals_level)
    return states[chosen]


def _number(value: float) -> str:
    """A total as text; nothing when it is unknown."""
    return "" if pd.isna(value) else str(int(value)) if value == int(value) else repr(float(value))


def _plain(text: str) -> str:
    return text.rstrip("Z")
