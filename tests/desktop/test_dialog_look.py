"""The dialog at several scales, in the light and in a dark theme: nothing is cut off."""
from __future__ import annotations

from pathlib import Path

import pytest
from harness import run_scenario


@pytest.mark.parametrize(("scale", "theme"), [("1", "default"), ("1.5", "Night Mapping"), ("2", "default")])
def test_nothing_is_cut_off(tmp_path: Path, scale: str, theme: str) -> None:
    arguments = {"name": f"{scale}_{theme.split()[0].lower()}", "theme": theme}
    outcome = run_scenario("scenario_dialog_look", tmp_path, arguments, {"QT_SCALE_FACTOR": scale})
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    assert notes["scale"] == pytest.approx(float(scale), rel=0.05)
    assert notes["cut"] == []
    assert notes["fits"]
    assert "at least one file" in notes["hint"]
