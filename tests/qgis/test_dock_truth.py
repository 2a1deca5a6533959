"""What the dock says is what QGIS draws, and what the source's own rows add up to, whatever is done to it."""
from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from dock_monkey import Monkey, copy_of, no_errors
from dock_stage import DockStage, drawn_rows
from dock_truth import MAKERS, Made, check, odd_states, said
from outbreak_atlas.plugin.bridge.filtering import own_subset_of
from outbreak_atlas.plugin.bridge.layers import add_to_project
from outbreak_atlas.plugin.bridge.temporal import as_utc
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, MS_PER_HOUR
from outbreak_atlas.plugin.core.steps import step_ms
from qgis.core import Qgis, QgsDateTimeRange, QgsInterval, QgsProject, QgsVectorLayer
from qgis.PyQt.QtCore import Qt
from qgis.PyQt.QtTest import QTest
from small_files import run

ACTS = 18
Loaded = dict[str, Path]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, qgis_app: object) -> Loaded:
    folder = tmp_path_factory.mktemp("truth")
    return {name: make().load(folder) for name, make in MAKERS.items()}


@pytest.fixture
def stage(project: QgsProject) -> Iterator[DockStage]:
    with no_errors(), DockStage(700, 600) as found:
        yield found


@pytest.fixture
def odd(files: Loaded, tmp_path: Path, stage: DockStage) -> Monkey:
    stage.open(copy_of(files["odd"], tmp_path))
    return Monkey(stage, 1)


@pytest.mark.parametrize("name", MAKERS)
def test_every_frame_of_every_metric(name: str, files: Loaded, stage: DockStage) -> None:
    truth = MAKERS[name]().truth
    stage.open(files[name])
    shape, combo = stage.session.shape, stage.dock.metricCombo
    for at in range(combo.count()):
        combo.setCurrentIndex(at)
        stage.settle()
        for begin in range(shape.begin_ms, shape.end_ms, step_ms(shape.step)):
            stage.dock.epiCurve.frame_dragged.emit(begin)
            assert check(stage, truth) == "equal"


@pytest.mark.parametrize(("name", "seed"), [("odd", 1), ("polls", 2), ("levels", 3), ("bare", 4), ("counted", 5)])
def test_whatever_is_done(name: str, seed: int, files: Loaded, tmp_path: Path, project: QgsProject) -> None:
    path = copy_of(files[name], tmp_path)
    truth, done = MAKERS[name]().truth, []
    with no_errors(), DockStage(700, 600) as stage:
        stage.open(path)
        monkey = Monkey(stage, seed, copy_of(files["odd"], tmp_path, "other.gpkg"))
        for _ in range(ACTS):
            done.append(monkey.dice.choice(monkey.names()))
            print(done[-1])  # shown where the test fails
            monkey.act(done[-1])
            known = stage.session.path == path and not {"edit", "hide"} & set(done)
            check(stage, truth if known else None)
        owns = {layer.id(): own_subset_of(layer) for layer in _datasets(project)}
    assert {layer.id(): layer.subsetString() for layer in _datasets(project)} == owns


def _datasets(project: QgsProject) -> list[QgsVectorLayer]:
    return [layer for layer in project.mapLayers().values() if "layername=updates" in layer.source()]


def test_a_frame_that_went_on_while_the_dock_was_hidden(odd: Monkey) -> None:
    odd.dock.hide()
    odd.stage.navigation.next()
    odd.settle()
    odd.dock.show()
    assert check(odd.stage, odd_states().truth) == "equal"


@pytest.mark.parametrize(("shift", "length", "words"), [
    (0, 2 * MS_PER_DAY, "longer than one day"), (MS_PER_HOUR, MS_PER_DAY, "not one day of the dataset"),
    (0, 6 * MS_PER_HOUR, "not one day of the dataset"),
])
def test_frames_that_are_no_step_are_told_and_reset_mends_them(
    shift: int, length: int, words: str, odd: Monkey
) -> None:
    begin, navigation = odd.shape.begin_ms + shift, odd.stage.navigation
    navigation.setFrameDuration(QgsInterval(length / 1000))
    navigation.setTemporalExtents(QgsDateTimeRange(as_utc(begin), as_utc(begin + 4 * MS_PER_DAY)))
    odd.settle()
    assert words in odd.dock.frameLabel.text()
    odd.act("reset")
    assert check(odd.stage, odd_states().truth) == "equal"


