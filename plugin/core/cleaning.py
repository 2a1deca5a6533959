"""Cleaning: from the cells of files to states, rejected rows and findings."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from . import quality
from .arrays import Bools, Ints
from .assembling import Decisions, OriginalText, Outcome, assemble
from .columns import ColumnPlan, plan_columns
from .countchecks import check_counts, check_repeats
from .coverage import coverage_of
from .dataset import GIVEN, Choice, Cleaned, LoadOptions
from .datum import datum_in_words
from .errors import AtlasError
from .exchanges import mend_exchanged
from .files import read_file
from .gazetteer import Gazetteer, index_gazetteer
from .kinds import detect_kind, momentary_metrics, relisted_places, summed_metrics
from .levels import check_levels
from .listing import NEVER, delisted_at, detect_listing, ends_of_accepted, who_is_listed
from .locating import locate
from .momentcolumns import has_moments
from .parsing import Parsed, parse_cells, with_notes
from .places import NAME_ROLES, Places, describe, identify, level_of_totals, names_apart, unnamed
from .points import mend_points, mostly_in_china
from .progress import Progress
from .quality import Finding, counted
from .reading import RawTable
from .reports import Reports, order_by
from .rules import Rule, bit
from .schema import CASES, NEW, UNKNOWN, CountKind, Datum, Listing, Step
from .states import Known, build_events, build_states, known_totals, merge_repeats, starts_with_outbreak
from .summing import hours_of
from .tables import Joined, join_tables
from .zones import choose_zone, to_zone

_MOMENTARY = "it rises and falls: a count of the moment, which is no running total and is not added up"
_NOT_GIVEN = "not given; taken as WGS 84"
_DATUM_WORDS = (
    "most points lie in mainland China and no datum is given: if they come from a Chinese web map they are "
    "300 to 700 m off; give DATUM"
)


@dataclass(frozen=True)
class _Sorted:
    """Accepted reports sorted by place and time, their place, and the exact repeats among them; `unread`
    has place, moment and province of rows that were rejected for their counts alone."""

    reports: Reports
    place: Ints
    duplicate: Bools
    unread: tuple[Ints, Ints, Ints]


@dataclass(frozen=True)
class _Setting:
    """What places all rows in time and space: wall-clock moments of all rows, and which were written in
    another offset; the datum; the gazetteer, if one was given."""

    wall: Ints
    foreign: Bools
    datum: Choice
    gazetteer: Gazetteer | None


@dataclass(frozen=True)
class _Counting:
    """The kind of counts, the metrics that are added up, and those that rise and fall (`kinds`)."""

    kind: Choice
    summed: frozenset[str]
    momentary: frozenset[str]


def clean(
    tables: Sequence[RawTable], options: LoadOptions, original: OriginalText, progress: Progress
) -> Cleaned:
    """Turn the raw tables of one dataset into states, rejected rows and findings.

    Raises `AtlasError` when nothing can be made of them, and `Cancelled`.
    """
    joined, exchanged = mend_exchanged(join_tables(tables))
    plan = plan_columns(joined.headers, joined.frame, options.columns, bool(options.crs))
    gazetteer = index_gazetteer(read_file(Path(options.gazetteer))) if options.gazetteer else None
    _demand_columns(plan, joined, options, gazetteer)
    progress.report(0.1, "Reading dates and counts")
    parsed = parse_cells(joined, plan, options, progress.part(0.1, 0.4))
    plan = with_notes(plan, parsed.notes)
    parsed = replace(parsed, reports=replace(parsed.reports, source_names=joined.source_names))
    parsed.reports.flags[exchanged] |= bit(Rule.NAMES_EXCHANGED)
    kept = np.flatnonzero(~parsed.rejected)
    progress.report(0.4, "Checking places")
    datum = _datum(plan, options, gazetteer)
    zone = _zone(parsed, kept, options)
    setting = _Setting(*to_zone(parsed.times, zone.value), datum, gazetteer)
    reports, findings = _placed(parsed, kept, setting)
    _demand_points(reports, joined, gazetteer)
    progress.check()
    unread = _placed(parsed, _named_in_vain(parsed), setting)[0]
    sorted_ = _sort(reports, unread, joined, kept)
    progress.report(0.6, "Checking counts")
    sorted_, counting, more = _counting(sorted_, plan, options)
    kind = counting.kind
    plan = with_notes(plan, dict.fromkeys(counting.momentary - plan.currents, _MOMENTARY))
    places = describe(sorted_.reports, sorted_.place)
    progress.check()
    findings += more + _check_rows(sorted_, places, kind)
    progress.report(0.7, "Building states")
    dropped = sorted_.duplicate & (kind.value == CountKind.CUMULATIVE and not counting.summed)
    states, listing, first, more = _states(sorted_, dropped, counting, options)
    progress.report(0.9, "Putting the dataset together")
    decisions = Decisions(kind, listing, datum, zone, first, options.step or Step.DAY)
    outcome = Outcome(joined, plan, parsed.reason, states, places, int(dropped.sum()), findings + more)
    cleaned = assemble(outcome, decisions, options, original)
    span = cleaned.info.span_first, cleaned.info.span_last
    coverage = coverage_of(sorted_.reports.t[~dropped], sorted_.place[~dropped], *span)
    return replace(cleaned, coverage=coverage, reported_hours=hours_of(sorted_.reports.t))


def _demand_columns(plan: ColumnPlan, joined: Joined, options: LoadOptions, gazetteer: Gazetteer | None) -> None:
    names = ", ".join(joined.headers)
    if not has_moments(plan.roles):
        raise AtlasError(
            f"“{joined.name}” has no column with dates: name one with COLUMNS, as in time=header, or give REPORT_DATE "
            f"if all rows are of one date. Its columns are {names}."
        )
    if _has_coordinates(plan):
        return
    if gazetteer is None and not options.crs:
        _refuse_projected(joined, options)
    if not {*NAME_ROLES, "code"} & set(plan.roles):
        raise AtlasError(
            f"“{joined.name}” has no coordinates and names no place: name the columns with COLUMNS, as in "
            f"lon=header;lat=header, or city=header with a GAZETTEER that locates its places. Its columns are {names}."
        )
    if gazetteer is None:
        raise AtlasError(
            f"“{joined.name}” has no coordinates: name their columns with COLUMNS, as in lon=header;lat=header, "
            f"or give a GAZETTEER (a table with codes or names of places, longitude and latitude) that locates its "
            f"places. Its columns are {names}."
        )


def _refuse_projected(joined: Joined, options: LoadOptions) -> None:
    """Columns that would be X and Y if only somebody said in which reference system."""
    roles = plan_columns(joined.headers, joined.frame, options.columns, projected=True).roles
    if not {"lon", "lat"} <= set(roles):
        return
    x, y = (joined.frame.iloc[:, roles[role]] for role in ("lon", "lat"))
    told = np.flatnonzero(((x != "") & (y != "")).to_numpy(bool))
    at = int(told[0]) if len(told) else 0
    raise AtlasError(
        f"“{joined.name}” has no longitude and latitude in degrees: its columns {joined.headers[roles['lon']]} and "
        f"{joined.headers[roles['lat']]} (row {joined.rows[at]}: {x.iloc[at]} and {y.iloc[at]}) look projected. Give "
        "CRS, the reference system they are in, such as EPSG:32650."
    )


def _has_coordinates(plan: ColumnPlan) -> bool:
    return "lonlat" in plan.roles or {"lon", "lat"} <= set(plan.roles)


def _demand_points(reports: Reports, joined: Joined, gazetteer: Gazetteer | None) -> None:
    """A gazetteer of somewhere else would leave the map empty."""
    if gazetteer is None or not np.isnan(reports.lon).all():
        return
    first = next((reports.names[role].text(0) for role in reversed((*NAME_ROLES, "code"))
                  if role in reports.names and reports.names[role].text(0)), "")
    raise AtlasError(
        f"The gazetteer “{gazetteer.name}” knows none of the places of “{joined.name}”, such as “{first}” in row "
        f"{reports.row[0]}: give one of the same area, with the same codes or names."
    )


def _datum(plan: ColumnPlan, options: LoadOptions, gazetteer: Gazetteer | None) -> Choice:
    """What the user says, else what the headers of the coordinates say, else WGS 84 by default."""
    if options.datum is not None:
        return Choice(options.datum, GIVEN)
    headers = " ".join(plan.reasons[role].value for role in ("lon", "lat", "lonlat") if role in plan.reasons)
    said, by = datum_in_words(headers), f"the header “{headers}” says so"
    if not _has_coordinates(plan) and gazetteer is not None:
        said, by = gazetteer.datum, f"the gazetteer's columns {gazetteer.columns} say so"
    return Choice(Datum.WGS84, _NOT_GIVEN) if said is None else Choice(said, by)


def _zone(parsed: Parsed, kept: Ints, options: LoadOptions) -> Choice:
    lon, lat = parsed.reports.lon[kept], parsed.reports.lat[kept]
    known = ~np.isnan(lon)
    middle = (float(np.median(lon[known])), float(np.median(lat[known]))) if known.any() else None
    return choose_zone(options.time_zone, parsed.times, middle, mostly_in_china(lon, lat))


def _named_in_vain(parsed: Parsed) -> Ints:
    """Rows that are rejected though they have a moment: their counts cannot be read, but they name a place."""
    return np.flatnonzero(parsed.rejected & parsed.times.ok & ~unnamed(parsed.reports))


def _placed(parsed: Parsed, rows: Ints, setting: _Setting) -> tuple[Reports, list[Finding]]:
    """Some rows with times in the dataset's zone and points in WGS 84, and what is odd about them."""
    reports = parsed.reports.take(rows)
    findings: list[Finding] = []
    if not len(rows):
        return reports, findings
    lon, lat = reports.lon, reports.lat
    reports = mend_points(replace(reports, t=setting.wall[rows]), Datum(setting.datum.value))
    if setting.gazetteer is not None:
        reports, findings = locate(reports, setting.gazetteer, Datum(setting.datum.value))
        # Points from a gazetteer whose datum is known are beyond doubt.
        lon, lat = (lon, lat) if setting.gazetteer.datum is not None else (reports.lon, reports.lat)
    words = "{rows} with codes in the columns of names and names in those of codes; put back"
    findings += quality.flagged(reports, Rule.NAMES_EXCHANGED, words)
    findings += quality.check_points(reports)
    findings += quality.check_times(reports, setting.foreign[rows], parsed.times.ambiguous[rows])
    if setting.datum.reason == _NOT_GIVEN and mostly_in_china(lon, lat):
        findings.append(Finding(Rule.DATUM_UNKNOWN, int((~np.isnan(lon)).sum()), _DATUM_WORDS))
    return reports, findings


