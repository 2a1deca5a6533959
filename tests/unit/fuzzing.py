"""The promise that fuzzing holds the reader to: any bytes are a dataset that balances, or one clear sentence."""
from __future__ import annotations

from pathlib import Path

import numpy as np
from outbreak_atlas.plugin.core.dataset import LoadOptions
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.store.loading import read_and_clean

#: Beginnings that lead deeper into the reader than chance would.
SEEDS = (
    b"date,place,lon,lat,confirmed,deaths\n2020-02-03,A,114.3,30.6,5,\n2020-02-04,A,114.3,30.6,7,1\n",
    "日期,地点,经纬度,确诊\n1月23日,武汉,\"114.3,30.6\",5\n2020/01/24,武汉,\"30.6,114.3\",7\n".encode("gb18030"),
    "\ufeffdata;citta;lat;long;totale_casi\n24/02/20;NA;45,4;9,1;1.234\n25/02/20;NA;45,4;9,1;1.240\n".encode(),
    b"Province/State,Country/Region,Lat,Long,1/22/20,1/23/20,1/24/20\n,X,10.5,20.5,0,1,\nQ,X,11.5,21.5,,2,3\n",
    b'"date\tx\ty\tcases"\n"20200410\t444.591.127\t4.473.818\t1"\n"43831.5\t9\t9\t2"\n',
    b"1580515200,1,2\n1580515260,3,\x004\n1580515320,5,6,7\n\n1580515380\n",
    b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]}}]}',
    "time,lonlat,cases\n2020-01-01T00:00:00+08:00,POINT(1 2),3\n2020-01-01T01:00:00Z,,\n".encode("utf-16"),
)


def check_bytes(data: bytes, folder: Path) -> str:
    """Load a file of these bytes; returns what became of it, raises when the promise is broken."""
    path = folder / "fuzzed"
    path.write_bytes(data)
    try:
        result = read_and_clean([path], LoadOptions(year=2020), Progress())
    except AtlasError as error:
        if not error.message or "Traceback" in error.message:
            raise AssertionError(f"no sentence: {error.message!r}") from error
        return "refused"
    info = result.info
    accounted = info.states + info.rows_merged + info.rows_duplicate + info.rows_rejected
    if info.rows_read != accounted or len(result.rejected) != info.rows_rejected:
        raise AssertionError(f"{info.rows_read} rows read, {accounted} accounted for, {len(result.rejected)} rejected")
    if result.states["reports"].sum() + info.rows_duplicate + info.rows_rejected != info.rows_read:
        raise AssertionError("the states' reports do not add up")
    if not (result.states["valid_from"] <= result.states["valid_to"]).all():
        raise AssertionError("a state ends before it begins")
    points = result.states[["lon", "lat"]].to_numpy(np.float64)
    known = points[~np.isnan(points).any(axis=1)]
    if (np.abs(known) > (180.0, 90.0)).any():
        raise AssertionError("a point lies on no globe")
    return "loaded"
