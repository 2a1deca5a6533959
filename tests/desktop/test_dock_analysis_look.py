"""Clusters and heat from the panel in the real program: layers in their order, nothing left by an unload at work."""
from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from harness import run_scenario

MAIN = "cn_city_updates/toutiao_city_updates.csv.gz"
WUHAN = ("湖北省", "武汉市")


def test_clusters_and_heat_from_the_panel(tmp_path: Path) -> None:
    outcome = run_scenario("scenario_dock_analysis", tmp_path, {"folder": str(tmp_path)})
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    assert notes["sentence"].startswith("Counted: new confirmed, 2020-")
    points, outlines, _dataset, heat = notes["layers"]
    assert "confirmed" in points and "confirmed" in outlines and heat.startswith("Heat of")
    assert "Added" in notes["message"]
    assert notes["seconds"] < 10 and notes["left"] == 0
    assert notes["dialogs left"] == notes["messages after"] == []
    assert notes["layers after"] in (4, 6, 7)


def grown(source: pd.DataFrame, city: tuple[str, str]) -> float:
    """New confirmed of a city from 2020-02-03 to 2020-02-16: its last number of these days less the last before."""
    rows = source[(source["province_zh"] == city[0]) & (source["city_zh"] == city[1])].sort_values("at", kind="stable")
    before = rows.loc[rows["at"] < pd.Timestamp("2020-02-03"), "confirmed"]
    return float(rows.loc[rows["at"] < pd.Timestamp("2020-02-17"), "confirmed"].iloc[-1]) - (
        float(before.iloc[-1]) if len(before) else 0.0)


@pytest.mark.slow
@pytest.mark.shared_data
def test_the_main_dataset(shared_data: Path, tmp_path: Path) -> None:
    """At 60 km Wuhan and the towns around it are one cluster, the first."""
    source = pd.read_csv(shared_data / MAIN, low_memory=False)
    source["at"] = pd.to_datetime(source["updateTime"], utc=True).dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)
    outcome = run_scenario("scenario_main_clusters", tmp_path, {
        "input": str(shared_data / MAIN), "output": str(tmp_path / "main.gpkg"), "km": 60})
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    # Blank where a filter that changed under a drawing left an empty picture in QGIS's cache.
    assert min(notes["circles after a preset"]) > 100
    assert "new confirmed, 2020-02-03 – 2020-02-16" in notes["sentence"]
    assert notes["suggested"].startswith("Suggested: ") and not notes["fields squeezed"]
    cities = [tuple(city) for city in notes["first cluster"]["cities"]]
    assert WUHAN in cities
    assert notes["first cluster"]["cases"] == sum(grown(source, city) for city in cities) > 40_000
    assert notes["outlines"]["1"] == notes["first cluster"]["cases"] == max(notes["outlines"].values())
    assert "on their days: 2020-02-06 – 2020-02-16" in notes["found"]
    assert notes["cancelled"] == ["Cancelled; no layer was added.", 3]
    assert "fits the map" in notes["heat"][0] and notes["heat"][1] in (50, 100, 200)
    names, kinds = zip(*notes["layers"])
    assert kinds == ("Vector", "Vector", "Vector", "Raster", "Raster") and names[2] == "main"
    assert names[0].startswith("Places in DBSCAN") and names[1].startswith("DBSCAN")
    assert all(name.startswith("Heat of new confirmed") for name in names[3:])
    seen = notes["seen"]
    assert [one["frame"] for one in seen] == [one["begin"] for one in seen] == [
        f"2020-02-{day:02d}" for day in range(7, 12)]
    assert [one["band"] for one in seen] == [5, 6, 7, 8, 9] and all(one["is drawn"] for one in seen)
    assert len({one["picture"] for one in seen}) == 5
