"""Descriptions of datasets for tests that need no file."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from outbreak_atlas.plugin.core.dataset import Choice, DatasetInfo
from outbreak_atlas.plugin.core.schema import Step

_GIVEN = "given by the test"
_INFO = DatasetInfo(
    sources=(), columns={}, kind=Choice("cumulative", _GIVEN), listing=Choice("full", _GIVEN),
    datum=Choice("WGS84", _GIVEN), time_zone=Choice("Asia/Shanghai", _GIVEN), step=Step.DAY,
    first_values=Choice("new", _GIVEN), metrics=("confirmed", "deaths"),
    new_metrics=("new_confirmed", "new_deaths"), first=0, last=0, end=0, span_first=0, span_last=0,
    rows_read=0, rows_merged=0, rows_duplicate=0, rows_rejected=0, states=0, places=0, cities=0, located=0,
    totals_level="place", levels=("place",), synthetic=False, options={},
)


def dataset_info(**changes: Any) -> DatasetInfo:
    """A cumulative dataset of Shanghai time, with changes."""
    return replace(_INFO, **changes)
