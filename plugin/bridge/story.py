"""What a publication tells of a dataset: its counts step by step, its curve, and all the words around a map."""
from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace

from qgis.core import QgsVectorLayer

from ..core.errors import AtlasError
from ..core.filters import FilterState, Shape, drawn_column, subset_sql
from ..core.frames import Frame, Played, day_text, frame_at, frames_between, period_between
from ..core.progress import Progress
from ..core.schema import NEW_PREFIX, Step
from ..core.series import Curve, MetricTotal, Selection, Summary
from ..core.steps import step_begin, step_ms
from ..core.version import plugin_version
from .dataset_session import DatasetSession
from .description import Description
from .filter_words import filter_sentence
from .filtering import dock_subset_of, is_plain
from .metric_words import metric_words
from .number_texts import number_text
from .temporal import layer_way
from .totals_text import Told, counts_text, unit_text
from .translation import tr

#: No project file can hold them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
#: So many source files are named on a map; the sidecar names all.
_MOST_SOURCES = 3


@dataclass(frozen=True)
class Story:
    """What is told of a dataset over a period of whole steps, `begin_ms` to `end_ms` (excluded).

    `column`: what is drawn and added up, `state.metric` or its change in a step. `counts`: one sentence a step of the
    period. `selection` answers for any frame. `warnings`: what a reader should know that the map does not say.
    `own_subset`: the condition that the user gave the layer beside the panel's filter.
    """

    description: Description
    shape: Shape
    state: FilterState
    heat: bool
    column: str
    metric_words: str
    filter_words: str
    selection: Selection
    curve: Curve
    counts: tuple[str, ...]
    begin_ms: int
    end_ms: int
    warnings: tuple[str, ...] = ()
    own_subset: str = ""

    @property
    def metric(self) -> str:
        return self.state.metric

    @property
    def played(self) -> Played:
        return self.shape.played

    @property
    def zone(self) -> str:
        """The zone in words."""
        return self.description.named_zone or tr("time as written")

    def frame_at(self, at_ms: int | None) -> Frame:
        """The frame of the period that holds a moment, by default its last one; refused outside of it."""
        frame = frame_at(self.played, self.end_ms - 1 if at_ms is None else at_ms)
        if not self.begin_ms <= frame.begin_ms < self.end_ms:
            raise AtlasError(tr(
                "{date} is outside the period of the publication, {begin} to {end}: choose a date in it, or another "
                "FROM and TO.").format(date=_day(frame.begin_ms), begin=_day(self.begin_ms),
                                       end=_last(self.end_ms, self.shape.step)))
        return frame

    def count_of(self, frame: Frame) -> str:
        """The sentence of a frame, "" outside the period."""
        at = (frame.begin_ms - self.begin_ms) // step_ms(self.shape.step)
        return self.counts[at] if 0 <= at < len(self.counts) else ""

    def totals_of(self, frame: Frame) -> tuple[MetricTotal, ...]:
        """All metrics in a frame."""
        return self.selection.totals(frame.end_ms)


def read_story(
    layer: QgsVectorLayer, begin_ms: int | None = None, end_ms: int | None = None, metric: str = "",
    progress: Progress | None = None,
) -> Story:
    """What there is to tell of a layer as it is filtered and drawn; it is not changed.

    `metric`: of the contract (`confirmed`, `new_confirmed`), by default what the layer's style shows. The period ends
    where the filter's dates end.
    """
    session = DatasetSession(layer)
    try:
        return _told(session, (begin_ms, end_ms), metric, progress or Progress())
    finally:
        session.close()


def story_of(session: DatasetSession, begin_ms: int | None = None, end_ms: int | None = None) -> Story:
    """The same of a layer that is followed: what was added up for it is not added up again."""
    return _told(session, (begin_ms, end_ms), "", Progress())


