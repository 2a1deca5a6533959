"""Random and nearly right files: no crash, and the balance holds. `tests/fuzz` does it for as long as one likes."""
from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from fuzzing import SEEDS, check_bytes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

cells = st.one_of(
    st.sampled_from([
        "", "NA", "NULL", "2020-02-03", "03/02/20", "20200203", "43831", "1580515200", "1月23日", "1/23", "24:00",
        "-5", "1e9", "1,234", "1.234,5", "1 234", "444.591.127", "114.3", "30,6", "114.3,30.6", "inf", "nan",
        "=1+1", "<b>x</b>", "'; DROP TABLE updates;--", '"', "POINT(1 2)", "武汉市", "Foz do Iguaçu",
    ]),
    st.text(st.characters(blacklist_categories=("Cs",)), max_size=6),
)
headers = st.sampled_from([
    "date", "时间", "data", "time", "hora", "lon", "lat", "long", "经纬度", "x", "y", "place", "city", "province",
    "code", "confirmed", "deaths", "new_cases", "cases", "cases", "1/22/20", "1/23/20", "1/24/20", "", "#3", "a=b",
])


@st.composite
def nearly_tables(draw: st.DrawFn) -> bytes:
    """A table with a header, rows of about its width, and any delimiter, line end, quotes and encoding."""
    delimiter = draw(st.sampled_from([",", ";", "\t", "|", " "]))
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    width = draw(st.integers(1, 7))
    rows = [draw(st.lists(headers, min_size=width, max_size=width))]
    for _ in range(draw(st.integers(0, 12))):
        around = draw(st.sampled_from([width, width, width, width - 1, width + 1]))
        rows.append(draw(st.lists(cells, min_size=around, max_size=around)))
    text = end.join(delimiter.join(row) for row in rows)
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "cp1252", "utf-16"])), "replace")


@quick
@given(nearly_tables())
def test_nearly_right_tables(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check_bytes(data, Path(folder))


@quick
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check_bytes(data, Path(folder))


@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_damaged_tables(seed: int, tmp_path: Path) -> None:
    """Good files with some bytes changed, doubled or cut out."""
    draws = random.Random(seed)
    for _ in range(25):
        data = bytearray(SEEDS[seed])
        for _ in range(draws.randrange(1, 6)):
            at = draws.randrange(len(data))
            change = draws.randrange(3)
            data[at:at + draws.randrange(1, 4)] = (
                bytes([draws.randrange(256)]) if change == 0 else b"" if change == 1 else data[at:at + 9] * 2)
            data = data or bytearray(b"x")
        check_bytes(bytes(data), tmp_path)


@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_the_seeds_lead_somewhere(seed: int, tmp_path: Path) -> None:
    assert check_bytes(SEEDS[seed], tmp_path) in {"loaded", "refused"}
