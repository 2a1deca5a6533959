"""Datasets whose truth is known because we wrote them, and the law that the dock is held to.

The truth is computed here from the reports as they stand in the file, place by place, without the plugin.
"""
from __future__ import annotations

import csv
import html
import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Optional

import pandas as pd
from dock_stage import DockStage, drawn_rows
from outbreak_atlas.plugin.core.filters import FilterState, drawn_column
from outbreak_atlas.plugin.core.steps import step_ms
from small_files import run

NUMBER = r"[+\N{MINUS SIGN}]?[\d,]+(?:\.\d+)?"


def ms(text: str) -> int:
    """Wall-clock ms of a moment as it is written, whatever zone stands behind it."""
    return int(datetime.fromisoformat(text[:19]).replace(tzinfo=timezone.utc).timestamp() * 1000)


@dataclass(frozen=True)
class Made:
    """A file of reports, and how it is loaded. `level`: rows of another level are in no sum."""

    name: str
    rows: tuple[dict[str, str], ...]
    metrics: tuple[str, ...]
    options: dict[str, Any] = field(default_factory=dict)
    level: str = ""

    def write(self, folder: Path) -> Path:
        path = folder / f"{self.name}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(self.rows[0]))
            writer.writeheader()
            writer.writerows(self.rows)
        return path

    def load(self, folder: Path, name: str = "") -> Path:
        output = folder / f"{name or self.name}.gpkg"
        run("loaddataset", INPUT=str(self.write(folder)), OUTPUT=str(output), DATUM="WGS84",
            **{"COUNTS": "cumulative", "LISTING": "partial", "FIRST_VALUES": "new", "STEP": "day", **self.options})
        return output

    @property
    def events(self) -> bool:
        return self.options.get("COUNTS") == "events"

    @property
    def truth(self) -> Truth:
        return Truth(self)


@dataclass(frozen=True)
class Known:
    """What a place is known to have in a frame, by metric: totals, and changes in it. None: unknown."""

    area: tuple[Optional[str], ...]
    kind: str
    located: bool
    total: dict[str, Optional[float]]
    new: dict[str, Optional[float]]
    listed: bool


class Truth:
    """Read again from the CSV's own rows with pandas, place by place."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.frame = pd.DataFrame(list(made.rows))
        if made.level:
            self.frame = self.frame[self.frame["level"] == made.level]
        self.frame = self.frame.assign(
            at=[ms(text) for text in self.frame["time"]],
            **{metric: pd.to_numeric(self.frame[metric]) if metric in self.frame else 1.0
               for metric in made.metrics})
        names = [name for name in ("country", "province", "city", "place", "lon", "lat") if name in self.frame]
        self.places = [group.sort_values("at", kind="stable") for _, group in self.frame.groupby(names, sort=False)]
        self.polls = sorted(set(self.frame["at"])) if made.options.get("LISTING") == "full" else []

    def at(self, begin: int, end: int, columns: Sequence[str]) -> list[Known]:
        """All places reported before a frame's end."""
        known = [self._place(place, begin, end, columns) for place in self.places]
        return [one for one in known if one is not None]

    def _place(self, place: pd.DataFrame, begin: int, end: int, columns: Sequence[str]) -> Optional[Known]:
        before = place[place["at"] < end]
        if before.empty:
            return None
        first = before.iloc[0]
        inside = before["at"] >= begin
        total, new = {}, {}
        for metric in self.made.metrics:
            values = before[metric]
            if self.made.events:
                total[metric], new[metric] = _sum(values), _sum(values[inside])
                continue
            carried = values.ffill()
            change = carried.diff()
            if self.made.options.get("FIRST_VALUES", "new") == "new":
                change.iloc[0] = carried.iloc[0]
            total[metric], new[metric] = _known(carried.iloc[-1]), _sum(change[inside])
        last = int(before["at"].iloc[-1])
        return Known(
            tuple(str(first.get(name, "")) or None for name in columns), str(first.get("kind", "")),
            bool(first["lon"]), total, new, not any(last < poll < end for poll in self.polls))


def _known(value: float) -> Optional[float]:
    return None if math.isnan(value) else float(value)


def _sum(values: pd.Series) -> Optional[float]:
    return _known(values.sum(min_count=1))


# The law


@dataclass(frozen=True)
class Said:
    """What the label says of the metric that is drawn."""

    value: Optional[float]
    on_map: Optional[float]
    lost: Optional[float]
    text: str


def said(stage: DockStage) -> Said:
    text = html.unescape(re.sub("<[^>]*>", "", stage.dock.totalLabel.text()))
    bold = re.search("<b(?: [^>]*)?>(.*?)</b>", stage.dock.totalLabel.text())
    assert bold is not None, text
    parts = re.search(rf"^[^;]*?\(({NUMBER}) on the map, ({NUMBER}) without", text)
    return Said(_number(bold.group(1)), *(map(_number, parts.groups()) if parts else (None, None)), text)