def test_reset_plays_frame_by_frame_again(odd: Monkey) -> None:
    odd.stage.navigation.setNavigationMode(Qgis.TemporalNavigationMode.FixedRange)
    odd.act("reset")
    assert check(odd.stage, odd_states().truth) == "equal"


def _go_behind(monkey: Monkey, begin: int) -> None:
    """To a day that the dock does not play, by the Temporal Controller."""
    navigation = monkey.stage.navigation
    navigation.setTemporalExtents(QgsDateTimeRange(as_utc(begin), as_utc(begin + MS_PER_DAY)))
    navigation.setCurrentFrameNumber(0)
    monkey.settle()


def test_a_frame_outside_the_chosen_dates_is_told(odd: Monkey) -> None:
    odd.dock.fromEdit.setDateTime(as_utc(odd.shape.begin_ms + 2 * MS_PER_DAY))
    odd.settle()
    _go_behind(odd, odd.shape.begin_ms)
    assert "outside the chosen dates" in odd.dock.frameLabel.text()


@pytest.mark.parametrize("days", [-1, 30])
def test_before_and_after_all_reports_nothing_is_known(days: int, odd: Monkey) -> None:
    _go_behind(odd, odd.shape.begin_ms + days * MS_PER_DAY)
    assert said(odd.stage).value is None
    assert "\n" in odd.dock.frameLabel.text()
    assert check(odd.stage) == "equal"


def test_the_cursor_stays_where_the_map_is(odd: Monkey) -> None:
    """A key that leads out of the chosen dates moves nothing."""
    odd.dock.epiCurve.range_chosen.emit(odd.shape.begin_ms + MS_PER_DAY, odd.shape.begin_ms + 2 * MS_PER_DAY)
    odd.settle()
    QTest.keyClick(odd.dock.epiCurve, Qt.Key.Key_Left)
    odd.settle()
    assert check(odd.stage, odd_states().truth) == "equal"


def test_changed_temporal_settings_are_told(odd: Monkey) -> None:
    odd.act("time_off")
    assert "temporal settings were changed" in odd.dock.frameLabel.text()
    odd.act("reset")
    assert check(odd.stage, odd_states().truth) == "equal"


def test_levels_drawn_over_each_other_are_told(files: Loaded, stage: DockStage) -> None:
    layer, monkey = stage.open(files["levels"]), Monkey(stage, 1)
    layer.setSubsetString("")
    monkey.settle()
    assert "several levels" in stage.dock.frameLabel.text()
    layer.setSubsetString("\"level\" = 'city'")
    monkey.settle()
    assert check(stage, MAKERS["levels"]().truth) == "equal"


def test_heat_of_events_so_far_and_in_a_step(files: Loaded, stage: DockStage) -> None:
    """Both are in one column, and have a maximum each."""
    stage.open(files["counted"])
    monkey = Monkey(stage, 1)
    for metric in ("cases", "new_cases", "cases"):
        stage.dock.heatButton.setChecked(True)
        stage.dock.metricCombo.setCurrentIndex(stage.dock.metricCombo.findData(metric))
        monkey.settle()
        assert stage.session.heat
        assert check(stage, MAKERS["counted"]().truth) == "equal"


def test_one_file_as_two_layers(odd: Monkey) -> None:
    stage, first = odd.stage, odd.layer
    second = add_to_project(stage.project, odd.stage.session.path, stage.canvas)
    for layer, value in ((second, 5000), (first, 7000)):
        odd.settle()
        stage.dock.datasetCombo.setCurrentIndex(stage.dock.datasetCombo.findData(layer.id()))
        odd.settle()
        edited = first if layer is second else second
        edited.startEditing()
        row = drawn_rows(edited, stage.canvas)[0]
        edited.changeAttributeValue(row.id(), edited.fields().lookupField("confirmed"), value)
        assert edited.commitChanges()
        odd.settle()
        assert stage.session.layer is layer
        assert check(stage) == "equal"


