"""Files that appear whole or not at all."""
from __future__ import annotations

import os
import platform
import re
import secrets
import shutil
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from ..core.errors import AtlasError
from .sql import file_uri

_PART_SUFFIX = ".atlas-part"
_PART = re.compile(r"\..*\.(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-[0-9a-f]+" + re.escape(_PART_SUFFIX))
#: File systems take names of 255 bytes or characters; so many are left for what is written beside a file.
_MOST_NAME_BYTES = 230
_COMPANIONS = ("-wal", "-shm", "-journal")
_MB = 1_000_000


@contextmanager
def replacing(target: Path, needed_bytes: int) -> Iterator[Path]:
    """A hidden file to write beside `target`, which takes its place when the block ends well.

    When the block fails (or is cancelled) the hidden file is removed and `target` stays as it was; one that a
    killed process left is removed by the next writer in that folder. Raises `AtlasError` when the target
    cannot be written or is in use, and when the disk is too small (`needed_bytes` is an estimate).
    """
    target = target.resolve()
    _check_place(target, needed_bytes)
    refuse_if_in_use(target)
    remove_stale_parts(target.parent)
    part = _new_part(target)
    try:
        with explained(target, needed_bytes, part):
            yield part
            _sync(part)
            refuse_if_in_use(target)
            _take_place(part, target)
    finally:
        _remove_part(part)


@contextmanager
def hidden_beside(target: Path) -> Iterator[Path]:
    """A hidden file beside `target`, removed at the end; what a killed process left, the next writer removes."""
    target = target.resolve()
    remove_stale_parts(target.parent)
    part = _new_part(target)
    try:
        yield part
    finally:
        _remove_part(part)


@contextmanager
def explained(target: Path, needed_bytes: int, part: Path | None = None) -> Iterator[None]:
    """Turn what SQLite and the system say about a file into a sentence for the user."""
    try:
        yield
    except sqlite3.Error as error:
        problem = _explain_sqlite(str(error), target, needed_bytes, part)
        if problem is None:
            raise
        raise AtlasError(problem, str(error)) from error
    except OSError as error:
        raise AtlasError(_explain_system(error, target, needed_bytes), str(error)) from error


def refuse_if_in_use(target: Path) -> None:
    """Raise `AtlasError` if another program holds the existing GeoPackage open for writing."""
    if not _is_sqlite(target):
        return
    try:
        uri = file_uri(target.absolute(), "rw")
        with closing(sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)) as db:
            # In exclusive mode a write-ahead log can only be entered alone: whoever has the file open in
            # that mode (QGIS, once it has edited it) is found even when idle. Closing tidies the log away.
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("BEGIN EXCLUSIVE")
            db.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise AtlasError(
                f"“{target.name}” is open in another program: close it there, or choose another file name.", str(error)
            ) from error


def refuse_long_name(target: Path) -> None:
    """Raise `AtlasError` for a name that the system takes for no file, or that leaves no room for an ending."""
    length = len(os.fsencode(target.name))
    if length > _MOST_NAME_BYTES:
        raise AtlasError(f"“{target.name[:20]}…{target.suffix[:10]}” is too long a name for a file, {length} bytes: "
                         f"choose one of at most {_MOST_NAME_BYTES}.")


def remove_stale_parts(folder: Path) -> None:
    """Remove what writers on this computer left that no longer run."""
    for path in folder.glob(f".*{_PART_SUFFIX}"):
        found = _PART.fullmatch(path.name)
        if found and found["host"] == _host() and not _runs(int(found["pid"])):
            _remove_part(path)


def free_bytes(folder: Path) -> int | None:
    """What the disk still takes; None where the system does not tell."""
    usage = shutil.disk_usage(folder)
    return usage.free if usage.total else None


def _check_place(target: Path, needed_bytes: int) -> None:
    folder = target.parent
    if not folder.is_dir():
        raise AtlasError(f"The folder “{folder}” does not exist: create it, or choose another one for “{target.name}”.")
    if target.exists() and not target.is_file():
        raise AtlasError(f"“{target}” is a folder or a device, not a file: choose another file name.")
    if target.exists() and not os.access(target, os.W_OK):
        raise AtlasError(f"“{target.name}” is write-protected: choose another file name.")
    # The estimate may be high by a quarter; what is surely too little is said before the work begins.
    free = free_bytes(folder)
    if free is not None and free < needed_bytes * 0.75:
        raise AtlasError(_disk_full(target, needed_bytes))


def _new_part(target: Path) -> Path:
    stem = target.name.replace(".gpkg", "")[:40]
    part = target.parent / f".{stem}.{_host()}-{os.getpid()}-{secrets.token_hex(3)}{_PART_SUFFIX}"
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
    except OSError as error:
        raise AtlasError(_explain_system(error, target, 0), str(error)) from error
    return part


def _sync(part: Path) -> None:
    handle = os.open(part, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _take_place(part: Path, target: Path) -> None:
    # A log or journal beside the old file would be taken for the new one's.
    for companion in _COMPANIONS:
        Path(f"{target}{companion}").unlink(missing_ok=True)
    if target.exists():
        shutil.copymode(target, part)
    part.replace(target)
    with suppress(OSError):  # not every system lets a folder be synced
        handle = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove_part(part: Path) -> None:
    for path in (part, *(Path(f"{part}{companion}") for companion in _COMPANIONS)):
        with suppress(OSError):  # a part that cannot be removed now is removed by the next writer
            path.unlink()


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(16) == b"SQLite format 3\x00"
    except OSError:
        return False


def _host() -> str:
    return f"{zlib.crc32(platform.node().encode()):08x}"


def _runs(pid: int) -> bool:
    if os.name == "nt":
        return False  # Windows refuses to remove a file that its writer still holds
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _explain_sqlite(text: str, target: Path, needed_bytes: int, part: Path | None) -> str | None:
    if "full" in text:
        if part is not None:
            _remove_part(part)  # so that the space it took counts as free
        return _disk_full(target, needed_bytes)
    if "locked" in text:
        return f"“{target.name}” is being used by another program: close it there and try again."
    if "disk I/O" in text or "unable to open" in text or "readonly" in text:
        return f"“{target.name}” could not be written: the disk or the folder “{target.parent}” refused it."
    return None


def _explain_system(error: OSError, target: Path, needed_bytes: int) -> str:
    if isinstance(error, PermissionError) and target.exists() and os.name == "nt":
        return f"“{target.name}” is open in another program: close it there, or choose another file name."
    reason = error.strerror or error
    return f"“{target.name}” cannot be written in “{target.parent}” ({reason}): choose another folder."


def _disk_full(target: Path, needed_bytes: int) -> str:
    # Needed rounded up and free rounded down, so that the first is the larger one.
    needed, free = -(-needed_bytes // _MB), (free_bytes(target.parent) or 0) // _MB
    return (
        f"There is not enough room for “{target.name}”: it needs about {needed:,} MB, and the disk of "
        f"“{target.parent}” has {free:,} MB free. Free some, or choose another folder."
    )
