"""What the dialogs of clusters and heat maps are told: remembered, and as parameters of the algorithms."""
from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, TypeVar

from qgis.core import QgsSettings

from ..core.handy_sizes import neighbour_distance_m

_GROUP = "outbreak_atlas/analysis"
_M_PER_KM = 1000.0
_LEAST_KM = 0.01
#: As the radius of heat: whatever fits the map.
FIT_MAP = -1.0
DBSCAN, STDBSCAN, HDBSCAN = "dbscan", "stdbscan", "hdbscan"
SUGGEST, HEAT, SERIES = "outbreakatlas:suggesteps", "outbreakatlas:heatmap", "outbreakatlas:heatmapseries"


@dataclass(frozen=True)
class ClusterChoices:
    """How clusters are found: `method` is the name of an algorithm."""

    method: str = DBSCAN
    distance_km: float = 10.0
    days: float = 7.0
    least_cases: float = 10.0


@dataclass(frozen=True)
class HeatChoices:
    """How heat is computed: `radius_km` 0 lets the algorithm choose, below 0 it is that which fits the map; `window`:
    how many steps a map of a series counts."""

    radius_km: float = FIT_MAP
    kernel: str = "quartic"
    plays: bool = False
    window: int = 7


Choices = TypeVar("Choices", ClusterChoices, HeatChoices)


def recall_choices(defaults: Choices) -> Choices:
    """What was chosen last time; what was never chosen, or is not to be read, is as in `defaults`."""
    try:
        stored = json.loads(str(QgsSettings().value(_key(defaults), "") or "{}"))
        known = {one.name: stored[one.name] for one in fields(defaults) if one.name in stored}
    except (ValueError, TypeError):
        return defaults  # written by another version, or by hand
    fits = all(_is_alike(value, getattr(defaults, name)) for name, value in known.items())
    return type(defaults)(**known) if fits else defaults


def remember_choices(choices: ClusterChoices | HeatChoices) -> None:
    """Keep the choices for the next time."""
    QgsSettings().setValue(_key(choices), json.dumps(asdict(choices)))


def cluster_parameters(choices: ClusterChoices) -> dict[str, Any]:
    """The choices as parameters of their algorithm."""
    parameters: dict[str, Any] = {"MIN_CASES": choices.least_cases}
    if choices.method != HDBSCAN:
        parameters["EPS"] = choices.distance_km * _M_PER_KM
    if choices.method == STDBSCAN:
        parameters.update(EPS_TIME=choices.days, EPS_TIME_UNIT="days")
    return parameters


def heat_parameters(choices: HeatChoices, steps: int | None = None) -> dict[str, Any]:
    """The choices as parameters of their algorithm; `steps` takes the place of the window that was chosen."""
    parameters: dict[str, Any] = {"KERNEL": choices.kernel}
    if choices.radius_km > 0:
        parameters["RADIUS"] = choices.radius_km * _M_PER_KM
    if choices.plays:
        parameters["WINDOW"] = steps or choices.window
    return parameters


def fitting_distance(choices: ClusterChoices, extent_km: float | None) -> ClusterChoices:
    """The choices with a distance that is not beyond the extent of what is clustered."""
    if extent_km is None or choices.distance_km < extent_km:
        return choices
    metres = neighbour_distance_m(choices.distance_km * _M_PER_KM, extent_km * _M_PER_KM)
    return replace(choices, distance_km=max(kilometres(metres), _LEAST_KM))


def kilometres(metres: float) -> float:
    return metres / _M_PER_KM


def _key(choices: ClusterChoices | HeatChoices) -> str:
    return f"{_GROUP}/{type(choices).__name__}"


def _is_alike(value: object, default: object) -> bool:
    if isinstance(default, float):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return type(value) is type(default)
