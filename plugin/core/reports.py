"""Reports: the accepted rows of a file as arrays, one value a row, in the file's order."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from .arrays import Bools, Cells, Floats, Ints


@dataclass(frozen=True)
class Labels:
    """A text column: `codes` into `texts`, -1 where the cell is empty."""

    codes: Ints
    texts: Cells

    @classmethod
    def of(cls, cells: Cells) -> Labels:
        """Labels of text cells, outer blanks removed; equal texts share a code."""
        raw_codes, uniques = pd.factorize(cells)
        inner, texts = pd.factorize(np.array([str(text).strip() for text in uniques], dtype=object))
        empty = np.array([not text for text in texts], bool)
        codes = np.where(empty, -1, np.arange(len(texts)))[inner] if len(texts) else inner
        return cls(np.asarray(codes, np.int64)[raw_codes], np.asarray(texts, object))

    @classmethod
    def empty(cls, n: int) -> Labels:
        return cls(np.full(n, -1, np.int64), np.empty(0, object))

    def take(self, rows: Ints | Bools) -> Labels:
        return Labels(self.codes[rows], self.texts)

    def text(self, row: int) -> str:
        code = self.codes[row]
        return "" if code < 0 else str(self.texts[code])

    def categorical(self) -> pd.Categorical:
        """As a pandas Categorical (missing where empty) with only the texts in use."""
        used, codes = np.unique(self.codes, return_inverse=True)
        shift = 1 if len(used) and used[0] < 0 else 0
        return pd.Categorical.from_codes(codes - shift, self.texts[used[shift:]])


#: Fields of `Reports` that are no array of one value a row.
_NOT_ROWS = ("names", "counts", "source_names")


@dataclass(frozen=True)
class Reports:
    """`row`: record number in the source; `source`: index of the file; `t`: wall-clock
    milliseconds; `lon`, `lat`: WGS 84 degrees, NaN without a point; `counts`: metric to values,
    NaN where unknown; `flags`: bits of `rules.Rule`, changed in place by the checks; `source_names`:
    the files' names, if there are several."""

    row: Ints
    source: Ints
    t: Ints
    names: dict[str, Labels]
    lon: Floats
    lat: Floats
    counts: dict[str, Floats]
    flags: Ints
    source_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.row)

    def record(self, at: int) -> str:
        """Where a report stands: its row, and its file if there are several."""
        file = f"{self.source_names[self.source[at]]} " if len(self.source_names) > 1 else ""
        return f"{file}row {self.row[at]}"

    def joined(self, other: Reports) -> Reports:
        """These reports and others whose names share the same texts."""
        own = {
            f.name: np.concatenate([getattr(self, f.name), getattr(other, f.name)])
            for f in fields(self) if f.name not in _NOT_ROWS
        }
        names = {
            role: Labels(np.concatenate([labels.codes, other.names[role].codes]), labels.texts)
            for role, labels in self.names.items()
        }
        counts = {metric: np.concatenate([values, other.counts[metric]]) for metric, values in self.counts.items()}
        return replace(self, **own, names=names, counts=counts)

    def take(self, rows: Ints | Bools) -> Reports:
        """The reports at these positions (or under this mask)."""
        taken = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in _NOT_ROWS}
        names = {role: labels.take(rows) for role, labels in self.names.items()}
        return replace(self, **taken, names=names, counts={m: v[rows] for m, v in self.counts.items()})


def joint_codes(columns: Sequence[Ints]) -> Ints:
    """One code for each distinct combination of several code columns (which may hold -1)."""
    joint = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        width = int(column.max(initial=-1)) + 2
        joint = pd.factorize(joint * width + column + 1)[0].astype(np.int64)
    return joint


def distinct_pairs(first: Ints, second: Ints) -> tuple[Ints, Ints]:
    """The distinct pairs of two columns of codes (0 or more), sorted.

    Rows that are sorted already are only compared with their neighbours; others by hashing, as sorting all
    rows is slower.
    """
    width = int(second.max(initial=0)) + 1
    pairs = first * width + second
    if (pairs[1:] >= pairs[:-1]).all():
        pairs = pairs[group_starts(pairs)]
    else:
        pairs = np.sort(np.asarray(pd.unique(pairs), np.int64))
    return pairs // width, pairs % width


def value_codes(values: Floats) -> Ints:
    """A code for each distinct number, -1 for NaN."""
    return np.asarray(pd.factorize(values)[0], np.int64)


def order_by(group: Ints, t: Ints) -> Ints:
    """The order by group (0 or more), then moment, then position.

    By stable sorts from the last key to the first; groups by 16 bits at a time, which numpy sorts by
    counting: the time grows with the rows and no faster. Files are mostly in the order of time already.
    """
    order = np.arange(len(t)) if (t[1:] >= t[:-1]).all() else np.argsort(t, kind="stable")
    for shift in range(0, max(int(group.max(initial=0)).bit_length(), 1), 16):
        digits = ((group >> shift) & 0xFFFF).astype(np.uint16)
        order = order[np.argsort(digits[order], kind="stable")]
    return np.asarray(order, np.int64)


def group_starts(groups: Ints) -> Bools:
    """True where a new group begins in an array sorted by group."""
    starts = np.ones(len(groups), bool)
    starts[1:] = groups[1:] != groups[:-1]
    return starts


def start_index(starts: Bools) -> Ints:
    """For each row the position at which its group begins."""
    return np.maximum.accumulate(np.where(starts, np.arange(len(starts)), 0))


def carry_forward(values: Floats, starts: Bools) -> tuple[Floats, Bools]:
    """Fill NaN with the last known value of the same group; also tells which were filled."""
    known = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    usable = last >= start_index(starts)
    carried = ~known & usable
    return np.where(usable, values[np.maximum(last, 0)], np.nan), carried
