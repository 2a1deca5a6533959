"""Tables with a column a day, turned into tables with a row for each place and day.

That is how the counts of Johns Hopkins University came (`Province/State, …, 1/22/20, 1/23/20, …`), one file a
metric. A cell is a report: an empty one is a report without a number, not one of zero.
"""
from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from .arrays import Cells, Ints
from .headers import header_key, read_header
from .numbers import parse_numbers
from .reading import RawTable
from .schema import NEW_PREFIX
from .textcolumns import categorical, repeated
from .times import parse_times

#: Fewer columns that are called like days are taken for something else.
LEAST_DAYS = 3
#: Any year will do to see that a header is a date without one.
_SOME_YEAR = 2000
#: So many rows tell whether the cells below the days are numbers.
_LOOK_ROWS = 200
_LEAST_NUMBERS = 0.5
#: R puts an X before a header that begins with a digit.
_R_NAME = re.compile(r"X(?=\d)")
_DAY_IN_WORDS = re.compile(
    r"(?<!\d)(\d{4}([-./_])\d{1,2}\2\d{1,2}|\d{1,2}([-./_])\d{1,2}\3\d{2,4}|(?:19|20)\d{6}"
    r"|(?:\d{4} ?[年년] ?)?\d{1,2} ?[月월] ?\d{1,2} ?[日號号일]?)(?!\d)")
_USUAL_METRIC = "confirmed"
#: What says nothing of the counts in a file's name such as new_cases_2021.csv.gz: the suffixes, and numbers.
_NO_WORDS = re.compile(r"(?:\.[A-Za-z]\w{1,6})+$|\d+")


