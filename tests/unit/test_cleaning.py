"""What SEMANTICS asks of states, one rule a test."""
from __future__ import annotations

import numpy as np
import pytest
from outbreak_atlas.plugin.core.dataset import Cleaned
from outbreak_atlas.plugin.core.errors import AtlasError
from outbreak_atlas.plugin.core.schema import CountKind, Datum, Listing, Step
from raw_tables import cleaned, finding, ms, states_as_of, table

HEADER = "reported_at,place,city,province,lon,lat,confirmed,deaths,recovered"


def report(
    time: str, place: str, confirmed: object, deaths: object = "", recovered: object = "",
    lon: object = 114.3, lat: object = 30.6,
) -> tuple[object, ...]:
    return (time, place, "Wuhan", "Hubei", lon, lat, confirmed, deaths, recovered)


def load(*rows: tuple[object, ...], **options: object) -> Cleaned:
    options = {"counts": CountKind.CUMULATIVE, "listing": Listing.PARTIAL, **options}
    return cleaned(table(rows, HEADER), **options)


def balance(result: Cleaned) -> bool:
    info = result.info
    return info.rows_read == info.states + info.rows_merged + info.rows_duplicate + info.rows_rejected


def test_repeated_polls_are_merged_and_counted() -> None:
    result = load(
        report("2020-02-01 08:00", "A", 3), report("2020-02-02 08:00", "A", 3), report("2020-02-03 08:00", "A", 4))
    assert result.states["reports"].tolist() == [2, 1]
    assert result.states["valid_to"].tolist() == [ms("2020-02-03 08:00"), ms("2020-02-04")]
    assert result.states["last_reported"].tolist() == [ms("2020-02-02 08:00"), ms("2020-02-03 08:00")]
    assert result.states["first_row"].tolist() == [2, 4]
    assert balance(result)


def test_keep_unchanged_keeps_every_report() -> None:
    result = load(report("2020-02-01", "A", 3), report("2020-02-02", "A", 3), keep_unchanged=True)
    assert result.info.states == 2 and result.info.rows_merged == 0
    assert result.states["new_confirmed"].tolist() == [3, 0]


def test_unknown_is_carried_but_never_invented() -> None:
    result = load(
        report("2020-02-01", "A", 3), report("2020-02-02", "A", 4, deaths=1), report("2020-02-03", "A", 5),
        report("2020-02-04", "A", 6, deaths=2))
    deaths = result.states["deaths"].to_numpy()
    assert np.isnan(deaths[0]) and deaths[1:].tolist() == [1, 1, 2]
    new = result.states["new_deaths"].to_numpy()
    assert np.isnan(new[:2]).all() and new[2:].tolist() == [0, 1]
    flags = result.states["flags"].astype(object).fillna("")
    assert flags.str.contains("carried").tolist() == [False, False, True, False]
    assert "active" not in result.states, "nothing is known of recovered in the whole file"


def test_active_needs_all_three() -> None:
    result = load(report("2020-02-01", "A", 10, deaths=1, recovered=2), report("2020-02-02", "B", 10, deaths=1))
    active = result.states.set_index("place")["active"]
    assert active["A"] == 7 and np.isnan(active["B"])


def test_revisions_are_shown_not_clipped() -> None:
    result = load(report("2020-02-01", "A", 10), report("2020-02-02", "A", 7), outbreak_start=True)
    assert result.states["new_confirmed"].tolist() == [10, -3]
    assert finding(result, "falling cumulative count")["rows"].tolist() == [1]


def test_first_values_are_unknown_when_the_file_starts_in_the_middle() -> None:
    rows = [report(f"2020-02-0{day}", place, base + day) for place, base in (("A", 100), ("B", 300)) for day in (1, 2)]
    auto = load(*rows)
    assert auto.info.first_values.value == "unknown"
    assert auto.states["new_confirmed"].isna().tolist() == [True, False, True, False]
    assert load(*rows, outbreak_start=True).states["new_confirmed"].tolist() == [101, 1, 301, 1]


