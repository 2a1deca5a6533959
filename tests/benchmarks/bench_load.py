"""`./run bench load`: from CSV to the finished GeoPackage, and a daily frame, against their peers.

Peers: GDAL's own conversion of the same CSV with a spatial index (it cleans nothing); the same rows as
a delimited-text layer with the same temporal setting; a memory layer that holds only the frame's rows.
Everything is measured in one run on one machine; medians of five. Loads run in processes of their own,
one after the other, on files that were just written (warm disk cache), so that each one's peak memory
is its own. A frame is *cold* the first time after opening, *warm* later; the rows drawn are counted.
"""
from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from harness import ROOT, Table, shared_file, start

WIDTH, HEIGHT = 1200, 900
MIDDLE_DAY = "2020-03-15"
DAYS = {"early": "2020-02-10", "middle": MIDDLE_DAY, "late": "2020-04-25"}
MAIN = "cn_city_updates/toutiao_city_updates.csv.gz"


def main() -> int:
    """Run all measurements, or (`--one`) a single load for the measurement that asked for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small data, one repeat: does it still run?")
    parser.add_argument("--one", nargs=2, metavar=("KIND", "JOB"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        return _one(asked.one[0], json.loads(asked.one[1]))
    table = Table("load", smoke=asked.smoke)
    with tempfile.TemporaryDirectory(prefix="atlas-bench-", dir=ROOT / "build") as folder:
        _measure_loads(table, Path(folder), asked.smoke)
        _measure_growth(table, Path(folder), asked.smoke)
        _measure_frames(table, Path(folder), asked.smoke)
    table.close()
    return 0


# Loads


def _measure_loads(table: Table, folder: Path, smoke: bool) -> None:
    rows, places = (6_000, 300) if smoke else (640_000, 24_000)
    sample = _sample(folder / "sample.csv", rows, places)
    jobs = [("sample, every row kept", sample, {"KEEP_UNCHANGED": True})]
    main_dataset = shared_file(MAIN)
    if main_dataset is None:
        print(f"  the main dataset is not here ({MAIN}): measured on the sample alone")
    elif not smoke:
        jobs.append(("main dataset", main_dataset, {"DATUM": "GCJ02"}))
    for name, path, options in jobs:
        ours = _repeat("ours", {"input": str(path), "output": str(folder / "ours.gpkg"), "options": options}, smoke)
        peer = _repeat("gdal", {"input": str(path), "output": str(folder / "gdal.gpkg")}, smoke)
        table.add(f"load: {name}", ours["rows"], ours["seconds"], "GDAL VectorTranslate with R-tree",
                  peer["seconds"], goal="at most 1.5", peak_mb=ours["peak_mb"],
                  note=f"{ours['states']:,} states; peer's peak {peer['peak_mb']:.0f} MB")


def _measure_growth(table: Table, folder: Path, smoke: bool) -> None:
    """Time and memory of one load each at growing sizes, as multiples of the size before."""
    sizes = [(2_000, 100), (6_000, 300)] if smoke else [(64_000, 2_400), (640_000, 24_000), (6_400_000, 24_000)]
    before: dict[str, float] | None = None
    for rows, places in sizes:
        path = _sample(folder / "growth.csv", rows, places)
        job = {"input": str(path), "output": str(folder / "growth.gpkg"), "options": {"KEEP_UNCHANGED": True}}
        now = _child("ours", job)
        growth = ""
        if before is not None:
            growth = "rows x{:.0f}: time x{:.1f}, memory x{:.1f}".format(
                rows / before["rows"], now["seconds"] / before["seconds"], now["peak_mb"] / before["peak_mb"])
        table.add(f"growth: {rows:,} rows", rows, now["seconds"], "", None, peak_mb=now["peak_mb"], note=growth)
        before = {**now, "rows": rows}
        path.unlink()


def _sample(path: Path, rows: int, places: int) -> Path:
    from session import register_package

    register_package()
    from outbreak_atlas.plugin.core.sample.write import write_sample

    write_sample(path, rows=rows, places=places, cities=min(320, places // 5))
    return path


def _repeat(kind: str, job: dict[str, Any], smoke: bool) -> dict[str, float]:
    runs = [_child(kind, job) for _ in range(1 if smoke else 5)]
    return {key: median(run[key] for run in runs) for key in runs[0]}


def _child(kind: str, job: dict[str, Any]) -> dict[str, float]:
    """One load in a process of its own."""
    for old in Path(job["output"]).parent.glob(Path(job["output"]).name + "*"):
        old.unlink()
    command = [sys.executable, __file__, "--one", kind, json.dumps(job)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{kind} failed ({done.returncode}):\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _one(kind: str, job: dict[str, Any]) -> int:
    application = start()
    result = _load_ours(job) if kind == "ours" else _load_gdal(job)
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(result))
    sys.stdout.flush()
    del application
    return 0


def _load_ours(job: dict[str, Any]) -> dict[str, float]:
    import processing

    parameters = {"INPUT": [job["input"]], "OUTPUT": job["output"], **job["options"]}
    begin = time.perf_counter()
    result = processing.run("outbreakatlas:loaddataset", parameters)
    return {"seconds": time.perf_counter() - begin, "rows": result["ROWS_READ"], "states": result["STATES"]}


def _load_gdal(job: dict[str, Any]) -> dict[str, float]:
    """The peer: every column as text or number as GDAL guesses it, points from lon and lat, R-tree."""
    from osgeo import gdal

    gdal.UseExceptions()
    gdal.PushErrorHandler("CPLQuietErrorHandler")  # its warnings are not what is measured
    source = job["input"]
    prefix = "/vsigzip/" if source.endswith(".gz") else ""
    begin = time.perf_counter()
    opened = gdal.OpenEx(prefix + source, gdal.OF_VECTOR, open_options=[
        "X_POSSIBLE_NAMES=lon", "Y_POSSIBLE_NAMES=lat", "AUTODETECT_TYPE=YES", "KEEP_GEOM_COLUMNS=YES"],
        allowed_drivers=["CSV"])
    gdal.VectorTranslate(job["output"], opened, format="GPKG", dstSRS="EPSG:4326", srcSRS="EPSG:4326",
                         layerCreationOptions=["SPATIAL_INDEX=YES"])
    seconds = time.perf_counter() - begin
    dataset = gdal.OpenEx(job["output"])  # a layer dies with its dataset
    written = dataset.GetLayer(0).GetFeatureCount()
    return {"seconds": seconds, "rows": written, "states": written}


# Frames


def _measure_frames(table: Table, folder: Path, smoke: bool) -> None:
    """A daily frame from the GeoPackage, from delimited text, and from the frame's own rows in memory."""
    application = start()
    rows, places = (6_000, 300) if smoke else (640_000, 30_000)
    sample = _sample(folder / "frames.csv", rows, places)
    dataset = folder / "frames.gpkg"
    job = {"input": str(sample), "output": str(dataset), "options": {"KEEP_UNCHANGED": True}}
    _child("ours", job)
    layer = _atlas_layer(dataset)
    text = _text_layer(layer, folder / "states.csv")
    alone = _medians([_frame_job(text, _extent(layer), MIDDLE_DAY)], smoke)[0]
    _as_with_the_plugin_loaded()
    _drop_caches()
    layer = _atlas_layer(dataset)
    cold = _seconds(_frame_job(layer, _extent(layer), MIDDLE_DAY))
    for name, day in DAYS.items():
        _compare_with_memory(table, layer, name, day, smoke, cold if name == "middle" else None)
    _compare_with_text(table, layer, text, alone, smoke)
    _compare_with_city(table, layer, smoke)
    _compare_real_shape(table, folder, smoke)
    del layer, application


