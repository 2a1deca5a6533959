"""Names as SQL writes them. Imports nothing: a glance at a file costs little."""
from __future__ import annotations


def quoted(name: str) -> str:
    """A column's or table's name.

    >>> print(quoted('new "cases" a day'))
    "new ""cases"" a day"
    """
    return '"' + name.replace('"', '""') + '"'
