"""What writes a film: it takes the frames in their order."""
from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from qgis.PyQt.QtCore import QObject, pyqtSignal
from qgis.PyQt.QtGui import QImage

from ..bridge.translation import tr

_FULL = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


@dataclass(frozen=True)
class Shot:
    """A frame for a sink: its number, the number of the frame whose picture it has (its own, or an earlier one's),
    and what gives the picture to who wants it."""

    number: int
    first: int
    load: Callable[[], QImage]


class Sink(QObject):
    """Takes shots one after the other; `done` or `failed` comes after `close`, `failed` also before."""

    #: It may take another shot.
    ready = pyqtSignal()
    #: What it made is complete, at its place.
    done = pyqtSignal()
    #: A sentence, and whether another attempt could use the pictures that are there.
    failed = pyqtSignal(str, bool)
    #: Whether it begins only when every picture lies in the folder.
    NEEDS_ALL = False
    #: The share of a film's time that goes by after the last picture is drawn.
    SHARE = 0.05

    def __init__(self, target: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.target = target
        #: A sentence for the user about what was made, "" if there is nothing to say.
        self.remark = ""

    def open(self) -> None:
        """Get ready. Raises `AtlasError` and OSError, as the others do."""

    def can_take(self) -> bool:
        return True

    def take(self, shot: Shot) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """No more shots come."""
        raise NotImplementedError

    def stop(self) -> None:
        """End at once and let go of all files; whoever calls removes them."""


def opaque(picture: QImage) -> QImage:
    """The picture without transparency, over black where it had any: films have none.

    A premultiplied picture has those pixels already; converting it would divide and multiply every one of them.
    """
    plain = QImage(picture)
    if plain.format() == QImage.Format.Format_ARGB32_Premultiplied:
        plain.reinterpretAsFormat(QImage.Format.Format_RGB32)
        return plain
    return plain.convertToFormat(QImage.Format.Format_RGB32)


def pixels_of(picture: QImage) -> bytes:
    """The pixels row by row, four bytes each: blue, green, red and one that means nothing."""
    plain = opaque(picture)
    return bytes(plain.constBits().asstring(plain.sizeInBytes()))


def is_disk_full(error: OSError) -> bool:
    return error.errno in _FULL


def unwritable(target: Path, error: OSError) -> str:
    """The sentence for a film that the system refuses to write."""
    if is_disk_full(error):
        return disk_full(target)
    return tr("“{file}” cannot be written in “{folder}” ({reason}): choose another folder.").format(
        file=target.name, folder=target.parent, reason=error.strerror or error)


def disk_full(target: Path) -> str:
    return tr("“{file}” could not be written, because the disk of “{folder}” is full: free some space, or choose "
              "another folder.").format(file=target.name, folder=target.parent)
