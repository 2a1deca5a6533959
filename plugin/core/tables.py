"""Several files as one table: matched by their headers, each row knowing its file."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from .arrays import Ints
from .dataset import SourceFile
from .errors import AtlasError
from .reading import RawTable, stacked


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
    """Put tables with the same headers one below another, in the order given.

    Columns may stand in another order; a file that lacks one of the first file's columns, or
    brings others, does not belong and is refused.
    """
    first = tables[0]
    frames = [first.frame, *(_arranged(first, other) for other in tables[1:])]
    rejected = [table.rejected for table in tables if len(table.rejected)]
    return Joined(
        headers=first.headers,
        frame=frames[0] if len(frames) == 1 else stacked(frames),
        rows=np.concatenate([table.rows for table in tables]),
        source=np.repeat(np.arange(len(tables)), [len(table.rows) for table in tables]),
        sources=tuple(table.source for table in tables),
        rejected=pd.concat(rejected, ignore_index=True) if rejected else first.rejected,
    )


def _arranged(first: RawTable, other: RawTable) -> pd.DataFrame:
    if other.headers == first.headers:
        return other.frame
    if sorted(other.headers) != sorted(first.headers) or len(set(first.headers)) != len(first.headers):
        differing = sorted(set(first.headers) ^ set(other.headers))
        if not differing:
            raise AtlasError(
                f"“{other.source.name}” does not belong to “{first.source.name}”: both have columns of one name, and "
                "they stand in another order. Load them one after the other."
            )
        raise AtlasError(
            f"“{other.source.name}” does not belong to “{first.source.name}”: the columns "
            f"{', '.join(differing[:8])} are in one of them only. Load them one after the other."
        )
    frame = other.frame.iloc[:, [other.headers.index(header) for header in first.headers]]
    return frame.set_axis(first.frame.columns, axis=1)