def _sort(reports: Reports, unread: Reports, joined: Joined, kept: Ints) -> _Sorted:
    """By place, then moment, then the order of the files and rows."""
    all_places = identify(reports.joined(unread))
    place, others = all_places[: len(reports)], all_places[len(reports):]
    order = order_by(place, reports.t)
    reports, place = reports.take(order), place[order]
    duplicate = _exact_duplicates(joined.frame, kept[order], place, reports.t)
    return _Sorted(reports, place, duplicate, (others, unread.t, _province(unread)))


def _province(reports: Reports) -> Ints:
    none = np.full(len(reports), -1, np.int64)
    return reports.names["province"].codes if "province" in reports.names else none


def _exact_duplicates(frame: pd.DataFrame, rows: Ints, place: Ints, t: Ints) -> Bools:
    """Rows that a later one repeats in every cell; only rows of one place and moment can. The later one
    stays, as the last of several values for a moment is the one that counts."""
    again = np.zeros(len(place), bool)
    again[1:] = (place[1:] == place[:-1]) & (t[1:] == t[:-1])
    suspects = again.copy()
    suspects[:-1] |= again[1:]
    at = np.flatnonzero(suspects)
    result = np.zeros(len(place), bool)
    if len(at):
        result[at] = frame.iloc[rows[at]].assign(place=place[at]).duplicated(keep="last").to_numpy()
    return result


