"""What must hold for any table, with pandas as an independent witness."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from outbreak_atlas.plugin.core.dataset import Cleaned
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.schema import CountKind, Listing, Step
from outbreak_atlas.plugin.core.steps import step_ms
from raw_tables import cleaned, ms, table

HEADER = "reported_at,place,province,lon,lat,confirmed,deaths"
START = pd.Timestamp("2020-02-03")
POINTS = {place: (110 + i / 10, 30 + i / 10) for i, place in enumerate("ABCDE")}

#: Hours since the start, place, confirmed, deaths (None: left out).
Row = tuple[int, str, "int | None", "int | None"]
rows_of_reports = st.lists(
    st.tuples(
        st.integers(0, 24 * 10), st.sampled_from("ABCDE"),
        st.one_of(st.none(), st.integers(-2, 30)), st.one_of(st.none(), st.integers(0, 5)),
    ),
    min_size=1, max_size=60,
)
steps = st.sampled_from(list(Step))
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def csv_of(rows: Sequence[Row]) -> str:
    cells = [
        ((START + pd.Timedelta(hours=hours)).isoformat(), place, "P", *POINTS[place],
         "" if confirmed is None else confirmed, "" if deaths is None else deaths)
        for hours, place, confirmed, deaths in rows
    ]
    return table(cells, HEADER)


def load(rows: Sequence[Row], **options: object) -> Cleaned:
    columns = {"confirmed": "confirmed", "deaths": "deaths"}
    options = {"counts": CountKind.CUMULATIVE, "listing": Listing.PARTIAL, "columns": columns, **options}
    return cleaned(csv_of(rows), **options)


def known_at(rows: Sequence[Row], moment: pd.Timestamp, metric: str) -> pd.Series:
    """Each place's last known value, by plain pandas: last report wins, gaps are filled forward."""
    frame = pd.DataFrame(rows, columns=["hours", "place", "confirmed", "deaths"])
    frame["t"] = START + pd.to_timedelta(frame["hours"], unit="h")
    frame = frame.sort_values("t", kind="stable")
    frame[metric] = frame[metric].astype(float).groupby(frame["place"]).ffill()
    return frame[frame["t"] <= moment].groupby("place")[metric].agg(lambda values: values.iloc[-1])


def same(left: pd.Series, right: pd.Series) -> bool:
    left, right = left.sort_index(), right.sort_index()
    return list(left.index) == list(right.index) and np.array_equal(left.to_numpy(), right.to_numpy(), equal_nan=True)


junk = st.one_of(
    st.sampled_from(["", "NA", "2020-02-03", "03/02/20", "2020-02-03T04:05:06+08:00", "-5", "1e9", "1,234", "0"]),
    st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters=',"\n\r'), max_size=8),
)


@quick
@given(
    st.lists(st.tuples(junk, junk, junk, junk, junk, junk, junk), min_size=1, max_size=30),
    st.sampled_from([None, *CountKind]), st.sampled_from([None, *Listing]), st.booleans(), steps,
)
def test_any_table_keeps_the_balance(
    rows: list[tuple[str, ...]], counts: CountKind | None, listing: Listing | None, keep: bool, step: Step
) -> None:
    columns = {name: name for name in ("place", "province", "lon", "lat", "confirmed", "deaths")}
    columns["time"] = "reported_at"
    try:
        result = cleaned(
            table(rows, HEADER), columns=columns, counts=counts, listing=listing, keep_unchanged=keep, step=step)
    except AtlasError as error:
        assert any(words in error.message for words in ("None of the", "The only row", "give YEAR", "give CRS"))
        return
    info = result.info
    assert info.rows_read == len(rows)
    assert info.rows_read == info.states + info.rows_merged + info.rows_duplicate + info.rows_rejected
    assert result.states["reports"].sum() + info.rows_duplicate + len(result.rejected) == len(rows)
    assert (result.states["valid_from"] <= result.states["valid_to"]).all()


@quick
@given(rows_of_reports, st.sampled_from(list(Listing)), st.booleans(), steps)
def test_states_of_a_place_never_overlap(rows: list[Row], listing: Listing, keep: bool, step: Step) -> None:
    states = load(rows, listing=listing, keep_unchanged=keep, step=step).states
    for start, end in (("valid_from", "valid_to"), ("shown_from", "shown_to")):
        for _, place in states.groupby("place_id", observed=True):
            assert (place[end].to_numpy()[:-1] <= place[start].to_numpy()[1:]).all()


@quick
@given(rows_of_reports, st.integers(0, 24 * 10), st.booleans())
def test_as_of_totals_equal_pandas(rows: list[Row], hours: int, keep: bool) -> None:
    result = load(rows, keep_unchanged=keep)
    moment = START + pd.Timedelta(hours=hours)
    # Behind the dataset's end what is known stays what it was at the end.
    at = min(ms(moment.isoformat()), result.info.end - 1)
    states = result.states[(result.states["valid_from"] <= at) & (result.states["valid_to"] > at)]
    for metric in ("confirmed", "deaths"):
        expected = known_at(rows, moment, metric)
        if metric in states:
            assert same(states.set_index(states["place"].astype(str))[metric], expected)


@quick
@given(rows_of_reports, steps)
def test_each_frame_shows_one_row_a_place_and_the_last_before_its_end(rows: list[Row], step: Step) -> None:
    result = load(rows, step=step)
    states = result.states
    begins = range(int(states["shown_from"].min()), result.info.end, step_ms(step))
    for begin in list(begins)[:: 1 if step != Step.HOUR else 7]:
        end = begin + step_ms(step)
        visible = states[(states["shown_from"] < end) & (states["shown_to"] > begin)]
        last = pd.Timestamp(end - 1, unit="ms")
        assert not visible["place_id"].duplicated().any()
        assert same(visible.set_index(visible["place"].astype(str))["confirmed"], known_at(rows, last, "confirmed"))


@quick
@given(st.lists(st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 30), min_size=3), min_size=1, max_size=12))
def test_a_full_listing_s_total_is_its_last_poll_s_own(polls: list[dict[str, int]]) -> None:
    # Of three to five places: a poll of fewer would count as incomplete.
    rows = [(24 * day, place, count, None) for day, poll in enumerate(polls) for place, count in poll.items()]
    result = load(rows, listing=Listing.FULL, columns={"confirmed": "confirmed"})
    for day, poll in enumerate(polls):
        at = ms((START + pd.Timedelta(days=day)).isoformat())
        states = result.states[(result.states["valid_from"] <= at) & (result.states["valid_to"] > at)]
        assert states["confirmed"].sum() == sum(poll.values())


@quick
@given(rows_of_reports)
def test_increments_add_up_to_pandas_cumulative_sums(rows: list[Row]) -> None:
    states = load(rows, counts=CountKind.INCREMENTS).states
    frame = pd.DataFrame(rows, columns=["hours", "place", "confirmed", "deaths"])
    expected = frame.groupby("place")["confirmed"].sum(min_count=1).astype(float)
    last = states.groupby(states["place"].astype(str))["confirmed"].last()
    if "confirmed" in states:
        assert same(last.reindex(expected.index), expected)
