"""Writes the layout templates of `resources/layouts`: run by hand after a change here, `QT_QPA_PLATFORM=offscreen`.

The same bytes each time with one version of QGIS, so that a test can hold the files against this.
"""
from __future__ import annotations

import re
import sys
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from xml.etree.ElementTree import canonicalize

from layout_expressions import LINE_MM_PER_PT, counts, date, given, sentence
from layout_parts import (
    LEFT,
    LOW,
    QUIET,
    RIGHT,
    WARNING,
    Box,
    Fit,
    Plot,
    curve,
    label,
    legend,
    locator,
    look,
    main_map,
    north,
    page,
    scale_bar,
)
from qgis.core import QgsPrintLayout, QgsProject, QgsReadWriteContext, QgsTextFormat
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtXml import QDomDocument

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "layouts"
_UUID = re.compile(r"\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}")
_SUBTITLE = f"array_to_string(array_filter(array({given('oa_metric')}, {given('oa_filter')}), @element <> ''), '; ')"
#: The longest comes last: what has no room is cut off.
_SOURCE = " || ".join((
    sentence("Data: ", "oa_dataset"), sentence("Datum: ", "oa_datum"),
    sentence("Made with Outbreak Atlas ", "oa_version"), sentence("Files: ", "oa_sources"),
    sentence("Filter: ", "oa_filter")))


def heading(layout: QgsPrintLayout, name: str, box: Box, letters: QgsTextFormat, fit: Fit) -> None:
    """The title over the line that names metric and filter."""
    label(layout, name, box, given("oa_title") if name == "title" else _SUBTITLE, letters, fit, upright=LOW)


def moment(layout: QgsPrintLayout, name: str, box: Box, size_pt: float, across: Qt.AlignmentFlag = RIGHT) -> None:
    """The date in large letters, or the zone that it is in."""
    if name == "date":
        label(layout, name, box, date(), look(size_pt, bold=True), Fit(1, max(6, size_pt / 2)), across, LOW)
    else:
        label(layout, name, box, given("oa_zone"), look(size_pt, QUIET), Fit(1, 6), across)


def warning(layout: QgsPrintLayout, box: Box, size_pt: float) -> None:
    """What is invented says so on the map itself, so that it is not cropped."""
    label(layout, "synthetic", box, given("oa_synthetic"), look(size_pt, WARNING, True, True), Fit(1, 6))


def foot(layout: QgsPrintLayout, box: Box, size_pt: float, lines: int = 1) -> None:
    """What a reader must know to judge and repeat the figure: in so many lines how it counts, below it of what."""
    row = size_pt * LINE_MM_PER_PT
    method = Box(box.left, box.top, box.width, lines * row)
    source = Box(box.left, box.top + lines * row, box.width, box.height - lines * row)
    label(layout, "method", method, given("oa_method"), look(size_pt, QUIET), Fit(lines, 6), upright=LOW)
    label(layout, "source", source, _SOURCE, look(size_pt, QUIET), Fit(int(source.height / row), 6, flows=True))


