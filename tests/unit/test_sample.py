"""The synthetic dataset, read back from its CSV by pandas alone."""
from __future__ import annotations

import errno
import hashlib
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.progress import CallbackProgress
from outbreak_atlas.plugin.core.sample import SampleTable, make_sample, write_sample
from outbreak_atlas.plugin.core.sample.draws import Draws

SMALL = (2_000, 100, 20, 7)
SMALL_SHA256 = "2e57a7a0b1419f21bab91572be408471321df620fb1d55f3155e7084fa1c8845"  # pragma: allowlist secret
MIDDLE = (64_000, 2_400, 320, 2020)
NAMES = ["province", "city", "place"]
COUNTS = ["confirmed", "deaths", "recovered"]
PUBLISHED = Path(__file__).resolve().parents[2] / "resources" / "sample" / "published.csv"


def moments(texts: pd.Series) -> pd.Series:
    """ISO texts as moments in UTC; pandas' own reading of 640,000 is slow once a few are no dates."""
    days = pd.Series(texts.str[:10].unique())
    known = dict(zip(days, pd.to_datetime(days, format="%Y-%m-%d", errors="coerce")))
    day = texts.str[:10].map(known)
    clock = pd.to_timedelta(texts.str[11:19].where(day.notna(), "0s"))
    offset = texts.str[19:].map({"+08:00": pd.Timedelta(hours=8), "+00:00": pd.Timedelta(0)})
    return (day + clock - offset).dt.tz_localize("UTC")


class Read:
    """A sample's file, understood without the code that wrote it."""

    def __init__(self, table: SampleTable, path: Path) -> None:
        self.table, self.path = table, path
        self.raw = pd.read_csv(path, dtype=str, keep_default_na=False)
        rows = self.raw.copy()
        rows["row"] = np.arange(len(rows))
        rows["moment"] = moments(rows["reported_at"])
        rows["site"] = pd.factorize(rows["province"] + "|" + rows["city"] + "|" + rows["place"])[0]
        for name in (*COUNTS, "lon", "lat"):
            rows[name] = pd.to_numeric(rows[name])
        self.rows = rows
        dated = rows[rows["moment"].notna() & (rows["moment"].dt.year == 2020)]
        self.dated = dated.sort_values(["moment", "row"], kind="stable")
        self.by_site = self.dated.sort_values(["site", "moment", "row"], kind="stable")
        self.day = self.dated["moment"].dt.tz_convert("Asia/Shanghai").dt.strftime("%Y-%m-%d")

    def sums(self, metric: str, where: pd.Series | None = None) -> pd.Series:
        """Sum over places of the last value known at the end of each day, by definition of as-of."""
        rows = self.dated.assign(day=self.day)
        rows = rows[rows[metric].notna()] if where is None else rows[rows[metric].notna() & where]
        last = rows.drop_duplicates(["site", "day"], keep="last").pivot(index="day", columns="site", values=metric)
        return last.reindex(sorted(self.day.unique())).ffill().sum(axis=1) / self.table.scale

    def planted(self, name: str) -> set[int]:
        return set(self.table.planted_rows[name].tolist())

    def previous(self, metric: str) -> pd.Series:
        return self.by_site.groupby("site")[metric].shift()


