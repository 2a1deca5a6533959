"""Every daily frame against an independent computation with pandas, whatever the computer's time zone."""
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

PROBE = Path(__file__).with_name("frames_probe.py")
ZONES = ("UTC", "Asia/Kolkata", "America/New_York")
DAYS = pd.date_range("2020-02-03", "2020-03-15")


@pytest.fixture(scope="module")
def reports() -> pd.DataFrame:
    """Places that report none to six times a day, some at midnight sharp, some without deaths or a point."""
    rng = np.random.default_rng(12)
    rows = []
    for number in range(60):
        lon, lat = (None, None) if number % 20 == 7 else (110 + number % 9, 28 + number // 9)
        for day in DAYS[rng.random(len(DAYS)) < 0.6]:
            for minute in np.unique(rng.integers(0, 1440, rng.integers(1, 7)) * (rng.random() > 0.1)):
                rows.append((day + pd.Timedelta(minutes=int(minute)), f"Place {number}", lon, lat))
    frame = pd.DataFrame(rows, columns=["moment", "place", "lon", "lat"])
    frame = frame.sample(frac=1, random_state=1).reset_index(drop=True)
    frame["confirmed"] = rng.integers(1, 500, len(frame))
    frame["deaths"] = np.where(rng.random(len(frame)) < 0.5, np.nan, rng.integers(0, 9, len(frame)))
    return frame


@pytest.fixture(scope="module")
def dataset(qgis_app: object, reports: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import processing

    folder = tmp_path_factory.mktemp("frames")
    table = reports.assign(reported_at=reports["moment"].dt.strftime("%Y-%m-%dT%H:%M:%S+08:00")).drop(columns="moment")
    table.to_csv(folder / "reports.csv", index=False)
    output = folder / "frames.gpkg"
    processing.run("outbreakatlas:loaddataset", {
        "INPUT": [str(folder / "reports.csv")], "COUNTS": "cumulative", "LISTING": "partial", "OUTPUT": str(output)})
    return output


@pytest.fixture(scope="module")
def shown(dataset: Path) -> dict[str, dict]:
    """What QGIS shows in each frame, by zone of the computer."""
    return {zone: _probe(dataset, zone) for zone in ZONES}


def _probe(dataset: Path, zone: str) -> dict:
    environment = {**os.environ, "TZ": zone, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, str(PROBE), str(dataset), str(dataset.parent / "profile")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def _known(reports: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """The last report of each place before a moment, left-out deaths filled with the last known."""
    frame = reports.sort_values("moment", kind="stable")
    frame["deaths"] = frame.groupby("place")["deaths"].ffill()
    return frame[frame["moment"] < end].groupby("place").tail(1).set_index("place")


def test_every_frame_of_the_period_is_there(shown: dict[str, dict]) -> None:
    assert list(shown["UTC"]) == [day.strftime("%Y-%m-%d") for day in DAYS]


def test_a_frame_holds_one_row_a_place_the_last_before_its_end(shown: dict, reports: pd.DataFrame) -> None:
    for day, frame in shown["UTC"].items():
        expected = _known(reports, pd.Timestamp(day) + pd.Timedelta(days=1)).sort_index()
        rows = pd.DataFrame(frame["rows"], columns=["id", "place", "confirmed", "deaths", "point"])
        rows = rows.set_index("place").sort_index()
        assert list(rows.index) == list(expected.index), day
        assert (rows["confirmed"] == expected["confirmed"]).all(), day
        assert np.array_equal(rows["deaths"].astype(float), expected["deaths"], equal_nan=True), day
        assert (rows["point"] == expected["lon"].notna()).all(), day


def test_the_sum_over_a_frame_is_the_sum_of_what_was_known(shown: dict, reports: pd.DataFrame) -> None:
    for day, frame in shown["UTC"].items():
        expected = _known(reports, pd.Timestamp(day) + pd.Timedelta(days=1))
        assert sum(row[2] for row in frame["rows"]) == expected["confirmed"].sum()
        assert sum(row[3] or 0 for row in frame["rows"]) == expected["deaths"].sum()


def test_the_picture_of_a_frame_holds_its_features(shown: dict) -> None:
    for day, frame in shown["UTC"].items():
        assert frame["drawn"] == sorted(row[0] for row in frame["rows"] if row[4]), day


@pytest.mark.parametrize("zone", ZONES[1:])
def test_the_computer_s_zone_changes_nothing(shown: dict, zone: str) -> None:
    assert shown[zone] == shown["UTC"]
