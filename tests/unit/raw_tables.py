"""Small raw tables for tests of the core, made without a file."""
from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from outbreak_atlas.plugin.core.cleaning import clean
from outbreak_atlas.plugin.core.dataset import Cleaned, LoadOptions, SourceFile
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.reading import RawTable
from outbreak_atlas.plugin.core.times import parse_times


def raw_table(text: str, name: str = "reports.csv") -> RawTable:
    """A raw table from CSV text with a header."""
    rows = list(csv.reader(io.StringIO(text)))
    frame = pd.DataFrame(rows[1:], columns=range(len(rows[0])), dtype=object)
    source = SourceFile(name, "0" * 64, len(frame), ",", "utf-8", "")
    rejected = pd.DataFrame(columns=["source", "row", "reason", "raw"])
    return RawTable(frame, tuple(rows[0]), np.arange(2, len(rows) + 1), rejected, source)


def cleaned(text: str, **options: Any) -> Cleaned:
    """CSV text through cleaning; the original text of a row is “line N”."""
    return clean([raw_table(text)], LoadOptions(**options), lambda _, rows: [f"line {row}" for row in rows], Progress())


def table(rows: Sequence[Sequence[object]], header: str) -> str:
    """CSV text of rows under a header."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([header.split(","), *rows])
    return buffer.getvalue()


def ms(text: str) -> int:
    """A moment's wall-clock milliseconds."""
    return int(parse_times(np.array([text], object)).ms[0])


def states_as_of(result: Cleaned, at: int) -> pd.DataFrame:
    """The states that hold at a moment."""
    states = result.states
    return states[(states["valid_from"] <= at) & (states["valid_to"] > at)]


def finding(result: Cleaned, rule: str) -> pd.DataFrame:
    """The findings of a rule."""
    return result.findings[result.findings["rule"] == rule]
