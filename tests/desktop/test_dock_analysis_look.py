"""Clusters and heat from the panel in the real program: layers in their order, nothing left by an unload at work."""
from __future__ import annotations

from pathlib import Path

from harness import run_scenario


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