def test_step_snapping_leaves_one_row_a_place_and_frame() -> None:
    result = load(
        report("2020-02-01 08:00", "A", 1), report("2020-02-01 14:00", "A", 2), report("2020-02-02 00:00", "A", 3))
    shown = result.states[["shown_from", "shown_to"]].to_numpy().tolist()
    first, second, third = ms("2020-02-01"), ms("2020-02-02"), ms("2020-02-03")
    assert shown == [[first, first], [first, second], [second, third]]


def test_delisted_place_ends_at_the_poll_that_lacks_it_and_comes_back() -> None:
    rows = [report(f"2020-02-0{d}", p, 5) for d in range(1, 7) for p in "ABCD" if not (p == "D" and d in (3, 4))]
    result = load(*rows, listing=Listing.FULL)
    place = result.states[result.states["place"] == "D"]
    assert place["valid_from"].tolist() == [ms("2020-02-01"), ms("2020-02-05")]
    assert place["valid_to"].tolist() == [ms("2020-02-03"), ms("2020-02-07")]
    assert len(states_as_of(result, ms("2020-02-03"))) == 3
    assert finding(result, "delisted")["rows"].tolist() == [1]
    assert place["flags"].astype(object).fillna("").tolist() == ["delisted", ""]
    assert balance(result)


def test_partial_listing_carries_on() -> None:
    rows = [report("2020-02-01", "A", 5), report("2020-02-01", "B", 5), report("2020-02-05", "A", 6)]
    assert len(states_as_of(load(*rows), ms("2020-02-05"))) == 2


def test_incomplete_poll_ends_no_state() -> None:
    rows = [report(f"2020-02-0{d}", f"P{p}", 5) for d in range(1, 8) for p in range(10) if d != 4 or p < 3]
    result = load(*rows, listing=Listing.FULL)
    assert finding(result, "incomplete poll")["rows"].tolist() == [3]
    assert len(finding(result, "delisted")) == 0
    assert len(states_as_of(result, ms("2020-02-04"))) == 10


def test_listing_is_detected_also_per_province() -> None:
    full = [report(f"2020-02-{d:02d}", f"P{p}", d) for d in range(1, 9) for p in range(6)]
    assert cleaned(table(full, HEADER)).info.listing.value == Listing.FULL
    own = [report(f"2020-02-{d:02d} {p:02d}:{d:02d}", f"P{p}", d) for d in range(1, 9) for p in range(6)]
    assert cleaned(table(own, HEADER)).info.listing.value == Listing.PARTIAL
    provinces = [
        (f"2020-02-{d:02d} {h:02d}:00", f"P{p}", "C", f"Province {h}", 110 + p / 10, 30 + h / 10, d, "", "")
        for d in range(1, 9) for h in range(4) for p in range(6)
    ]
    result = cleaned(table(provinces, HEADER))
    assert result.info.listing.value == Listing.FULL and "province" in result.info.listing.reason


def test_exact_duplicates_of_totals_are_merged_and_of_events_kept() -> None:
    row = report("2020-02-01", "A", 5)
    result = load(row, row, report("2020-02-02", "A", 6))
    assert result.info.rows_duplicate == 1 and balance(result)
    event = ("2020-02-01", "A", 120.1, 23.0)
    events = cleaned(table([event, event], "onset_date,place,lon,lat"), columns={"time": "onset_date"})
    assert events.info.kind.value == CountKind.EVENTS
    assert events.states["cases"].tolist() == [1, 1]
    assert events.info.rows_duplicate == 0 and finding(events, "exact duplicate")["rows"].tolist() == [1]


def test_several_values_at_one_moment_keep_all_and_show_the_last() -> None:
    result = load(report("2020-02-01", "A", 5), report("2020-02-01", "A", 6))
    assert result.info.states == 2
    assert states_as_of(result, ms("2020-02-01"))["confirmed"].tolist() == [6]
    assert finding(result, "several values for one place and time")["rows"].tolist() == [2]
    assert finding(result, "place named again at one moment")["rows"].tolist() == [1]


