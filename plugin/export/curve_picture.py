"""The epidemic curve as a picture for a layout: an SVG whose texts are texts."""
from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from io import StringIO
from typing import TYPE_CHECKING

from qgis.core import Qgis, QgsLayout, QgsLayoutItem, QgsLayoutItemPicture, QgsProperty

from ..bridge.metric_words import metric_words
from ..bridge.story import Story
from ..bridge.translation import tr
from ..core.schema import Step

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ..core.curve_looks import CurveTexts

#: Where the plot lies in the picture, as shares of its width from the left and of its height from the top: there is
#: its period, from its begin to its end. A layout's cursor stands over just this.
CURVE_LEFT, CURVE_RIGHT, CURVE_TOP, CURVE_BOTTOM = 0.09, 0.91, 0.14, 0.76
_BOX = (CURVE_LEFT, 1 - CURVE_BOTTOM, CURVE_RIGHT - CURVE_LEFT, CURVE_BOTTOM - CURVE_TOP)
_POINTS_PER_MM = 72 / 25.4
#: Heights of letters that the words need above the plot, below it, and beside it.
_ABOVE, _BELOW, _BESIDE = 1.8, 3.3, 2.9
#: The largest: so much of the width, as letters of a poster are read from further away, within limits.
_SMALLEST_PT, _LARGEST_PT, _MOST_PT, _MM_PER_PT = 4.0, 8.0, 11.0, 36.0
_MARK = "#262626"
#: How a picture is told its content instead of a file; within so many bytes an SVG says what it is.
_EMBEDDED, _HEAD = "base64:", 500
#: Drawn by Qt, which knows neither hatches nor the short form of fonts in a style.
_GAP = "#e3e3e3"
_FONT = re.compile(r'font: (?:(?P<weight>bold|\d+) )?(?P<size>[\d.]+)px [^;"]+')
#: Width and height in the head of an SVG, and pixels an inch of one of which QGIS makes pixels, over 72.
_LENGTH, _FINE = re.compile(rb'\b(width|height)="([\d.]+)pt"'), 5.0
#: The first family that a computer has is taken.
_FAMILIES = "'Open Sans', 'Noto Sans', 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


def curve_svg(
    story: Story, width_mm: float, height_mm: float, marks_ms: Sequence[int] = (), font_pt: float | None = None
) -> bytes:
    """The curve of a story's period; `marks_ms`: moments marked by thin lines. Needs matplotlib.

    `font_pt`: by default as large as the picture has room for. Raises `ModuleNotFoundError` without matplotlib.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    from ..core.curve_figure import print_figure

    size_pt = font_pt or letters_pt(width_mm, height_mm)
    figure = print_figure(story.curve, _texts(story), width_mm, height_mm, font_pt=size_pt, box=_BOX)
    _suit_qt(figure)
    _mark(figure.axes[0], marks_ms)
    buffer = StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "outbreak atlas"}):
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
    return _FONT.sub(_long_font, buffer.getvalue()).encode()


def picture_path(svg: bytes) -> str:
    """What a layout's picture takes instead of a file: the picture itself. It says that it is large: where an
    expression names it, QGIS makes pixels of it, as many as it says."""
    return _EMBEDDED + b64encode(_LENGTH.sub(_lengthened, svg, count=2)).decode("ascii")


def _lengthened(found: re.Match[bytes]) -> bytes:
    return b'%s="%gpt"' % (found[1], float(found[2]) * _FINE)


def show_svg(picture: QgsLayoutItemPicture, svg: bytes) -> None:
    """Let a layout's picture hold an SVG itself.

    QGIS draws one as vectors only if no expression says what to draw. Stretched: what stands over it, as a cursor, is
    right in any shape that it is given.
    """
    properties = picture.dataDefinedProperties()
    properties.setProperty(QgsLayoutItem.DataDefinedProperty.PictureSource, QgsProperty())
    picture.setDataDefinedProperties(properties)
    picture.setResizeMode(QgsLayoutItemPicture.ResizeMode.Stretch)
    picture.setPicturePath(picture_path(svg), Qgis.PictureFormat.SVG)


def keep_vectors(layout: QgsLayout) -> None:
    """Let the SVGs that a template's pictures hold be drawn as vectors."""
    for item in layout.items():
        if not isinstance(item, QgsLayoutItemPicture) or not item.picturePath().startswith(_EMBEDDED):
            continue
        if b"<svg" in b64decode(item.picturePath()[len(_EMBEDDED):])[:_HEAD]:
            item.setPicturePath(item.picturePath(), Qgis.PictureFormat.SVG)


def letters_pt(width_mm: float, height_mm: float) -> float:
    """Letters as large as the words around the plot allow."""
    width, height = width_mm * _POINTS_PER_MM, height_mm * _POINTS_PER_MM
    fitting = min(height * CURVE_TOP / _ABOVE, height * (1 - CURVE_BOTTOM) / _BELOW, width * CURVE_LEFT / _BESIDE)
    largest = min(max(_LARGEST_PT, width_mm / _MM_PER_PT), _MOST_PT)
    return min(max(fitting, _SMALLEST_PT), largest)


def _texts(story: Story) -> CurveTexts:
    from ..core.curve_looks import CurveTexts

    mean = {Step.HOUR: tr("7-hour mean"), Step.DAY: tr("7-day mean"), Step.WEEK: tr("7-week mean")}
    return CurveTexts(
        metric_words(story.metric), new=_new_words(story.shape.step), total=tr("total"),
        mean=mean[story.shape.step], gap=tr("no report"), jump=tr("jump"), fallen=tr("revision"),
        unknown=tr("nothing is known"))


def _new_words(step: Step) -> str:
    return {Step.HOUR: tr("new per hour"), Step.DAY: tr("new per day"), Step.WEEK: tr("new per week")}[step]


def _suit_qt(figure: Figure) -> None:
    """Qt draws no hatches and knows no clipping in an SVG."""
    from matplotlib.patches import PathPatch

    figure.patch.set_visible(False)
    for axes in figure.axes:
        for artist in axes.get_children():
            artist.set_clip_on(False)
            if isinstance(artist, PathPatch) and artist.get_hatch():
                artist.set(hatch=None, fill=True, facecolor=_GAP, edgecolor="none", zorder=0)
    for text in figure.texts:
        text.set_text(text.get_text().replace("///", "\N{MEDIUM SHADE}").replace("   ", "\N{NO-BREAK SPACE}" * 3))


def _mark(axes: Axes, marks_ms: Sequence[int]) -> None:
    from matplotlib.lines import Line2D

    from ..core.schema import MS_PER_DAY

    for ms in marks_ms:
        axes.add_artist(Line2D(
            [ms / MS_PER_DAY] * 2, [0, 1], color=_MARK, linewidth=0.6, linestyle=(0, (2, 1.5)), clip_on=False,
            transform=axes.get_xaxis_transform()))


def _long_font(found: re.Match[str]) -> str:
    weight = f"; font-weight: {found['weight']}" if found["weight"] else ""
    return f"font-size: {found['size']}px; font-family: {_FAMILIES}{weight}"