def _counting(
    work: _Sorted, plan: ColumnPlan, options: LoadOptions
) -> tuple[_Sorted, _Counting, list[Finding]]:
    """What the counts are; those of events are put under the name of theirs."""
    kind, findings = detect_kind(work.reports, work.place, plan, options), list[Finding]()
    if kind.value == CountKind.EVENTS:
        work = replace(work, reports=_as_events(work.reports))
        again = relisted_places(work.reports, work.place)
        if again:
            kind = replace(kind, reason=f"{kind.reason}; {again}")
            findings = [Finding(Rule.LISTED_AGAIN, len(work.reports), f"{again}; nothing is counted")]
    summed = summed_metrics(work.reports, work.place, kind, plan, options)
    momentary = momentary_metrics(work.reports, work.place, kind, plan, summed)
    return work, _Counting(kind, summed, momentary), findings


def _as_events(reports: Reports) -> Reports:
    """The count of an event is its count column (the first), else 1."""
    counts = list(reports.counts.items())
    cases = counts[0][1] if counts else np.ones(len(reports))
    return replace(reports, counts={CASES: cases, **dict(counts[1:])})


def _check_rows(work: _Sorted, places: Places, kind: Choice) -> list[Finding]:
    """Repeats, and what is odd about names and levels."""
    reports, place = work.reports, work.place
    findings = quality.flag(
        reports, work.duplicate, Rule.EXACT_DUPLICATE, "{rows}, each the same to the letter as a later one")
    if kind.value != CountKind.EVENTS:
        findings += check_repeats(reports, place, work.duplicate)
        words = "{rows} bear a name that is also reported at another point, at other moments"
        findings += quality.flag(reports, names_apart(reports, place), Rule.SEVERAL_POINTS, words)
    renamed = np.zeros(len(place), bool)
    several = places.aliases[place] != ""
    finest = next((role for role in ("place", "city", "province") if role in reports.names), "")
    if finest and several.any():
        labels = reports.names[finest]
        own = np.append(labels.texts, "")[labels.codes[several]]
        renamed[several] = (own != places.names[finest][place[several]]) & (own != "")
    other = np.zeros(len(place), bool)
    if kind.value != CountKind.EVENTS:  # an event is counted once, however coarsely it is located
        other = (places.level != level_of_totals(places))[place]
    findings += quality.check_places(reports, place, renamed)
    return findings + (check_levels(reports, place, places.level, other) if kind.value != CountKind.EVENTS else [])


