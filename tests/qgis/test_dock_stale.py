"""The dock while sums are read from the rows, because those in the file are out of date."""
from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from dock_hands import drawn_sum, row_of, state_of
from dock_stage import DockStage
from outbreak_atlas.plugin.bridge.dataset_session import DatasetSession
from outbreak_atlas.plugin.core.filters import FilterState
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.schema import LAYER_UPDATES
from qgis.core import QgsFeature, QgsVectorLayer
from qgis.PyQt.QtCore import Qt

WUHAN = ("Hubei", "Wuhan")


def save_an_edit(layer: QgsVectorLayer, metric: str = "confirmed") -> None:
    row: QgsFeature = next(layer.getFeatures())
    assert layer.startEditing()
    assert layer.changeAttributeValue(row.id(), layer.fields().lookupField(metric), row[metric] + 1)
    assert layer.commitChanges()


@pytest.fixture
def chosen(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> FilterState:
    """Wuhan alone, where it is a hospital."""
    model = dock_stage.dock.cityTree.model()
    model.check_only([row_of(dock_stage, "Hubei", "Wuhan").internalId()])
    combo = dock_stage.dock.kindCombo
    combo.setItemCheckState(combo.findData("hospital"), Qt.CheckState.Checked)
    dock_stage.settle()
    assert state_of(dock_stage).areas == {WUHAN} and state_of(dock_stage).kinds == {"hospital"}
    return state_of(dock_stage)


def test_choices_stand_while_sums_are_read(
    dock_stage: DockStage, dock_layer: QgsVectorLayer, chosen: FilterState
) -> None:
    subset, subsets = dock_layer.subsetString(), []
    dock_layer.subsetStringChanged.connect(lambda: subsets.append(dock_layer.subsetString()))
    save_an_edit(dock_layer)
    dock_stage.wait_for(lambda: dock_stage.session.whole is None)
    dock_stage.dock.flaggedCheck.setChecked(True)  # chosen before areas and kinds are known again
    dock_stage.settle()
    state = state_of(dock_stage)
    assert (state.areas, state.kinds, state.hide_flagged) == (chosen.areas, chosen.kinds, True)
    assert dock_stage.dock.flaggedCheck.isChecked()
    assert subset in subsets[-1] and all('"Wuhan"' in one or "'Wuhan'" in one for one in subsets)
    assert drawn_sum(dock_stage, dock_layer) > 0


def test_what_was_read_of_another_state_of_the_file_is_not_kept(
    dock_stage: DockStage, dock_layer: QgsVectorLayer
) -> None:
    session: DatasetSession = dock_stage.session
    state = FilterState("confirmed", minimum=10)
    before = session.read_sums(state, session.filter.own_subset, Progress())
    key, levels = session.find_heat(FilterState("confirmed"), session.whole, Progress())
    session.read()
    session.keep_sums(before)
    session.keep_heat(key, levels)
    assert session.sums(state) is None and not session.knows_heat(FilterState("confirmed"))
    session.keep_sums(session.read_sums(state, session.filter.own_subset, Progress()))
    assert session.sums(state) is not None


def test_rows_of_another_filter_of_the_user_s_do_not_count(dock_stage: DockStage, dock_layer: QgsVectorLayer) -> None:
    session: DatasetSession = dock_stage.session
    state = FilterState("confirmed")
    session.keep_sums(session.read_sums(state, "\"city\" = 'Wuhan'", Progress()))
    found = session.read_sums(state, "\"city\" = 'Ningbo'", Progress())
    assert found.summary.groups.areas == (("Zhejiang", "Ningbo"),)


def test_a_file_that_can_no_longer_be_read_is_told_and_opened_anew_later(
    dock_stage: DockStage, dock_layer: QgsVectorLayer, dock_file: Path
) -> None:
    def summary(sql: str) -> None:
        with closing(sqlite3.connect(dock_file)) as db, db:
            db.execute(sql)

    summary("ALTER TABLE summary RENAME TO elsewhere")
    dock_stage.controller._rewritten(dock_stage.session)
    assert "earlier version" in dock_stage.dock.emptyLabel.text()
    assert dock_stage.session is None
    summary("ALTER TABLE elsewhere RENAME TO summary")
    dock_stage.controller.follow(None)
    dock_stage.controller._show_datasets()
    dock_stage.settle()
    assert dock_stage.session is not None and dock_stage.dock.pages.currentWidget() is dock_stage.dock.dataPage
    assert LAYER_UPDATES in dock_layer.source()
