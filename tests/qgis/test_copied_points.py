"""Clustered points of a GeoPackage written by SQL: the same file as QGIS writes feature by feature."""
from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cluster_layers import scattered
from osgeo import gdal, ogr, osr
from outbreak_atlas.plugin.store import copied_points
from outbreak_atlas.plugin.store.copied_points import StoredRows
from qgis.core import (
    QgsApplication,
    QgsFeature,
    QgsFeatureRequest,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
)
from small_files import run

pytestmark = pytest.mark.usefixtures("project")
COUNT = 400
#: A name that clashes, one that needs quotes, and every type that a GeoPackage knows.
FIELDS = {
    "Role": (ogr.OFTString, 0, 12), 'a "quoted" name': (ogr.OFTString, 0, 0), "n": (ogr.OFTReal, 0, 0),
    "flag": (ogr.OFTInteger, ogr.OFSTBoolean, 0), "small": (ogr.OFTInteger, ogr.OFSTInt16, 0),
    "whole": (ogr.OFTInteger, 0, 0), "large": (ogr.OFTInteger64, 0, 0), "single": (ogr.OFTReal, ogr.OFSTFloat32, 0),
    "day": (ogr.OFTDate, 0, 0), "moment": (ogr.OFTDateTime, 0, 0), "bytes": (ogr.OFTBinary, 0, 0)}


def source(path: Path, crs: str = "EPSG:32650", kind: int = ogr.wkbPoint, key: str = "fid") -> Path:
    """A layer with values of all types, NULLs among them, gaps in its keys, and places without a point."""
    system = osr.SpatialReference()
    system.SetFromUserInput(crs)
    system.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    made = gdal.GetDriverByName("GPKG").Create(str(path), 0, 0, 0, gdal.GDT_Unknown)
    layer = made.CreateLayer("some points", system, kind, [f"FID={key}", "GEOMETRY_NAME=where"])
    for name, (type_, subtype, width) in FIELDS.items():
        field = ogr.FieldDefn(name, type_)
        field.SetSubType(subtype)
        field.SetWidth(width)
        layer.CreateField(field)
    places, cases = scattered(COUNT, 5)
    places = places if system.IsProjected() else (places - [500_000, 3_300_000]) / 100_000 + [110, 30]
    layer.StartTransaction()
    for number, (x, y) in enumerate(places.tolist()):
        layer.CreateFeature(_feature(layer, number, x, y, cases[number], kind))
    layer.CommitTransaction()
    for number in (1, 2, 17, 300):
        layer.DeleteFeature(number)
    return path


def _feature(layer: ogr.Layer, number: int, x: float, y: float, cases: float, kind: int) -> ogr.Feature:
    feature = ogr.Feature(layer.GetLayerDefn())
    texts = {"Role": ["school", "", "mårket"][number % 3], 'a "quoted" name': f"'{number}' \"x\"",
             "day": f"2020-02-{number % 28 + 1:02}",
             "moment": f"2020/02/{number % 28 + 1:02} 12:00:0{number % 10}.250+00"}
    numbers = {"n": cases, "flag": number % 2, "small": -number, "whole": number * 1_000_003, "large": 2 ** 53 + number,
               "single": number / 8}
    for at, (name, value) in enumerate({**texts, **numbers}.items()):
        if (number + at) % 7:
            feature.SetField(name, value)
    if number % 4:
        feature.SetFieldBinaryFromHexString("bytes", f"00FF{number:06x}")
    height = {ogr.wkbPointZM: f" {number} 4", ogr.wkbPoint25D: f" {number}"}.get(kind, "")
    inner, words = f"{x} {y}{height}", {ogr.wkbMultiPoint: "MULTIPOINT", ogr.wkbPointZM: "POINT ZM"}.get(kind, "POINT")
    if number % 50:
        feature.SetGeometry(ogr.CreateGeometryFromWkt(
            f"{words} (({inner}))" if kind == ogr.wkbMultiPoint else f"{words} ({inner})"))
    return feature


def clustered(layer: Any, output: Path, name: str = "dbscan", **more: Any) -> Path:
    time = {"TIME_FIELD": "moment"} if name == "stdbscan" else {}
    asked = {"INPUT": layer, "EPS": 2_000, "MIN_CASES": 10, "OUTPUT": str(output), **time, **more}
    assert run(name, **asked)["OUTPUT"] == str(output)
    return output


