"""A series of cases per km² as NetCDF by the CF conventions, written step by step by GDAL."""
from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from osgeo import gdal

from ..core.arrays import Floats, Ints
from ..core.errors import AtlasError
from ..core.schema import MS_PER_DAY, MS_PER_HOUR
from ..store.atomic import replacing
from .rasters import CF_UNIT, Sheet, gdal_calls, gdal_silent, spatial_reference
from .translation import tr

_DRIVER = "netCDF"
_CONVENTIONS = "CF-1.8"
_VALUES = "density"
#: Nothing is stored in between: a chunk is a part of one step, so that a step is read and written alone.
_CHUNK = 512


@dataclass(frozen=True)
class Timeline:
    """When each step begins and what its values count: `begin_ms` (n,), `counted_ms` (n, 2) from and to; the zone's
    wall clock. `method`: as CF's cell_methods says it, sum or point."""

    begin_ms: Ints
    counted_ms: Ints
    zone: str
    method: str


class NetCdf:
    """A NetCDF that is being written; `writing_netcdf` makes it."""

    def __init__(self, part: Path, target: Path, sheet: Sheet, timeline: Timeline, title: str) -> None:
        self._part, self._target, self._sheet = part, target, sheet
        with self._calls():
            # Every part of the tree is held: GDAL writes an array's own description when it lets the array go.
            self._tree: list[Any] = self._made(timeline, title)

    def write(self, number: int, values: Floats) -> None:
        """Write a step (the first is 1)."""
        with self._calls():
            kind = np.float64 if self._sheet.is_double else np.float32
            self._tree[0].Write(np.ascontiguousarray(values, kind), [number - 1, 0, 0], [1, *values.shape])

    def finish(self) -> None:
        with self._calls():
            self._tree.clear()
            # By the driver's name: its own suffix is not there yet. What fails while a file is closed may not be told.
            again = gdal.OpenEx(f'NETCDF:"{self._part}"', gdal.OF_MULTIDIM_RASTER, allowed_drivers=[_DRIVER])
            again.GetRootGroup().OpenMDArray(_VALUES).GetDimensions()

    def drop(self) -> None:
        with gdal_silent():
            self._tree.clear()

    def _made(self, timeline: Timeline, title: str) -> list[Any]:
        sheet = self._sheet
        dataset = gdal.GetDriverByName(_DRIVER).CreateMultiDimensional(
            str(self._part), [], ["FORMAT=NC4", f"CONVENTIONS={_CONVENTIONS}"])
        root = dataset.GetRootGroup()
        for name, text in {"title": title, "source": sheet.items.get("software", ""), **sheet.items}.items():
            _say(root, name, text)
        time, bounds = _write_time(root, timeline)
        across = _write_axis(root, "x", sheet.grid.centres_x(), "HORIZONTAL_X")
        down = _write_axis(root, "y", sheet.grid.centres_y(), "HORIZONTAL_Y")
        density = root.CreateMDArray(
            _VALUES, [time, down, across], _kind(gdal.GDT_Float64 if sheet.is_double else gdal.GDT_Float32),
            ["COMPRESS=DEFLATE", "ZLEVEL=1",
             f"BLOCKSIZE=1,{min(sheet.grid.rows, _CHUNK)},{min(sheet.grid.columns, _CHUNK)}"])
        for name, text in (("long_name", f"{sheet.items.get('metric', 'cases')} per square kilometre"),
                           ("units", CF_UNIT), ("cell_methods", f"time: {timeline.method} area: mean")):
            _say(density, name, text)
        density.SetSpatialRef(spatial_reference(sheet.crs))
        return [density, bounds, time, across, down, root, dataset]

    def _calls(self) -> Any:
        return gdal_calls(self._part, self._target, self._sheet.needed_bytes())


@contextmanager
def writing_netcdf(target: Path, sheet: Sheet, timeline: Timeline, title: str) -> Iterator[NetCdf]:
    """A NetCDF to be written, which takes the place of `target` when the block ends well."""
    if gdal.GetDriverByName(_DRIVER) is None:
        raise AtlasError(tr("This QGIS's GDAL cannot write NetCDF: leave NETCDF empty, or install GDAL with netCDF "
                            "(OSGeo4W: gdal-full; Debian has it)."))
    with replacing(target, sheet.needed_bytes()) as part:
        netcdf = NetCdf(part, target, sheet, timeline, title)
        try:
            yield netcdf
            netcdf.finish()
        except BaseException:
            netcdf.drop()
            # After an error the library holds the file until the program ends: at least not its room.
            with suppress(OSError):
                os.truncate(part, 0)
            raise


def _write_time(root: Any, timeline: Timeline) -> tuple[Any, Any]:
    """The coordinate `time`, in whole days where all of it is, with its bounds; the dimension and the bounds."""
    begins, counted = timeline.begin_ms, timeline.counted_ms
    in_days = not (np.any(begins % MS_PER_DAY) or np.any(counted % MS_PER_DAY))
    unit_ms, unit = (MS_PER_DAY, "days") if in_days else (MS_PER_HOUR, "hours")
    dimension = root.CreateDimension("time", "TEMPORAL", "", len(begins))
    time = root.CreateMDArray("time", [dimension], _kind(gdal.GDT_Float64))
    for name, text in (("standard_name", "time"), ("axis", "T"), ("units", f"{unit} since 1970-01-01 00:00:00"),
                       ("calendar", "proleptic_gregorian"), ("bounds", "time_bnds"),
                       ("long_name", "begin of the step, by the wall clock of the zone"),
                       ("time_zone", timeline.zone or "as written")):
        _say(time, name, text)
    time.Write(begins / unit_ms)
    ends = root.CreateDimension("nv", "", "", 2)
    bounds = root.CreateMDArray("time_bnds", [dimension, ends], _kind(gdal.GDT_Float64))
    bounds.Write(np.ascontiguousarray(counted / unit_ms))
    return dimension, bounds


def _write_axis(root: Any, name: str, centres: Floats, kind: str) -> Any:
    dimension = root.CreateDimension(name, kind, "", len(centres))
    axis = root.CreateMDArray(name, [dimension], _kind(gdal.GDT_Float64))
    for attribute, text in (("standard_name", f"projection_{name}_coordinate"), ("axis", name.upper()),
                            ("units", "m"), ("long_name", f"{name} of the cells' centres")):
        _say(axis, attribute, text)
    axis.Write(np.ascontiguousarray(centres, np.float64))
    return dimension


def _say(thing: Any, name: str, text: str) -> None:
    thing.CreateAttribute(name, [], gdal.ExtendedDataType.CreateString()).Write(text)


def _kind(number: int) -> Any:
    return gdal.ExtendedDataType.Create(number)
