"""What a dataset was made of and how, as its table `dataset` tells: enough to make it again."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..core.dataset import LoadOptions
from ..core.schema import CountKind, Datum, Listing, Step

_TRUE, _FALSE = "True", "False"


@dataclass(frozen=True)
class RecordedSource:
    """A file that was read: its name, perhaps with folders that tell it from others, and its SHA-256."""

    name: str
    sha256: str


def recorded_sources(rows: Mapping[str, str]) -> list[RecordedSource]:
    """The files of a dataset in the order in which they were read."""
    found: list[RecordedSource] = []
    while f"source.{len(found) + 1}.name" in rows:
        number = len(found) + 1
        found.append(RecordedSource(rows[f"source.{number}.name"], rows.get(f"source.{number}.sha256", "")))
    return found


def recorded_options(rows: Mapping[str, str]) -> LoadOptions:
    """The options with which a dataset was loaded; its step is the one that it has now."""
    def text(name: str) -> str:
        return rows.get(f"parameter.{name}", "")

    year = text("year")
    return LoadOptions(
        columns=_columns(text("columns")),
        counts=CountKind(text("counts")) if text("counts") else None,
        listing=Listing(text("listing")) if text("listing") else None,
        datum=Datum(text("datum")) if text("datum") else None,
        crs=text("crs"), time_zone=text("time_zone"), date_order=text("date_order"),
        year=int(year) if year else None, report_date=text("report_date"),
        step=_step(text("step"), rows["step"]),
        keep_unchanged=text("keep_unchanged") == _TRUE,
        outbreak_start={_TRUE: True, _FALSE: False}.get(text("outbreak_start")),
        gazetteer=text("gazetteer"), sheet=text("sheet"),
    )


def _step(asked: str, now: str) -> Step | None:
    """The step of the dataset, which may have been changed since it was loaded; None if it never was chosen."""
    return None if not asked and now == Step.DAY else Step(now)


def _columns(text: str) -> dict[str, str]:
    """Roles and headers of `role=header;role=header`, in which a header may hold an equals sign."""
    parts = (part.partition("=") for part in text.split(";"))
    return {role: header for role, equals, header in parts if equals}
