"""The dock in the real program, on the main dataset: what it says against the source file in pandas."""
from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from harness import ROOT, Outcome, run_scenario

MAIN = "cn_city_updates/toutiao_city_updates.csv.gz"
CITIES = ("武汉", "孝感", "黄冈")


@pytest.fixture(scope="module")
def source(shared_data: Path) -> pd.DataFrame:
    """The file as it is: polls that list every city, on the clock of Shanghai."""
    rows = pd.read_csv(shared_data / MAIN, low_memory=False)
    rows["at"] = pd.to_datetime(rows["updateTime"], utc=True).dt.tz_convert("Asia/Shanghai").dt.tz_localize(None)
    return rows


@pytest.fixture(scope="module")
def outcomes(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Outcome]:
    """Two runs of QGIS in one profile: the second opens what the first has saved."""
    folder = ROOT / "build" / "desktop" / "dock"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("main*"):
        old.unlink()
    files = {"input": str(shared_data / MAIN), "output": str(folder / "main.gpkg"),
             "project": str(folder / "main.qgz")}
    profile = tmp_path_factory.mktemp("profile")
    runs = [run_scenario("scenario_dock", profile, {"part": part, **files}, {"TZ": "America/New_York"})
            for part in ("first", "second")]
    return runs[0], runs[1]


def last_poll(source: pd.DataFrame, end: str) -> pd.DataFrame:
    """What the last poll before a moment says."""
    before = source[source["at"] < pd.Timestamp(end)]
    return before[before["at"] == before["at"].max()]


def of_cities(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["province_zh"].str.startswith("湖北") & rows["city_zh"].str.rstrip("市").isin(CITIES)]


def numbers(label: str) -> list[int]:
    """The numbers of a label behind its moment."""
    words = re.sub(r"<[^>]+>", "", label).partition(": ")[2]
    return [int(one.replace(",", "").replace("−", "-")) for one in re.findall(r"[+−]?\d[\d,]*", words)]


@pytest.mark.slow
@pytest.mark.shared_data
def test_runs_are_clean(outcomes: tuple[Outcome, Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.exit_code == 0, outcome.notes.get("traceback") or outcome.printed
        assert outcome.errors() == []
        assert [one for one in outcome.messages if one[0] == "Outbreak Atlas" and one[1] > 0 and one[1] != 3] == []
    assert outcomes[0].notes["dock at first"] is False


@pytest.mark.slow
@pytest.mark.shared_data
@pytest.mark.parametrize("stop", ["opened", "position typed", "dates typed"])
def test_totals_of_all(outcomes: tuple[Outcome, Outcome], source: pd.DataFrame, stop: str) -> None:
    seen = outcomes[0].notes[stop]
    poll = last_poll(source, seen["end"])
    located = poll["lat"].notna()
    assert seen["sum"] == poll["confirmed"].sum()
    assert seen["sum on map"] == poll.loc[located, "confirmed"].sum()
    assert seen["drawn"] == located.sum() and seen["rows"] == len(poll)
    assert numbers(seen["label"])[0] == poll["confirmed"].sum()
    by_province = poll.groupby("province_zh")["confirmed"].sum()
    shown = {name: int(count.replace(",", "")) for name, count in seen["counts"].items() if count != "–"}
    assert shown == by_province.astype(int).to_dict()


@pytest.mark.slow
@pytest.mark.shared_data
def test_choices_are_followed(outcomes: tuple[Outcome, Outcome], source: pd.DataFrame) -> None:
    notes = outcomes[0].notes
    assert notes["position typed"]["end"] == "2020-02-14T00:00"
    assert (notes["dates typed"]["from"], notes["dates typed"]["to"]) == ("2020-02-10", "2020-03-15")
    assert notes["dates typed"]["end"] == notes["position typed"]["end"]
    cities = of_cities(last_poll(source, "2020-02-14"))
    ticked = notes["cities ticked"]
    assert ticked["rows"] == ticked["drawn"] == len(cities) == len(CITIES)
    assert ticked["sum"] == cities["confirmed"].sum() == numbers(ticked["label"].replace(" of ", ": ", 0))[0]
    before = of_cities(last_poll(source, "2020-02-13"))
    new = notes["new"]
    assert new["column"] == "step_new_confirmed"
    assert new["sum"] == cities["confirmed"].sum() - before["confirmed"].sum() == numbers(new["label"])[0]
    deaths = notes["deaths"]
    assert deaths["sum"] == cities["dead"].sum() == numbers(deaths["label"])[0]
    assert any("deaths" in one for one in deaths["legend"])


@pytest.mark.slow
@pytest.mark.shared_data
def test_played_saved_and_reopened(outcomes: tuple[Outcome, Outcome], source: pd.DataFrame) -> None:
    first, second = (outcome.notes for outcome in outcomes)
    days = pd.date_range("2020-02-11", periods=10).strftime("%Y-%m-%d").tolist()
    assert first["frames"] == days
    played = first["played"]
    assert played["sum"] == of_cities(last_poll(source, played["end"]))["dead"].sum()
    assert first["written"]
    assert second["reopened"] == played
    everything = last_poll(source, second["reset"]["end"])
    assert second["reset"]["sum"] == everything["confirmed"].sum()
    assert second["reset"]["subset"] == ""
    assert second["view recalled"] == played
