"""A filter as SQL, as a selection of rows, and as text: all say the same."""
from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.filter_text import from_json, to_json
from outbreak_atlas.plugin.core.filters import (
    Area,
    FilterState,
    Shape,
    clipped,
    columns_of,
    drawn_column,
    inside_step,
    selected,
    subset_sql,
)
from outbreak_atlas.plugin.core.schema import MS_PER_DAY, MS_PER_HOUR, Step
from outbreak_atlas.plugin.store.moments import moment_texts

#: 2020-02-03, a Monday.
START_MS = 18_295 * MS_PER_DAY
DAYS = 10
ODD = ("Wuhan", "wuhan", "WUHAN", "Xi'an", 'the "New" district', "'", "''", "", " ", "%", "_uhan", "武汉", "🦠", "a\nb",
       "1 = 1", "NULL", "O''Brien", "\\", "--", "é", "e\u0301", "Ž", "ß", "SS", "\0", "a\x01\r", "𠮷野")
names = st.one_of(st.sampled_from(ODD), st.text(st.characters(blacklist_categories=("Cs",)), max_size=4))
some = st.one_of(st.none(), names)
counts = st.one_of(st.just(np.nan), st.integers(-5, 40).map(float), st.integers(-20, 160).map(lambda n: n / 4))
days = st.integers(0, DAYS)
#: country, province, city, kind, flags, first and last day, confirmed, its change in the step
rows = st.lists(st.tuples(some, some, some, some, st.one_of(st.none(), st.sampled_from(["", "jump", "carried jump"])),
                          days, days, counts, counts), max_size=25)
COLUMNS = ("country", "province", "city", "kind", "flags", "shown_from", "shown_to", "confirmed", "step_new_confirmed")
depths = st.sampled_from([("city",), ("province", "city"), ("country", "province", "city")])


def shape_of(columns: tuple[str, ...] = ("province", "city"), events: bool = False, step: Step = Step.DAY) -> Shape:
    return Shape(columns, ("confirmed",), events, step, START_MS, START_MS + DAYS * MS_PER_DAY)


def frame_of(cells: list[tuple], categorical: bool = False) -> pd.DataFrame:
    """A table of states; those that end before they begin are superseded in their step: an empty interval."""
    frame = pd.DataFrame(cells, columns=list(COLUMNS))
    for name in COLUMNS[:5]:
        frame[name] = frame[name].astype(object)
        if categorical:
            frame[name] = frame[name].astype("category")
    for name in COLUMNS[5:7]:
        frame[name] = START_MS + frame[name].astype(np.int64) * MS_PER_DAY
    frame["shown_to"] = np.maximum(frame["shown_from"], frame["shown_to"])
    return frame.astype(dict.fromkeys(COLUMNS[7:], np.float64))


def by_sql(frame: pd.DataFrame, condition: str) -> list[int]:
    """The numbers of the rows that SQLite selects from the table as a file holds it."""
    stored = frame.assign(shown_from=moment_texts(frame["shown_from"].to_numpy()),
                          shown_to=moment_texts(frame["shown_to"].to_numpy() - 1)).astype(object)
    stored = stored.where(stored.notna(), None)
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE TABLE updates (fid INTEGER PRIMARY KEY, country TEXT, province TEXT, city TEXT, kind TEXT, "
                   "flags TEXT, shown_from DATETIME, shown_to DATETIME, confirmed REAL, step_new_confirmed REAL)")
        db.executemany(f"INSERT INTO updates VALUES (NULL{', ?' * 9})", stored.itertuples(index=False, name=None))
        found = db.execute(f"SELECT fid - 1 FROM updates WHERE {condition or '1 = 1'} ORDER BY fid")
        return [number for (number,) in found]