def _told(session: DatasetSession, period: tuple[int | None, int | None], metric: str, progress: Progress) -> Story:
    shape, description = session.shape, session.description
    shown = _shown(session, metric)
    state = shown.state
    begin, end = _period(period, state, shape)
    summary = _summary(session, shown, progress)
    selection = Selection(summary, replace(state, begin_ms=None, end_ms=None, minimum=None))
    curve = selection.curve(begin, end)
    return Story(
        description, shape, state, session.heat, drawn_column(state, shape), metric_sentence(state, shape),
        _filter_words(session, shown, summary), selection, curve, _counts(selection, state, session, curve, progress),
        begin, end, _warnings(session, summary), shown.own)


@dataclass(frozen=True)
class _Shown:
    """The filter that a layer has, and beside it the user's own."""

    state: FilterState
    own: str


def _shown(session: DatasetSession, metric: str) -> _Shown:
    """What is remembered of the panel, if that is what the layer's subset string says; else all of it is the user's."""
    layer, shape = session.layer, session.shape
    state = _as_timed(session.state, layer, shape)
    wanted = with_metric(state, metric, shape)
    areas = session.whole.groups.areas if session.whole is not None else ()
    limits = state.minimum is not None or state.begin_ms is not None or state.end_ms is not None
    if subset_sql(state, shape, areas) == dock_subset_of(layer) and (wanted == state or not limits):
        return _Shown(wanted, session.filter.own_subset)
    return _Shown(FilterState(wanted.metric, wanted.new), layer.subsetString())


def _as_timed(state: FilterState, layer: QgsVectorLayer, shape: Shape) -> FilterState:
    """Events so far or of the step alone are drawn of one column: which of both, the layer's time tells."""
    accumulates = bool(layer_way(layer)[2])
    return replace(state, new=not accumulates) if shape.events else state


def with_metric(state: FilterState, metric: str, shape: Shape) -> FilterState:
    """A state with the count of the contract's name, e.g. `new_confirmed`; refused if the dataset lacks it."""
    if not metric:
        return state
    new = metric not in shape.metrics and metric.startswith(NEW_PREFIX)
    name = metric[len(NEW_PREFIX):] if new else metric
    if name not in shape.metrics:
        raise AtlasError(tr("The dataset has no count “{metric}”: METRIC is one of {names}, each also as "
                            "new_….").format(metric=metric, names=", ".join(shape.metrics)))
    return state if (name, new) == (state.metric, state.new) else replace(state, metric=name, new=new)


def _period(period: tuple[int | None, int | None], state: FilterState, shape: Shape) -> tuple[int, int]:
    """Whole steps from FROM to TO, in the dataset and in the filter's dates."""
    played = shape.played
    begin, end = period_between(played, *period)
    inner_begin = max(begin, begin if state.begin_ms is None else state.begin_ms)
    inner_end = min(end, end if state.end_ms is None else state.end_ms)
    if inner_begin >= inner_end:
        raise AtlasError(tr(
            "The layer's filter is limited to other dates than those from {begin} to {end}: choose FROM and TO within "
            "the filter's dates, or reset the filter.").format(begin=day_text(begin), end=_last(end, shape.step)))
    frames = frames_between(played, inner_begin, inner_end, None)
    return frames[0].begin_ms, frames[-1].end_ms


def _summary(session: DatasetSession, shown: _Shown, progress: Progress) -> Summary:
    if shown.own == session.filter.own_subset:
        found = session.sums(shown.state)
        if found is not None:
            return found
    progress.report(0.0, tr("Adding up"))
    return session.read_sums(shown.state, shown.own, progress).summary


def _counts(
    selection: Selection, state: FilterState, session: DatasetSession, curve: Curve, progress: Progress
) -> tuple[str, ...]:
    sentences = []
    for end_ms, silent in zip((curve.begins + step_ms(curve.step)).tolist(), curve.gap.tolist()):
        progress.check()
        told = Told(selection.totals(end_ms), state, session.shape, session.description.named_zone, end_ms,
                    session.description.totals_level, silent=silent)
        sentences.append(counts_text(told))
    return tuple(sentences)


def _filter_words(session: DatasetSession, shown: _Shown, summary: Summary) -> str:
    names = session.place_names() if shown.state.areas and session.shape.area_columns == ("place_id",) else None
    own = "" if is_plain(shown.own, session.description) else shown.own
    return filter_sentence(shown.state, own, len(summary.groups.areas), names)


