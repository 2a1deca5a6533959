"""`./run bench dock`: what a person waits for in the dock, on the sample of 640,000 changes.

A map of 1200 x 900 with the dock beside it, all parts as in the plugin, drawn off screen. Each figure is the median of
several turns, wall-clock time, debouncing included; the peer is measured in the same run, in turn with ours:

- tick a city: from the tick to map, curve, totals and counts being there; peer: drawing a memory layer of the city's
  rows (all its states, same symbols, same frame) in the same canvas; noted beside it: of only the rows that the frame
  draws, without time;
- brush: from the mouse's move to curve, totals and counts; the map is frozen, as QGIS draws it in the background;
- metric: from the choice to the drawn map; peer: the same layer drawn once more;
- 84 frames, each waited for until it is drawn; peer: the Temporal Controller by itself, the dock closed;
- opening: from an empty dock to totals, tree and curve, in a process of its own that has loaded neither pandas nor
  matplotlib; at 64,000 and 640,000 rows (peer: the smaller one), and once more in the same process.
"""
from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from harness import ROOT, Table, start

sys.path.insert(0, str(ROOT / "tests" / "qgis"))
DAY_MS = 86_400_000
MIDDLE_MS = 1_584_230_400_000  # 2020-03-15
FRAMES = 84


def main() -> int:
    """Run all measurements, or (`--open`) one opening for the measurement that asked for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small data, one turn: does it still run?")
    parser.add_argument("--open", metavar="FILE", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    application = start()
    if asked.open:
        print(json.dumps(_open_once(Path(asked.open))))
    else:
        table = Table("dock", smoke=asked.smoke)
        with tempfile.TemporaryDirectory(prefix="atlas-bench-", dir=ROOT / "build") as folder:
            _measure(table, Path(folder), asked.smoke)
        table.close()
    sys.stdout.flush()
    del application
    return 0


def _measure(table: Table, folder: Path, smoke: bool) -> None:
    rows, places, turns = (6_000, 300, 1) if smoke else (640_000, 24_000, 7)
    dataset = _dataset(folder, rows, places)
    from dock_stage import DockStage
    from qgis.core import QgsProject

    with DockStage() as stage:
        layer = stage.open(dataset)
        stage.go_to(MIDDLE_MS)
        _measure_ticks(table, stage, layer, rows, turns)
        _measure_brush(table, stage, rows, turns)
        _measure_metric(table, stage, layer, rows, turns)
        _measure_curve(table, stage, rows, turns)
    QgsProject.instance().clear()
    _measure_frames(table, dataset, rows, 5 if smoke else FRAMES)
    QgsProject.instance().clear()
    _measure_opening(table, dataset, _dataset(folder, rows // 10, places), rows, 1 if smoke else 3)


def _dataset(folder: Path, rows: int, places: int) -> Path:
    import processing
    from outbreak_atlas.plugin.core.sample.write import write_sample

    csv, output = folder / f"sample_{rows}.csv", folder / f"sample_{rows}.gpkg"
    write_sample(csv, rows=rows, places=places, cities=min(320, places // 5))
    processing.run("outbreakatlas:loaddataset", {"INPUT": [str(csv)], "OUTPUT": str(output)})
    csv.unlink()
    return output


# One city


def _measure_ticks(table: Table, stage: Any, layer: Any, rows: int, turns: int) -> None:
    memories = {city: _memory_layer(layer, city) for city in _cities(stage)}
    for city, memory in memories.items():
        ours, peer = [], []
        for _ in range(turns):
            _tick_none(stage)
            ours.append(_until_drawn(stage, lambda city=city: stage.tick(city)))
            peer.append(_drawn_alone(stage, memory))
        _same_rows(stage, layer, memory)
        alone = _frame_alone(stage, memory)
        strict = median(_drawn_alone(stage, alone) for _ in range(turns))
        note = (f"{memory.featureCount():,} rows; goal in all under 0.3 s; a memory layer of just the "
                f"{alone.featureCount():,} rows of this frame {strict:.3f} s")
        table.add(f"tick {city[-1]}", rows, median(ours), "memory layer drawn", median(peer), goal="under 2", note=note)
    stage.dock.resetButton.click()
    stage.settle()
    stage.go_to(MIDDLE_MS)


def _cities(stage: Any) -> list[tuple[str, ...]]:
    """The largest, the second, and one in the middle by cases."""
    summary = stage.session.whole
    from outbreak_atlas.plugin.core.series import area_counts

    counts = area_counts(summary, stage.session.state, MIDDLE_MS + DAY_MS)
    order = (-counts).argsort()
    return [summary.groups.areas[order[at]] for at in (0, 1, len(order) // 2)]


def _memory_layer(layer: Any, city: tuple[str, ...]) -> Any:
    from outbreak_atlas.plugin.bridge.temporal import set_layer_time
    from qgis.core import QgsFeatureRequest

    where = " AND ".join(f"\"{name}\" = '{value}'" for name, value in zip(("province", "city"), city[-2:]))
    memory = layer.materialize(QgsFeatureRequest().setFilterExpression(where))
    memory.setRenderer(layer.renderer().clone())
    set_layer_time(memory)
    return memory


def _frame_alone(stage: Any, memory: Any) -> Any:
    """What one frame draws of a memory layer, without time: what no layer that plays can be as fast as."""
    from dock_stage import drawn_rows
    from qgis.core import QgsFeatureRequest

    ids = [row.id() for row in drawn_rows(memory, stage.canvas)]
    alone = memory.materialize(QgsFeatureRequest().setFilterFids(ids))
    alone.setRenderer(memory.renderer().clone())
    return alone


def _tick_none(stage: Any) -> None:
    stage.dock.cityTree.model().set_checked(frozenset())
    stage.controller.apply()
    stage.settle()


def _drawn_alone(stage: Any, memory: Any) -> float:
    """The memory layer in place of ours, above the same world map, drawn a second time."""
    shown = stage.canvas.layers()
    stage.bridge.setAutoSetupOnFirstLayer(False)
    stage.canvas.setLayers([memory, *shown[1:]])
    stage.settle()
    seconds = _until_drawn(stage, memory.triggerRepaint)
    stage.canvas.setLayers(shown)
    stage.settle()
    return seconds


def _same_rows(stage: Any, layer: Any, memory: Any) -> None:
    from dock_stage import drawn_rows

    ours, peers = (sum(row["confirmed"] or 0 for row in drawn_rows(one, stage.canvas)) for one in (layer, memory))
    if ours != peers:
        raise SystemExit(f"not the same rows: {ours} and {peers}")


# Brush, metric, curve


def _measure_brush(table: Table, stage: Any, rows: int, turns: int) -> None:
    shape, seconds = stage.session.shape, []
    stage.canvas.freeze(True)
    for turn in range(3 * turns):
        begin = shape.begin_ms + (5 + turn) * DAY_MS
        end = shape.end_ms - DAY_MS
        started = time.perf_counter()
        stage.dock.epiCurve.range_chosen.emit(begin, end)
        stage.wait_for(lambda begin=begin: stage.session.state.begin_ms == begin)
        seconds.append(time.perf_counter() - started)
    stage.canvas.freeze(False)
    stage.dock.resetButton.click()
    stage.settle()
    stage.go_to(MIDDLE_MS)
    table.add("move the brush", rows, median(seconds), "", None, goal="under 0.05 s")


def _measure_metric(table: Table, stage: Any, layer: Any, rows: int, turns: int) -> None:
    combo = stage.dock.metricCombo
    for metric in ("deaths", "new_confirmed"):
        ours, peer = [], []
        for _ in range(turns):
            _choose(stage, "confirmed")
            ours.append(_until_drawn(stage, lambda metric=metric: combo.setCurrentIndex(combo.findData(metric))))
            peer.append(_until_drawn(stage, layer.triggerRepaint))
        added = f"{1000 * (median(ours) - median(peer)):.0f} ms more than a frame"
        table.add(f"metric: {metric}", rows, median(ours), "a frame", median(peer), goal="a frame + 50 ms", note=added)
    _choose(stage, "confirmed")


def _choose(stage: Any, metric: str) -> None:
    combo = stage.dock.metricCombo
    combo.setCurrentIndex(combo.findData(metric))
    stage.wait_for(lambda: not stage.controller.is_waiting)
    stage.settle()


def _measure_curve(table: Table, stage: Any, rows: int, turns: int) -> None:
    """From the filter to the painted curve."""
    from outbreak_atlas.plugin.core.series import Selection

    session, curve, seconds = stage.session, stage.dock.epiCurve, []
    for _ in range(3 * turns):
        started = time.perf_counter()
        made = Selection(session.whole, session.state).curve(session.shape.begin_ms, session.shape.end_ms)
        curve.show_curve(made)
        curve.canvas.grab()
        seconds.append(time.perf_counter() - started)
    table.add("curve summed and drawn", rows, median(seconds), "", None, goal="under 0.1 s")


# Frames


def _measure_frames(table: Table, dataset: Path, rows: int, frames: int) -> None:
    """Ours and the plain controller in turn, twice; the better of each."""
    from dock_stage import DockStage
    from outbreak_atlas.plugin.bridge.layers import add_to_project

    ours, peer = [], []
    with DockStage() as stage:
        stage.open(dataset)
        for _ in range(2):
            ours.append(sum(_frames(stage, frames)))
    from qgis.core import QgsProject

    QgsProject.instance().clear()
    with DockStage(with_dock=False) as stage:
        add_to_project(stage.project, dataset, stage.canvas)
        stage.settle()
        for _ in range(2):
            peer.append(sum(_frames(stage, frames)))
    table.add(f"{frames} frames", rows, min(ours), "Temporal Controller alone", min(peer), goal="at most 1.2")


def _frames(stage: Any, frames: int) -> Iterator[float]:
    controller = stage.canvas.temporalController()
    controller.rewindToStart()
    stage.settle()
    for _ in range(frames):
        yield _until_drawn(stage, controller.next)


def _until_drawn(stage: Any, act: Callable[[], object]) -> float:
    """Seconds until the map is drawn and the dock has told all."""
    drawn: list[float] = []
    connection = stage.canvas.mapCanvasRefreshed.connect(lambda: drawn.append(time.perf_counter()))
    started = time.perf_counter()
    act()
    stage.wait_for(lambda: bool(drawn) and not stage.canvas.isDrawing() and stage.has_told())
    seconds = time.perf_counter() - started
    stage.canvas.mapCanvasRefreshed.disconnect(connection)
    stage.settle()
    return seconds


# Opening


def _measure_opening(table: Table, dataset: Path, smaller: Path, rows: int, turns: int) -> None:
    runs = {path: [_child(path) for _ in range(turns)] for path in (dataset, smaller)}
    large, small = ({key: median(run[key] for run in runs[path]) for key in runs[path][0]} for path in runs)
    note = f"again in the same process {large['again']:.3f} s"
    table.add("open the dock", rows, large["first"], f"the same with {rows // 10:,} rows", small["first"],
              goal="under 1 s, and as fast as with fewer rows", note=note)


def _child(path: Path) -> dict[str, float]:
    done = subprocess.run([sys.executable, __file__, "--open", str(path)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"opening failed:\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _open_once(path: Path) -> dict[str, float]:
    """The layer is in the project; the dock is made, shown and waited for."""
    from dock_stage import DockStage
    from outbreak_atlas.plugin.bridge.layers import add_to_project
    from qgis.core import QgsProject

    found = {}
    add_to_project(QgsProject.instance(), path)
    for name in ("first", "again"):
        started = time.perf_counter()
        with DockStage() as stage:
            stage.wait_for(stage.has_opened)
            found[name] = time.perf_counter() - started
    return found


if __name__ == "__main__":
    sys.exit(main())
