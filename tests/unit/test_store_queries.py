"""Answers of a stored dataset against pandas over the states it was written from."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_datasets import DAYS, START_MS, made_dataset
from outbreak_atlas.plugin.core.dataset import Cleaned
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, TIME_COLUMNS, CountKind, Step
from outbreak_atlas.plugin.store.geopackage import resnap, write_dataset
from outbreak_atlas.plugin.store.queries import frame_total, states_at, totals_at
from raw_tables import cleaned, ms, table


@pytest.fixture(scope="module", params=list(Step))
def step(request: pytest.FixtureRequest) -> Step:
    return request.param


@pytest.fixture(scope="module")
def dataset(step: Step) -> Cleaned:
    return made_dataset(step=step)


@pytest.fixture(scope="module")
def written(dataset: Cleaned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("queries") / "made.gpkg"
    write_dataset(path, dataset, {}, Progress())
    return path


def _moments(dataset: Cleaned) -> list[int]:
    """Before, between and after: also the very moments of reports, and step boundaries."""
    draw = np.random.default_rng(5)
    some = draw.integers(START_MS, START_MS + DAYS * MS_PER_DAY, 6).tolist()
    exact = dataset.states["valid_from"].iloc[[0, 17, 333]].tolist()
    boundaries = [START_MS + 30 * MS_PER_DAY, START_MS + 30 * MS_PER_DAY - 1, dataset.info.end - 1, dataset.info.end]
    return [START_MS - 1, *some, *exact, *(one - 1 for one in exact), *boundaries]


def _holding(states: pd.DataFrame, at: int) -> pd.DataFrame:
    return states[(states["valid_from"] <= at) & (states["valid_to"] > at)]


def test_totals_are_those_of_the_states_that_hold(dataset: Cleaned, written: Path) -> None:
    for at in _moments(dataset):
        held = _holding(dataset.states, at)
        totals = totals_at(written, at).set_index("metric")
        assert totals.index.tolist() == list(dataset.info.metrics)
        for metric in dataset.info.metrics:
            row = totals.loc[metric]
            np.testing.assert_equal(row["total"], held[metric].sum(min_count=1))
            assert (row["places_known"], row["places"]) == (held[metric].count(), len(held))
            np.testing.assert_equal(row["unlocated_total"], held.loc[held["lon"].isna(), metric].sum(min_count=1))


def test_totals_follow_a_change_of_the_step(dataset: Cleaned, written: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.gpkg"
    path.write_bytes(written.read_bytes())
    resnap(path, Step.WEEK, Progress())
    at = START_MS + 40 * MS_PER_DAY + 12_345_678
    pd.testing.assert_frame_equal(totals_at(path, at), totals_at(written, at))


def test_frame_total_is_one_of_them_or_unknown(dataset: Cleaned, written: Path) -> None:
    at = START_MS + 40 * MS_PER_DAY
    assert frame_total(written, "deaths", at) == _holding(dataset.states, at)["deaths"].sum()
    assert frame_total(written, "deaths", START_MS - 1) is None
    assert frame_total(written, "unheard of", at) is None


def test_totals_keep_to_one_level(tmp_path: Path) -> None:
    text = table([
        ["2020-02-01 10:00", "Hubei", "Wuhan", "city", 5, 114.3, 30.6],
        ["2020-02-01 10:00", "Hubei", "", "province", 9, 112.3, 31.0],
        ["2020-02-02 10:00", "Hubei", "Wuhan", "city", 6, 114.3, 30.6],
        ["2020-02-02 10:00", "Hubei", "", "province", 10, 112.3, 31.0],
        ["2020-02-02 10:00", "Hubei", "Xiaogan", "city", 1, 113.9, 30.9],
    ], "time,province,city,level,confirmed,lon,lat")
    result = cleaned(text)
    write_dataset(tmp_path / "a.gpkg", result, {}, Progress())
    assert result.info.totals_level == "city" and len(result.info.levels) == 2
    assert frame_total(tmp_path / "a.gpkg", "confirmed", ms("2020-02-02 11:00")) == 7


def test_status_has_each_place_that_holds_once(dataset: Cleaned, written: Path) -> None:
    for at in _moments(dataset):
        held = _holding(dataset.states, min(at, dataset.info.end - 1))
        status = states_at(written, at)
        assert status["place_id"].is_unique
        expected = held.sort_values("first_row", ignore_index=True)
        status = status.sort_values("first_row", ignore_index=True)
        # A place's change in a step belongs to a frame, not to a moment.
        assert list(status.columns) == [name for name in dataset.states.columns if not name.startswith("step_new_")]
        for name in status.columns:
            known = expected[name].notna()
            assert status[name].notna().tolist() == known.tolist(), name
            assert status.loc[known, name].tolist() == expected.loc[known, name].tolist(), name
        assert all(status[name].dtype == np.int64 for name in TIME_COLUMNS)


def test_status_after_the_end_is_that_of_the_end(dataset: Cleaned, written: Path) -> None:
    later = states_at(written, dataset.info.end + 10**10)
    assert len(later) == dataset.info.places


def _events() -> Cleaned:
    rows = [["2023-06-01 08:00", "A", 120.2, 23.0], ["2023-06-01 09:00", "B", 120.3, 23.1],
            ["2023-06-03 10:00", "A", 120.2, 23.0], ["2023-06-09 11:00", "A", 120.2, 23.0]]
    return cleaned(table(rows, "time,place,lon,lat"), counts=CountKind.EVENTS, step=Step.DAY)


def test_events_are_summed_per_place_until_the_moment(tmp_path: Path) -> None:
    path = tmp_path / "events.gpkg"
    write_dataset(path, _events(), {}, Progress())
    status = states_at(path, ms("2023-06-03 10:00")).set_index("place")["cases"]
    assert status.to_dict() == {"A": 2.0, "B": 1.0}
    assert states_at(path, ms("2024-01-01")).set_index("place")["cases"].to_dict() == {"A": 3.0, "B": 1.0}
    assert states_at(path, ms("2023-05-01")).empty


@pytest.mark.parametrize("other", list(Step))
def test_events_change_their_step(tmp_path: Path, other: Step) -> None:
    path = tmp_path / "events.gpkg"
    write_dataset(path, _events(), {}, Progress())
    resnap(path, other, Progress())
    shown = states_at(path, ms("2024-01-01"))
    events = {
        Step.HOUR: ("2023-06-09 11:00", "2023-06-09 12:00"), Step.DAY: ("2023-06-09", "2023-06-10"),
        Step.WEEK: ("2023-06-05", "2023-06-12"),
    }
    last = shown[shown["place"] == "A"].iloc[0]
    assert (last["shown_from"], last["shown_to"]) == tuple(map(ms, events[other]))
    assert last["valid_to"] == last["shown_to"]


def test_a_file_that_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match="does not exist"):
        totals_at(tmp_path / "no.gpkg", 0)
    with pytest.raises(AtlasError, match="does not exist"):
        states_at(tmp_path / "no.gpkg", 0)
