"""What a map of clusters is called, and how it tells where it comes from."""
from __future__ import annotations

from ..core.cluster_facts import Items
from ..core.schema import MS_PER_DAY, NEW_PREFIX, STEP_PREFIX
from .cluster_styles import ClusterLook
from .point_source import PointsRead
from .point_source_dataset import moment_words
from .styles import in_words
from .translation import tr

#: Metrics whose numbers are simply called cases.
_CASES = ("confirmed", "cases")
_UNITS = ((MS_PER_DAY, "days"), (MS_PER_DAY // 24, "hours"))
_ONE = {"days": "day", "hours": "hour"}


def looks_of(
    method: str, read: PointsRead, items: Items, asked: tuple[float | None, int | None, float], remark: str
) -> tuple[ClusterLook, ClusterLook]:
    """How the points and the clusters are presented. asked: distance in metres, time in ms, least cases."""
    subject = in_words(read.metric) or tr("points")
    head = tr("{method} clusters of {subject}").format(method=method, subject=subject)
    title = ", ".join(filter(None, (head, interval_words(read), distance_words(asked[0]), time_words(asked[1]))))
    counted = _counted(read.metric)
    points = (tr("point"), tr("points")) if read.step is None else (tr("place"), tr("places"))
    abstract = " ".join(filter(None, (
        tr("{title} in “{layer}”, at least {cases} {counted}.").format(
            title=title, layer=read.title, cases=f"{asked[2]:,.10g}", counted=counted or points[1]),
        read.distances, remark, *read.left_out)))
    common = (read.zone, abstract, len(items.clustering.weights), counted, points, items.first_ms is not None)
    # Their names begin differently: a narrow list of layers shows no more of them.
    of_points = (tr("Points in {title}") if read.step is None else tr("Places in {title}")).format(title=title)
    return ClusterLook(of_points, *common), ClusterLook(title, *common)


def interval_words(read: PointsRead) -> str:
    """The counted interval, from its first to its last day (or moment).

    An interval is half-open: one that ends at midnight ends with the day before.
    """
    if read.period_ms is None:
        return ""
    begin, end = read.period_ms
    whole_days = begin % MS_PER_DAY == 0 and end % MS_PER_DAY == 0
    first, last = moment_words(begin), moment_words(end - MS_PER_DAY if whole_days else end)
    return first if first == last else tr("{first} to {last}").format(first=first, last=last)


def distance_words(metres: float | None) -> str:
    if metres is None:
        return ""
    return f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"


def time_words(ms: int | None) -> str:
    """A duration in days if it is a whole number of them, else in hours."""
    if ms is None:
        return ""
    size, unit = next(((size, unit) for size, unit in _UNITS if ms % size == 0 and ms), _UNITS[-1])
    return tr("{n} {unit}").format(n=f"{ms / size:g}", unit=tr(_ONE[unit] if ms == size else unit))


def _counted(metric: str) -> str:
    bare = metric
    for prefix in (STEP_PREFIX, NEW_PREFIX):
        bare = bare[len(prefix):] if bare.startswith(prefix) else bare
    return tr("cases") if bare in _CASES else in_words(bare)
