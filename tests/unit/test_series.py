"""Curve, totals and counts of areas against pandas over the table of states, row by row."""
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_datasets import made_dataset
from outbreak_atlas.plugin.core.arrays import Floats
from outbreak_atlas.plugin.core.dataset import Cleaned
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.filters import FilterState
from outbreak_atlas.plugin.core.measures import History, Members, measure_changes
from outbreak_atlas.plugin.core.progress import Progress
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, CountKind, Listing, Step
from outbreak_atlas.plugin.core.series import Selection, Summary, area_counts, curve, totals
from outbreak_atlas.plugin.core.steps import step_ms
from outbreak_atlas.plugin.core.summing import build_summary, rows_of, summarise_cleaned
from raw_tables import cleaned, ms, table

HEADER = "reported_at,place,kind,city,province,lon,lat,confirmed,deaths,recovered"
START = pd.Timestamp("2020-02-03")
#: Kind, city and province of places; the same city in two provinces, some of which are not told.
PLACES = {
    "A": ("hospital", "X", "P", 110.0, 30.0), "B": ("", "X", "Q", 110.1, 30.1), "C": ("estate", "X", "P", "", ""),
    "D": ("hospital", "", "Q", 110.3, 30.3), "E": ("estate", "Y", "Q", 110.4, 30.4),
}
count = st.one_of(st.none(), st.integers(-2, 40))
few = st.lists(st.tuples(st.integers(0, 24 * 9), st.sampled_from("ABCDE"), count, count, count), max_size=60,
               min_size=1)


