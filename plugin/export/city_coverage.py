"""The layers behind an atlas by city: a page a feature, and the rows of its table.

While a layout is only exported they are in memory and belong to it. A layout that stays in a project gets them from a
GeoPackage which is attached to the project: QGIS saves it inside the .qgz (beside a .qgs, as its …_attachments.zip), so
that the project needs no other file and can be moved.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    NULL,
    QgsFeature,
    QgsField,
    QgsFields,
    QgsGeometry,
    QgsLayoutItemAttributeTable,
    QgsMapLayer,
    QgsPrintLayout,
    QgsProject,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QMetaType

from ..bridge.layers import layer_string
from ..bridge.translation import tr
from ..core.errors import AtlasError
from .key_date_words import TableRow

#: Ids of the template's items: the table's frame.
KEY_DATES = "key_dates"
#: Which layout a layer of a project belongs to.
OF_LAYOUT = "outbreak_atlas/layout"
_CITIES, _DATES = "cities", "key_dates"
_FILE = "city_atlas.gpkg"
#: The columns of the table, as the template names them.
SHOWN = ("label", "value")
_ENDLESS_MS = 1e15


@dataclass(frozen=True)
class CityPage:
    """What a page shows. `extent`: in degrees on WGS 84; `curve`: "base64:…" of a picture, or ""."""

    title: str
    subtitle: str
    note: str
    curve: str
    extent: QgsRectangle
    rows: tuple[TableRow, ...]


@dataclass(frozen=True)
class Coverage:
    """The features that an atlas runs over, and the rows of its tables."""

    cities: QgsVectorLayer
    dates: QgsVectorLayer

    @property
    def layers(self) -> tuple[QgsVectorLayer, QgsVectorLayer]:
        return self.cities, self.dates


def coverage_in_memory(pages: Sequence[CityPage], layout: QgsPrintLayout) -> Coverage:
    """The layers of some pages; they live as long as the layout."""
    texts, number, moment = QMetaType.Type.QString, QMetaType.Type.Int, QMetaType.Type.Double
    cities = _layer("Polygon?crs=EPSG:4326", tr("Cities of the atlas"), (
        ("number", number), ("title", texts), ("subtitle", texts), ("note", texts), ("curve", texts)))
    dates = _layer("NoGeometry", tr("Key dates of the atlas"), (
        ("city", number), ("row", number), ("label", texts), ("value", texts), ("begin_ms", moment),
        ("end_ms", moment)))
    _fill(cities, (_page_feature(cities.fields(), at, page) for at, page in enumerate(pages, 1)))
    _fill(dates, (
        _row_feature(dates.fields(), at, row) for at, page in enumerate(pages, 1) for row in page.rows))
    for layer in (cities, dates):
        layer.setParent(layout)
    return Coverage(cities, dates)


def _layer(kind: str, name: str, columns: Iterable[tuple[str, QMetaType.Type]]) -> QgsVectorLayer:
    layer = QgsVectorLayer(kind, name, "memory")
    fields = QgsFields()
    for column, of in columns:
        fields.append(QgsField(column, of))
    layer.dataProvider().addAttributes(list(fields))
    layer.updateFields()
    return layer


def _fill(layer: QgsVectorLayer, features: Iterable[QgsFeature]) -> None:
    layer.dataProvider().addFeatures(list(features))
    layer.updateExtents()


def _page_feature(fields: QgsFields, number: int, page: CityPage) -> QgsFeature:
    feature = QgsFeature(fields)
    feature.setAttributes([number, page.title, page.subtitle, page.note, page.curve or NULL])
    feature.setGeometry(QgsGeometry.fromRect(page.extent))
    return feature


def _row_feature(fields: QgsFields, number: int, row: TableRow) -> QgsFeature:
    feature = QgsFeature(fields)
    end_ms = _ENDLESS_MS if row.end_ms is None else float(row.end_ms)
    feature.setAttributes([number, row.order, row.label, row.value, float(row.begin_ms), end_ms])
    return feature


def show_coverage(layout: QgsPrintLayout, coverage: Coverage) -> None:
    """Let the layout's atlas run over the cities, and its table show their dates."""
    atlas = layout.atlas()
    atlas.setCoverageLayer(coverage.cities)
    atlas.setHideCoverage(True)
    atlas.setPageNameExpression('"title"')
    atlas.setFilenameExpression("lpad(@atlas_featurenumber, 3, '0') || ' ' || \"title\"")
    atlas.setSortFeatures(True)
    atlas.setSortExpression('"number"')
    atlas.setEnabled(True)
    for table in _tables(layout):
        # Another layer resets what the template, or its user, set.
        columns, sorting = table.columns(), table.sortColumns()
        table.setVectorLayer(coverage.dates)
        if columns:
            table.setColumns(columns)
            table.setSortColumns(sorting)
        else:
            table.setDisplayedFields(list(SHOWN))
        table.refreshAttributes()
    atlas.updateFeatures()
    atlas.first()


def _tables(layout: QgsPrintLayout) -> list[QgsLayoutItemAttributeTable]:
    """The tables of key dates; tables that a user added of other layers stay what they are."""
    tables = [one for one in layout.multiFrames() if isinstance(one, QgsLayoutItemAttributeTable)]
    return [table for table in tables if any(
        table.frame(at).id() == KEY_DATES for at in range(table.frameCount()))]


def keep_coverage(project: QgsProject, layout: QgsPrintLayout) -> None:
    """Give an atlas that is to stay in the project its layers from a file that is saved within the project."""
    tables, cities = _tables(layout), layout.atlas().coverageLayer()
    if cities is None or project.mapLayer(cities.id()) is not None:
        return
    path = Path(project.createAttachedFile(_FILE))
    kept = [_kept(project, layer, path, table, layout.name()) for layer, table in (
        (cities, _CITIES), *((one.vectorLayer(), _DATES) for one in tables[:1]))]
    show_coverage(layout, Coverage(kept[0], kept[-1]))


def _kept(project: QgsProject, layer: QgsVectorLayer, path: Path, table: str, layout: str) -> QgsVectorLayer:
    """A layer written to a table of a file, and added to the project where nobody sees it."""
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName, options.fileEncoding = "GPKG", table, "UTF-8"
    action = QgsVectorFileWriter.ActionOnExistingFile
    options.actionOnExistingFile = action.CreateOrOverwriteLayer if path.is_file() else action.CreateOrOverwriteFile
    error, message, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(
        layer, str(path), project.transformContext(), options)
    if error != QgsVectorFileWriter.WriterError.NoError:
        raise AtlasError(tr("The cities of the atlas could not be saved with the project."), message)
    kept = QgsVectorLayer(layer_string(path, table), layer.name(), "ogr")
    kept.setFlags(kept.flags() | QgsMapLayer.LayerFlag.Private)
    kept.setCustomProperty(OF_LAYOUT, layout)
    project.addMapLayer(kept, False)
    return kept
