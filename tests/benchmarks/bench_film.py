"""`./run bench film`: films of the sample's first 84 days at 1920×1080, from frames to the finished MP4, against QGIS.

Peers: for the bare map `QgsTemporalUtils.exportAnimation` on the same layers, for a layout one image of
`QgsLayoutExporter` a frame; then ffmpeg on their PNGs with our own encoding. Each film is made in a process of its own,
ours and the peer's in turn, on a file that was just read (warm disk cache); medians of three. The time begins when the
layer is open and ends with the finished film. Peak memory is that of the process without ffmpeg.
"""
from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from harness import ROOT, Table, start

FPS, CRF = 12.0, 18
FRAMES, FEW = 84, 20


def main() -> int:
    """Run all measurements, or (`--one`) a single film for the measurement that asked for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small data, one repeat: does it still run?")
    parser.add_argument("--one", nargs=2, metavar=("KIND", "JOB"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        return _one(asked.one[0], json.loads(asked.one[1]))
    table = Table("film", smoke=asked.smoke)
    if shutil.which("ffmpeg") is None:
        raise SystemExit("ffmpeg is not installed: both sides need it for the MP4.")
    with tempfile.TemporaryDirectory(prefix="atlas-bench-", dir=ROOT / "build") as folder:
        _measure(table, Path(folder), asked.smoke)
    table.close()
    return 0


def _measure(table: Table, folder: Path, smoke: bool) -> None:
    rows, places = (6_000, 300) if smoke else (640_000, 24_000)
    size, count, few = ((320, 180), 4, 2) if smoke else ((1920, 1080), FRAMES, FEW)
    dataset = {"dataset": str(folder / "sample.gpkg"), "folder": str(folder)}
    _child("dataset", {**dataset, "rows": rows, "places": places})
    job = {**dataset, "width": size[0], "height": size[1], "count": count}
    for what, peer, goal in (
        ("map", "QgsTemporalUtils.exportAnimation, ffmpeg", "at most 0.5"),
        ("layout", "QgsLayoutExporter an image a frame, ffmpeg", "at most 0.667"),
    ):
        ours, theirs = _in_turn((f"our_{what}", f"peer_{what}"), job, 1 if smoke else 3)
        table.add(f"film: {what}, {size[0]}x{size[1]}", count, ours["seconds"], peer, theirs["seconds"], goal=goal,
                  peak_mb=ours["peak_mb"], note=f"peer's peak {theirs['peak_mb']:.0f} MB")
        short = _child(f"our_{what}", {**job, "count": few})
        table.add(f"memory: {what}, {few} frames", few, short["seconds"], f"ours with {count}", None,
                  goal="does not grow with the frames", peak_mb=short["peak_mb"],
                  note=f"with {count} frames {ours['peak_mb'] / short['peak_mb']:.2f} times as much")


def _make_dataset(job: dict[str, Any]) -> int:
    """In a process of its own too: a process begins with the peak memory of the one that started it."""
    keep = start()
    import processing
    from outbreak_atlas.plugin.core.sample.write import write_sample

    csv = Path(job["folder"]) / "sample.csv"
    write_sample(csv, rows=job["rows"], places=job["places"], cities=min(320, job["places"] // 5))
    processing.run("outbreakatlas:loaddataset", {"INPUT": [str(csv)], "KEEP_UNCHANGED": True, "OUTPUT": job["dataset"]})
    print(json.dumps({}))
    sys.stdout.flush()
    del keep
    return 0


def _in_turn(kinds: tuple[str, ...], job: dict[str, Any], repeats: int) -> list[dict[str, float]]:
    """Medians of each kind's runs, one of each after the other."""
    runs = [[_child(kind, job) for kind in kinds] for _ in range(repeats)]
    return [{key: median(run[key] for run in of_kind) for key in of_kind[0]} for of_kind in zip(*runs)]


def _child(kind: str, job: dict[str, Any]) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", kind, json.dumps(job)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{kind} failed ({done.returncode}):\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def _one(kind: str, job: dict[str, Any]) -> int:
    if kind == "dataset":
        return _make_dataset(job)
    keep = start()
    target = Path(job["folder"]) / f"{kind}.mp4"
    target.unlink(missing_ok=True)
    stage = _Stage(job)
    begin = time.perf_counter()
    side, what = kind.split("_")
    if side == "our":
        stage.film(what, target)
    else:
        stage.peer(what, target)
    seconds = time.perf_counter() - begin
    if not target.is_file():
        raise SystemExit(f"{kind} made no film.")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb}))
    sys.stdout.flush()
    stage.close()
    del keep
    return 0


