"""The main dataset against an independent reading of it with pandas, with no option but the datum."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from outbreak_atlas.plugin.core.dataset import Cleaned, LoadOptions
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.schema import Datum
from outbreak_atlas.plugin.store.loading import read_and_clean
from raw_tables import finding, ms

pytestmark = pytest.mark.shared_data
FILE = "cn_city_updates/toutiao_city_updates.csv.gz"
METRICS = {"confirmed": "confirmed", "recovered": "cured", "deaths": "dead"}


@pytest.fixture(scope="module")
def result(shared_data: Path) -> Cleaned:
    return read_and_clean([shared_data / FILE], LoadOptions(datum=Datum.GCJ02), Progress())


@pytest.fixture(scope="module")
def polls(shared_data: Path) -> pd.DataFrame:
    """Each poll's own sums and number of rows, its moment in Shanghai's wall clock."""
    frame = pd.read_csv(shared_data / FILE, usecols=["updateTime", *METRICS.values()])
    moment = pd.to_datetime(frame["updateTime"], utc=True).dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)
    sums = frame.groupby(moment)[list(METRICS.values())].sum()
    sums["rows"] = frame.groupby(moment).size()
    return sums


def as_of(result: Cleaned, at: int) -> pd.DataFrame:
    states = result.states
    return states[(states["valid_from"] <= at) & (states["valid_to"] > at)]


def test_every_row_is_accounted_for(result: Cleaned) -> None:
    info = result.info
    assert info.rows_read == 756_185
    assert info.states + info.rows_merged + info.rows_duplicate + info.rows_rejected == 756_185
    assert result.states["reports"].sum() == 756_185
    assert (info.kind.value, info.listing.value, info.time_zone.value) == ("cumulative", "full", "Asia/Shanghai")
    assert {"confirmed", "suspected", "recovered", "deaths", "active"} <= set(info.metrics)


def test_the_last_total_is_the_last_poll_s_own(result: Cleaned) -> None:
    last = as_of(result, ms("2020-04-30T22:57:07"))
    assert last["confirmed"].sum() == 84_373
    assert last["deaths"].sum() == 4_643
    carried_on = result.states.groupby("place_id", observed=True)["confirmed"].last().sum()
    assert carried_on == 84_456, "carrying delisted places on counts their cases twice (by name even 84,620)"


def test_at_200_polls_the_total_is_the_poll_s_own(result: Cleaned, polls: pd.DataFrame) -> None:
    chosen = np.random.default_rng(20200212).choice(len(polls), 200, replace=False)
    for poll in polls.iloc[chosen].itertuples():
        states = as_of(result, ms(poll.Index.isoformat()))
        assert len(states) == poll.rows
        for metric, column in METRICS.items():
            assert states[metric].sum() == getattr(poll, column)


def test_wuhan_s_deaths_step_on_17_april(result: Cleaned) -> None:
    wuhan = result.states[result.states["place_id"] == "420100"]
    change = wuhan[wuhan["new_deaths"] == 1290].iloc[0]
    assert change["deaths"] == 3869
    assert ms("2020-04-17") <= change["valid_from"] < ms("2020-04-18")
    assert wuhan[wuhan["valid_to"] == change["valid_from"]]["deaths"].tolist() == [2579]


def test_falling_counts_are_found(result: Cleaned) -> None:
    falls = finding(result, "falling cumulative count")
    found = {message.split()[0]: rows for message, rows in zip(falls["message"], falls["rows"])}
    assert {metric: found[metric] for metric in METRICS} == {"confirmed": 51, "recovered": 480, "deaths": 24}


def test_other_findings_are_those_of_the_sources(result: Cleaned) -> None:
    rows = result.findings.groupby("rule")["rows"].sum()
    assert rows["recovered + deaths > confirmed"] == 8107
    assert rows["missing coordinates"] == 63_845
    assert rows["mixed offsets"] == 504
    jumps = finding(result, "jump")
    assert jumps["examples"].str.contains("武汉市, 2020-02-13").any(), "Wuhan's new case definition"


def test_points_are_moved_to_wgs84(result: Cleaned) -> None:
    places = result.places.set_index("place_id")
    # Wuhan in the source (GCJ-02): 114.305393, 30.593099; in WGS 84 some 560 m to the west and north.
    assert places.loc["420100", "lon"] == pytest.approx(114.2999, abs=5e-4)
    assert places.loc["420100", "lat"] == pytest.approx(30.5956, abs=5e-4)
