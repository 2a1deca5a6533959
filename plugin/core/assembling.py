"""The parts of a cleaned dataset put together: tables, numbers, and the balance that must hold."""
from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import PurePath
from typing import Callable

import numpy as np
import pandas as pd

from .arrays import Cells, Ints
from .columns import ColumnPlan
from .dataset import Choice, Cleaned, DatasetInfo, LoadOptions
from .errors import AtlasError
from .places import Places, level_of_totals
from .quality import Finding, findings_table, main_span
from .rejections import rejected_findings
from .reports import Labels
from .schema import NEW_PREFIX, REJECTED_COLUMNS, STATE_COLUMNS, STEP_PREFIX, TEXT_COLUMNS, CountKind, Step
from .steps import dataset_end
from .tables import Joined

#: Gives the original text of records: index of the source, record numbers.
OriginalText = Callable[[int, Ints], "list[str]"]
_MARKS = ("yes", "true", "1", "synthetic")


@dataclass(frozen=True)
class Decisions:
    """What was decided about the dataset."""

    kind: Choice
    listing: Choice
    datum: Choice
    zone: Choice
    first_values: Choice
    step: Step


@dataclass(frozen=True)
class Outcome:
    """What cleaning made of the files; `reason` says for every row why it is rejected."""

    joined: Joined
    plan: ColumnPlan
    reason: Cells
    states: pd.DataFrame
    places: Places
    duplicates: int
    findings: list[Finding]


def assemble(outcome: Outcome, decisions: Decisions, options: LoadOptions, original: OriginalText) -> Cleaned:
    """The finished dataset; raises `AtlasError` if a row is unaccounted for."""
    rejected = _rejected_table(outcome, original)
    findings = findings_table([*outcome.findings, *rejected_findings(rejected, len(outcome.joined.sources) > 1)])
    states = _states_table(outcome)
    info = _info(outcome, decisions, options, states, len(rejected))
    _check_balance(info)
    return Cleaned(states, _places_table(outcome), rejected, findings, info)


def _info(
    outcome: Outcome, decisions: Decisions, options: LoadOptions, states: pd.DataFrame, rejected: int
) -> DatasetInfo:
    joined, raw = outcome.joined, outcome.states
    new = tuple(name for name in raw.columns if name.startswith(NEW_PREFIX))
    in_step = tuple(name for name in raw.columns if name.startswith(STEP_PREFIX))
    last = int(raw["last_reported"].max())
    levels = pd.Series(outcome.places.level).value_counts()
    low, high = main_span(raw["valid_from"].to_numpy())
    moments = raw.loc[raw["valid_from"].between(low, high), ["valid_from", "last_reported"]].to_numpy()
    moments = moments[moments <= high]
    events = decisions.kind.value == CountKind.EVENTS
    return DatasetInfo(
        sources=joined.sources, columns=outcome.plan.reasons, kind=decisions.kind, listing=decisions.listing,
        datum=decisions.datum, time_zone=decisions.zone, step=decisions.step, first_values=decisions.first_values,
        metrics=tuple(name for name in raw.columns if name not in (*STATE_COLUMNS, "lon", "lat", *new, *in_step)),
        new_metrics=new, first=int(raw["valid_from"].min()), last=last, end=dataset_end(last, decisions.step),
        span_first=int(moments.min()), span_last=int(moments.max()),
        rows_read=joined.rows_read, rows_merged=int(raw["reports"].sum()) - len(raw),
        rows_duplicate=outcome.duplicates, rows_rejected=rejected, states=len(raw), places=len(outcome.places.ids),
        cities=_count_cities(outcome.places), located=int(raw.loc[raw["lon"].notna(), "place"].nunique()),
        totals_level="" if events else level_of_totals(outcome.places),
        levels=tuple(str(name) for name in levels.index),
        synthetic=_is_synthetic(outcome), options=_options_used(options),
    )


def _check_balance(info: DatasetInfo) -> None:
    accounted = info.states + info.rows_merged + info.rows_duplicate + info.rows_rejected
    if accounted != info.rows_read:
        raise AtlasError(
            f"The balance of the load is broken: {info.rows_read:,} rows were read and {accounted:,} accounted for. "
            "Nothing was written; this is a mistake of the plugin, please report it."
        )


def _rejected_table(outcome: Outcome, original: OriginalText) -> pd.DataFrame:
    """Rows that could not be split (from reading) and rows that could not be understood."""
    at, joined = np.flatnonzero(outcome.reason != ""), outcome.joined
    frames = [joined.rejected]
    for index, name in enumerate(joined.source_names):
        mine = at[joined.source[at] == index]
        if len(mine):
            texts = original(index, joined.rows[mine])
            columns = (np.full(len(mine), name, object), joined.rows[mine], outcome.reason[mine], texts)
            frames.append(pd.DataFrame(dict(zip(REJECTED_COLUMNS, columns))))
    table = pd.concat([frame for frame in frames if len(frame)] or [joined.rejected], ignore_index=True)
    return table.sort_values(["source", "row"], kind="stable", ignore_index=True)


def _states_table(outcome: Outcome) -> pd.DataFrame:
    """States with the texts of their places, in the column order of the layer."""
    states, places = outcome.states, outcome.places
    place = states["place"].to_numpy()
    texts = {"place_id": places.ids, "level": places.level, **places.names}
    labels = {role: Labels.of(texts[role]).take(place).categorical() for role in TEXT_COLUMNS}
    source = pd.Categorical.from_codes(states["source"].to_numpy(), list(outcome.joined.source_names))
    columns = {**{name: states[name] for name in states.columns}, **labels, "source": source}
    order = [*STATE_COLUMNS, *(name for name in states.columns if name not in STATE_COLUMNS)]
    return pd.DataFrame({name: columns[name] for name in order}, copy=False)


def _places_table(outcome: Outcome) -> pd.DataFrame:
    """One row per place: names, aliases, its newest point, span, and numbers of states and reports."""
    states, places = outcome.states, outcome.places
    groups = states.groupby("place", sort=True)
    texts = {**places.names, "level": places.level, "aliases": places.aliases}
    known = {name: pd.Series(text, dtype=object).mask(text == "") for name, text in texts.items()}
    columns = {
        "place_id": places.ids, **known,
        "lon": groups["lon"].last(), "lat": groups["lat"].last(), "first": groups["valid_from"].min(),
        "last": groups["last_reported"].max(), "states": groups.size(), "reports": groups["reports"].sum(),
    }
    return pd.DataFrame({name: np.asarray(values) for name, values in columns.items()})


def _count_cities(places: Places) -> int:
    cities = pd.DataFrame({role: places.names[role] for role in ("province", "city")})
    return len(cities[cities["city"] != ""].drop_duplicates())


def _is_synthetic(outcome: Outcome) -> bool:
    if outcome.plan.synthetic is None:
        return False
    marks = outcome.joined.frame[outcome.plan.synthetic].iloc[:100].str.strip().str.lower()
    return bool(marks.isin(_MARKS).any())


def _options_used(options: LoadOptions) -> dict[str, str]:
    """The options as text, for the record."""
    def text(value: object) -> str:
        if isinstance(value, dict):
            return ";".join(f"{role}={header}" for role, header in value.items())
        return "" if value is None else str(value)

    # Of the gazetteer the name alone: where it lies on this computer is nobody else's business.
    shared = replace(options, gazetteer=PurePath(options.gazetteer).name)
    return {field.name: text(getattr(shared, field.name)) for field in fields(shared)}
