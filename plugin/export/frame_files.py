"""Frames as a folder of numbered PNG files."""
from __future__ import annotations

from pathlib import Path

from qgis.PyQt.QtCore import QObject

from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.film_folder import FilmFolder, others_in
from .film_sinks import Shot, Sink


class FramesSink(Sink):
    """Lets the folder in which the film grows hold a picture for every frame; it then takes the target's place."""

    NEEDS_ALL = True

    def __init__(self, folder: FilmFolder, target: Path, parent: QObject | None = None) -> None:
        super().__init__(target, parent)
        self._folder = folder

    def open(self) -> None:
        refuse_others(self.target)

    def take(self, shot: Shot) -> None:
        if shot.first != shot.number:
            self._folder.copy(shot.first, shot.number)

    def close(self) -> None:
        self.done.emit()


def refuse_others(target: Path) -> None:
    """Raise `AtlasError` if the folder for the frames holds anything but frames of an earlier film."""
    other = others_in(target)
    if other:
        raise AtlasError(tr("The frames need a folder of their own, and “{folder}” holds “{other}”: choose a new or an "
                            "empty folder.").format(folder=target, other=other))
