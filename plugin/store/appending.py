"""New reports for a finished dataset: all its files, old and new, are loaded again into the same GeoPackage."""
from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.dataset import Cleaned, LoadOptions
from ..core.errors import AtlasError
from ..core.files import Reader, split_layer
from ..core.fingerprints import Watched
from ..core.progress import Progress
from ..core.report import report_path
from .atomic import explained, hidden_beside
from .loading import MakeStyles, load_dataset
from .opening import read_rows
from .recorded import RecordedSource, recorded_options, recorded_sources
from .sql import file_uri

#: Folders below a folder are searched for the old files this deep.
_DEPTH = 4
#: Pages copied between two looks at whether to go on, and how often a busy file is asked again, after a pause.
_PAGES, _PATIENCE, _PAUSE_S = 2000, 40, 0.05
#: What SQLite says of a step of the copy that went well, and of the last one (Python names them from 3.11 on).
_OK, _DONE = 0, 101
#: Shares of the time: files found, dataset loaded.
_FOUND, _LOADED = 0.1, 0.95


@dataclass(frozen=True)
class Appended:
    """The dataset as it is now, and the names of files that were in it before and are not counted twice."""

    cleaned: Cleaned
    skipped: tuple[str, ...]


def append_reports(
    path: Path, files: Sequence[Path], folders: Sequence[Path], make_styles: MakeStyles, progress: Progress,
    readers: Sequence[Reader] = (),
) -> Appended:
    """Add files to the dataset `path`; the result equals a load of the old and the new files together.

    The old files are looked for in `folders`, beside the GeoPackage and beside the new files, by name and SHA-256
    (the GeoPackage names no folders), and loaded with the parameters and the step of the dataset. Without new files
    the dataset is loaded again. An open GeoPackage stays open: its content is exchanged in one transaction.
    Raises `AtlasError` when a file is missing or has changed (nothing is written then), and `Cancelled`.
    """
    rows = read_rows(path)
    _refuse_itself(path, files)
    places = list(dict.fromkeys([*folders, path.parent, *(_file(one).parent for one in files)]))
    found = _old_files(path.name, recorded_sources(rows), places, progress.part(0, _FOUND / 2))
    known = {_content(source.sha256, Path(source.name)) for source, _ in found}
    new, skipped = _not_known(files, known, progress.part(_FOUND / 2, _FOUND))
    if files and not new:
        raise AtlasError(f"Nothing to append: {_named(skipped)} {_is(skipped)} in “{path.name}” already.")
    options = _with_gazetteer(recorded_options(rows), places, path.name, progress.part(_FOUND, _FOUND))
    with explained(path, path.stat().st_size), hidden_beside(path) as fresh:
        part = progress.part(_FOUND, _LOADED)
        cleaned = load_dataset([*(old for _, old in found), *new], fresh, options, make_styles, part, readers)
        exchange_content(path, fresh, progress.part(_LOADED, 1))
    return Appended(cleaned, tuple(skipped))


def exchange_content(path: Path, fresh: Path, progress: Progress) -> None:
    """Put the content of the database `fresh` in place of that of `path`, all of it or, after an error, nothing.

    The file itself stays, so that programs that have it open (QGIS, also on Windows) see the new content.
    """
    refused = 0

    def look(status: int, remaining: int, total: int) -> None:
        nonlocal refused
        if status in (_OK, _DONE):
            refused = 0
            progress.report(1 - remaining / max(total, 1))
            return
        refused += 1
        if refused > _PATIENCE:
            raise AtlasError(f"“{path.name}” is being used by another program: close it there and try again.")

    source, target = (file_uri(one.resolve(), mode) for one, mode in ((fresh, "ro"), (path, "rw")))
    with closing(sqlite3.connect(source, uri=True)) as new, closing(sqlite3.connect(target, uri=True)) as old:
        new.backup(old, pages=_PAGES, progress=look, sleep=_PAUSE_S)


def _refuse_itself(path: Path, files: Sequence[Path]) -> None:
    written = {path.resolve(), report_path(path).resolve()}
    for one in files:
        if _file(one).resolve() in written:
            raise AtlasError(f"“{one.name}” is the dataset itself: choose the files with its new reports.")


