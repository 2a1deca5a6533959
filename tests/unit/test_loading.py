"""The whole load from files to a GeoPackage: its faults leave nothing half done and no old file harmed."""
from __future__ import annotations

import gzip
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from itertools import count
from pathlib import Path

import pytest
from outbreak_atlas.plugin.core.dataset import Cleaned, LoadOptions
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.sample import write_sample
from outbreak_atlas.plugin.core.schema import Datum
from outbreak_atlas.plugin.store.geopackage import read_info
from outbreak_atlas.plugin.store.loading import load_dataset

ROOT = Path(__file__).resolve().parents[2]
GOOD = "reported_at,place,lon,lat,confirmed\n2020-02-01T08:00:00,A,114.3,30.6,1\n2020-02-02T08:00:00,A,114.3,30.6,2\n"


def load(path: Path, output: Path, progress: Progress | None = None, **options: object) -> Cleaned:
    return load_dataset([path], output, LoadOptions(**options), lambda _: {}, progress or Progress())


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "dataset.gpkg"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.csv"
    write_sample(path, rows=6_000, places=300, cities=30)
    return path


BAD_FILES = {
    "empty file": (b"", "is empty"),
    "header only": (b"date,place,lon,lat,confirmed\n", "no rows"),
    "binary file": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 20, "bad"),
    "truncated gz": (gzip.compress(GOOD.encode() * 3000)[:-40], "ends too early"),
    "no coordinates": (b"date,place,confirmed\n2020-02-01,A,1\n", "no coordinates"),
    "no date": (b"place,lon,lat,confirmed\nA,114,30,1\n", "no column with dates"),
    "all rows rejected": (b"date,place,lon,lat,confirmed\n2020-02-01,A,114,30,x\n2020-02-02,B,114,30,\n".replace(
        b",\n", b",y\n"), "None of the"),
}


@pytest.mark.parametrize("fault", BAD_FILES)
def test_a_bad_file_is_refused_in_one_sentence_that_names_it(fault: str, tmp_path: Path, output: Path) -> None:
    content, words = BAD_FILES[fault]
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    columns = {"confirmed": "confirmed"} if fault == "all rows rejected" else {}
    with pytest.raises(AtlasError) as caught:
        load(path, output, columns=columns)
    assert words in caught.value.message and "bad.csv" in caught.value.message
    assert "Traceback" not in caught.value.message and "\n" not in caught.value.message
    assert list(output.parent.iterdir()) == []


def test_a_missing_file_is_refused(tmp_path: Path, output: Path) -> None:
    with pytest.raises(AtlasError, match=r"gone\.csv"):
        load(tmp_path / "gone.csv", output)


def test_a_file_that_vanishes_midway_is_noticed(sample: Path, tmp_path: Path, output: Path) -> None:
    path = tmp_path / "vanishing.csv"
    path.write_bytes(sample.read_bytes())

    def vanish(fraction: float, message: str) -> None:
        if path.exists():
            path.unlink()

    with pytest.raises(AtlasError, match=r"vanishing\.csv"):
        load(path, output, CallbackProgress(vanish))
    assert list(output.parent.iterdir()) == []


def test_cancel_at_every_stage_leaves_the_old_file_and_nothing_else(sample: Path, good: Path, output: Path) -> None:
    load(good, output)
    before = output.read_bytes()
    asked, stages = count(), []
    whole = CallbackProgress(lambda fraction, _: stages.append(fraction), lambda: next(asked) < 0)
    load(sample, output.with_name("whole.gpkg"), whole)
    output.with_name("whole.gpkg").unlink()
    assert stages == sorted(stages)
    questions = next(asked)
    assert questions > 15
    # The last question is asked when the new file is in its place already.
    for stop in range(questions - 1):
        again = count()
        with pytest.raises(Cancelled):
            load(sample, output, CallbackProgress(cancelled=lambda again=again, stop=stop: next(again) >= stop))
        assert list(output.parent.iterdir()) == [output], stop
    assert output.read_bytes() == before