def a4_report(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """297 by 210 mm: a map with a panel, the curve below over the whole width."""
    layout = page(project, "a4_report", 297, 210)
    heading(layout, "title", Box(12, 7, 190, 17.5), look(20, bold=True), Fit(2, 10, flows=True))
    heading(layout, "subtitle", Box(12, 25, 190, 6), look(9.5, QUIET), Fit(2, 6, flows=True))
    moment(layout, "date", Box(205, 7, 80, 17.5), 30)
    moment(layout, "zone", Box(205, 25, 80, 5), 9.5)
    shown = main_map(layout, Box(12, 33, 215, 114), 0.15)
    warning(layout, Box(14, 35, 190, 5), 8)
    legend(layout, Box(231, 33, 54, 78), 8, shown=shown)
    locator(layout, Box(231, 113, 54, 34), shown, 0.4)
    scale_bar(layout, Box(14, 137, 60, 9), shown, 8)
    north(layout, Box(217, 36, 7, 11), shown)
    label(layout, "counts", Box(12, 150, 273, 6), counts(), look(11, bold=True), Fit(1, 7))
    curve(layout, Box(12, 156, 273, 37), plot, 0.35)
    foot(layout, Box(12, 194, 273, 9), 6.5)
    return layout


def journal_single(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """One column of a journal, 85 mm."""
    layout = page(project, "journal_single", 85, 146)
    label(layout, "title", Box(0, 0, 60, 9), given("oa_title"), look(8, bold=True), Fit(3, 6, flows=True),
          upright=LOW)
    moment(layout, "date", Box(61, 1.5, 24, 4), 8)
    moment(layout, "zone", Box(61, 5.5, 24, 3.5), 6)
    shown = main_map(layout, Box(0.1, 10, 84.8, 52), 0.1)
    warning(layout, Box(1, 11, 78, 3), 6)
    legend(layout, Box(0, 64, 59, 24), 6.5, columns=2, shown=shown)
    locator(layout, Box(60.9, 64.5, 24, 16), shown, 0.25)
    scale_bar(layout, Box(1, 55, 28, 6), shown, 6.5)
    north(layout, Box(80.5, 11.5, 3, 4.8), shown)
    label(layout, "counts", Box(0, 89.5, 85, 6.5), counts(), look(7, bold=True), Fit(2, 6), upright=LOW)
    curve(layout, Box(0, 96.5, 85, 32), plot, 0.25)
    foot(layout, Box(0, 129, 85, 17), 6, lines=2)
    return layout


def journal_double(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """Both columns of a journal, 180 mm."""
    layout = page(project, "journal_double", 180, 150)
    label(layout, "title", Box(0, 0, 134, 9), given("oa_title"), look(9, bold=True), Fit(2, 6.5, flows=True),
          upright=LOW)
    moment(layout, "date", Box(136, 0.3, 44, 4.7), 10)
    moment(layout, "zone", Box(136, 5.2, 44, 3.8), 7)
    shown = main_map(layout, Box(0.1, 10, 134, 88), 0.1)
    warning(layout, Box(1.5, 11.5, 120, 4), 7)
    legend(layout, Box(138, 10, 42, 60), 7, shown=shown)
    locator(layout, Box(138, 72, 41.9, 26), shown, 0.3)
    scale_bar(layout, Box(1.5, 90, 38, 7), shown, 7)
    north(layout, Box(129, 12, 3.6, 5.8), shown)
    label(layout, "counts", Box(0, 100, 180, 4.5), counts(), look(8, bold=True), Fit(1, 6))
    curve(layout, Box(0, 105, 180, 36), plot, 0.3)
    foot(layout, Box(0, 141.5, 180, 8.5), 6.5)
    return layout


def film_16x9(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """320 by 180 mm: 6 pixels a mm at 1920 by 1080."""
    layout = page(project, "film_16x9", 320, 180)
    shown = main_map(layout, Box(0, 0, 228, 127), 0)
    warning(layout, Box(5, 4, 200, 6), 10)
    moment(layout, "date", Box(234, 4, 79, 15), 35, LEFT)
    moment(layout, "zone", Box(234, 19.5, 79, 5), 10, LEFT)
    label(layout, "title", Box(234, 26.5, 79, 22), given("oa_title"), look(15, bold=True), Fit(4, 8, flows=True))
    legend(layout, Box(234, 51, 79, 47), 9, columns=2, shown=shown)
    locator(layout, Box(234, 99, 79, 28), shown, 0.4)
    scale_bar(layout, Box(4, 115, 60, 10), shown, 9)
    north(layout, Box(217, 4, 7, 11), shown)
    label(layout, "counts", Box(8, 130, 305, 6), counts(), look(12.5, bold=True), Fit(1, 8))
    curve(layout, Box(8, 136, 305, 33.8), plot, 0.45)
    foot(layout, Box(8, 170, 305, 9.5), 7)
    layout.renderContext().setDpi(152.4)
    return layout


def poster_a3(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """420 by 297 mm."""
    layout = page(project, "poster_a3", 420, 297)
    heading(layout, "title", Box(16, 8, 264, 28.5), look(34, bold=True), Fit(2, 16, flows=True))
    heading(layout, "subtitle", Box(16, 37, 264, 9), look(13, QUIET), Fit(2, 8, flows=True))
    moment(layout, "date", Box(284, 8, 120, 28.5), 48)
    moment(layout, "zone", Box(284, 37, 120, 7), 13)
    shown = main_map(layout, Box(16, 49, 302, 160), 0.2)
    warning(layout, Box(19, 52, 270, 7), 12)
    legend(layout, Box(325, 49, 79, 106), 11.5, shown=shown)
    locator(layout, Box(325, 160, 79, 49), shown, 0.6)
    scale_bar(layout, Box(19, 194, 90, 14), shown, 12)
    north(layout, Box(304, 53, 10, 16), shown)
    label(layout, "counts", Box(16, 212, 388, 9), counts(), look(17, bold=True), Fit(1, 10))
    curve(layout, Box(16, 221, 388, 52), plot, 0.5)
    foot(layout, Box(16, 275, 388, 14), 8.5)
    return layout


TEMPLATES: tuple[Callable[[QgsProject, Plot], QgsPrintLayout], ...] = (
    a4_report, journal_single, journal_double, film_16x9, poster_a3)


def written(layout: QgsPrintLayout) -> str:
    """A layout as a template's text: canonical XML with ids that depend on the template's name only."""
    document = QDomDocument()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "layout.qpt")
        if not layout.saveAsTemplate(str(path), QgsReadWriteContext()):
            raise RuntimeError(f"{layout.name()} could not be written")
        document.setContent(path.read_bytes())
    text = canonicalize(document.toString(1))
    fixed: dict[str, str] = {}
    for found in _UUID.findall(text):
        number = len(fixed)
        name = uuid.uuid5(uuid.NAMESPACE_URL, f"outbreak_atlas/{layout.name()}/{number}")
        fixed.setdefault(found, f"{{{name}}}")
    return _UUID.sub(lambda match: fixed[match.group()], text) + "\n"


def plot_of_curve() -> Plot:
    """Where the plugin draws the plot of a curve's picture."""
    from outbreak_atlas.plugin.export import curve_picture as picture

    return Plot(picture.CURVE_LEFT, picture.CURVE_RIGHT, picture.CURVE_TOP, picture.CURVE_BOTTOM)


def main() -> int:
    """Write them all."""
    from session import start_qgis

    with tempfile.TemporaryDirectory() as profile:
        session = start_qgis(Path(profile))
        FOLDER.mkdir(parents=True, exist_ok=True)
        for make in TEMPLATES:
            layout = make(QgsProject.instance(), plot_of_curve())
            (FOLDER / f"{layout.name()}.qpt").write_text(written(layout), encoding="utf-8")
        del session
    return 0


if __name__ == "__main__":
    sys.exit(main())
