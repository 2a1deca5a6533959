"""Layers of points that GDAL reads (GeoJSON, GeoPackage, Shapefile, KML, GPX, …) as raw tables of text.

The point of a feature becomes two more columns: `longitude` and `latitude` in WGS 84 degrees where the layer says
in which system it is, else `x` and `y` as they are.
"""
from __future__ import annotations

import re
import uuid
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import AtlasError
from ..store.opening import is_ours
from .features import NUMBER, decoded, features, headers
from .translation import tr

if TYPE_CHECKING:
    from ..core.arrays import Floats
    from ..core.files import ReadOptions
    from ..core.progress import Progress
    from ..core.reading import RawTable

#: Formats of files alone: no databases, no web services, nothing that names other files to be opened.
DRIVERS = (
    "GeoJSON", "GeoJSONSeq", "ESRIJSON", "TopoJSON", "GPKG", "ESRI Shapefile", "FlatGeobuf", "LIBKML", "KML", "GPX",
    "GML", "MapInfo File", "SQLite", "DXF", "DGN", "Parquet", "Arrow", "JML", "JSONFG",
)
#: A shapefile's companions, which people pick as well.
_COMPANIONS = (".dbf", ".shx", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix")
#: What an archive is opened for, the surest first.
_SUFFIXES = (".shp", ".gpkg", ".geojson", ".fgb", ".kml", ".gml", ".gpx", ".json")
#: How a KML feature is drawn, which GDAL makes fields of; nothing that anybody reported.
_DRAWING = frozenset({"altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon"})
#: Features that tell what a layer's geometries are, and rows that tell what columns are.
_LOOK_FEATURES, _LOOK_ROWS = 200, 2000
_MOST_LAYERS = 20
#: What QGIS keeps beside the layers of a GeoPackage.
_TABLES_OF_QGIS = frozenset({"layer_styles", "qgis_projects"})
_BLOCK_BYTES = 1 << 20
#: Nine decimals of a degree are a tenth of a millimetre.
_DEGREE_DECIMALS = 9


@dataclass(frozen=True)
class _Layer:
    """A layer to be read, and what is to be said about the choice."""

    layer: Any
    note: str = ""


def read_points(path: Path, options: ReadOptions, progress: Progress) -> RawTable | None:
    """The table of a layer of points, or of one without geometry; None when GDAL knows no such file.

    Raises `AtlasError` naming the file and the mend, and `Cancelled`.
    """
    from ..core.fingerprints import Watched

    main = _main_file(path)
    if not main.is_file():
        return None
    _refuse_own(main)
    gdal = _library(main)
    watched = Watched(main, progress)
    with _openable(gdal, main, options.sheet, progress) as (name, sheet), _quiet(gdal):
        dataset = _open(gdal, name)
        if dataset is None:
            return None
        try:
            return _read(dataset, _choose(dataset, sheet, main.name), watched, options, progress)
        except RuntimeError as error:  # GDAL's own, if QGIS has it raise
            raise _damaged(main.name, str(error)) from error


def _damaged(name: str, details: str) -> AtlasError:
    message = tr("“{name}” is damaged or incomplete: get it again, or export it anew.")
    return AtlasError(message.format(name=name), details)


def _main_file(path: Path) -> Path:
    """The .shp that belongs to one of its companions, if there is one; else the file itself."""
    if path.suffix.lower() not in _COMPANIONS:
        return path
    beside = (path.with_suffix(suffix) for suffix in (".shp", ".SHP"))
    return next((one for one in beside if one.is_file()), path)


def _refuse_own(path: Path) -> None:
    if is_ours(path):
        message = tr("“{name}” is a dataset that Outbreak Atlas made: open it (drag it onto the map) instead of "
                     "loading it again.")
        raise AtlasError(message.format(name=path.name))


def _library(path: Path) -> Any:
    try:
        from osgeo import gdal
    except ImportError as error:
        message = tr("“{name}” is read by GDAL's Python library (osgeo), which is missing here: export its table as "
                     "CSV with longitude and latitude, and load that.")
        raise AtlasError(message.format(name=path.name), str(error)) from error
    return gdal


@contextmanager
def _quiet(gdal: Any) -> Iterator[None]:
    """GDAL's own messages are not shown; whether it raises exceptions is QGIS's choice and stays so."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()


def _open(gdal: Any, name: str) -> Any:
    options = ["DOWNLOAD_SCHEMA=NO"] if name.lower().endswith(".gml") else []
    if name.lower().endswith(".shp") and not _says_encoding(name):
        options.append("ENCODING=")
    try:
        return gdal.OpenEx(name, gdal.OF_VECTOR, list(DRIVERS), options)
    except RuntimeError:
        return None


def _says_encoding(name: str) -> bool:
    return any(Path(name).with_suffix(suffix).is_file() for suffix in (".cpg", ".CPG"))


@contextmanager
def _openable(gdal: Any, path: Path, sheet: str, progress: Progress) -> Iterator[tuple[str, str]]:
    """The name under which GDAL opens a file, and the layer asked for. A packed stream is unpacked into memory for
    as long, with the guard against those made to fill it, which GDAL's own unpacking lacks."""
    from ..core.unpacking import PLAIN, Unpacked

    if zipfile.is_zipfile(path):
        yield _member(path, sheet)
        return
    with Unpacked(path, progress) as opened:
        packed = opened.compression != PLAIN
        data = b"".join(iter(lambda: opened.read(_BLOCK_BYTES), b"")) if packed else b""
    if not packed:
        yield str(path), sheet
        return
    name = f"/vsimem/{uuid.uuid4().hex}/{path.stem}"
    gdal.FileFromMemBuffer(name, data)
    try:
        yield name, sheet
    finally:
        gdal.Unlink(name)


def _member(path: Path, sheet: str) -> tuple[str, str]:
    """The one map in an archive; of several shapefiles the one that is asked for."""
    from ..core.fingerprints import refuse_zip_bomb

    try:
        with zipfile.ZipFile(path) as archive:
            refuse_zip_bomb(archive, path.name)
            names = [name for name in archive.namelist() if not name.startswith(("__MACOSX", "."))]
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _damaged(path.name, str(error)) from error
    for suffix in _SUFFIXES:
        found = {Path(name).stem: name for name in names if name.lower().endswith(suffix)}
        asked = [stem for stem in found if stem.casefold() == sheet.casefold()]
        if len(found) > 1 and not asked:
            raise _several(path.name, list(found))
        if found:
            stem = asked[0] if asked else next(iter(found))
            return f"/vsizip/{{{path}}}/{found[stem]}", "" if asked else sheet
    return f"/vsizip/{{{path}}}", sheet


def _several(name: str, titles: Sequence[str]) -> AtlasError:
    message = tr("“{name}” holds several layers: give one of them as SHEET ({layers}).")
    named = ", ".join(titles[:_MOST_LAYERS])
    return AtlasError(message.format(name=name, layers=named + (" …" if len(titles) > _MOST_LAYERS else "")))


def _choose(dataset: Any, sheet: str, name: str) -> _Layer:
    layers = [dataset.GetLayer(at) for at in range(dataset.GetLayerCount())]
    layers = [layer for layer in layers if layer.GetName() not in _TABLES_OF_QGIS]
    chosen = _given(layers, sheet, name) if sheet else _only(layers, name)
    if _peek(chosen.layer) == "other":
        message = tr("The layer “{layer}” of “{name}” holds lines or areas, not points: make their centroids first "
                     "(Processing, “Centroids” or “Point on surface”), and load those.")
        raise AtlasError(message.format(layer=chosen.layer.GetName(), name=name))
    return chosen


def _given(layers: Sequence[Any], sheet: str, name: str) -> _Layer:
    layer = _named(layers, sheet, name)
    return _Layer(layer, tr("layer “{layer}”, as given").format(layer=layer.GetName()))


def _only(layers: Sequence[Any], name: str) -> _Layer:
    """The only layer with features, or the only one of points."""
    filled = [layer for layer in layers if layer.GetFeatureCount() != 0]
    if not filled:
        raise _empty(name)
    if len(filled) == 1:
        return _Layer(filled[0])
    points = [layer for layer in filled if _peek(layer) == "points"]
    if len(points) != 1:
        raise _several(name, [layer.GetName() for layer in filled])
    return _Layer(points[0], tr("layer “{layer}”, the only one of points").format(layer=points[0].GetName()))


def _empty(name: str) -> AtlasError:
    return AtlasError(tr("“{name}” holds no features: choose a file that holds reports.").format(name=name))


def _named(layers: Sequence[Any], sheet: str, name: str) -> Any:
    number = re.fullmatch(r"#(\d+)", sheet)
    titles = [layer.GetName() for layer in layers]
    for layer, title in zip(layers, titles):
        if title.casefold() == sheet.strip().casefold():
            return layer
    if number and 1 <= int(number[1]) <= len(layers):
        return layers[int(number[1]) - 1]
    message = tr("“{name}” has no layer “{layer}”: its layers are {layers}; give one of them as SHEET.")
    raise AtlasError(message.format(name=name, layer=sheet, layers=", ".join(titles[:_MOST_LAYERS])))


def _peek(layer: Any) -> str:
    """What a layer's geometries are: `points`, `nothing` or `other`, by its type or else its first features."""
    from osgeo import ogr

    declared = ogr.GT_Flatten(layer.GetGeomType())
    if declared == ogr.wkbNone:
        return "nothing"
    kinds = {declared} if declared != ogr.wkbUnknown else _first_kinds(layer)
    if not kinds:
        return "nothing"
    return "points" if kinds <= {ogr.wkbPoint, ogr.wkbMultiPoint} else "other"


def _first_kinds(layer: Any) -> set[int]:
    from osgeo import ogr

    layer.ResetReading()
    kinds = set()
    for _ in range(_LOOK_FEATURES):
        feature = layer.GetNextFeature()
        if feature is None:
            break
        geometry = feature.GetGeometryRef()
        if geometry is not None:
            kinds.add(ogr.GT_Flatten(geometry.GetGeometryType()))
    return kinds


def _read(dataset: Any, chosen: _Layer, watched: Any, options: ReadOptions, progress: Progress) -> RawTable:
    import numpy as np
    from osgeo import gdal

    from ..core.grids import grid_table

    layer = chosen.layer
    gdal.ErrorReset()
    rows, points = features(layer, watched.name, options.most_rows, progress)
    if gdal.GetLastErrorType() >= gdal.CE_Failure:  # else GDAL only ends early
        raise _damaged(watched.name, gdal.GetLastErrorMsg())
    if not rows:
        raise _empty(watched.name)
    (names, *columns), encoding = decoded([headers(layer), *(list(column) for column in zip(*rows))])
    if dataset.GetDriver().ShortName == "LIBKML":
        kept = [at for at, header in enumerate(names) if header not in _DRAWING]
        names, columns = [names[at] for at in kept], [columns[at] for at in kept]
    notes = [chosen.note, encoding]
    if any(point is not None for point in points):
        axes, texts, words = _coordinates(layer, points, options, watched.name)
        notes.append(words)
        names, columns = _geometry_first(names, columns, axes, texts, bool(options.crs))
    note = "; ".join(part for part in notes if part)
    numbers = np.arange(1, len(rows) + 1, dtype=np.int64)
    whole = options.most_rows is None
    return grid_table(watched, names, columns, numbers, dataset.GetDriver().ShortName, note, whole)


def _coordinates(
    layer: Any, points: Sequence[tuple[float, float] | None], options: ReadOptions, name: str
) -> tuple[tuple[str, str], tuple[list[str], list[str]], str]:
    """The names of two columns, their cells, and what was done."""
    import numpy as np

    nowhere = (np.nan, np.nan)
    xy = np.array([nowhere if point is None else point for point in points], np.float64)
    system = None if options.crs else layer.GetSpatialRef()
    if options.crs or (system is None and not _are_degrees(xy)):
        if not options.crs and options.needs_points:
            raise _no_system(name, xy)
        return ("x", "y"), (_texts(xy[:, 0]), _texts(xy[:, 1])), ""
    words = ""
    if system is not None:
        xy, words = _to_degrees(xy, system)
    return ("longitude", "latitude"), (_texts(xy[:, 0]), _texts(xy[:, 1])), words


def _texts(values: Floats) -> list[str]:
    return ["" if value != value else format(round(value, _DEGREE_DECIMALS), NUMBER) for value in values.tolist()]


def _are_degrees(xy: Floats) -> bool:
    """Whether points of no known system can only be degrees: all on the globe, and not mostly whole numbers."""
    import numpy as np

    known = xy[~np.isnan(xy[:, 0])]
    on_globe = (np.abs(known[:, 0]) <= 180).all() and (np.abs(known[:, 1]) <= 90).all()
    return bool(on_globe and (np.mod(known, 1) != 0).mean() > 0.5)


def _no_system(name: str, xy: Floats) -> AtlasError:
    import numpy as np

    (left, bottom), (right, top) = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
    row = int(np.flatnonzero(~np.isnan(xy[:, 0]))[0])
    message = tr("“{name}” does not say in which coordinate reference system its points are, and they are no degrees "
                 "(x {left:g} to {right:g}, y {bottom:g} to {top:g}; row {row}: {x:g}, {y:g}): give CRS.")
    return AtlasError(message.format(
        name=name, left=left, right=right, bottom=bottom, top=top, row=row + 1, x=xy[row, 0], y=xy[row, 1]))


def _to_degrees(xy: Floats, system: Any) -> tuple[Floats, str]:
    """Longitude and latitude in WGS 84; what cannot be transformed is infinite."""
    import numpy as np
    from osgeo import osr

    target = osr.SpatialReference()
    target.ImportFromEPSG(4326)
    target.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    source = system.Clone()
    source.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    if source.IsSame(target):
        return xy, ""
    at = np.flatnonzero(~np.isnan(xy[:, 0]))
    moved = xy.copy()
    moved[at] = np.array(osr.CoordinateTransformation(source, target).TransformPoints(xy[at].tolist()))[:, :2]
    return moved, tr("points brought from {system} to WGS 84").format(system=system.GetName())


def _geometry_first(
    headers: list[str], columns: list[list[str]], axes: tuple[str, str], texts: tuple[list[str], list[str]],
    projected: bool,
) -> tuple[list[str], list[list[str]]]:
    """The columns with those of the geometry; others that would be taken for coordinates are renamed."""
    import pandas as pd

    from ..core.columns import plan_columns

    width = len(headers)
    headers, columns = [*headers, *axes], [*columns, *texts]
    head = pd.DataFrame({at: column[:_LOOK_ROWS] for at, column in enumerate(columns)}, dtype=object)
    for _ in range(width):
        roles = plan_columns(headers, head, {}, projected).roles
        wrong = [roles[role] for role in ("lon", "lat", "lonlat") if roles.get(role, width) < width]
        if not wrong:
            break
        for at in wrong:
            headers[at] = tr("{header} (attribute)").format(header=headers[at])
    return headers, columns
