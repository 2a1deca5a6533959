"""GIF: the frames one by one through Pillow, with one palette for the whole film."""
from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from qgis.PyQt.QtCore import QObject

from ..bridge.dependencies import how_to_get, missing_libraries
from ..core.errors import AtlasError
from ..core.film_folder import FilmFolder
from .film_sinks import Shot, Sink

if TYPE_CHECKING:
    from PIL.Image import Image

#: Players show frames of one hundredth of a second, as many of fewer, ten times as long.
MOST_GIF_FPS = 50.0
COLOURS = 256
#: Pictures from all over the film whose colours make the palette; of each so many pixels at most.
_SAMPLES, _SAMPLE_SIDE = 9, 480
#: Colours of the largest areas, which stay exactly as they are: a shift of the sea would be seen, one of a rim not.
_EXACT = 48


class GifSink(Sink):
    """Writes `part` frame by frame: only the frame before is kept, of which the next one stores the difference."""

    NEEDS_ALL = True
    SHARE = 0.4

    def __init__(
        self, folder: FilmFolder, part: Path, target: Path, delays_cs: Sequence[int], pictures: Sequence[int],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(target, parent)
        self._folder, self._part = folder, part
        self._delays_cs, self._pictures = delays_cs, pictures
        self._file: BinaryIO | None = None
        self._palette: Image | None = None
        self._last: Image | None = None
        self._first = -1

    def open(self) -> None:
        if missing_libraries(("PIL",)):
            raise AtlasError(how_to_get(("PIL",)))
        self._file = self._part.open("wb")

    def take(self, shot: Shot) -> None:
        if self._file is None:
            return
        if self._palette is None:
            self._palette = palette_of([self._read(number) for number in _spread(self._pictures, _SAMPLES)])
        if self._last is None or shot.first != self._first:
            picture = self._read(shot.first).quantize(palette=self._palette, dither=0)
            box = _changed(self._last, picture)
        else:
            picture, box = self._last, None
        if self._last is None:
            self._file.write(_head(picture))
        self._file.write(_frame(picture, box, self._delays_cs[shot.number]))
        self._last, self._first = picture, shot.first

    def close(self) -> None:
        if self._file is not None:
            self._file.write(b";")
            self._file.close()
        self._last = self._palette = None
        self.done.emit()

    def stop(self) -> None:
        self._last = self._palette = None
        if self._file is not None:
            self._file.close()

    def _read(self, number: int) -> Image:
        from PIL import Image

        with Image.open(self._folder.picture(number)) as file:
            return file.convert("RGB")


def delays_cs(count: int, fps: float) -> list[int]:
    """How long each frame shows in hundredths of a second, as GIF counts, so that no error adds up.

    >>> delays_cs(4, 30.0)
    [3, 4, 3, 3]
    """
    edges = [round(number * 100 / fps) for number in range(count + 1)]
    return [edges[number + 1] - edges[number] for number in range(count)]


def palette_of(samples: Sequence[Image]) -> Image:
    """An image that carries the palette: the colours of the largest areas as they are, and those between."""
    from PIL import Image

    small = [_reduced(sample) for sample in samples]
    width, height = max(one.width for one in small), sum(one.height for one in small)
    sheet, top = Image.new("RGB", (width, height), small[0].getpixel((0, 0))), 0
    for one in small:
        sheet.paste(one, (0, top))
        top += one.height
    counted = sorted(sheet.getcolors(width * height) or [], reverse=True)
    if len(counted) <= COLOURS:
        colours = [colour for _count, colour in counted]
    else:
        colours = [colour for _count, colour in counted[:_EXACT]]
        between = sheet.quantize(COLOURS - _EXACT, method=Image.Quantize.MEDIANCUT).getpalette() or []
        colours += [tuple(between[at:at + 3]) for at in range(0, 3 * (COLOURS - _EXACT), 3)]
    carrier = Image.new("P", (1, 1))
    flat = [part for colour in colours for part in colour]
    carrier.putpalette((flat + flat[:3] * COLOURS)[:3 * COLOURS])
    return carrier


def _reduced(picture: Image) -> Image:
    """Fewer pixels without new colours: some of them, not means of them."""
    from PIL import Image

    step = max(-(-max(picture.size) // _SAMPLE_SIDE), 1)
    return picture.resize((-(-picture.width // step), -(-picture.height // step)), Image.Resampling.NEAREST)


def _spread(numbers: Sequence[int], most: int) -> list[int]:
    """Evenly from the first to the last of them."""
    if len(numbers) <= most:
        return list(numbers)
    return [numbers[round(at * (len(numbers) - 1) / (most - 1))] for at in range(most)]


def _changed(before: Image | None, picture: Image) -> tuple[int, int, int, int] | None:
    """The box in which a picture differs from the one before; None where it does not."""
    from PIL import Image, ImageChops

    if before is None:
        return (0, 0, *picture.size)
    planes = [Image.frombytes("L", one.size, one.tobytes()) for one in (before, picture)]
    return ImageChops.difference(*planes).getbbox()


def _head(picture: Image) -> bytes:
    """GIF89a: screen, the palette for all frames, and that the film plays again and again."""
    palette = bytes(picture.getpalette() or [])[:3 * COLOURS].ljust(3 * COLOURS, b"\0")
    screen = b"GIF89a" + struct.pack("<HHBBB", *picture.size, 0xF7, 0, 0)
    return screen + palette + b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", 0, 0)


def _frame(picture: Image, box: tuple[int, int, int, int] | None, delay_cs: int) -> bytes:
    """A frame: how long it shows, and the pixels of the box; one pixel where nothing differs."""
    from PIL import GifImagePlugin

    box = box or (0, 0, 1, 1)
    control = b"!\xf9\x04" + struct.pack("<BHBB", 0, delay_cs, 0, 0)
    return control + b"".join(GifImagePlugin.getdata(picture.crop(box), box[:2]))
