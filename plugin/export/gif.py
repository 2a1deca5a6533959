"""GIF: the frames one by one through Pillow, with one palette for the whole film."""
from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from qgis.PyQt.QtCore import QObject

from ..bridge.dependencies import how_to_get, missing_libraries
from ..core.errors import AtlasError
from ..core.film_folder import FilmFolder
from .film_sinks import Shot, Sink

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

Colour = tuple[int, int, int]
Box = tuple[int, int, int, int]

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
        self._palette: Palette | None = None
        self._last: NDArray[np.uint8] | None = None
        self._first = -1

    def open(self) -> None:
        if missing_libraries(("PIL",)):
            raise AtlasError(how_to_get(("PIL",)))
        self._file = self._part.open("wb")

    def take(self, shot: Shot) -> None:
        if self._file is None:
            return
        if self._palette is None:
            self._palette = Palette([self._read(number) for number in _spread(self._pictures, _SAMPLES)])
        before = self._last
        if self._last is None or shot.first != self._first:
            self._last, self._first = self._palette.indexes(self._read(shot.first)), shot.first
        if before is None:
            height, width = self._last.shape
            self._file.write(_head(width, height, self._palette))
        self._file.write(_frame(self._last, _changed(before, self._last), self._delays_cs[shot.number]))

    def close(self) -> None:
        if self._file is not None:
            self._file.write(b";")
            self._file.close()
        self.stop()
        self.done.emit()

    def stop(self) -> None:
        self._last = self._palette = None
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # a full disk may refuse even the rest
                file.close()

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


class Palette:
    """256 colours for all frames, and for each colour of a picture the one of them that stands for it.

    The colours of the largest areas are among them, and stand for whatever is hardly different: Pillow's own search
    would put a neighbour in their place.
    """

    def __init__(self, samples: Sequence[Image]) -> None:
        import numpy as np

        exact, between = _chosen_colours(samples)
        colours = np.array([*exact, *between][:COLOURS], np.uint8)
        self.colours = np.concatenate([colours, np.zeros((COLOURS - len(colours), 3), np.uint8)])
        self._nearest = _nearest_of_cells(colours.astype(np.float32))
        for number in reversed(range(len(exact))):  # the largest area last, so that it wins
            red, green, blue = (int(part) >> 2 for part in exact[number])
            self._nearest[red << 12 | green << 6 | blue] = number

    def indexes(self, picture: Image) -> NDArray[np.uint8]:
        """The number of a colour for each pixel, row by row."""
        import numpy as np

        cells = np.asarray(picture, np.uint8) >> 2
        code = cells[..., 0].astype(np.int32) << 12
        code |= cells[..., 1].astype(np.int32) << 6
        code |= cells[..., 2]
        return self._nearest[code]


def _nearest_of_cells(colours: NDArray[np.float32]) -> NDArray[np.uint8]:
    """For each of 64 by 64 by 64 cells of colour the nearest of some colours: least |c|² - 2 c·x."""
    import numpy as np

    side = np.arange(64, dtype=np.float32) * 4 + 1.5
    green, blue = np.meshgrid(side, side, indexing="ij")
    plane = np.stack((np.zeros_like(green), green, blue), axis=-1).reshape(-1, 3)
    squares = (colours ** 2).sum(axis=1)
    nearest = np.empty((64, 64 * 64), np.uint8)
    for number, red in enumerate(side):
        plane[:, 0] = red
        nearest[number] = (squares - 2 * plane @ colours.T).argmin(axis=1)
    return nearest.ravel()


def _chosen_colours(samples: Sequence[Image]) -> tuple[list[Colour], list[Colour]]:
    """Of samples: the colours of their largest areas, and those that stand for the others."""
    from PIL import Image

    small = [_reduced(sample) for sample in samples]
    width, height = max(one.width for one in small), sum(one.height for one in small)
    sheet, top = Image.new("RGB", (width, height), small[0].getpixel((0, 0))), 0
    for one in small:
        sheet.paste(one, (0, top))
        top += one.height
    counted = [colour for _count, colour in sorted(sheet.getcolors(width * height) or [], reverse=True)]
    if len(counted) <= COLOURS:
        return counted, []
    flat = sheet.quantize(COLOURS - _EXACT, method=Image.Quantize.MEDIANCUT).getpalette() or []
    return counted[:_EXACT], [(flat[at], flat[at + 1], flat[at + 2]) for at in range(0, len(flat) - 2, 3)]


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


def _changed(before: NDArray[np.uint8] | None, pixels: NDArray[np.uint8]) -> Box:
    """The box (left, top, right, bottom) in which a picture differs from the one before; a pixel where nothing does."""
    if before is None:
        return 0, 0, pixels.shape[1], pixels.shape[0]
    differs = before != pixels
    rows, columns = differs.any(axis=1).nonzero()[0], differs.any(axis=0).nonzero()[0]
    if not len(rows):
        return 0, 0, 1, 1
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _head(width: int, height: int, palette: Palette) -> bytes:
    """GIF89a: screen, the palette for all frames, and that the film plays again and again."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0xF7, 0, 0)
    return screen + palette.colours.tobytes() + b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", 0, 0)


def _frame(pixels: NDArray[np.uint8], box: Box, delay_cs: int) -> bytes:
    """A frame: how long it shows, and the pixels of a box, which stay over those of the frame before."""
    from PIL import GifImagePlugin, Image

    left, top, right, bottom = box
    part = Image.frombytes("P", (right - left, bottom - top), pixels[top:bottom, left:right].tobytes())
    control = b"!\xf9\x04" + struct.pack("<BHBB", 0, delay_cs, 0, 0)
    return control + b"".join(GifImagePlugin.getdata(part, (left, top)))
