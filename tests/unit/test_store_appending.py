"""New reports appended to a dataset: the same tables as a load of all files together."""
from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import pytest
from outbreak_atlas.plugin.core.assembling import _options_used
from outbreak_atlas.plugin.core.dataset import LoadOptions
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.schema import CountKind, Datum, Listing, Step
from outbreak_atlas.plugin.store.appending import Appended, append_reports, exchange_content
from outbreak_atlas.plugin.store.geopackage import read_info, resnap
from outbreak_atlas.plugin.store.loading import load_dataset
from outbreak_atlas.plugin.store.opening import read_rows
from outbreak_atlas.plugin.store.recorded import recorded_options, recorded_sources

HEADER = "reported_at,place,lon,lat,confirmed,deaths\n"


def write_days(folder: Path, days: range) -> list[Path]:
    """One file a day: three places, of which one is known only from the third day on."""
    folder.mkdir(exist_ok=True)
    paths = []
    for day in days:
        rows = [f"2020-02-{day:02d}T08:00:00,P{n},{110 + n},30,{day * (n + 1)},{day if n else ''}"
                for n in range(3) if day > 2 or n < 2]
        path = folder / f"day{day}.csv"
        path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def load(paths: list[Path], output: Path, **options: object) -> Path:
    load_dataset(paths, output, LoadOptions(**options), lambda _: {}, Progress())
    return output


def append(path: Path, files: list[Path], *folders: Path, progress: Progress | None = None) -> Appended:
    return append_reports(path, files, folders, lambda _: {}, progress or Progress())


