"""Small files of reports for tests of algorithms, and how an algorithm is run."""
from __future__ import annotations

from pathlib import Path
from typing import Any

HEADER = "time,city,province,lon,lat,confirmed,deaths\n"
#: Wuhan reports twice on the 4th; "Elsewhere" has no point; Huanggang's deaths are unknown at first.
REPORTS = (
    ("2020-02-03T08:00:00+08:00", "Wuhan", "Hubei", "114.30", "30.60", "100", "3"),
    ("2020-02-03T08:00:00+08:00", "Huanggang", "Hubei", "114.87", "30.45", "20", ""),
    ("2020-02-03T08:00:00+08:00", "Elsewhere", "Hubei", "", "", "7", "0"),
    ("2020-02-04T08:00:00+08:00", "Wuhan", "Hubei", "114.30", "30.60", "150", "4"),
    ("2020-02-04T20:00:00+08:00", "Wuhan", "Hubei", "114.30", "30.60", "180", "5"),
    ("2020-02-05T09:30:00+08:00", "Huanggang", "Hubei", "114.87", "30.45", "35", "1"),
    ("2020-02-06T08:00:00+08:00", "Wuhan", "Hubei", "114.30", "30.60", "180", "5"),
)


def write_reports(path: Path, rows: tuple[tuple[str, ...], ...] = REPORTS) -> Path:
    """A CSV of reports, one a row."""
    path.write_text(HEADER + "".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run(name: str, **parameters: Any) -> dict[str, Any]:
    """One of the plugin's algorithms through Processing."""
    import processing  # found once QGIS has started

    return processing.run(f"outbreakatlas:{name}", parameters)
