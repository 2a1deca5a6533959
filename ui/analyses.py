"""Runs the algorithms that make clusters and heat of what the dock shows, and adds what they made."""
from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Callable

from qgis.core import QgsProject

from ..plugin.bridge.analysis_choices import (
    HEAT,
    SERIES,
    SUGGEST,
    ClusterChoices,
    HeatChoices,
    cluster_parameters,
    heat_parameters,
)
from ..plugin.bridge.messages import Messages
from ..plugin.bridge.number_texts import number_text
from ..plugin.bridge.result_layers import (
    ResultFiles,
    add_above,
    add_below,
    days_shown,
    open_raster,
    open_vector,
)
from ..plugin.bridge.tasks import Handlers, Job, Jobs, Results
from ..plugin.bridge.temporal import as_utc
from ..plugin.bridge.translation import tr
from ..plugin.core.errors import AtlasError
from ..plugin.core.seen import Seen
from .frame_texts import interval_text
from .running import Run, Running

_ISO = "yyyy-MM-ddTHH:mm:ss"


@dataclass(frozen=True)
class Question:
    """What is asked about: the layer of a dataset as it is filtered, its name, and what is counted of it. `steps`: how
    many steps a map of a series counts, of what is added up from the beginning; None: as the user chooses."""

    layer_id: str
    title: str
    seen: Seen
    steps: int | None = None

    def parameters(self) -> dict[str, Any]:
        """As every algorithm of clusters and heat takes them."""
        seen = self.seen
        begin = {} if seen.begin_ms is None else {"FROM": _iso(seen.begin_ms)}
        return {"INPUT": self.layer_id, "METRIC": seen.metric, "TO": _iso(seen.end_ms), **begin}


class Analyses:
    """The filter is that of the layer at the start; later changes of it do not matter to work under way."""

    def __init__(self, project: QgsProject, messages: Messages, jobs: Jobs, files: ResultFiles) -> None:
        self._project, self._messages, self._jobs, self._files = project, messages, jobs, files
        self._running = Running(messages, jobs)

    def cluster(self, asked: Question, choices: ClusterChoices) -> None:
        """Points with their cluster and polygons around clusters, above the layer of the dataset."""
        folder = self._files.new_folder()
        parameters = {
            **asked.parameters(), **cluster_parameters(choices), "OUTPUT": str(folder / "clusters.gpkg"),
            "SUMMARY": str(folder / "cluster_areas.gpkg")}
        self._start(f"outbreakatlas:{choices.method}", parameters, folder,
                    tr("Clustering {dataset}").format(dataset=asked.title), partial(self._show_clusters, asked))

    def heat(self, asked: Question, choices: HeatChoices) -> None:
        """A raster below the layer of the dataset, whose circles stay in sight."""
        folder = self._files.new_folder()
        parameters = {
            **asked.parameters(), **heat_parameters(choices, asked.steps), "OUTPUT": str(folder / "heat.tif")}
        self._start(SERIES if choices.plays else HEAT, parameters, folder,
                    tr("Computing heat of {dataset}").format(dataset=asked.title), partial(self._show_heat, asked))

    def suggest(self, asked: Question, least_cases: float, handlers: Handlers) -> Job | None:
        """Look for the distance at which what is counted thins out; what comes of it is the asker's to tell."""
        folder = self._files.new_folder()
        parameters = {**asked.parameters(), "MIN_CASES": least_cases, "OUTPUT_HTML": str(folder / "distance.html")}
        return self._jobs.start(SUGGEST, parameters, Handlers(
            done=_both(partial(self._files.keep, folder), handlers.done),
            failed=_both(partial(self._files.remove, folder), handlers.failed),
            cancelled=_both(partial(self._files.remove, folder), handlers.cancelled)))

    def _start(
        self, algorithm: str, parameters: dict[str, Any], folder: Path, sentence: str,
        done: Callable[[Results], None],
    ) -> None:
        run = Run(algorithm, parameters, sentence, tr("Cancelled; no layer was added."),
                  ended=partial(self._ended, folder))
        self._running.start(run, done)

    def _ended(self, folder: Path, well: bool) -> None:
        if well:
            self._files.keep(folder)
        else:
            self._files.remove(folder)

    def _show_clusters(self, asked: Question, results: Results) -> None:
        try:
            layers = [open_vector(results[name]) for name in ("OUTPUT", "SUMMARY") if results.get(name)]
        except AtlasError as error:
            self._messages.error(error.message, error.details)
            return
        add_above(self._project, asked.layer_id, layers)
        self._messages.success(_found_text(results, days_shown(layers[-1])))

    def _show_heat(self, asked: Question, results: Results) -> None:
        try:
            layer = open_raster(results["OUTPUT"])
        except AtlasError as error:
            self._messages.error(error.message, error.details)
            return
        add_below(self._project, asked.layer_id, [layer])
        self._messages.success(tr("Added: “{layer}”.").format(layer=layer.name()))


def _found_text(results: Results, days: tuple[int, int] | None) -> str:
    """How many clusters there are, of how many cases, and when the map shows them."""
    if not results["CLUSTERS"]:
        return tr("No clusters: nowhere do so many cases lie so near to each other. Take fewer cases, or a larger "
                  "distance where there is one.")
    found = tr("Clusters: {clusters}, with {inside} of {all} counted.").format(
        clusters=number_text(results["CLUSTERS"]), inside=number_text(results["CASES_CLUSTERED"]),
        all=number_text(results["CASES_CLUSTERED"] + results["CASES_NOISE"]))
    return found if days is None else " ".join((found, tr("The map shows them on their days: {days}.").format(
        days=interval_text(*days))))


def _iso(ms: int) -> str:
    return str(as_utc(ms).toString(_ISO))


def _both(first: Callable[[], None], then: Callable[..., None]) -> Callable[..., None]:
    def act(*values: Any) -> None:
        first()
        then(*values)
    return act
