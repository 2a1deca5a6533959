"""Building of sums by area, kind and playback step (`series.Summary`) from the rows of a dataset."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arrays import Bools, Floats, Ints
from .dataset import Cleaned
from .filters import Area
from .reports import Labels, joint_codes
from .rules import TEXTS, Rule
from .schema import CountKind, Step, step_metric
from .series import Cells, Groups, Listed, Summary
from .steps import floor_to_step, step_begin

#: Columns that may say where, coarsest first, and what says it where they are empty.
AREA_COLUMNS = ("country", "province", "city")
NO_AREA = "place_id"
_JUMP = TEXTS[Rule.JUMP].word


@dataclass(frozen=True)
class Rows:
    """Rows of a dataset on its level of totals, prepared to be summed.

    `group`: index into `groups`. `drawn`: rows that are drawn as a total (not replaced within their own step).
    `entry`, `exit`: the cell (step and group) in which a row begins and ceases to be drawn; `cell_step`,
    `cell_group`: of the n cells. `values`: metrics, `changes`: their change in the step (of events none), NaN where
    unknown. `jump`: rows flagged as one.
    """

    step: Step
    events: bool
    area_columns: tuple[str, ...]
    groups: Groups
    drawn: Bools
    jump: Bools
    entry: Ints
    exit: Ints
    cell_step: Ints
    cell_group: Ints
    values: Mapping[str, Floats]
    changes: Mapping[str, Floats]
    reported_hours: Ints
    begin_ms: int


@dataclass(frozen=True)
class Told:
    """What rows say, as far as sums tell rows apart: names of areas, kind, words of flags, whether they have a point,
    and from when until when (half-open, wall-clock ms) they are drawn."""

    areas: Sequence[Labels]
    kind: Labels
    flags: Labels
    located: Bools
    shown_from: Ints
    shown_to: Ints


def area_columns(labels: Mapping[str, Labels]) -> tuple[str, ...]:
    """The columns that say where, coarsest first: those with values, without coarse ones that are equal throughout.

    >>> names = {"country": Labels.of(np.array(["X", "X"], object)), "city": Labels.of(np.array(["a", "b"], object))}
    >>> area_columns(names)
    ('city',)
    """
    counts = {name: int((np.bincount(labels[name].codes + 1, minlength=1)[1:] > 0).sum())
              for name in AREA_COLUMNS if name in labels}
    found = [name for name, count in counts.items() if count]
    while len(found) > 1 and counts[found[0]] == 1:
        found.pop(0)
    return tuple(found) or (NO_AREA,)


def summarise_cleaned(cleaned: Cleaned) -> Summary:
    """The sums of a dataset that was just cleaned."""
    return build_summary(rows_of(cleaned))


def rows_of(cleaned: Cleaned) -> Rows:
    """The rows of a cleaned dataset on its level of totals."""
    info, states = cleaned.info, cleaned.states
    events = info.kind.value == CountKind.EVENTS
    on_level = (states["level"] == info.totals_level).to_numpy() if info.totals_level else np.ones(len(states), bool)
    if not on_level.all():
        states = states[on_level]
    columns = area_columns({name: _labels(states[name]) for name in AREA_COLUMNS})
    told = Told(
        [_labels(states[name]) for name in columns], _labels(states["kind"]), _labels(states["flags"]),
        np.asarray(states["lon"].notna() & states["lat"].notna()), states["shown_from"].to_numpy(np.int64),
        states["shown_to"].to_numpy(np.int64))
    values = {name: states[name].to_numpy(np.float64) for name in info.metrics}
    changes = {} if events else {name: states[step_metric(name)].to_numpy(np.float64) for name in info.metrics}
    hours = cleaned.reported_hours if len(cleaned.reported_hours) else hours_of(
        cleaned.states[["reported_at", "last_reported"]].to_numpy(np.int64).ravel())
    begin = step_begin(info.span_first, info.step)
    return prepare(told, values, changes, events, (info.step, columns, hours, begin))


def _labels(column: pd.Series) -> Labels:
    known = column if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("category")
    return Labels(known.cat.codes.to_numpy().astype(np.int64), known.cat.categories.to_numpy().astype(object))


def hours_of(moments: Ints) -> Ints:
    """The different hours in which moments lie."""
    return np.sort(np.asarray(pd.unique(floor_to_step(moments, Step.HOUR)), np.int64))


def prepare(
    told: Told, values: Mapping[str, Floats], changes: Mapping[str, Floats], events: bool,
    setting: tuple[Step, tuple[str, ...], Ints, int],
) -> Rows:
    """Rows sorted into groups and cells; `setting`: step, area columns, hours with reports, begin of playing."""
    step, columns, hours, begin = setting
    words = [str(text).split(";") for text in told.flags.texts]
    flagged = np.append([bool("".join(one)) for one in words], False)[told.flags.codes].astype(bool)
    jump = np.append([_JUMP in one for one in words], False)[told.flags.codes].astype(bool)
    groups, group = _group(told, flagged)
    steps = np.sort(np.asarray(pd.unique(np.concatenate([told.shown_from, told.shown_to])), np.int64))
    count = max(len(groups.area), 1)
    begun, ended = (np.searchsorted(steps, one) * count + group for one in (told.shown_from, told.shown_to))
    number, keys = pd.factorize(np.concatenate([begun, ended]), sort=True)
    keys = np.asarray(keys, np.int64)
    entry, leave = np.split(np.asarray(number, np.int64), 2)
    return Rows(
        step, events, columns, groups, told.shown_from < told.shown_to, jump, entry, leave, steps[keys // count],
        keys % count, values, changes, hours, begin)


def build_summary(rows: Rows, minimum: tuple[str, float] | None = None) -> Summary:
    """Sum rows; with a `minimum` only those whose column (a metric or its `step_new_…`) reaches it."""
    kept = _passing(rows, minimum)
    cells = {metric: _cells(rows, metric, kept) for metric in rows.values}
    return Summary(
        rows.step, rows.events, rows.groups, cells, _listed(rows, kept), _limits(rows, kept), rows.reported_hours,
        rows.area_columns, rows.begin_ms)


def _passing(rows: Rows, minimum: tuple[str, float] | None) -> Bools:
    if minimum is None:
        return np.ones(len(rows.entry), bool)
    column, least = minimum
    steps = {step_metric(metric): change for metric, change in rows.changes.items()}
    with np.errstate(invalid="ignore"):  # what is not known does not reach it
        return np.asarray(steps[column] >= least if column in steps else rows.drawn & (rows.values[column] >= least))


def _group(told: Told, flagged: Bools) -> tuple[Groups, Ints]:
    """Rows that no filter tells apart, in an order that does not depend on that of the rows."""
    area, areas = _areas(told.areas)
    kinds, kind = _sorted_texts(told.kind)
    count = max(len(kinds), 1)
    keys = ((area * count + kind) * 2 + flagged) * 2 + told.located
    group, found = pd.factorize(keys, sort=True)
    found = np.asarray(found, np.int64)
    of_area, of_kind = np.divmod(found // 4, count)
    return Groups(areas, kinds, of_area, of_kind, found // 2 % 2 == 1, found % 2 == 1), np.asarray(group, np.int64)


def _areas(labels: Sequence[Labels]) -> tuple[Ints, tuple[Area, ...]]:
    joint = joint_codes([one.codes for one in labels])
    row = np.zeros(int(joint.max(initial=-1)) + 1, np.int64)
    row[joint[::-1]] = np.arange(len(joint))[::-1]
    areas: list[Area] = [tuple(one.text(at) or None for one in labels) for at in row.tolist()]
    order = sorted(range(len(areas)), key=lambda number: tuple(name or "" for name in areas[number]))
    rank = np.argsort(np.array(order, np.int64))
    return rank[joint].astype(np.int64), tuple(areas[number] for number in order)


def _sorted_texts(labels: Labels) -> tuple[tuple[str, ...], Ints]:
    """The different texts in their order ("" for none), and the index of each row's."""
    used = np.unique(labels.codes)
    texts = sorted({"" if code < 0 else str(labels.texts[code]) for code in used.tolist()})
    position = {text: number for number, text in enumerate(texts)}
    lookup = np.array([*(position.get(str(text), -1) for text in labels.texts), position.get("", -1)], np.int64)
    return tuple(texts), lookup[labels.codes]


