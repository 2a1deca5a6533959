"""Run by a test in a Python of its own: all algorithms that count cases, while some libraries are not found.

Arguments: a folder for results, then the names of the libraries. Prints what came out as JSON.
"""
from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / ".ci"), str(HERE)]


class Hide:
    """Whoever asks for one of the libraries is told that there is none."""

    def __init__(self, names: list[str]) -> None:
        self._names = names

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name.split(".")[0] in self._names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def main(folder: Path, hidden: list[str]) -> None:
    sys.meta_path.insert(0, Hide(hidden))
    from session import start_qgis

    keep = start_qgis(folder / "profile")
    print(json.dumps(results(folder)))
    del keep


def results(folder: Path) -> dict[str, object]:
    """What each algorithm gives of one layer of made points."""
    import numpy as np
    from heat_points import layer_of, scattered, values_of
    from qgis.core import QgsProject
    from small_files import run

    layer = layer_of(scattered(300, seed=11))
    QgsProject.instance().addMapLayer(layer)
    asked = {"INPUT": layer, "METRIC": "cases", "MIN_CASES": 60}
    found: dict[str, object] = {}
    for name, more in (("dbscan", {"EPS": 2500}), ("hdbscan", {}), ("stdbscan", {
            "EPS": 4000, "TIME_FIELD": "at", "EPS_TIME": 3, "EPS_TIME_UNIT": "days"})):
        done = run(name, **asked, **more, OUTPUT="TEMPORARY_OUTPUT", SUMMARY="TEMPORARY_OUTPUT")
        clusters = [feature["cluster_id"] for feature in done["OUTPUT"].getFeatures()]
        found[name] = [one if isinstance(one, int) else None for one in clusters]
        summary = done.get("SUMMARY")
        found[f"{name} areas"] = [round(one["area_km2"], 3) for one in summary.getFeatures()] if summary else None
    found["eps"] = run("suggesteps", **asked, OUTPUT_HTML=str(folder / "eps.html"))["EPS"]
    page = (folder / "eps.html").read_text(encoding="utf-8")
    found["picture"] = "<svg" in page or "data:image" in page
    asked = {"INPUT": layer, "METRIC": "cases", "RADIUS": 5000, "CELL_SIZE": 1000, "TIME_FIELD": "at"}
    for name, more in (("heatmap", {}), ("heatmapseries", {"STEP": "day", "WINDOW": 3})):
        path = run(name, **asked, **more, OUTPUT=str(folder / f"{name}.tif"))["OUTPUT"]
        bands = [values_of(path, band) for band in ((1,) if name == "heatmap" else (1, 4, 9))]
        found[name] = [[float(band.sum()), float(band.max()), int(np.argmax(band))] for band in bands]
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
