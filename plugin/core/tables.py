"""Several files as one table: matched by their headers, each row knowing its file."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from .arrays import Ints
from .dataset import SourceFile
from .fitting import fit_together
from .reading import RawTable
from .textcolumns import stacked


@dataclass(frozen=True)
class Joined:
    """All rows of all files; `source` is the index of each row's file."""

    headers: tuple[str, ...]
    frame: pd.DataFrame
    rows: Ints
    source: Ints
    sources: tuple[SourceFile, ...]
    rejected: pd.DataFrame

    @property
    def name(self) -> str:
        """The file's name, or the first one's with the number of others."""
        others = len(self.sources) - 1
        return self.sources[0].name + (f"” and {others} more files like “{self.sources[-1].name}" if others else "")

    @property
    def source_names(self) -> tuple[str, ...]:
        return tuple(source.name for source in self.sources)

    @property
    def rows_read(self) -> int:
        return sum(source.rows for source in self.sources)


def distinct_names(paths: Sequence[Path]) -> list[str]:
    """A name for each file: its own, with as many of its folders as it takes to tell it from the others.

    >>> distinct_names([Path("2020-02-01/report.csv"), Path("2020-02-02/report.csv"), Path("x/other.csv")])
    ['2020-02-01/report.csv', '2020-02-02/report.csv', 'other.csv']
    """
    parts = [path.absolute().parts for path in paths]
    names = [path.name for path in paths]
    for depth in range(2, max(map(len, parts), default=0) + 1):
        twice = {name for name in names if names.count(name) > 1}
        names = ["/".join(own[-depth:]) if name in twice else name for own, name in zip(parts, names)]
    return names


def renamed(table: RawTable, name: str) -> RawTable:
    """The same table from a file that goes by another name."""
    return replace(table, source=replace(table.source, name=name), rejected=table.rejected.assign(source=name))


def join_tables(tables: Sequence[RawTable]) -> Joined:
    """Put tables one below another, in the order given; those with other headers are made to fit or refused."""
    first = tables[0]
    if any(table.headers != first.headers for table in tables):
        tables = fit_together(tables)
        first = tables[0]
    frames = [table.frame for table in tables]
    rejected = [table.rejected for table in tables if len(table.rejected)]
    return Joined(
        headers=first.headers,
        frame=frames[0] if len(frames) == 1 else stacked(frames),
        rows=np.concatenate([table.rows for table in tables]),
        source=np.repeat(np.arange(len(tables)), [len(table.rows) for table in tables]),
        sources=tuple(table.source for table in tables),
        rejected=pd.concat(rejected, ignore_index=True) if rejected else first.rejected,
    )
