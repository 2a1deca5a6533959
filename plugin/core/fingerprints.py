"""Files that a library reads by itself: is it still the same file afterwards, and what is its SHA-256?"""
from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from .errors import AtlasError
from .progress import Progress
from .unpacking import Limits

_BLOCK_BYTES = 1 << 20


class Watched:
    """A file from before it is read until after; every fault is an `AtlasError` that names it."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        self.path, self.name = path, path.name
        self._progress = progress or Progress()
        self._stamp = self._look()

    def finish(self) -> str:
        """The file's SHA-256, made sure to be of what was read."""
        digest = hashlib.sha256()
        try:
            with self.path.open("rb") as file:
                while block := file.read(_BLOCK_BYTES):
                    self._progress.check()
                    digest.update(block)
        except OSError as error:
            raise self._unreadable(error) from error
        if self._look() != self._stamp:
            raise AtlasError(f"“{self.name}” changed while it was read: wait until it is complete and try again.")
        return digest.hexdigest()

    def _look(self) -> tuple[int, int]:
        try:
            status = self.path.stat()
        except OSError as error:
            raise self._unreadable(error) from error
        return status.st_size, status.st_mtime_ns

    def _unreadable(self, error: OSError) -> AtlasError:
        return AtlasError(f"“{self.name}” could not be read: {error.strerror}.", str(error))


def refuse_zip_bomb(archive: zipfile.ZipFile, name: str, limits: Limits | None = None) -> None:
    """Raise when the members of an archive would unpack to far more than real data do.

    No member gives more bytes than its entry says, so that the sum of those bounds what is read.
    """
    limits = limits or Limits()
    members = archive.infolist()
    unpacked, packed = sum(one.file_size for one in members), sum(one.compress_size for one in members)
    if unpacked > limits.most_bytes or unpacked > max(limits.free_bytes, limits.ratio * packed):
        raise AtlasError(
            f"“{name}” unpacks to far more than a file of its size would: if you trust it, save its table as CSV "
            "and load that.", f"{unpacked:,} bytes from {packed:,}")
