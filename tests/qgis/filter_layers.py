"""A dataset with odd names, loaded by the loader, and its table as pandas sees it."""
from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
from outbreak_atlas.plugin.core.filters import Area, Shape
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, Step
from outbreak_atlas.plugin.store.moments import moments_of
from small_files import run

START_MS = 18_295 * MS_PER_DAY
DAYS = 6
SHAPE = Shape(("province", "city"), ("confirmed", "deaths"), False, Step.DAY, START_MS, START_MS + DAYS * MS_PER_DAY)
HEADER = "time,place,kind,city,province,lon,lat,confirmed,deaths\n"
_PLACES = (
    ("Ward 1", "hospital", "Wuhan", "Hubei"), ("Ward 2", "", "wuhan", "Hubei"), ("Ward 3", "hotel", "", "Hubei"),
    ("Ward 4", "O'Brien's", "Xi'an", "100% \"new\""), ("Ward 5", "酒店", "武汉🦠", "湖北"), ("Ward 6", "", "Wuhan", ""),
    ("Ward 7", "hotel", "%", "湖北"), ("Ward 8", "Hotel", "NULL", "NULL"),
)


def load_dataset(folder: Path, name: str = "data", **more: str) -> Path:
    """Eight places of odd names that report thrice a day at most; the totals of some fall, which is flagged."""
    rows = []
    for number, (place, kind, city, province) in enumerate(_PLACES):
        names = [place, kind, city, province]
        cells = ",".join('"' + text.replace('"', '""') + '"' for text in names)
        for report in range(6):
            hours = report * 17 + number
            day, hour = 3 + hours // 24, hours % 24
            count = 10 * number + 3 * report - (9 if report == 4 and number % 3 == 0 else 0)
            deaths = report if number % 2 else ""
            rows.append(f"2020-02-{day:02}T{hour:02}:00:00+08:00,{cells},{114 + number / 10},30.5,{count},{deaths}\n")
    source = folder / f"{name}.csv"
    source.write_text(HEADER + "".join(rows), encoding="utf-8")
    output = folder / f"{name}.gpkg"
    run("loaddataset", INPUT=str(source), OUTPUT=str(output), COUNTS="cumulative", DATUM="WGS84", STEP="day", **more)
    return output


def frame_of(path: Path) -> pd.DataFrame:
    """The layer's table by its ids, `shown_to` as the end of the interval itself."""
    with closing(sqlite3.connect(path)) as db:
        frame = pd.read_sql_query("SELECT * FROM updates", db, index_col="fid")
    frame["shown_from"] = moments_of(frame["shown_from"].to_numpy())
    frame["shown_to"] = moments_of(frame["shown_to"].to_numpy()) + 1
    return frame.astype({"confirmed": np.float64, "deaths": np.float64})


def areas_of(frame: pd.DataFrame) -> list[Area]:
    """All areas, None where there is no name."""
    pairs = frame[["province", "city"]].drop_duplicates().astype(object)
    return list(pairs.where(pairs.notna(), None).itertuples(index=False, name=None))
