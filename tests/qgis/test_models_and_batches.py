"""Algorithms chained in a model, and run again and again in one process, as a batch does."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from outbreak_atlas.plugin.bridge.layers import add_to_project, layer_string
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingModelAlgorithm,
    QgsProcessingModelChildAlgorithm,
    QgsProcessingModelChildParameterSource,
    QgsProcessingModelOutput,
    QgsProcessingModelParameter,
    QgsProcessingParameterFile,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
    QgsProject,
    QgsVectorLayer,
)
from small_files import REPORTS, write_reports

#: Clusters and heat of a dataset, with what they give beside their number.
ANALYSES = {
    "dbscan": ({"EPS": 50_000.0, "MIN_CASES": 10.0, "METRIC": "confirmed"}, "CLUSTERS"),
    "stdbscan": ({"EPS": 50_000.0, "EPS_TIME": 3.0, "MIN_CASES": 10.0, "METRIC": "confirmed"}, "CLUSTERS"),
    "hdbscan": ({"MIN_CASES": 10.0, "METRIC": "confirmed"}, "CLUSTERS"),
    "suggesteps": ({"MIN_CASES": 160.0, "METRIC": "confirmed"}, "EPS"),
    "heatmap": ({"RADIUS": 40_000.0, "METRIC": "confirmed"}, "MASS"),
    "heatmapseries": ({"RADIUS": 40_000.0, "METRIC": "confirmed"}, "MASS"),
}
LOAD, STATUS, STEP = (f"outbreakatlas:{name}" for name in ("loaddataset", "statusat", "setstep"))


def child(name: str, algorithm: str, sources: dict[str, QgsProcessingModelChildParameterSource]) -> Any:
    one = QgsProcessingModelChildAlgorithm(algorithm)
    one.setChildId(name)
    one.setDescription(name)
    for parameter, source in sources.items():
        one.addParameterSources(parameter, [source])
    return one


def status_of_a_file() -> QgsProcessingModelAlgorithm:
    """A model: load a file, change its step, and say what was known at a moment."""
    source = QgsProcessingModelChildParameterSource
    model = QgsProcessingModelAlgorithm("status of a file", "tests")
    model.addModelParameter(QgsProcessingParameterFile("reports", "Reports"), QgsProcessingModelParameter("reports"))
    model.addModelParameter(
        QgsProcessingParameterString("at", "Moment", optional=True), QgsProcessingModelParameter("at"))
    model.addModelParameter(
        QgsProcessingParameterVectorDestination("dataset", "Dataset"), QgsProcessingModelParameter("dataset"))
    model.addChildAlgorithm(child("load", LOAD, {
        "INPUT": source.fromModelParameter("reports"), "LISTING": source.fromStaticValue("partial"),
        "OUTPUT": source.fromModelParameter("dataset")}))
    model.addChildAlgorithm(child("step", STEP, {
        "INPUT": source.fromChildOutput("load", "OUTPUT"), "STEP": source.fromStaticValue("hour")}))
    last = child("status", STATUS, {
        "INPUT": source.fromChildOutput("step", "OUTPUT"), "AT": source.fromModelParameter("at")})
    output = QgsProcessingModelOutput("status")
    output.setChildId("status")
    output.setChildOutputName("OUTPUT")
    last.setModelOutputs({"status": output})
    model.addChildAlgorithm(last)
    model.updateDestinationParameters()
    return model


def run_model(model: QgsProcessingModelAlgorithm, parameters: dict[str, Any]) -> dict[str, list[object]]:
    context, feedback = QgsProcessingContext(), QgsProcessingFeedback()
    context.setProject(QgsProject.instance())
    assert model.checkParameterValues(parameters, context) == (True, "")
    results, ok = model.run(parameters, context, feedback)
    assert ok, feedback.textLog()
    layer = context.takeResultLayer(next(value for key, value in results.items() if key.startswith("status")))
    return {one["city"]: [one["confirmed"], one["deaths"]] for one in layer.getFeatures()}


def test_a_model_loads_and_asks(tmp_path: Path, project: QgsProject) -> None:
    model = status_of_a_file()
    assert model.validate() == (True, [])
    status = next(one.name() for one in model.destinationParameterDefinitions() if one.name() != "dataset")
    found = run_model(model, {
        "reports": str(write_reports(tmp_path / "reports.csv")), "at": "2020-02-04T24:00",
        "dataset": str(tmp_path / "out.gpkg"), status: "memory:"})
    assert found["Wuhan"] == [180, 5] and found["Huanggang"][0] == 20 and found["Elsewhere"] == [7, 0]


def test_a_model_survives_being_saved(tmp_path: Path, project: QgsProject) -> None:
    assert status_of_a_file().toFile(str(tmp_path / "status.model3"))
    model = QgsProcessingModelAlgorithm()
    assert model.fromFile(str(tmp_path / "status.model3"))
    status = next(one.name() for one in model.destinationParameterDefinitions() if one.name() != "dataset")
    found = run_model(model, {
        "reports": str(write_reports(tmp_path / "reports.csv")), "at": "", "dataset": str(tmp_path / "out.gpkg"),
        status: "memory:"})
    assert found["Huanggang"] == [35, 1]


def test_a_batch_over_several_files_mixes_nothing_up(tmp_path: Path, project: QgsProject) -> None:
    """The algorithm object of the registry runs again and again, with other files and other choices."""
    import processing  # found once QGIS has started

    algorithm = QgsApplication.processingRegistry().algorithmById(LOAD)
    for number in range(1, 5):
        source = write_reports(tmp_path / f"{number}.csv", REPORTS[:number])
        output = tmp_path / f"{number}.gpkg"
        step = "hour" if number % 2 else "week"
        result = processing.run(algorithm, {"INPUT": str(source), "OUTPUT": str(output), "STEP": step})
        assert result["ROWS_READ"] == result["STATES"] == number
        status = processing.run(STATUS, {"INPUT": layer_string(output), "AT": None, "OUTPUT": "TEMPORARY_OUTPUT"})
        assert status["PLACES"] == status["OUTPUT"].featureCount() == min(number, 3)


def test_a_file_is_loaded_again_and_again_to_the_same_place(tmp_path: Path, project: QgsProject) -> None:
    import processing

    source, output = write_reports(tmp_path / "reports.csv"), tmp_path / "out.gpkg"
    for _ in range(3):
        result = processing.run(LOAD, {"INPUT": str(source), "OUTPUT": str(output)})
        assert QgsVectorLayer(result["OUTPUT"], "updates", "ogr").featureCount() == result["STATES"]
        layer = add_to_project(project, output)
        project.removeMapLayer(layer.id())
    assert {path.name for path in tmp_path.iterdir()} == {"reports.csv", "out.gpkg", "out_report.html"}


def analysis_of_a_file(name: str) -> QgsProcessingModelAlgorithm:
    """A model: load a file and analyse the dataset that comes of it."""
    source = QgsProcessingModelChildParameterSource
    model = QgsProcessingModelAlgorithm(name, "tests")
    model.addModelParameter(QgsProcessingParameterFile("reports", "Reports"), QgsProcessingModelParameter("reports"))
    model.addModelParameter(
        QgsProcessingParameterVectorDestination("dataset", "Dataset"), QgsProcessingModelParameter("dataset"))
    model.addChildAlgorithm(child("load", LOAD, {
        "INPUT": source.fromModelParameter("reports"), "LISTING": source.fromStaticValue("partial"),
        "OUTPUT": source.fromModelParameter("dataset")}))
    last = child("analysis", f"outbreakatlas:{name}", {
        "INPUT": source.fromChildOutput("load", "OUTPUT"),
        **{key: source.fromStaticValue(value) for key, value in ANALYSES[name][0].items()}})
    if name != "suggesteps":
        output = QgsProcessingModelOutput("result")
        output.setChildId("analysis")
        output.setChildOutputName("OUTPUT")
        last.setModelOutputs({"result": output})
    model.addChildAlgorithm(last)
    model.updateDestinationParameters()
    return model


@pytest.mark.parametrize("name", ANALYSES)
def test_a_model_loads_and_analyses(tmp_path: Path, project: QgsProject, name: str) -> None:
    import processing

    is_raster = name.startswith("heat")
    model = analysis_of_a_file(name)
    assert model.validate() == (True, [])
    reports, dataset = write_reports(tmp_path / "reports.csv"), tmp_path / "out.gpkg"
    asked = {"reports": str(reports), "dataset": str(dataset)}
    for one in model.destinationParameterDefinitions():
        if one.name() != "dataset":
            asked[one.name()] = str(tmp_path / ("result.tif" if is_raster else "result.gpkg"))
    context = QgsProcessingContext()
    context.setProject(project)
    feedback = QgsProcessingFeedback()
    results, ok = model.run(asked, context, feedback)
    assert ok, feedback.textLog()
    told = results["CHILD_RESULTS"]["analysis"]
    directly = processing.run(f"outbreakatlas:{name}", {
        "INPUT": layer_string(dataset), **ANALYSES[name][0],
        **({} if name == "suggesteps" else {"OUTPUT": "TEMPORARY_OUTPUT"})})
    number = ANALYSES[name][1]
    assert told[number] == directly[number] > 0
    assert (tmp_path / ("result.tif" if is_raster else "result.gpkg")).is_file() == (name != "suggesteps")


@pytest.mark.parametrize("name", ANALYSES)
def test_an_analysis_run_again_with_other_choices_keeps_nothing(
    tmp_path: Path, project: QgsProject, name: str
) -> None:
    """The algorithm object of the registry, with other files and other counts in turn."""
    import processing

    algorithm = QgsApplication.processingRegistry().algorithmById(f"outbreakatlas:{name}")
    asked, _ = ANALYSES[name]
    output = {} if name == "suggesteps" else {"OUTPUT": "TEMPORARY_OUTPUT"}
    choices = []
    for rows in (4, 5, 6):
        file = tmp_path / f"{rows}.gpkg"
        processing.run(LOAD, {"INPUT": str(write_reports(tmp_path / "r.csv", REPORTS[:rows])), "OUTPUT": str(file),
                              "LISTING": "partial", "FIRST_VALUES": "new"})
        choices += [{**asked, "INPUT": layer_string(file), "METRIC": metric} for metric in ("confirmed", "deaths")
                    if metric == "confirmed" or name.startswith("heat")]

    def numbers(choice: dict[str, Any]) -> dict[str, object]:
        made = processing.run(algorithm, {**choice, **output})
        return {key: value for key, value in made.items() if isinstance(value, (int, float))}

    forth = [numbers(one) for one in choices]
    assert forth == [numbers(one) for one in choices[::-1]][::-1]
    if name != "suggesteps":
        assert any(one != forth[0] for one in forth)
