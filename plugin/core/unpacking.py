"""The bytes of a text file, unpacked, hashed and counted in one pass from start to end.

gzip, xz, bzip2 and zip are recognised by their first bytes, never by the file's ending.
"""
from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import os
import zipfile
import zlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import numpy as np

from .errors import AtlasError
from .progress import Progress

PLAIN, GZIP, XZ, BZIP2, ZIP = "none", "gzip", "xz", "bzip2", "zip"
#: The first bytes by which a packed file is known. An empty zip archive begins with its end.
SIGNATURES = (
    (b"\x1f\x8b", GZIP), (b"\xfd7zXZ\x00", XZ), (b"BZh", BZIP2), (b"PK\x03\x04", ZIP), (b"PK\x05\x06", ZIP),
)
LONGEST_SIGNATURE = 8
TABLE_SUFFIXES = (".csv", ".tsv", ".tab")
TEXT_SUFFIXES = (*TABLE_SUFFIXES, ".txt", ".dat", ".asc", ".psv")
BUFFER_BYTES = 1 << 18
#: So many blocks are unpacked before they are asked for.
BLOCKS_AHEAD = 8
LINE_FEED = 10
#: No line of a table is longer, be it with the outline of a country in it.
MOST_LINE_BYTES = 16 << 20


@dataclass(frozen=True)
class Limits:
    """How far a packed file may grow: a guard against archives made to fill the memory.

    Up to `free_bytes` any ratio will do; beyond, text may be `ratio` times as large as its packed
    form (real tables reach some 5 to 50), and `most_bytes` in all.
    """

    free_bytes: int = 128 << 20
    ratio: int = 300
    most_bytes: int = 16 << 30


class Unpacked(io.RawIOBase):
    """A file's unpacked bytes, to be read once. Every fault is an `AtlasError` that names the file.

    `lines` counts the line feeds read so far; `compression` is how the file is packed. A thread of its own
    unpacks the next blocks in the meantime.
    Reading checks for cancellation and reports the share of the file's own bytes consumed.
    """

    def __init__(self, path: Path, progress: Progress | None = None, limits: Limits | None = None) -> None:
        super().__init__()
        self.path, self.name = path, path.name
        self.lines = 0
        self._progress, self._limits = progress or Progress(), limits or Limits()
        self._ahead, self._unpacked_bytes, self._member_bytes, self._line_bytes = b"", 0, 0, 0
        self._coming: deque[Future[bytes]] = deque()
        self._worker = ThreadPoolExecutor(1, "unpacking")
        self._file = _open_hashed(path)
        self._stamp = _stamp(os.fstat(self._file.fileno()))
        self._buffered = io.BufferedReader(self._file, BUFFER_BYTES)
        self._archive: zipfile.ZipFile | None = None
        try:
            self.compression = self._faults_named(self._recognise)
            self._stream: IO[bytes] = self._faults_named(self._open_stream)
        except BaseException:
            self.close()  # Windows lets nobody mend or move a file that is open
            raise

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """The next bytes; up to `size` of them, empty at the end."""
        if self._ahead:
            data, self._ahead = (self._ahead, b"") if size < 0 else (self._ahead[:size], self._ahead[size:])
            return data
        self._progress.report(self._share())
        data = self._faults_named(self._next_block)
        self._unpacked_bytes += len(data)
        self.lines += int(np.count_nonzero(np.frombuffer(data, np.uint8) == LINE_FEED))  # faster than bytes.count
        self._check_growth()
        self._check_line(data)
        if 0 <= size < len(data):
            data, self._ahead = data[:size], data[size:]
        return data

    def _next_block(self) -> bytes:
        """What the worker unpacked; unpacking and hashing leave Python free to understand what came before."""
        while len(self._coming) <= BLOCKS_AHEAD:
            self._coming.append(self._worker.submit(self._stream.read, BUFFER_BYTES))
        return self._coming.popleft().result()

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def head(self, size: int) -> bytes:
        """The next `size` bytes (fewer: that is all there is), which stay to be read."""
        parts = []
        while size > 0 and (data := self.read(min(size, BUFFER_BYTES))):
            parts.append(data)
            size -= len(data)
        self._ahead = b"".join(parts) + self._ahead
        return self._ahead

    def unread(self, data: bytes) -> None:
        """Put back what was read last, to be read again."""
        self._ahead = data + self._ahead

    def finish(self) -> str:
        """Read what is left, make sure that the file is still the same, and give its SHA-256."""
        while self.read(BUFFER_BYTES):
            pass
        self._worker.shutdown(cancel_futures=True)
        while self._faults_named(lambda: self._buffered.read(BUFFER_BYTES)):
            pass
        try:
            now = _stamp(self.path.stat())
        except FileNotFoundError:
            raise AtlasError(f"“{self.name}” vanished while it was read: put it back and try again.") from None
        if now != self._stamp or (self._archive is None and self._file.consumed != now[0]):
            raise AtlasError(f"“{self.name}” changed while it was read: wait until it is complete and try again.")
        return self._file.digest.hexdigest() if self._archive is None else self._hash_again()

    def close(self) -> None:
        # A file that could not be opened has nothing to close, but Python closes every stream it collects.
        buffered = getattr(self, "_buffered", None)
        if buffered is not None and not self.closed:
            self._worker.shutdown(cancel_futures=True)
            buffered.close()
        super().close()

    def __enter__(self) -> Unpacked:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _share(self) -> float:
        """How much of the file is read, from 0 to 1."""
        if self._archive is not None:
            return min(1.0, self._unpacked_bytes / max(1, self._member_bytes))
        return min(1.0, self._file.consumed / max(1, self._stamp[0]))

    def _hash_again(self) -> str:
        """A zip archive is read from its end, so that its hash needs a pass of its own."""
        digest = hashlib.sha256()
        with self.path.open("rb") as file:
            while data := file.read(BUFFER_BYTES):
                self._progress.check()
                digest.update(data)
        return digest.hexdigest()

    def _recognise(self) -> str:
        start = self._buffered.peek(LONGEST_SIGNATURE)
        return next((kind for signature, kind in SIGNATURES if start.startswith(signature)), PLAIN)

    def _open_stream(self) -> IO[bytes]:
        if self.compression == GZIP:
            return gzip.GzipFile(fileobj=self._buffered)  # type: ignore[return-value]
        if self.compression == XZ:
            return lzma.LZMAFile(self._buffered)
        if self.compression == BZIP2:
            return bz2.BZ2File(self._buffered)
        return self._open_archive() if self.compression == ZIP else self._buffered

    def _open_archive(self) -> IO[bytes]:
        try:
            self._archive = zipfile.ZipFile(self._buffered)
            return self._open_member(self._archive)
        except ValueError as error:  # an offset or a name in the archive makes no sense
            raise zipfile.BadZipFile(str(error)) from error

    def _open_member(self, archive: zipfile.ZipFile) -> IO[bytes]:
        member = _text_member(archive, self.name)
        if member.flag_bits & 0x1:
            raise AtlasError(f"“{self.name}” is locked with a password: unpack it and load the table inside.")
        self._refuse_if_bomb(member.file_size, member.compress_size)
        self._member_bytes = member.file_size
        return archive.open(member)

    def _check_growth(self) -> None:
        if self.compression != PLAIN:
            self._refuse_if_bomb(self._unpacked_bytes, max(1, self._file.consumed))

    def _check_line(self, data: bytes) -> None:
        """Refuse a line without end, before it fills the memory."""
        end = max(data.rfind(b"\n"), data.rfind(b"\r"))
        self._line_bytes = self._line_bytes + len(data) if end < 0 else len(data) - end - 1
        if self._line_bytes > MOST_LINE_BYTES:
            raise AtlasError(
                f"Row {self.lines + 1:,} of “{self.name}” is longer than {MOST_LINE_BYTES >> 20} MB: look for line "
                "ends that are missing there, and load again.")

    def _refuse_if_bomb(self, unpacked: int, packed: int) -> None:
        limits = self._limits
        if unpacked > limits.most_bytes or unpacked > max(limits.free_bytes, limits.ratio * packed):
            raise AtlasError(
                f"“{self.name}” unpacks to far more than a table of its size would: unpack it yourself if you "
                "trust it, and load the text file.", f"{unpacked:,} bytes from {packed:,}")

    def _faults_named(self, work: Any) -> Any:
        """Run `work`; the system's and the unpackers' errors become sentences."""
        try:
            return work()
        except EOFError as error:
            raise AtlasError(
                f"The compressed file “{self.name}” ends too early, after about {max(0, self.lines - 1):,} rows: "
                "get it again.", str(error)) from error
        except (zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile) as error:
            raise self._damaged(error) from error
        except NotImplementedError as error:
            raise AtlasError(
                f"“{self.name}” is packed in a way that cannot be read here: unpack it and load the table inside.",
                str(error)) from error
        except OSError as error:
            if error.errno is None:  # bz2 says so when its data make no sense
                raise self._damaged(error) from error
            raise AtlasError(f"“{self.name}” could not be read: {error.strerror}.", str(error)) from error

    def _damaged(self, error: Exception) -> AtlasError:
        return AtlasError(
            f"The compressed file “{self.name}” is damaged or incomplete (after about {max(0, self.lines - 1):,} "
            "rows): get it again.", str(error))


