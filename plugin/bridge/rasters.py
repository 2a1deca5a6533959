"""GeoTIFFs of cases per km², written band by band by GDAL: they appear whole or not at all."""
from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from osgeo import gdal, osr
from qgis.core import Qgis, QgsCoordinateReferenceSystem

from ..core.arrays import Floats
from ..core.errors import AtlasError
from ..store.atomic import free_bytes, replacing
from .systems import sound
from .translation import tr

if TYPE_CHECKING:
    from ..core.heat_grid import HeatGrid

UNIT = "cases/km²"
#: The same in the words of udunits, which CF names.
CF_UNIT = "km-2"
#: No kernel reaches there.
NO_DATA = 0.0
#: A TIFF counts its bands in 16 bits.
MOST_BANDS = 65_535
_TILE = 256
_MB = 1_000_000
#: Beside a raster GDAL and QGIS keep what they found out about it; of a new one it would be wrong.
_COMPANIONS = (".aux.xml", ".ovr", ".msk")
_OPTIONS = ("TILED=YES", f"BLOCKXSIZE={_TILE}", f"BLOCKYSIZE={_TILE}", "COMPRESS=DEFLATE", "PREDICTOR=3", "ZLEVEL=1",
            "INTERLEAVE=BAND", "SPARSE_OK=TRUE", "BIGTIFF=IF_SAFER", "NUM_THREADS=ALL_CPUS")


@dataclass(frozen=True)
class Sheet:
    """A raster apart from its values. `items`: its metadata. `covered`: about what share of it is not 0."""

    grid: HeatGrid
    crs: QgsCoordinateReferenceSystem
    items: Mapping[str, str]
    bands: int
    is_double: bool
    covered: float

    def needed_bytes(self) -> int:
        """About what the file takes at most: with overviews, and tiles without values left out."""
        cells = self.bands * self.grid.columns * self.grid.rows * min(max(self.covered, 0.0), 1.0)
        return int(cells * (8 if self.is_double else 4) * 4 / 3) + 2_000 * self.bands + 100_000


@dataclass(frozen=True)
class BandSums:
    """What was written to a band: sum, least and greatest of all its values."""

    total: float
    minimum: float
    maximum: float


class GeoTiff:
    """A GeoTIFF that is being written; `writing` makes it."""

    def __init__(self, part: Path, target: Path, sheet: Sheet) -> None:
        self._part, self._target, self._sheet = part, target, sheet
        with self._calls():
            self._dataset = self._created()

    def write(self, number: int, values: Floats, title: str, items: Mapping[str, str]) -> BandSums:
        """Write a band (the first is 1) with its overviews, each value the mean of four below, and its statistics."""
        with self._calls():
            band = self._dataset.GetRasterBand(number)
            band.SetDescription(title)
            band.SetUnitType(UNIT)
            band.SetMetadata(dict(items))
            values = np.ascontiguousarray(values, np.float64 if self._sheet.is_double else np.float32)
            _set_statistics(band, values)
            band.WriteArray(values)
            smaller = values
            for level in range(band.GetOverviewCount()):
                smaller = halved(smaller)
                band.GetOverview(level).WriteArray(smaller)
            band.FlushCache()
        return BandSums(float(values.sum(dtype=np.float64)), float(values.min()), float(values.max()))

    def finish(self) -> None:
        """Write what GDAL still holds, and let the file go."""
        with self._calls():
            # Only now: else the overviews would be asked to leave values of 0 out of their means.
            self._dataset.GetRasterBand(1).SetNoDataValue(NO_DATA)
            self._dataset.FlushCache()
            self._dataset = None
            # What fails while a file is closed is not told where GDAL raises exceptions.
            self._dataset = gdal.Open(str(self._part))
            self._dataset.GetRasterBand(self._sheet.bands).Checksum(0, 0, 1, 1)
            self._dataset = None

    def drop(self) -> None:
        """Let the file go, whatever becomes of it."""
        with gdal_silent():
            self._dataset = None

    def _created(self) -> Any:
        sheet, grid = self._sheet, self._sheet.grid
        kind = gdal.GDT_Float64 if sheet.is_double else gdal.GDT_Float32
        dataset = gdal.GetDriverByName("GTiff").Create(
            str(self._part), grid.columns, grid.rows, sheet.bands, kind, list(_OPTIONS))
        if dataset is None:
            return None
        dataset.SetGeoTransform((grid.left, grid.cell_m, 0.0, grid.top, 0.0, -grid.cell_m))
        dataset.SetSpatialRef(spatial_reference(sheet.crs))
        dataset.SetMetadata(dict(sheet.items))
        dataset.SetMetadataItem("AREA_OR_POINT", "Area")
        factors = overview_factors(grid.columns, grid.rows)
        if factors:
            dataset.BuildOverviews("NONE", factors)
        return dataset

    def _calls(self) -> Any:
        return gdal_calls(self._part, self._target, self._sheet.needed_bytes())


