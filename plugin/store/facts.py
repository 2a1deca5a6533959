"""What a dataset says about itself: the table `dataset` in the types of its values. Imports no pandas: showing a
dataset that is there should not wait for it."""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from .opening import not_ours, read_rows

#: Which fields of `DatasetInfo` are kept how.
MOMENTS = ("first", "last", "end", "span_first", "span_last")
LISTS = ("metrics", "new_metrics", "levels")
NUMBERS = (
    "rows_read", "rows_merged", "rows_duplicate", "rows_rejected", "states", "places", "cities", "located",
)
YES = "yes"


def read_info(path: Path) -> dict[str, Any]:
    """The table `dataset` with values in their types.

    `first`, `last`, `end`, `span_first`, `span_last` are wall-clock milliseconds, `metrics`, `new_metrics`,
    `levels`, `sources` (file names) lists, `synthetic` a bool, counts of rows, states and places ints;
    everything else is text.
    """
    rows: dict[str, Any] = dict(read_rows(path))
    try:
        rows.update({name: _moment(rows[name]) for name in MOMENTS})
        rows.update({name: json.loads(rows[name]) for name in LISTS})
        rows.update({name: int(rows[name]) for name in NUMBERS})
    except (KeyError, ValueError) as error:
        raise not_ours(path, str(error)) from error
    rows["synthetic"] = rows.get("synthetic") == YES
    rows["sources"] = [value for key, value in rows.items() if key.startswith("source.") and key.endswith(".name")]
    return rows


def _moment(text: str) -> int:
    """Wall-clock milliseconds of a moment as ISO 8601."""
    return int(np.datetime64(text.rstrip("Z"), "ms").astype(np.int64))
