"""The curve of a layout: where its plot lies, its words, and what Qt can draw of it."""
from __future__ import annotations

import re
from pathlib import Path

import dock_dataset as truth
import matplotlib
import numpy as np
import pytest
from outbreak_atlas.plugin.bridge.layers import open_layer
from outbreak_atlas.plugin.bridge.story import Story, read_story
from outbreak_atlas.plugin.export.curve_picture import (
    CURVE_BOTTOM,
    CURVE_LEFT,
    CURVE_RIGHT,
    CURVE_TOP,
    curve_svg,
    letters_pt,
    picture_path,
)

_TEXT = re.compile(r"<text style=\"([^\"]*)\" x=\"([-\d.]+)\"[^>]*>([^<]*)<")
_WIDTH = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


@pytest.fixture
def story(dock_file: Path) -> Story:
    return read_story(open_layer(dock_file))


def words_of(svg: str) -> dict[str, tuple[float, str]]:
    return {text: (float(x), style) for style, x, text in _TEXT.findall(svg)}


@pytest.mark.parametrize(("width", "height"), [(60, 26), (81, 28), (120, 40), (180, 45), (388, 46)])
def test_the_plot_lies_where_the_cursor_looks_for_it(story: Story, width: float, height: float) -> None:
    svg = curve_svg(story, width, height).decode()
    across = float(_WIDTH.search(svg)[1])
    dates = {text: x for text, (x, _) in words_of(svg).items() if re.fullmatch(r"2020-\d\d-\d\d", text)}
    assert dates
    for date, x in dates.items():
        day = (np.datetime64(date) - np.datetime64("2020-02-03")).astype(int)
        share = CURVE_LEFT + (CURVE_RIGHT - CURVE_LEFT) * (day + 0.5) / truth.DAYS
        assert x / across == pytest.approx(share, abs=1e-4)


def test_the_picture_has_ink_to_both_ends_of_its_plot_and_not_beyond(story: Story) -> None:
    image, plot = _drawn(story, 600, 200)
    blue = (image[..., 2] > 150) & (image[..., 0] < 60)
    columns = np.flatnonzero(blue[plot].any(axis=0))
    assert columns[0] < 6 and columns[-1] > columns[0] + 400
    left, right = round(600 * CURVE_LEFT), round(600 * CURVE_RIGHT)
    rows = slice(round(200 * CURVE_TOP), round(200 * CURVE_BOTTOM))
    assert not blue[rows, :left - 1].any() and not blue[rows, right + 1:].any()


def _drawn(story: Story, width: int, height: int) -> tuple[np.ndarray, tuple[slice, slice]]:
    from layout_stage import pixels
    from qgis.PyQt.QtGui import QColor, QImage, QPainter
    from qgis.PyQt.QtSvg import QSvgRenderer

    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    QSvgRenderer(curve_svg(story, width / 5, height / 5)).render(painter)
    painter.end()
    return pixels(image), (slice(round(height * CURVE_TOP), round(height * CURVE_BOTTOM)),
                           slice(round(width * CURVE_LEFT), round(width * CURVE_RIGHT)))


def test_words_are_texts_in_a_form_that_qt_reads(story: Story) -> None:
    words = words_of(curve_svg(story, 120, 40).decode())
    assert {"new per day", "total", "— 7-day mean"} <= set(words)
    for _, style in words.values():
        assert "font-size:" in style and "font-family:" in style and "font:" not in style
    assert any("no report" in text and "jump" in text and "revision" in text for text in words)


def test_gaps_are_seen_although_qt_draws_no_hatches(story: Story) -> None:
    svg = curve_svg(story, 120, 40).decode()
    assert "<pattern" not in svg and "url(#h" not in svg and "#e3e3e3" in svg
    image, plot = _drawn(story, 600, 200)
    at = round((truth.GAP + 0.5) / truth.DAYS * (plot[1].stop - plot[1].start))
    column = image[plot][:, at].mean(axis=1)
    assert (abs(column - 227) < 12).mean() > 0.5


def test_moments_are_marked(story: Story) -> None:
    plain = curve_svg(story, 120, 40)
    marked = curve_svg(story, 120, 40, marks_ms=(truth.START + 5 * truth.DAY, truth.START + 9 * truth.DAY))
    assert marked.count(b"stroke-dasharray") == plain.count(b"stroke-dasharray") + 2


def test_the_same_curve_is_the_same_picture_and_no_setting_stays(story: Story) -> None:
    before = dict(matplotlib.rcParams)
    assert curve_svg(story, 81, 28) == curve_svg(story, 81, 28)
    assert dict(matplotlib.rcParams) == before


def test_a_picture_tells_a_size_that_makes_sharp_pixels(story: Story) -> None:
    import base64

    held = base64.b64decode(picture_path(curve_svg(story, 72, 36)).partition(":")[2])
    width = float(re.search(rb'width="([\d.]+)pt"', held)[1])
    assert width == pytest.approx(5 * 72 / 25.4 * 72, rel=0.01)
    assert re.search(rb'viewBox="0 0 204\.', held)


def test_letters_fit_small_pictures_and_stay_modest_in_large_ones() -> None:
    assert 4.0 <= letters_pt(60, 24) < letters_pt(120, 40) < letters_pt(500, 200) == 11.0