def test_reports_that_are_added_and_other_steps(tmp_path: Path, stage: DockStage) -> None:
    made = odd_states()
    first, later = (Made(name, tuple(row for row in made.rows if (row["time"] < "2020-02-05") == early), made.metrics,
                         made.options) for name, early in (("first", True), ("later", False)))
    layer, monkey = stage.open(first.load(tmp_path)), Monkey(stage, 1)
    monkey.act("untick")
    assert check(stage, first.truth) == "equal"
    run("appendreports", INPUT=layer, FILES=[str(later.write(tmp_path))])
    for step in ("day", "hour", "week"):
        run("setstep", INPUT=layer, STEP=step)
        for button in (stage.dock.lastButton, stage.dock.previousButton):
            monkey.settle()
            assert check(stage, made.truth) == "equal"
            button.click()


def test_a_file_that_is_taken_away(odd: Monkey) -> None:
    path = odd.stage.session.path
    path.rename(path.with_suffix(".away"))
    for act in ("untick", "metric", "next", "minimum", "heat", "flagged", "button", "dates", "reset"):
        odd.act(act)
    assert any("is no longer there" in item.text() for item in odd.stage.bar.items())
    path.with_suffix(".away").rename(path)
    odd.act("reset")
    assert check(odd.stage, odd_states().truth) == "equal"


def test_a_file_that_is_replaced(odd: Monkey, files: Loaded) -> None:
    shutil.copy(files["polls"], odd.stage.session.path)
    odd.layer.reload()
    odd.settle()
    assert check(odd.stage, MAKERS["polls"]().truth) == "equal"


def test_a_file_of_an_earlier_version(odd: Monkey, files: Loaded, tmp_path: Path) -> None:
    """One sentence says what to do, and other datasets go on."""
    stage, old = odd.stage, copy_of(files["polls"], tmp_path, "old.gpkg")
    with closing(sqlite3.connect(old)) as db:
        db.executescript("".join(f"DROP TRIGGER summary_stale_{one};" for one in ("insert", "update", "delete")))
        db.execute("DROP TABLE summary")
        db.commit()
    layer = add_to_project(stage.project, old, stage.canvas)
    odd.settle()
    stage.dock.datasetCombo.setCurrentIndex(stage.dock.datasetCombo.findData(layer.id()))
    odd.settle()
    assert stage.dock.emptyLabel.text() == (
        "“old.gpkg” was made by an earlier version of Outbreak Atlas: load its files again (Reload dataset).")
    stage.dock.datasetCombo.setCurrentIndex(1 - stage.dock.datasetCombo.currentIndex())
    odd.act("reset")
    assert check(stage, odd_states().truth) == "equal"


@pytest.mark.parametrize("folder", ["it's 100% \"q\"", "武汉 a#c;d&e?x=1"])
def test_names_of_folders(folder: str, files: Loaded, tmp_path: Path, stage: DockStage) -> None:
    (tmp_path / folder).mkdir()
    stage.open(copy_of(files["odd"], tmp_path / folder, "d'a 5% #.gpkg"))
    monkey = Monkey(stage, 3)
    for act in ("untick", "minimum", "own_subset", "save_and_read", "setstep"):
        monkey.act(act)
        assert check(stage) == "equal"


def test_a_file_that_cannot_be_written(odd: Monkey) -> None:
    odd.stage.session.path.chmod(0o444)
    for act in ("untick", "minimum", "own_subset", "heat", "metric"):
        odd.act(act)
        assert check(odd.stage) == "equal"


def test_copies_of_a_filtered_layer_get_their_own_filter_back(
    files: Loaded, tmp_path: Path, project: QgsProject
) -> None:
    with no_errors(), DockStage(700, 600) as stage:
        layer, monkey = stage.open(copy_of(files["odd"], tmp_path)), Monkey(stage, 1)
        layer.setSubsetString('"first_row" < 60')
        monkey.act("untick")
        monkey.act("duplicate")
        assert len({one.subsetString() for one in _datasets(project)} - {'"first_row" < 60'}) == 1
    assert [one.subsetString() for one in _datasets(project)] == ['"first_row" < 60'] * 2