def _as_with_the_plugin_loaded() -> None:
    """The plugin names the zone that holds anyway, which spares QGIS a file look-up per moment; for all peers."""
    from outbreak_atlas.plugin.bridge.clock import remember_time_zone

    print(f"  frames: TZ {'named by the plugin' if remember_time_zone() else 'as it was'}, for us and the peers")


def _compare_with_memory(
    table: Table, layer: Any, name: str, day: str, smoke: bool, cold: float | None
) -> None:
    memory, drawn = _rows_of_frame(layer, day)
    extent = _extent(layer)
    # Taken in turns, so that a slow moment of the machine hits both.
    ours, floor = _medians([_frame_job(layer, extent, day), _frame_job(memory, extent, None)], smoke)
    note = f"{drawn:,} rows drawn by both" + ("" if cold is None else f"; cold {cold:.3f} s")
    table.add(f"frame, {name} ({day})", drawn, ours, "memory layer of its rows", floor,
              goal="at most 6, aim 4", note=note)


def _compare_with_text(table: Table, layer: Any, text: Any, alone: float, smoke: bool) -> None:
    """Against the text layer as it is without the plugin (`alone`), and as it is with the zone named as for us."""
    drawn, drawn_text = _count(layer, MIDDLE_DAY), _count(text, MIDDLE_DAY)
    if drawn != drawn_text:
        raise SystemExit(f"unfair: {drawn:,} rows against {drawn_text:,} of the text layer")
    extent = _extent(layer)
    ours, peer = _medians([_frame_job(layer, extent, MIDDLE_DAY), _frame_job(text, extent, MIDDLE_DAY)], smoke)
    for words, seconds in (("without the plugin", alone), ("with the zone named too", peer)):
        table.add("frame, whole country", drawn, ours, f"delimited-text layer, {words}", seconds,
                  goal="at most 0.05", note=f"{drawn:,} rows drawn by both; {seconds / ours:.0f} times faster")