def tables(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables of our own and of the GeoPackage, but for the moment of writing."""
    with closing(sqlite3.connect(path)) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {}
        for name in names:
            columns = [row[1] for row in db.execute(f'PRAGMA table_info("{name}")') if row[1] != "last_change"]
            quoted = ", ".join(f'"{column}"' for column in columns)
            found[name] = db.execute(f'SELECT {quoted} FROM "{name}"').fetchall()
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return found


@pytest.fixture
def days(tmp_path: Path) -> list[Path]:
    return write_days(tmp_path / "daily", range(1, 6))


@pytest.fixture
def dataset(tmp_path: Path, days: list[Path]) -> Path:
    return load(days[:3], tmp_path / "data.gpkg", time_zone="Asia/Shanghai", datum=Datum.GCJ02)


def test_appended_equals_loaded_together(tmp_path: Path, days: list[Path], dataset: Path) -> None:
    result = append(dataset, days[3:])
    together = load(days, tmp_path / "together.gpkg", time_zone="Asia/Shanghai", datum=Datum.GCJ02)
    assert tables(dataset) == tables(together)
    assert result.skipped == () and result.cleaned.info.rows_read == 13
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_day_by_day(tmp_path: Path, days: list[Path]) -> None:
    path = load(days[:1], tmp_path / "data.gpkg")
    for day in days[1:]:
        append(path, [day])
    assert tables(path) == tables(load(days, tmp_path / "together.gpkg"))


def test_without_files_it_is_loaded_again(dataset: Path) -> None:
    before = tables(dataset)
    with closing(sqlite3.connect(dataset)) as db:
        db.execute("UPDATE places SET place = 'damaged'")
        db.commit()
    append(dataset, [])
    assert tables(dataset) == before


def test_the_step_it_has_now_is_kept(tmp_path: Path, days: list[Path], dataset: Path) -> None:
    resnap(dataset, Step.WEEK, Progress())
    append(dataset, days[3:])
    assert read_info(dataset)["step"] == "week"
    assert tables(dataset)["updates"] == tables(load(
        days, tmp_path / "b.gpkg", time_zone="Asia/Shanghai", datum=Datum.GCJ02, step=Step.WEEK))["updates"]


def test_old_files_are_found_by_name_and_content(tmp_path: Path, days: list[Path], dataset: Path) -> None:
    """In a folder of the archive; a newer file of the same name beside it is not taken for the old one."""
    archive = tmp_path / "elsewhere" / "2020" / "02"
    archive.mkdir(parents=True)
    for path in days[:3]:
        shutil.move(str(path), archive / path.name)
    (tmp_path / "daily" / "day1.csv").write_text(HEADER + "2020-02-01T08:00:00,P0,110,30,77,\n", encoding="utf-8")
    append(dataset, days[3:], tmp_path / "elsewhere")
    assert read_info(dataset)["rows_read"] == 13


def test_files_of_one_name_in_several_folders(tmp_path: Path) -> None:
    paths = []
    for day in range(1, 4):
        (path,) = write_days(tmp_path / f"d{day}", range(day, day + 1))
        paths.append(path.rename(path.with_name("report.csv")))
    path = load(paths[:2], tmp_path / "data.gpkg")
    append(path, paths[2:])
    assert tables(path) == tables(load(paths, tmp_path / "together.gpkg"))


def test_a_file_is_not_counted_twice(tmp_path: Path, days: list[Path], dataset: Path) -> None:
    copy = tmp_path / "daily" / "copy of day2.csv"
    shutil.copy(days[1], copy)
    result = append(dataset, [copy, days[3], days[2]])
    assert result.skipped == ("copy of day2.csv", "day3.csv")
    assert read_info(dataset)["sources"] == ["day1.csv", "day2.csv", "day3.csv", "day4.csv"]
    before = dataset.read_bytes()
    with pytest.raises(AtlasError, match=r"Nothing to append: “day4\.csv” is in “data.gpkg” already"):
        append(dataset, [days[3]])
    assert dataset.read_bytes() == before


@pytest.mark.parametrize(("fault", "words"), [
    ("missing", "“day2.csv”, one of the 3 files that “data.gpkg” was loaded from, was not found .* SOURCE_FOLDER"),
    ("changed", "“day2.csv”, one of the 3 files .* has changed since then"),
])
def test_a_source_that_is_missing_or_changed_is_named(
    tmp_path: Path, days: list[Path], dataset: Path, fault: str, words: str
) -> None:
    before = dataset.read_bytes()
    if fault == "missing":
        days[1].unlink()
    else:
        days[1].write_text(HEADER, encoding="utf-8")
    with pytest.raises(AtlasError, match=words):
        append(dataset, days[3:])
    assert dataset.read_bytes() == before


def test_a_bad_new_file_changes_nothing(tmp_path: Path, dataset: Path) -> None:
    before, bad = dataset.read_bytes(), tmp_path / "bad.csv"
    bad.write_text("place,confirmed\nA,1\n", encoding="utf-8")
    with pytest.raises(AtlasError, match=r"bad\.csv"):
        append(dataset, [bad])
    with pytest.raises(AtlasError, match="is the dataset itself"):
        append(dataset, [dataset])
    assert dataset.read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_cancelled_at_any_time_it_is_whole(days: list[Path], dataset: Path) -> None:
    before = tables(dataset)
    for patience in (1, 4, 8, 12, 16):
        left = iter(range(patience))
        progress = CallbackProgress(cancelled=lambda left=left: next(left, None) is None)
        with pytest.raises(Cancelled):
            append(dataset, days[3:], progress=progress)
        assert tables(dataset) == before


def test_a_reader_that_has_it_open_sees_the_new_rows(days: list[Path], dataset: Path) -> None:
    with closing(sqlite3.connect(dataset)) as reader:
        assert reader.execute("SELECT count(*) FROM updates").fetchone() == (7,)
        append(dataset, days[3:])
        assert reader.execute("SELECT count(*) FROM updates").fetchone() == (13,)


def test_one_that_is_being_written_is_refused(
    tmp_path: Path, days: list[Path], dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from outbreak_atlas.plugin.store import appending

    monkeypatch.setattr(appending, "_PATIENCE", 2)
    together = load(days, tmp_path / "together.gpkg")
    before = tables(dataset)
    with closing(sqlite3.connect(dataset, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(AtlasError, match="used by another program"):
            exchange_content(dataset, together, Progress())
        other.execute("ROLLBACK")
    assert tables(dataset) == before


def test_the_gazetteer_is_found_again(tmp_path: Path) -> None:
    for n in (1, 2):
        (tmp_path / f"n{n}.csv").write_text(
            f"reported_at,city,province,confirmed\n2020-02-0{n}T08:00:00,Wuhan,Hubei,{n}\n", encoding="utf-8")
    gazetteer = tmp_path / "cities.csv"
    gazetteer.write_text("city,province,lon,lat\nWuhan,Hubei,114.3,30.6\n", encoding="utf-8")
    path = load([tmp_path / "n1.csv"], tmp_path / "data.gpkg", gazetteer=str(gazetteer))
    elsewhere = tmp_path.with_name(f"{tmp_path.name}_archive")
    (elsewhere / "older").mkdir(parents=True)
    gazetteer.rename(elsewhere / "older" / "cities.csv")
    with pytest.raises(AtlasError, match=r"“cities.csv”, the gazetteer .* SOURCE_FOLDER"):
        append(path, [tmp_path / "n2.csv"])
    result = append(path, [tmp_path / "n2.csv"], elsewhere)
    assert (result.cleaned.info.rows_read, result.cleaned.info.located) == (2, 1)


def test_all_options_are_recorded_and_read_back() -> None:
    options = LoadOptions(
        columns={"time": "updated = at", "confirmed": "#3", "active": ""}, counts=CountKind.INCREMENTS,
        listing=Listing.FULL, datum=Datum.BD09, crs="EPSG:32650", time_zone="Asia/Shanghai", date_order="dmy",
        year=2020, report_date="2020-04-12", step=Step.HOUR, keep_unchanged=True, outbreak_start=False,
        gazetteer="cities.csv", sheet="#2")
    assert all(getattr(options, one.name) != getattr(LoadOptions(), one.name) for one in fields(LoadOptions))
    for one in (options, replace(LoadOptions(), step=Step.DAY), replace(options, outbreak_start=True)):
        rows = {f"parameter.{name}": text for name, text in _options_used(one).items()}
        assert recorded_options({**rows, "step": str(one.step)}) == one
    assert recorded_options({"step": "day"}) == LoadOptions()
    assert recorded_options({"step": "week"}).step == recorded_options(
        {"step": "week", "parameter.step": "day"}).step == Step.WEEK


def test_sources_are_read_back_in_order(days: list[Path], tmp_path: Path) -> None:
    path = load(write_days(tmp_path / "many", range(1, 13)), tmp_path / "data.gpkg")
    names = [source.name for source in recorded_sources(read_rows(path))]
    assert names == [f"day{n}.csv" for n in range(1, 13)]


@pytest.mark.shared_data
def test_italy_grows_day_by_day(tmp_path: Path, shared_data: Path) -> None:
    """The second half of the real daily files appended to a dataset of the first half."""
    source = shared_data / "it_provinces_daily"
    files = sorted(source.glob("*.csv"))
    path = load(files[:60], tmp_path / "italy.gpkg")
    append(path, files[60:], source)
    assert tables(path) == tables(load(files, tmp_path / "together.gpkg"))


def test_what_a_killed_process_left_is_removed(tmp_path: Path, days: list[Path], dataset: Path) -> None:
    from outbreak_atlas.plugin.store.atomic import hidden_beside

    with hidden_beside(dataset) as part:
        left = part.with_name(part.name.replace(f"-{os.getpid()}-", "-999999999-"))
        left.write_bytes(b"half of a dataset")
        assert left != part and left.is_file()
    assert not part.exists()
    append(dataset, days[3:])
    assert not left.exists()
