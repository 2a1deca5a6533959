"""The curve in a layout: its drawing as a picture, and each of its words as an ordinary label.

QGIS draws the words of an SVG as outlines; as labels they stay words in a PDF, can be searched, copied and restyled.
"""
from __future__ import annotations

import re
from dataclasses import dataclass

from qgis.core import Qgis, QgsLayout, QgsLayoutItem, QgsLayoutItemPicture, QgsPrintLayout
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtXml import QDomDocument, QDomElement

from ..core.panel_grid import Box
from .curve_picture import show_svg
from .panel_items import MM_PER_PT, Letters, add_label

_STYLE = re.compile(r"([\w-]+):\s*([^;]+)")
_NUMBER = re.compile(r"[-\d.]+")
#: Of the height of letters: how far their middle is above the line they stand on, and how high their box is.
MIDDLE, TALL = 0.34, 1.5
SIDES = {"start": (0.0, Qt.AlignmentFlag.AlignLeft), "middle": (0.5, Qt.AlignmentFlag.AlignHCenter),
          "end": (1.0, Qt.AlignmentFlag.AlignRight)}


@dataclass(frozen=True)
class Word:
    """A text of an SVG, where and how it stands there in points."""

    text: str
    x: float
    y: float
    size: float
    colour: str
    anchor: str


def show_curve(layout: QgsPrintLayout, picture: QgsLayoutItemPicture, svg: bytes) -> None:
    """Show what `curve_picture.curve_svg` drew in the picture's size, with its words as labels in the same group."""
    _remove_words(layout, picture.id())
    drawing, words, width_pt = taken_apart(svg)
    show_svg(picture, drawing)
    to_mm = layout.renderContext().measurementConverter()
    size = to_mm.convert(picture.sizeWithUnits(), Qgis.LayoutUnit.Millimeters)
    corner = to_mm.convert(picture.positionWithUnits(), Qgis.LayoutUnit.Millimeters)
    group = picture.parentGroup()
    for word in words:
        # By its text it is found among many in the designer's list of items.
        name = f"{_prefix(picture.id())}{word.text.strip()}"
        label = _add(layout, name, word, (corner.x(), corner.y()), size.width() / width_pt)
        if group is not None:
            group.addItem(label)


def _prefix(name: str) -> str:
    return f"{name} text "


def words_of(layout: QgsLayout, name: str) -> list[QgsLayoutItem]:
    """The labels that belong to a curve's picture."""
    prefix = _prefix(name)
    return [item for item in layout.items() if isinstance(item, QgsLayoutItem) and item.id().startswith(prefix)]


def _remove_words(layout: QgsLayout, name: str) -> None:
    for item in words_of(layout, name):
        layout.removeLayoutItem(item)


def _add(
    layout: QgsPrintLayout, name: str, word: Word, corner: tuple[float, float], mm_per_pt: float
) -> QgsLayoutItem:
    letters = Letters(word.size * mm_per_pt / MM_PER_PT, colour=word.colour)
    share, across = SIDES.get(word.anchor, SIDES["start"])
    height, width = TALL * word.size * mm_per_pt, 1.15 * letters.width_mm(word.text) + 1.0
    left = corner[0] + word.x * mm_per_pt - share * width
    top = corner[1] + (word.y - MIDDLE * word.size) * mm_per_pt - height / 2
    label = add_label(layout, name, Box(left, top, width, height), word.text, letters, across)
    # A word that is wider in another font is not cut off or wrapped.
    label.setMarginX(0)
    return label


def taken_apart(svg: bytes) -> tuple[bytes, list[Word], float]:
    """The SVG without its texts, these, and its width."""
    document = QDomDocument()
    document.setContent(svg)
    root = document.documentElement()
    found = root.elementsByTagName("text")
    nodes = [found.at(number).toElement() for number in range(found.count())]
    words = [_word(node) for node in nodes]
    for node in nodes:
        node.parentNode().removeChild(node)
    width = float(root.attribute("viewBox", "0 0 1 1").split()[2])
    return bytes(document.toByteArray(-1)), [word for word in words if word.text.strip()], width


def _word(node: QDomElement) -> Word:
    style = dict(_STYLE.findall(node.attribute("style")))
    size = _NUMBER.search(style.get("font-size", "8"))
    return Word(
        node.text(), _at(node, "x", 0), _at(node, "y", 1), float(size[0]) if size else 8.0,
        style.get("fill", "#000000").strip(), style.get("text-anchor", "start").strip())


def _at(node: QDomElement, name: str, part: int) -> float:
    """A place that is given by itself, or else by a move."""
    if node.hasAttribute(name):
        return float(node.attribute(name))
    moved = re.search(r"translate\(([^)]*)\)", node.attribute("transform"))
    return float(_NUMBER.findall(moved[1])[part]) if moved else 0.0