def _compare_with_city(table: Table, layer: Any, smoke: bool) -> None:
    from qgis.core import QgsRectangle

    for name, west, south in (("Chengdu", 103.8, 30.4), ("Beijing", 116.1, 39.6), ("Wuhan", 114.0, 30.3)):
        city = QgsRectangle(west, south, west + 0.6, south + 0.6)
        drawn, rows = _count(layer, MIDDLE_DAY, city), _count_all(layer, city)
        ours, country = _medians(
            [_frame_job(layer, city, MIDDLE_DAY), _frame_job(layer, _extent(layer), MIDDLE_DAY)], smoke)
        table.add(f"frame, zoomed to {name}", drawn, ours, "the whole-country frame", country, goal="below 1",
                  note=f"{drawn:,} rows drawn of the {rows:,} that the city has over the whole period")


def _compare_real_shape(table: Table, folder: Path, smoke: bool) -> None:
    """Few states that live long, as in the main dataset."""
    source = shared_file(MAIN)
    if source is None or smoke:
        return
    dataset = folder / "real.gpkg"
    _child("ours", {"input": str(source), "output": str(dataset), "options": {"DATUM": "GCJ02"}})
    layer = _atlas_layer(dataset)
    memory, drawn = _rows_of_frame(layer, MIDDLE_DAY)
    extent = _extent(layer)
    ours, floor = _medians([_frame_job(layer, extent, MIDDLE_DAY), _frame_job(memory, extent, None)], smoke)
    table.add("frame, main dataset", drawn, ours, "memory layer of its rows", floor, note=f"{drawn:,} rows drawn")


def _atlas_layer(dataset: Path) -> Any:
    from outbreak_atlas.plugin.bridge.layers import open_layer

    return open_layer(dataset)


def _day_range(day: str) -> Any:
    from qgis.core import QgsDateTimeRange
    from qgis.PyQt.QtCore import QDateTime, Qt

    begin = QDateTime.fromString(day + "T00:00:00Z", Qt.DateFormat.ISODate)
    return QgsDateTimeRange(begin, begin.addDays(1), True, False)


