"""The date label: what it writes into the project, and what it leaves alone."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from outbreak_atlas.plugin.bridge.date_label import DateLabel
    from qgis.core import QgsProject

TITLE, COPYRIGHT = "TitleLabel", "CopyrightLabel"


@pytest.fixture
def label(project: QgsProject) -> Iterator[DateLabel]:
    from outbreak_atlas.plugin.bridge.date_label import DateLabel
    from qgis.gui import QgsMapCanvas

    canvas = QgsMapCanvas()
    one = DateLabel(canvas, project)
    yield one
    one.close()


@pytest.fixture
def day() -> object:
    from outbreak_atlas.plugin.core.schema import Step

    return Step.DAY


def entries(project: QgsProject, scope: str) -> dict[str, str]:
    keys = project.entryList(scope, "")
    return {key: project.readEntry(scope, f"/{key}")[0] for key in keys}


def evaluated(text: str, variables: dict[str, object]) -> str:
    from qgis.core import QgsExpression, QgsExpressionContext, QgsExpressionContextScope

    context, scope = QgsExpressionContext(), QgsExpressionContextScope()
    for name, value in variables.items():
        scope.setVariable(name, value)
    context.appendScope(scope)
    return QgsExpression.replaceExpressionText(text, context)


def frame(begin_ms: int, end_ms: int) -> dict[str, object]:
    from outbreak_atlas.plugin.bridge.temporal import as_utc
    from qgis.core import QgsInterval

    begin, end = as_utc(begin_ms), as_utc(end_ms)
    return {"map_start_time": begin, "map_end_time": end, "map_interval": QgsInterval((end_ms - begin_ms) / 1000)}


def test_comes_and_goes_without_a_trace(project: QgsProject, label: DateLabel, day: object) -> None:
    project.setDirty(False)
    told: list[bool] = []
    label.toggled.connect(told.append)
    assert label.show("Asia/Shanghai", day)
    assert label.is_shown
    assert label.is_ours
    assert project.readBoolEntry(TITLE, "/Enabled")[0]
    label.hide()
    assert not label.is_shown
    assert entries(project, TITLE) == {}
    assert not project.isDirty()
    assert told == [True, False]


def test_a_changed_project_stays_changed(project: QgsProject, label: DateLabel, day: object) -> None:
    project.setDirty(True)
    label.show("Asia/Shanghai", day)
    label.hide()
    assert project.isDirty()


@pytest.mark.parametrize("enabled", [True, False])
def test_the_users_title_is_not_touched(
    project: QgsProject, label: DateLabel, day: object, enabled: bool
) -> None:
    project.writeEntry(TITLE, "/Label", "My map")
    project.writeEntryBool(TITLE, "/Enabled", enabled)
    before = entries(project, TITLE)
    assert label.show("Asia/Shanghai", day)
    assert entries(project, TITLE) == before
    assert project.readBoolEntry(COPYRIGHT, "/Enabled")[0]
    label.close()
    assert entries(project, TITLE) == before
    assert entries(project, COPYRIGHT) == {}


def test_says_when_both_labels_are_the_users(project: QgsProject, label: DateLabel, day: object) -> None:
    for scope in (TITLE, COPYRIGHT):
        project.writeEntry(scope, "/Label", "mine")
    assert not label.show("Asia/Shanghai", day)
    assert not label.is_shown
    label.hide()
    assert entries(project, TITLE) == entries(project, COPYRIGHT) == {"Label": "mine"}


def test_a_saved_label_is_known_again_and_keeps_the_users_look(
    project: QgsProject, label: DateLabel, day: object, tmp_path: Path
) -> None:
    label.show("Asia/Shanghai", day)
    project.writeEntry(TITLE, "/Placement", 1)
    assert project.write(str(tmp_path / "saved.qgz"))
    project.clear()
    assert not label.is_shown
    assert project.read(str(tmp_path / "saved.qgz"))
    assert label.is_shown
    assert label.show("Europe/Rome", day)
    assert project.readNumEntry(TITLE, "/Placement")[0] == 1
    assert "Europe/Rome" in project.readEntry(TITLE, "/Label")[0]


def test_switching_it_off_in_qgis_is_noticed(project: QgsProject, label: DateLabel, day: object) -> None:
    label.show("Asia/Shanghai", day)
    project.writeEntryBool(TITLE, "/Enabled", False)
    assert not label.is_shown
    assert label.is_ours


def _text(zone: str, word: str) -> str:
    from outbreak_atlas.plugin.bridge.date_label import label_text
    from outbreak_atlas.plugin.core.schema import Step

    return label_text(zone, Step(word))


DAY, HOUR = 86_400_000, 3_600_000
THURSDAY = 18_305 * DAY  # 2020-02-13


@pytest.mark.parametrize(("word", "begin", "end", "expected"), [
    ("day", THURSDAY, THURSDAY + DAY, "2020-02-13"),
    ("day", THURSDAY + 6 * HOUR, THURSDAY + 7 * HOUR, "2020-02-13"),
    ("day", THURSDAY, THURSDAY + 2 * DAY, "2020-02-13 – 02-14"),
    ("week", THURSDAY - 3 * DAY, THURSDAY + 4 * DAY, "2020-02-10 – 02-16"),
    ("week", THURSDAY - 45 * DAY, THURSDAY - 38 * DAY, "2019-12-30 – 2020-01-05"),
    ("hour", THURSDAY + 14 * HOUR, THURSDAY + 15 * HOUR, "2020-02-13 14:00"),
    ("hour", THURSDAY, THURSDAY + DAY, "2020-02-13 00:00 – 02-14 00:00"),
])
def test_text_of_a_frame(
    qgis_app: object, word: str, begin: int, end: int, expected: str
) -> None:
    lines = evaluated(_text("Asia/Shanghai", word), frame(begin, end)).split("\n")
    assert lines[0] == expected
    assert "Asia/Shanghai" in lines[1]


@pytest.mark.parametrize("zone", ["as written", ""])
def test_a_dataset_without_a_zone(qgis_app: object, zone: str) -> None:
    assert "time as written" in evaluated(_text(zone, "day"), frame(THURSDAY, THURSDAY + DAY))


def test_says_that_all_dates_are_shown(qgis_app: object) -> None:
    assert evaluated(_text("Asia/Shanghai", "day"), {}).startswith("All dates\n")


def test_a_zone_is_text(qgis_app: object) -> None:
    shown = evaluated(_text("O'Neill <b>%] & \\n", "day"), frame(THURSDAY, THURSDAY + DAY))
    assert "&lt;b&gt;" in shown
    assert shown.count("\n") == 1


def test_closing_disconnects(project: QgsProject, day: object) -> None:
    from outbreak_atlas.plugin.bridge.date_label import DateLabel
    from qgis.gui import QgsMapCanvas

    canvas = QgsMapCanvas()
    for _time in range(2):
        one = DateLabel(canvas, project)
        one.show("Asia/Shanghai", day)
        one.close()
    assert canvas.receivers(canvas.renderStarting) == 0
    assert entries(project, TITLE) == {}