def _states(
    work: _Sorted, dropped: Bools, counting: _Counting, options: LoadOptions
) -> tuple[pd.DataFrame, Choice, Choice, list[Finding]]:
    step, kind, summed = options.step or Step.DAY, counting.kind, counting.summed
    reports, place = work.reports.take(~dropped), work.place[~dropped]
    if kind.value == CountKind.EVENTS:
        words = "each row is an event of its own"
        findings = check_counts(reports, place, CountKind.EVENTS, reports.counts, summed)
        return build_events(reports, place, step), Choice(Listing.PARTIAL, words), Choice(NEW, words), findings
    # Exact duplicates are checked with the rest, as rows of the file; then states are built without them.
    known = known_totals(work.reports, work.place, summed)
    findings = check_counts(
        known.reports, work.place, CountKind(kind.value), work.reports.counts, summed, counting.momentary)
    if dropped.any():
        known = known_totals(work.reports.take(~dropped), place, summed)
    listing, ends, more = _ends(known, work.unread, kind, options)
    carried = (known.reports.flags & bit(Rule.CARRIED)) != 0
    findings += quality.flag(known.reports, carried, Rule.CARRIED, "{rows} without a count that was known before")
    first = _first_values(known, kind, options)
    begin = merge_repeats(known, ends, options.keep_unchanged)
    return build_states(known, begin, ends, step, first.value == NEW, summed), listing, first, findings + more


def _ends(
    known: Known, unread: tuple[Ints, Ints, Ints], kind: Choice, options: LoadOptions
) -> tuple[Choice, Ints, list[Finding]]:
    """The kind of listing, when each report's place was found missing from one, and the findings on time."""
    reports, never = known.reports, np.full(len(known.place), NEVER)
    if kind.value == CountKind.INCREMENTS and options.listing is None:
        listing = Choice(Listing.PARTIAL, "a place that adds nothing need not be listed")
        return listing, never, quality.check_silence(reports, known.place)
    listed = who_is_listed((known.place, reports.t, _province(reports)), unread)
    listing, polls = detect_listing(listed, options.listing)
    if polls is None:
        return listing, never, quality.check_silence(reports, known.place)
    ends = ends_of_accepted(listed, delisted_at(polls, listed.place))
    words = f"{counted(int((ends != NEVER).sum()), 'time')} a listing no longer names a place that the one before did"
    return listing, ends, [
        *quality.check_polls(reports, polls, polls.of_row[listed.accepted]),
        # The flag belongs to the state that ends, not to the reports merged into it: `build_states` sets it.
        *quality.note(reports, ends != NEVER, Rule.DELISTED, words),
    ]


def _first_values(known: Known, kind: Choice, options: LoadOptions) -> Choice:
    if kind.value == CountKind.INCREMENTS:
        return Choice(NEW, "additions are new by their nature")
    if options.outbreak_start is not None:
        return Choice(NEW if options.outbreak_start else UNKNOWN, GIVEN)
    metric, values = next(iter(known.reports.counts.items()))
    small, median = starts_with_outbreak(values, known.place)
    words = f"the first known {metric} of the median place is {median:g}"
    if small:
        return Choice(NEW, f"{words}: the file starts with the outbreak")
    return Choice(UNKNOWN, f"{words}: the file starts in its middle")
