"""The sample as CSV (UTF-8, comma, line feed), written whole or not at all."""
from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..arrays import Bools, Ints
from ..errors import AtlasError
from ..progress import Progress
from .counts import SECONDS
from .faults import UNREADABLE, UTC, YEAR_2002, YEAR_2021, Rows
from .make import CITIES, PLACES, ROWS, SEED, SampleTable, make_sample
from .published import DAY_NAMES, NEAR, City
from .sites import DEGREE, KINDS, NOT_PLACES, Sites

if TYPE_CHECKING:
    from typing_extensions import TypeAlias

HEADER = b"reported_at,place,kind,city,province,country,lon,lat,confirmed,deaths,recovered,synthetic\n"
COUNTRY = "China"
#: The mark that ends every row.
MARK = b",yes\n"
#: Texts in place of a moment: days that no calendar has, and words.
UNREADABLE_TEXTS = (
    "2020-02-30T09:30:00+08:00", "2020-13-05T10:00:00+08:00", "to follow", "昨天上午", "2020-04-31T21:15:00+08:00",
)
_UTC_SECONDS = 8 * 3600
_BLOCK = 1 << 15
_STAMP_BYTES = 25

Bytes: TypeAlias = npt.NDArray[np.uint8]


def write_sample(
    path: str | os.PathLike[str], rows: int = ROWS, places: int = PLACES, cities: int = CITIES, seed: int = SEED,
    progress: Progress | None = None,
) -> SampleTable:
    """Make a sample and write it; the same parameters give the same bytes.

    A file of that name is replaced only when the new one is complete. Raises `AtlasError` when the numbers
    do not fit together or the file cannot be written, `Cancelled` when asked to stop.
    """
    progress = progress or Progress()
    table = make_sample(rows, places, cities, seed, progress.part(0.0, 0.6))
    _write_whole(Path(path), table, progress.part(0.6, 1.0))
    return table


def _write_whole(path: Path, table: SampleTable, progress: Progress) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            for number, block in enumerate(blocks(table)):
                file.write(block)
                progress.report(min(1.0, number * _BLOCK / max(len(table), 1)))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    finally:
        # What stops the removal stopped the writing before, and has been said.
        with contextlib.suppress(OSError):
            part.unlink()


def _cannot_write(path: Path, error: OSError) -> AtlasError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        message = f"There is no room left for {path}: free some space or choose another disk."
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        message = f"{path} may not be written: choose a folder of your own, or close the program that uses the file."
    elif error.errno in (errno.ENOENT, errno.ENOTDIR):
        message = f"The folder {path.parent} does not exist: choose another one."
    else:
        message = f"{path} could not be written."
    return AtlasError(message, str(error))


def blocks(table: SampleTable) -> Iterator[bytes]:
    """The file's bytes, header first."""
    yield HEADER
    site_texts = _site_texts(table.cities, table.sites)
    known = table.sites.group <= NEAR
    for start in range(0, len(table), _BLOCK):
        yield _lines(table.rows.take(np.arange(start, min(start + _BLOCK, len(table)))), site_texts, known)


def _lines(rows: Rows, site_texts: npt.NDArray[np.bytes_], known: Bools) -> bytes:
    """Lines as a matrix of bytes, each field padded with zero bytes, which are dropped at the end."""
    outcome = known[rows.site]
    comma = np.full((len(rows.site), 1), ord(","), np.uint8)
    columns = [
        _stamps(rows), _matrix(site_texts[rows.site]), _numbers(rows.confirmed), comma,
        _numbers(rows.deaths, outcome), comma, _numbers(rows.recovered, outcome),
        np.broadcast_to(np.frombuffer(MARK, np.uint8), (len(rows.site), len(MARK))),
    ]
    flat = np.hstack(columns).ravel()
    return flat[flat != 0].tobytes()


def _matrix(texts: npt.NDArray[np.bytes_]) -> Bytes:
    return np.ascontiguousarray(texts).view(np.uint8).reshape(len(texts), texts.dtype.itemsize)


def _numbers(values: Ints, known: Bools | None = None) -> Bytes:
    texts = _matrix(values.astype("S11"))
    if known is not None:
        texts[~known] = 0
    return texts


def _stamps(rows: Rows) -> Bytes:
    """ISO moments at +08:00, but for those planted otherwise."""
    utc = rows.form == UTC
    second = rows.second - _UTC_SECONDS * utc
    days = _matrix(np.array(DAY_NAMES, "S10"))
    two = _matrix(np.array([f"{number:02d}" for number in range(60)], "S2"))
    within = second % SECONDS
    stamp = np.empty((len(second), _STAMP_BYTES), np.uint8)
    stamp[:] = np.frombuffer(b"2020-02-03T00:00:00+08:00", np.uint8)
    stamp[:, :10] = days[second // SECONDS + 1]
    for at, number in ((11, within // 3600), (14, within // 60 % 60), (17, within % 60)):
        stamp[:, at:at + 2] = two[number]
    stamp[utc, 21] = ord("0")
    for form, year in ((YEAR_2002, b"2002"), (YEAR_2021, b"2021")):
        stamp[rows.form == form, :4] = np.frombuffer(year, np.uint8)
    unreadable = np.flatnonzero(rows.form == UNREADABLE)
    words = np.array([text.encode() for text in UNREADABLE_TEXTS], f"S{_STAMP_BYTES}")
    stamp[unreadable] = _matrix(words[(rows.site[unreadable] + rows.second[unreadable]) % len(words)])
    return stamp


def _site_texts(cities: list[City], sites: Sites) -> npt.NDArray[np.bytes_]:
    """From the comma before the place's name to the one after its latitude."""
    columns = (sites.city, sites.kind, sites.number, sites.lon, sites.lat, sites.pointed)
    texts = [
        f",{_names(cities[city], kind, number)},{_point(lon, lat) if pointed else ','},"
        for city, kind, number, lon, lat, pointed in zip(*(column.tolist() for column in columns))
    ]
    return np.array([text.encode() for text in texts])


def _names(city: City, kind: int, number: int) -> str:
    """Place, kind, city, province, country. Every invented name says that it is one of a sample (示例)."""
    if kind < 0:
        return f"{NOT_PLACES[len(city.province) % 2]},,,{city.province},{COUNTRY}"
    word, english, chinese, _ = KINDS[kind]
    # Every third name is Chinese.
    name = f"{city.name_zh}示例{chinese}{number}" if number % 3 == 0 else f"{city.name} Sample {english} {number}"
    return f"{name},{word},{city.name},{city.province},{COUNTRY}"


def _point(lon: int, lat: int) -> str:
    return f"{lon // DEGREE}.{lon % DEGREE:05d},{lat // DEGREE}.{lat % DEGREE:05d}"
