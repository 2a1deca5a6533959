"""The epidemic curve as a figure: what is drawn are the curve's numbers, whatever they are."""
from __future__ import annotations

import csv
import io
import time
import warnings
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from made_curves import hours, made_curve, ms, wave
from matplotlib import rcParams
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from outbreak_atlas.plugin.core.curve_figure import (
    DARK,
    LIGHT,
    CurveLook,
    CurveMarks,
    CurvePlot,
    CurveTexts,
    curve_csv,
    draw_curve,
    print_figure,
)
from outbreak_atlas.plugin.core.curve_ticks import count_labels, date_ticks, powers, width_of
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, Step
from outbreak_atlas.plugin.core.series import Curve
from outbreak_atlas.plugin.core.steps import step_ms

TEXTS = CurveTexts("confirmed", "new confirmed", "confirmed so far", zone="Asia/Shanghai")
NAN = np.nan


def drawn(
    curve: Curve, width: float = 3.0, height: float = 1.5, look: CurveLook = LIGHT, log: bool = False,
    texts: CurveTexts = TEXTS,
) -> CurvePlot:
    """A plot on a canvas of its own, drawn once; no warning may come of it."""
    figure = Figure((width, height), dpi=100)
    FigureCanvasAgg(figure)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plot = draw_curve(figure, curve, texts, look, log)
        figure.canvas.draw()
    return plot


def heights(patch: object, count: int) -> np.ndarray:
    """Bars that stand apart have zeros between them."""
    values = patch.get_data().values
    return values[::2] if len(values) == 2 * count - 1 else values


@pytest.mark.parametrize("width", [3.0, 8.0])
def test_bars_and_lines_are_the_curves_numbers(width: float) -> None:
    curve = wave()
    plot = drawn(curve, width)
    net = heights(plot.bars, 88) + heights(plot.below, 88)
    assert net.tolist() == curve.new.tolist()
    assert heights(plot.fallen, 88).tolist() == curve.fallen.tolist()
    assert plot.total.get_ydata()[:-1].tolist() == curve.total.tolist()
    assert plot.mean.get_ydata().tolist() == curve.mean.tolist()
    assert (plot.total.get_xdata()[:-1] * MS_PER_DAY).tolist() == curve.begins.tolist()
    assert np.allclose(np.asarray(plot.mean.get_xdata()) * MS_PER_DAY - curve.begins, MS_PER_DAY / 2)


def test_gaps_jumps_and_revisions_are_where_they_belong() -> None:
    curve = wave()
    plot = drawn(curve)
    first = curve.begins[0] / MS_PER_DAY
    spans = plot.gaps.get_path().vertices.reshape(-1, 5, 2)[:, :2, 0] - first
    assert spans.tolist() == [[17, 20], [40, 41]]
    assert (plot.jumps.get_xdata() - first).tolist() == [9.5]
    assert plot.jumps.get_ydata().tolist() == [15152]
    assert (plot.revisions.get_xdata() - first).tolist() == [30.5, 50.5]
    assert plot.revisions.get_ydata().tolist() == [-420, -80]


def test_a_revision_within_a_gain_is_seen_beside_it() -> None:
    curve = replace(made_curve([5, 100, -5]), fallen=np.array([0.0, -20.0, -20.0]))
    plot = drawn(curve)
    assert heights(plot.bars, 3).tolist() == [5, 100, 0]
    assert heights(plot.below, 3).tolist() == [0, 0, -5]
    assert heights(plot.fallen, 3).tolist() == [0, -20, -20]
    assert plot.revisions.get_ydata().tolist() == [-20, -20]
    assert plot.left.get_ylim()[0] < -20


