"""Layers of points become tables: their attributes as text, their points in WGS 84 degrees."""
from __future__ import annotations

import bz2
import gzip
import json
import lzma
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from osgeo import gdal, ogr, osr
from outbreak_atlas.plugin.bridge.vectors import read_points
from outbreak_atlas.plugin.core.dataset import LoadOptions
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.files import ReadOptions, read_file
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.reading import RawTable
from outbreak_atlas.plugin.store.loading import load_dataset, read_and_clean

pytestmark = pytest.mark.usefixtures("qgis_app")

#: city, date, count, point in degrees
REPORTS = (
    ("武汉", (2020, 2, 1), 100, (114.305, 30.593)),
    ("Ezhou", (2020, 2, 2), 20, (114.895, 30.391)),
    ("Nowhere", (2020, 2, 2), 7, None),
)
FORMATS = {
    "GeoJSON": ".geojson", "GeoJSONSeq": ".geojsonl", "GPKG": ".gpkg", "ESRI Shapefile": ".shp", "FlatGeobuf": ".fgb",
    "KML": ".kml", "GML": ".gml", "MapInfo File": ".tab",
}


def write(
    path: Path, driver: str, epsg: int | None = 4326, reports: Sequence[Any] = REPORTS, layer: str = "",
    geometry: int = ogr.wkbPoint, options: Sequence[str] = (),
) -> Path:
    """A layer of reports; points are transformed to the system."""
    known = ogr.Open(str(path), 1) if path.exists() else None
    source = known or ogr.GetDriverByName(driver).CreateDataSource(str(path))
    made = source.CreateLayer(layer or path.stem, system(epsg), geometry, options=list(options))
    for name, kind in (("city", ogr.OFTString), ("date", ogr.OFTDate), ("confirmed", ogr.OFTInteger)):
        made.CreateField(ogr.FieldDefn(name, kind))
    for city, day, count, point in reports:
        feature = ogr.Feature(made.GetLayerDefn())
        feature.SetField("city", city)
        feature.SetField("date", *day, 0, 0, 0.0, 0)
        feature.SetField("confirmed", count)
        if point is not None:
            feature.SetGeometry(shape(point, epsg, geometry))
        made.CreateFeature(feature)
    return path


def system(epsg: int | None) -> osr.SpatialReference | None:
    if epsg is None:
        return None
    made = osr.SpatialReference()
    made.ImportFromEPSG(epsg)
    made.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return made


def shape(point: tuple[float, float], epsg: int | None, kind: int) -> ogr.Geometry:
    made = ogr.CreateGeometryFromWkt(f"POINT ({point[0]} {point[1]})")
    if epsg not in (None, 4326):
        made.Transform(osr.CoordinateTransformation(system(4326), system(epsg)))
    return made if kind == ogr.wkbPoint else made.Buffer(0.1)


def read(path: Path, **options: Any) -> RawTable:
    return read_file(path, ReadOptions(**options), Progress(), (read_points,))


def column(table: RawTable, header: str) -> list[str]:
    return table.frame[table.headers.index(header)].tolist()


def points(table: RawTable) -> list[tuple[float, ...] | None]:
    pairs = zip(column(table, "longitude"), column(table, "latitude"))
    return [None if not x else (round(float(x), 6), round(float(y), 6)) for x, y in pairs]


@pytest.mark.parametrize("driver", FORMATS)
def test_points_of_many_formats(tmp_path: Path, driver: str) -> None:
    # These keep no feature without a point.
    reports = REPORTS[:2] if driver in ("FlatGeobuf", "KML") else REPORTS
    reports = reports[::-1] if driver == "FlatGeobuf" else reports  # which sorts them along a curve
    options = ["ENCODING=UTF-8"] if driver in ("ESRI Shapefile", "MapInfo File") else []
    table = read(write(tmp_path / f"reports{FORMATS[driver]}", driver, reports=reports, options=options))
    assert points(table) == [report[3] for report in reports]
    headers = {header.lower(): header for header in table.headers}
    assert column(table, headers["city"]) == [report[0] for report in reports]
    assert "2020-02-01" in [day.replace("/", "-")[:10] for day in column(table, headers["date"])]
    assert column(table, headers["confirmed"]) == [str(report[2]) for report in reports]
    assert table.rows.tolist() == list(range(1, len(reports) + 1))


