"""Both coordinates in one column, and angles as people write them."""
from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.angles import read_angles
from outbreak_atlas.plugin.core.pairs import Pairs, parse_pairs


def parse(*texts: str, header: str = "", projected: bool = False) -> Pairs:
    return parse_pairs(np.array(texts, dtype=object), header, projected)


@pytest.mark.parametrize("text", [
    "116.4,39.9", "116.4, 39.9", " 116.4 ,39.9 ", "116.4;39.9", "116.4/39.9", "116.4 39.9", "116.4、39.9",
    "116.4，39.9", "[116.4, 39.9]", "(116.4 39.9)", "116,4;39,9", "116,4 39,9", "116,4, 39,9", "116,4,39,9",
    "POINT(116.4 39.9)",
    "Point Z (116.4 39.9 12)", "SRID=4326;POINT(116.4 39.9)", '{"type": "Point", "coordinates": [116.4, 39.9]}',
    '{"type": "Feature", "geometry": {"type": "Point", "coordinates": [116.4, 39.9, 5]}}', "39.9N 116.4E", "39.9,116.4",
    "N39.9 E116.4", "E116.4,N39.9", "北纬39.9，东经116.4", "39°54'0\"N 116°24'0\"E", "39°54′N, 116°24′E",
    "39 54 0 N, 116 24 0 E",
])
def test_one_point_in_many_hands(text: str) -> None:
    pairs = parse(text)
    assert (pairs.lon.values[0], pairs.lat.values[0]) == pytest.approx((116.4, 39.9))
    assert not pairs.lon.unreadable[0]


@pytest.mark.parametrize("text", [
    "v", "哈工程大学站", "116.4", "1,2,3", "39.9N 40.1N", "{broken", '{"a": 1}',
    '{"type":"Point","coordinates":[NaN,1]}',
    '{"type":"Point","coordinates":[true,1]}', '{"geometry": null}', "POINT(1)", "SRID=3857;POINT(1 2)", "{" * 4000])
def test_what_is_no_pair_is_unreadable(text: str) -> None:
    pairs = parse(text, "1,2")
    assert np.isnan(pairs.lon.values[0]) and np.isnan(pairs.lat.values[0]) and pairs.lon.unreadable[0]
    assert not pairs.lon.unreadable[1]


def test_an_empty_cell_is_unknown() -> None:
    assert not parse("", "NA", "1,2").lon.unreadable.any()


def test_the_order_is_the_column_s_and_a_row_that_differs_stays_as_written() -> None:
    pairs = parse("105.28,27.30", "45.77,131.01", "117.2,39.1")
    assert pairs.lon.values.tolist() == [105.28, 45.77, 117.2] and "first" in pairs.note and "2 rows" in pairs.note
    assert parse("27.3,105.28").note.startswith("longitude stands second")


@pytest.mark.parametrize(("header", "lon"), [
    ("lat_lon", 2.35), ("lon,lat", 48.85), ("经纬度", 48.85), ("纬经度", 2.35), ("", 2.35), ("y x", 2.35)])
def test_the_header_tells_before_the_nearest_town(header: str, lon: float) -> None:
    assert parse("48.85,2.35", header=header).lon.values[0] == lon


def test_metres_are_easting_and_northing() -> None:
    assert parse("440000 4470000", projected=True).lon.values[0] == 440000


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=10), st.booleans())
def test_pairs_are_read_back(points: list[tuple[float, float]], as_geojson: bool) -> None:
    texts = [
        json.dumps({"type": "Point", "coordinates": point}) if as_geojson else f"{point[0]:.6f} {point[1]:.6f}"
        for point in points]
    pairs = parse(*texts, header="lon lat")
    assert pairs.lon.values == pytest.approx([lon for lon, _ in points], abs=1e-6)
    assert pairs.lat.values == pytest.approx([lat for _, lat in points], abs=1e-6)


@given(st.lists(st.text("0123456789.,;/ -NSEW°'\"(){}[]:POINTcordiates", max_size=30), min_size=1, max_size=20))
def test_any_text_is_a_pair_or_unreadable(texts: list[str]) -> None:
    pairs = parse(*texts)
    assert (np.isnan(pairs.lon.values) == np.isnan(pairs.lat.values)).all()
    assert not (pairs.lon.unreadable & ~np.isnan(pairs.lon.values)).any()


@given(st.integers(0, 179), st.integers(0, 59), st.integers(0, 59), st.sampled_from("NSEW"), st.booleans())
def test_degrees_minutes_seconds_are_read_back(d: int, m: int, s: int, letter: str, blanks: bool) -> None:
    text = f"{d} {m} {s} {letter}" if blanks else f"{letter}{d}°{m}′{s}″"
    values, letters = read_angles(np.array([text], object))
    assert values[0] == pytest.approx((-1 if letter in "SW" else 1) * (d + m / 60 + s / 3600)) and letters[0] == letter


@pytest.mark.parametrize("text", ["39°60'", "39.5°30'", "N-5", "N5S", "12345", "1 2 3 4", "O 5", "39d54m20s", "x"])
def test_what_is_no_angle(text: str) -> None:
    assert np.isnan(read_angles(np.array([text], object))[0][0])
