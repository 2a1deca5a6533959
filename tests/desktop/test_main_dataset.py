"""The main dataset in the real program: opened through the dialog, played, closed."""
from __future__ import annotations

from pathlib import Path

import pytest
from harness import ROOT, SCREENSHOTS, run_scenario

#: By then the message bar tells how long a load will still take.
FORECAST_S = 4.0


@pytest.mark.shared_data
def test_open_play_and_quit(tmp_path: Path, shared_data: Path) -> None:
    source = shared_data / "cn_city_updates" / "toutiao_city_updates.csv.gz"
    # Not below the folder for temporary files: QGIS would ask about layers there before it quits.
    output = ROOT / "build" / "desktop" / "main.gpkg"
    output.parent.mkdir(parents=True, exist_ok=True)
    outcome = run_scenario("scenario_main_dataset", tmp_path, {"input": str(source), "output": str(output)})
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    assert (notes["ready at first"], notes["rows seen"]) == (False, 50)
    assert "Loading toutiao_city_updates.csv.gz" in notes["loading"]
    # A load that ends within the seconds in which any forecast would be a guess shows none.
    assert "about " in notes["loading"] or notes["loading seconds"] < FORECAST_S
    if "about " in notes["loading"]:
        assert any(0 < share < 100 for share in notes["shares"])
    assert notes["groups"] == ["Outbreak Atlas"]
    assert notes["layers"] == ["main", "World map"]
    assert "756,185 rows read" in notes["message"]
    assert notes["crs"] == "EPSG:3857"
    assert notes["frame count"] == 90
    frames = notes["frames"]
    # The first frame is shown when the layer is opened; playing goes on from there.
    assert [begin for begin, _count, _sum in frames] == [f"2020-02-{day:02} 00:00" for day in range(2, 12)]
    totals = [total for _begin, _count, total in frames]
    assert totals == sorted(totals)
    assert totals[0] < totals[-1]
    for name in ("open_dialog", "loading", "opened", "played"):
        assert (SCREENSHOTS / f"{name}.png").stat().st_size > 10_000
