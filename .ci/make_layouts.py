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
    INK,
    QUIET,
    SEA,
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
    rectangle,
    scale_bar,
)
from qgis.core import QgsPrintLayout, QgsProject, QgsReadWriteContext
from qgis.PyQt.QtXml import QDomDocument

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "layouts"
_UUID = re.compile(r"\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}")
_SUBTITLE = f"array_to_string(array_filter(array({given('oa_metric')}, {given('oa_filter')}), @element <> ''), '; ')"
_SOURCE = (sentence("Data: ", "oa_dataset") + f" || if({given('oa_sources')} = '', '', 'Files: ' || {shortened(given('oa_sources'), 160)} || '. ') || " + sentence("Filter: ", "oa_filter")
    + " || " + sentence("Datum: ", "oa_datum"))
_METHOD = sentence("", "oa_method") + " || " + sentence("Made with Outbreak Atlas ", "oa_version")


def a4_report(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """297 by 210 mm: a map with a panel, the curve below over the whole width."""
    layout = page(project, "a4_report", 297, 210, 0.8)
    label(layout, "title", Box(12, 10, 190, 16), given("oa_title"), look(20, bold=True), lines=2, least_pt=11)
    label(layout, "subtitle", Box(12, 26, 190, 6), _SUBTITLE, look(9, QUIET), lines=1, least_pt=7)
    label(layout, "date", Box(205, 9, 80, 12), date(), look(28, bold=True), right=True)
    label(layout, "zone", Box(205, 21, 80, 5), given("oa_zone"), look(9, QUIET), right=True)
    shown = main_map(layout, Box(12, 33, 213, 116), 0.15)
    legend(layout, Box(230, 33, 55, 70), 8, shown=shown)
    locator(layout, Box(230, 115, 55, 34), shown, 0.4)
    scale_bar(layout, Box(15, 138, 60, 9), shown, 8)
    north(layout, Box(215, 36, 7, 11), shown)
    label(layout, "counts", Box(12, 152, 273, 6), counts(), look(11, bold=True), least_pt=8)
    curve(layout, Box(12, 158, 273, 33), plot, 0.35)
    _foot(layout, Box(12, 193, 273, 11), 6.5)
    return layout


def _foot(layout: QgsPrintLayout, box: Box, size_pt: float) -> None:
    """What a reader must know to judge and repeat the figure."""
    row = box.height / 3
    label(layout, "source", Box(box.left, box.top, box.width, row), _SOURCE, look(size_pt, QUIET), least_pt=6)
    label(layout, "method", Box(box.left, box.top + row, box.width, row), _METHOD, look(size_pt, QUIET), least_pt=6)
    label(layout, "synthetic", Box(box.left, box.top + 2 * row, box.width, row), given("oa_synthetic"),
          look(size_pt, WARNING, bold=True), least_pt=6)


def journal_single(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """One column of a journal, 85 mm."""
    layout = page(project, "journal_single", 85, 138, 0.4)
    label(layout, "title", Box(0, 0, 60, 8), given("oa_title"), look(8, bold=True), lines=2, least_pt=7)
    label(layout, "date", Box(60, 0, 25, 4), date(), look(8, bold=True), right=True)
    label(layout, "zone", Box(60, 4, 25, 4), given("oa_zone"), look(6, QUIET), right=True)
    shown = main_map(layout, Box(0.1, 9, 84.8, 52), 0.1)
    legend(layout, Box(0, 64, 55, 26), 6.5, columns=2, shown=shown)
    locator(layout, Box(57.9, 64, 27, 17), shown, 0.25)
    scale_bar(layout, Box(1, 54, 28, 6), shown, 6.5)
    north(layout, Box(80.5, 10.5, 3, 5), shown)
    label(layout, "counts", Box(0, 93, 85, 6), counts(), look(7), lines=2, least_pt=6)
    curve(layout, Box(0, 100, 85, 24), plot, 0.25)
    _foot(layout, Box(0, 125, 85, 13), 6)
    return layout


def journal_double(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """Both columns of a journal, 180 mm."""
    layout = page(project, "journal_double", 180, 150, 0.6)
    label(layout, "title", Box(0, 0, 130, 8), given("oa_title"), look(9, bold=True), lines=2, least_pt=7)
    label(layout, "date", Box(136, 0, 44, 5), date(), look(10, bold=True), right=True)
    label(layout, "zone", Box(136, 4.5, 44, 4), given("oa_zone"), look(7, QUIET), right=True)
    shown = main_map(layout, Box(0.1, 10, 134, 88), 0.1)
    legend(layout, Box(138, 10, 42, 60), 7, shown=shown)
    locator(layout, Box(138, 73, 41.9, 25), shown, 0.3)
    scale_bar(layout, Box(1.5, 90, 38, 7), shown, 7)
    north(layout, Box(129, 12, 3.6, 6), shown)
    label(layout, "counts", Box(0, 100, 180, 4.5), counts(), look(7.5), least_pt=6.5)
    curve(layout, Box(0, 105, 180, 32), plot, 0.3)
    _foot(layout, Box(0, 138, 180, 12), 6.5)
    return layout


def film_16x9(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """320 by 180 mm: 6 pixels a mm at 1920 by 1080."""
    layout = page(project, "film_16x9", 320, 180, 0.8)
    label(layout, "title", Box(8, 5, 205, 15), given("oa_title"), look(20, bold=True), lines=2, least_pt=12,
          middle=True)
    label(layout, "date", Box(222, 4, 90, 13), date(), look(32, bold=True), right=True)
    label(layout, "zone", Box(222, 17, 90, 5), given("oa_zone"), look(9, QUIET), right=True)
    shown = main_map(layout, Box(0, 24, 248, 104), 0)
    legend(layout, Box(254, 26, 58, 70), 9, shown=shown)
    locator(layout, Box(254, 94, 58, 34), shown, 0.4)
    scale_bar(layout, Box(4, 116, 60, 10), shown, 9)
    north(layout, Box(238, 27, 7, 11), shown)
    label(layout, "counts", Box(8, 130, 304, 6.5), counts(), look(12, bold=True), least_pt=8)
    curve(layout, Box(8, 137, 304, 32), plot, 0.4)
    _foot(layout, Box(8, 170, 304, 9), 6.5)
    layout.renderContext().setDpi(152.4)
    return layout


def poster_a3(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """420 by 297 mm."""
    layout = page(project, "poster_a3", 420, 297, 1.0)
    rectangle(layout, "band", Box(0, 0, 420, 44), INK)
    label(layout, "title", Box(16, 9, 270, 24), given("oa_title"), look(32, "#ffffff", True), lines=2, least_pt=18,
          middle=True)
    label(layout, "subtitle", Box(16, 34, 270, 8), _SUBTITLE, look(12, "#d0d0d0"), least_pt=8)
    label(layout, "date", Box(290, 9, 114, 20), date(), look(46, "#ffffff", True), right=True)
    label(layout, "zone", Box(290, 32, 114, 8), given("oa_zone"), look(13, "#d0d0d0"), right=True)
    shown = main_map(layout, Box(0, 44, 318, 170), 0)
    rectangle(layout, "ground", Box(318, 44, 102, 170), SEA)
    legend(layout, Box(326, 54, 84, 100), 12, shown=shown)
    locator(layout, Box(326, 160, 78, 46), shown, 0.5)
    scale_bar(layout, Box(6, 197, 90, 14), shown, 12)
    north(layout, Box(302, 50, 10, 16), shown)
    label(layout, "counts", Box(16, 219, 388, 10), counts(), look(18, bold=True), least_pt=10)
    curve(layout, Box(16, 229, 388, 46), plot, 0.5)
    _foot(layout, Box(16, 277, 388, 15), 8)
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
    try:
        from outbreak_atlas.plugin.export import curve_picture as picture
    except ImportError:
        return Plot(0.06, 0.95, 0.12, 0.8)
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
