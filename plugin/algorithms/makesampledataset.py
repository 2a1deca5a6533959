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
        for name, text, default, most in (
            ("ROWS", tr("Rows"), 640_000, 20_000_000),
            ("PLACES", tr("Places (empty: one for 27 rows)"), None, 1_000_000),
            ("CITIES", tr("Cities (empty: as many as suit the places)"), None, 337),
            ("SEED", tr("Seed"), 2020, 2_147_483_647),
        ):
            self.addParameter(QgsProcessingParameterNumber(
                name, text, _WHOLE, default, optional=default is None, minValue=0, maxValue=most))
        self.addParameter(QgsProcessingParameterFileDestination(
            "OUTPUT", tr("CSV file"), tr("CSV files (*.csv)")))
        self.addOutput(QgsProcessingOutputNumber("ROWS_WRITTEN", tr("Rows written")))

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..core.sample import write_sample

        asked = self._read(parameters, context)
        write_sample(asked.output, asked.rows, asked.places, asked.cities, asked.seed, progress)
        return {"OUTPUT": str(asked.output), "ROWS_WRITTEN": asked.rows}

    def _read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> SampleParameters:
        def number(name: str, otherwise: int = 0) -> int:
            given = parameters.get(name) is not None or not otherwise
            return self.parameterAsInt(parameters, name, context) if given else otherwise

        rows = number("ROWS")
        places = number("PLACES", suitable_places(rows))
        output = Path(self.parameterAsFileOutput(parameters, "OUTPUT", context))
        return SampleParameters(rows, places, number("CITIES", suitable_cities(places)), number("SEED"), output)


def suitable_places(rows: int) -> int:
    """24,000 places for 640,000 rows, and in that proportion.

    >>> suitable_places(640_000)
    24000
    """
    return max(rows * 24 // 640, min(rows, 20))


def suitable_cities(places: int) -> int:
    """320 cities for 24,000 places; at least five places a city in small samples.

    >>> suitable_cities(24_000)
    320
    """
    return max(3, min(320, places // 5))