def _old_files(
    dataset: str, sources: Sequence[RecordedSource], folders: Sequence[Path], progress: Progress
) -> list[tuple[RecordedSource, Path]]:
    """Each recorded file with the path at which it lies now."""
    by_name = _lying_about({_file(Path(source.name)).name for source in sources}, folders, progress)
    hashes: dict[Path, str] = {}
    found: list[tuple[RecordedSource, Path]] = []
    for source in sources:
        name, layer = split_layer(Path(source.name))
        candidates = _nearest_first(by_name.get(name.name, []), name)
        taken = {_file(one) for _, one in found}
        for one in candidates:
            hashes[one] = hashes.get(one) or Watched(one, progress).finish()
        mine = [one for one in candidates if hashes[one] == source.sha256 and (layer or one not in taken)]
        if not mine:
            raise _missing(dataset, source, candidates, len(sources))
        found.append((source, _with_layer(mine[0], layer)))
    return found


def _lying_about(names: set[str], folders: Sequence[Path], progress: Progress) -> dict[str, list[Path]]:
    """Files of these names in folders and the folders below, by name."""
    found: dict[str, list[Path]] = {}
    for folder in folders:
        for here, files in _walk(folder.resolve(), _DEPTH):
            progress.check()
            for name in names.intersection(files):
                if here / name not in found.setdefault(name, []):
                    found[name].append(here / name)
    return found


def _walk(folder: Path, depth: int) -> Iterator[tuple[Path, list[str]]]:
    for here, below, files in os.walk(folder):
        if len(Path(here).relative_to(folder).parts) >= depth:
            below.clear()
        below[:] = sorted(name for name in below if not name.startswith("."))
        yield Path(here), files


def _nearest_first(candidates: Sequence[Path], name: Path) -> list[Path]:
    """Those whose folders are the recorded ones first."""
    return sorted(candidates, key=lambda one: one.parts[-len(name.parts):] != name.parts)


def _missing(dataset: str, source: RecordedSource, candidates: Sequence[Path], count: int) -> AtlasError:
    of_several = f", one of the {count} files" if count > 1 else ", the file"
    if candidates:
        return AtlasError(
            f"“{source.name}”{of_several} that “{dataset}” was loaded from, has changed since then: put the old file "
            "back (or give SOURCE_FOLDER, where it lies), or load all files anew.", str(candidates[0]))
    return AtlasError(
        f"“{source.name}”{of_several} that “{dataset}” was loaded from, was not found beside it: give SOURCE_FOLDER, "
        "the folder in which the old files lie.")


def _not_known(
    files: Sequence[Path], known: set[tuple[str, str]], progress: Progress
) -> tuple[list[Path], list[str]]:
    """New files, and the names of those whose content is in the dataset, or among the new ones, already."""
    new, skipped, seen = [], [], set(known)
    for one in files:
        content = _content(Watched(_file(one), progress).finish(), one)
        if content in seen:
            skipped.append(one.name)
        else:
            new.append(one)
        seen.add(content)
    return new, skipped


def _content(sha256: str, path: Path) -> tuple[str, str]:
    """What tells the content of a file from others: several layers of one file are several tables."""
    return sha256, split_layer(path)[1]


def _with_gazetteer(options: LoadOptions, folders: Sequence[Path], dataset: str, progress: Progress) -> LoadOptions:
    """The options with the gazetteer where it lies now."""
    if not options.gazetteer:
        return options
    name = options.gazetteer
    for one in _lying_about({name}, folders, progress).get(name, []):
        return replace(options, gazetteer=str(one))
    raise AtlasError(
        f"“{name}”, the gazetteer with which “{dataset}” was loaded, was not found: give SOURCE_FOLDER, the folder in "
        "which it lies.")


def _file(path: Path) -> Path:
    return split_layer(path)[0]


def _with_layer(path: Path, layer: str) -> Path:
    return path.with_name(f"{path.name}|layername={layer}") if layer else path


def _named(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"
