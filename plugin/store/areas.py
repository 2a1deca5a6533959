"""What a dataset's table of places says about areas: where they lie and what else they are called."""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ..core.filters import Area
from ..core.schema import TABLE_PLACES
from .opening import open_to_read
from .sql import listed, statement

#: Parted by this in the column `aliases`.
_BETWEEN = ";"


@dataclass(frozen=True)
class Bounds:
    """Degrees on WGS 84."""

    west: float
    south: float
    east: float
    north: float


def area_words(path: Path, columns: Sequence[str]) -> dict[Area, tuple[str, ...]]:
    """Words by which areas can be found beside their names: earlier names and codes of the places in them that bear
    the area's own name."""
    names = [*columns, "code", "aliases", "level"]
    finest = columns[-1]
    found: dict[Area, dict[str, None]] = {}
    for row in _rows(path, names):
        code, aliases, level = row[len(columns):]
        if finest == "place_id" or level == finest:
            texts = [*(aliases or "").split(_BETWEEN), code or ""]
            found.setdefault(tuple(row[:len(columns)]), {}).update(dict.fromkeys(
                text.strip() for text in texts if text.strip()))
    return {area: tuple(words) for area, words in found.items() if words}


def place_labels(path: Path) -> dict[str, str]:
    """What to call each place: its name, else its town, else its id."""
    rows = _rows(path, ["place_id", "place", "city", "province", "country"])
    return {row[0]: next((str(name) for name in row[1:] if name), row[0]) for row in rows}


def bounds_of(path: Path, columns: Sequence[str], areas: Iterable[Area]) -> Bounds | None:
    """The box around the places of some areas; None if none of them has a point."""
    wanted = set(areas)
    points = [
        row[len(columns):] for row in _rows(path, [*columns, "lon", "lat"])
        if tuple(row[:len(columns)]) in wanted and row[-1] is not None and row[-2] is not None
    ]
    if not points:
        return None
    lon, lat = zip(*points)
    return Bounds(min(lon), min(lat), max(lon), max(lat))


def _rows(path: Path, columns: Sequence[str]) -> list[tuple]:
    sql = "SELECT " + listed(columns) + statement(" FROM {table}", table=TABLE_PLACES)
    with closing(open_to_read(path)) as db:
        return db.execute(sql).fetchall()
