"""The curves of an atlas: a drawing for each city, and labels for the words of all of them.

Words that stand at the same place on every page, as the dates, are ordinary labels beside the picture. Of the others,
the numbers of the axes, the n-th of a kind has one label whose text and place the coverage tells.
"""
from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qgis.core import (
    Qgis,
    QgsExpressionContextUtils,
    QgsLayoutItemPicture,
    QgsLayoutObject,
    QgsPrintLayout,
    QgsProperty,
)

from ..core.panel_grid import Box
from .curve_items import MIDDLE, SIDES, TALL, Word, taken_apart, words_of
from .panel_items import MM_PER_PT, Letters, add_label

#: The column of the coverage: a list with [text, left, top] or nothing for each label, in mm from the curve's corner.
WORDS = "curve_words"
_ID = "curve value"
#: The corner of the curve's picture as layout variables; who moves the curve adapts them.
_LEFT, _TOP = "oa_curve_left_mm", "oa_curve_top_mm"
#: Room for a number or for the key of all marks.
_WIDTH_MM, _WIDEST_MM = 16.0, 90.0
_SHORT = 8


@dataclass(frozen=True)
class CityCurve:
    """A city's drawing without words, and its own ones as the coverage has them."""

    drawing: bytes
    words: str


@dataclass(frozen=True)
class _Kind:
    """Words that one label can show: of one size, colour and alignment, and short or long."""

    size: float
    colour: str
    anchor: str
    is_short: bool


def part_curves(layout: QgsPrintLayout, picture: QgsLayoutItemPicture, svgs: Sequence[bytes]) -> tuple[CityCurve, ...]:
    """The curves of the pages, drawn in the picture's size; the layout gets the labels of their words."""
    parts = [taken_apart(svg) for svg in svgs]
    to_mm = layout.renderContext().measurementConverter()
    size = to_mm.convert(picture.sizeWithUnits(), Qgis.LayoutUnit.Millimeters)
    corner = to_mm.convert(picture.positionWithUnits(), Qgis.LayoutUnit.Millimeters)
    for old in words_of(layout, picture.id()):
        layout.removeLayoutItem(old)
    for name, value in ((_LEFT, corner.x()), (_TOP, corner.y())):
        QgsExpressionContextUtils.setLayoutVariable(layout, name, f"{value:.3f}")
    scale = size.width() / parts[0][2]
    words = [found for _drawing, found, _width in parts]
    common = _common(words)
    own = [[word for word in found if word not in common] for found in words]
    slots = _slots(own)
    for number, kind in enumerate(slots):
        _add_value(layout, number, kind, scale)
    _add_common(layout, picture, [word for word in words[0] if word in common], scale)
    return tuple(
        CityCurve(drawing, _told(found, slots, scale)) for (drawing, _all, _width), found in zip(parts, own))


def _common(words: Sequence[Sequence[Word]]) -> frozenset[Word]:
    first, *others = (frozenset(found) for found in words)
    return first.intersection(*others)


def _kind(word: Word) -> _Kind:
    return _Kind(round(word.size, 2), word.colour, word.anchor, len(word.text) <= _SHORT)


def _slots(words: Sequence[Sequence[Word]]) -> tuple[_Kind, ...]:
    """As many labels of each kind as the page with the most of them needs."""
    most: Counter[_Kind] = Counter()
    for found in words:
        most |= Counter(map(_kind, found))
    return tuple(most.elements())


def _told(words: Sequence[Word], slots: Sequence[_Kind], scale: float) -> str:
    """What each label says on a page."""
    left: dict[_Kind, list[Word]] = {}
    for word in words:
        left.setdefault(_kind(word), []).append(word)
    said = []
    for kind in slots:
        word = left[kind].pop(0) if left.get(kind) else None
        said.append(None if word is None else [word.text, *_corner(word, scale)])
    return json.dumps(said, ensure_ascii=False)


def _corner(word: Word, scale: float) -> tuple[float, float]:
    """Left and top of a word's label, in mm from the picture's corner."""
    kind = _kind(word)
    share, _across = SIDES.get(kind.anchor, SIDES["start"])
    return (round(word.x * scale - share * _width_mm(kind), 3),
            round((word.y - MIDDLE * word.size) * scale - _height_mm(kind, scale) / 2, 3))


def _width_mm(kind: _Kind) -> float:
    return _WIDTH_MM if kind.is_short else _WIDEST_MM


def _height_mm(kind: _Kind, scale: float) -> float:
    return TALL * kind.size * scale


def _add_value(layout: QgsPrintLayout, number: int, kind: _Kind, scale: float) -> None:
    """A label whose text and place the coverage tells."""
    said = f"from_json(coalesce(attribute(@atlas_feature, '{WORDS}'), '[]'))[{number}]"
    letters = Letters(kind.size * scale / MM_PER_PT, colour=kind.colour)
    _share, across = SIDES.get(kind.anchor, SIDES["start"])
    box = Box(0.0, 0.0, _width_mm(kind), _height_mm(kind, scale))
    label = add_label(layout, f"{_ID} {number + 1}", box, f"[% coalesce({said}[0], '') %]", letters, across)
    properties = label.dataDefinedProperties()
    place = QgsLayoutObject.DataDefinedProperty
    for which, variable, part in ((place.PositionX, _LEFT, 1), (place.PositionY, _TOP, 2)):
        properties.setProperty(which, QgsProperty.fromExpression(f"to_real(@{variable}) + coalesce({said}[{part}], 0)"))
    label.setDataDefinedProperties(properties)


def _add_common(layout: QgsPrintLayout, picture: QgsLayoutItemPicture, words: Sequence[Word], scale: float) -> None:
    """Labels that every page shows, in the group of the picture."""
    to_mm = layout.renderContext().measurementConverter()
    corner = to_mm.convert(picture.positionWithUnits(), Qgis.LayoutUnit.Millimeters)
    group = picture.parentGroup()
    for number, word in enumerate(words, 1):
        kind = _kind(word)
        left, top = _corner(word, scale)
        letters = Letters(kind.size * scale / MM_PER_PT, colour=kind.colour)
        box = Box(corner.x() + left, corner.y() + top, _width_mm(kind), _height_mm(kind, scale))
        label = add_label(layout, f"{picture.id()} text {number}", box, word.text, letters,
                          SIDES.get(kind.anchor, SIDES["start"])[1])
        if group is not None:
            group.addItem(label)
