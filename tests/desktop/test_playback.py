"""Playback and the date label in the real program: seen, followed, exported, taken away."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest
from harness import ROOT, run_scenario

sys.path.insert(0, str(ROOT / "tests" / "qgis"))

from small_files import write_reports


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_plays_with_the_date_on_the_map(tmp_path: Path, zone: str) -> None:
    write_reports(tmp_path / "reports.csv")
    outcome = run_scenario("scenario_playback", tmp_path, {"folder": str(tmp_path)}, {"TZ": zone})
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    assert notes["shown"]
    assert notes["seen"]
    assert not notes["dirty"]
    assert notes["ours"] == [-2, -1, 0]
    assert notes["native"] == [-3, -2, -1, 0]
    assert notes["labels"] == 3
    assert notes["slider"] == 1
    assert notes["number"] == 3
    assert notes["loop box"]
    assert notes["kept"] == 3
    assert notes["exported"] == [1, 4, 4]
    assert notes["all dates"]
    assert notes["gone"]
