"""The words of the epidemic curve: its key, and what a step says when the pointer rests on it."""
from __future__ import annotations

from dataclasses import replace
from html import escape

import numpy as np

from ..plugin.bridge.number_texts import count_text
from ..plugin.bridge.translation import tr
from ..plugin.core.curve_figure import CurveTexts
from ..plugin.core.schema import Step
from ..plugin.core.series import Curve
from ..plugin.core.steps import step_ms


def in_words(texts: CurveTexts, step: Step) -> CurveTexts:
    """The texts with those in the reader's language that are the same for every dataset."""
    return replace(
        texts, mean=_mean_text(step), gap=tr("no report"), jump=tr("jump"), fallen=tr("revision"),
        unknown=tr("nothing is known"), title=texts.title or texts.metric)


def _mean_text(step: Step) -> str:
    return {
        Step.HOUR: tr("7-hour mean"), Step.DAY: tr("7-day mean"), Step.WEEK: tr("7-week mean"),
    }[step]


def period_text(begin_ms: int, end_ms: int, step: Step) -> str:
    """A period of whole steps: days by first and last, hours by beginning and end."""
    first, last = _moment(begin_ms, step), _moment(end_ms if step is Step.HOUR else end_ms - 1, step)
    return first if first == last else tr("{first} to {last}").format(first=first, last=last)


def _moment(ms: int, step: Step) -> str:
    text = str(np.datetime_as_string(np.datetime64(int(ms), "ms"), unit="m" if step is Step.HOUR else "D"))
    return text.replace("T", " ")


def range_tip(begin_ms: int, end_ms: int, step: Step) -> str:
    """The chosen dates and how many steps they are."""
    steps = (end_ms - begin_ms) // step_ms(step)
    words = {Step.HOUR: tr("{count} h"), Step.DAY: tr("days: {count}"), Step.WEEK: tr("weeks: {count}")}[step]
    return "{} ({})".format(period_text(begin_ms, end_ms, step), words.format(count=f"{steps:,}"))


def step_tip(curve: Curve, at: int, texts: CurveTexts) -> str:
    """All that the curve knows of a step, as HTML."""
    begin = int(curve.begins[at])
    period = period_text(begin, begin + step_ms(curve.step), curve.step)
    lines = [f"<b>{period}</b> {escape(texts.zone)}".rstrip(), *map(escape, _facts(curve, at, texts))]
    return '<p style="white-space:pre">{}</p>'.format("<br/>".join(lines))


def _facts(curve: Curve, at: int, texts: CurveTexts) -> list[str]:
    lines = [
        tr("{what}: {count}").format(what=what, count=count_text(float(values[at]), tr("unknown")))
        for what, values in ((texts.new, curve.new), (texts.mean, curve.mean), (texts.total, curve.total))
    ]
    if curve.fallen[at] < 0:
        lines.append(tr("▼ revision: {count} taken back").format(count=count_text(-float(curve.fallen[at]))))
    if curve.jump[at]:
        lines.append(tr("▲ jump: far beyond what was reported before"))
    if curve.gap[at]:
        lines.append(tr("no report: what was known before is carried on"))
    return lines