def both(layer: Any, folder: Path, monkeypatch: pytest.MonkeyPatch, name: str = "dbscan", **more: Any) -> list[Path]:
    """The file by SQL and the one by QGIS; it is made sure of that they are."""
    used: list[Path] = []
    copy = copied_points.copy_points
    for part in ("sql", "qgis"):
        (folder / part).mkdir()
    with monkeypatch.context() as patch:
        patch.setattr(copied_points, "copy_points", lambda path, *rest: (used.append(path), copy(path, *rest)))
        by_sql = clustered(layer, folder / "sql/points.gpkg", name, **more)
        patch.setattr(StoredRows, "is_plain", lambda _: False)
        by_qgis = clustered(layer, folder / "qgis/points.gpkg", name, **more)
    assert used == [by_sql]
    return [by_sql, by_qgis]


def told(path: Path) -> list[Any]:
    """All that QGIS sees of a file."""
    layer = QgsVectorLayer(str(path), "", "ogr")
    fields = [(one.name(), one.typeName(), one.type(), one.subType(), one.length(), one.precision())
              for one in layer.fields()]
    rows = [[one.id(), one.attributes(), bytes(one.geometry().asWkb())] for one in layer.getFeatures()]
    middle = layer.extent().center()
    near = QgsRectangle.fromCenterAndSize(middle, layer.extent().width() / 2, layer.extent().height() / 2)
    shown = [one.id() for one in layer.getFeatures(QgsFeatureRequest(near))]
    assert 0 < len(shown) < len(rows)
    return [layer.crs(), layer.wkbType(), layer.extent(), layer.featureCount(), fields, rows, sorted(shown)]


def tables(path: Path) -> list[Any]:
    """What SQLite sees: the schema and what is said of the layer, but for when."""
    with closing(sqlite3.connect(path)) as db:
        return [sorted(db.execute(sql).fetchall()) for sql in (
            "SELECT type, name, sql FROM sqlite_master WHERE sql NOTNULL",
            "SELECT table_name, data_type, identifier, round(min_x, 9), round(min_y, 9), round(max_x, 9), "
            "round(max_y, 9), srs_id FROM gpkg_contents "
            "WHERE data_type = 'features'",
            "SELECT * FROM gpkg_geometry_columns", "SELECT * FROM gpkg_ogr_contents",
            "SELECT table_name, column_name, extension_name FROM gpkg_extensions",
            "SELECT id FROM rtree_points_geom", "SELECT typeof(cases), typeof(cluster_id), role FROM points")]


@pytest.mark.parametrize(("crs", "kind", "key", "name"), [
    ("EPSG:32650", ogr.wkbPoint, "fid", "dbscan"), ("EPSG:4326", ogr.wkbPoint, "ogc_fid", "stdbscan"),
    ("EPSG:32650", ogr.wkbMultiPoint, "number", "stdbscan"), ("EPSG:32650", ogr.wkbPointZM, "fid", "hdbscan"),
    ("+proj=laea +lat_0=30 +lon_0=110 +datum=WGS84", ogr.wkbPoint25D, "fid", "dbscan")])
