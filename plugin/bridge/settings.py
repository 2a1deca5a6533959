"""Choices that are remembered from one session to the next."""
from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from qgis.core import QgsSettings

from ..core.schema import AUTO, NEW, UNKNOWN, CountKind, Datum, Listing, Step

if TYPE_CHECKING:
    from ..core.dataset import LoadOptions

GROUP = "outbreak_atlas/open"
#: Who opens tables dropped on the window, as it is remembered: the plugin, or QGIS as if there were no plugin.
OURS, THEIRS = "atlas", "qgis"
_DROPS = "outbreak_atlas/dropped_tables"
_DOCK, YES, NO = "outbreak_atlas/dock", "yes", "no"
_AREA_ORDER = "outbreak_atlas/dock/areas_by"
#: As much of a signature as keeps two kinds of file apart.
_KEY_LENGTH = 24


@dataclass(frozen=True)
class OpenChoices:
    """What the Open dataset dialog was told: the words of the algorithm's parameters, "" where nothing was said.

    `columns` holds pairs of role and header (or `#3`); `folder` is where the files were, `output_folder`
    where the dataset was written ("": beside the files), `on` the day of the choice.
    """

    columns: tuple[tuple[str, str], ...] = ()
    counts: str = AUTO
    listing: str = AUTO
    first_values: str = AUTO
    datum: str = AUTO
    crs: str = ""
    time_zone: str = ""
    date_order: str = AUTO
    year: str = ""
    report_date: str = ""
    step: str = Step.DAY.value
    keep_unchanged: bool = False
    gazetteer: str = ""
    sheet: str = ""
    folder: str = ""
    output_folder: str = ""
    on: str = ""


def parameters_of(choices: OpenChoices) -> dict[str, Any]:
    """The choices as parameters of Load dataset; what was left to the loader is not named."""
    named = {
        "COLUMNS": ";".join(f"{role}={header}" for role, header in choices.columns),
        "COUNTS": choices.counts, "LISTING": choices.listing, "FIRST_VALUES": choices.first_values,
        "DATUM": choices.datum, "CRS": choices.crs, "TIME_ZONE": choices.time_zone,
        "DATE_ORDER": choices.date_order, "YEAR": int(choices.year) if choices.year else "",
        "REPORT_DATE": choices.report_date, "STEP": choices.step,
        "KEEP_UNCHANGED": choices.keep_unchanged, "GAZETTEER": choices.gazetteer,
        "SHEET": choices.sheet,
    }
    return {name: value for name, value in named.items() if value not in ("", AUTO, False)}


def options_of(choices: OpenChoices) -> LoadOptions:
    """The choices as the core understands them."""
    from ..core.dataset import LoadOptions

    def said(word: str) -> str:
        return "" if word == AUTO else word

    return LoadOptions(
        columns=dict(choices.columns),
        counts=CountKind(choices.counts) if said(choices.counts) else None,
        listing=Listing(choices.listing) if said(choices.listing) else None,
        datum=Datum(choices.datum) if said(choices.datum) else None,
        crs=choices.crs, time_zone=choices.time_zone, date_order=said(choices.date_order),
        year=int(choices.year) if choices.year else None, step=Step(choices.step),
        keep_unchanged=choices.keep_unchanged,
        outbreak_start={NEW: True, UNKNOWN: False}.get(choices.first_values), gazetteer=choices.gazetteer,
        sheet=choices.sheet, report_date=choices.report_date,
    )


def read_choices() -> OpenChoices:
    """What carries over to any file: the folder and the step of last time."""
    settings = QgsSettings()
    step = str(settings.value(f"{GROUP}/step", "") or "")
    return OpenChoices(
        folder=str(settings.value(f"{GROUP}/folder", "") or ""),
        step=step if step in list(Step) else Step.DAY.value)


def recall_choices(signature: str) -> OpenChoices | None:
    """What was chosen for files with these columns, None if there never were any."""
    text = QgsSettings().value(_key(signature), "")
    try:
        stored = json.loads(str(text or "{}"))
        known = {field.name: stored[field.name] for field in fields(OpenChoices) if field.name in stored}
        if not known:
            return None
        columns = tuple((str(role), str(header)) for role, header in known.pop("columns", ()))
        choices = OpenChoices(columns=columns, **known)
        options_of(choices)
    except (ValueError, TypeError, AttributeError):
        return None  # written by another version, or by hand
    return choices


def remember_choices(choices: OpenChoices, signature: str = "") -> None:
    """Keep the choices for the next file with these columns, and what carries over for any file."""
    settings = QgsSettings()
    settings.setValue(f"{GROUP}/folder", choices.folder)
    settings.setValue(f"{GROUP}/step", choices.step)
    if signature:  # the next file is of another day
        settings.setValue(_key(signature), json.dumps(asdict(replace(choices, folder="", report_date=""))))


def forget_choices(signature: str) -> None:
    """As if files with these columns had never been opened."""
    QgsSettings().remove(_key(signature))


def recall_drops() -> str:
    """Who opens tables dropped on the window; "" when that is asked each time."""
    answer = str(QgsSettings().value(_DROPS, "") or "")
    return answer if answer in (OURS, THEIRS) else ""


def remember_drops(answer: str) -> None:
    """Keep an answer for the next drop; "" to be asked again."""
    QgsSettings().setValue(_DROPS, answer)


def recall_area_order() -> tuple[bool, bool]:
    """How the tree of areas is sorted: by name (else by count), and whether downwards."""
    by_name, _comma, direction = str(QgsSettings().value(_AREA_ORDER, "") or "count,down").partition(",")
    return by_name == "name", direction != "up"


def remember_area_order(by_name: bool, down: bool) -> None:
    QgsSettings().setValue(_AREA_ORDER, f"{'name' if by_name else 'count'},{'down' if down else 'up'}")


def recall_dock() -> tuple[str, int]:
    """Whether the dock was open ("yes", "no", "" before it ever was) and on which side of the map (0: not known)."""
    settings = QgsSettings()
    return str(settings.value(f"{_DOCK}/open", "") or ""), int(settings.value(f"{_DOCK}/side", 0) or 0)


def remember_dock_open(is_open: bool) -> None:
    QgsSettings().setValue(f"{_DOCK}/open", YES if is_open else NO)


def remember_dock_side(side: int) -> None:
    QgsSettings().setValue(f"{_DOCK}/side", side)


def _key(signature: str) -> str:
    return f"{GROUP}/files/{signature[:_KEY_LENGTH]}"