@pytest.mark.parametrize("epsg", [32650, 3857, 4490])
def test_points_are_brought_to_wgs84(tmp_path: Path, epsg: int) -> None:
    table = read(write(tmp_path / "reports.gpkg", "GPKG", epsg))
    assert points(table) == [report[3] for report in REPORTS]
    assert "to WGS 84" in table.source.note


def test_a_load_of_points(tmp_path: Path) -> None:
    path = write(tmp_path / "reports.geojson", "GeoJSON")
    result = read_and_clean([path], LoadOptions(), Progress(), (read_points,))
    assert (result.info.rows_read, result.info.places, result.info.located) == (3, 3, 2)
    assert result.info.metrics == ("confirmed",)


@pytest.mark.parametrize("suffix", [".shp", ".dbf", ".shx", ".prj"])
def test_any_part_of_a_shapefile_will_do(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / "reports.shp", "ESRI Shapefile")
    table = read(path.with_suffix(suffix))
    assert table.source.name == "reports.shp"
    assert len(table.frame) == 3


def test_texts_of_a_shapefile_that_tells_no_encoding(tmp_path: Path) -> None:
    as_qgis_says = gdal.GetConfigOption("SHAPE_ENCODING")
    gdal.SetConfigOption("SHAPE_ENCODING", None)  # QGIS has it off once it has read a layer: GDAL would write UTF-8
    path = write(tmp_path / "reports.shp", "ESRI Shapefile", options=["ENCODING=GBK"])
    gdal.SetConfigOption("SHAPE_ENCODING", as_qgis_says)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    assert "武汉".encode("gbk") in path.with_suffix(".dbf").read_bytes()
    table = read(path)
    assert column(table, "city") == ["武汉", "Ezhou", "Nowhere"]
    assert "gb18030" in table.source.note


def test_packed_points(tmp_path: Path) -> None:
    write(tmp_path / "reports.shp", "ESRI Shapefile")
    with zipfile.ZipFile(tmp_path / "shape.zip", "w") as archive:
        for part in tmp_path.glob("reports.*"):
            archive.write(part, f"folder/{part.name}")
    plain = write(tmp_path / "plain.geojson", "GeoJSON")
    packed = tmp_path / "plain.geojson.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert points(read(tmp_path / "shape.zip")) == points(read(packed)) == points(read(plain))


def test_a_damaged_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "points.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(write(tmp_path / "plain.geojson", "GeoJSON"), "plain.geojson")
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02", b"PK\x01\x00"))
    with pytest.raises(AtlasError, match=r"points\.zip” is damaged"):
        read(path)


def test_points_that_come_late_count(tmp_path: Path) -> None:
    reports = [("x", (2020, 2, 1), 1, None)] * 300 + list(REPORTS[:1])
    assert points(read(write(tmp_path / "late.geojson", "GeoJSON", reports=reports)))[-1] == (114.305, 30.593)


def test_a_layer_that_breaks_off_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.fgb", "FlatGeobuf", reports=REPORTS[:2] * 400)
    path.write_bytes(path.read_bytes()[:-9000])
    with pytest.raises(AtlasError, match=r"cut\.fgb"):
        read(path)


