"""The sample dataset in the real program, and a saved project that opens playing."""
from __future__ import annotations

import pytest
from harness import ROOT, run_scenario


@pytest.mark.slow
@pytest.mark.parametrize("zone", ["America/New_York"])
def test_sample_and_saved_project(zone: str) -> None:
    project = ROOT / "build" / "desktop" / "sample.qgz"
    project.parent.mkdir(parents=True, exist_ok=True)
    profile = ROOT / "build" / "desktop" / "sample_profile"
    profile.mkdir(parents=True, exist_ok=True)
    outcome = run_scenario("scenario_sample", profile, {"project": str(project)}, {"TZ": zone})
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    assert notes["layers"] == ["outbreak (synthetic sample)", "World map"]
    assert "Synthetic data. 640,000 rows read" in notes["message"]
    assert "open already" in notes["second time"]
    assert notes["saved"]
    assert notes["mode"] == 1
    assert notes["extents"] == ["2020-02-03T00:00:00Z", "2020-05-01T00:00:00Z"]
    assert notes["frames"] == 88