@st.composite
def filters(draw: st.DrawFn, cells: list[tuple], shape: Shape) -> FilterState:
    """A state of which areas and kinds are mostly those of the rows."""
    there = sorted(areas_of(cells, shape), key=str)
    area = st.one_of(st.sampled_from(there), st.tuples(*[some] * len(shape.area_columns))) if there else st.tuples(
        *[some] * len(shape.area_columns))
    areas = draw(st.one_of(st.none(), st.frozensets(area), st.just(frozenset(there)), st.just(frozenset(there[1:]))))
    kinds = [row[3] or "" for row in cells] or [""]
    moment = st.one_of(st.none(), days.map(lambda day: START_MS + day * MS_PER_DAY))
    return FilterState(
        "confirmed", draw(st.booleans()), draw(moment), draw(moment), areas,
        draw(st.one_of(st.none(), st.frozensets(st.one_of(st.sampled_from(kinds), names)))),
        draw(st.one_of(st.none(), st.integers(-5, 40), st.integers(-20, 160).map(lambda n: n / 4))),
        draw(st.booleans()))


def areas_of(cells: list[tuple], shape: Shape) -> set[Area]:
    first = 3 - len(shape.area_columns)
    return {row[first:3] for row in cells}


@given(st.data(), rows, depths, st.booleans(), st.booleans(), st.booleans())
def test_sql_and_selection_agree(
    data: st.DataObject, cells: list[tuple], columns: tuple[str, ...], events: bool, categorical: bool, known: bool
) -> None:
    shape = shape_of(columns, events)
    state = data.draw(filters(cells, shape))
    frame = frame_of(cells, categorical)
    condition = subset_sql(state, shape, areas_of(cells, shape) if known else ())
    assert by_sql(frame, condition) == np.flatnonzero(selected(state, shape, frame)).tolist(), condition


@given(st.data(), rows, depths)
def test_text_brings_back_the_same_state(data: st.DataObject, cells: list[tuple], columns: tuple[str, ...]) -> None:
    state = data.draw(filters(cells, shape_of(columns)))
    text = to_json(state)
    assert from_json(text) == state
    assert to_json(from_json(text) or FilterState("")) == text


AREAS = [("Hubei", "Wuhan"), ("Hubei", "Huanggang"), ("Hubei", None), ("Beijing", "Beijing"), ("Jilin", "Chaoyang"),
         ("Liaoning", "Chaoyang"), ("Liaoning", "Dalian"), (None, None)]


@pytest.mark.parametrize(("chosen", "expected"), [
    ([("Hubei", "Wuhan")], "(\"province\" = 'Hubei' AND \"city\" = 'Wuhan')"),
    ([("Hubei", "Wuhan"), ("Hubei", None)],
     "(\"province\" = 'Hubei' AND (\"city\" = 'Wuhan' OR \"city\" IS NULL))"),
    (AREAS[:3], "\"province\" = 'Hubei'"),
    (AREAS[:4], "\"province\" IN ('Beijing', 'Hubei')"),
    ([AREAS[3], AREAS[4], AREAS[5]],
     "(\"province\" IN ('Beijing', 'Jilin') OR (\"province\" = 'Liaoning' AND \"city\" = 'Chaoyang'))"),
    ([(None, None)], '"province" IS NULL'),
    (AREAS[:3] + AREAS[4:], "coalesce(\"province\" = 'Beijing', 0) = 0"),
    ([], "1 = 0"),
    (AREAS, ""),
])
def test_areas_in_the_fewest_words(chosen: list[Area], expected: str) -> None:
    state = FilterState("confirmed", areas=frozenset(chosen))
    assert subset_sql(state, shape_of(), AREAS) == expected


