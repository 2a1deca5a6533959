"""The file beside a publication that says what it was made of."""
from __future__ import annotations

import math
import platform
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from qgis.core import Qgis
from qgis.PyQt.QtCore import QT_VERSION_STR, QDate, QDateTime, Qt, QTime

from ..core.citation import (
    Citation,
    CitedCount,
    CitedFrame,
    CitedSource,
    frames_cited,
    is_sidecar,
    methods_paragraph,
    sidecar_text,
    without_folders,
)
from ..core.errors import AtlasError
from ..core.frames import Frame
from ..core.series import MetricTotal
from ..core.version import plugin_version
from .story import Story, method_sentence
from .temporal import as_utc
from .translation import tr

__all__ = ["cite", "methods_paragraph", "sidecar_path", "write_sidecar"]

#: Of the dataset's own record, what shapes its counts.
_SETTINGS = ("kind", "listing", "datum", "time_zone", "first_values", "step", "totals_level", "plugin_version",
             "rows_read", "rows_merged", "rows_duplicate", "rows_rejected", "states", "places", "located")


def cite(
    story: Story, algorithm: str, parameters: Mapping[str, Any], frames: Sequence[Frame], output: Path | None = None,
    title: str = "",
) -> Citation:
    """All that there is to say of a publication of these frames; `output`: the file, if there is one."""
    from ..core.filter_text import as_mapping
    from ..store.opening import read_rows

    description, rows = story.description, read_rows(story.description.path)
    return Citation(
        output=output.name if output is not None else "", algorithm=algorithm, title=title or description.title,
        dataset=description.path.name, synthetic=description.synthetic, sources=_sources(rows),
        zone=description.named_zone, datum=description.datum, step=str(story.shape.step), metric=story.column,
        metric_words=story.metric_words, method=method_sentence(story), filter_words=story.filter_words,
        filter={**as_mapping(story.state), "own": story.own_subset}, period=(_iso(story.begin_ms), _iso(story.end_ms)),
        frames=tuple(_frame(story, frames[at]) for at in frames_cited(len(frames))), frame_count=len(frames),
        settings={name: rows[name] for name in _SETTINGS if name in rows},
        parameters={name: _plain(value) for name, value in parameters.items()}, versions=versions())


def versions() -> dict[str, str]:
    """The programs that made a publication."""
    from osgeo import gdal

    return {
        "Outbreak Atlas": plugin_version(), "QGIS": Qgis.version(), "Qt": QT_VERSION_STR, "GDAL": gdal.__version__,
        "Python": platform.python_version(),
    }


def sidecar_path(output: Path) -> Path:
    """`figure.json` beside `figure.pdf`; `figure.pdf.json` where the first is a file of somebody else's."""
    path = output.with_suffix(".json") if output.suffix else output.with_name(output.name + ".json")
    return path if not path.exists() or _is_ours(path) else output.with_name(output.name + ".json")


def refuse_taken_sidecar(output: Path) -> Path:
    """Where the file goes; raises `AtlasError` where both names are those of somebody else's files."""
    path = sidecar_path(output)
    if path.exists() and not _is_ours(path):
        raise AtlasError(tr("“{file}” is there already and is no sidecar of Outbreak Atlas: choose another OUTPUT, or "
                            "set SIDECAR to false.").format(file=path.name))
    return path


def write_sidecar(citation: Citation, output: Path) -> Path:
    """Write the citation beside a publication; gives back where."""
    from ..store.atomic import replacing

    path = refuse_taken_sidecar(output)
    text = sidecar_text(replace(citation, output=output.name)).encode()
    with replacing(path, len(text)) as part:
        part.write_bytes(text)
    return path


def _is_ours(path: Path) -> bool:
    try:
        return is_sidecar(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return False


def _sources(rows: Mapping[str, str]) -> tuple[CitedSource, ...]:
    keys = [key[:-len("name")] for key in rows if key.startswith("source.") and key.endswith(".name")]
    return tuple(CitedSource(rows[f"{key}name"], rows.get(f"{key}sha256", "")) for key in keys)


def _frame(story: Story, frame: Frame) -> CitedFrame:
    counts = tuple(_count(total) for total in story.totals_of(frame))
    return CitedFrame(_iso(frame.begin_ms), _iso(frame.end_ms), story.count_of(frame), counts)


def _count(total: MetricTotal) -> CitedCount:
    return CitedCount(total.metric, _number(total.total), _number(total.new), int(total.known), int(total.places),
                      _number(total.unlocated))


def _number(value: float) -> float | None:
    """None for an unknown count; a whole number as one."""
    if not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else float(value)


def _iso(ms: int) -> str:
    return str(as_utc(ms).toString("yyyy-MM-ddTHH:mm"))


def _plain(value: Any) -> Any:
    """A parameter as JSON has it; what a widget shows, as it is shown; of a file its name."""
    if isinstance(value, (QDateTime, QDate, QTime)):
        return value.toString(Qt.DateFormat.ISODate)
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    name = getattr(value, "source", None) or getattr(value, "name", None)
    return without_folders(str(name()) if callable(name) else str(value))