def made_reports(seed: int) -> list[tuple[int, str, int | None, int | None, int | None]]:
    """Many reports: running totals that are corrected now and then, jump once, and leave counts out."""
    draw = np.random.default_rng(seed)
    size = int(draw.integers(40, 160))
    hours = np.sort(draw.integers(0, 24 * 9, size) // 6 * 6)
    totals = np.cumsum(draw.poisson(2, size) - 3 * (draw.random(size) < 0.2)) + 900 * (np.arange(size) > size * 0.7)
    counts = [[None if draw.random() < 0.2 else int(total) // share for share in (1, 4, 5)] for total in totals]
    places = draw.choice(list("ABCDE"), size)
    return [(int(hour), str(place), *told) for hour, place, told in zip(hours, places, counts)]


reports = st.one_of(few, st.integers(0, 10**6).map(made_reports))
loads = st.fixed_dictionaries({
    "step": st.sampled_from(list(Step)), "listing": st.sampled_from(list(Listing)), "outbreak_start": st.booleans(),
    "counts": st.sampled_from(list(CountKind)), "keep_unchanged": st.booleans()})
quick = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def load(rows: list[tuple[int, str, int | None, int | None, int | None]], **options: object) -> Cleaned:
    cells = [
        ((START + pd.Timedelta(hours=hours)).isoformat(), place, *PLACES[place],
         *("" if value is None else value for value in counts))
        for hours, place, *counts in rows
    ]
    columns = {name: name for name in ("confirmed", "deaths", "recovered")}
    return cleaned(table(cells, HEADER), columns=columns, **options)


def loaded(rows: list, options: dict[str, object]) -> Cleaned | None:
    try:
        return load(rows, **options)
    except AtlasError:  # a table without any count, say
        return None


def on_level(dataset: Cleaned) -> pd.DataFrame:
    """The rows that are summed, with their texts as plain text."""
    states = dataset.states.copy()
    for name in ("kind", "flags", "city", "province", "country", "place_id"):
        states[name] = states[name].astype(object).where(states[name].notna(), None)
    return states[states["level"] == dataset.info.totals_level] if dataset.info.totals_level else states


def passing(states: pd.DataFrame, state: FilterState, columns: tuple[str, ...], areas: bool = True) -> pd.DataFrame:
    kept = np.ones(len(states), bool)
    if areas and state.areas is not None:
        kept &= [area in state.areas for area in states[list(columns)].itertuples(index=False, name=None)]
    if state.kinds is not None:
        kept &= states["kind"].fillna("").isin(state.kinds).to_numpy()
    if state.hide_flagged:
        kept &= (states["flags"].fillna("") == "").to_numpy()
    return states[kept]


def summed(values: pd.Series) -> float:
    return float(values.sum(min_count=1))


def drawn_at(states: pd.DataFrame, step: int, events: bool) -> pd.DataFrame:
    begun = states["shown_from"] <= step
    return states[begun & (events | (states["shown_to"] > step))]


def expected_new(states: pd.DataFrame, metric: str, step: int, events: bool) -> tuple[float, ...]:
    """What may be told as new: the sum, or 0 where nothing began (while something known went on)."""
    begun = states[states["shown_from"] == step]
    new = summed(begun[metric if events else f"step_new_{metric}"])
    if not np.isnan(new):
        return (new,)
    if events:
        return (0.0,) if len(states) and not len(begun) else (np.nan,)
    held = drawn_at(states, step, events)
    known = held[held[metric].notna()]
    went_on, began = (known["shown_from"] < step).any(), (known["shown_from"] == step).any()
    return (0.0,) if went_on else (np.nan, 0.0) if began else (np.nan,)


def expected_total(states: pd.DataFrame, metric: str, step: int, events: bool) -> float:
    held = drawn_at(states, step, events)
    return 0.0 if events and len(states) and not len(held) else summed(held[metric])


def one_of(found: float, allowed: tuple[float, ...]) -> bool:
    return any(found == one or (np.isnan(found) and np.isnan(one)) for one in allowed)


def steps_of(dataset: Cleaned) -> list[int]:
    begin = int(dataset.states["shown_from"].min())
    end = int(dataset.states["shown_to"].max())
    return list(range(begin - step_ms(dataset.info.step), end + 1, step_ms(dataset.info.step)))


@quick
@given(reports, loads)
def test_a_step_s_change_stands_on_its_last_state(rows: list, options: dict[str, object]) -> None:
    dataset = loaded(rows, options)
    if dataset is None or options["counts"] == CountKind.EVENTS:
        return
    states = dataset.states.assign(place_id=dataset.states["place_id"].astype(str))
    last = ~states.duplicated(["place_id", "shown_from"], keep="last")
    keys = [states["place_id"], states["shown_from"]]
    for metric in dataset.info.metrics:
        if metric == "active":
            change = states.groupby("place_id")["active"].diff()
            first = ~states.duplicated("place_id")
            change[first] = states["active"][first] if dataset.info.first_values.value == "new" else np.nan
        else:
            change = states[f"new_{metric}"]
        expected = change.groupby(keys).transform("sum", min_count=1).where(last)
        np.testing.assert_array_equal(states[f"step_new_{metric}"], expected, metric)
    assert not any(name.startswith("step_") for name in (*dataset.info.metrics, *dataset.info.new_metrics))


@quick
@given(reports, loads)
def test_a_step_s_changes_add_up_to_those_of_its_states(rows: list, options: dict[str, object]) -> None:
    dataset = loaded(rows, options)
    if dataset is None or options["counts"] == CountKind.EVENTS:
        return
    states, info = dataset.states, dataset.info
    place = states["place_id"].cat.codes.to_numpy().astype(np.int64)
    one_area = Members(np.unique(place), np.zeros(len(np.unique(place)), np.int64), 1)
    steps = steps_of(dataset)
    for new in info.new_metrics:
        drawn = states.groupby("shown_from")[f"step_{new}"].sum(min_count=1).reindex(steps[:-1])
        plain = states.groupby("shown_from")[new].sum(min_count=1).reindex(steps[:-1])
        np.testing.assert_array_equal(drawn, plain)
        history = History(
            place, *(states[name].to_numpy() for name in ("valid_from", "valid_to", "last_reported", "reports")),
            states[new[len("new_"):]].to_numpy(), states[new].to_numpy(), info.end)
        aggregated = measure_changes(history, one_area, np.array(steps, np.int64), Progress()).new[0]
        np.testing.assert_array_equal(np.nan_to_num(aggregated), np.nan_to_num(drawn.to_numpy()))


filters = st.fixed_dictionaries({
    "new": st.booleans(), "hide_flagged": st.booleans(),
    "kinds": st.one_of(st.none(), st.frozensets(st.sampled_from(["", "hospital", "estate"]))),
    "places": st.one_of(st.none(), st.frozensets(st.integers(0, 5)))})


def filter_of(summary: Summary, metric: str, made: dict[str, object]) -> FilterState:
    places = made["places"]
    areas = None if places is None else frozenset(
        area for number, area in enumerate(summary.groups.areas) if number in places)
    return FilterState(metric, made["new"], areas=areas, kinds=made["kinds"], hide_flagged=made["hide_flagged"])


@settings(quick, max_examples=25)
@given(reports, loads, filters)
def test_every_frame_is_the_sum_of_what_is_drawn(
    rows: list, options: dict[str, object], made: dict[str, object]
) -> None:
    dataset = loaded(rows, options)
    if dataset is None:
        return
    summary = summarise_cleaned(dataset)
    events = options["counts"] == CountKind.EVENTS
    assert (summary.events, summary.step, list(summary.cells)) == (
        events, dataset.info.step, list(dataset.info.metrics))
    state = filter_of(summary, dataset.info.metrics[0], made)
    states = on_level(dataset)
    kept = passing(states, state, summary.area_columns)
    length, selection = step_ms(summary.step), Selection(summary, state)
    for step in steps_of(dataset):
        held, begun = drawn_at(kept, step, events), kept[kept["shown_from"] == step]
        for one in selection.totals(step + length):
            np.testing.assert_equal(one.total, expected_total(kept, one.metric, step, events))
            assert one_of(one.new, expected_new(kept, one.metric, step, events))
            listed = begun if events and state.new else held
            assert (one.known, one.places) == (listed[one.metric].count(), len(listed))
            if not np.isnan(one.total):
                assert one.unlocated == held[one.metric][held["lon"].isna()].sum()
            if not np.isnan(one.new):
                column = one.metric if events else f"step_new_{one.metric}"
                assert one.new_unlocated == begun[column][begun["lon"].isna()].sum()
        counts = selection.area_counts(step + length)
        everywhere = passing(states, state, summary.area_columns, areas=False)
        told = list(everywhere[list(summary.area_columns)].itertuples(index=False, name=None))
        for area, found in zip(summary.groups.areas, counts.tolist()):
            inside = everywhere[np.array([one == area for one in told], bool)]
            if state.new:
                assert one_of(found, expected_new(inside, state.metric, step, events))
            else:
                np.testing.assert_equal(found, expected_total(inside, state.metric, step, events))


def rolling_mean(new: Floats) -> Floats:
    return pd.Series(new).rolling(7, min_periods=1).mean().to_numpy()


@quick
@given(reports, loads, filters, st.integers(0, 6))
def test_the_curve_is_made_of_its_frames(
    rows: list, options: dict[str, object], made: dict[str, object], skipped: int
) -> None:
    dataset = loaded(rows, options)
    if dataset is None:
        return
    summary = summarise_cleaned(dataset)
    state = filter_of(summary, dataset.info.metrics[-1], made)
    kept = passing(on_level(dataset), state, summary.area_columns)
    steps = [one for one in steps_of(dataset)[1:-1] if one >= summary.begin_ms]
    skipped = min(skipped, len(steps) - 1)
    whole = curve(summary, state, steps[0], steps[-1] + 1)
    part = curve(summary, state, steps[skipped], steps[-1] + step_ms(summary.step))
    assert whole.begins.tolist() == steps and part.begins.tolist() == steps[skipped:]
    for name in ("total", "new", "mean", "gap", "jump", "fallen"):
        np.testing.assert_array_equal(getattr(whole, name)[skipped:], getattr(part, name), name)
    frames = [next(one for one in totals(summary, state, step + step_ms(summary.step)) if one.metric == state.metric)
              for step in steps]
    np.testing.assert_array_equal(whole.total, [one.total for one in frames])
    np.testing.assert_array_equal(whole.new, [one.new for one in frames])
    np.testing.assert_allclose(whole.mean, rolling_mean(whole.new), equal_nan=True, atol=1e-9)
    column = state.metric if summary.events else f"step_new_{state.metric}"
    for at, step in enumerate(steps):
        begun = kept[kept["shown_from"] == step]
        assert whole.fallen[at] == begun[column][begun[column] < 0].sum()
        flagged = begun["flags"].fillna("").str.split(";").map(lambda words: "jump" in words).any()
        least = 1 if summary.step == Step.HOUR else 50
        assert whole.jump[at] == (flagged and begun[column][begun[column] > 0].sum() >= least)


def test_a_gap_is_a_step_without_any_report() -> None:
    # Repeats are merged into the state that they repeat, and are reports all the same.
    dataset = load([(0, "A", 5, None, None), (30, "A", 5, None, None), (24 * 4, "A", 9, None, None)])
    assert len(dataset.states) == 2
    found = curve(summarise_cleaned(dataset), FilterState("confirmed"), ms("2020-02-03"), ms("2020-02-08"))
    assert found.gap.tolist() == [False, False, True, True, False]
    assert found.new.tolist() == [5, 0, 0, 0, 4]
    np.testing.assert_allclose(found.mean, [5, 2.5, 5 / 3, 1.25, 9 / 5])


def test_the_mean_does_not_reach_back_before_the_time_that_is_played() -> None:
    dataset = load([(hours, "A", 1 + hours // 24, None, None) for hours in range(0, 24 * 9, 24)])
    early = dataset.states.iloc[:1].assign(shown_from=0, valid_from=0, reported_at=0)
    states = pd.concat([early.astype(dataset.states.dtypes.to_dict()), dataset.states.iloc[1:]], ignore_index=True)
    summary = summarise_cleaned(replace(dataset, states=states))
    assert summary.begin_ms == ms("2020-02-03")
    found = curve(summary, FilterState("confirmed"), summary.begin_ms, ms("2020-02-06"))
    assert found.new.tolist() == [0, 1, 1] and found.mean.tolist() == [0, 0.5, 2 / 3]
    assert found.total.tolist() == [1, 2, 3]


def test_outside_the_dates_nothing_is_drawn() -> None:
    summary = summarise_cleaned(made_dataset())
    begin = summary.begin_ms + 20 * MS_PER_DAY
    for new in (False, True):
        state = FilterState("confirmed", new, begin_ms=begin, end_ms=begin + 7 * MS_PER_DAY)
        free = FilterState("confirmed", new)
        for frame_end, inside in ((begin, False), (begin + MS_PER_DAY, True), (begin + 7 * MS_PER_DAY, True),
                                  (begin + 8 * MS_PER_DAY, False)):
            counts = area_counts(summary, state, frame_end)
            if inside:
                np.testing.assert_array_equal(counts, area_counts(summary, free, frame_end))
                np.testing.assert_equal(totals(summary, state, frame_end), totals(summary, free, frame_end))
            else:
                assert np.isnan(counts).all()
                assert all(np.isnan(one.total) and one.places == 0 for one in totals(summary, state, frame_end))
        np.testing.assert_array_equal(  # so that the brush can be moved
            curve(summary, state, begin - MS_PER_DAY, begin).total,
            curve(summary, free, begin - MS_PER_DAY, begin).total)


def test_dates_do_not_cut_the_total_of_events_at_its_begin() -> None:
    rows = [(hours, "A", 2, None, None) for hours in (0, 24, 48, 72)]
    summary = summarise_cleaned(load(rows, counts=CountKind.EVENTS))
    state = FilterState("cases", begin_ms=ms("2020-02-04"), end_ms=ms("2020-02-06"))
    found = [totals(summary, state, ms(f"2020-02-0{day}"))[0].total for day in (4, 5, 6, 7)]
    assert found == [2, 4, 6, 6]
    news = [totals(summary, state, ms(f"2020-02-0{day}"))[0].new for day in (6, 7)]
    assert news[0] == 2 and np.isnan(news[1])


@pytest.mark.parametrize("minimum", [("confirmed", 9.0), ("step_new_confirmed", 2.0)])
def test_with_a_minimum_only_rows_that_reach_it_count(minimum: tuple[str, float]) -> None:
    dataset = made_dataset()
    rows, (column, least) = rows_of(dataset), minimum
    summary = build_summary(rows, minimum)
    states = dataset.states[dataset.states[column] >= least]
    if column == "confirmed":
        states = states[states["shown_from"] < states["shown_to"]]
    for step in steps_of(dataset)[::9]:
        for one in totals(summary, FilterState("confirmed"), step + MS_PER_DAY):
            np.testing.assert_equal(one.total, summed(drawn_at(states, step, False)[one.metric]))
            assert one_of(one.new, expected_new(states, one.metric, step, False))
            assert one.places == len(drawn_at(states, step, False))
    with pytest.raises(ValueError, match="minimum"):
        Selection(summary, FilterState("confirmed", minimum=2.0))


def test_limits_are_those_of_what_can_be_drawn() -> None:
    dataset = load([(0, "A", 50, None, None), (1, "A", 3, None, None), (30, "A", 7, None, None)], outbreak_start=True)
    limits = summarise_cleaned(dataset).limits
    assert limits == {"confirmed": (3, 7), "step_new_confirmed": (3, 4)}


def test_only_the_level_of_totals_counts() -> None:
    rows = [["2020-02-03", "", "P", 9], ["2020-02-03", "X", "P", 4], ["2020-02-03", "Y", "P", 5]]
    dataset = cleaned(table(rows, "date,city,province,confirmed,lon,lat").replace(",9\n", ",9,1,2\n").replace(
        ",4\n", ",4,1,3\n").replace(",5\n", ",5,1,4\n"))
    summary = summarise_cleaned(dataset)
    assert summary.area_columns == ("city",) and summary.groups.areas == (("X",), ("Y",))
    (only, *_) = totals(summary, FilterState("confirmed"), dataset.info.end)
    assert (only.total, only.known, only.places) == (9, 2, 2)


def test_a_dataset_that_names_no_area_has_its_places() -> None:
    dataset = cleaned("date,lon,lat,confirmed\n2020-02-03,110,30,4\n2020-02-03,111,31,\n")
    summary = summarise_cleaned(dataset)
    assert summary.area_columns == ("place_id",) and len(summary.groups.areas) == 2 and summary.groups.kinds == ("",)
    assert sorted(np.nan_to_num(area_counts(summary, FilterState("confirmed"), dataset.info.end), nan=-1)) == [-1, 4]


def test_a_metric_that_nobody_knows_is_unknown() -> None:
    dataset = made_dataset(20, 3)
    states = dataset.states.assign(deaths=np.nan, new_deaths=np.nan, step_new_deaths=np.nan)
    summary = summarise_cleaned(replace(dataset, states=states))
    assert "deaths" not in summary.limits
    found = {one.metric: one for one in totals(summary, FilterState("deaths"), dataset.info.end)}["deaths"]
    assert np.isnan(found.total) and np.isnan(found.new) and (found.known, found.places) == (0, 20)
    assert np.isnan(curve(summary, FilterState("deaths"), dataset.info.first, dataset.info.end).total).all()


def test_nothing_at_all_is_no_error() -> None:
    dataset = made_dataset(20, 3)
    summary = summarise_cleaned(replace(dataset, states=dataset.states.iloc[:0]))
    assert summary.groups.areas == () and summary.limits == {}
    assert totals(summary, FilterState("deaths"), dataset.info.end)[0].places == 0
    assert len(curve(summary, FilterState("deaths"), dataset.info.first, dataset.info.end).total) == 86
    assert len(area_counts(summary, FilterState("deaths", True), dataset.info.end)) == 0
    everywhere = summarise_cleaned(dataset)
    nowhere = FilterState("deaths", areas=frozenset())
    assert np.isnan(totals(everywhere, nowhere, dataset.info.end)[0].total)