class _Stage:
    """A dataset over the world map, and its frames."""

    def __init__(self, job: dict[str, Any]) -> None:
        from outbreak_atlas.plugin.bridge.layers import open_layer
        from outbreak_atlas.plugin.bridge.story import read_story
        from outbreak_atlas.plugin.core.frames import frames_between
        from outbreak_atlas.plugin.export.scenes import scene_of_project
        from qgis.core import QgsProject
        from qgis.PyQt.QtCore import QSize

        self.project = QgsProject.instance()
        self.scene = scene_of_project(self.project, open_layer(Path(job["dataset"])))
        for layer in self.scene.layers:
            self.project.addMapLayer(layer, False)
        self.story = read_story(self.scene.dataset, None, None)
        self.frames = frames_between(self.story.played, None, None, None)[:job["count"]]
        self.size = QSize(job["width"], job["height"])
        self.folder = Path(tempfile.mkdtemp(dir=job["folder"]))

    def close(self) -> None:
        shutil.rmtree(self.folder)
        self.project.clear()

    def layout(self) -> Any:
        from outbreak_atlas.plugin.export.layouts import Wanted, make_layout
        from outbreak_atlas.plugin.export.templates import find_template

        layout = make_layout(self.project, Wanted(
            find_template("film_16x9"), self.scene, self.story, self.frames[0], "Benchmark"))
        self.project.layoutManager().addLayout(layout)
        return layout

    def film(self, what: str, target: Path) -> None:
        """Ours."""
        from outbreak_atlas.plugin.export.film import Film
        from outbreak_atlas.plugin.export.film_plan import FilmPlan
        from outbreak_atlas.plugin.export.frame_layouts import LayoutFrames
        from outbreak_atlas.plugin.export.frame_maps import MapFrames
        from qgis.PyQt.QtCore import QEventLoop

        maker = (MapFrames(self.scene, self.size, self.frames, label=False) if what == "map"
                 else LayoutFrames(self.layout(), self.size, self.frames))
        film, loop, said = Film(maker, FilmPlan(target, "mp4", FPS, "benchmark", CRF)), QEventLoop(), []
        film.finished.connect(lambda _made: loop.quit())
        film.failed.connect(lambda sentence: (said.append(sentence), loop.quit()))
        film.start()
        loop.exec()
        maker.stop()
        if said:
            raise SystemExit(said[0])

    def peer(self, what: str, target: Path) -> None:
        """QGIS alone, then ffmpeg."""
        from outbreak_atlas.plugin.export.ffmpeg import arguments_for_files

        if what == "map":
            self._animation()
        else:
            self._pages()
        command = ["ffmpeg", "-loglevel", "error", *arguments_for_files(self.folder / "%04d.png", FPS, CRF, target)]
        subprocess.run(command, check=True)

    def _animation(self) -> None:
        from outbreak_atlas.plugin.bridge.temporal import as_utc
        from outbreak_atlas.plugin.export.frame_settings import scene_settings
        from qgis.core import Qgis, QgsDateTimeRange, QgsInterval, QgsTemporalUtils

        settings = QgsTemporalUtils.AnimationExportSettings()
        first, last = as_utc(self.frames[0].begin_ms), as_utc(self.frames[-1].end_ms)
        settings.animationRange = QgsDateTimeRange(first, last, True, False)
        settings.frameDuration = QgsInterval(1, Qgis.TemporalUnit.Days)
        settings.outputDirectory, settings.fileNameTemplate = str(self.folder), "####.png"
        done, problem = QgsTemporalUtils.exportAnimation(scene_settings(self.scene, self.size), settings, None)
        if not done:
            raise SystemExit(problem)
        for extra in sorted(self.folder.glob("*.png"))[len(self.frames):]:  # QGIS may count the end as a frame
            extra.unlink()

    def _pages(self) -> None:
        from outbreak_atlas.plugin.export.layouts import show_frame
        from qgis.core import QgsLayoutExporter

        layout = self.layout()
        settings = QgsLayoutExporter.ImageExportSettings()
        settings.imageSize, settings.generateWorldFile = self.size, False
        for frame in self.frames:
            show_frame(layout, frame)
            QgsLayoutExporter(layout).exportToImage(str(self.folder / f"{frame.number:04d}.png"), settings)


if __name__ == "__main__":
    sys.exit(main())
