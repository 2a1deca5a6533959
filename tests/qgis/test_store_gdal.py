"""The GeoPackage as GDAL and QGIS see it: valid, readable, playing, editable."""
from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from osgeo import gdal, ogr
from qgis.core import (
    Qgis,
    QgsApplication,
    QgsDateTimeRange,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsMapLayer,
    QgsPointXY,
    QgsReadWriteContext,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorLayerTemporalContext,
    edit,
)
from qgis.PyQt.QtCore import QDateTime, Qt
from qgis.PyQt.QtXml import QDomDocument

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit"))
from made_datasets import COLUMNS, DAYS, START_MS, made_dataset
from outbreak_atlas.plugin.core.dataset import Cleaned
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, TIME_COLUMNS, Step
from outbreak_atlas.plugin.core.steps import step_ms
from outbreak_atlas.plugin.store.geopackage import resnap, write_dataset


@pytest.fixture(scope="module")
def dataset() -> Cleaned:
    return made_dataset()


@pytest.fixture
def written(dataset: Cleaned, tmp_path: Path) -> Path:
    write_dataset(tmp_path / "made 省.gpkg", dataset, {}, Progress())
    return tmp_path / "made 省.gpkg"


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What GDAL has to say against a file."""
    said: list[str] = []
    gdal.PushErrorHandler(lambda _, __, message: said.append(message))
    yield said
    gdal.PopErrorHandler()


def _layer(path: Path, table: str = "updates") -> QgsVectorLayer:
    layer = QgsVectorLayer(f"{path}|layername={table}", table, "ogr")
    assert layer.isValid()
    return layer


def _moment(ms: int) -> QDateTime:
    return QDateTime.fromMSecsSinceEpoch(int(ms), Qt.TimeSpec.UTC)


def test_the_validator_is_content(written: Path) -> None:
    from osgeo_utils.samples.validate_gpkg import GPKGChecker

    checker = GPKGChecker(str(written), abort_at_first_error=False)
    checker.check()
    assert checker.errors == []


def test_gdal_reads_every_layer_without_complaint(dataset: Cleaned, written: Path, complaints: list[str]) -> None:
    source = gdal.OpenEx(str(written), gdal.OF_VECTOR)
    names = [source.GetLayer(number).GetName() for number in range(source.GetLayerCount())]
    assert names == ["updates", "rejected", "findings", "places", "dataset", "layer_styles"]
    layer = source.GetLayerByName("updates")
    definition = layer.GetLayerDefn()
    fields = [definition.GetFieldDefn(number) for number in range(definition.GetFieldCount())]
    types = {field.GetName(): field.GetType() for field in fields}
    assert tuple(types) == COLUMNS
    assert {types[name] for name in TIME_COLUMNS} == {ogr.OFTDateTime}
    assert (layer.GetGeomType(), layer.GetFIDColumn(), layer.GetGeometryColumn()) == (ogr.wkbPoint, "fid", "geom")
    assert layer.TestCapability(ogr.OLCFastSpatialFilter) and layer.TestCapability(ogr.OLCFastFeatureCount)
    assert layer.GetFeatureCount() == len(dataset.states) == sum(1 for _ in layer)
    states = dataset.states
    assert layer.GetExtent() == (states["lon"].min(), states["lon"].max(), states["lat"].min(), states["lat"].max())
    assert layer.GetSpatialRef().GetAuthorityCode(None) == "4326"
    assert complaints == []


def test_a_spatial_filter_finds_what_is_there(dataset: Cleaned, written: Path) -> None:
    source = gdal.OpenEx(str(written), gdal.OF_VECTOR)
    layer = source.GetLayerByName("updates")
    states = dataset.states
    for west, south, east, north in ((80, 22, 80.02, 22.03), (80.1, 22.3, 80.4, 23.1), (0, 0, 1, 1)):
        layer.SetSpatialFilterRect(west, south, east, north)
        inside = states["lon"].between(west, east) & states["lat"].between(south, north)
        assert sorted(feature["first_row"] for feature in layer) == sorted(states.loc[inside, "first_row"])


def _style_of(written: Path) -> str:
    layer = _layer(written)
    layer.setDisplayExpression("'stored ' || \"place\"")
    document = QDomDocument("qgis")
    layer.exportNamedStyle(document, QgsReadWriteContext(), QgsMapLayer.StyleCategory.AllStyleCategories)
    return document.toString()


def test_the_default_style_loads_by_itself(qgis_app: QgsApplication, dataset: Cleaned, written: Path) -> None:
    write_dataset(written, dataset, {"updates": _style_of(written)}, Progress())
    assert _layer(written).displayExpression() == "'stored ' || \"place\""


def test_the_table_of_styles_is_that_of_qgis(qgis_app: QgsApplication, dataset: Cleaned, written: Path) -> None:
    """QGIS adds a style to the table as if it had made it."""
    write_dataset(written, dataset, {"updates": _style_of(written)}, Progress())
    layer = _layer(written)
    layer.saveStyleToDatabase("another", "of the user", False, "")
    count, _, names, _, problem = layer.listStylesInDatabase()
    assert problem == "" and sorted(names[:count]) == ["Outbreak Atlas", "another"]


def test_qgis_reads_values_and_moments(qgis_app: QgsApplication, dataset: Cleaned, written: Path) -> None:
    first = dataset.states.sort_values("first_row").iloc[0]
    feature = next(_layer(written).getFeatures(f'"first_row" = {first["first_row"]}'))
    assert feature["place"] == first["place"] and feature["confirmed"] == first["confirmed"]
    assert feature["valid_from"].toString("yyyy-MM-ddTHH:mm") == np.datetime_as_string(
        np.datetime64(int(first["valid_from"]), "ms"), unit="m")
    assert feature.geometry().asPoint().compare(QgsPointXY(first["lon"], first["lat"]), 1e-12)


@pytest.mark.parametrize("step", list(Step))
def test_a_frame_holds_each_place_once_with_what_is_known_at_its_end(
    qgis_app: QgsApplication, dataset: Cleaned, written: Path, step: Step
) -> None:
    resnap(written, step, Progress())
    layer = _layer(written)
    properties = layer.temporalProperties()
    properties.setMode(Qgis.VectorTemporalMode.FeatureDateTimeStartAndEndFromFields)
    properties.setIsActive(True)
    properties.setStartField("shown_from")
    properties.setEndField("shown_to")
    properties.setLimitMode(Qgis.VectorTemporalLimitMode.IncludeBeginExcludeEnd)
    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    states, length = dataset.states, step_ms(step)
    for begin in range(START_MS, START_MS + DAYS * MS_PER_DAY, length * (97 if step == Step.HOUR else 5)):
        frame = QgsDateTimeRange(_moment(begin), _moment(begin + length), True, False)
        request = QgsFeatureRequest().setFilterExpression(properties.createFilterString(context, frame))
        seen = sorted(feature["first_row"] for feature in layer.getFeatures(request))
        last = begin + length - 1
        known = states[(states["valid_from"] <= last) & (states["valid_to"] > min(last, dataset.info.end - 1))]
        assert seen == sorted(known["first_row"])
        assert known["place_id"].is_unique


def test_edits_in_qgis_keep_counts_and_index_true(qgis_app: QgsApplication, dataset: Cleaned, written: Path) -> None:
    layer = _layer(written)
    template, moved = list(layer.getFeatures())[:2]
    with edit(layer):
        added = QgsFeature(template)
        added["fid"] = None
        added.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(10.0, 50.0)))
        assert layer.addFeature(added)
        assert layer.deleteFeature(template.id())
        assert layer.changeGeometry(moved.id(), QgsGeometry.fromPointXY(QgsPointXY(11.0, 51.0)))
    again = _layer(written)
    assert again.featureCount() == len(dataset.states)
    near = QgsFeatureRequest(QgsRectangle(9.9, 49.9, 11.1, 51.1))
    assert sum(1 for _ in again.getFeatures(near)) == 2
