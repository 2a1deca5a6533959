"""Many columns of the layer `updates` read as arrays, in little memory.

Texts are asked for joined, and each different one is looked at once: making Python's strings costs more than anything
else here.
"""
from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..core.arrays import Bools, Floats, Ints
from ..core.progress import Progress
from ..core.reports import Labels
from ..core.schema import LAYER_UPDATES
from .sql import quoted, statement

_ROWS_AT_ONCE = 32768
#: Stands between texts that are asked for together: ASCII's separator of units, which no name has.
_BETWEEN = "\x1f"


@dataclass(frozen=True)
class LayerRows:
    """Rows in the order of their keys: texts (code -1 where empty), numbers (NaN where NULL), and moments (wall-clock
    ms), by name."""

    texts: Mapping[str, Labels]
    numbers: Mapping[str, Floats]
    moments: Mapping[str, Ints]

    def take(self, rows: Ints | Bools) -> LayerRows:
        """Some of the rows."""
        return LayerRows(
            {name: labels.take(rows) for name, labels in self.texts.items()},
            {name: values[rows] for name, values in self.numbers.items()},
            {name: ms[rows] for name, ms in self.moments.items()})


def read_layer_rows(
    db: sqlite3.Connection, texts: Sequence[Sequence[str]], numbers: Mapping[str, str], moments: Sequence[str],
    progress: Progress,
) -> LayerRows:
    """Read columns of the layer. `texts`: those that have few different values together; `numbers`: names and their
    SQL; `moments`: rows without one are left out. Raises `Cancelled`."""
    sql = "SELECT " + ", ".join([*map(_joined, texts), *map(_without_zone, moments), *numbers.values()])
    there = " AND ".join(statement("{name} IS NOT NULL", name=name) for name in moments) or "1"
    (count,) = db.execute(statement("SELECT count(*) FROM {table}", table=LAYER_UPDATES)).fetchone()
    joined = [_Text() for _ in texts]
    columns = [*joined, *(_Array("datetime64[ms]") for _ in moments), *(_Array("float64") for _ in numbers)]
    cursor, read = db.execute(sql + statement(" FROM {table} WHERE ", table=LAYER_UPDATES) + there), 0
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        for column, values in zip(columns, zip(*rows)):
            column.add(values)
        read += len(rows)
        progress.report(min(1.0, read / max(count, 1)))
    found = [column.whole() for column in columns]
    return LayerRows(
        {name: labels for names, column in zip(texts, joined) for name, labels in column.labels(names).items()},
        dict(zip(numbers, found[len(texts) + len(moments):])),
        {name: ms.astype(np.int64) for name, ms in zip(moments, found[len(texts):])})


class _Array:
    """A column of numbers or moments, piece by piece; None becomes NaN."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._parts = [np.zeros(0, kind)]

    def add(self, values: Sequence[Any]) -> None:
        self._parts.append(np.array(values, self._kind))

    def whole(self) -> npt.NDArray[Any]:
        return np.concatenate(self._parts)


class _Text(_Array):
    """Texts, as numbers of the different ones in the order in which they come."""

    def __init__(self) -> None:
        super().__init__("int64")
        self._known: dict[str, int] = {}

    def add(self, values: Sequence[Any]) -> None:
        local, different = pd.factorize(np.array(values, object))
        table = np.array([self._known.setdefault(text, len(self._known)) for text in different], np.int64)
        self._parts.append(table[local])

    def labels(self, names: Sequence[str]) -> dict[str, Labels]:
        """The columns that were joined."""
        codes, split = self.whole(), [text.split(_BETWEEN, len(names) - 1) for text in self._known]
        if not split:
            return {name: Labels.empty(0) for name in names}
        labels = [Labels.of(np.array(column, object)) for column in zip(*split)]
        return {name: Labels(one.codes[codes], one.texts) for name, one in zip(names, labels)}


def _joined(names: Sequence[str]) -> str:
    return f" || char({ord(_BETWEEN)}) || ".join(f"ifnull({quoted(name)}, '')" for name in names)


def _without_zone(name: str) -> str:
    return statement("rtrim({name}, 'Z')", name=name)