class _HashedFile(io.FileIO):
    """A file that hashes and counts its bytes as they are read in order."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, "rb")
        self.consumed = 0
        self.digest = hashlib.sha256()

    def readinto(self, buffer: Any) -> int | None:
        count = super().readinto(buffer)
        if count:
            self.consumed += count
            self.digest.update(memoryview(buffer)[:count])
        return count


def _open_hashed(path: Path) -> _HashedFile:
    try:
        if path.is_dir():
            raise AtlasError(f"“{path.name}” is a folder: choose the file in it.")
        return _HashedFile(path)
    except FileNotFoundError:
        raise AtlasError(f"There is no file “{path}”: check its name and place.") from None
    except PermissionError as error:
        raise AtlasError(f"“{path.name}” may not be read: ask its owner for permission.", str(error)) from error
    except OSError as error:
        raise AtlasError(f"“{path.name}” could not be opened: {error.strerror}.", str(error)) from error


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ino


def _text_member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    """The one table in an archive: its only file, only text file, or only .csv or .tsv."""
    members = [info for info in archive.infolist() if _is_content(info)]
    if any(info.filename == "[Content_Types].xml" for info in members):
        raise AtlasError(f"“{name}” is an Office document, not delimited text: save its sheet as CSV and load that.")
    for suffixes in ((), TEXT_SUFFIXES, TABLE_SUFFIXES):
        chosen = [info for info in members if not suffixes or info.filename.lower().endswith(suffixes)]
        if len(chosen) == 1:
            return chosen[0]
    if not members:
        raise AtlasError(f"The archive “{name}” is empty.")
    raise AtlasError(
        f"The archive “{name}” holds {len(members)} files: unpack it and load those you want.",
        "\n".join(info.filename for info in members[:50]))


def _is_content(info: zipfile.ZipInfo) -> bool:
    """Whether a member is more than a folder or what an operating system left behind."""
    parts = info.filename.split("/")
    return not info.is_dir() and "__MACOSX" not in parts and not parts[-1].startswith(".")
