"""The menu Publish in the real program: a layout, a film, and nothing left of either when the plugin goes."""
from __future__ import annotations

from pathlib import Path

from harness import run_scenario


def test_layouts_and_films_are_made_in_the_program(tmp_path: Path) -> None:
    outcome = run_scenario("scenario_publishing", tmp_path, {"folder": str(tmp_path)})
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    assert notes["offered without a dataset"] is False
    assert "A4 report, landscape" in notes["templates"] and "Atlas by city, A4" not in notes["templates"]
    assert len(notes["layouts"]) == notes["private layers"] == 1
    assert notes["sent to"] == [*notes["layouts"], "Move its &map too"]
    assert notes["film of"][0] == "The map as it is now" and f"Layout “{notes['layouts'][0]}”" in notes["film of"]
    assert "frames, plays" in notes["summary"]
    assert notes["fits"] == [True, True] and notes["cut"] == [] and notes["without a name"] == []
    expected = ["subjectCombo", "titleEdit", "fromEdit", "toEdit", "stepCombo", "fpsSpin", "presetCombo", "widthSpin",
                "heightSpin", "formatCombo", "outputEdit"]
    assert notes["keys"][:len(expected)] == expected and "frameSlider" in notes["keys"]
    assert "Film made: 10 frames" in notes["told"] and notes["film"] > 1000
    assert "never.mp4" in notes["at work"] and notes["tasks at work"] >= 1
    assert notes["left"] == [] and notes["tasks left"] == 0 and notes["menus left"] == []
    assert notes["layouts after"] == notes["layouts"] and notes["private layers after"] == 1
