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


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> pd.DataFrame:
    """The file as text, its counts as numbers, with one key a place: the code, else province and name."""
    columns = ["updateTime", "province_zh", "city_zh", "adcode", "lon", *METRICS.values()]
    frame = pd.read_csv(shared_data / FILE, usecols=columns, dtype={"adcode": str, "updateTime": str})
    frame["moment"] = pd.to_datetime(frame["updateTime"], utc=True).dt.tz_convert("Asia/Shanghai")
    frame["place"] = frame["adcode"].fillna(frame["province_zh"] + frame["city_zh"])
    return frame.sort_values("moment", kind="stable")


@pytest.mark.parametrize(
    ("metric", "times", "worst"), [("confirmed", 51, -253), ("recovered", 480, -965), ("deaths", 24, -108)])
def test_falling_counts_are_found(result: Cleaned, rows: pd.DataFrame, metric: str, times: int, worst: int) -> None:
    change = rows.groupby("place")[METRICS[metric]].diff()
    places = rows[change < 0]["place"].nunique()
    assert ((change < 0).sum(), change.min()) == (times, worst)
    assert metric != "confirmed" or places == 35
    falls = finding(result, "falling cumulative count")["message"].tolist()
    assert f"{metric} falls {times} times in {places} places; the deepest fall is {worst}" in falls


def test_other_findings_are_those_of_the_sources(result: Cleaned) -> None:
    found = result.findings.groupby("rule")["rows"].sum()
    assert found["recovered + deaths > confirmed"] == 8107
    assert found["missing coordinates"] == 63_845
    assert found["mixed offsets"] == 504
    assert finding(result, "mixed offsets")["message"].tolist() == [
        "504 rows at 1 moment, written with another offset from UTC"]
    assert not {"exact duplicate", "several values for one place and time", "count left out"} & set(found.index)


def test_jumps_are_those_of_the_news(result: Cleaned) -> None:
    jumps = finding(result, "jump").set_index(finding(result, "jump")["message"].str.split().str[0])
    assert "武汉市, 2020-02-13" in jumps.loc["confirmed", "examples"].split(";")[0], "Wuhan's new case definition"
    assert "the greatest rise is 13,436 a day" in jumps.loc["confirmed", "message"]
    assert "the greatest rise is 1,290 a day" in jumps.loc["deaths", "message"], "Wuhan's deaths of 17 April"


def test_long_silences_are_the_gaps_between_polls(result: Cleaned, rows: pd.DataFrame) -> None:
    gaps = rows["moment"].drop_duplicates().diff()
    assert gaps.nlargest(4).dt.round("h").tolist() == [pd.Timedelta(hours=n) for n in (4 * 24 + 11, 19, 10, 9)]
    after = rows.groupby("moment").size()[rows["moment"].drop_duplicates()[gaps >= pd.Timedelta(hours=9)]]
    silence = finding(result, "long silence").iloc[0]
    assert silence["rows"] == after.sum()
    assert "4 d 10 h, 19 h, 9 h 59 min, 9 h 1 min, 9 h" in silence["message"]


def test_provinces_among_the_cities(result: Cleaned, rows: pd.DataFrame) -> None:
    whole = rows[rows["adcode"].fillna("").str.endswith("0000")]
    assert (len(whole), whole["adcode"].nunique()) == (4_600, 4)
    assert (whole["adcode"] == "120000").sum() == 19, "Tianjin"
    assert finding(result, "several levels in one column")["message"].tolist() == [
        "4,600 rows of 4 places in the column of cities bear the name of their province: a province as a whole"]
    assert result.info.levels == ("city",), "they stay cities, as totals need them"


def test_places_under_two_names(result: Cleaned, rows: pd.DataFrame) -> None:
    names = rows.dropna(subset=["adcode"]).groupby("adcode")["city_zh"].nunique()
    several = names[names > 1].index
    assert len(several) == 7
    aliases = result.places.set_index("place_id")["aliases"].fillna("")
    assert set(aliases[aliases != ""].index) == set(several)
    assert finding(result, "one place under several names")["message"].iloc[0].startswith("7 places bear several names")


def test_rows_that_are_no_places_still_count(result: Cleaned, rows: pd.DataFrame) -> None:
    unlocated = rows[rows["lon"].isna()]
    assert len(unlocated) == 63_845 and round(len(unlocated) / len(rows), 3) == 0.084
    provinces = unlocated.groupby("city_zh")["province_zh"].nunique()
    assert (provinces["境外输入"], provinces["未公布来源"]) == (31, 25)
    # Towns of the production corps and one county are places; only the gazetteer of the source lacks them.
    towns = unlocated["city_zh"].isin(["昆玉市", "可克达拉市", "双河市", "北屯市", "兴安盟乌兰浩特"])
    assert finding(result, "not a place")["rows"].tolist() == [len(unlocated) - towns.sum()]
    states = result.states[result.states["flags"].astype(object).fillna("").str.contains("not_a_place")]
    assert states["province"].nunique() >= 31 and states["lon"].isna().all()


def test_points_are_moved_to_wgs84(result: Cleaned) -> None:
    places = result.places.set_index("place_id")
    # Wuhan in the source (GCJ-02): 114.305393, 30.593099; in WGS 84 some 560 m to the west and north.
    assert places.loc["420100", "lon"] == pytest.approx(114.2999, abs=5e-4)
    assert places.loc["420100", "lat"] == pytest.approx(30.5956, abs=5e-4)
