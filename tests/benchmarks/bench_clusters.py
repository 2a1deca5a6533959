"""`./run bench clusters`: clusters of 640,000 points against scikit-learn and QGIS.

Points lie around 300 cities (fewer points: around fewer cities) in a plane as large as China, so dense that the lists
of neighbours within 5 km take scikit-learn 6 to 7 GB. Each figure is the median of several turns, ours and the peers'
in turn in the same run, and what they find is compared: core points (QGIS does not tell them), noise, which core points
are of one cluster. Peak memory is that of fresh processes.

- DBSCAN at 5 km and at 1 km; peers: scikit-learn, `native:dbscanclustering`;
- 640,000 rows on 4,000 places, merged; peer: scikit-learn with weights; beside it: all rows, merged by pandas for the
  peer and by ours itself;
- ST-DBSCAN at 5 km and 7 days; peers: `native:stdbscanclustering`, and our own at other sizes;
- the whole algorithm `outbreakatlas:dbscan` on a dataset of 640,000 rows; peer: its core.
"""
from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from harness import ROOT, Table, start
from session import register_package

DAY_MS = 86_400_000
BEGIN_MS = 1_577_836_800_000  # 2020-01-01
PER_CITY, SCATTER_M, DAYS = 2_133, 2_660.0, 90
LEAST = 10


