"""The dialog at several scales, in the light and in a dark theme: nothing is cut off."""
from __future__ import annotations

from pathlib import Path

import pytest
from harness import run_scenario

ROWS = (
    "time,city,province,lon,lat,confirmed,deaths,remark\n"
    "soon,Wuhan,Hubei,114.3,30.6,1,1,\n2020-02-16,Elsewhere,Hubei,,,4,0,\n"
) + "".join(
    f"2020-02-{day:02}T08:00:00+08:00,{city},Hubei,{lon},{lat},{day * 10},{day},as reported\n"
    for day in range(1, 15) for city, lon, lat in (("Wuhan", 114.3, 30.6), ("Huanggang", 114.87, 30.45)))


@pytest.mark.parametrize(("scale", "theme"), [("1", "default"), ("1.5", "Night Mapping"), ("2", "default")])
def test_nothing_is_cut_off(tmp_path: Path, scale: str, theme: str) -> None:
    reports = tmp_path / "reports.csv"
    reports.write_text(ROWS, encoding="utf-8")
    arguments = {"file": str(reports), "name": f"{scale}_{theme.split()[0].lower()}", "theme": theme}
    outcome = run_scenario("scenario_dialog_look", tmp_path, arguments, {"QT_SCALE_FACTOR": scale})
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    assert notes["scale"] == pytest.approx(float(scale), rel=0.05)
    assert notes["cut"] == []
    assert notes["fits"]
    assert notes["texts"] > 90
    assert "at least one file" in notes["hint"]
