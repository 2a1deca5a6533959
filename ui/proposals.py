"""What follows from the choices in the dialog: where to write, what is missing, which column has which role."""
from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from qgis.PyQt.QtCore import QStandardPaths

from ..plugin.bridge.translation import tr
from .loading import SUFFIX

if TYPE_CHECKING:
    from ..plugin.core.preview import ColumnView

#: Kinds of file that may hold a table of reports. Layers (GeoPackage, Shapefile) are QGIS's own business.
TABLES = (".csv", ".tsv", ".tab", ".txt", ".psv", ".gz", ".xz", ".bz2", ".zip", ".xlsx")
#: What names have in common is no name below so many letters.
_LEAST_NAME = 3


def proposed_output(sources: Sequence[Path], wanted: str = "") -> Path:
    """A new GeoPackage in the wanted folder, else beside the files, or among the user's documents if that
    folder is closed to us. Several files give it what their names have in common."""
    folders = [Path(wanted)] if wanted else []
    documents = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
    folder = next((one for one in (*folders, sources[0].parent) if one.is_dir() and os.access(one, os.W_OK)), documents)
    stems = [source.name.split(".")[0] or source.name for source in sources]
    common = _common_beginning(stems).rstrip("0123456789-_ ")
    stem = common if len(stems) > 1 and len(common) >= _LEAST_NAME else stems[0]
    names = (f"{stem}{number}{SUFFIX}" for number in ("", *(f"_{n}" for n in range(2, 1000))))
    return next((folder / name for name in names if not (folder / name).exists()), folder / f"{stem}{SUFFIX}")


def _common_beginning(names: Sequence[str]) -> str:
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*names))
    return "".join(letters[0] for letters in alike)


def with_contents(paths: Sequence[Path]) -> list[Path]:
    """Paths in which a folder stands for the tables in it, by name; one without any stays."""
    return [file for path in paths for file in (_tables_in(path) if path.is_dir() else []) or [path]]


def _tables_in(folder: Path) -> list[Path]:
    try:
        inside = sorted(folder.iterdir())
    except OSError:
        return []  # closed to us: what is missing is said of the folder itself
    return [one for one in inside if one.name.lower().endswith(TABLES) and one.name[0] != "." and one.is_file()]


def what_is_missing(files: list[Path], output: str) -> str:
    """Why the load cannot start yet, in words; empty when it can."""
    if not files:
        return tr("Choose at least one file.")
    folder = next((path for path in files if path.is_dir()), None)
    if folder is not None:
        return tr("{folder} is a folder: choose the files in it, or drop it here for all its tables.").format(
            folder=folder)
    absent = next((path for path in files if not path.is_file()), None)
    if absent is not None:
        return tr("{file} does not exist.").format(file=absent)
    if not output.lower().endswith(SUFFIX):
        return tr("Choose a GeoPackage to write: a file name that ends with {suffix}.").format(suffix=SUFFIX)
    if not Path(output).parent.is_dir():
        return tr("The folder {folder} does not exist.").format(folder=Path(output).parent)
    return ""


def with_role(
    chosen: tuple[tuple[str, str], ...], columns: Sequence[ColumnView], column: int, role: str
) -> tuple[tuple[str, str], ...]:
    """The user's roles after one column was given another: a role has one column, a column one role.

    A column is named by its header, or by its number where that does not name it safely. A column of no
    use bans its role, which is paired with nothing.
    """
    headers = [one.header for one in columns]
    header, number = headers[column], f"#{column + 1}"
    plain = headers.count(header) == 1 and header and header == header.strip() and not set("=;#") & set(header)
    kept = [pair for pair in chosen if pair[0] != role and pair[1] not in (header, number)]
    if role:
        return (*kept, (role, header if plain else number))
    was = columns[column].role
    return (*(pair for pair in kept if pair[0] != was), (was, "")) if was else tuple(kept)
