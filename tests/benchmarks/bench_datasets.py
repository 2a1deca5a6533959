"""`./run bench datasets`: every file of the real datasets through `loaddataset`, and the reading against pandas.

A line a dataset: rows read, states, rows merged (into the state they repeat, or as exact duplicates), rejected,
findings, places located of all, seconds (from reading to report) and rows a second; or the sentence with which it
is refused. Options are what a person has to say about the file (see `real_datasets.py`). The last lines compare
reading (file to parsed columns, everything found out) with `pandas.read_csv` and `to_datetime` that are told
everything; medians of seven, taken in turn in one process. Without the real datasets, or with --smoke, the
synthetic sample is loaded and read.
"""
from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd
from harness import ROOT, Table, shared_file, start

sys.path.insert(0, str(ROOT / "tests" / "qgis"))
from real_datasets import LOADED, REFUSED, RealDataset

MAIN = "cn_city_updates/toutiao_city_updates.csv.gz"
REPEATS = 7
_FIELDS = ("dataset", "rows_read", "states", "merged", "rejected", "findings", "located", "seconds", "rows_a_second",
           "counts", "option")
_LINE = ("{dataset:<22} {rows_read:>9} {states:>8} {merged:>8} {rejected:>8} {findings:>8} {located:>13} {seconds:>8} "
         "{rows_a_second:>13}  {counts:<11} {option}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small data, one repeat: does it still run?")
    smoke = parser.parse_args().smoke
    qgis = start()
    table = Table("datasets", smoke=smoke)
    main_dataset = shared_file(MAIN)
    with tempfile.TemporaryDirectory(prefix="atlas-bench-", dir=ROOT / "build") as folder:
        sample = _sample(Path(folder) / "sample.csv", 6_000 if smoke else 640_000)
        if main_dataset is None or smoke:
            _load_sample(table, sample, Path(folder))
        else:
            _load_all(table, main_dataset.parents[1], Path(folder))
        _compare_reading(table, sample, None if smoke else main_dataset, 1 if smoke else REPEATS)
    table.close()
    del qgis
    return 0


def _load_all(table: Table, data: Path, folder: Path) -> None:
    print(_LINE.format(**{name: name.replace("_", " ") for name in _FIELDS}))
    for dataset in LOADED:
        _load(table, dataset, data, folder / f"{dataset.name}.gpkg")
    for dataset in REFUSED:
        _print_refusal(dataset, data, folder / "refused.gpkg")


def _load_sample(table: Table, sample: Path, folder: Path) -> None:
    print(_LINE.format(**{name: name.replace("_", " ") for name in _FIELDS}))
    _load(table, RealDataset("sample", sample.name), sample.parent, folder / "loaded.gpkg")


def _load(table: Table, dataset: RealDataset, data: Path, output: Path) -> None:
    """Load one dataset, print its line, and keep it for the file of results."""
    import processing

    began = time.perf_counter()
    results = processing.run("outbreakatlas:loaddataset", {
        "INPUT": [str(path) for path in dataset.paths(data)], **dataset.parameters(data), "OUTPUT": str(output)})
    seconds = time.perf_counter() - began
    fields = _fields(results, output, seconds)
    print(_LINE.format(dataset=dataset.name, option=dataset.words or "-", **fields), flush=True)
    words = "; ".join(f"{name.replace('_', ' ')} {value}" for name, value in fields.items())
    table.keep(dataset.name, results["ROWS_READ"], seconds, f"{dataset.words or 'no option'}: {words}")


def _fields(results: dict[str, Any], output: Path, seconds: float) -> dict[str, str]:
    from outbreak_atlas.plugin.store.facts import read_info

    located = read_info(output)["located"]
    return {
        "rows_read": f"{results['ROWS_READ']:,}", "states": f"{results['STATES']:,}",
        "merged": f"{results['ROWS_MERGED'] + results['ROWS_DUPLICATE']:,}",
        "rejected": f"{results['ROWS_REJECTED']:,}", "findings": str(_count_findings(output)),
        "located": f"{located:,}/{results['PLACES']:,}", "seconds": f"{seconds:.2f}",
        "rows_a_second": f"{results['ROWS_READ'] / seconds:,.0f}", "counts": results["COUNTS_KIND"],
    }


