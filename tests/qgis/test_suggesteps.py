"""A distance for clusters out of layers: against all pairs, as a report, and what it refuses."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cluster_layers import points_layer, scattered
from outbreak_atlas.plugin.core.knee import suggest_eps
from qgis.core import (
    QgsApplication,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProject,
)
from small_files import run, write_reports

pytestmark = pytest.mark.usefixtures("project")


def suggest(layer: Any, **more: Any) -> dict[str, Any]:
    return run("suggesteps", **{"INPUT": layer, "MIN_CASES": 10, **more})


def refusal(layer: Any, **more: Any) -> str:
    with pytest.raises(QgsProcessingException) as caught:
        suggest(layer, **more)
    return str(caught.value)


def test_it_is_the_distance_of_the_places_with_their_cases(tmp_path: Path) -> None:
    places, cases = scattered(300, 5)
    made = suggest(points_layer(places.tolist(), cases.tolist()), METRIC="n", OUTPUT_HTML=str(tmp_path / "eps.html"))
    found = suggest_eps(places, cases, 10.0)
    assert made["EPS"] == pytest.approx(found.eps_m, rel=1e-6)
    html = (tmp_path / "eps.html").read_text(encoding="utf-8")
    assert made["OUTPUT_HTML"] == str(tmp_path / "eps.html")
    assert f"<b>{found.eps_m:,.6g}</b> m" in html
    assert "Counted: n." in html


def test_without_a_count_each_row_is_one() -> None:
    places, cases = scattered(300, 5)
    layer = points_layer(places.tolist(), cases.tolist())
    assert suggest(layer)["EPS"] == pytest.approx(suggest_eps(places, np.ones(300), 10.0).eps_m, rel=1e-6)


def test_without_a_file_there_is_only_the_number() -> None:
    places, cases = scattered(100, 5)
    assert set(suggest(points_layer(places.tolist(), cases.tolist()))) == {"EPS"}


def test_only_selected_points_count() -> None:
    places, cases = scattered(200, 6)
    layer = points_layer(places.tolist(), cases.tolist())
    layer.selectByExpression("$id <= 120")
    QgsProject.instance().addMapLayer(layer)
    made = suggest(QgsProcessingFeatureSourceDefinition(layer.id(), True))
    assert made["EPS"] == pytest.approx(suggest_eps(places[:120], np.ones(120), 10.0).eps_m, rel=1e-6)


def test_a_dataset_is_counted_in_its_interval(tmp_path: Path) -> None:
    """Wuhan and Huanggang are 57 km apart; of the second 20 cases were new on the 3rd."""
    file = str(write_reports(tmp_path / "reports.csv"))
    data = run("loaddataset", INPUT=[file], LISTING="partial", FIRST_VALUES="new",
               OUTPUT=str(tmp_path / "data.gpkg"))["OUTPUT"]
    asked = {"METRIC": "new_confirmed", "FROM": "2020-02-03", "TO": "2020-02-04"}
    made = suggest(data, **asked, MIN_CASES=50, OUTPUT_HTML=str(tmp_path / "eps.html"))
    assert made["EPS"] == pytest.approx(57_000, rel=0.02)
    html = (tmp_path / "eps.html").read_text(encoding="utf-8")
    assert "new_confirmed, summed from 2020-02-03T00:00:00 until before 2020-02-04T00:00:00 (" in html
    assert "larger MIN_CASES" in refusal(data, **asked, MIN_CASES=20)


@pytest.mark.parametrize(("least", "words"), [
    (0, "MIN_CASES is 0: give a number above 0"), (-3, "MIN_CASES is -3"), (float("nan"), "MIN_CASES is nan"),
    (101, "MIN_CASES is 101, yet all points together have 100")])
def test_a_least_number_that_cannot_be(least: float, words: str) -> None:
    layer = points_layer(scattered(100, 1)[0].tolist(), [1.0] * 100)
    assert words in refusal(layer, MIN_CASES=least)


def test_one_point_and_one_spot() -> None:
    spot = scattered(1, 1)[0].tolist()
    assert "only 1 point" in refusal(points_layer(spot, [50.0]))
    assert "one spot" in refusal(points_layer(spot * 20, [5.0] * 20))


def test_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    layer = points_layer(scattered(100, 1)[0].tolist(), [1.0] * 100)
    (tmp_path / "taken.html").mkdir()
    assert "taken.html” is a folder" in refusal(layer, OUTPUT_HTML=str(tmp_path / "taken.html"))


def test_cancel_writes_nothing(tmp_path: Path) -> None:
    class Stops(QgsProcessingFeedback):
        def setProgressText(self, text: str) -> None:  # noqa: N802
            if "Measuring" in text:
                self.cancel()

    algorithm = QgsApplication.processingRegistry().createAlgorithmById("outbreakatlas:suggesteps")
    places, cases = scattered(300, 5)
    asked = {"INPUT": points_layer(places.tolist(), cases.tolist()), "OUTPUT_HTML": str(tmp_path / "eps.html")}
    found, _ = algorithm.run(asked, QgsProcessingContext(), Stops())
    assert found == {}
    assert not (tmp_path / "eps.html").exists()


def test_a_curve_without_a_knee_is_warned_of() -> None:
    class Hears(QgsProcessingFeedback):
        def __init__(self) -> None:
            super().__init__(False)
            self.warnings: list[str] = []

        def pushWarning(self, warning: str) -> None:  # noqa: N802
            self.warnings.append(warning)

    import processing

    east, north = scattered(1, 1)[0][0]
    grid = [[east + 100 * one, north + 100 * other] for one in range(8) for other in range(8)]
    feedback = Hears()
    made = processing.run("outbreakatlas:suggesteps", {
        "INPUT": points_layer(grid, [1.0] * 64), "MIN_CASES": 2}, feedback=feedback)
    assert made["EPS"] == pytest.approx(100, rel=1e-5)
    assert any("no knee" in one for one in feedback.warnings)