def _cells(rows: Rows, metric: str, kept: Bools) -> Cells:
    value = rows.values[metric]
    total, known = _in_and_out(rows, np.flatnonzero(kept & rows.drawn & ~np.isnan(value)), value)
    change = value if rows.events else rows.changes[metric]
    at = np.flatnonzero(kept & ~np.isnan(change))
    new, new_known = _sum(rows, rows.entry[at], change[at]), _count(rows, rows.entry[at])
    below = at[change[at] < 0]
    fallen = _sum(rows, rows.entry[below], change[below])
    used = np.flatnonzero((known != 0) | (total != 0) | (new_known != 0))
    return Cells(
        rows.cell_step[used], rows.cell_group[used], total[used], known[used], new[used], new_known[used],
        fallen[used])


def _in_and_out(rows: Rows, at: Ints, value: Floats) -> tuple[Floats, Ints]:
    """Sums and numbers of rows that begin to be drawn, less those that cease; events stay."""
    total, known = _sum(rows, rows.entry[at], value[at]), _count(rows, rows.entry[at])
    if rows.events:
        return total, known
    return total - _sum(rows, rows.exit[at], value[at]), known - _count(rows, rows.exit[at])


def _listed(rows: Rows, kept: Bools) -> Listed:
    at = np.flatnonzero(kept & rows.drawn)
    places = _count(rows, rows.entry[at])
    if not rows.events:
        places = places - _count(rows, rows.exit[at])
    jumps = _count(rows, rows.entry[kept & rows.jump])
    used = np.flatnonzero((places != 0) | (jumps != 0))
    return Listed(rows.cell_step[used], rows.cell_group[used], places[used], jumps[used])


def _limits(rows: Rows, kept: Bools) -> dict[str, tuple[float, float]]:
    drawn = kept & rows.drawn
    columns = {metric: value[drawn] for metric, value in rows.values.items()}
    columns.update({step_metric(metric): change[kept] for metric, change in rows.changes.items()})
    return {name: (float(np.nanmin(column)), float(np.nanmax(column)))
            for name, column in columns.items() if not np.isnan(column).all()}


def _sum(rows: Rows, cell: Ints, value: Floats) -> Floats:
    return np.asarray(np.bincount(cell, value, len(rows.cell_step)), np.float64)


def _count(rows: Rows, cell: Ints) -> Ints:
    return np.asarray(np.bincount(cell, minlength=len(rows.cell_step)), np.int64)
