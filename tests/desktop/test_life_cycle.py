"""The plugin in the real program: loads, unloads without a trace, and lives without pandas."""
from __future__ import annotations

from pathlib import Path

from harness import run_scenario
from outbreak_atlas.plugin.core.dataset import LoadOptions
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.store.loading import load_dataset


def test_loading_and_unloading_twice_leaves_nothing_behind(tmp_path: Path) -> None:
    outcome = run_scenario("scenario_load_unload", tmp_path)
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    assert notes["loaded"]["providers"] == ["outbreakatlas"]
    assert notes["loaded"]["toolbars"] == ["OutbreakAtlasToolBar"]
    assert sorted(notes["loaded"]["actions"]) == [
        "OutbreakAtlasAppend", "OutbreakAtlasAskDrops", "OutbreakAtlasCities", "OutbreakAtlasDockAction",
        "OutbreakAtlasFilm", "OutbreakAtlasFrameExtent", "OutbreakAtlasOpen", "OutbreakAtlasPanels",
        "OutbreakAtlasPublish", "OutbreakAtlasReload", "OutbreakAtlasSample"]
    assert notes["loaded"]["docks"] == ["OutbreakAtlasDock"]
    assert {"AtlasDock", "DockController", "AreaPanel", "Playback", "DateLabel"} <= set(notes["objects loaded"])
    assert notes["loaded"]["menus"] == ["Outbreak Atlas"]
    # The plugin names the computer's zone while it is loaded (bridge/clock.py).
    assert notes["loaded"]["time zone"] == ([":/etc/localtime"] if Path("/etc/localtime").exists() else [])
    for turn in (1, 2):
        assert notes[f"unloads {turn}"] and notes[f"loads {turn}"]
        assert not any(notes[f"unloaded {turn}"].values()), notes[f"unloaded {turn}"]
        assert notes[f"objects unloaded {turn}"] == []
        assert notes[f"loaded {turn}"] == notes["loaded"]
        # Two are the plugin's: what dresses new layers, and the dock.
        assert notes[f"listeners unloaded {turn}"] == notes["listeners loaded"] - 2
        assert notes[f"listeners loaded {turn}"] == notes["listeners loaded"]


def test_without_pandas_the_plugin_loads_and_says_what_to_install(tmp_path: Path) -> None:
    outcome = run_scenario(
        "scenario_without_pandas", tmp_path, {"dataset": str(_dataset(tmp_path))}, hidden=("pandas",))
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert [error for error in outcome.errors() if "Traceback" in error] == []
    assert notes["active"]
    assert "libraries: pandas." in notes["message"]
    assert "QPIP" in notes["message"]
    for name, (can_run, reason) in notes["algorithms"].items():
        assert not can_run, name
        assert "pandas" in reason
    assert "pandas" in notes["after opening"]
    for seen in (notes["dock alone"], notes["dock with a dataset"]):
        assert "libraries: pandas." in seen and "QPIP" in seen
    assert not notes["offered"] and notes["subset"] == ""


def _dataset(folder: Path) -> Path:
    """One that was loaded where pandas is."""
    source, output = folder / "reports.csv", folder / "data.gpkg"
    source.write_text("time,city,lon,lat,confirmed\n2020-02-03,Wuhan,114.3,30.6,4\n2020-02-04,Wuhan,114.3,30.6,9\n",
                      encoding="utf-8")
    load_dataset([source], output, LoadOptions(), lambda _cleaned: {}, Progress())
    return output


def test_unloading_stops_the_work_that_is_under_way(tmp_path: Path) -> None:
    outcome = run_scenario("scenario_unload_at_work", tmp_path)
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    assert notes["at work"] == 1
    assert notes["seconds"] < 15
    assert notes["left"] == 0
    assert not any("Making" in text for text in notes["messages"])


def test_unloading_gives_back_what_the_dock_changed(tmp_path: Path) -> None:
    outcome = run_scenario("scenario_dock_unload", tmp_path, {"folder": str(tmp_path)})
    notes = outcome.notes
    assert outcome.exit_code == 0, notes.get("traceback") or outcome.printed
    assert outcome.errors() == []
    assert notes["before"]["filter"] and notes["before"]["label"] == ["", ""]
    for turn in (1, 2):
        assert notes[f"loads {turn}"] and notes[f"unloads {turn}"]
        assert notes[f"worked {turn}"]
        assert "Outbreak Atlas panel" in notes[f"entries {turn}"]
        assert "Outbreak Atlas" in notes[f"label {turn}"][0]
        assert notes[f"left {turn}"] == {}
        assert notes[f"changed {turn}"] == {}
    assert notes["at work"] and notes["unloads at work"]
    assert notes["left at work"] == {}
