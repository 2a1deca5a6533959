"""What scripts rely on: ids, parameters, words of enumerations, outputs, and help for each of them."""
from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from qgis.core import Qgis, QgsApplication, QgsProcessingAlgorithm

#: Names that do not change once they work, in any order.
PARAMETERS = {
    "loaddataset": {
        "INPUT", "COLUMNS", "COUNTS", "LISTING", "DATUM", "CRS", "TIME_ZONE", "DATE_ORDER", "YEAR", "REPORT_DATE",
        "STEP", "KEEP_UNCHANGED", "GAZETTEER", "FIRST_VALUES", "SHEET", "OUTPUT",
    },
    "makesampledataset": {"ROWS", "PLACES", "CITIES", "SEED", "OUTPUT"},
    "statusat": {"INPUT", "AT", "OUTPUT"},
    "setstep": {"INPUT", "STEP"},
    "appendreports": {"INPUT", "FILES", "SOURCE_FOLDER"},
    "aggregatecases": {
        "INPUT", "BY", "POLYGONS", "CELL_SIZE", "PERIOD", "METRIC", "NAME_FIELD", "FROM", "TO", "OUTPUT"},
    "dbscan": {
        "INPUT", "METRIC", "TIME_FIELD", "FROM", "TO", "EPS", "MIN_CASES", "HULL", "OUTPUT", "SUMMARY"},
    "stdbscan": {
        "INPUT", "METRIC", "TIME_FIELD", "FROM", "TO", "EPS", "EPS_TIME", "EPS_TIME_UNIT", "MIN_CASES", "HULL",
        "OUTPUT", "SUMMARY"},
    "hdbscan": {"INPUT", "METRIC", "TIME_FIELD", "FROM", "TO", "MIN_CASES", "HULL", "OUTPUT", "SUMMARY"},
    "suggesteps": {"INPUT", "METRIC", "TIME_FIELD", "FROM", "TO", "MIN_CASES", "OUTPUT_HTML"},
    "heatmap": {
        "INPUT", "METRIC", "TIME_FIELD", "FROM", "TO", "RADIUS", "KERNEL", "CELL_SIZE", "EXTENT", "TARGET_CRS", "EXACT",
        "MAX_CELLS", "OUTPUT"},
    "heatmapseries": {
        "INPUT", "METRIC", "TIME_FIELD", "FROM", "TO", "RADIUS", "KERNEL", "CELL_SIZE", "EXTENT", "TARGET_CRS", "EXACT",
        "MAX_CELLS", "STEP", "WINDOW", "NETCDF", "OUTPUT"},
    "maplayout": {
        "INPUT", "TEMPLATE", "AT", "FROM", "TO", "TITLE", "METRIC", "EXTENT", "CITIES", "DPI", "ADD_TO_PROJECT",
        "SIDECAR", "OUTPUT"},
    "smallmultiples": {
        "INPUT", "METRIC", "FROM", "TO", "PANELS", "COLUMNS", "DATES", "SPREAD", "TITLE", "PAGE", "EXTENT", "DPI",
        "ADD_TO_PROJECT", "SIDECAR", "OUTPUT"},
    "exportanimation": {
        "INPUT", "TEMPLATE", "FROM", "TO", "STEP", "FPS", "WIDTH", "HEIGHT", "FORMAT", "METRIC", "TITLE", "DATE_LABEL",
        "EXTENT", "QUALITY", "SIDECAR", "OUTPUT"},
}
OUTPUTS = {
    "loaddataset": {
        "OUTPUT", "REJECTED", "FINDINGS", "REPORT", "ROWS_READ", "ROWS_MERGED", "ROWS_DUPLICATE",
        "ROWS_REJECTED", "STATES", "PLACES", "CITIES", "FIRST", "LAST", "COUNTS_KIND", "LISTING_KIND",
        "TIME_ZONE_USED",
    },
    "makesampledataset": {"OUTPUT"},
    "statusat": {"OUTPUT"},
    "setstep": {"OUTPUT"},
    "appendreports": {
        "OUTPUT", "REJECTED", "FINDINGS", "REPORT", "ROWS_READ", "ROWS_MERGED", "ROWS_DUPLICATE", "ROWS_REJECTED",
        "STATES", "PLACES", "CITIES", "FIRST", "LAST", "COUNTS_KIND", "LISTING_KIND", "TIME_ZONE_USED", "SKIPPED"},
    "aggregatecases": {"OUTPUT", "AREAS", "PERIODS", "METRIC_USED"},
    **{name: {"OUTPUT", "SUMMARY", "CLUSTERS", "NOISE", "CASES_CLUSTERED", "CASES_NOISE", "METRIC_USED", "DISTANCES"}
       for name in ("dbscan", "stdbscan", "hdbscan")},
    "suggesteps": {"EPS", "OUTPUT_HTML"},
    "heatmap": {
        "OUTPUT", "RADIUS_USED", "CELL_SIZE_USED", "CASES", "MASS", "MAXIMUM", "BANDS", "CRS_USED", "METRIC_USED"},
    "heatmapseries": {
        "OUTPUT", "NETCDF", "RADIUS_USED", "CELL_SIZE_USED", "CASES", "MASS", "MAXIMUM", "BANDS", "CRS_USED",
        "METRIC_USED", "WINDOW_USED"},
    "maplayout": {"OUTPUT", "LAYOUT", "AT_USED", "COUNTS", "METHODS"},
    "smallmultiples": {"OUTPUT", "PANELS", "DATES", "LAYOUT", "METHODS"},
    "exportanimation": {"OUTPUT", "FRAMES", "FRAMES_RENDERED", "SIZE", "DURATION", "METHODS"},
}
WORDS = {
    ("loaddataset", "COUNTS"): ["auto", "cumulative", "increments", "events"],
    ("loaddataset", "LISTING"): ["auto", "full", "partial"],
    ("loaddataset", "DATUM"): ["auto", "WGS84", "GCJ02", "BD09"],
    ("loaddataset", "DATE_ORDER"): ["auto", "ymd", "mdy", "dmy"],
    ("loaddataset", "FIRST_VALUES"): ["auto", "new", "unknown"],
    ("loaddataset", "STEP"): ["hour", "day", "week"],
    ("setstep", "STEP"): ["hour", "day", "week"],
    ("aggregatecases", "BY"): ["city", "province", "hexagon", "square", "polygons"],
    ("stdbscan", "EPS_TIME_UNIT"): ["hours", "days", "weeks"],
    ("dbscan", "HULL"): ["convex", "concave"],
    ("aggregatecases", "PERIOD"): ["step", "hour", "day", "week", "month", "all"],
    ("smallmultiples", "SPREAD"): ["even", "week"],
    ("smallmultiples", "PAGE"): ["a4_landscape", "a4_portrait", "a3_landscape", "journal_double"],
    ("exportanimation", "FORMAT"): ["mp4", "gif", "frames"],
    ("heatmap", "KERNEL"): ["quartic", "gaussian", "epanechnikov", "triangular", "uniform"],
    ("heatmapseries", "KERNEL"): ["quartic", "gaussian", "epanechnikov", "triangular", "uniform"],
}
#: Those that stand in another group than Dataset.
GROUPS = {
    "heatmap": "Heatmaps", "heatmapseries": "Heatmaps", "dbscan": "Clustering", "stdbscan": "Clustering",
    "hdbscan": "Clustering", "suggesteps": "Clustering", "maplayout": "Publication",
    "smallmultiples": "Publication", "exportanimation": "Publication"}


