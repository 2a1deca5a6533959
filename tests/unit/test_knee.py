"""The distance at the knee: its curve against all pairs, the knee against the method and the package kneed."""
from __future__ import annotations

import re
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.errors import AtlasError, Cancelled
from outbreak_atlas.plugin.core.globe import in_space
from outbreak_atlas.plugin.core.knee import knee_of, suggest_eps
from outbreak_atlas.plugin.core.knee_report import KneeTexts, knee_html
from outbreak_atlas.plugin.core.progress import CallbackProgress

TEXTS = KneeTexts("Cases of a town", "new_confirmed", ", as known before 2020-02-17", "Distances are true.")


def lumps(seed: int, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    """Dense lumps of places and a few far ones, with their cases."""
    rng = np.random.default_rng(seed)
    near = rng.integers(0, 5, (count, 1)) * 30_000 + rng.normal(size=(count, 2)) * 400
    far = rng.uniform(-400_000, 400_000, (count // 20, 2))
    return np.concatenate([near, far]), rng.integers(0, 6, count + count // 20).astype(float)


@pytest.mark.parametrize("seed", range(4))
def test_the_curve_is_that_of_all_pairs(seed: int) -> None:
    places, cases = lumps(seed)
    found = suggest_eps(places, cases, 9.0)
    apart = np.sqrt(((places[:, None] - places[None]) ** 2).sum(axis=2))
    expected = [min(one for one in row if cases[row <= one].sum() >= 9) for row in apart]
    np.testing.assert_allclose(found.distance_m, np.sort(expected), rtol=1e-12)
    assert found.cases.sum() == cases.sum()
    assert found.knee_m in found.distance_m
    assert not found.is_sample


@pytest.mark.parametrize("seed", range(4))
def test_the_knee_parts_lumps_from_what_lies_alone(seed: int) -> None:
    places, cases = lumps(seed)
    assert 200 < suggest_eps(places, cases, 9.0).eps_m < 3_000


@pytest.mark.parametrize("seed", range(4))
def test_cases_count_like_repeated_rows(seed: int) -> None:
    places, cases = lumps(seed)
    rows = np.repeat(np.arange(len(places)), cases.astype(int))
    weighted, repeated = suggest_eps(places, cases, 9.0), suggest_eps(places[rows], np.ones(len(rows)), 9.0)
    assert weighted.eps_m == repeated.eps_m
    assert weighted.core_shares(700.0)[0] == repeated.core_shares(700.0)[0]


def test_the_order_of_points_has_no_influence_even_on_a_sample() -> None:
    places, cases = lumps(1)
    order = np.random.default_rng(0).permutation(len(places))
    one, other = suggest_eps(places, cases, 9.0, most=100), suggest_eps(places[order], cases[order], 9.0, most=100)
    assert one.is_sample
    assert len(one.cases) == 100
    assert one.eps_m == other.eps_m
    assert np.isin(one.distance_m, suggest_eps(places, cases, 9.0).distance_m).all()
    assert one.eps_m == pytest.approx(suggest_eps(places, cases, 9.0).eps_m, rel=0.6)


def test_turned_and_shifted_points_have_the_same_distance() -> None:
    places, cases = lumps(2)
    turned = places @ np.array([[0.6, -0.8], [0.8, 0.6]]) + [5e5, 3e6]
    assert suggest_eps(turned, cases, 9.0).eps_m == pytest.approx(suggest_eps(places, cases, 9.0).eps_m, rel=1e-5)


@given(st.floats(1e-4, 1e7))
def test_the_place_at_the_knee_is_within_the_distance(gap: float) -> None:
    places = np.array([[0.0, 0], [gap, 0], [2 * gap, 0], [90 * gap, 0]])
    found = suggest_eps(places, np.ones(4), 2.0)
    assert found.knee_m is not None
    assert found.knee_m <= found.eps_m <= found.knee_m * 1.00003
    assert ((places[1] - places[0]) ** 2).sum() <= found.eps_m ** 2


def test_places_dense_alone_and_those_taken_back_say_nothing() -> None:
    line = np.array([[0.0, 0], [10, 0], [20, 0], [30, 0], [500, 0], [900, 0], [905, 0]])
    found = suggest_eps(line, np.array([1.0, 1, 1, 1, 1, 70, -3]), 2.0)
    assert found.curve[0].tolist() == [10, 10, 10, 10, 400]
    assert found.curve[1].tolist() == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert found.eps_m == 10.0
    assert found.core_shares(10.0) == (74 / 75, 6 / 7)


def test_distances_on_the_globe_are_arcs() -> None:
    lon = np.array([179.5, -179.5, 0.0, 1.0])
    found = suggest_eps(in_space(lon, np.zeros(4)), np.ones(4), 2.0)
    # A degree of the equator, on the sphere that stands for the ellipsoid here.
    assert found.eps_m == pytest.approx(111_319.5, rel=2e-5)


def test_a_curve_without_a_knee_gives_its_median() -> None:
    grid = np.array([[one, other] for one in range(5) for other in range(5)], float) * 100
    found = suggest_eps(grid, np.ones(25), 2.0)
    assert (found.knee_m, found.eps_m) == (None, 100.0)
    assert knee_of(np.array([0.0, 8.0, 9.0, 10.0]), np.array([0.1, 5.0, 5.0, 5.0]))[1] is False
    assert knee_of(np.array([4.0]), np.ones(1)) == (0, False)


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=80), st.integers(0, 2 ** 32))
def test_the_knee_is_farthest_below_the_chord(values: list[float], seed: int) -> None:
    curve = np.sort(np.array(values))
    widths = np.random.default_rng(seed).uniform(0.1, 3, len(curve))
    number, has_knee = knee_of(curve, widths)
    if has_knee:
        x, y = np.cumsum(widths) / widths.sum(), (curve - curve[0]) / (curve[-1] - curve[0])
        assert x[number] - y[number] == pytest.approx((x - y).max())


@pytest.mark.parametrize("seed", range(6))
def test_the_package_kneed_finds_the_same_knee(seed: int) -> None:
    kneed = pytest.importorskip("kneed")
    curve = suggest_eps(lumps(seed)[0], np.ones(420), 9.0).distance_m
    x, y = np.arange(len(curve) + 1), np.concatenate([curve[:1], curve])
    theirs = kneed.KneeLocator(x, y, curve="convex", direction="increasing", S=1.0)
    ours = knee_of(curve, np.ones(len(curve)))[0]
    # Its default is the first of many peaks; the highest of those that it confirms is the one meant here.
    peaks = {float(value): float(height) for value, height in zip(theirs.all_elbows_y, _heights(theirs))}
    assert curve[ours] in theirs.all_elbows_y
    assert max(peaks, key=peaks.__getitem__) == curve[ours]


def _heights(locator: object) -> list[float]:
    """How far below the chord each of kneed's knees lies."""
    x, y = np.asarray(locator.x_normalized), np.asarray(locator.y)  # type: ignore[attr-defined]
    y = (y - y.min()) / (y.max() - y.min())
    return [float((x - y)[np.flatnonzero(np.asarray(locator.y) == one)[-1]])  # type: ignore[attr-defined]
            for one in locator.all_elbows_y]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("places", "cases", "least", "words"), [
    ([[1, 1]], [5], 2, "one spot"), ([[1, 1]] * 6, [5] * 6, 2, "one spot"),
    ([[0, 0], [1, 0]], [1, 1], 3, "MIN_CASES is 3, yet all points together have 2"),
    ([[0, 0], [1, 0]], [-5, 1], 1.5, "all points together have 1"),
    ([[0, 0], [1, 0], [2, 0]], [5, 6, 0], 5, "larger MIN_CASES")])
def test_where_there_is_no_distance_it_is_said(
    places: list[list[float]], cases: list[float], least: float, words: str
) -> None:
    with pytest.raises(AtlasError, match=words):
        suggest_eps(np.asarray(places, float), np.asarray(cases, float), least)


def test_cancel() -> None:
    places, cases = lumps(0, 5_000)
    with pytest.raises(Cancelled):
        suggest_eps(places, cases, 9.0, CallbackProgress(cancelled=lambda: True))


def test_the_report_tells_the_number_and_what_others_do() -> None:
    pytest.importorskip("matplotlib")
    places, cases = lumps(0)
    found = suggest_eps(places, cases, 9.0)
    html = knee_html(found, TEXTS)
    assert f"EPS = <b>{found.eps_m:,.6g}</b> m" in html
    assert html.count("<svg") == 1
    assert "new_confirmed, as known before 2020-02-17" in html
    assert f"It goes on to {found.curve[0][-1] / 1000:,.0f} km" in html
    assert "no knee" not in html
    shares = [float(one) for one in re.findall(r"<td dir=\"auto\">[>< ]*([\d.]+)\u00a0%", html)]
    assert len(shares) == 10
    assert shares[::2] == sorted(shares[::2])
    assert shares[4] == round(100 * found.core_shares(found.eps_m)[0], 1)


def test_names_of_the_data_do_nothing_in_the_report() -> None:
    places, cases = lumps(0)
    html = knee_html(suggest_eps(places, cases, 9.0), KneeTexts("<script>x</script>", "<b>", "", ""))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert "(&lt;b&gt;)" in html


def test_without_matplotlib_only_the_picture_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    html = knee_html(suggest_eps(*lumps(0), 9.0), TEXTS)
    assert "<svg" not in html
    assert "picture is left out: it needs the Python library matplotlib" in html


def test_a_sample_and_a_missing_knee_are_said_in_the_report() -> None:
    grid = np.array([[one, other] for one in range(20) for other in range(20)], float) * 100
    html = knee_html(suggest_eps(grid, np.ones(400), 2.0, most=60), TEXTS)
    assert "A sample of 60 of 400 places" in html
    assert "has no knee" in html
