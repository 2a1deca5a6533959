"""What the table of places says about areas: words to find them by, names of places, and where they lie."""
from __future__ import annotations

from pathlib import Path

import pytest
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.schema import CountKind, Listing
from outbreak_atlas.plugin.store.areas import Bounds, area_words, bounds_of, place_labels
from outbreak_atlas.plugin.store.geopackage import write_dataset
from outbreak_atlas.plugin.store.summary import read_shape, read_summary
from raw_tables import cleaned, table

HEADER = "time,code,city,province,lon,lat,confirmed"
#: 公主岭 is renamed; two cities of one name; one place without a point; one city without a name.
ROWS = (
    ("2020-02-03", "220381", "公主岭", "吉林", 124.8, 43.5, 3),
    ("2020-02-04", "220381", "公主岭市", "吉林", 124.8, 43.5, 4),
    ("2020-02-03", "350181", "Fuzhou", "Fujian", 119.3, 26.1, 5),
    ("2020-02-03", "361000", "Fuzhou", "Jiangxi", 116.3, 28.0, 6),
    ("2020-02-03", "429000", "Nowhere", "Hubei", "", "", 7),
    ("2020-02-03", "420100", "O'Brien \"x\"", "Hubei", 114.3, 30.6, 8),
    ("2020-02-04", "420100", "O'Brien \"x\"", "Hubei", 114.3, 30.6, 9),
)
COLUMNS = {name: name for name in ("code", "city", "province", "confirmed")}


def write(folder: Path, rows: tuple, header: str = HEADER, columns: dict[str, str] = COLUMNS) -> Path:
    dataset = cleaned(table(rows, header), columns=columns, counts=CountKind.CUMULATIVE, listing=Listing.PARTIAL)
    write_dataset(folder / "a.gpkg", dataset, {}, Progress())
    return folder / "a.gpkg"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return write(tmp_path, ROWS)


def test_words_are_earlier_names_and_codes(written: Path) -> None:
    words = area_words(written, ("province", "city"))
    assert words["吉林", "公主岭市"] == ("公主岭", "220381")
    assert words["Fujian", "Fuzhou"] == ("350181",) and words["Jiangxi", "Fuzhou"] == ("361000",)
    assert set(words) <= set(read_summary(written).groups.areas)


def test_areas_are_those_that_the_sums_name(written: Path) -> None:
    columns, areas = read_shape(written).area_columns, read_summary(written).groups.areas
    assert columns == ("province", "city")
    points = {
        ("吉林", "公主岭市"): (124.8, 43.5), ("Fujian", "Fuzhou"): (119.3, 26.1), ("Jiangxi", "Fuzhou"): (116.3, 28.0),
        ("Hubei", "O'Brien \"x\""): (114.3, 30.6),
    }
    for area in areas:
        expected = None if area not in points else pytest.approx((*points[area], *points[area]))
        found = bounds_of(written, columns, [area])
        assert (None if found is None else _values(found)) == expected, area
    all_of_them = bounds_of(written, columns, areas)
    assert _values(all_of_them) == pytest.approx((114.3, 26.1, 124.8, 43.5))


def test_what_has_no_point_is_not_gone_to(written: Path) -> None:
    columns = ("province", "city")
    assert bounds_of(written, columns, [("Hubei", "Nowhere")]) is None
    assert bounds_of(written, columns, [("Nowhere", "at all"), (None, None)]) is None
    assert bounds_of(written, columns, []) is None
    both = bounds_of(written, columns, [("Hubei", "Nowhere"), ("Fujian", "Fuzhou")])
    assert _values(both) == pytest.approx((119.3, 26.1, 119.3, 26.1))


def _values(bounds: Bounds) -> tuple[float, ...]:
    return bounds.west, bounds.south, bounds.east, bounds.north


def test_places_without_any_area_have_names(tmp_path: Path) -> None:
    rows = (("2020-02-03", "Ward 1", 114.0, 30.0, 3), ("2020-02-04", "Ward 1", 114.0, 30.0, 4),
            ("2020-02-03", "", 115.0, 31.0, 2))
    path = write(tmp_path, rows, "time,place,lon,lat,confirmed", {"place": "place", "confirmed": "confirmed"})
    (column,) = read_shape(path).area_columns
    assert column == "place_id"
    labels = place_labels(path)
    assert set(labels) == {area[0] for area in read_summary(path).groups.areas}
    assert "Ward 1" in labels.values() and all(labels.values())
    ward = next(place for place, label in labels.items() if label == "Ward 1")
    assert _values(bounds_of(path, ("place_id",), [(ward,)])) == pytest.approx((114.0, 30.0, 114.0, 30.0))


def test_areas_of_hospitals_have_no_words_of_theirs(tmp_path: Path) -> None:
    """The code of a hospital is no word for its city."""
    rows = (("2020-02-03", "H1", "General", "Wuhan", "Hubei", 114.3, 30.6, 3),
            ("2020-02-03", "H2", "Central", "Wuhan", "Hubei", 114.4, 30.5, 4),
            ("2020-02-03", "H3", "East", "Xiaogan", "Hubei", 113.9, 30.9, 4))
    path = write(tmp_path, rows, "time,code,place,city,province,lon,lat,confirmed", {**COLUMNS, "place": "place"})
    assert area_words(path, ("city",)) == {}
    assert area_words(path, ("place_id",)) != {}, "but it is one for the hospital"
    assert _values(bounds_of(path, ("city",), [("Wuhan",)])) == pytest.approx((114.3, 30.5, 114.4, 30.6))