def _number(text: str) -> Optional[float]:
    return None if text == "unknown" else float(text.replace(",", "").replace("\N{MINUS SIGN}", "-"))


def near(one: Optional[float], other: Optional[float], of_scale: float = 0.0) -> bool:
    """Equal to the decimals that are shown; unknown is not zero. Where huge numbers were added (`of_scale`), to as
    many digits as a sum of them has."""
    if one is None or other is None or math.isnan(one) or math.isnan(other):
        return (one is None or math.isnan(one)) and (other is None or math.isnan(other))
    return abs(one - other) <= 0.0051 + 1e-9 * max(abs(one), abs(other)) + 1e-12 * of_scale


def summed(values: Iterable[Any]) -> Optional[float]:
    known = [float(value) for value in values if isinstance(value, (int, float))]
    return math.fsum(known) if known else None


def check(stage: DockStage, truth: Optional[Truth] = None) -> str:
    """Hold the dock to the law in the frame that is shown; what was held to it, in a word."""
    session, dock = stage.session, stage.dock
    assert session is not None, dock.emptyLabel.text()
    state, shape = session.state, session.shape
    frame = _frame(stage)
    if frame is None:
        assert "all times" in dock.frameLabel.text()
        return "all times"
    begin, end = frame
    text = dock.frameLabel.text()
    if any(words in text for words in ("The frame is", "The frame lies")):
        length = step_ms(shape.step)
        assert end - begin != length or (begin - shape.begin_ms) % length or (
            begin < (state.begin_ms or begin) or end > (state.end_ms or end)), text
        return "warned"
    rows = drawn_rows(session.layer, stage.canvas)
    if "temporal settings" in text:
        assert not session.filter.is_on_time
        return "warned"
    if len({row["level"] for row in session.layer.getFeatures()}) > 1:
        assert "several levels" in text
        return "warned"
    assert "several levels" not in text or session.layer.subsetString() != session.filter.own_subset
    column = drawn_column(state, shape)
    drawn = [row for row in rows if isinstance(row[column], (int, float))]
    told = said(stage)
    scale = sum(abs(row[column]) for row in drawn)
    total = summed(row[column] for row in drawn)
    if total is None and told.value == 0:
        # Nothing is drawn: of events, or where nothing changed, that is none; never where a total is unknown.
        assert shape.events or state.new, told.text
        total = 0.0
    assert near(told.value, total, scale), f"{told.text}: drawn {total} ({column}) {state}"
    lost = summed(row[column] for row in drawn if not row.hasGeometry()) or 0.0
    assert near(told.lost or 0.0, lost, scale), f"{told.text}: without a point {lost}"
    if told.lost:
        assert near(told.on_map, (total or 0.0) - lost, scale), told.text
    _check_curve(stage, told, frame, scale)
    _check_areas(stage, drawn, column)
    if truth is not None and shape.begin_ms <= begin < shape.end_ms and not state.hide_flagged:
        _check_truth(truth, stage, told, frame)
    return "equal"


def _frame(stage: DockStage) -> Optional[tuple[int, int]]:
    moment = stage.canvas.temporalRange()
    if not (moment.begin().isValid() and moment.end().isValid()):
        return None
    return ms(moment.begin().toString("yyyy-MM-ddTHH:mm:ss")), ms(moment.end().toString("yyyy-MM-ddTHH:mm:ss"))


def _check_curve(stage: DockStage, told: Said, frame: tuple[int, int], scale: float) -> None:
    curve, state = stage.dock.epiCurve._curve, stage.session.state
    at = [number for number, begin in enumerate(curve.begins.tolist()) if begin == frame[0]]
    if at:
        value = float((curve.new if state.new else curve.total)[at[0]])
        assert near(value, told.value, scale), f"{told.text}: curve {value}"
    assert stage.dock.epiCurve.marks.frame == frame


def counts(stage: DockStage) -> dict[tuple[Optional[str], ...], Optional[float]]:
    """The numbers beside all areas."""
    model = stage.dock.cityTree.model()
    tree = model.tree
    return {area: None if math.isnan(model._counts[leaf]) else float(model._counts[leaf])
            for area, leaf in zip(tree.areas, tree.leaf.tolist())}