def _count_findings(output: Path) -> int:
    from outbreak_atlas.plugin.store.opening import open_to_read

    with open_to_read(output) as connection:
        return int(connection.execute("SELECT count(*) FROM findings").fetchone()[0])


def _print_refusal(dataset: RealDataset, data: Path, output: Path) -> None:
    import processing
    from qgis.core import QgsProcessingException

    try:
        processing.run("outbreakatlas:loaddataset", {
            "INPUT": [str(path) for path in dataset.paths(data)], "OUTPUT": str(output)})
    except QgsProcessingException as refusal:
        print(f"{dataset.name:<22} refused: {refusal}")
    else:
        print(f"{dataset.name:<22} was loaded, though it should have been refused")


def _compare_reading(table: Table, sample: Path, main_dataset: Path | None, repeats: int) -> None:
    jobs: list[tuple[str, Path, Callable[[Path], int]]] = [("reading: sample", sample, _pandas_sample)]
    if main_dataset is not None:
        jobs.insert(0, ("reading: main dataset", main_dataset, _pandas_main))
    for name, path, peer in jobs:
        ours_s, peer_s, rows = [], [], 0
        for _ in range(repeats):
            seconds, rows = _timed(peer, path)
            peer_s.append(seconds)
            ours_s.append(_timed(_ours, path)[0])
        table.add(name, rows, median(ours_s), "pandas.read_csv and to_datetime, told everything", median(peer_s),
                  goal="at most 1.3")


def _timed(work: Callable[[Path], int], path: Path) -> tuple[float, int]:
    began = time.perf_counter()
    rows = work(path)
    return time.perf_counter() - began, rows


def _ours(path: Path) -> int:
    """From the file to parsed columns; encoding, delimiter, columns and formats are found out on the way."""
    from outbreak_atlas.plugin.core.columns import plan_columns
    from outbreak_atlas.plugin.core.dataset import LoadOptions
    from outbreak_atlas.plugin.core.parsing import parse_cells
    from outbreak_atlas.plugin.core.progress import Progress
    from outbreak_atlas.plugin.core.reading import read_table
    from outbreak_atlas.plugin.core.tables import join_tables

    joined = join_tables([read_table(path)])
    plan = plan_columns(joined.headers, joined.frame, {})
    return len(parse_cells(joined, plan, LoadOptions(), Progress()).reason)


def _pandas_main(path: Path) -> int:
    """The types and formats of the main dataset's columns are given."""
    counts = dict.fromkeys(("lat", "lon", "confirmed", "suspected", "cured", "dead"), "float64")
    names = dict.fromkeys(("province_zh", "city_zh", "province", "city", "source_code", "adcode"), "str")
    rows = pd.read_csv(path, encoding="utf-8", sep=",", dtype={**counts, **names})
    rows["updateTime"] = pd.to_datetime(rows["updateTime"], format="%Y-%m-%dT%H:%M:%S%z", utc=True)
    rows["date"] = pd.to_datetime(rows["date"], format="%Y-%m-%d")
    return len(rows)


def _pandas_sample(path: Path) -> int:
    rows = pd.read_csv(path, encoding="utf-8", sep=",", dtype={"lat": "float64", "lon": "float64"})
    time_column = next(name for name in rows.columns if "time" in name or "reported" in name)
    rows[time_column] = pd.to_datetime(rows[time_column], utc=True, errors="coerce")
    return len(rows)


def _sample(path: Path, rows: int) -> Path:
    import processing

    processing.run("outbreakatlas:makesampledataset", {
        "ROWS": rows, "PLACES": max(300, rows // 27), "CITIES": 300 if rows > 100_000 else 20, "SEED": 1,
        "OUTPUT": str(path)})
    return path


if __name__ == "__main__":
    raise SystemExit(main())
