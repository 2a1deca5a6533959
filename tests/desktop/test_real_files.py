"""The dialog in the real program with five real files: what it shows before and after a load."""
from __future__ import annotations

from pathlib import Path

import pytest
from harness import ROOT, SCREENSHOTS, run_scenario


@pytest.mark.shared_data
def test_five_real_files_are_previewed_and_loaded(tmp_path: Path, shared_data: Path) -> None:
    folder = ROOT / "build" / "desktop" / "real_files"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.*"):
        old.unlink()
    italy = sorted(map(str, (shared_data / "it_provinces_daily").glob("*.csv")))
    main = str(shared_data / "cn_city_updates" / "toutiao_city_updates.csv.gz")
    prisons = str(shared_data / "us_carceral_facilities" / "facility_counts_snapshots.csv.gz")
    turns = [
        {"name": "main", "files": [main], "datum": "GCJ02"},
        {"name": "italy", "files": italy, "output": str(folder / "italy.gpkg")},
        {"name": "prisons", "files": [prisons]},
        {"name": "visits", "files": [str(shared_data / "cn_case_visits_2020" / "place_visits.csv.gz")], "year": 2020},
        {"name": "workbook", "files": [str(shared_data / "cn_official_daily" / "china_provincedata.xlsx")],
         "gazetteer": str(shared_data / "cn_gazetteer" / "cn_adcode_gazetteer.csv"),
         "output": str(folder / "workbook.gpkg")},
        {"name": "italy_again", "files": italy},
    ]
    outcome = run_scenario("scenario_real_files", tmp_path, {"turns": turns})
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    for turn in turns:
        seen = notes[turn["name"]]
        assert seen["rows"] == 50
        assert "time" in seen["roles"].values(), turn["name"]
        assert seen["seconds"] < 5
        assert seen["layers"] == 2, turn["name"]
        assert "Points: " in seen["map"]
        assert (SCREENSHOTS / f"preview_{turn['name']}.png").stat().st_size > 10_000
    assert notes["main"]["roles"]["confirmed"] == "confirmed"
    assert notes["main"]["zone"] == "auto: Asia/Shanghai"
    assert "running totals" in notes["main"]["counts"]
    assert "67 files" in notes["italy"]["status"]
    assert "events" in notes["visits"]["counts"]
    assert notes["workbook"]["roles"]["provinceName"] == "province"
    assert "8,576 rows read" in notes["italy loaded"]
    assert "Report" in notes["italy buttons"]
    assert "5,534 rows read" in notes["workbook loaded"]
    assert [notes[name]["remembered"] for name in ("italy", "italy_again")] == [False, True]