def test_how_a_kml_is_drawn_is_no_count(tmp_path: Path) -> None:
    table = read(write(tmp_path / "reports.kml", "KML", reports=REPORTS[:2]))
    assert not {"extrude", "visibility", "icon"} & set(table.headers)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_streams_are_unpacked(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    plain = write(tmp_path / "plain.gpkg", "GPKG")
    packed = tmp_path / "packed.gpkg.x"
    packed.write_bytes(pack(plain.read_bytes()))
    assert points(read(packed)) == points(read(plain))


def test_a_path_with_blanks_quotes_and_chinese(tmp_path: Path) -> None:
    folder = tmp_path / "a 'b' 疫情"
    folder.mkdir()
    assert len(read(write(folder / "re ports.geojson", "GeoJSON")).frame) == 3


def test_a_layer_is_chosen_or_given(tmp_path: Path) -> None:
    path = write(tmp_path / "many.gpkg", "GPKG", layer="cases")
    write(path, "GPKG", layer="areas", geometry=ogr.wkbPolygon, reports=REPORTS[:2])
    table = read(path)
    assert "“cases”, the only one of points" in table.source.note
    write(path, "GPKG", layer="more", reports=REPORTS[:1])
    with pytest.raises(AtlasError, match=r"several layers.*SHEET \(cases, areas, more\)"):
        read(path)
    assert len(read(path, sheet="MORE").frame) == len(read(path, sheet="#3").frame) == 1
    assert len(read_file(Path(f"{path}|layername=more"), None, None, (read_points,)).frame) == 1
    with pytest.raises(AtlasError, match="no layer “deaths”: its layers are cases, areas, more"):
        read(path, sheet="deaths")


def test_areas_are_refused_with_the_mend(tmp_path: Path) -> None:
    path = write(tmp_path / "areas.geojson", "GeoJSON", geometry=ogr.wkbPolygon, reports=REPORTS[:2])
    with pytest.raises(AtlasError, match=r"“areas\.geojson” holds lines or areas.*entroids"):
        read(path)


def test_attributes_do_not_win_over_the_geometry(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"date": "2020-02-01", "lon": 100.5, "lat": 20.5, "n": i},
         "geometry": {"type": "Point", "coordinates": [114.3 + i / 10, 30.6]}} for i in range(3)]
    path = tmp_path / "two.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    result = read_and_clean([path], LoadOptions(), Progress(), (read_points,))
    assert result.states["lon"].round(6).tolist() == [114.3, 114.4, 114.5]


def test_no_geometry_but_columns(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"date": "2020-02-01", "lon": 100.5, "lat": 20.5, "confirmed": 3},
         "geometry": None}]
    path = tmp_path / "flat.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    result = read_and_clean([path], LoadOptions(), Progress(), (read_points,))
    assert result.states["lon"].tolist() == [100.5]


def test_no_system_and_no_degrees_is_refused(tmp_path: Path) -> None:
    grid = [("a", (2020, 2, 1), 3, (255.5, 247.25)), ("b", (2020, 2, 2), 4, (335.5, 399.75))]
    path = write(tmp_path / "grid.shp", "ESRI Shapefile", None, grid)
    with pytest.raises(AtlasError, match=r"“grid\.shp” does not say.*255\.5 to 335\.5.*give CRS"):
        read_and_clean([path], LoadOptions(), Progress(), (read_points,))
    table = read(path, crs="EPSG:32650")
    assert (column(table, "x"), column(table, "y")) == (["255.5", "335.5"], ["247.25", "399.75"])
    assert "longitude" in read(write(tmp_path / "degrees.shp", "ESRI Shapefile", None)).headers


def test_the_users_system_goes_before_the_layers(tmp_path: Path) -> None:
    path = write(tmp_path / "reports.gpkg", "GPKG", 32650)
    result = read_and_clean([path], LoadOptions(crs="EPSG:32650"), Progress(), (read_points,))
    assert result.states["lon"].dropna().round(4).tolist() == [114.305, 114.895]


