"""A metric's states read back from a GeoPackage, on one level, filtered or whole."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_datasets import made_dataset
from outbreak_atlas.plugin.core.dataset import Cleaned
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.measures import Members, measure_states
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.schema import CountKind
from outbreak_atlas.plugin.store.geopackage import write_dataset
from outbreak_atlas.plugin.store.histories import read_history
from outbreak_atlas.plugin.store.queries import frame_total


@pytest.fixture(scope="module")
def dataset() -> Cleaned:
    return made_dataset()


@pytest.fixture(scope="module")
def written(dataset: Cleaned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("histories") / "made.gpkg"
    write_dataset(path, dataset, {}, Progress())
    return path


def sorted_frame(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(["place_id", "valid_from", "value"], ignore_index=True)


@pytest.mark.parametrize("metric", ["confirmed", "deaths"])
def test_states_come_back(dataset: Cleaned, written: Path, metric: str) -> None:
    read = read_history(written, metric)
    names = ("valid_from", "valid_to", "last_reported", "reports", "value", "change")
    found = pd.DataFrame({name: getattr(read.history, name) for name in names})
    found.insert(0, "place_id", read.places["place_id"].to_numpy(object)[read.history.place])
    expected = dataset.states.rename(columns={metric: "value", f"new_{metric}": "change"})[list(found.columns)]
    found, expected = found.astype({"place_id": object}), expected.astype({"place_id": object})
    pd.testing.assert_frame_equal(sorted_frame(found), sorted_frame(expected))
    assert (read.kind, read.is_change) == (CountKind.CUMULATIVE, False)
    assert read.places["lon"].isna().sum() == 30


def test_totals_agree_with_those_of_the_queries(dataset: Cleaned, written: Path) -> None:
    read = read_history(written, "deaths")
    one_area = Members(np.arange(len(read.places)), np.zeros(len(read.places), np.int64), 1)
    edges = np.linspace(dataset.info.first, dataset.info.end, 12).astype(np.int64)
    found = measure_states(read.history, one_area, edges, Progress())
    for period, edge in enumerate(edges[1:].tolist()):
        np.testing.assert_equal(found.total[0, period], frame_total(written, "deaths", edge - 1))


def test_a_change_is_a_metric_too(written: Path) -> None:
    assert read_history(written, "new_deaths").is_change


def test_a_metric_without_changes_gets_them(dataset: Cleaned, tmp_path: Path) -> None:
    info = replace(dataset.info, new_metrics=dataset.info.new_metrics[:-1])
    without = replace(dataset, states=dataset.states.drop(columns="new_active"), info=info)
    write_dataset(tmp_path / "a.gpkg", without, {}, Progress())
    history = read_history(tmp_path / "a.gpkg", "active").history
    first = np.append(True, history.place[1:] != history.place[:-1])
    np.testing.assert_equal(history.change[first], history.value[first])
    np.testing.assert_equal(history.change[~first], (history.value[1:] - history.value[:-1])[~first[1:]])


def test_only_the_rows_of_a_filter(written: Path) -> None:
    assert len(read_history(written, "confirmed", np.array([3, 5, 99_999])).history.place) == 2
    nothing = read_history(written, "confirmed", np.array([], np.int64))
    assert len(nothing.history.place) == 0 and len(nothing.places) == 0


def test_levels_are_not_added_together(dataset: Cleaned, tmp_path: Path) -> None:
    coarse = dataset.states["place_id"] == "p0000004"
    level = pd.Categorical(np.where(coarse, "province", "place"))
    places = dataset.places.assign(level=np.where(dataset.places["place_id"] == "p0000004", "province", "place"))
    info = replace(dataset.info, levels=("place", "province"))
    write_dataset(tmp_path / "a.gpkg", replace(
        dataset, states=dataset.states.assign(level=level), places=places, info=info), {}, Progress())
    read = read_history(tmp_path / "a.gpkg", "confirmed")
    assert len(read.places) == 299 and set(read.places["level"]) == {"place"}
    assert len(read.history.place) == 299 * 20
    assert "p0000004" not in set(read.places["place_id"].to_numpy()[read.history.place])


def test_an_unknown_metric_is_refused_with_those_there_are(written: Path) -> None:
    with pytest.raises(AtlasError, match="no count called “cured”: choose one of confirmed, recovered, deaths, active"):
        read_history(written, "cured")