def test_increments_are_added_up() -> None:
    result = load(
        report("2020-02-01", "A", 3), report("2020-02-02", "A", 0), report("2020-02-03", "A", -1),
        counts=CountKind.INCREMENTS)
    assert result.states["confirmed"].tolist() == [3, 2]
    assert result.states["new_confirmed"].tolist() == [3, -1]
    assert result.info.rows_merged == 1 and balance(result)


def test_rejected_rows_keep_row_reason_and_text() -> None:
    result = load(
        report("2020-02-01", "A", 5), report("yesterday", "A", 6), report("", "A", 7), report("2020-02-03", "A", "six"))
    assert result.rejected["row"].tolist() == [3, 4, 5]
    assert result.rejected["raw"].tolist() == ["line 3", "line 4", "line 5"]
    assert result.rejected["reason"].tolist() == [
        "unreadable date “yesterday” in reported_at", "no date in reported_at", "unreadable count “six” in confirmed"]
    assert balance(result)


def test_points_are_mended_only_where_certain() -> None:
    result = load(
        report("2020-02-01", "A", 1, lon=30.6, lat=114.3), report("2020-02-01", "B", 1, lon=0, lat=0),
        report("2020-02-01", "C", 1, lon="", lat=""), report("2020-02-01", "D", 1, lon=114.3, lat=95))
    point = result.states.set_index("place")[["lon", "lat"]]
    assert point.loc["A"].tolist() == [114.3, 30.6]
    assert point.loc[["B", "C"]].isna().all().all()
    # 95 is no latitude, but 114.3 is none either: nothing can be exchanged.
    assert point.loc["D"].isna().all()
    rules = set(result.findings["rule"])
    assert {"swapped coordinates", "(0, 0) coordinates", "missing coordinates", "impossible coordinates"} <= rules
    assert result.info.places == 4 and result.info.located == 1


def test_a_point_that_lands_in_its_city_only_when_swapped_is_mended() -> None:
    header = "reported_at,place,city,lon,lat,confirmed"
    rows = [("2021-01-01", f"P{i}", "Montgomery", -86.3 + i / 100, 32.4, 1) for i in range(6)]
    rows += [("2021-01-01", "Swapped", "Montgomery", 32.4, -86.3, 1)]
    rows += [("2021-01-01", "Astray", "Montgomery", -96.3, 32.4, 1)]
    states = cleaned(table(rows, header), counts=CountKind.CUMULATIVE).states.set_index("place")
    assert states.loc["Swapped", ["lon", "lat"]].tolist() == [-86.3, 32.4]
    assert states.loc["Swapped", "flags"] == "swapped"
    assert states.loc["Astray", "flags"] == "far_from_city" and states.loc["Astray", "lon"] == -96.3


def test_code_makes_identity_and_the_newest_name_is_shown() -> None:
    header = "reported_at,city,province,adcode,lon,lat,confirmed"
    rows = [("2020-02-01", "公主岭", "吉林", "220381", 124.8, 43.5, 1),
            ("2020-02-02", "公主岭市", "吉林", "220381", 124.8, 43.5, 2),
            ("2020-02-01", "市辖区", "河北", "", 115, 38, 1), ("2020-02-01", "市辖区", "山西", "", 112, 37, 1)]
    result = cleaned(table(rows, header), counts=CountKind.CUMULATIVE)
    assert result.info.places == 3
    renamed = result.places[result.places["place_id"] == "220381"].iloc[0]
    assert (renamed["place"], renamed["aliases"]) == ("公主岭市", "公主岭")
    assert set(result.states.loc[result.states["place_id"] == "220381", "place"]) == {"公主岭市"}


