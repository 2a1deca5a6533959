"""Make sample dataset: invented reports of a well-known shape."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingOutputNumber,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterNumber,
)

from ..bridge.translation import tr
from ..core.progress import Progress
from .base import AtlasAlgorithm

_WHOLE = Qgis.ProcessingNumberParameterType.Integer


@dataclass(frozen=True)
class SampleParameters:
    """Size and seed of the sample, and where it goes."""

    rows: int
    places: int
    cities: int
    seed: int
    output: Path


class MakeSampleDataset(AtlasAlgorithm):
    NAME = "makesampledataset"
    TITLE = "Make sample dataset"
    TAGS = "outbreak,epidemic,cases,sample,synthetic,demo"
    ICON = "sample.svg"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        for name, text, default, least, most in (
            ("ROWS", tr("Rows"), 640_000, 1, 20_000_000),
            ("PLACES", tr("Places"), 24_000, 1, 1_000_000),
            ("CITIES", tr("Cities"), 300, 1, 340),
            ("SEED", tr("Seed"), 1, 0, 2_147_483_647),
        ):
            self.addParameter(QgsProcessingParameterNumber(
                name, text, _WHOLE, default, minValue=least, maxValue=most))
        self.addParameter(QgsProcessingParameterFileDestination(
            "OUTPUT", tr("CSV file"), tr("CSV files (*.csv)")))
        self.addOutput(QgsProcessingOutputNumber("ROWS_WRITTEN", tr("Rows written")))

    def run(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..core.sample import write_sample

        asked = self._read(parameters, context)
        write_sample(asked.output, asked.rows, asked.places, asked.cities, asked.seed, progress)
        return {"OUTPUT": str(asked.output), "ROWS_WRITTEN": asked.rows}

    def _read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> SampleParameters:
        def number(name: str) -> int:
            return self.parameterAsInt(parameters, name, context)

        output = Path(self.parameterAsFileOutput(parameters, "OUTPUT", context))
        return SampleParameters(number("ROWS"), number("PLACES"), number("CITIES"), number("SEED"), output)