def _check_areas(stage: DockStage, drawn: Sequence[Any], column: str) -> None:
    session, beside = stage.session, counts(stage)
    names = session.shape.area_columns
    by_area: dict[tuple[Optional[str], ...], list[float]] = {}
    for row in drawn:
        area = tuple(row[name] if isinstance(row[name], str) and row[name] else None for name in names)
        by_area.setdefault(area, []).append(row[column])
    for area, value in beside.items():
        ticked = session.state.areas is None or area in session.state.areas
        expected = summed(by_area.pop(area, []))
        if not ticked:
            assert expected is None, (area, "is drawn but not ticked")
            continue
        if expected is None and value == 0 and (session.shape.events or session.state.new):
            continue
        assert near(value, expected, sum(map(abs, by_area.get(area, [])))), (area, value, expected, session.state)
    assert not by_area, ("drawn without a line in the tree", by_area)


def _check_truth(truth: Truth, stage: DockStage, told: Said, frame: tuple[int, int]) -> None:
    session = stage.session
    state, columns = session.state, session.shape.area_columns
    if columns == ("place_id",) or session.filter.own_subset.strip() not in ("", "\"level\" = 'city'"):
        return
    places = [one for one in truth.at(*frame, columns) if _passes(one, state, truth.made.events)]
    value = summed(_of(one, state) for one in places if state.areas is None or one.area in state.areas)
    scale = sum(abs(_of(one, state) or 0) for one in places)
    if told.value is None or told.value == 0:
        assert value is None or (told.value == 0 and abs(value) < 0.01), f"{told.text}: true {value} {state}"
    else:
        assert near(told.value, value, scale), f"{told.text}: true {value} {state}"
    for area, count in counts(stage).items():
        true = summed(_of(one, state) for one in places if one.area == area)
        assert near(count or 0.0, true or 0.0, scale), (area, count, true, state)
    _check_metrics(truth, told, places, state)


def _of(one: Known, state: FilterState) -> Optional[float]:
    return one.new[state.metric] if state.new else one.total[state.metric] if one.listed else None


def _passes(one: Known, state: FilterState, events: bool) -> bool:
    if state.kinds is not None and one.kind not in state.kinds:
        return False
    if state.minimum is None:
        return True
    value = _of(one, state)
    return value is not None and value >= state.minimum


def _check_metrics(truth: Truth, told: Said, places: list[Known], state: FilterState) -> None:
    """The other metrics of the sentence, in totals."""
    if state.new or state.minimum is not None:
        return
    shown = [one for one in places if state.areas is None or one.area in state.areas]
    for metric in truth.made.metrics:
        match = re.search(rf"; {metric} ({NUMBER}|unknown)(?: from ([\d,]+) of ([\d,]+))?", told.text)
        if metric == state.metric or match is None:
            continue
        there = [one for one in shown if one.listed]
        known = [one.total[metric] for one in there if one.total[metric] is not None]
        assert near(_number(match.group(1)), summed(known), sum(map(abs, known))), (told.text, metric)
        if match.group(2) and not truth.made.events:
            assert (_number(match.group(2)), _number(match.group(3))) == (len(known), len(there)), (told.text, metric)


# The datasets


def row(time: str, place: str, where: Sequence[str], values: dict[str, Any], **more: str) -> dict[str, str]:
    """`where`: kind, city, province, lon, lat."""
    names = dict(zip(("kind", "city", "province", "lon", "lat"), where))
    return {"time": time, "place": place, **names, **more, **{key: str(value) for key, value in values.items()}}


ODD = (
    ("Ward 1", ("hospital", "Wuhan", "Hubei", "114.30", "30.60")),
    ("Ward 2", ("", "Wuhan", "Hubei", "114.31", "30.61")),
    ("Gate; 3", ("hotel", "", "Hubei", "114.40", "30.70")), ("O'Brien's", ("", "Xi'an", '100% "new"', "108.9", "34.3")),
    ("酒店", ("酒店", "武汉🦠", "湖北", "114.5", "30.8")), ("Nowhere", ("", "Wuhan", "Hubei", "", "")),
    ("Twin", ("hotel", "Wuhan", "Hunan", "112.0", "28.0")), ("Percent", ("hotel", "%", "湖北", "114.6", "30.9")),
    ("Null", ("Hotel", "NULL", "x;y--", "115.0", "31.0")), ("Lost", ("hotel", "%", "湖北", "", "")),
    ("Alone", ("hospital", "", "", "116.0", "32.0")),
)


def odd_states() -> Made:
    """Several reports a step, revisions, unknown and never-known counts, decimals, no points, odd names."""
    rows = []
    for number, (place, where) in enumerate(ODD):
        for report in range(7):
            hours = report * 17 + number
            time = f"2020-02-{3 + hours // 24:02}T{hours % 24:02}:{number:02}:00"
            confirmed = 10 * number + 3 * report - (11 if report == 4 and number % 3 == 0 else 0)
            deaths = "" if number % 4 == 2 or (number % 2 and report < 3) else report - (report == 5)
            tests = "" if report == 2 else round(0.25 * report + number / 8, 3)
            rows.append(row(time, place, where, {
                "confirmed": confirmed if report != 3 or number != 5 else "", "deaths": deaths, "tests": tests,
                "beds": ""}))
    metrics = ("confirmed", "deaths", "tests", "beds")
    return Made("odd states", tuple(rows), metrics, {"COLUMNS": "tests=tests;beds=beds"})


