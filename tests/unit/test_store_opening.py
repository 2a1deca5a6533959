"""Files of any name and place are opened, and what is ours is known by a glance."""
from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest
from made_datasets import made_dataset
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.store.geopackage import read_info, resnap, write_dataset
from outbreak_atlas.plugin.store.opening import is_ours, open_to_read
from outbreak_atlas.plugin.store.sql import file_uri

ODD_NAMES = (
    "a b.gpkg", "a#b.gpkg", "a?mode=ro&b.gpkg", "50%20.gpkg", "it's \"so\".gpkg", "疫情 数据.gpkg", "a;b&c=d.gpkg",
)


@pytest.mark.parametrize(("path", "uri"), [
    (PurePosixPath("/data/a b.gpkg"), "file:///data/a%20b.gpkg?mode=ro"),
    (PurePosixPath("/data/a#b?c%d.gpkg"), "file:///data/a%23b%3Fc%25d.gpkg?mode=ro"),
    (PurePosixPath("/data/疫情.gpkg"), "file:///data/%E7%96%AB%E6%83%85.gpkg?mode=ro"),
    (PureWindowsPath("C:\\data\\a b.gpkg"), "file:///C:/data/a%20b.gpkg?mode=ro"),
    (PureWindowsPath("\\\\server\\share\\a#b.gpkg"), "file:////server/share/a%23b.gpkg?mode=ro"),
    (PureWindowsPath("\\\\server\\share\\疫情.gpkg"), "file:////server/share/%E7%96%AB%E6%83%85.gpkg?mode=ro"),
])
def test_addresses_of_files(path: PurePath, uri: str) -> None:
    assert file_uri(path, "ro") == uri


def test_a_network_path_names_no_host() -> None:
    """SQLite itself says what an address may be: it refuses the one that `as_uri` makes."""
    path = PureWindowsPath("\\\\server\\share\\a.gpkg")
    with pytest.raises(sqlite3.OperationalError, match="authority"):
        sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        sqlite3.connect(file_uri(path, "ro"), uri=True)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_odd_names_are_written_read_and_changed(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for _ in range(2):  # the second time it stands in the way
        write_dataset(path, made_dataset(5, 2), {}, Progress())
    resnap(path, "week", Progress())
    assert read_info(path)["step"] == "week" and is_ours(path)
    assert [one.name for one in tmp_path.iterdir()] == [name]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there names are any bytes")
def test_a_name_that_is_no_utf8_is_opened(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/r\xe9sum\xe9.gpkg"))
    with closing(sqlite3.connect(tmp_path / "made.gpkg")) as db:
        db.execute("CREATE TABLE dataset (key, value)")
    (tmp_path / "made.gpkg").rename(path)
    with closing(open_to_read(path)) as db:
        assert db.execute("SELECT count(*) FROM dataset").fetchone() == (0,)


def _made(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as db, db:
        for statement in statements:
            db.execute(statement)
    return path


def test_what_is_not_ours_is_told_at_a_glance(tmp_path: Path) -> None:
    (tmp_path / "text.gpkg").write_text("no database at all", encoding="utf-8")
    (tmp_path / "torn.gpkg").write_bytes(b"SQLite format 3\0 and no more")
    table = "CREATE TABLE dataset (key TEXT, value TEXT)"
    foreign = [
        tmp_path, tmp_path / "nowhere.gpkg", tmp_path / "text.gpkg", tmp_path / "torn.gpkg",
        _made(tmp_path / "other.gpkg", "CREATE TABLE roads (id)"),
        _made(tmp_path / "columns.gpkg", "CREATE TABLE dataset (id)"),
        _made(tmp_path / "empty.gpkg", table),
        _made(tmp_path / "theirs.gpkg", table, "INSERT INTO dataset VALUES ('made_by', 'Somebody Else')"),
        _made(tmp_path / "null.gpkg", table, "INSERT INTO dataset VALUES ('made_by', NULL)"),
    ]
    assert [path.name for path in foreign if is_ours(path)] == []
    assert is_ours(_made(tmp_path / "ours.gpkg", table, "INSERT INTO dataset VALUES ('made_by', 'Outbreak Atlas')"))


def test_a_locked_file_is_not_waited_for(tmp_path: Path) -> None:
    path = _made(tmp_path / "locked.gpkg", "CREATE TABLE dataset (key, value)",
                 "INSERT INTO dataset VALUES ('made_by', 'Outbreak Atlas')")
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN EXCLUSIVE")
        assert not is_ours(path)
    assert is_ours(path)


def test_a_glance_needs_no_pandas(tmp_path: Path, repository: Path) -> None:
    write_dataset(tmp_path / "data.gpkg", made_dataset(5, 2), {}, Progress())
    code = ("import sys; sys.path.insert(0, sys.argv[1]); from session import register_package; register_package(); "
            "from pathlib import Path; from outbreak_atlas.plugin.store.opening import is_ours; "
            "print(is_ours(Path(sys.argv[2])), 'pandas' in sys.modules, 'numpy' in sys.modules)")
    command = [sys.executable, "-c", code, str(repository / ".ci"), str(tmp_path / "data.gpkg")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True", "False", "False"], done.stderr
