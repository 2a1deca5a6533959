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

from layout_expressions import counts, date, given, sentence, shortened
from layout_parts import (
    QUIET,
    WARNING,
    Box,
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
from qgis.core import QgsPrintLayout, QgsProject, QgsReadWriteContext
from qgis.PyQt.QtXml import QDomDocument

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "layouts"
_UUID = re.compile(r"\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}")
_SUBTITLE = f"array_to_string(array_filter(array({given('oa_metric')}, {given('oa_filter')}), @element <> ''), '; ')"
_FILES = f"if({given('oa_sources')} = '', '', 'Files: ' || {shortened(given('oa_sources'), 160)} || '. ')"
_SOURCE = " || ".join((
    sentence("Data: ", "oa_dataset"), _FILES, sentence("Filter: ", "oa_filter"), sentence("Datum: ", "oa_datum")))
_METHOD = sentence("", "oa_method") + " || " + sentence("Made with Outbreak Atlas ", "oa_version")


def a4_report(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """297 by 210 mm: a map with a panel, the curve below over the whole width."""
    layout = page(project, "a4_report", 297, 210)
    label(layout, "title", Box(12, 8, 192, 16), given("oa_title"), look(20, bold=True), lines=2, least_pt=11, low=True)
    label(layout, "subtitle", Box(12, 25, 192, 5), _SUBTITLE, look(9.5, QUIET), lines=1, least_pt=7)
    label(layout, "date", Box(207, 7, 78, 17.5), date(), look(30, bold=True), right=True, least_pt=16, low=True)
    label(layout, "zone", Box(207, 25, 78, 5), given("oa_zone"), look(9.5, QUIET), right=True)
    shown = main_map(layout, Box(12, 33, 215, 114), 0.15)
    legend(layout, Box(231, 33, 54, 78), 8, shown=shown)
    locator(layout, Box(231, 113, 54, 34), shown, 0.4)
    scale_bar(layout, Box(14, 137, 60, 9), shown, 8)
    north(layout, Box(217, 36, 7, 11), shown)
    label(layout, "counts", Box(12, 150, 273, 6), counts(), look(11, bold=True), least_pt=8)
    curve(layout, Box(12, 156, 273, 37), plot, 0.35)
    foot(layout, Box(12, 194, 273, 11), 6.5)
    return layout


def foot(layout: QgsPrintLayout, box: Box, size_pt: float, lines: int = 1) -> None:
    """What a reader must know to judge and repeat the figure."""
    row = box.height / (2 * lines + 1)
    for number, (name, text) in enumerate((("source", _SOURCE), ("method", _METHOD))):
        label(layout, name, Box(box.left, box.top + number * lines * row, box.width, lines * row), text,
              look(size_pt, QUIET), lines=lines, least_pt=6)
    label(layout, "synthetic", Box(box.left, box.top + 2 * lines * row, box.width, row), given("oa_synthetic"),
          look(size_pt, WARNING, bold=True), least_pt=6)


def journal_single(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """One column of a journal, 85 mm."""
    layout = page(project, "journal_single", 85, 145)
    label(layout, "title", Box(0, 0, 61, 8), given("oa_title"), look(8, bold=True), lines=2, least_pt=7)
    label(layout, "date", Box(62, 0, 23, 4), date(), look(8, bold=True), right=True, least_pt=7)
    label(layout, "zone", Box(62, 4, 23, 4), given("oa_zone"), look(6, QUIET), right=True)
    shown = main_map(layout, Box(0.1, 9, 84.8, 52), 0.1)
    legend(layout, Box(0, 63, 55, 29), 6.5, columns=2, shown=shown)
    locator(layout, Box(57.9, 63.5, 27, 18), shown, 0.25)
    scale_bar(layout, Box(1, 54, 28, 6), shown, 6.5)
    north(layout, Box(80.5, 10.5, 3, 4.8), shown)
    label(layout, "counts", Box(0, 93, 85, 6), counts(), look(7, bold=True), lines=2, least_pt=6)
    curve(layout, Box(0, 99.5, 85, 32), plot, 0.25)
    foot(layout, Box(0, 132, 85, 12.5), 6, lines=2)
    return layout


def journal_double(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """Both columns of a journal, 180 mm."""
    layout = page(project, "journal_double", 180, 152)
    label(layout, "title", Box(0, 0, 134, 8), given("oa_title"), look(9, bold=True), lines=2, least_pt=7)
    label(layout, "date", Box(136, 0, 44, 4.5), date(), look(10, bold=True), right=True)
    label(layout, "zone", Box(136, 4.5, 44, 4), given("oa_zone"), look(7, QUIET), right=True)
    shown = main_map(layout, Box(0.1, 10, 134, 88), 0.1)
    legend(layout, Box(138, 10, 42, 60), 7, shown=shown)
    locator(layout, Box(138, 72, 41.9, 26), shown, 0.3)
    scale_bar(layout, Box(1.5, 90, 38, 7), shown, 7)
    north(layout, Box(129, 12, 3.6, 5.8), shown)
    label(layout, "counts", Box(0, 100, 180, 4.5), counts(), look(8, bold=True), least_pt=6.5)
    curve(layout, Box(0, 105, 180, 36), plot, 0.3)
    foot(layout, Box(0, 142, 180, 10), 6.5)
    return layout


def film_16x9(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """320 by 180 mm: 6 pixels a mm at 1920 by 1080."""
    layout = page(project, "film_16x9", 320, 180)
    shown = main_map(layout, Box(0, 0, 228, 127), 0)
    label(layout, "date", Box(234, 5, 79, 14), date(), look(35, bold=True), least_pt=18)
    label(layout, "zone", Box(234, 19.5, 79, 5), given("oa_zone"), look(10, QUIET), least_pt=7)
    label(layout, "title", Box(234, 26.5, 79, 22), given("oa_title"), look(15, bold=True), lines=3, least_pt=9)
    legend(layout, Box(234, 51, 79, 47), 9, columns=2, shown=shown)
    locator(layout, Box(234, 99, 79, 28), shown, 0.4)
    scale_bar(layout, Box(4, 115, 60, 10), shown, 9)
    north(layout, Box(217, 4, 7, 11), shown)
    label(layout, "counts", Box(8, 130, 305, 6), counts(), look(12.5, bold=True), least_pt=8)
    curve(layout, Box(8, 136, 305, 34), plot, 0.45)
    foot(layout, Box(8, 170, 305, 9), 7)
    layout.renderContext().setDpi(152.4)
    return layout


def poster_a3(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """420 by 297 mm."""
    layout = page(project, "poster_a3", 420, 297)
    label(layout, "title", Box(16, 10, 266, 26), given("oa_title"), look(34, bold=True), lines=2, least_pt=18, low=True)
    label(layout, "subtitle", Box(16, 37, 266, 7), _SUBTITLE, look(13, QUIET), least_pt=9)
    label(layout, "date", Box(284, 8, 120, 28.5), date(), look(48, bold=True), right=True, least_pt=26, low=True)
    label(layout, "zone", Box(284, 37, 120, 7), given("oa_zone"), look(13, QUIET), right=True)
    shown = main_map(layout, Box(16, 49, 302, 160), 0.2)
    legend(layout, Box(325, 49, 79, 106), 11.5, shown=shown)
    locator(layout, Box(325, 160, 79, 49), shown, 0.6)
    scale_bar(layout, Box(19, 194, 90, 14), shown, 12)
    north(layout, Box(304, 53, 10, 16), shown)
    label(layout, "counts", Box(16, 213, 388, 9), counts(), look(17, bold=True), least_pt=11)
    curve(layout, Box(16, 222, 388, 52), plot, 0.5)
    foot(layout, Box(16, 275, 388, 14), 8)
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