def test_three_columns_nest_and_a_whole_country_is_named_alone() -> None:
    areas = [("US", "Texas", "Bexar"), ("US", "Texas", "Travis"), ("US", "Ohio", "Clark"), ("US", "Ohio", "Butler"),
             ("Italy", "Lazio", "Roma"), ("Italy", "Molise", "Isernia")]
    shape = shape_of(("country", "province", "city"))
    state = FilterState("confirmed", areas=frozenset([*areas[:3], areas[4]]))
    assert subset_sql(state, shape) == (
        "((\"country\" = 'Italy' AND (\"province\" = 'Lazio' AND \"city\" = 'Roma')) OR (\"country\" = 'US' AND "
        "((\"province\" = 'Ohio' AND \"city\" = 'Clark') OR (\"province\" = 'Texas' AND "
        "\"city\" IN ('Bexar', 'Travis')))))")
    assert subset_sql(replace(state, areas=frozenset(areas[:4])), shape, areas) == "\"country\" = 'US'"


def test_parts_of_thousands_of_provinces_are_not_too_deep_for_sqlite() -> None:
    cells = [(None, f"P{number}", city, None, None, 0, 1, 1.0, 1.0) for number in range(3000) for city in "ab"]
    state = FilterState("confirmed", areas=frozenset((row[1], "a") for row in cells))
    assert by_sql(frame_of(cells), subset_sql(state, shape_of())) == list(range(0, 6000, 2))


def test_dates_kinds_minimum_and_flags() -> None:
    state = FilterState("confirmed", False, START_MS, START_MS + MS_PER_DAY, None, frozenset({"", "hotel"}), 2.5, True)
    assert subset_sql(state, shape_of()) == (
        "(\"kind\" IN ('', 'hotel') OR \"kind\" IS NULL) AND +\"shown_from\" < '2020-02-04T00:00:00.000Z' "
        "AND +\"shown_to\" >= '2020-02-03T00:00:00.000Z' AND \"confirmed\" >= 2.5 "
        "AND (\"flags\" IS NULL OR \"flags\" = '')")
    assert subset_sql(FilterState("confirmed", True, START_MS, minimum=3), shape_of()) == (
        "+\"shown_from\" >= '2020-02-03T00:00:00.000Z' AND \"step_new_confirmed\" >= 3")
    assert subset_sql(FilterState("confirmed"), shape_of()) == ""


def test_from_does_not_cut_a_total_of_events_so_far() -> None:
    state = FilterState("confirmed", False, START_MS, START_MS + MS_PER_DAY)
    assert subset_sql(state, shape_of(events=True)) == "+\"shown_from\" < '2020-02-04T00:00:00.000Z'"
    assert columns_of(state, shape_of(events=True))[0] == "shown_from"


def test_names_of_columns_are_quoted() -> None:
    shape = Shape(("place_id",), ('odd "count"',), False, Step.DAY, START_MS, START_MS + MS_PER_DAY)
    assert subset_sql(FilterState('odd "count"', minimum=1), shape) == '"odd ""count""" >= 1'


def test_columns_that_a_state_reads() -> None:
    full = FilterState("confirmed", True, START_MS, START_MS + 1, frozenset(), frozenset(), 1, True)
    assert columns_of(FilterState("confirmed"), shape_of()) == ()
    assert set(columns_of(full, shape_of())) == {
        "province", "city", "kind", "shown_from", "shown_to", drawn_column(full, shape_of()), "flags"}


@pytest.mark.parametrize("text", [
    "", "{", "[]", "null", "1", '"confirmed"', "{}", '{"metric": 1}', '{"metric": "a", "areas": "Wuhan"}',
    '{"metric": "a", "areas": [["x", 1]]}', '{"metric": "a", "areas": ["xy"]}', '{"metric": "a", "minimum": "3"}',
    '{"metric": "a", "minimum": NaN}', '{"metric": "a", "begin_ms": 1e999}', '{"metric": "a", "new": "yes"}',
    '{"metric": "a", "new": []}', '{"metric": "a", "kinds": {"x": 1}}', "[" * 100_000,
    '{"metric": "a", "begin_ms": true}', '{"metric": "a", "begin_ms": 1%s}' % ("0" * 400),
    '{"metric": "a", "end_ms": 1e99}',
])
def test_damaged_text_is_no_state(text: str) -> None:
    assert from_json(text) is None