def test_where_nothing_is_known_nothing_is_drawn() -> None:
    plot = drawn(made_curve([NAN, NAN, 0, 4, NAN], total=[NAN, NAN, 0, 4, 4]))
    assert np.isnan(plot.base.get_ydata()[:-1]).tolist() == [True, True, False, False, True]
    assert np.isnan(plot.total.get_ydata()[:-1]).tolist() == [True, True, False, False, False]
    assert plot.texts["unknown"].get_text() == ""
    assert drawn(made_curve([NAN] * 4, total=[NAN] * 4)).texts["unknown"].get_text() == "nothing is known"


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("curve", [
    made_curve([]), made_curve([5]), made_curve([0]), made_curve([-3, -5]), made_curve([NAN]), made_curve([0.2, 0.4]),
    made_curve([1e300, -1e300]), made_curve([1.7e308, 3], total=[1.7e308, np.inf]), made_curve([1e-12]), hours(30),
    made_curve(range(3000), Step.WEEK, "1000-01-06"), made_curve([2] * 9000),
    made_curve([3, 4], Step.HOUR, "2020-02-03T23"), made_curve([1] * 9, gap=range(9), jump=range(9)),
], ids=lambda curve: f"{curve.step} {len(curve.begins)}")
def test_any_curve_can_be_drawn(curve: Curve, log: bool) -> None:
    drawn(curve, log=log)


def test_another_curve_takes_the_place_of_the_first() -> None:
    plot = drawn(wave(), 8.0)
    curve = made_curve([3, 1, 2])
    plot.show(curve, TEXTS)
    fresh = drawn(curve, 8.0)
    plot.figure.canvas.draw()
    assert np.array_equal(plot.figure.canvas.buffer_rgba(), fresh.figure.canvas.buffer_rgba())
    assert not plot.gaps.get_visible()


def test_the_total_can_be_logarithmic_and_plain_again() -> None:
    curve = made_curve([0, 1, 9, 90, 900])
    plot = drawn(curve, log=True)
    assert plot.right.get_yscale() == "log"
    assert [label.get_text() for label in plot.right.get_yticklabels()][-1] == "1,000"
    assert plot.total.get_ydata()[:-1].tolist() == curve.total.tolist()
    plot.show(curve, TEXTS)
    assert plot.right.get_yscale() == "linear"


def test_zeros_of_both_axes_are_at_one_height() -> None:
    plot = drawn(wave())
    left, right = (axes.transData.transform((0, 0))[1] for axes in (plot.left, plot.right))
    assert left == pytest.approx(right)


@pytest.mark.parametrize("size", [(3.0, 1.5), (1.6, 1.2), (9.0, 3.0)])
@pytest.mark.parametrize("curve", [
    wave(), hours(), made_curve([3, 1, 2]), made_curve([5]), made_curve([1_234_567] * 900), hours(30),
], ids=["wave", "hours", "three", "one", "years", "thirty hours"])
def test_no_words_overlap_or_are_cut_off(curve: Curve, size: tuple[float, float]) -> None:
    plot = drawn(curve, *size, texts=replace(TEXTS, new="new confirmed", total="total"))
    renderer = plot.figure.canvas.get_renderer()
    dates = [label.get_window_extent(renderer) for label in plot.left.get_xticklabels() if label.get_text()]
    counts = [label.get_window_extent(renderer) for axes in (plot.left, plot.right) for label in axes.get_yticklabels()]
    words = [text.get_window_extent(renderer) for text in plot.texts.values() if text.get_text() and text.get_visible()]
    assert dates
    for box in (*dates, *counts, *words):
        assert box.x0 >= -1
        assert box.x1 <= plot.figure.bbox.x1 + 1
        assert box.y0 >= -1
    assert all(one.x1 < other.x0 for one, other in zip(dates, dates[1:]))
    for row in (words, counts):
        assert not any(one.overlaps(other) for at, one in enumerate(row) for other in row[:at])


