"""A GeoPackage appears whole or not at all, and what stood there before is never damaged."""
from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from made_datasets import made_dataset
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.store.geopackage import estimated_bytes, read_info, write_dataset

ROOT = Path(__file__).resolve().parents[2]
#: Runs in a process of its own: writes a dataset and does something to itself halfway.
_WRITER = """
import importlib.util, os, resource, signal, sys
from pathlib import Path
root, target, deed = sys.argv[1:]
sys.path.insert(0, root + "/tests/unit")
spec = importlib.util.spec_from_file_location(
    "outbreak_atlas", root + "/__init__.py", submodule_search_locations=[root])
sys.modules["outbreak_atlas"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["outbreak_atlas"])
from made_datasets import made_dataset
from outbreak_atlas.plugin.core.progress import CallbackProgress
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.store.geopackage import write_dataset

def halfway(fraction, message):
    if deed == "die" and fraction > 0.5:
        os.kill(os.getpid(), signal.SIGKILL)

if deed == "small":
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
try:
    write_dataset(Path(target), made_dataset(2000, 20), {}, CallbackProgress(halfway))
except AtlasError as error:
    print(error.message)
"""

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals and mounts are those of POSIX")


def _write_elsewhere(target: Path, deed: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _WRITER, str(ROOT), str(target), deed]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A finished dataset of three places."""
    path = tmp_path / "data.gpkg"
    write_dataset(path, made_dataset(3, 2), {}, Progress())
    return path


def test_a_file_is_replaced_when_the_new_one_is_whole(target: Path) -> None:
    write_dataset(target, made_dataset(5, 2), {}, Progress())
    assert read_info(target)["places"] == 5
    assert _names(target.parent) == ["data.gpkg"]


def test_a_symbolic_link_keeps_pointing(target: Path) -> None:
    link = target.parent / "link.gpkg"
    link.symlink_to(target)
    write_dataset(link, made_dataset(5, 2), {}, Progress())
    assert link.is_symlink() and read_info(target)["places"] == 5


@pytest.mark.parametrize("existing", [True, False])
def test_cancelled_at_any_stage_nothing_changes(target: Path, existing: bool) -> None:
    before = target.read_bytes()
    path = target if existing else target.with_name("new.gpkg")
    checks = 0
    while True:
        asked, checks = iter(range(checks + 1)), checks + 1
        progress = CallbackProgress(cancelled=lambda asked=asked: next(asked, None) is None)
        try:
            write_dataset(path, made_dataset(1000, 20), {}, progress)
        except Cancelled:
            assert target.read_bytes() == before
            assert _names(target.parent) == ["data.gpkg"]
        else:
            break
    assert checks > 3
    assert read_info(path)["places"] == 1000


def test_a_failure_in_the_middle_changes_nothing(target: Path) -> None:
    before = target.read_bytes()

    def fail(fraction: float, _: str) -> None:
        if fraction > 0.5:
            raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        write_dataset(target, made_dataset(1000, 20), {}, CallbackProgress(fail))
    assert target.read_bytes() == before and _names(target.parent) == ["data.gpkg"]


@posix_only
def test_a_killed_writer_damages_nothing_and_is_cleaned_up_after(target: Path) -> None:
    before = target.read_bytes()
    assert _write_elsewhere(target, "die").returncode == -signal.SIGKILL
    assert target.read_bytes() == before
    left = [name for name in _names(target.parent) if name != "data.gpkg"]
    assert len(left) == 1 and left[0].startswith(".") and ".gpkg" not in left[0]
    write_dataset(target, made_dataset(5, 2), {}, Progress())
    assert _names(target.parent) == ["data.gpkg"]


def test_parts_of_the_living_are_left_alone(target: Path) -> None:
    host_and_pid = None

    def look(_: float, __: str) -> None:
        nonlocal host_and_pid
        host_and_pid = next(path for path in target.parent.glob(".*.atlas-part")).name.split(".")[2]

    write_dataset(target, made_dataset(5, 2), {}, CallbackProgress(look))
    other = target.parent / f".other.{host_and_pid}.atlas-part"
    other.write_bytes(b"being written")
    write_dataset(target, made_dataset(5, 2), {}, Progress())
    assert other.exists()


@posix_only
def test_a_disk_that_refuses_more_is_said_so(target: Path) -> None:
    before = target.read_bytes()
    outcome = _write_elsewhere(target, "small")
    assert "data.gpkg" in outcome.stdout and "could not be written" in outcome.stdout, outcome.stderr
    assert target.read_bytes() == before and _names(target.parent) == ["data.gpkg"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if mount is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    command = [mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    made = subprocess.run(command, capture_output=True, check=False)
    if made.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {made.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_said_before_the_work(small_disk: Path) -> None:
    with pytest.raises(AtlasError, match=r"not enough room for “a\.gpkg”: it needs about \d+ MB, .* has 4 MB free"):
        write_dataset(small_disk / "a.gpkg", made_dataset(2000, 20), {}, Progress())
    assert _names(small_disk) == []


def test_a_disk_that_fills_up_on_the_way_is_said_so(small_disk: Path) -> None:
    target = small_disk / "a.gpkg"
    write_dataset(target, made_dataset(3, 2), {}, Progress())
    before = target.read_bytes()
    dataset = made_dataset(400, 20)
    assert estimated_bytes(dataset) * 0.75 < 3_700_000

    def fill(fraction: float, _: str) -> None:
        ballast = small_disk / "ballast"
        if not ballast.exists():
            ballast.write_bytes(b"x" * 3_000_000)

    fill_up = CallbackProgress(fill)
    with pytest.raises(AtlasError, match=r"not enough room for “a\.gpkg”: it needs about \d MB"):
        write_dataset(target, dataset, {}, fill_up)
    assert target.read_bytes() == before
    assert _names(small_disk) == ["a.gpkg", "ballast"]


def test_a_missing_folder_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(AtlasError, match="does not exist"):
        write_dataset(tmp_path / "no" / "a.gpkg", made_dataset(3, 2), {}, Progress())


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(AtlasError, match="does not exist"):
        write_dataset(tmp_path / "file" / "a.gpkg", made_dataset(3, 2), {}, Progress())


def test_a_folder_is_no_target(tmp_path: Path) -> None:
    (tmp_path / "a.gpkg").mkdir()
    with pytest.raises(AtlasError, match="not a file"):
        write_dataset(tmp_path / "a.gpkg", made_dataset(3, 2), {}, Progress())


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no folder here that refuses even root")
def test_a_folder_that_takes_no_files_is_said_so() -> None:
    with pytest.raises(AtlasError, match=r"“a\.gpkg” cannot be written in “/proc”"):
        write_dataset(Path("/proc/a.gpkg"), made_dataset(3, 2), {}, Progress())


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_a_file_that_another_program_has_open_is_refused(target: Path, mode: str) -> None:
    with closing(sqlite3.connect(target, isolation_level=None)) as other:
        other.execute(f"PRAGMA journal_mode = {mode}")
        if mode == "DELETE":
            other.execute("BEGIN IMMEDIATE")
        other.execute("SELECT count(*) FROM updates").fetchone()
        before = target.read_bytes()
        with pytest.raises(AtlasError, match=r"“data\.gpkg” is open in another program"):
            write_dataset(target, made_dataset(5, 2), {}, Progress())
        assert target.read_bytes() == before
        assert not list(target.parent.glob(".*"))
    write_dataset(target, made_dataset(5, 2), {}, Progress())
    assert read_info(target)["places"] == 5 and _names(target.parent) == ["data.gpkg"]


def test_a_file_opened_while_we_write_is_refused_at_the_end(target: Path) -> None:
    before = target.read_bytes()
    with closing(sqlite3.connect(target, isolation_level=None)) as other:

        def edit(fraction: float, _: str) -> None:
            if fraction > 0.5 and not other.in_transaction:
                other.execute("BEGIN IMMEDIATE")

        with pytest.raises(AtlasError, match="open in another program"):
            write_dataset(target, made_dataset(1000, 20), {}, CallbackProgress(edit))
    assert target.read_bytes() == before and _names(target.parent) == ["data.gpkg"]


def test_a_log_left_by_a_crash_does_not_reach_the_new_file(target: Path, tmp_path: Path) -> None:
    """A copy of database and log is what a program that died leaves behind."""
    crashed = tmp_path / "crashed.gpkg"
    with closing(sqlite3.connect(target, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("UPDATE dataset SET value = 'changed'")
        shutil.copy(target, crashed)
        shutil.copy(f"{target}-wal", f"{crashed}-wal")
    write_dataset(crashed, made_dataset(5, 2), {}, Progress())
    assert not Path(f"{crashed}-wal").exists()
    with closing(sqlite3.connect(crashed)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM updates").fetchone() == (10,)
