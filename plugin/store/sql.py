"""SQL text in which names are quoted; values never are, they are bound."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Union

#: One name, or several to be listed with commas.
Names = Union[str, Sequence[str]]


def quoted(name: str) -> str:
    """A name as an SQL identifier.

    >>> print(quoted('new "cases" a day'))
    "new ""cases"" a day"
    """
    return '"' + name.replace('"', '""') + '"'


def statement(template: str, **names: Names) -> str:
    """A statement with its `{names}` filled in as quoted identifiers.

    >>> statement("SELECT {columns} FROM {table}", table="updates", columns=["place", "new deaths"])
    'SELECT "place", "new deaths" FROM "updates"'
    """
    texts = {key: quoted(value) if isinstance(value, str) else listed(value) for key, value in names.items()}
    return template.format(**texts)


def listed(names: Iterable[str]) -> str:
    """Names as quoted identifiers between commas."""
    return ", ".join(quoted(name) for name in names)


def marks(count: int) -> str:
    """As many places for bound values.

    >>> marks(3)
    '(?, ?, ?)'
    """
    return f"({', '.join('?' * count)})"


def insertion(table: str, columns: Sequence[str]) -> str:
    """The statement that adds a row of bound values."""
    return statement("INSERT INTO {table} ({columns}) VALUES ", table=table, columns=columns) + marks(len(columns))