def polls() -> Made:
    """Full listings in which places go and come back."""
    rows = []
    for poll in range(14):
        time = f"2020-03-{1 + poll // 2:02}T{8 + 10 * (poll % 2):02}:00:00"
        for number in range(12):
            if (number, poll) in {(3, 5), (4, 6), (4, 7), (5, 13), (6, 0), (6, 1), (7, 9), (7, 10), (7, 11)}:
                continue
            where = ("", f"City {number % 5}", f"Province {number % 2}", str(100 + number), "30")
            rows.append(row(time, f"Place {number}", where if number != 2 else (*where[:3], "", ""), {
                "confirmed": 5 * number + poll * (1 + number % 3) - (4 if poll == 8 else 0),
                "deaths": poll // 3 if number % 3 else ""}))
    return Made("polls", tuple(rows), ("confirmed", "deaths"), {"LISTING": "full"})


def levels() -> Made:
    """Provinces and their cities in one file."""
    rows = []
    for day in range(8):
        for province in range(3):
            time = f"2020-04-{1 + day:02}T09:00:00"
            cities = [(city + 1) * (day + 1) * (province + 1) for city in range(3)]
            rows.append(row(time, "", ("", "", f"P{province}", str(100 + province), "31"), {"confirmed": sum(cities)},
                            level="province"))
            rows += [row(time, "", ("", f"C{city}", f"P{province}", str(100.1 + province + city / 10), "31.2"),
                         {"confirmed": count}, level="city") for city, count in enumerate(cities)]
    return Made("levels", tuple(rows), ("confirmed",), level="city")


def events(counted: bool, step: str = "day") -> Made:
    """Cases, one a row or with a count, in days with gaps."""
    rows = []
    for number in range(60):
        time = f"2020-05-{1 + (number * 7) % 20:02}T{number % 24:02}:30:00"
        where = ("case", ("North", "South", "")[number % 3], "Island", *(("121.5", f"25.{number:02}")
                 if number % 7 else ("", "")))
        rows.append(row(time, f"Case {number}", where, {"cases": 1 + number % 4} if counted else {}))
    return Made(f"events {counted} {step}", tuple(rows), ("cases",), {"COUNTS": "events", "STEP": step})


def hourly() -> Made:
    """Places without areas, hour by hour; first counts were there before."""
    rows = []
    for number in range(6):
        for report in range(9):
            hours = report * 3 + number
            time = f"2020-06-{1 + hours // 24:02}T{hours % 24:02}:{number * 7:02}:00"
            rows.append({"time": time, "place": f"Site {number}", "lon": str(10 + number), "lat": "50",
                         "confirmed": str(400 + 7 * report * number)})
    return Made("hourly", tuple(rows), ("confirmed",), {"STEP": "hour", "FIRST_VALUES": "unknown"})


def weekly() -> Made:
    """Weeks, huge numbers, and a first count that is not new."""
    rows = []
    for number in range(4):
        for report in range(20):
            day = report * 3 + number
            time = f"2020-{1 + day // 28:02}-{1 + day % 28:02}T10:00:00"
            where = ("", f"City {number}", f"Province {number // 2}", str(100 + number), "30")
            huge = 10 ** 13 if number == 0 else 1
            rows.append(row(time, "", where, {
                "confirmed": 100 + report * huge, "deaths": report / 3 if report > 4 else ""}))
    return Made("weekly", tuple(rows), ("confirmed", "deaths"), {"STEP": "week", "FIRST_VALUES": "unknown"})


def mistyped() -> Made:
    """Years far outside the others'."""
    made = odd_states()
    strays = (
        row("2002-02-04T10:00:00", "Early", ("", "Old town", "Hubei", "114.2", "30.5"), {
            "confirmed": 40, "deaths": 1, "tests": "", "beds": ""}),
        row("2202-02-04T10:00:00", "Ward 1", ODD[0][1], {"confirmed": 999, "deaths": 9, "tests": "", "beds": ""}),
    )
    return Made("mistyped", (*made.rows, *strays), made.metrics, made.options)


def single() -> Made:
    """One report."""
    return Made("single", (row("2020-02-03T10:00:00", "Only", ODD[0][1], {"confirmed": 3}),), ("confirmed",))


MAKERS: dict[str, Callable[[], Made]] = {
    "odd": odd_states, "polls": polls, "levels": levels, "counted": lambda: events(True),
    "bare": lambda: events(False, "week"), "hourly": hourly, "weekly": weekly, "mistyped": mistyped, "single": single,
}
