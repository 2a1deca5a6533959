"""The dock at 300 pixels, at several scales and in two themes: nothing is cut off, nothing jumps, keys reach all."""
from __future__ import annotations

from pathlib import Path

import pytest
from harness import run_scenario

ORDER = [
    "datasetCombo", "helpButton", "metricCombo", "heatButton", "firstButton", "previousButton", "playButton",
    "nextButton", "lastButton", "loopButton", "speedSpin", "labelButton", "positionEdit", "stepCombo", "epiCurve",
    "fromEdit", "toEdit", "presetButton", "citySearch", "area_all_button", "area_none_button", "area_invert_button",
    "area_zoom_button", "cityTree", "kindCombo", "minimumSpin", "flaggedCheck", "clusterButton", "heatmapButton",
    "viewsButton", "publishButton", "resetButton",
]


@pytest.mark.parametrize(("scale", "theme", "step"), [
    ("1", "default", "hour"), ("1", "Night Mapping", "day"), ("1.25", "default", "week"), ("2", "default", "day"),
    ("2", "Night Mapping", "hour"),
])
def test_the_narrow_dock_can_be_read_and_used_by_keys(tmp_path: Path, scale: str, theme: str, step: str) -> None:
    name = f"{scale}_{theme.split()[0].lower()}_{step}"
    arguments = {"name": name, "theme": theme, "folder": str(tmp_path), "step": step}
    outcome = run_scenario("scenario_dock_look", tmp_path, arguments, {"QT_SCALE_FACTOR": scale})
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    assert notes["scale"] == pytest.approx(float(scale), rel=0.05)
    assert notes["width"] <= 305
    assert notes["beyond the edge"] <= 0
    assert notes["cut"] == [] and not notes["title cut"]
    assert notes["curve"] > 90
    assert "Ope&n dataset…" in notes["empty"] and "S&ample dataset" in notes["empty"]
    assert notes["without a tip"] == notes["without a name"] == []
    assert {"metricCombo", "fromEdit", "cityTree", "resetButton"} <= set(notes["interactive"])
    for page in ("letters", "letters of the empty page"):
        assert len(notes[page]) == len(set(notes[page])) > 1
        assert set(notes[page]).isdisjoint(notes["letters of the menus"])
    assert notes["tab order"] == ORDER
    assert notes["focus"] == "citySearch"
    assert len(notes["heights"]) == 1
    assert notes["typed"][0] == notes["typed"][1]
    assert " confirmed" in notes["sentence"] and "<" not in notes["sentence"]
