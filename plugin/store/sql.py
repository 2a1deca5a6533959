"""SQL text in which names are quoted (values never are, they are bound), and the addresses of files."""
from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Union
from urllib.parse import quote

from ..core.quoting import quoted

#: One name, or several to be listed with commas.
Names = Union[str, Sequence[str]]


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


def file_uri(path: PurePath, mode: str) -> str:
    """An absolute path as SQLite's URI; `mode` is `ro`, `rw` or `rwc`.

    Not `Path.as_uri`: for a Windows network path that names a host (`file://server/…`), which SQLite refuses.

    >>> from pathlib import PurePosixPath, PureWindowsPath
    >>> file_uri(PurePosixPath("/data/a b.gpkg"), "ro")
    'file:///data/a%20b.gpkg?mode=ro'
    >>> file_uri(PureWindowsPath("C:/data/a.gpkg"), "ro"), file_uri(PureWindowsPath("//server/share/a.gpkg"), "ro")
    ('file:///C:/data/a.gpkg?mode=ro', 'file:////server/share/a.gpkg?mode=ro')
    """
    text = path.as_posix()
    # A drive lacks the slash that begins a path; SQLite takes it away again. Names may not be UTF-8: bytes are.
    rooted = text if text.startswith("/") else f"/{text}"
    return f"file://{quote(os.fsencode(rooted), safe='/:')}?mode={mode}"
