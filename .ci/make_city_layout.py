"""Writes the layout template of the atlas by city, beside those of `make_layouts`; run by hand after a change here."""
from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from layout_expressions import START, date, given, sentence, shortened
from layout_parts import (
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
from make_layouts import FOLDER, plot_of_curve, written
from qgis.core import (
    QgsLayoutFrame,
    QgsLayoutItemAttributeTable,
    QgsLayoutItemPicture,
    QgsLayoutObject,
    QgsLayoutPoint,
    QgsLayoutSize,
    QgsLayoutTable,
    QgsLayoutTableColumn,
    QgsPrintLayout,
    QgsProject,
    QgsProperty,
)
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtGui import QColor

_LABEL_MM, _MARGIN_MM = 31, 1.6


def of_city(column: str) -> str:
    """What the atlas knows of the city whose page it is."""
    return f"coalesce(attribute(@atlas_feature, '{column}'), '')"


#: The rows of this city that hold in the step that the map shows, or the last ones of a map without time.
_ROWS = (f"with_variable('at', coalesce(epoch({START}), 999999999999999), "
         "\"city\" = attribute(@atlas_feature, 'number') AND \"begin_ms\" <= @at AND \"end_ms\" > @at)")
_SUBTITLE = (f"array_to_string(array_filter(array({of_city('subtitle')}, {given('oa_metric')}, {given('oa_filter')}), "
             "@element <> ''), ' \u00b7 ')")
_SOURCE = (f"{sentence('Data: ', 'oa_dataset')} || if({given('oa_sources')} = '', '', 'Files: ' || "
           f"{shortened(given('oa_sources'), 120)} || '. ') || {sentence('Datum: ', 'oa_datum')}")
_METHOD = f"{sentence('', 'oa_method')} || {sentence('Made with Outbreak Atlas ', 'oa_version')}"
_PAGE = "coalesce(@atlas_featurenumber || ' / ' || @atlas_totalfeatures, '')"


def city_atlas(project: QgsProject, plot: Plot) -> QgsPrintLayout:
    """A4 landscape: the city's map with its curve below, on the right its key dates and the legend."""
    layout = page(project, "city_atlas", 297, 210)
    label(layout, "title", Box(12, 9, 190, 13), f"if({of_city('title')} = '', {given('oa_title')}, {of_city('title')})",
          look(26, bold=True), Fit(1, 12, flows=True))
    label(layout, "subtitle", Box(12, 23, 190, 7), _SUBTITLE, look(10, QUIET), Fit(1, 7, flows=True))
    label(layout, "date", Box(205, 9, 80, 12), date(), look(28, bold=True), Fit(1, 12), RIGHT)
    label(layout, "zone", Box(205, 21, 80, 5), given("oa_zone"), look(9, QUIET), across=RIGHT)
    shown = main_map(layout, Box(12, 33, 168, 105), 0.15)
    scale_bar(layout, Box(15, 127, 55, 9), shown, 8)
    north(layout, Box(170, 36, 7, 11), shown)
    label(layout, "note", Box(12, 139.5, 168, 4.5), of_city("note"), look(7.5, QUIET), Fit(1, 6))
    curve(layout, Box(12, 145, 168, 44), plot, 0.35)
    _bind_curve(layout)
    _key_dates(layout, Box(186, 33, 99, 86))
    legend(layout, Box(186, 121, 48, 68), 8, shown=shown)
    locator(layout, Box(237, 153, 48, 36), shown, 0.5)
    label(layout, "source", Box(12, 193, 250, 4), _SOURCE, look(6.5, QUIET), Fit(1, 6))
    label(layout, "method", Box(12, 197, 250, 4), _METHOD, look(6.5, QUIET), Fit(1, 6))
    label(layout, "synthetic", Box(12, 201, 250, 4), given("oa_synthetic"), look(6.5, WARNING, bold=True), Fit(1, 6))
    label(layout, "page", Box(265, 199, 20, 5), _PAGE, look(8, QUIET), across=RIGHT)
    return layout


def _bind_curve(layout: QgsPrintLayout) -> None:
    """The curve is that of the city."""
    from outbreak_atlas.plugin.export.city_coverage import CURVE_FILE

    picture = layout.itemById("curve")
    if isinstance(picture, QgsLayoutItemPicture):
        picture.dataDefinedProperties().setProperty(
            QgsLayoutObject.DataDefinedProperty.PictureSource, QgsProperty.fromExpression(CURVE_FILE))


def _key_dates(layout: QgsPrintLayout, box: Box) -> None:
    """A table without a layer until the atlas has its cities."""
    table = QgsLayoutItemAttributeTable.create(layout)
    layout.addMultiFrame(table)
    value_mm = box.width - _LABEL_MM - 4 * _MARGIN_MM - 0.5
    table.setColumns([_column("label", "Key dates", _LABEL_MM), _column("value", "", value_mm)])
    order = QgsLayoutTableColumn()
    order.setAttribute("row")
    order.setSortOrder(Qt.SortOrder.AscendingOrder)
    table.setSortColumns([order])
    table.setFilterFeatures(True)
    table.setFeatureFilter(_ROWS)
    table.setMaximumNumberOfFeatures(40)
    table.setWrapBehavior(QgsLayoutTable.WrapBehavior.WrapText)
    table.setHeaderTextFormat(look(11, bold=True))
    table.setContentTextFormat(look(9))
    table.setCellMargin(_MARGIN_MM)
    table.setVerticalGrid(False)
    table.setGridStrokeWidth(0.1)
    table.setGridColor(QColor("#c4c4c4"))
    table.setEmptyTableBehavior(QgsLayoutTable.EmptyTableMode.HideTable)
    frame = QgsLayoutFrame(layout, table)
    frame.setId("key_dates")
    table.addFrame(frame)
    frame.attemptMove(QgsLayoutPoint(box.left, box.top))
    frame.attemptResize(QgsLayoutSize(box.width, box.height))


def _column(attribute: str, heading: str, width_mm: float) -> QgsLayoutTableColumn:
    column = QgsLayoutTableColumn(heading)
    column.setAttribute(attribute)
    column.setWidth(width_mm)
    return column


def main() -> int:
    """Write it."""
    from session import start_qgis

    with tempfile.TemporaryDirectory() as profile:
        session = start_qgis(Path(profile))
        layout = city_atlas(QgsProject.instance(), plot_of_curve())
        (FOLDER / f"{layout.name()}.qpt").write_text(written(layout), encoding="utf-8")
        del session
    return 0


if __name__ == "__main__":
    sys.exit(main())