def _warnings(session: DatasetSession, summary: Summary) -> tuple[str, ...]:
    if not summary.groups.areas:
        return (tr("The layer's filter leaves nothing of the dataset: reset it, or choose another one."),)
    if not session.mixes_levels():
        return ()
    return (tr("The layer's own filter shows several levels, drawn over each other: the sums are of {level} only.")
            .format(level=unit_text(session.description.totals_level)),)


def metric_sentence(state: FilterState, shape: Shape) -> str:
    """What is counted, as the heading of a legend: "Confirmed, as known at the date"."""
    name = metric_words(state.metric)
    if shape.events:
        words = _event_words(shape.step) if state.new else tr("{metric} so far")
    elif state.new:
        words = {Step.HOUR: tr("new {metric} in the hour"), Step.DAY: tr("new {metric} on the day"),
                 Step.WEEK: tr("new {metric} in the week")}[shape.step]
    else:
        words = {Step.HOUR: tr("{metric}, as known at the hour"), Step.DAY: tr("{metric}, as known at the date"),
                 Step.WEEK: tr("{metric}, as known at the week's end")}[shape.step]
    text: str = words.format(metric=name)
    return text[:1].upper() + text[1:]


def _event_words(step: Step) -> str:
    return {Step.HOUR: tr("{metric} in the hour"), Step.DAY: tr("{metric} on the day"),
            Step.WEEK: tr("{metric} in the week")}[step]


def method_sentence(story: Story) -> str:
    """How a count is made, in one sentence."""
    if story.shape.events:
        return tr("An event counts in the step in which it happened.") if story.state.new else tr(
            "All events from the beginning to the date count.")
    if story.state.new:
        return tr("New is the change of each place's last known count in the step, revisions included; a count that "
                  "is not known is left out, not zero.")
    return tr("Each place counts with its last value known at the end of the step; a count that is not known is left "
              "out, not zero.")


def sources_text(names: tuple[str, ...]) -> str:
    """Names of source files, of many the first."""
    text = ", ".join(names[:_MOST_SOURCES])
    more = len(names) - _MOST_SOURCES
    return text if more <= 0 else tr("{files} and {n} more").format(files=text, n=number_text(more))


def datum_text(datum: str) -> str:
    """The datum of the source, and that the map shows another."""
    return datum if datum in ("", "WGS84") else tr("{datum} in the source, converted to WGS84").format(datum=datum)


def variables_of(story: Story, title: str = "") -> dict[str, str]:
    """The variables that a layout's texts are made of, without the curve."""
    description = story.description
    hourly = story.shape.step == Step.HOUR
    texts = {
        "oa_title": title.strip() or description.title, "oa_dataset": description.path.stem, "oa_zone": story.zone,
        "oa_metric": story.metric_words, "oa_filter": story.filter_words,
        "oa_sources": sources_text(description.sources), "oa_datum": datum_text(description.datum),
        "oa_synthetic": tr("Synthetic: invented for demonstration, it describes no real place.")
        if description.synthetic else "",
        "oa_version": plugin_version(), "oa_method": method_sentence(story),
        "oa_date_format": "yyyy-MM-dd HH:mm" if hourly else "yyyy-MM-dd",
        "oa_begin_ms": str(story.begin_ms), "oa_end_ms": str(story.end_ms),
        "oa_step_ms": str(step_ms(story.shape.step)), "oa_counts": json.dumps(story.counts, ensure_ascii=False),
    }
    return {name: _printable(text) for name, text in texts.items()}


def _printable(text: str) -> str:
    """Text without characters that XML forbids: a project or a template that holds one cannot be opened again."""
    return _UNPRINTABLE.sub(" ", text)


def _day(ms: int) -> str:
    return day_text(step_begin(ms, Step.HOUR))


def _last(end_ms: int, step: Step) -> str:
    """The last hour or day before an end."""
    return day_text(step_begin(end_ms - 1, Step.HOUR if step == Step.HOUR else Step.DAY))
