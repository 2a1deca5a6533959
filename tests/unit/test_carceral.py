"""us_carceral_facilities: what is odd in it, counted by plain pandas and by the checks, without any option."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from outbreak_atlas.plugin.core.dataset import Cleaned, LoadOptions
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.store.loading import read_and_clean
from raw_tables import finding

pytestmark = pytest.mark.shared_data
FILE = "us_carceral_facilities/facility_counts_snapshots.csv.gz"
COUNTS = {"confirmed": "Residents.Confirmed", "deaths": "Residents.Deaths"}


@pytest.fixture(scope="module")
def result(shared_data: Path) -> Cleaned:
    return read_and_clean([shared_data / FILE], LoadOptions(), Progress())


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> pd.DataFrame:
    """The file as text, with its two counts as numbers."""
    frame = pd.read_csv(shared_data / FILE, dtype=str, keep_default_na=False)
    return frame.assign(**{name: pd.to_numeric(frame[header], errors="coerce") for name, header in COUNTS.items()})


def message(result: Cleaned, rule: str, beginning: str) -> str:
    """The message of a rule's finding that begins so."""
    found = [text for text in finding(result, rule)["message"] if text.startswith(beginning)]
    assert len(found) == 1, found
    return str(found[0])


def test_what_it_is_taken_for(result: Cleaned) -> None:
    info = result.info
    assert (info.kind.value, info.listing.value) == ("cumulative", "full")
    assert info.columns["time"].value == "Snapshot.Date" and info.columns["code"].value == "Facility.ID"
    assert info.places == 1_770
    assert info.rows_read == 125_073 == info.states + info.rows_merged + info.rows_duplicate + info.rows_rejected


@pytest.mark.parametrize(
    ("metric", "times", "places", "worst"), [("confirmed", 4_804, 544, -4_323), ("deaths", 509, 50, -7)])
def test_falls_against_the_report_before(
    result: Cleaned, rows: pd.DataFrame, metric: str, times: int, places: int, worst: int
) -> None:
    change = rows.groupby("Facility.ID")[metric].diff()
    falls = change < 0
    assert (falls.sum(), rows[falls]["Facility.ID"].nunique(), change.min()) == (times, places, worst)
    assert message(result, "falling cumulative count", f"{metric} falls {times:,} times in {places} places; the "
                   f"deepest fall is {worst:,}")


def test_falls_behind_reports_that_leave_the_count_out_are_told_apart(result: Cleaned, rows: pd.DataFrame) -> None:
    known = rows[rows["confirmed"].notna()]
    falls = known.groupby("Facility.ID")["confirmed"].diff() < 0
    assert falls.sum() == 4_804 + 38
    assert message(result, "falling cumulative count", "confirmed falls 38 times in 2 places behind reports")


def test_repeats(result: Cleaned, rows: pd.DataFrame) -> None:
    assert rows.duplicated().sum() == 261 == result.info.rows_duplicate
    assert finding(result, "exact duplicate")["rows"].tolist() == [261]
    assert rows.duplicated(["Facility.ID", "Snapshot.Date"]).sum() == 2_697
    assert message(result, "place named again at one moment", "2,697 rows name a place again")
    repeated = rows.duplicated(["Facility.ID", "Snapshot.Date"], keep=False)
    assert 0 < finding(result, "several values for one place and time")["rows"].iloc[0] < repeated.sum()


def test_counts_left_out(result: Cleaned, rows: pd.DataFrame) -> None:
    for metric, share in (("confirmed", "18.2%"), ("deaths", "34.5%")):
        missing = int(rows[metric].isna().sum())
        assert message(result, "count left out", f"{metric} is left out in {missing:,} rows, {share} of all")


def test_deaths_are_no_additions_though_repeats_make_them_fall(result: Cleaned, rows: pd.DataFrame) -> None:
    last = rows.groupby("Facility.ID")["deaths"].last()
    states = result.states.groupby(result.states["place_id"].astype(str))["deaths"].last()
    assert np.array_equal(states.reindex(last.index).to_numpy(), last.to_numpy(), equal_nan=True)


def test_rows_that_are_no_place(result: Cleaned, rows: pd.DataFrame) -> None:
    nowhere = rows["Name"].str.contains("STATEWIDE|CENTRAL OFFICE|FIELD SERVICES") & (rows["Latitude"] == "")
    found = finding(result, "not a place")["rows"].iloc[0]
    assert 0 < nowhere.sum() <= found < (rows["Latitude"] == "").sum()
    assert finding(result, "missing coordinates")["rows"].tolist() == [(rows["Latitude"] == "").sum()]