def test_levels_are_told_apart_and_totals_use_one() -> None:
    header = "reported_at,city,province,lon,lat,confirmed"
    rows = [("2020-02-01", "", "Hubei", 112, 31, 10), ("2020-02-01", "Wuhan", "Hubei", 114.3, 30.6, 7),
            ("2020-02-01", "Huanggang", "Hubei", 114.9, 30.4, 3)]
    result = cleaned(table(rows, header), counts=CountKind.CUMULATIVE)
    assert result.info.totals_level == "city" and set(result.info.levels) == {"city", "province"}
    assert finding(result, "several levels in one column")["rows"].tolist() == [1]


def test_datum_is_asked_for_in_mainland_china() -> None:
    rows = [report(f"2020-02-0{d}", "A", d) for d in range(1, 4)]
    assert finding(load(*rows), "datum not given")["rows"].tolist() == [3]
    given = load(*rows, datum=Datum.GCJ02)
    assert not len(finding(given, "datum not given"))
    assert abs(given.states["lon"].iloc[0] - 114.3) > 0.002


def test_a_mistyped_year_is_found() -> None:
    rows = [report(f"2020-02-{d:02d}", "A", d) for d in range(1, 20)] + [report("2002-02-05", "B", 1)]
    assert finding(load(*rows), "report outside the dataset's span")["rows"].tolist() == [1]


def test_a_jump_stands_out_from_the_place_s_own_history() -> None:
    rows = [report(f"2020-02-{d:02d}", "A", 20 * d) for d in range(1, 15)] + [report("2020-02-15", "A", 2000)]
    jumps = finding(load(*rows), "jump")
    assert jumps["rows"].tolist() == [1] and "2020-02-15" in jumps["examples"].iloc[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("city,lon,lat,confirmed\nA,1,2,3", "no column with dates"),
        ("date,city,confirmed\n2020-01-01,A,3", "no coordinates"),
        ("date,city,lon,lat,confirmed\nsoon,A,1,2,3", "no column with dates"),
        ("date,city,lon,lat,confirmed\n2020-01-01,A,1,2,many\n2020-01-01,B,1,2,3", ""),
    ],
)
def test_what_cannot_be_loaded_says_why(text: str, words: str) -> None:
    if not words:
        assert cleaned(text, columns={"confirmed": "confirmed"}).info.rows_rejected == 1
        return
    with pytest.raises(AtlasError, match=words):
        cleaned(text)


def test_all_rows_rejected_is_an_error_with_the_first_reason() -> None:
    with pytest.raises(AtlasError, match=r"None of the 2 rows .*row 2: unreadable date"):
        cleaned("when,lon,lat\nsoon,1,2\nlater,1,2", columns={"time": "when"})


def test_weekly_step_starts_on_mondays() -> None:
    result = load(report("2020-02-05", "A", 1), report("2020-02-12", "A", 2), step=Step.WEEK)
    assert result.states["shown_from"].tolist() == [ms("2020-02-03"), ms("2020-02-10")]
    assert result.info.end == ms("2020-02-17")


def test_a_silence_unusual_for_its_place_is_found() -> None:
    daily = [report(f"2020-02-{d:02d}", "A", d) for d in range(1, 15)] + [report("2020-03-15", "A", 20)]
    monthly = [report(f"2020-{m:02d}-01", "B", m) for m in range(1, 9)]
    silence = finding(load(*daily, *monthly), "long silence")
    assert silence["rows"].tolist() == [1] and "A, 2020-03-15" in silence["examples"].iloc[0]


def test_a_header_may_name_the_datum() -> None:
    rows = [("2020-02-01", "A", 114.3, 30.6, 1), ("2020-02-02", "A", 114.3, 30.6, 2)]
    shifted = cleaned(table(rows, "date,place,lon_gcj02,lat_gcj02,confirmed"))
    assert shifted.info.datum.value == Datum.GCJ02 and abs(shifted.states["lon"].iloc[0] - 114.3) > 0.002
    told = cleaned(table(rows, "date,place,lon_wgs84,lat_wgs84,confirmed"))
    assert told.states["lon"].iloc[0] == 114.3 and not len(finding(told, "datum not given"))
