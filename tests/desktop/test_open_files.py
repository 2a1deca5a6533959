"""Opening files in the real program: one clear sentence for each mistake, the details in the log."""
from __future__ import annotations

from pathlib import Path

from harness import ROOT, run_scenario

GOOD = (
    "time,city,province,lon,lat,confirmed\n"
    "2020-02-03T08:00:00+08:00,Wuhan,Hubei,114.30,30.60,100\n"
    "2020-02-04T08:00:00+08:00,Wuhan,Hubei,114.30,30.60,150\n"
)


def test_mistakes_and_finished_datasets(tmp_path: Path) -> None:
    folder = ROOT / "build" / "desktop" / "open_files"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.*"):
        old.unlink()
    bad, good, output = folder / "bad.csv", folder / "good.csv", folder / "out.gpkg"
    second, other = folder / "good too.csv", folder / "flowers.csv"
    second.write_text(GOOD.replace("2020-02-0", "2020-03-0"), encoding="utf-8")
    other.write_text("name,colour\nrose,red\n", encoding="utf-8")
    bad.write_text("city,lon,lat,confirmed\nWuhan,114.3,30.6,5\n", encoding="utf-8")
    good.write_text(GOOD, encoding="utf-8")
    outcome = run_scenario("scenario_open_files", tmp_path, {
        "bad": str(bad), "good": str(good), "output": str(output), "second": str(second), "other": str(other)})
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert notes["proposed"] == str(folder / "bad.gpkg")
    assert "“bad.csv” has no" in notes["bad"] or "date" in notes["bad"]
    assert "Traceback" not in notes["bad"]
    assert "no column with dates" in notes["status"]
    assert any("Change" in text for text in notes["again"])
    assert not (folder / "bad.gpkg").exists()
    assert "2 rows read" in notes["good"]
    assert "Report" in notes["report button"]
    assert "open in this project" in notes["output open"]
    assert notes["append offered"]
    assert "rows read: 4" in notes["appended"]
    assert notes["loaded again"] == notes["appended"]
    assert notes["finished"] == ["out", "World map"]
    assert "2 files, “good.csv” among them" in notes["asked"]
    assert notes["dropped"] == ["good.csv", "good too.csv"]
    assert len(notes["left to QGIS"]) == 1
    assert notes["cancelled"] == 0
    assert notes["other"] == ["flowers"]
    assert notes["dataset dropped"] == ["out", "World map"]
    assert not any("Traceback" in text for _tag, _level, text in outcome.messages)