def test_what_a_later_version_writes_is_passed_over() -> None:
    state = FilterState("deaths", areas=frozenset([("Hubei", None)]), kinds=frozenset([""]), hide_flagged=True)
    later = {**json.loads(to_json(state)), "colour": {"of": ["the sea"]}}
    assert from_json(json.dumps(later)) == state
    assert from_json('{"metric": "deaths"}') == FilterState("deaths")


@pytest.mark.parametrize(("begin", "end", "expected"), [
    (None, None, (None, None)),
    (1, 3, (1, 3)),
    (0, DAYS, (None, None)),
    (1.5, 2.5, (1, 3)),
    (1.5, 1.6, (1, 2)),
    (3, 1, (3, 4)),
    (-5, 99, (None, None)),
    (99, None, (DAYS - 1, None)),
    (None, -99, (None, 1)),
])
def test_dates_lie_on_steps_inside_the_period(
    begin: float | None, end: float | None, expected: tuple[int | None, int | None]
) -> None:
    def moment(day: float | None) -> int | None:
        return None if day is None else START_MS + round(day * MS_PER_DAY)

    state = inside_step(FilterState("confirmed", begin_ms=moment(begin), end_ms=moment(end)), shape_of())
    assert (state.begin_ms, state.end_ms) == tuple(map(moment, expected))


def test_weeks_begin_on_mondays() -> None:
    period = replace(shape_of(step=Step.WEEK), end_ms=START_MS + 21 * MS_PER_DAY)
    wednesday = START_MS + 9 * MS_PER_DAY + MS_PER_HOUR
    state = inside_step(FilterState("confirmed", begin_ms=wednesday, end_ms=wednesday + 1), period)
    assert (state.begin_ms, state.end_ms) == (START_MS + 7 * MS_PER_DAY, START_MS + 14 * MS_PER_DAY)


def test_a_stored_state_is_cut_to_what_the_dataset_has() -> None:
    stored = FilterState(
        "deaths", True, START_MS - MS_PER_DAY, START_MS + 2 * MS_PER_DAY,
        frozenset([("Hubei", "Wuhan"), ("Gone", "Gone"), ("Hubei",)]), frozenset(["hotel", "gone"]), 5, True)
    found = clipped(stored, shape_of(), AREAS, {"hotel", "school"})
    assert found == FilterState(
        "confirmed", True, None, START_MS + 2 * MS_PER_DAY, frozenset([("Hubei", "Wuhan")]), frozenset(["hotel"]),
        None, True)
    assert clipped(found, shape_of(), AREAS, {"hotel", "school"}) == found


def test_nothing_left_of_a_choice_is_no_limit_but_nothing_chosen_stays_nothing() -> None:
    gone = FilterState("confirmed", areas=frozenset([("Gone", "Gone")]), kinds=frozenset(["gone"]))
    assert clipped(gone, shape_of(), AREAS, {"hotel"}) == FilterState("confirmed")
    nothing = FilterState("confirmed", areas=frozenset(), kinds=frozenset())
    assert clipped(nothing, shape_of(), AREAS, {"hotel"}) == nothing
    assert clipped(FilterState("confirmed", areas=frozenset(AREAS)), shape_of(), AREAS) == FilterState("confirmed")


def test_dates_of_another_year_do_not_limit() -> None:
    for begin, end in ((DAYS, DAYS + 5), (-9, 0), (DAYS + 3, None), (None, -1)):
        state = FilterState("confirmed", begin_ms=None if begin is None else START_MS + begin * MS_PER_DAY,
                            end_ms=None if end is None else START_MS + end * MS_PER_DAY)
        assert clipped(state, shape_of()) == FilterState("confirmed")
    assert clipped(FilterState("confirmed", end_ms=0), shape_of()) == FilterState("confirmed")  # a moment as any other


def test_other_area_columns_than_before_do_not_limit() -> None:
    state = FilterState("confirmed", areas=frozenset([("China", "Hubei", "Wuhan")]))
    assert clipped(state, shape_of()).areas is None