def test_moments_keep_their_offset(tmp_path: Path) -> None:
    source = ogr.GetDriverByName("GPKG").CreateDataSource(str(tmp_path / "t.gpkg"))
    layer = source.CreateLayer("t", system(4326), ogr.wkbPoint)
    layer.CreateField(ogr.FieldDefn("at", ogr.OFTDateTime))
    layer.CreateField(ogr.FieldDefn("value", ogr.OFTReal))
    for flag in (0, 100, 132, 86):
        feature = ogr.Feature(layer.GetLayerDefn())
        feature.SetField("at", 2020, 2, 1, 8, 30, 15.25, flag)
        feature.SetField("value", 4.0)
        layer.CreateFeature(feature)
    del feature, layer, source
    table = read(tmp_path / "t.gpkg")
    texts = column(table, "at")
    assert [text[:23] for text in texts[1:2]] == ["2020-02-01T08:30:15.250"]
    assert {text[23:] for text in texts} <= {"", "Z", "+08:00", "-03:30"}
    assert column(table, "value") == ["4"] * 4


def test_our_own_dataset_is_no_source(tmp_path: Path) -> None:
    path = write(tmp_path / "reports.geojson", "GeoJSON")
    output = tmp_path / "ours.gpkg"
    load_dataset([path], output, LoadOptions(), lambda _: {}, Progress(), (read_points,))
    with pytest.raises(AtlasError, match="Outbreak Atlas made: open it"):
        read(output)


@pytest.mark.parametrize(("name", "data"), [
    ("page.csv", b"<html><body>404</body></html>"), ("some.json", b'{"a": [1, 2]}'),
    ("cut.geojson", b'{"type": "FeatureCollection", "features": [{"type": "Feature", "prop'),
    ("other.bin", bytes(range(256)) * 20), ("cut.gpkg", b"SQLite format 3\0" + bytes(200)),
])
def test_what_is_no_map_is_refused_in_words(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(AtlasError, match=name):
        read(tmp_path / name)


def test_the_original_text_of_a_feature(tmp_path: Path) -> None:
    table = read(write(tmp_path / "reports.geojson", "GeoJSON"))
    assert table.texts is not None
    assert table.texts(np.array([2])) == ["Ezhou,2020-02-02,20,114.895,30.391"]


def test_few_rows_for_a_preview(tmp_path: Path) -> None:
    assert len(read(write(tmp_path / "reports.geojson", "GeoJSON"), most_rows=1).frame) == 1


def test_gdal_is_left_as_it_was(tmp_path: Path) -> None:
    before = gdal.GetUseExceptions()
    read(write(tmp_path / "reports.geojson", "GeoJSON"))
    assert gdal.GetUseExceptions() == before


def test_a_missing_library_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "reports.geojson", "GeoJSON")
    monkeypatch.setitem(sys.modules, "osgeo", None)
    with pytest.raises(AtlasError, match="osgeo"):
        read(path)


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    path = write(tmp_path / "reports.geojson", "GeoJSON")
    with pytest.raises(Cancelled):
        read_points(path, ReadOptions(), CallbackProgress(cancelled=lambda: True))


@pytest.mark.shared_data
def test_the_real_local_grid_is_not_taken_for_degrees(shared_data: Path) -> None:
    path = shared_data / "burkitt_uganda" / "burkitt.shp"
    with pytest.raises(AtlasError, match=r"“burkitt\.shp”.*give CRS"):
        read_and_clean([path], LoadOptions(), Progress(), (read_points,))
    assert len(read(path).frame) == 188


def test_tables_that_qgis_keeps_are_no_layers(tmp_path: Path) -> None:
    path = write(tmp_path / "reports.gpkg", "GPKG", geometry=ogr.wkbNone, reports=[(*row[:3], None) for row in REPORTS])
    source = ogr.Open(str(path), 1)
    styles = source.CreateLayer("layer_styles", None, ogr.wkbNone)
    styles.CreateFeature(ogr.Feature(styles.GetLayerDefn()))
    source = styles = None
    assert len(read_file(path, ReadOptions(), Progress(), (read_points,)).frame) == 3