def main() -> int:
    """Run all measurements, or one, or (`--alone`) what a measurement wants to see the memory of."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small data, one turn: does it still run?")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--only", choices=PARTS, help="one part instead of all")
    parser.add_argument("--alone", nargs=3, metavar=("WHO", "N", "EPS"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.alone:
        print(json.dumps(_alone(asked.alone[0], int(asked.alone[1]), float(asked.alone[2]))))
        return 0
    application = start()
    table = Table("clusters", smoke=asked.smoke)
    rows, turns = (6_400, 1) if asked.smoke else (640_000, asked.turns)
    for name in [asked.only] if asked.only else PARTS:
        PARTS[name](table, rows, turns)
    table.close()
    sys.stdout.flush()
    del application
    return 0


def points(rows: int, cities: int = 0) -> Any:
    """(rows, 2) metres, every point at its own place, in as many cities as make each of the same size."""
    cities = cities or max(rows // PER_CITY, 1)
    made = np.random.default_rng(5)
    centres = made.uniform((0, 0), (5_000_000, 4_000_000), (cities, 2))
    return centres[made.integers(0, cities, rows)] + made.normal(0, SCATTER_M, (rows, 2))


def moments(rows: int) -> Any:
    """Seconds over 90 days, in ms (QGIS keeps no ms of a field of its memory layers' moments)."""
    return BEGIN_MS + np.random.default_rng(6).integers(0, DAYS * 86_400, rows) * 1_000


def on_places(rows: int, places: int) -> Any:
    """(rows, 2) metres, only so many of them different, in as many cities as if they all were."""
    return points(places, max(rows // PER_CITY, 1))[np.random.default_rng(7).integers(0, places, rows)]


# DBSCAN


def _measure_five(table: Table, rows: int, turns: int) -> None:
    _measure_distinct(table, rows, turns, 5_000.0, ("at least 15 times", "at least 60 times"))
    ours, peer = (_child(who, rows, 5_000.0) for who in ("ours", "sklearn"))
    grown = f"scikit-learn {peer['peak_mb']:,.0f} MB, both with Python's own; goal: under a tenth"
    table.add("DBSCAN 5 km: memory", rows, ours["s"], "scikit-learn alone", peer["s"], peak_mb=ours["peak_mb"],
              note=grown)


def _measure_one(table: Table, rows: int, turns: int) -> None:
    _measure_distinct(table, rows, turns, 1_000.0, ("at least 3.5 times", "at least 5 times"))


def _measure_distinct(table: Table, rows: int, turns: int, eps_m: float, goals: tuple[str, str]) -> None:
    places, weights = points(rows), np.ones(rows)
    layer = _layer(places)
    acts = [lambda: _ours(places, weights, eps_m), lambda: _sklearn(places, weights, eps_m),
            lambda: _native("dbscan", layer, eps_m)]
    found, seconds = _in_turn(acts, turns)
    _same_as_sklearn(found[0], found[1])
    _same_as_native(found[0], found[2])
    for name, peer, goal in zip(("scikit-learn", "native:dbscanclustering"), seconds[1:], goals):
        table.add(f"DBSCAN {eps_m / 1000:.0f} km, distinct", rows, seconds[0], name, peer,
                  goal=f"{goal} faster", note=_times(peer, seconds[0]))


def _measure_merged(table: Table, rows: int, turns: int) -> None:
    places, weights, eps_m = on_places(rows, rows // 160), np.ones(rows), 5_000.0
    merged, sums, _ = _merged(places, weights)
    acts = [lambda: _ours(places, weights, eps_m), lambda: _merge_and_sklearn(places, weights, eps_m),
            lambda: _ours(merged, sums, eps_m), lambda: _sklearn(merged, sums, eps_m)]
    found, seconds = _in_turn(acts, max(turns, 5))
    _same_as_sklearn(found[0], found[1])
    _same_as_sklearn(found[2], found[3])
    table.add(f"DBSCAN 5 km, {len(merged):,} merged places", len(merged), seconds[2], "scikit-learn with weights",
              seconds[3], goal="at least 5 times faster", note=_times(seconds[3], seconds[2]))
    table.add("the same, from rows", rows, seconds[0], "merged by pandas, scikit-learn with weights", seconds[1],
              note=_times(seconds[1], seconds[0]))


def _measure_globe(table: Table, rows: int, turns: int) -> None:
    """A country too wide for a plane: the same points as degrees, measured in space."""
    from outbreak_atlas.plugin.core.globe import chord_m, in_space

    plane, weights, eps_m = points(rows), np.ones(rows), 1_000.0
    lat = 20 + plane[:, 1] / 111_000
    places = in_space(75 + plane[:, 0] / 111_000 / np.cos(np.radians(lat)), lat)
    acts = [lambda: _ours(places, weights, chord_m(eps_m)), lambda: _sklearn(places, weights, chord_m(eps_m)),
            lambda: _ours(plane, weights, eps_m)]
    found, seconds = _in_turn(acts, turns)
    _same_as_sklearn(found[0], found[1])
    table.add("DBSCAN 1 km, on the globe", rows, seconds[0], "scikit-learn", seconds[1],
              note=f"{_times(seconds[1], seconds[0])}; {seconds[0] / seconds[2]:.1f} times as long as on a plane")


# ST-DBSCAN


def _measure_st_native(table: Table, rows: int, turns: int) -> None:
    rows = rows * 10 // 64
    places, ms = points(rows), moments(rows)
    layer = _layer(places, ms)
    found, seconds = _in_turn([lambda: _ours_in_time(places, ms), lambda: _native("stdbscan", layer, 5_000.0)], turns)
    _same_as_native(*found)
    table.add("ST-DBSCAN 5 km, 7 days, distinct", rows, seconds[0], "native:stdbscanclustering", seconds[1],
              goal="at least 40 times faster", note=_times(seconds[1], seconds[0]))


def _measure_st_own(table: Table, rows: int, turns: int) -> None:
    fewer, few = rows * 10 // 64, rows // 160
    every, ms = points(rows), moments(rows)
    some, some_ms, shared = points(fewer), moments(fewer), on_places(rows, few)
    days = (ms - BEGIN_MS) // DAY_MS * DAY_MS + BEGIN_MS
    acts = [lambda: _ours_in_time(some, some_ms), lambda: _ours_in_time(every, ms),
            lambda: _ours_in_time(shared, days), lambda: _ours_in_time(shared, ms)]
    found, seconds = _in_turn(acts, turns)
    _same_when_merged(shared, days, found[2])
    table.add("ST-DBSCAN, distinct", rows, seconds[1], f"its own, {fewer:,} points", seconds[0], goal="at most 8")
    table.add(f"ST-DBSCAN, {few:,} places, days", rows, seconds[2], "its own, distinct points", seconds[1],
              goal="at most 0.5")
    table.add(f"ST-DBSCAN, {few:,} places, seconds", rows, seconds[3], "its own, distinct points", seconds[1],
              note="no two rows of a place at one moment")


# The whole algorithm


def _measure_whole(table: Table, rows: int, turns: int) -> None:
    """`OUTPUT` and `SUMMARY` to files, as a person has them."""
    import processing

    with tempfile.TemporaryDirectory(prefix="atlas-bench-", dir=ROOT / "build") as folder:
        dataset = _dataset(Path(folder), rows)
        cores: list[float] = []
        whole: list[float] = []
        for turn in range(turns):
            parameters = {"INPUT": f"{dataset}|layername=updates", "EPS": 5_000, "MIN_CASES": LEAST,
                          "OUTPUT": str(Path(folder) / f"o{turn}.gpkg"), "SUMMARY": str(Path(folder) / f"s{turn}.gpkg")}
            with _Watched("dbscan") as watched:
                started = time.perf_counter()
                processing.run("outbreakatlas:dbscan", parameters)
                whole.append(time.perf_counter() - started)
            cores.append(sum(watched.seconds))
    more = median(whole) - median(cores)
    table.add("outbreakatlas:dbscan, a dataset", rows, median(whole), "its core", median(cores),
              goal="under 3 s more", note=f"{more:.2f} s more")


class _Watched:
    """Notes how long calls of a function of core take, while it is entered."""

    def __init__(self, name: str) -> None:
        from importlib import import_module

        self._name, self._module = name, import_module(f"outbreak_atlas.plugin.core.{name}")
        self._function = getattr(self._module, name)
        self.seconds: list[float] = []

    def __enter__(self) -> _Watched:
        setattr(self._module, self._name, self._timed)
        return self

    def __exit__(self, *_: object) -> None:
        setattr(self._module, self._name, self._function)
        if not self.seconds:
            raise SystemExit("the algorithm did not call its core")

    def _timed(self, *given: Any, **named: Any) -> Any:
        started = time.perf_counter()
        try:
            return self._function(*given, **named)
        finally:
            self.seconds.append(time.perf_counter() - started)


def _dataset(folder: Path, rows: int) -> Path:
    import processing
    from outbreak_atlas.plugin.core.sample.write import write_sample

    csv, output = folder / "sample.csv", folder / "sample.gpkg"
    write_sample(csv, rows=rows, places=rows * 3 // 80, cities=min(320, rows // 400))
    processing.run("outbreakatlas:loaddataset", {"INPUT": [str(csv)], "OUTPUT": str(output)})
    csv.unlink()
    return output


# Ours and theirs


def _ours(places: Any, weights: Any, eps_m: float) -> Any:
    from outbreak_atlas.plugin.core.dbscan import dbscan

    return dbscan(places, weights, eps_m, LEAST)


def _ours_in_time(places: Any, ms: Any) -> Any:
    from outbreak_atlas.plugin.core.stdbscan import stdbscan

    return stdbscan(places, ms, np.ones(len(ms)), 5_000.0, 7 * DAY_MS, LEAST)


def _sklearn(places: Any, weights: Any, eps_m: float) -> tuple[Any, Any]:
    """Labels, -1 for noise, and whether core."""
    from sklearn.cluster import DBSCAN

    model = DBSCAN(eps=eps_m, min_samples=LEAST).fit(places, sample_weight=weights)
    core = np.zeros(len(places), bool)
    core[model.core_sample_indices_] = True
    return model.labels_, core


def _merged(places: Any, weights: Any) -> tuple[Any, Any, Any]:
    """Distinct places, their weights, and the place of each row, by pandas."""
    import pandas as pd

    groups = pd.DataFrame({"x": places[:, 0], "y": places[:, 1], "w": weights}).groupby(["x", "y"], sort=False)
    sums = groups["w"].sum()
    return sums.index.to_frame().to_numpy(), sums.to_numpy(), groups.ngroup().to_numpy()


def _merge_and_sklearn(places: Any, weights: Any, eps_m: float) -> tuple[Any, Any]:
    merged, sums, row = _merged(places, weights)
    labels, core = _sklearn(merged, sums, eps_m)
    return labels[row], core[row]


def _native(name: str, layer: Any, eps_m: float) -> tuple[Any, int]:
    """A layer with CLUSTER_ID, NULL for noise, and the number of clusters."""
    import processing

    parameters = {"INPUT": layer, "EPS": eps_m, "MIN_SIZE": LEAST, "OUTPUT": "memory:"}
    if name == "stdbscan":
        parameters |= {"DATETIME_FIELD": "moment", "EPS2": 7 * DAY_MS}  # a bare number is milliseconds
    found = processing.run(f"native:{name}clustering", parameters)
    return found["OUTPUT"], found["NUM_CLUSTERS"]


def _layer(places: Any, ms: Any = None) -> Any:
    """A memory layer of the points, in metres."""
    from qgis.core import QgsFeature, QgsGeometry, QgsPointXY, QgsVectorLayer
    from qgis.PyQt.QtCore import QDateTime, Qt

    layer = QgsVectorLayer("Point?crs=EPSG:3857&field=n:integer&field=moment:datetime", "points", "memory")
    features = []
    for number, (x, y) in enumerate(places.tolist()):
        feature = QgsFeature(layer.fields())
        feature.setGeometry(QgsGeometry.fromPointXY(QgsPointXY(x, y)))
        moment = None if ms is None else QDateTime.fromMSecsSinceEpoch(int(ms[number]), Qt.TimeSpec.UTC)
        feature.setAttributes([number, moment])
        features.append(feature)
    layer.dataProvider().addFeatures(features)
    return layer


# Comparing and timing


def _in_turn(acts: Sequence[Callable[[], Any]], turns: int) -> tuple[list[Any], list[float]]:
    """What each returned last, and the median of the seconds."""
    seconds: list[list[float]] = [[] for _ in acts]
    found: list[Any] = [None] * len(acts)
    for _ in range(turns):
        for at, act in enumerate(acts):
            found[at] = None
            started = time.perf_counter()
            found[at] = act()
            seconds[at].append(time.perf_counter() - started)
    return found, [median(part) for part in seconds]


def _same_as_sklearn(ours: Any, theirs: tuple[Any, Any]) -> None:
    labels, core = theirs
    pairs = np.unique(np.stack([ours.cluster[core], labels[core]]), axis=1)
    same = np.array_equal(ours.core, core) and np.array_equal(ours.cluster == 0, labels < 0)
    if not same or len({*pairs[0]}) != pairs.shape[1] or len({*pairs[1]}) != pairs.shape[1]:
        raise SystemExit("scikit-learn finds other clusters")


def _same_when_merged(places: Any, ms: Any, ours: Any) -> None:
    """The rows' clusters are those of the distinct places and moments with weights."""
    from outbreak_atlas.plugin.core.stdbscan import stdbscan

    items, row, count = np.unique(
        np.column_stack([places, ms]), axis=0, return_inverse=True, return_counts=True)
    merged = stdbscan(items[:, :2], items[:, 2].astype(np.int64), count.astype(float), 5_000.0, 7 * DAY_MS, LEAST)
    if not np.array_equal(np.sort(merged.weights), np.sort(ours.weights)) or not np.array_equal(
            merged.core[row.reshape(-1)], ours.core):
        raise SystemExit("rows and merged rows are clustered differently")


def _same_as_native(ours: Any, theirs: tuple[Any, int]) -> None:
    """Noise and the partition of our core points: QGIS does not tell which points are core."""
    layer, count = theirs
    labels = np.full(len(ours.core), -1)
    for feature in layer.getFeatures():
        number, cluster = feature["n"], feature["CLUSTER_ID"]
        labels[number] = cluster if isinstance(cluster, int) else -1
    _same_as_sklearn(ours, (np.where(labels < 0, -1, labels), ours.core))
    if count != len(ours.weights):
        raise SystemExit(f"QGIS finds {count} clusters, ours {len(ours.weights)}")


def _times(peer_s: float, ours_s: float) -> str:
    return f"{peer_s / ours_s:.1f} times faster"


def _child(who: str, rows: int, eps_m: float) -> dict[str, float]:
    command = [sys.executable, __file__, "--alone", who, str(rows), str(eps_m)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{who} failed:\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _alone(who: str, rows: int, eps_m: float) -> dict[str, float]:
    """Seconds and peak memory of one clustering in a process of its own, without QGIS."""
    register_package()
    places, weights = points(rows), np.ones(rows)
    started = time.perf_counter()
    (_ours if who == "ours" else _sklearn)(places, weights, eps_m)
    seconds = time.perf_counter() - started
    return {"s": seconds, "peak_mb": _peak_mb()}


def _peak_mb() -> float:
    """Of this process. What `getrusage` tells begins with the memory of the process that started it (Linux)."""
    status = Path("/proc/self/status")
    if status.is_file():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="ascii").splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


PARTS = {"five": _measure_five, "one": _measure_one, "merged": _measure_merged, "globe": _measure_globe,
         "st-native": _measure_st_native, "st-own": _measure_st_own, "whole": _measure_whole}


if __name__ == "__main__":
    sys.exit(main())
