"""The curve as a file or a picture, as it goes to print."""
from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from ..plugin.bridge.translation import tr
from ..plugin.core.curve_figure import UNMARKED, CurveMarks, CurveTexts, curve_csv, print_figure
from ..plugin.core.errors import AtlasError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from ..plugin.core.series import Curve

#: Of a picture: as wide as the text of an A4 page, and dots per inch that print well.
_WIDTH_MM, _HEIGHT_MM, _DPI = 160.0, 80.0, 300
SUFFIXES = (".svg", ".png", ".csv")


@dataclass(frozen=True)
class Kept:
    """What is saved: a curve as it is shown, and the chosen dates marked on it."""

    curve: Curve
    texts: CurveTexts
    marks: CurveMarks = UNMARKED
    log: bool = False
    mean: bool = True


def save_curve(kept: Kept, path: Path) -> None:
    """Write SVG, PNG or CSV, whichever the name says; errors as AtlasError."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise AtlasError(tr("The curve can be saved as SVG, PNG or CSV, not as “{name}”. Give the file one of these "
                            "endings.").format(name=path.name))
    content = {".svg": svg_of, ".png": png_of, ".csv": _csv_of}[suffix](kept)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise AtlasError(tr("The curve could not be written to “{path}”: {reason}. Choose another folder or name.")
                         .format(path=path, reason=error.strerror or error)) from error


def png_of(kept: Kept) -> bytes:
    """A picture with a white background."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = _figure(kept)
    figure.set_dpi(_DPI)
    buffer = BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()


def svg_of(kept: Kept) -> bytes:
    """A drawing whose letters are outlines, so that it looks the same everywhere."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = StringIO()
    FigureCanvasSVG(_figure(kept)).print_svg(buffer, metadata={"Date": None})
    return buffer.getvalue().encode()


def _figure(kept: Kept) -> Figure:
    return print_figure(
        kept.curve, kept.texts, _WIDTH_MM, _HEIGHT_MM, replace(kept.marks, frame=None), kept.log, kept.mean)


def _csv_of(kept: Kept) -> bytes:
    return curve_csv(kept.curve).encode()