def test_marks_dim_what_is_outside() -> None:
    curve = wave()
    plot = drawn(curve)
    plot.mark(CurveMarks((ms("2020-02-13"), ms("2020-02-14")), ms("2020-02-10"), ms("2020-03-01")))
    low, high = plot.left.get_xlim()
    before, after = plot.overlay[:2]
    assert (before.get_x(), before.get_x() + before.get_width()) == (low, ms("2020-02-10") / MS_PER_DAY)
    assert (after.get_x(), after.get_x() + after.get_width()) == (ms("2020-03-01") / MS_PER_DAY, high)
    assert all(artist.get_animated() and artist.get_visible() for artist in plot.overlay)
    plot.mark(CurveMarks())
    assert not any(artist.get_visible() for artist in plot.overlay)


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("count", [1, 2, 3, 10, 88, 500, 2200])
@pytest.mark.parametrize("room", [8, 20, 60])
def test_dates_do_not_touch_and_are_read_back(step: Step, count: int, room: float) -> None:
    begin = ms("2020-02-03")
    end = begin + count * step_ms(step)
    moments, _places, labels, _aligns = date_ticks(begin, end, step, room)
    assert 1 <= len(labels) <= 9
    assert all(begin <= moment < end for moment in moments)
    written = list(zip(moments * (room / (end - begin)), labels))
    assert all(
        right - left > (width_of(one) + width_of(other)) / 2
        for (left, one), (right, other) in zip(written, written[1:]))
    for moment, label in zip(moments, labels):
        iso = str(np.datetime64(int(moment), "ms")).replace("T", " ")
        assert label in (iso[:4], iso[:7], iso[:10], iso[:16], iso[11:16])


def test_counts_are_written_short() -> None:
    assert count_labels(np.array([0.0, 5000.0])) == ["0", "5,000"]
    assert count_labels(np.array([-20_000.0, 0.0, 20_000.0])) == ["-20k", "0", "20k"]
    assert count_labels(np.array([0.0, 500_000.0, 1e6])) == ["0", "0.5M", "1M"]
    assert count_labels(np.array([0.0, 1e12])) == ["0", "1e+12"]
    assert powers(1.0, 1e6, 4)[1] == ["1", "100", "10k", "1M"]


def test_a_table_of_the_curve() -> None:
    curve = replace(made_curve([3, NAN, -1.5], Step.HOUR, gap=(1,), jump=(0,)), total=np.array([3, NAN, 1e6]))
    rows = list(csv.DictReader(io.StringIO(curve_csv(curve))))
    assert list(rows[0]) == ["begin", "new", "total", "mean", "gap", "jump", "fallen"]
    assert [row["begin"] for row in rows] == ["2020-02-03T00:00:00", "2020-02-03T01:00:00", "2020-02-03T02:00:00"]
    assert [row["new"] for row in rows] == ["3", "", "-1.5"]
    assert [row["total"] for row in rows] == ["3", "", "1000000"]
    assert [row["gap"] + row["jump"] for row in rows] == ["01", "10", "00"]
    assert [row["fallen"] for row in rows] == ["0", "0", "-1.5"]


def test_print_has_title_zone_and_key_and_changes_no_setting() -> None:
    before = dict(rcParams)
    texts = replace(TEXTS, title="Confirmed $x$ in 武汉", zone="Asia/Shanghai")
    with warnings.catch_warnings():
        warnings.simplefilter("error", ImportWarning)
        figure = print_figure(wave(), texts, 160, 80, CurveMarks(begin_ms=ms("2020-02-10"), end_ms=ms("2020-03-01")))
        buffer = io.StringIO()
        FigureCanvasSVG(figure).print_svg(buffer)
    said = [text.get_text() for text in figure.texts]
    assert texts.title in said
    assert "Asia/Shanghai" in said
    assert "▲ jump   ▼ revision   /// no report" in said
    assert figure.get_size_inches() * 25.4 == pytest.approx([160, 80])
    assert not any(artist.get_animated() for axes in figure.axes for artist in axes.get_children())
    assert buffer.getvalue().rstrip().endswith("</svg>")
    assert dict(rcParams) == before


def test_colours_can_change() -> None:
    plot = drawn(wave())
    plot.restyle(DARK)
    plot.figure.canvas.draw()
    corner = np.asarray(plot.figure.canvas.buffer_rgba())[0, 0, :3]
    assert "#{:02x}{:02x}{:02x}".format(*corner) == DARK.background


@pytest.mark.parametrize("curve", [wave(), hours()], ids=["days", "hours"])
def test_drawing_anew_takes_a_tenth_of_a_second_at_most(curve: Curve) -> None:
    plot = drawn(curve)
    times = []
    for _ in range(7):
        begin = time.perf_counter()
        plot.show(curve, TEXTS)
        plot.figure.canvas.draw()
        times.append(time.perf_counter() - begin)
    assert sorted(times)[3] < 0.1