@contextmanager
def writing(target: Path, sheet: Sheet) -> Iterator[GeoTiff]:
    """A GeoTIFF to be written, which takes the place of `target` when the block ends well.

    Raises `AtlasError` when there are too many bands, the disk is too small, or GDAL cannot write.
    """
    if sheet.bands > MOST_BANDS:
        message = tr("That would be {n} bands, and a GeoTIFF holds {most}: choose a longer STEP, or a FROM and TO "
                     "nearer to each other.")
        raise AtlasError(message.format(n=f"{sheet.bands:,}", most=f"{MOST_BANDS:,}"))
    with replacing(target, sheet.needed_bytes()) as part:
        tiff = GeoTiff(part, target, sheet)
        try:
            yield tiff
            tiff.finish()
        finally:
            tiff.drop()
        _remove_companions(target)


@contextmanager
def gdal_calls(part: Path, target: Path, needed_bytes: int) -> Iterator[None]:
    """Calls of GDAL whose failures become one sentence, whether GDAL raises exceptions in this program or not."""
    said: list[str] = []
    gdal.ErrorReset()  # a call that fails without a word would repeat what an earlier one said
    gdal.PushErrorHandler(lambda level, _number, text: said.append(text) if level >= gdal.CE_Failure else None)
    try:
        yield
    except (RuntimeError, AttributeError) as error:  # the latter: GDAL gave nothing back and said why before
        if isinstance(error, AttributeError) and not said:
            raise
        said.append(str(error))
        # The error's frames hold the file that failed, which must be closed before it is removed.
        traceback.clear_frames(error.__traceback__)
    finally:
        gdal.PopErrorHandler()
    if said:
        raise AtlasError(_not_written(part, target, needed_bytes), "\n".join(said[:5]))


def spatial_reference(crs: QgsCoordinateReferenceSystem) -> Any:
    """A system of QGIS as GDAL knows it, x before y."""
    reference = osr.SpatialReference()
    reference.SetFromUserInput(sound(crs).toWkt(Qgis.CrsWktVariant.Preferred))
    reference.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    return reference


def overview_factors(columns: int, rows: int) -> list[int]:
    """2, 4, 8 … until a tile holds the whole raster.

    >>> overview_factors(900, 950), overview_factors(200, 100)
    ([2, 4], [])
    """
    factors = []
    while max(columns, rows) > _TILE * 2 ** len(factors):
        factors.append(2 ** (len(factors) + 1))
    return factors


def halved(values: Floats) -> Floats:
    """Means of two by two; an odd row or column at the end stands for itself.

    >>> halved(np.array([[0.0, 4.0, 6.0], [2.0, 2.0, 8.0]])).tolist()
    [[2.0, 7.0]]
    """
    rows, columns = values.shape
    even = np.pad(values, ((0, rows % 2), (0, columns % 2)), mode="edge")
    return np.asarray((even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4)


def _set_statistics(band: Any, values: Floats) -> None:
    """Of all values but NoData, as GDAL computes them; none where there is no value."""
    valid = values[values != NO_DATA]
    band.SetMetadataItem("STATISTICS_VALID_PERCENT", f"{100 * valid.size / values.size:.4g}")
    if valid.size:
        mean, deviation = valid.mean(dtype=np.float64), valid.std(dtype=np.float64)
        band.SetStatistics(float(valid.min()), float(valid.max()), float(mean), float(deviation))


def _not_written(part: Path, target: Path, needed_bytes: int) -> str:
    """What is said when a file could not be written to its end; what it took until then is free again afterwards."""
    taken = part.stat().st_size if part.exists() else 0
    free = ((free_bytes(target.parent) or 0) + taken) // _MB
    if free > -(-needed_bytes // _MB):  # a quota, a limit of the file system, or a folder that went away
        message = tr("“{file}” could not be written: it needs up to {needed} MB, which “{folder}” refused: choose "
                     "another folder, or give a larger CELL_SIZE.")
        return message.format(file=target.name, needed=f"{-(-needed_bytes // _MB):,}", folder=target.parent)
    message = tr("“{file}” could not be written: it needs up to {needed} MB, and the disk of “{folder}” has {free} MB "
                 "free. Free some, choose another folder, or give a larger CELL_SIZE.")
    return message.format(
        file=target.name, needed=f"{-(-needed_bytes // _MB):,}", folder=target.parent, free=f"{free:,}")


def _remove_companions(target: Path) -> None:
    for suffix in _COMPANIONS:
        Path(f"{target}{suffix}").unlink(missing_ok=True)


@contextmanager
def gdal_silent() -> Iterator[None]:
    """While a file is let go that is thrown away: what GDAL says of it concerns nobody."""
    gdal.PushErrorHandler("CPLQuietErrorHandler")
    try:
        yield
    finally:
        gdal.PopErrorHandler()
