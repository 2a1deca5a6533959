"""The loader finds in the sample what was planted there, and nothing is merged or lost."""
from __future__ import annotations

import pytest
from outbreak_atlas.plugin.core.dataset import Cleaned, LoadOptions
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.sample import SampleTable, write_sample
from outbreak_atlas.plugin.core.schema import Datum
from outbreak_atlas.plugin.store.loading import read_and_clean

ROWS = 64_000
#: Found exactly as planted; the other rules also find what the outbreak's real shape brings with it.
EXACT = (
    "exact duplicate", "several values for one place and time", "recovered + deaths > confirmed", "negative count",
    "swapped coordinates", "impossible coordinates", "(0, 0) coordinates", "point far from the rest of its city",
    "unreadable date", "report outside the dataset's span", "mixed offsets",
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[SampleTable, Cleaned]:
    path = tmp_path_factory.mktemp("sample") / "sample.csv"
    table = write_sample(path, rows=ROWS, places=2_400, cities=200)
    return table, read_and_clean([path], LoadOptions(datum=Datum.WGS84), Progress())


@pytest.mark.parametrize("rule", EXACT)
def test_what_was_planted_is_found(loaded: tuple[SampleTable, Cleaned], rule: str) -> None:
    table, result = loaded
    found = result.findings.groupby("rule")["rows"].sum()
    assert table.planted[rule] > 0
    assert found[rule] == table.planted[rule]


@pytest.mark.parametrize("rule", ["falling cumulative count", "jump", "missing coordinates", "long silence"])
def test_at_least_what_was_planted_is_found(loaded: tuple[SampleTable, Cleaned], rule: str) -> None:
    table, result = loaded
    found = result.findings.groupby("rule")["rows"].sum()
    assert found[rule] >= table.planted[rule] > 0


def test_every_other_row_is_a_change(loaded: tuple[SampleTable, Cleaned]) -> None:
    table, result = loaded
    info = result.info
    assert info.rows_read == ROWS
    assert info.rows_duplicate == table.planted["exact duplicate"]
    assert info.rows_rejected == table.planted["unreadable date"]
    assert info.rows_merged <= ROWS // 1000
    assert info.synthetic


def test_the_sample_is_understood(loaded: tuple[SampleTable, Cleaned]) -> None:
    info = loaded[1].info
    assert (info.kind.value, info.listing.value, info.time_zone.value) == ("cumulative", "partial", "Asia/Shanghai")
    assert info.metrics == ("confirmed", "recovered", "deaths", "active")
    assert info.cities == 200
