"""The folder in which a film grows: its finished pictures, so that an export that was interrupted can go on."""
from __future__ import annotations

import json
import re
import shutil
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".parts"
MANIFEST, LOCK = "film.json", "film.lock"
#: How ffmpeg and people find the pictures; a film has at most 100,000 frames.
NAMING = "frame_%05d.png"
_FRAME = re.compile(r"frame_\d{5}\.png")
_GROWING = re.compile(r"(frame_\d{5}\.png|film\.json)\.part|film\.(json|lock)")
_FILM = re.compile(r"film\.(mp4|gif)")
#: As much of a file as tells whether it is a picture of a film.
_HEAD = 100
#: The last bytes of every whole PNG file.
_PNG_END = b"IEND\xaeB`\x82"


def first_alike(keys: Sequence[Hashable]) -> tuple[int, ...]:
    """For each frame the number of the first one with the same key: the only one of them that is drawn.

    >>> first_alike(["a", "b", "a", "c"])
    (0, 1, 0, 3)
    """
    first: dict[Hashable, int] = {}
    return tuple(first.setdefault(key, number) for number, key in enumerate(keys))


def others_in(folder: Path, grows: bool = False) -> str:
    """The name of something in a folder (or of what stands in its place) that no film of ours put there, "" without.

    The folder is thrown away with all that is in it: a name alone, which another program may give as well, is not
    enough. `grows`: it is the one in which a film grows.
    """
    if not folder.is_dir():
        return folder.name if folder.exists() else ""
    is_film = grows and (folder / MANIFEST).is_file()
    return next((path.name for path in sorted(folder.iterdir()) if not _is_ours(path, grows, is_film)), "")


def _is_ours(path: Path, grows: bool, is_film: bool) -> bool:
    if path.is_dir() or path.is_symlink():
        return False
    if grows and (_GROWING.fullmatch(path.name) or (is_film and _FILM.fullmatch(path.name))):
        return True
    # Of a film that grew there, a picture may be damaged.
    return bool(_FRAME.fullmatch(path.name)) and (is_film or _is_marked(path))


def _is_marked(path: Path) -> bool:
    """Whether a file says that it is a picture of a film."""
    from .png import is_marked  # it needs numpy, without which the plugin must load

    with path.open("rb") as file:
        return is_marked(file.read(_HEAD))


@dataclass(frozen=True)
class FilmFolder:
    """The folder beside a film's place. What writes raises OSError."""

    path: Path

    def make(self) -> None:
        self.path.mkdir(exist_ok=True)

    def claim(self, fingerprint: str) -> None:
        """Keep what an interrupted export of the same film left, and throw away what belongs to another one."""
        if self._fingerprint() != fingerprint:
            self._clear()
            self._write(self.path / MANIFEST, json.dumps({"fingerprint": fingerprint}).encode())

    def picture(self, number: int) -> Path:
        return self.path / (NAMING % number)

    def has(self, number: int) -> bool:
        """Whether the picture of a frame is there, whole."""
        try:
            with self.picture(number).open("rb") as file:
                file.seek(-len(_PNG_END), 2)
                return file.read() == _PNG_END
        except OSError:
            return False

    def put(self, number: int, content: bytes) -> None:
        """Keep a picture: whole, or not at all."""
        self._write(self.picture(number), content)

    def copy(self, number: int, to: int) -> None:
        """Let another frame have the same picture."""
        shutil.copyfile(self.picture(number), self.picture(to))

    def holds_pictures(self) -> bool:
        return any(self.path.glob("frame_*.png"))

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def _fingerprint(self) -> str:
        try:
            return str(json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))["fingerprint"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def _clear(self) -> None:
        for path in self.path.iterdir():
            if path.name != LOCK:
                path.unlink()

    def _write(self, path: Path, content: bytes) -> None:
        part = path.with_name(f"{path.name}.part")
        try:
            part.write_bytes(content)
            part.replace(path)
        except OSError:
            with suppress(OSError):
                part.unlink()
            raise
