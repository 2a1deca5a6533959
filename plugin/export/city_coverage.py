"""The layers behind an atlas by city: a page a feature, and the rows of its table; and the pictures of its curves.

While a layout is only exported the layers are in memory and the pictures in a temporary folder, and both go with the
layout. A layout that stays in a project gets them from files that are attached to the project: QGIS saves these inside
the .qgz (beside a .qgs, as its …_attachments.zip), so that the project needs no other file and can be moved. Pictures
are files because QGIS draws an SVG that an expression gives from a text as pixels, and one from a file as vectors.
"""
from __future__ import annotations

import atexit
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import mkdtemp

from qgis.core import (
    NULL,
    QgsFeature,
    QgsField,
    QgsFields,
    QgsGeometry,
    QgsLayoutItemAttributeTable,
    QgsLayoutItemPicture,
    QgsLayoutObject,
    QgsMapLayer,
    QgsPrintLayout,
    QgsProject,
    QgsProperty,
    QgsRectangle,
    QgsVectorFileWriter,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QMetaType

from ..bridge.layers import layer_string, source_path
from ..bridge.translation import tr
from ..core.errors import AtlasError
from .city_curves import WORDS, CityCurve
from .city_symbols import AREAS, SYMBOL_MM
from .key_date_words import TableRow
from .layouts import CURVE, LAYOUT_PROPERTY

#: Ids of the template's items: the table's frame.
KEY_DATES = "key_dates"
_CITIES, _DATES = "cities", "key_dates"
_FILE = "city_atlas.gpkg"
#: The columns of the table, as the template names them.
SHOWN = ("label", "value")
_ENDLESS_MS = 1e15
#: The curve's file lies beside that of the coverage; a layer in memory has none.
CURVE_FILE = (
    f"with_variable('file', coalesce(attribute(@atlas_feature, '{CURVE}'), ''), "
    "with_variable('beside', coalesce(file_path(layer_property(@atlas_layerid, 'path')), ''), "
    "if(@file = '' OR @beside = '', @file, @beside || '/' || @file)))")


@dataclass(frozen=True)
class CityPage:
    """What a page shows. `extent`: in degrees on WGS 84; `curve`: its drawing, None without one; `symbol_mm`: by how
    much circles are larger; `areas`: those of the city, as `city_symbols.areas_text` writes them."""

    title: str
    subtitle: str
    note: str
    curve: CityCurve | None
    extent: QgsRectangle
    symbol_mm: float
    areas: str
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
    """The layers of some pages; they live as long as the layout, and so do the curves."""
    texts, number, moment = QMetaType.Type.QString, QMetaType.Type.Int, QMetaType.Type.Double
    cities = _layer("Polygon?crs=EPSG:4326", tr("Cities of the atlas"), (
        ("number", number), ("title", texts), ("subtitle", texts), ("note", texts), (CURVE, texts), (WORDS, texts),
        (SYMBOL_MM, moment), (AREAS, texts)))
    dates = _layer("NoGeometry", tr("Key dates of the atlas"), (
        ("city", number), ("row", number), ("label", texts), ("value", texts), ("begin_ms", moment),
        ("end_ms", moment)))
    folder = _folder_of(layout)
    _fill(cities, (_page_feature(cities.fields(), at, page, folder) for at, page in enumerate(pages, 1)))
    _fill(dates, (
        _row_feature(dates.fields(), at, row) for at, page in enumerate(pages, 1) for row in page.rows))
    for layer in (cities, dates):
        layer.setParent(layout)
    return Coverage(cities, dates)


def _folder_of(layout: QgsPrintLayout) -> Path:
    """A folder that is removed with the layout, at the latest when QGIS ends."""
    folder = Path(mkdtemp(prefix="outbreak_atlas_"))
    remove = partial(rmtree, folder, ignore_errors=True)
    layout.destroyed.connect(lambda: remove())
    atexit.register(remove)
    return folder


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


def _page_feature(fields: QgsFields, number: int, page: CityPage, folder: Path) -> QgsFeature:
    feature = QgsFeature(fields)
    picture = folder / f"curve_{number:03}.svg"
    curve, words = NULL, NULL
    if page.curve is not None:
        picture.write_bytes(page.curve.drawing)
        curve, words = picture.as_posix(), page.curve.words
    feature.setAttributes([
        number, page.title, page.subtitle, page.note, curve, words, page.symbol_mm, page.areas])
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
    _show_curves(layout)
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


def _show_curves(layout: QgsPrintLayout) -> None:
    """The picture of the curve is the city's: beside the file of the coverage, or where the coverage says."""
    picture = layout.itemById(CURVE)
    if not isinstance(picture, QgsLayoutItemPicture):
        return
    properties = picture.dataDefinedProperties()
    properties.setProperty(QgsLayoutObject.DataDefinedProperty.PictureSource, QgsProperty.fromExpression(CURVE_FILE))
    picture.setDataDefinedProperties(properties)
    picture.setPicturePath("")
    picture.setResizeMode(QgsLayoutItemPicture.ResizeMode.Stretch)


def _tables(layout: QgsPrintLayout) -> list[QgsLayoutItemAttributeTable]:
    """The tables of key dates; tables that a user added of other layers stay what they are."""
    tables = [one for one in layout.multiFrames() if isinstance(one, QgsLayoutItemAttributeTable)]
    return [table for table in tables if any(
        table.frame(at).id() == KEY_DATES for at in range(table.frameCount()))]


def coverage_of(layout: QgsPrintLayout) -> tuple[QgsMapLayer, ...]:
    """The layers that a layout's atlas and its tables of key dates run over."""
    layers = (layout.atlas().coverageLayer(), *(table.vectorLayer() for table in _tables(layout)))
    return tuple(layer for layer in layers if layer is not None)


def attached_files(project: QgsProject, layers: Iterable[str]) -> tuple[str, ...]:
    """The project's own files behind some of its layers: coverages, and the curves that they name."""
    found: dict[str, None] = {}
    attached = {Path(file).name: file for file in project.attachedFiles()}
    for layer in map(project.mapLayer, layers):
        source = source_path(layer) if layer is not None else None
        if source is None or attached.get(source.name) is None:
            continue
        found[attached[source.name]] = None
        if layer.fields().indexOf(CURVE) >= 0:
            curves = (attached.get(str(feature[CURVE])) for feature in layer.getFeatures())
            found.update(dict.fromkeys(file for file in curves if file))
    return tuple(found)


def keep_coverage(project: QgsProject, layout: QgsPrintLayout) -> None:
    """Give an atlas that is to stay in the project its layers from a file that is saved within the project."""
    tables, cities = _tables(layout), layout.atlas().coverageLayer()
    if cities is None or project.mapLayer(cities.id()) is not None:
        return
    _attach_curves(project, cities)
    path = Path(project.createAttachedFile(_FILE))
    kept = [_kept(project, layer, path, table, layout.name()) for layer, table in (
        (cities, _CITIES), *((one.vectorLayer(), _DATES) for one in tables[:1]))]
    show_coverage(layout, Coverage(kept[0], kept[-1]))


def _attach_curves(project: QgsProject, cities: QgsVectorLayer) -> None:
    """Copy the curves to where the project keeps its files; the coverage is told their names there."""
    column = cities.fields().indexOf(CURVE)
    names: dict[int, dict[int, str]] = {}
    for feature in cities.getFeatures():
        picture = feature[CURVE]
        if picture:
            attached = Path(project.createAttachedFile(Path(picture).name))
            copyfile(picture, attached)
            names[feature.id()] = {column: attached.name}
    cities.dataProvider().changeAttributeValues(names)


def _kept(project: QgsProject, layer: QgsVectorLayer, path: Path, table: str, layout: str) -> QgsVectorLayer:
    """A layer written to a table of a file, and added to the project where nobody sees it."""
    options = QgsVectorFileWriter.SaveVectorOptions()
    options.driverName, options.layerName, options.fileEncoding = "GPKG", table, "UTF-8"
    action = QgsVectorFileWriter.ActionOnExistingFile
    options.actionOnExistingFile = action.CreateOrOverwriteFile if table == _CITIES else action.CreateOrOverwriteLayer
    error, message, *_ = QgsVectorFileWriter.writeAsVectorFormatV3(
        layer, str(path), project.transformContext(), options)
    if error != QgsVectorFileWriter.WriterError.NoError:
        raise AtlasError(tr("The cities of the atlas could not be saved with the project."), message)
    kept = QgsVectorLayer(layer_string(path, table), layer.name(), "ogr")
    kept.setFlags(kept.flags() | QgsMapLayer.LayerFlag.Private)
    kept.setCustomProperty(LAYOUT_PROPERTY, layout)
    project.addMapLayer(kept, False)
    return kept
