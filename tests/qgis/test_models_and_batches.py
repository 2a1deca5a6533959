"""Algorithms chained in a model, and run again and again in one process, as a batch does."""
from __future__ import annotations

from pathlib import Path
from typing import Any

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