@pytest.fixture(scope="module", params=[SMALL, MIDDLE], ids=["small", "middle"])
def read(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Read:
    path = tmp_path_factory.mktemp("sample") / "sample.csv"
    return Read(write_sample(path, *request.param), path)


def published() -> pd.DataFrame:
    return pd.read_csv(PUBLISHED).set_index("day").iloc[1:]


def test_bytes_are_the_same_everywhere(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        write_sample(tmp_path / name, *SMALL)
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == SMALL_SHA256


def test_another_seed_gives_another_sample(tmp_path: Path) -> None:
    write_sample(tmp_path / "other.csv", *SMALL[:3], seed=8)
    assert hashlib.sha256((tmp_path / "other.csv").read_bytes()).hexdigest() != SMALL_SHA256


def test_draws_are_numpys_raw_stream() -> None:
    raw = np.random.PCG64(np.random.SeedSequence([3, 4])).random_raw(1000)
    assert Draws(3, 4).unit(1000).tolist() == [(int(n) >> 11) / 2**53 for n in raw]
    assert Draws(3, 4).below(1000, 77).tolist() == [(int(n) >> 32) * 77 >> 32 for n in raw]


def test_shape(read: Read) -> None:
    rows, places, cities, _ = MIDDLE if len(read.raw) == MIDDLE[0] else SMALL
    assert list(read.raw.columns) == [
        "reported_at", "place", "kind", "city", "province", "country", "lon", "lat", *COUNTS, "synthetic"]
    assert len(read.raw) == rows == len(read.table)
    assert read.rows["site"].nunique() == places
    named = read.raw[read.raw["city"] != ""]
    assert len(named[["province", "city"]].drop_duplicates()) == cities
    assert set(read.raw["synthetic"]) == {"yes"} and set(read.raw["country"]) == {"China"}
    assert read.raw.loc[read.raw["kind"] != "", "place"].str.contains("Sample|示例").all()
    assert sorted(read.day.unique()) == list(published().index)
    assert b"\r" not in read.path.read_bytes()


def test_reports_stand_in_order_of_time(read: Read) -> None:
    assert read.rows.loc[read.dated.index.sort_values(), "moment"].is_monotonic_increasing


def test_every_report_brings_a_change(read: Read) -> None:
    counts = read.by_site[COUNTS].fillna(-1)
    same = (counts == counts.shift()).all(axis=1) & (read.by_site["site"] == read.by_site["site"].shift())
    allowed = read.planted("exact duplicate")
    unchanged = set(read.by_site.loc[same, "row"]) - allowed
    assert len(unchanged) <= 0.02 * len(read.raw)


def test_totals_follow_the_published_curve(read: Read) -> None:
    curve = published()
    assert (read.sums("confirmed") / curve["china"] - 1).abs().max() < 0.01
    hubei = read.sums("confirmed", read.dated["province"] == "Hubei")
    assert (hubei / curve["hubei"] - 1).abs().max() < 0.02
    assert hubei.diff()["2020-02-12"] == pytest.approx(14_840, rel=0.01)
    assert hubei.diff().idxmax() == "2020-02-12"


def test_wuhans_revision_is_on_17_april(read: Read) -> None:
    wuhan = read.dated["city"] == "Wuhan"
    deaths, cases = read.sums("deaths", wuhan), read.sums("confirmed", wuhan)
    assert deaths.diff().idxmax() == "2020-04-17"
    assert deaths["2020-04-16"] == pytest.approx(2579, rel=0.03)
    assert deaths["2020-04-17"] == pytest.approx(3869, rel=0.02)
    assert cases["2020-04-17"] - cases["2020-04-16"] == pytest.approx(325, rel=0.02)


def test_deaths_are_known_around_wuhan_only(read: Read) -> None:
    known = set(read.raw.loc[read.raw["deaths"] != "", "city"])
    assert {"Wuhan", "Xiaogan", "Huanggang"} <= known
    assert known <= {"Wuhan", "Xiaogan", "Huanggang", "Ezhou", "Xianning", "Huangshi", "Suizhou"}
    assert ((read.raw["deaths"] == "") == (read.raw["recovered"] == "")).all()
    assert (read.raw.loc[~read.raw["city"].isin(known), "deaths"] == "").all()


def test_places_lie_around_their_cities(read: Read) -> None:
    misplacing = [name for name in read.table.planted if "coordinates" in name or "far" in name]
    spoiled = set().union(*map(read.planted, misplacing))
    cities = pd.read_csv(PUBLISHED.with_name("cities.csv"))
    rows = read.rows[~read.rows["row"].isin(spoiled) & read.rows["lon"].notna()]
    rows = rows.merge(cities, on=["province", "city"], suffixes=("", "_city"))
    east = (rows["lon"] - rows["lon_city"]) * 111.2 * np.cos(np.radians(rows["lat_city"]))
    away = np.hypot(east, (rows["lat"] - rows["lat_city"]) * 111.2)
    assert away.max() < 31 and 1 < away.median() < 15
    assert rows.groupby("site")["lon"].nunique().max() == 1


def test_city_table() -> None:
    cities = pd.read_csv(PUBLISHED.with_name("cities.csv"))
    assert len(cities) >= 320 and cities["geonameid"].is_unique
    assert not cities.duplicated(["province", "city"]).any()
    assert cities["lon"].between(73, 136).all() and cities["lat"].between(18, 54).all()
    assert (cities["city"] == "Suzhou").sum() == (cities["city"] == "Yichun").sum() == 2


@pytest.mark.shared_data
def test_cities_stand_where_a_gazetteer_has_them(shared_data: Path) -> None:
    cities = pd.read_csv(PUBLISHED.with_name("cities.csv"))
    known = pd.read_csv(shared_data / "cn_gazetteer" / "cn_adcode_gazetteer.csv", dtype={"adcode": str})
    provinces = known[known["level"] == "province"]
    names = dict(zip(provinces["adcode"].str[:2], provinces["name_zh"]))
    known["province_zh"] = known["adcode"].str[:2].map(names)
    known["city_zh"] = known["name_zh"].str.replace("市$", "", regex=True)
    both = cities.merge(known[known["level"] != "county"], on=["province_zh", "city_zh"])
    both = both.dropna(subset=["lon_amap"])
    east = (both["lon"] - both["lon_amap"]) * 111.2 * np.cos(np.radians(both["lat"]))
    away = np.hypot(east, (both["lat"] - both["lat_amap"]) * 111.2)
    assert len(both) > 280
    # A city's middle is a matter of taste; the gazetteer has Panjin where its county Panshan is.
    assert away.quantile(0.97) < 20 and away.max() < 50


def test_planted_exact_duplicates(read: Read) -> None:
    assert set(np.flatnonzero(read.raw.duplicated())) == read.planted("exact duplicate")


def test_planted_several_values(read: Read) -> None:
    once = read.dated.drop_duplicates(["site", "moment", *COUNTS])
    several = once[once.duplicated(["site", "moment"], keep=False)]
    assert set(several["row"]) == read.planted("several values for one place and time")
    # The one that stands last is no lower than the other.
    assert (several.groupby(["site", "moment"])["confirmed"].diff().dropna() > 0).all()


def test_planted_falls(read: Read) -> None:
    found: set[int] = set()
    for metric in COUNTS:
        falls = read.by_site[metric] < read.previous(metric)
        found |= set(read.by_site.loc[falls, "row"])
    assert found == read.planted("falling cumulative count")


def test_planted_sums(read: Read) -> None:
    over = read.rows["recovered"] + read.rows["deaths"] > read.rows["confirmed"]
    assert set(read.rows.loc[over, "row"]) == read.planted("recovered + deaths > confirmed")


def test_planted_negatives(read: Read) -> None:
    assert set(read.rows.loc[(read.rows[COUNTS] < 0).any(axis=1), "row"]) == read.planted("negative count")


def test_planted_jumps(read: Read) -> None:
    rise = read.by_site["confirmed"] - read.previous("confirmed")
    jumps = sorted(read.planted("jump"))
    assert jumps
    for row in jumps:
        site = read.rows.loc[row, "site"]
        others = rise[(read.by_site["site"] == site) & (read.by_site["row"] != row)].dropna()
        assert rise[row] >= max(50, 8 * others.max())


def test_planted_coordinates(read: Read) -> None:
    rows, place = read.rows, read.raw["kind"] != ""
    missing = place & (read.raw["lon"] == "") & (read.raw["lat"] == "")
    assert set(rows.loc[missing, "row"]) == read.planted("missing coordinates")
    zero = (rows["lon"] == 0) & (rows["lat"] == 0)
    assert set(rows.loc[zero, "row"]) == read.planted("(0, 0) coordinates")
    swapped = rows["lon"].between(15, 55) & rows["lat"].between(70, 140) & ~rows["lat"].between(95, 96)
    assert set(rows.loc[swapped, "row"]) <= read.planted("swapped coordinates") != set()
    impossible = rows["lat"].between(95, 96) & (rows["lon"] > 70)
    assert set(rows.loc[impossible, "row"]) == read.planted("impossible coordinates")
    cities = pd.read_csv(PUBLISHED.with_name("cities.csv"))
    near = rows.reset_index().merge(cities, on=["province", "city"], suffixes=("", "_city")).set_index("index")
    far = (near["lat"] - near["lat_city"]).abs().lt(1) & (near["lon"] - near["lon_city"]).abs().gt(3)
    assert set(near.loc[far, "row"]) == read.planted("point far from the rest of its city")


def test_planted_moments(read: Read) -> None:
    text, moment = read.raw["reported_at"], read.rows["moment"]
    assert set(np.flatnonzero(moment.isna())) == read.planted("unreadable date")
    outside = moment.notna() & (moment.dt.year != 2020)
    assert set(np.flatnonzero(outside)) == read.planted("report outside the dataset's span")
    assert set(np.flatnonzero(text.str.endswith("+00:00"))) == read.planted("mixed offsets")


def test_planted_silences(read: Read) -> None:
    """In the weeks of the most reports, nobody else in Wuhan who reports often is silent for long."""
    sites = read.by_site.groupby("site")
    gap, before = sites["moment"].diff(), sites["moment"].shift()
    often = (sites["row"].transform("size") >= 10) & (read.by_site["city"] == "Wuhan")
    silent = often & (gap > pd.Timedelta(days=25)) & (before < pd.Timestamp("2020-03-05", tz="UTC"))
    assert set(read.by_site.loc[silent, "row"]) == read.planted("long silence") != set()


def test_planted_rows_that_are_no_place(read: Read) -> None:
    none = (read.raw["kind"] == "") & (read.raw["city"] == "") & (read.raw["lon"] == "")
    assert set(np.flatnonzero(none)) == read.planted("not a place") != set()
    assert read.raw.loc[none, "place"].str.contains("imported|not yet located").all()


def test_everything_is_planted_and_rare(read: Read) -> None:
    assert min(read.table.planted.values()) >= 1
    assert len(read.raw) < 64_000 or sum(read.table.planted.values()) < 0.01 * len(read.raw)


@pytest.mark.parametrize("parameters", [
    (3, 3, 3), (24, 24, 3), (100, 100, 20), (30, 4, 3), (5_000, 3, 3), (700, 50, 50),
])
def test_odd_sizes_have_just_the_rows_asked_for(parameters: tuple[int, int, int], tmp_path: Path) -> None:
    write_sample(tmp_path / "odd.csv", *parameters, seed=1)
    rows = pd.read_csv(tmp_path / "odd.csv", dtype=str, keep_default_na=False)
    assert (len(rows), len(rows[NAMES].drop_duplicates())) == parameters[:2]


@pytest.mark.parametrize(("parameters", "words"), [
    ({"rows": 100, "places": 200, "cities": 20}, "at least 200 rows"),
    ({"rows": -5, "places": 200, "cities": 20}, "at least 200 rows"),
    ({"rows": 1000, "places": 10, "cities": 20}, "at least 20 places"),
    ({"rows": 1000, "places": 900, "cities": 400}, "from 3 to 337 cities"),
    ({"rows": 1000, "places": 900, "cities": -1}, "from 3 to 337 cities"),
    ({"rows": 1000, "places": 900, "cities": 20, "seed": -1}, "seed"),
    ({"rows": 10_000_000, "places": 3, "cities": 3}, "at most 6,336"),
])
def test_numbers_that_do_not_fit_are_refused(parameters: dict[str, int], words: str, tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match=words):
        write_sample(tmp_path / "none.csv", **parameters)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reports", [0, 3, 5])
def test_cancelling_leaves_what_was_there(reports: int, tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    path.write_text("mine", encoding="utf-8")
    seen: list[float] = []
    progress = CallbackProgress(lambda done, _: seen.append(done), lambda: len(seen) > reports)
    with pytest.raises(Cancelled):
        write_sample(path, 100_000, 1_000, 100, progress=progress)
    assert len(seen) == reports + 1
    assert [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()] == ["mine"]


def test_progress_runs_from_start_to_end(tmp_path: Path) -> None:
    seen: list[float] = []
    write_sample(tmp_path / "sample.csv", *SMALL, progress=CallbackProgress(lambda done, _: seen.append(done)))
    assert seen == sorted(seen) and seen[0] >= 0 and seen[-1] == pytest.approx(1.0)


@pytest.mark.parametrize("path", ["missing/sample.csv", "file/sample.csv", "folder"])
def test_places_that_cannot_be_written(path: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    with pytest.raises(AtlasError) as error:
        write_sample(tmp_path / path, *SMALL)
    assert path.split("/")[0] in error.value.message
    assert sorted(file.name for file in tmp_path.iterdir()) == ["file", "folder"]


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The system refuses to write on, as it does at a quota."""
    path = tmp_path / "sample.csv"
    path.write_text("mine", encoding="utf-8")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(AtlasError, match="could not be written"):
            write_sample(path, *SMALL)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, heard)
    assert [file.read_text(encoding="utf-8") for file in tmp_path.iterdir()] == ["mine"]


def test_a_full_disk(tmp_path: Path) -> None:
    """On a real file system of 100 kB, which takes root to mount."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a small file system cannot be mounted here")
    try:
        with pytest.raises(AtlasError, match="no room left") as error:
            write_sample(tmp_path / "sample.csv", *SMALL)
        assert isinstance(error.value.__cause__, OSError) and error.value.__cause__.errno == errno.ENOSPC
        assert list(tmp_path.iterdir()) == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_the_default_sample(tmp_path: Path) -> None:
    start = time.perf_counter()
    table = write_sample(tmp_path / "sample.csv")
    # About three seconds on two idle cores; the limit leaves room for a busy machine.
    assert time.perf_counter() - start < 20
    read = Read(table, tmp_path / "sample.csv")
    assert (len(read.raw), read.rows["site"].nunique(), table.scale) == (640_000, 24_000, 20)
    assert (read.sums("confirmed") / published()["china"] - 1).abs().max() < 0.01
    counts = read.by_site[COUNTS].fillna(-1)
    same = (counts == counts.shift()).all(axis=1) & (read.by_site["site"] == read.by_site["site"].shift())
    assert set(read.by_site.loc[same, "row"]) == read.planted("exact duplicate")
    assert sum(table.planted.values()) == pytest.approx(0.005 * 640_000, rel=0.1)


def test_the_curve_holds_for_any_seed() -> None:
    for seed in range(5):
        table = make_sample(20_000, 500, 50, seed)
        rows = table.rows
        final = np.zeros(500)
        final[rows.site] = rows.confirmed
        assert final.sum() / table.scale == pytest.approx(82_874, rel=0.01)