@dataclass(frozen=True)
class LongTable(RawTable):
    """What became of a table with a column a day: `ids` are the positions of the columns that describe a
    place, followed by one with the day and one for each metric."""

    ids: tuple[int, ...] = ()

    @property
    def day(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class _Days:
    """`columns`: metric -> positions of its columns; `days`: metric -> the days as they are written."""

    columns: dict[str, list[int]]
    days: dict[str, list[str]]


def lengthened(table: RawTable, title: str = "", most_rows: int | None = None) -> RawTable:
    """The table with one row for each place and day if it has a column a day, else as it is.

    The counts are called after `title` (of the sheet), else after the file, if they say of what they are.
    About `most_rows` of the rows are enough for a preview.
    """
    found = day_headers(table.headers)
    if found is None or not _hold_numbers(table.frame, [at for group in found.columns.values() for at in group]):
        return table
    plain = known_count(title) or known_count(table.source.name.split("|")[0]) or _USUAL_METRIC
    if most_rows is not None:
        enough = most_rows // max(map(len, found.days.values())) + 1
        table = replace(table, frame=table.frame.iloc[:enough], rows=table.rows[:enough])
    return _long(table, found, plain)


def day_headers(headers: Sequence[str]) -> _Days | None:
    """Which headers are days, each once a metric; None unless there are enough of them.

    >>> day_headers(["city", "1/22/20", "1/23/20", "1/24/20"]).columns
    {'': [1, 2, 3]}
    >>> day_headers(["city", "date", "deaths", "1/22/20"]) is None
    True
    """
    split = [_split(header) for header in headers]
    texts = np.array([day for day, _ in split], object)
    days = parse_times(texts, year=_SOME_YEAR) if any(texts) else None
    if days is None or int(days.ok.sum()) < LEAST_DAYS:
        return None
    found = _Days({}, {})
    for at in np.flatnonzero(days.ok).tolist():
        day, metric = split[at]
        found.columns.setdefault(metric, []).append(at)
        found.days.setdefault(metric, []).append(day)
    for metric in [metric for metric, group in found.columns.items() if len(group) < LEAST_DAYS]:
        del found.columns[metric], found.days[metric]
    unique = all(len(set(days.ms[group].tolist())) == len(group) for group in found.columns.values())
    return found if found.columns and unique else None


def _split(header: str) -> tuple[str, str]:
    """The day in a header and the words beside it."""
    text = _R_NAME.sub("", header.strip(), count=1) if _R_NAME.match(header.strip()) else header.strip()
    inside = _DAY_IN_WORDS.search(text)
    if inside is None:
        return text if re.search(r"\d", text) and not text.isdigit() else "", ""
    words = (text[:inside.start()] + text[inside.end():]).strip(" _-./:()（）")
    if not words or not re.search(r"[^\W\d_]", words) or re.match(r"[T ]?\d\d?:\d\d", text[inside.end():]):
        return text.replace("_", "-"), ""
    return inside.group(1).replace("_", "-"), words


def _hold_numbers(frame: pd.DataFrame, columns: list[int]) -> bool:
    cells = frame.iloc[:_LOOK_ROWS, columns].to_numpy(object).ravel()
    filled = cells[cells != ""]
    return not len(filled) or bool(np.isfinite(parse_numbers(filled).values).mean() >= _LEAST_NUMBERS)


def _long(table: RawTable, found: _Days, plain: str) -> LongTable:
    days = list(dict.fromkeys(day for group in found.days.values() for day in group))
    used = {at for group in found.columns.values() for at in group}
    ids = [at for at in range(len(table.headers)) if at not in used]
    rows, width = len(table.frame), len(days)
    columns = [_repeated(table.frame.iloc[:, at], width) for at in ids]
    columns.append(categorical(np.tile(np.arange(width), rows), days))
    for metric, group in found.columns.items():
        cells = np.full((rows, width), "", object)
        cells[:, [days.index(day) for day in found.days[metric]]] = table.frame.iloc[:, group].to_numpy(object)
        columns.append(cells.ravel())
    headers = [table.headers[at] for at in ids]
    names = [_free(metric or plain, headers) for metric in found.columns]
    frame = pd.DataFrame(dict(enumerate(columns)), copy=False)
    note = (
        f"a column a day: {width:,} columns from {days[0]} to {days[-1]} became rows; the counts are taken as "
        f"{', '.join(names)}")
    source = replace(table.source, rows=len(frame) + len(table.rejected), note=joined_notes(table.source.note, note))
    return LongTable(
        frame, (*headers, _free("date", headers), *names), np.repeat(table.rows, width), table.rejected, source,
        table.texts, tuple(range(len(ids))))


def joined_notes(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _repeated(column: pd.Series, times: int) -> pd.Categorical:
    codes, texts = pd.factorize(column.to_numpy(object))
    return categorical(np.repeat(codes, times), texts)


def _free(name: str, headers: Sequence[str]) -> str:
    """The name, or one like it that no other column has."""
    taken = {header_key(header) for header in headers}
    candidates = (name, *(f"{name} {number}" for number in range(2, len(taken) + 3)))
    return next(one for one in candidates if header_key(one) not in taken)


def known_count(title: str) -> str:
    """The name of the count that a title tells, as a header says it; empty if it tells none.

    >>> known_count("time_series_covid19_deaths_global.csv"), known_count("各省累计确诊.xlsx"), known_count("data")
    ('deaths', '累计确诊', '')
    >>> known_count("daily confirmed"), known_count("new_cases.csv")
    ('new confirmed', 'new confirmed')
    """
    header = read_header(_NO_WORDS.sub(" ", title).strip(" _-."))
    found = header.additions or header.metrics
    if not found:
        return ""
    metric, match = max(found.items(), key=lambda one: (one[1].strength, len(one[1].name)))
    return f"{NEW_PREFIX}{metric}".replace("_", " ") if header.additions else match.name


def merged_metrics(tables: Sequence[RawTable]) -> list[RawTable]:
    """Tables of the same places and days with different metrics as one: the counts of a place and day stand in
    one row, of the first file that has it. The others keep the rows that only they have.

    Left alone unless all were a column a day, of different metrics, with places that can be compared.
    """
    long = [table for table in tables if isinstance(table, LongTable)]
    metrics = [tuple(map(header_key, table.headers[table.day + 1:])) for table in long]
    if len(long) < len(tables) or len(set(metrics)) < 2:
        return list(tables)
    keys = _shared_keys(long)
    if not keys or len({header_key(table.headers[table.day]) for table in long}) > 1:
        return list(tables)
    return _merge(long, metrics, keys)


def _shared_keys(tables: Sequence[LongTable]) -> list[str]:
    """The names of the columns by which places are the same: those all have, but for numbers such as
    coordinates, which are not written alike everywhere."""
    first, *others = ([header_key(table.headers[at]) for at in table.ids] for table in tables)
    return [
        key for at, key in enumerate(first)
        if all(key in other for other in others) and not _hold_decimals(tables[0].frame.iloc[:, at])
    ]


def _hold_decimals(column: pd.Series) -> bool:
    values = parse_numbers(np.asarray(pd.unique(column), object)).values
    values = values[np.isfinite(values)]
    return bool(len(values)) and bool((np.mod(values, 1) != 0).any())


def _merge(tables: Sequence[LongTable], metrics: list[tuple[str, ...]], keys: list[str]) -> list[RawTable]:
    ends = np.cumsum([len(table.frame) for table in tables])
    spans = [slice(int(end) - len(table.frame), int(end)) for table, end in zip(tables, ends)]
    kind = np.repeat([metrics.index(one) for one in metrics], [len(table.frame) for table in tables])
    code = _codes(tables, keys)
    # Two rows of one place, day and metric are two reports: the first goes with the first of the others.
    turn = pd.DataFrame({"code": code, "kind": kind}).groupby(["code", "kind"]).cumcount().to_numpy()
    code, _ = pd.factorize(code * (int(turn.max(initial=0)) + 1) + turn)
    owner = np.flatnonzero(~pd.Series(code).duplicated().to_numpy())[code]
    kept = owner == np.arange(len(code))
    headers: dict[str, str] = {}
    for table in tables:
        headers.update({header_key(header): header for header in table.headers if header_key(header) not in headers})
    day = header_key(tables[0].headers[tables[0].day])
    filled = {key: _filled(key, tables, spans, owner) for key in headers if key not in (*keys, day)}
    return [
        _part(table, headers, {key: cells[span] for key, cells in filled.items()}, kept[span], tables[0].source.name)
        for table, span in zip(tables, spans)
    ]


def _codes(tables: Sequence[LongTable], keys: list[str]) -> Ints:
    """A number for each row of all tables that is the same for the same place and day."""
    days = union_categoricals([_column(table, table.day) for table in tables])
    moments = parse_times(np.asarray(days.categories, object), year=_SOME_YEAR).ms
    code = pd.factorize(moments)[0].astype(np.int64)[days.codes]
    for key in keys:
        texts = union_categoricals([_column(table, _position(table, key)) for table in tables])
        code, _ = pd.factorize(code * len(texts.categories) + texts.codes)
    return np.asarray(code, np.int64)


def _column(table: LongTable, at: int) -> pd.Categorical:
    values = table.frame.iloc[:, at].array
    return values if isinstance(values, pd.Categorical) else repeated(np.asarray(values, object))


def _position(table: LongTable, key: str) -> int:
    return [header_key(header) for header in table.headers].index(key)


def _filled(key: str, tables: Sequence[LongTable], spans: list[slice], owner: np.ndarray) -> Cells:
    """A column over the rows of all tables; what a row leaves empty, the rows that are one with it fill in."""
    cells = np.full(len(owner), "", object)
    for table, span in reversed(list(zip(tables, spans))):
        if key in map(header_key, table.headers):
            values = table.frame.iloc[:, _position(table, key)].to_numpy(object)
            known = values != ""
            cells[owner[span][known]] = values[known]
    return cells


def _part(
    table: LongTable, headers: dict[str, str], filled: dict[str, Cells], kept: np.ndarray, first: str
) -> RawTable:
    """A table's own rows, with what the others know of them."""
    columns = [
        filled[key][kept] if key in filled else _column(table, _position(table, key))[kept] for key in headers]
    gone = int((~kept).sum())
    note = f"{gone:,} of its cells stand in the rows of “{first}”" if gone else ""
    frame = pd.DataFrame(dict(enumerate(columns)), copy=False)
    source = replace(
        table.source, rows=len(frame) + len(table.rejected), note=joined_notes(table.source.note, note))
    return RawTable(frame, tuple(headers.values()), table.rows[kept], table.rejected, source, table.texts)
