"""`./run bench aggregate`: 640,000 states, 500 areas, 90 days, against pandas and QGIS's own tools.

One dataset of 640,000 states (32,000 places) is written once. Ours is the whole algorithm, from the GeoPackage to a
GeoPackage of 500 areas × 90 days. Peers: the same totals by pandas, a `groupby` over the states that hold at each
day's end, read from the same file (it makes no shapes and writes nothing); and `native:joinbylocationsummary` of the
states that hold on one day, times the number of days. Medians of three, on a warm disk cache.
"""
from __future__ import annotations

import argparse
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from harness import ROOT, Table, start

sys.path.insert(0, str(ROOT / "tests" / "unit"))


def main() -> int:
    """Run all measurements."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small data, one repeat: does it still run?")
    smoke = parser.parse_args().smoke
    application = start()
    table = Table("aggregate", smoke=smoke)
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="atlas-bench-", dir=ROOT / "build") as folder:
        _measure(table, Path(folder), smoke)
    table.close()
    del application
    return 0


def _measure(table: Table, folder: Path, smoke: bool) -> None:
    places, states = (600, 4) if smoke else (32_000, 20)
    repeats, size = (1, 40_000) if smoke else (3, 40_000)
    path = _dataset(folder / "made.gpkg", places, states)
    layer, rows = f"{path}|layername=updates", places * states
    squares = _areas(layer, folder / "squares.gpkg", size)
    pandas_s, expected = _timed(lambda: _by_pandas(path), repeats)
    native_s = _native_day(layer, squares, repeats) * len(expected)
    for name, parameters in (
        ("city", {"BY": "city"}), ("hexagon", {"BY": "hexagon", "CELL_SIZE": size}),
        ("polygons", {"BY": "polygons", "POLYGONS": squares}),
    ):
        seconds, found = _timed(lambda chosen=parameters: _ours(layer, folder / "ours.gpkg", chosen), repeats)
        _check(folder / "ours.gpkg", expected)
        note = f"{found['AREAS']:,} areas x {found['PERIODS']:,} days; peak of all measurements so far"
        peer, peer_s = ("native:joinbylocationsummary, a day x days", native_s) if name == "polygons" else (
            "pandas groupby a day, no shapes", pandas_s)
        table.add(f"aggregate: {name}", rows, seconds, peer, peer_s, goal="seconds", peak_mb=_peak_mb(), note=note)


def _dataset(path: Path, places: int, states: int) -> Path:
    from made_datasets import made_dataset
    from outbreak_atlas.plugin.core.progress import Progress
    from outbreak_atlas.plugin.store.geopackage import write_dataset

    write_dataset(path, made_dataset(places, states), {}, Progress())
    return path


def _timed(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    seconds, result = [], None
    for _ in range(repeats):
        begin = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - begin)
    return median(seconds), result


def _ours(layer: str, output: Path, parameters: dict[str, Any]) -> dict[str, Any]:
    import processing

    output.unlink(missing_ok=True)
    return processing.run("outbreakatlas:aggregatecases", {
        "INPUT": layer, "PERIOD": "day", "METRIC": "confirmed", "OUTPUT": str(output), **parameters})


def _areas(layer: str, path: Path, size: float) -> str:
    """The squares with places in them, once, as polygons for the peer and for us."""
    import processing

    squares = processing.run("outbreakatlas:aggregatecases", {
        "INPUT": layer, "BY": "square", "CELL_SIZE": size, "PERIOD": "all", "OUTPUT": "TEMPORARY_OUTPUT"})["OUTPUT"]
    squares.setSubsetString('"area_id" <> \'without a location\'')
    return processing.run("native:savefeatures", {"INPUT": squares, "OUTPUT": str(path)})["OUTPUT"]


def _by_pandas(path: Path) -> list[float]:
    """Sums over all cities at the end of each day."""
    import pandas as pd

    with closing(sqlite3.connect(path)) as db:
        states = pd.read_sql('SELECT city, valid_from, valid_to, confirmed FROM "updates"', db)
    for name in ("valid_from", "valid_to"):
        states[name] = pd.to_datetime(states[name].str.rstrip("Z"), format="%Y-%m-%dT%H:%M:%S.%f")
    ends = pd.date_range(states["valid_from"].min().normalize(), states["valid_to"].max(), freq="D")[1:]
    held = ((states["valid_from"] < end) & (states["valid_to"] >= end) for end in ends)
    return [float(states[now].groupby("city")["confirmed"].sum(min_count=1).sum()) for now in held]


def _native_day(layer: str, squares: str, repeats: int) -> float:
    """One day of the peer: the states that hold at its end, summed by polygon."""
    import processing
    from qgis.core import QgsVectorLayer

    states = QgsVectorLayer(layer, "states", "ogr")
    states.setSubsetString("\"shown_from\" < '2020-03-15' AND \"shown_to\" > '2020-03-14'")
    return _timed(lambda: processing.run("native:joinbylocationsummary", {
        "INPUT": squares, "JOIN": states, "PREDICATE": [0], "JOIN_FIELDS": ["confirmed"], "SUMMARIES": [5],
        "DISCARD_NONMATCHING": False, "OUTPUT": "TEMPORARY_OUTPUT"}), repeats)[0]


def _check(path: Path, expected: list[float]) -> None:
    """Every day's sum over all areas is that of the peer."""
    with closing(sqlite3.connect(path)) as db:
        found = [row[0] for row in db.execute(
            f'SELECT sum("total") FROM "{path.stem}" GROUP BY "period_from" ORDER BY "period_from"')]
    if found != expected:
        raise SystemExit("the sums differ from those of pandas")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
