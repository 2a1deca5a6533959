"""DBSCAN of three real datasets, as an algorithm on layers, against scikit-learn: core points, noise, partition."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from cluster_layers import DEGREES, column, partition, points_layer
from outbreak_atlas.plugin.core.globe import chord_m, in_space
from small_files import run

pytestmark = [pytest.mark.usefixtures("project"), pytest.mark.shared_data]
Read = tuple[np.ndarray, np.ndarray, str]


def earthquakes(folder: Path) -> Read:
    """Around the world, across the date line."""
    frame = pd.read_csv(folder / "world_earthquakes/all_month.csv.gz")
    return frame[["longitude", "latitude"]].to_numpy(), np.ones(len(frame)), DEGREES


def facilities(folder: Path) -> Read:
    """Each facility of the United States weighs its last confirmed residents."""
    frame = pd.read_csv(folder / "us_carceral_facilities/facility_counts_snapshots.csv.gz", low_memory=False)
    frame = frame.dropna(subset=["Longitude", "Latitude", "Residents.Confirmed"])
    frame = frame.sort_values("Snapshot.Date", kind="stable").drop_duplicates("Facility.ID", keep="last")
    return frame[["Longitude", "Latitude"]].to_numpy(), frame["Residents.Confirmed"].to_numpy(float), DEGREES


def dengue(folder: Path) -> Read:
    """Cases of a city in Taiwan's own grid, many at one middle of a census block."""
    pyproj = pytest.importorskip("pyproj")
    frame = pd.read_csv(folder / "tw_dengue_2023/67000_tainan.csv.gz", low_memory=False)
    degrees = frame[["最小統計區中心點X", "最小統計區中心點Y"]].apply(pd.to_numeric, errors="coerce").dropna()
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3826", always_xy=True)
    return np.stack(to_metres.transform(*degrees.to_numpy().T), axis=1), np.ones(len(degrees)), "EPSG:3826"


@pytest.mark.parametrize(("read", "eps_m", "least"), [
    (earthquakes, 50_000.0, 10), (facilities, 60_000.0, 1_000), (dengue, 250.0, 15)])
def test_a_real_layer_is_clustered_as_by_scikit_learn(
    shared_data: Path, read: Callable[[Path], Read], eps_m: float, least: int
) -> None:
    sklearn = pytest.importorskip("sklearn.cluster", reason="scikit-learn is the reference")
    places, cases, crs = read(shared_data)
    made: dict[str, Any] = run("dbscan", INPUT=points_layer(places.tolist(), cases.tolist(), crs=crs), METRIC="n",
                               EPS=eps_m, MIN_CASES=least, OUTPUT="TEMPORARY_OUTPUT")
    on_globe = crs == DEGREES
    theirs = sklearn.DBSCAN(eps=chord_m(eps_m) if on_globe else eps_m, min_samples=least).fit(
        in_space(*places.T) if on_globe else places, sample_weight=cases)
    core = np.isin(np.arange(len(places)), theirs.core_sample_indices_)
    mine, role = (np.array(column(made["OUTPUT"], name), dtype=object) for name in ("cluster_id", "role"))
    assert np.array_equal(role == "core", core)
    assert np.array_equal(role == "noise", theirs.labels_ < 0)
    assert partition([*np.where(core, mine, None)]) == partition([*np.where(core, theirs.labels_, None)])
    assert made["CLUSTERS"] == theirs.labels_.max() + 1 > 5
    weights = [cases[mine == number].sum() for number in range(1, made["CLUSTERS"] + 1)]
    assert weights == sorted(weights, reverse=True)
    assert made["CASES_CLUSTERED"] == sum(weights)
