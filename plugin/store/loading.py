"""The whole way of a dataset: files read, cleaned, written as one GeoPackage."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Callable

from ..core.arrays import Ints
from ..core.cleaning import clean
from ..core.dataset import Cleaned, LoadOptions
from ..core.errors import AtlasError
from ..core.files import Reader, ReadOptions, read_file, split_layer
from ..core.fitting import fit_together
from ..core.progress import Progress
from ..core.reading import NoRows, RawTable, original_text
from ..core.report import report_path
from ..core.tables import distinct_names, renamed
from ..core.version import plugin_version
from .geopackage import write_dataset

#: Style documents of the layers, by table name.
MakeStyles = Callable[[Cleaned], "dict[str, str]"]

#: Shares of the time that reading and cleaning take of a load.
_READ, _CLEANED = 0.3, 0.55


def load_dataset(
    paths: Sequence[Path], output: Path, options: LoadOptions, make_styles: MakeStyles, progress: Progress,
    readers: Sequence[Reader] = (),
) -> Cleaned:
    """Load files as one dataset into the GeoPackage `output`, which appears when all is done.

    `readers` read the files that are neither text nor workbook (`bridge.vectors.read_points`).
    Raises `AtlasError` (nothing is written then, an existing file stays as it is) and `Cancelled`.
    """
    _refuse_own_source(paths, output, options)
    cleaned = read_and_clean(paths, options, progress.part(0, _CLEANED), readers)
    progress.report(_CLEANED, f"Writing {len(cleaned.states):,} states of {cleaned.info.places:,} places")
    write_dataset(output, cleaned, make_styles(cleaned), progress.part(_CLEANED, 1), plugin_version())
    return cleaned


def read_and_clean(
    paths: Sequence[Path], options: LoadOptions, progress: Progress, readers: Sequence[Reader] = ()
) -> Cleaned:
    """Read and clean files as one dataset, in the order given."""
    tables = read_files(paths, options, progress.part(0, _READ / _CLEANED), readers)

    def original(source: int, rows: Ints) -> list[str]:
        texts = tables[source].texts
        if texts is not None:
            return texts(rows)
        return original_text(split_layer(paths[source])[0], rows, tables[source].source)

    return clean(tables, options, original, progress.part(_READ / _CLEANED, 1))


def read_files(
    paths: Sequence[Path], options: LoadOptions, progress: Progress, readers: Sequence[Reader] = (),
    most_rows: int | None = None,
) -> list[RawTable]:
    """The raw tables of files that are to be one dataset; `most_rows` of each are enough for a preview."""
    if not paths:
        raise AtlasError("No file was given: choose one or more files to load.")
    _refuse_repeats(paths)
    share = 1 / len(paths)
    asked = ReadOptions.of(options, most_rows)
    tables: list[RawTable] = []
    without_rows: dict[int, NoRows] = {}
    for index, (path, name) in enumerate(zip(paths, distinct_names(paths))):
        try:
            table = read_file(path, asked, progress.part(index * share, (index + 1) * share), readers)
            tables.append(renamed(table, name))
        except NoRows as error:
            without_rows[index] = error
    if not tables:
        raise without_rows[0]
    fitted = fit_together(tables, options)
    for index, found in without_rows.items():
        fitted.insert(index, _empty(fitted[0], found))
    return fitted


def _empty(like: RawTable, found: NoRows) -> RawTable:
    """A file of a day without reports among others: it stays named, with no rows."""
    source = replace(found.source, note="has a header but no rows")
    return replace(
        like, frame=like.frame.iloc[:0], rows=like.rows[:0], rejected=like.rejected.iloc[:0], source=source, texts=None)


def _refuse_repeats(paths: Sequence[Path]) -> None:
    """The same file twice would count its events twice."""
    seen: set[Path] = set()
    for path in paths:
        if path.resolve() in seen:
            raise AtlasError(f"“{path.name}” was given twice: choose each file once.")
        seen.add(path.resolve())


def _refuse_own_source(paths: Sequence[Path], output: Path, options: LoadOptions) -> None:
    """Nothing that is read may be written over, the report beside the GeoPackage included."""
    gazetteer = [Path(options.gazetteer)] if options.gazetteer else []
    written = {output.resolve(), report_path(output).resolve()}
    for path in (*(split_layer(path)[0] for path in paths), *gazetteer):
        if path.resolve() in written:
            raise AtlasError(f"“{path.name}” would be read and written over: choose another name for the output.")
