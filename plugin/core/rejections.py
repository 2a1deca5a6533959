"""Why rows were rejected, by kind of reason."""
from __future__ import annotations

import re

import pandas as pd

from .quality import Finding, counted
from .rules import Rule

_EXAMPLES = 5
_QUOTED = re.compile(r"“.*”", re.DOTALL)
#: Beginnings of the reasons that speak of dates.
_OF_DATES = re.compile(r"(?:no|unreadable|ambiguous|impossible) (?:date|year|time|moment)|a period, not a moment")


def reason_kind(reason: str) -> str:
    """A reason without the cell that it quotes, so that reasons can be counted.

    >>> reason_kind("unreadable count “many” in confirmed")
    'unreadable count “…” in confirmed'
    """
    return _QUOTED.sub("“…”", reason)


def rejected_findings(rejected: pd.DataFrame, several_files: bool = False) -> list[Finding]:
    """What the rejected rows come to: those without a date, and the others, each by kind of reason."""
    kinds = rejected["reason"].astype(str).map(reason_kind)
    dates = kinds.map(lambda kind: _OF_DATES.match(kind) is not None).astype(bool)
    return [
        Finding(rule, len(part), words.format(rows=counted(len(part), "row"), why=_why(kinds[part.index])),
                _examples(part.iloc[:_EXAMPLES], several_files))
        for rule, part, words in (
            (Rule.UNREADABLE_DATE, rejected[dates], "{rows} rejected for the date: {why}"),
            (Rule.REJECTED, rejected[~dates], "{rows} rejected: {why}"),
        )
        if len(part)
    ]


def _why(kinds: pd.Series) -> str:
    counts = kinds.value_counts()
    others = int(counts.iloc[_EXAMPLES:].sum())
    words = [f"{kind} ({n:,})" for kind, n in counts.iloc[:_EXAMPLES].items()]
    return "; ".join([*words, *([f"others ({others:,})"] if others else [])])


def _examples(part: pd.DataFrame, several_files: bool) -> str:
    files = (part["source"].astype(str) + " ") if several_files else pd.Series("", part.index)
    return "; ".join(f"{file}row {row}: {why}" for file, row, why in zip(files, part["row"], part["reason"]))
