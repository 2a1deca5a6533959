"""What a published figure or film was made of, for a file beside it and for the methods section of a paper."""
from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

#: By this word in a sidecar it is known as ours.
MADE_BY = "Outbreak Atlas"
#: A hash is quoted to so many digits in a sentence; the sidecar has all of it.
_DIGITS = 12
_MOST_NAMED = 3
#: So many dates of panels or frames are named one by one.
_MOST_DATES = 12
_FILE_SCHEME = re.compile(r"^file:/*(?=/|[A-Za-z]:)")


@dataclass(frozen=True)
class CitedSource:
    """A file that a dataset was loaded from."""

    name: str
    sha256: str


@dataclass(frozen=True)
class CitedCount:
    """A metric in a frame; None: nothing is known. `known` of `places` rows know it; `unlocated`: of the total, what
    has no location."""

    metric: str
    total: float | None
    new: float | None
    known: int
    places: int
    unlocated: float | None


@dataclass(frozen=True)
class CitedFrame:
    """A step that is shown, as ISO 8601 on the dataset's clock, its counts, and the sentence about them."""

    begin: str
    end: str
    words: str
    counts: tuple[CitedCount, ...]


@dataclass(frozen=True)
class Citation:
    """All that a reader needs to judge and repeat a figure.

    `frames`: those shown, or of very many the first and the last; `frame_count`: how many there are. `settings`: of the
    dataset (kind, listing, datum, step …); `parameters`: of the algorithm; `versions`: of the programs.
    """

    output: str
    algorithm: str
    title: str
    dataset: str
    synthetic: bool
    sources: tuple[CitedSource, ...]
    zone: str
    datum: str
    step: str
    metric: str
    metric_words: str
    method: str
    filter_words: str
    filter: Mapping[str, Any]
    period: tuple[str, str]
    frames: tuple[CitedFrame, ...]
    frame_count: int
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


def sidecar_text(citation: Citation) -> str:
    """The citation as JSON, the same for the same citation; NaN, which JSON has no word for, never occurs."""
    found = {
        "made_by": MADE_BY, "output": citation.output, "algorithm": citation.algorithm, "title": citation.title,
        "dataset": citation.dataset, "synthetic": citation.synthetic,
        "sources": [vars(one) for one in citation.sources], "time_zone": citation.zone, "datum": citation.datum,
        "step": citation.step, "metric": citation.metric, "metric_words": citation.metric_words,
        "filter": dict(citation.filter), "filter_words": citation.filter_words,
        "period": {"from": citation.period[0], "to": citation.period[1]}, "frame_count": citation.frame_count,
        "frames": [_frame(one) for one in citation.frames], "settings": dict(citation.settings),
        "parameters": dict(citation.parameters), "versions": dict(citation.versions),
        "methods": methods_paragraph(citation),
    }
    return json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _frame(one: CitedFrame) -> dict[str, Any]:
    return {"from": one.begin, "to": one.end, "words": one.words, "counts": [vars(count) for count in one.counts]}


def methods_paragraph(citation: Citation) -> str:
    """What a methods section says of the figure."""
    sentences = [_shown(citation), _loaded(citation), citation.method, _filtered(citation)]
    if citation.synthetic:
        sentences.append("The data are synthetic: invented for demonstration, they describe no real place.")
    sentences.append(_made(citation))
    return " ".join(filter(None, (_ended(one) for one in sentences)))


def _shown(citation: Citation) -> str:
    zone = citation.zone or "time as written in the data"
    what = f"“{citation.title or citation.dataset}” shows {_lowered(citation.metric_words)}"
    if citation.frame_count != 1:
        return f"{what}, {_frames_words(citation)} ({zone})"
    first = citation.frames[0]
    step = "week that begins " if citation.step == "week" else ""
    return f"{what}, {step}{_day(first.begin, citation.step)} ({zone}): {first.words}"


def _frames_words(citation: Citation) -> str:
    """How many frames of what length, and of when: without a gap from first to last, or of some days among others."""
    noun = "panels" if citation.algorithm == "smallmultiples" else "frames"
    head = f"in {citation.frame_count:,} {noun} of one {citation.step} each"
    if not citation.frames:
        return head
    begins, last = [datetime.fromisoformat(one.begin) for one in citation.frames], citation.frames[-1]
    end = datetime.fromisoformat(last.end)
    if end - begins[0] == citation.frame_count * (end - begins[-1]):
        begin = _day(citation.frames[0].begin, citation.step)
        if citation.step == "hour":
            return f"{head}, from {begin} until {last.end}"
        return f"{head}, from {begin} to {(end - timedelta(days=1)).date().isoformat()}"
    days = [_day(one.begin, citation.step) for one in citation.frames]
    if citation.frame_count <= _MOST_DATES:
        return f"{head}: {', '.join(days)}"
    return f"{head}, the first {days[0]} and the last {days[-1]}"


def _day(moment: str, step: str) -> str:
    return moment if step == "hour" else moment.partition("T")[0]


def _loaded(citation: Citation) -> str:
    named = [f"{one.name} (SHA-256 {one.sha256[:_DIGITS]}…)" if one.sha256 else one.name
             for one in citation.sources[:_MOST_NAMED]]
    more = len(citation.sources) - _MOST_NAMED
    files = ", ".join(named) + (f" and {more:,} more files" if more > 0 else "")
    datum = "" if citation.datum in ("WGS84", "") else f", its coordinates converted from {citation.datum} to WGS 84"
    return f"The dataset “{citation.dataset}” was loaded from {files or 'files that it does not name'}{datum}"


def _filtered(citation: Citation) -> str:
    return f"Filter: {citation.filter_words}" if citation.filter_words else ""


def _made(citation: Citation) -> str:
    programs = ", ".join(f"{name} {number}" for name, number in citation.versions.items())
    return f"Made with {programs}" if programs else f"Made with {MADE_BY}"


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _ended(text: str) -> str:
    return text if not text or text[-1] in ".!?。" else text + "."


def is_sidecar(text: str) -> bool:
    """Whether a file's text is a sidecar of ours, which may be replaced."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, Mapping) and found.get("made_by") == MADE_BY and "methods" in found


def without_folders(text: str) -> str:
    """A path by its last part, with what QGIS writes after it: folders name people and are of no use to others. Any
    other text stays.

    >>> without_folders("/home/ann/北京/reports.gpkg|layername=updates"), without_folders("C:\\\\Ann\\\\map.pdf")
    ('reports.gpkg|layername=updates', 'map.pdf')
    """
    path, bar, rest = text.partition("|")
    path = _FILE_SCHEME.sub("", path)
    is_path = PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute() or path.startswith("~")
    return (PureWindowsPath(path).name if is_path else path) + bar + rest


def frames_cited(count: int, most: int = 1000) -> Sequence[int]:
    """Which frames of a film are cited: all, or of more than the most the first and the last.

    >>> list(frames_cited(3)), list(frames_cited(5000))
    ([0, 1, 2], [0, 4999])
    """
    return range(count) if count <= most else (0, count - 1)
