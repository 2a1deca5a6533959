"""The places of a frame against pandas over the states that the file was written from."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_datasets import START_MS, made_dataset
from outbreak_atlas.plugin.core.dataset import Cleaned
from outbreak_atlas.plugin.core.errors import Cancelled
from outbreak_atlas.plugin.core.progress import CallbackProgress, Progress
from outbreak_atlas.plugin.core.schema import MS_PER_DAY
from outbreak_atlas.plugin.store.geopackage import write_dataset
from outbreak_atlas.plugin.store.peaks import Drawn, peak_points

BEGIN = START_MS + 40 * MS_PER_DAY
END = BEGIN + MS_PER_DAY


@pytest.fixture(scope="module")
def dataset() -> Cleaned:
    return made_dataset()


@pytest.fixture(scope="module")
def written(dataset: Cleaned, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("peaks") / "made.gpkg"
    write_dataset(path, dataset, {}, Progress())
    return path


def rows(states: pd.DataFrame, drawn: Drawn) -> pd.DataFrame:
    begun = states["shown_from"] < END
    return states[{
        Drawn.HOLDING: begun & (states["shown_to"] > BEGIN) & (states["shown_to"] > states["shown_from"]),
        Drawn.BEGINNING: begun & (states["shown_from"] >= BEGIN),
        Drawn.SO_FAR: begun,
    }[drawn]]


@pytest.mark.parametrize("drawn", list(Drawn))
@pytest.mark.parametrize("column", ["confirmed", "deaths"])
def test_points_and_values_are_those_that_are_drawn(
    dataset: Cleaned, written: Path, drawn: Drawn, column: str
) -> None:
    expected = rows(dataset.states, drawn).dropna(subset=["lon", column])
    expected = expected.groupby(["lon", "lat"])[column].sum().reset_index()
    lon, lat, value = peak_points(written, column, BEGIN, END, drawn, "", Progress())
    found = pd.DataFrame({"lon": lon, "lat": lat, column: value}).sort_values(["lon", "lat"], ignore_index=True)
    assert len(expected) > 5
    np.testing.assert_array_equal(found, expected)


def test_one_level_only(dataset: Cleaned, written: Path) -> None:
    level = str(dataset.states["level"].iloc[0])
    everything, none = (
        peak_points(written, "confirmed", BEGIN, END, Drawn.HOLDING, one, Progress())[2]
        for one in (level, "galaxy"))
    assert len(everything) > 100
    assert len(none) == 0


def test_it_can_be_cancelled(written: Path) -> None:
    with pytest.raises(Cancelled):
        peak_points(written, "confirmed", BEGIN, END, Drawn.HOLDING, "", CallbackProgress(cancelled=lambda: True))