def test_the_file_is_the_one_that_qgis_writes(
    crs: str, kind: int, key: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer = QgsVectorLayer(str(source(tmp_path / "own.gpkg", crs, kind, key)), "own", "ogr")
    by_sql, by_qgis = both(layer, tmp_path, monkeypatch, name, METRIC="n")
    assert told(by_sql) == told(by_qgis)
    assert tables(by_sql) == tables(by_qgis)
    kept = QgsVectorLayer(str(by_sql), "", "ogr")
    clusters = {one["cluster_id"] for one in kept.getFeatures()}
    assert len(clusters) > 2 and "Role_2" in kept.fields().names() and kept.featureCount() > 200


def test_only_the_features_that_are_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layer = QgsVectorLayer(str(source(tmp_path / "own.gpkg")), "own", "ogr")
    assert layer.setSubsetString('"whole" % 3 > 0')
    layer.selectByExpression("$id % 5 > 0")
    QgsProject.instance().addMapLayer(layer)
    chosen = QgsProcessingFeatureSourceDefinition(layer.id(), True)
    by_sql, by_qgis = both(chosen, tmp_path, monkeypatch)
    assert told(by_sql) == told(by_qgis)
    assert 0 < QgsVectorLayer(str(by_sql), "", "ogr").featureCount() < COUNT / 2


def test_the_file_can_be_edited(tmp_path: Path) -> None:
    made = clustered(str(source(tmp_path / "own.gpkg")), tmp_path / "points.gpkg")
    layer = QgsVectorLayer(str(made), "", "ogr")
    before = layer.featureCount()
    feature = QgsFeature(next(layer.getFeatures()))
    feature.setId(-1)
    feature["fid"] = None
    assert layer.dataProvider().addFeatures([feature])[0] and layer.dataProvider().deleteFeatures([1, 2])
    again = QgsVectorLayer(str(made), "", "ogr")
    assert again.featureCount() == before - 1 == sum(1 for _ in again.getFeatures())
    with closing(sqlite3.connect(made)) as db:
        ids = [one for one, in db.execute("SELECT id FROM rtree_points_geom ORDER BY id")]
        assert ids == [one for one, in db.execute("SELECT fid FROM points ORDER BY fid")]
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def rows_of(path: Path, **more: Any) -> StoredRows:
    return StoredRows(**{"path": path, "table": "some points", "key": "fid", "columns": ["n"], "ids": np.arange(3),
                         **more})


@pytest.mark.parametrize("other", [
    {"columns": ["n", "joined"]}, {"key": "number"}, {"table": "missing"}, {"table": "seen"}, {"columns": ["odd"]}])
def test_what_is_not_just_so_in_the_file_is_written_by_qgis(other: dict[str, Any], tmp_path: Path) -> None:
    path = source(tmp_path / "own.gpkg")
    with closing(sqlite3.connect(path)) as db:
        db.execute('CREATE VIEW seen AS SELECT * FROM "some points"')
        db.execute('ALTER TABLE "some points" ADD COLUMN odd NUMERIC')
        db.commit()
    assert rows_of(path).is_plain() and not rows_of(path, **other).is_plain()
    assert not rows_of(tmp_path / "none.gpkg").is_plain()


def test_joined_fields_are_written(tmp_path: Path) -> None:
    from qgis.core import QgsField
    from qgis.PyQt.QtCore import QMetaType

    layer = QgsVectorLayer(str(source(tmp_path / "own.gpkg")), "own", "ogr")
    layer.addExpressionField("$id * 2", QgsField("twice", QMetaType.Type.Int))
    made = QgsVectorLayer(str(clustered(layer, tmp_path / "points.gpkg")), "", "ogr")
    assert next(made.getFeatures())["twice"] == 6


def test_documents_are_copied(tmp_path: Path) -> None:
    """QGIS 3.40 cannot write them itself."""
    path = source(tmp_path / "own.gpkg")
    opened = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_UPDATE)
    field = ogr.FieldDefn("notes", ogr.OFTString)
    field.SetSubType(ogr.OFSTJSON)
    opened.GetLayer(0).CreateField(field)
    opened.ExecuteSQL("""UPDATE "some points" SET notes = '{"a": [1, 2.5]}' """)
    del opened
    made = QgsVectorLayer(str(clustered(str(path), tmp_path / "points.gpkg")), "", "ogr")
    assert {str(one["notes"]) for one in made.getFeatures()} == {"{'a': [1, 2.5]}"}


def test_rows_that_are_gone_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = source(tmp_path / "own.gpkg")
    copy = copied_points.copy_points

    def after_a_deletion(*given: Any) -> None:
        opened = gdal.OpenEx(str(path), gdal.OF_VECTOR | gdal.OF_UPDATE)
        opened.GetLayer(0).DeleteFeature(55)
        del opened
        copy(*given)

    monkeypatch.setattr(copied_points, "copy_points", after_a_deletion)
    with pytest.raises(QgsProcessingException, match=r"own\.gpkg” was changed while it was read"):
        clustered(str(path), tmp_path / "points.gpkg")
    assert not (tmp_path / "points.gpkg").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of file sizes stands for the full disk")
def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path) -> None:
    import resource
    import signal

    path = source(tmp_path / "own.gpkg")
    (tmp_path / "made").mkdir()
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (130_000, before[1]))
    try:
        with pytest.raises(QgsProcessingException, match=r"points\.gpkg"):
            clustered(str(path), tmp_path / "made/points.gpkg")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert list((tmp_path / "made").iterdir()) == []


def test_a_cancelled_copy_leaves_nothing(tmp_path: Path) -> None:
    path = source(tmp_path / "own.gpkg")
    feedback = QgsProcessingFeedback()
    feedback.progressChanged.connect(lambda percent: feedback.cancel() if percent >= 80 else None)
    algorithm = QgsApplication.processingRegistry().algorithmById("outbreakatlas:dbscan").create()
    (tmp_path / "made").mkdir()
    results, _ = algorithm.run({"INPUT": str(path), "EPS": 2_000, "MIN_CASES": 10,
                                "OUTPUT": str(tmp_path / "made/points.gpkg")}, QgsProcessingContext(), feedback)
    assert results == {} and list((tmp_path / "made").iterdir()) == []