def test_output_that_cannot_be_written(good: Path, tmp_path: Path) -> None:
    for folder in (tmp_path / "missing", good):
        with pytest.raises(AtlasError):
            load(good, folder / "dataset.gpkg")


def test_output_open_elsewhere_is_not_replaced(good: Path, output: Path) -> None:
    load(good, output)
    other = sqlite3.connect(output)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("SELECT count(*) FROM updates").fetchall()
    try:
        with pytest.raises(AtlasError, match=r"dataset\.gpkg"):
            load(good, output)
        assert other.execute("SELECT count(*) FROM updates").fetchone() == (2,)
    finally:
        other.close()


def _killed_midway(sample: Path, output: Path) -> None:
    """A load in a process of its own, killed while it writes."""
    script = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        sys.path.insert(0, sys.argv[1])
        from session import register_package
        register_package()
        from outbreak_atlas.plugin.core.dataset import LoadOptions
        from outbreak_atlas.plugin.core.progress import CallbackProgress
        from outbreak_atlas.plugin.store.loading import load_dataset

        def report(fraction, message):
            if fraction > 0.7:
                print("writing", flush=True)
                time.sleep(60)

        load_dataset([Path(sys.argv[2])], Path(sys.argv[3]), LoadOptions(), lambda _: {}, CallbackProgress(report))
    """)
    command = [sys.executable, "-c", script, str(ROOT / ".ci"), str(sample), str(output)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
def test_kill_9_midway_harms_no_old_file_and_the_next_load_cleans_up(sample: Path, good: Path, output: Path) -> None:
    load(good, output)
    before = output.read_bytes()
    _killed_midway(sample, output)
    assert output.read_bytes() == before
    assert list(output.parent.glob("*")) == [output] or all(
        path == output or path.name.startswith(".") for path in output.parent.iterdir())
    load(good, output)
    assert list(output.parent.iterdir()) == [output], "what the killed load left is removed"


def test_disk_full_says_so_and_leaves_nothing(sample: Path, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    if os.name != "posix" or subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    ).returncode:
        pytest.skip("a small tmpfs cannot be mounted here")
    try:
        with pytest.raises(AtlasError, match="MB"):
            load(sample, folder / "dataset.gpkg")
        assert list(folder.iterdir()) == []
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_the_record_tells_sources_and_choices(good: Path, output: Path) -> None:
    load(good, output, datum=Datum.GCJ02)
    info = read_info(output)
    assert info["sources"] == ["good.csv"] and info["datum"] == "GCJ02"
    with sqlite3.connect(output) as db:
        record = dict(db.execute("SELECT key, value FROM dataset").fetchall())
    assert record["plugin_version"].count(".") == 2
    assert len(record["source.1.sha256"]) == 64
    assert record["column.time"] == "reported_at"


def test_several_files_are_one_dataset(tmp_path: Path, output: Path) -> None:
    header, *rows = GOOD.splitlines()
    paths = []
    for number, row in enumerate(rows):
        paths.append(tmp_path / f"day{number}.csv")
        paths[-1].write_text(f"{header}\n{row}\n", encoding="utf-8")
    begin = time.monotonic()
    result = load_dataset(paths, output, LoadOptions(), lambda _: {}, Progress())
    assert result.states["source"].tolist() == ["day0.csv", "day1.csv"]
    assert result.states["first_row"].tolist() == [2, 2]
    assert time.monotonic() - begin < 30


def test_a_text_may_be_named_as_qgis_names_a_layer(tmp_path: Path, output: Path) -> None:
    path = tmp_path / "reports.csv"
    path.write_text(GOOD + "never,A,114.3,30.6,3\n", encoding="utf-8")
    result = load(Path(f"{path}|layername=reports"), output)
    assert result.rejected["raw"].tolist() == ["never,A,114.3,30.6,3"]