@pytest.fixture(params=sorted(PARAMETERS))
def algorithm(request: pytest.FixtureRequest, qgis_app: QgsApplication) -> QgsProcessingAlgorithm:
    found = QgsApplication.processingRegistry().algorithmById(f"outbreakatlas:{request.param}")
    assert found is not None
    return found


def test_the_provider_has_its_id_and_name(qgis_app: QgsApplication) -> None:
    provider = QgsApplication.processingRegistry().providerById("outbreakatlas")
    assert provider.name() == "Outbreak Atlas"
    assert not provider.icon().isNull()
    assert {one.name() for one in provider.algorithms()} >= set(PARAMETERS)


def test_parameters_and_outputs_have_their_names(algorithm: QgsProcessingAlgorithm) -> None:
    assert {one.name() for one in algorithm.parameterDefinitions()} == PARAMETERS[algorithm.name()]
    assert {one.name() for one in algorithm.outputDefinitions()} >= OUTPUTS[algorithm.name()]


@pytest.mark.parametrize(("name", "parameter"), sorted(WORDS))
def test_enumerations_are_words(qgis_app: QgsApplication, name: str, parameter: str) -> None:
    algorithm = QgsApplication.processingRegistry().algorithmById(f"outbreakatlas:{name}")
    definition = algorithm.parameterDefinition(parameter)
    assert definition.usesStaticStrings()
    assert definition.options() == WORDS[name, parameter]
    assert definition.defaultValue() in WORDS[name, parameter]


def test_every_parameter_and_output_is_explained(
    algorithm: QgsProcessingAlgorithm, repository: Path
) -> None:
    help_file = repository / "resources" / "help" / f"{algorithm.name()}.json"
    texts = json.loads(help_file.read_text(encoding="utf-8"))
    names = {one.name() for one in algorithm.parameterDefinitions()}
    names |= {one.name() for one in algorithm.outputDefinitions()}
    assert names | {"ALG_DESC"} <= set(texts)
    assert set(texts) <= names | {"ALG_DESC", "ALG_CREATOR", "EXAMPLES"}
    shown = algorithm.shortHelpString()
    for name in names | {"ALG_DESC"}:
        assert len(texts[name]) > 20, f"{name} deserves a sentence"
        assert texts[name] in shown, f"{name} is not shown"


def test_defaults_are_named_in_the_help(algorithm: QgsProcessingAlgorithm) -> None:
    for parameter in algorithm.parameterDefinitions():
        optional = bool(parameter.flags() & Qgis.ProcessingParameterFlag.Optional)
        if not parameter.isDestination() and (optional or parameter.defaultValue() is not None):
            text = algorithm.help_texts()[parameter.name()]
            assert "default" in text, parameter.name()


def test_rare_choices_are_folded_away(qgis_app: QgsApplication) -> None:
    algorithm = QgsApplication.processingRegistry().algorithmById("outbreakatlas:loaddataset")
    advanced = Qgis.ProcessingParameterFlag.Advanced
    seen = {one.name() for one in algorithm.parameterDefinitions() if not one.flags() & advanced}
    assert seen == {"INPUT", "DATUM", "STEP", "OUTPUT"}


def test_identity(algorithm: QgsProcessingAlgorithm) -> None:
    copy = algorithm.create()
    assert type(copy) is type(algorithm)
    assert copy.name() == algorithm.name()
    assert algorithm.group() == GROUPS.get(algorithm.name(), "Dataset")
    assert not algorithm.icon().isNull()
    assert Path(algorithm.svgIconPath()).is_file()
    assert "outbreak" in algorithm.tags()


def test_without_pandas_an_algorithm_says_what_is_missing(
    algorithm: QgsProcessingAlgorithm, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert algorithm.canExecute() == (True, "")
    monkeypatch.setitem(sys.modules, "pandas", None)
    can_run, reason = algorithm.canExecute()
    assert not can_run
    assert "pandas" in reason
    assert "QPIP" in reason