def _frame_request(layer: Any, day: str, extent: Any = None) -> Any:
    """The features that the canvas draws in a frame, by QGIS's own filter."""
    from qgis.core import QgsFeatureRequest, QgsVectorLayerTemporalContext

    context = QgsVectorLayerTemporalContext()
    context.setLayer(layer)
    request = QgsFeatureRequest()
    request.setFilterExpression(layer.temporalProperties().createFilterString(context, _day_range(day)))
    if extent is not None:
        request.setFilterRect(extent)
    return request


def _count(layer: Any, day: str, extent: Any = None) -> int:
    features = layer.getFeatures(_frame_request(layer, day, extent))
    return sum(feature.hasGeometry() for feature in features)


def _count_all(layer: Any, extent: Any) -> int:
    from qgis.core import QgsFeatureRequest

    request = QgsFeatureRequest().setFilterRect(extent).setNoAttributes()
    return sum(1 for _ in layer.getFeatures(request))


def _rows_of_frame(layer: Any, day: str) -> tuple[Any, int]:
    """A memory layer with the frame's rows, the same symbols, and no filter: the floor."""
    memory = layer.materialize(_frame_request(layer, day))
    memory.setRenderer(layer.renderer().clone())
    memory.setOpacity(layer.opacity())
    return memory, sum(feature.hasGeometry() for feature in memory.getFeatures())


def _text_layer(layer: Any, path: Path) -> Any:
    """The layer's rows as CSV, opened as a user would without us, with the same time fields."""
    from outbreak_atlas.plugin.bridge.temporal import set_layer_time
    from qgis.core import QgsVectorLayer

    names = [field.name() for field in layer.fields() if field.name() != "fid"]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["lon", "lat", *names])
        for feature in layer.getFeatures():
            point = feature.geometry().asPoint() if feature.hasGeometry() else None
            writer.writerow([*(("", "") if point is None else (point.x(), point.y())),
                             *(_text(feature[name]) for name in names)])
    uri = f"file://{path}?delimiter=,&xField=lon&yField=lat&crs=EPSG:4326&detectTypes=yes"
    text = QgsVectorLayer(uri, "text", "delimitedtext")
    text.setRenderer(layer.renderer().clone())
    set_layer_time(text)
    return text


def _text(value: Any) -> Any:
    from qgis.PyQt.QtCore import QDateTime

    if isinstance(value, QDateTime):
        return value.toString("yyyy-MM-dd HH:mm:ss")
    return "" if value is None or str(value) == "NULL" else value


def _extent(layer: Any) -> Any:
    extent = layer.extent()
    extent.grow(0.5)
    return extent


def _frame_job(layer: Any, extent: Any, day: str | None) -> Callable[[], None]:
    """A function that draws one frame."""
    from qgis.core import QgsMapRendererSequentialJob, QgsMapSettings
    from qgis.PyQt.QtCore import QSize

    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(layer.crs())
    settings.setExtent(extent)
    settings.setOutputSize(QSize(WIDTH, HEIGHT))
    settings.setOutputDpi(96)
    if day is not None:
        settings.setIsTemporal(True)
        settings.setTemporalRange(_day_range(day))

    def draw() -> None:
        job = QgsMapRendererSequentialJob(settings)
        job.start()
        job.waitForFinished()
        if job.errors():
            raise SystemExit(f"the frame was not drawn: {job.errors()[0].message}")

    return draw


def _seconds(job: Callable[[], None]) -> float:
    begin = time.perf_counter()
    job()
    return time.perf_counter() - begin


def _medians(jobs: list[Callable[[], None]], smoke: bool) -> list[float]:
    """Median seconds of each job, warm, the jobs taken in turns."""
    for job in jobs:
        job()
    rounds = [[_seconds(job) for job in jobs] for _ in range(1 if smoke else 5)]
    return [median(times) for times in zip(*rounds)]


def _drop_caches() -> None:
    """Forget cached files, where the system lets us; otherwise the cold frame is only QGIS-cold."""
    try:
        Path("/proc/sys/vm/drop_caches").write_text("1\n", encoding="ascii")
    except OSError:
        print("  (the disk cache could not be dropped: the cold frame is read from it)")


if __name__ == "__main__":
    sys.exit(main())
