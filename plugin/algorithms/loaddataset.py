"""Load dataset: from files of reports to one GeoPackage with a layer that plays."""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from qgis.core import (
    Qgis,
    QgsProcessingContext,
    QgsProcessingOutputHtml,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
    QgsProcessingOutputVectorLayer,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterCrs,
    QgsProcessingParameterFile,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
)

from ..bridge.layers import layer_string, layers_of, path_of_layer_string
from ..bridge.opening import load_on_completion
from ..bridge.styles import make_styles
from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from ..core.schema import (
    AUTO,
    LAYER_UPDATES,
    NEW,
    TABLE_FINDINGS,
    TABLE_REJECTED,
    UNKNOWN,
    CountKind,
    Datum,
    Listing,
    Step,
)
from .base import AtlasAlgorithm, choice

if TYPE_CHECKING:
    from ..core.dataset import Cleaned, LoadOptions

SUFFIX = ".gpkg"
NUMBERS = {
    "ROWS_READ": "Rows read",
    "ROWS_MERGED": "Rows merged into the state they repeat",
    "ROWS_DUPLICATE": "Exact duplicates",
    "ROWS_REJECTED": "Rows not understood",
    "STATES": "States",
    "PLACES": "Places",
    "CITIES": "Cities",
}
TEXTS = {
    "FIRST": "First report",
    "LAST": "Last report",
    "COUNTS_KIND": "Kind of counts",
    "LISTING_KIND": "Kind of listing",
    "TIME_ZONE_USED": "Time zone",
}


@dataclass(frozen=True)
class LoadParameters:
    """What the user asked for."""

    paths: list[Path]
    output: Path
    options: LoadOptions


class LoadDataset(AtlasAlgorithm):
    NAME = "loaddataset"
    TITLE = "Load dataset"
    TAGS = "outbreak,epidemic,cases,import,csv,excel,xlsx,geojson,shapefile,temporal,clean,geopackage"

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:  # noqa: N802 - Qt's name
        self.addParameter(QgsProcessingParameterMultipleLayers(
            "INPUT", tr("Files of reports"), Qgis.ProcessingSourceType.File))
        self._choice("DATUM", tr("Datum of the coordinates"), [AUTO, *Datum], AUTO)
        self._choice("STEP", tr("Playback step"), list(Step), Step.DAY)
        self._text("TIME_ZONE", tr("Time zone (IANA name)"))
        self._text("COLUMNS", tr("Columns (role=header; …)"))
        self._text("SHEET", tr("Sheet or layer of the file"))
        self._choice("COUNTS", tr("Kind of counts"), [AUTO, *CountKind], AUTO)
        self._choice("LISTING", tr("Does a report list every place?"), [AUTO, *Listing], AUTO)
        self._choice("FIRST_VALUES", tr("A place's first count is"), [AUTO, NEW, UNKNOWN], AUTO)
        self.advanced(QgsProcessingParameterCrs("CRS", tr("CRS of projected X and Y"), optional=True))
        self._choice("DATE_ORDER", tr("Order of numbers in dates"), [AUTO, "ymd", "mdy", "dmy"], AUTO)
        self.advanced(QgsProcessingParameterNumber(
            "YEAR", tr("Year of dates without one"), Qgis.ProcessingNumberParameterType.Integer,
            optional=True, minValue=1800, maxValue=2200))
        self._text("REPORT_DATE", tr("Date of files without dates"))
        self.advanced(QgsProcessingParameterBoolean(
            "KEEP_UNCHANGED", tr("Keep reports that repeat the same counts"), False))
        self.advanced(QgsProcessingParameterFile(
            "GAZETTEER", tr("Gazetteer for rows without coordinates"), optional=True,
            fileFilter=tr("Delimited text") + " (*.csv *.tsv *.txt *.gz *.xz *.bz2 *.zip)"))
        self.addParameter(QgsProcessingParameterVectorDestination(
            "OUTPUT", tr("GeoPackage"), Qgis.ProcessingSourceType.VectorPoint))
        declare_results(self)

    def _choice(self, name: str, text: str, words: list[Any], default: Any) -> None:
        parameter = choice(name, text, words, str(default))
        if name in ("DATUM", "STEP"):
            self.addParameter(parameter)
        else:
            self.advanced(parameter)

    def _text(self, name: str, text: str) -> None:
        self.advanced(QgsProcessingParameterString(name, text, optional=True))

    def look(self, parameters: dict[str, Any], context: QgsProcessingContext) -> None:
        # In a context of its own, which forgets that this output was to be loaded.
        output = self.parameterAsOutputLayer(parameters, "OUTPUT", QgsProcessingContext())
        refuse_open_output(output_path(output), context)

    def work(
        self, parameters: dict[str, Any], context: QgsProcessingContext, progress: Progress
    ) -> dict[str, Any]:
        from ..bridge.vectors import read_points
        from ..store.loading import load_dataset

        asked = self._read(parameters, context)
        cleaned = load_dataset(asked.paths, asked.output, asked.options, make_styles, progress, (read_points,))
        load_on_completion(context, asked.output, self.provider())
        return results_of(cleaned, asked.output, self.warn)

    def _read(self, parameters: dict[str, Any], context: QgsProcessingContext) -> LoadParameters:
        from ..core.dataset import LoadOptions

        def word(name: str) -> str:
            chosen = self.parameterAsEnumString(parameters, name, context)
            return "" if chosen == AUTO else chosen

        crs = self.parameterAsCrs(parameters, "CRS", context)
        if parameters.get("CRS") and not crs.isValid():
            message = tr("“{crs}” is no known coordinate reference system: give one such as EPSG:32650.")
            raise AtlasError(message.format(crs=parameters["CRS"]))
        has_year = parameters.get("YEAR") is not None
        options = LoadOptions(
            columns=parse_columns(self.parameterAsString(parameters, "COLUMNS", context)),
            counts=CountKind(word("COUNTS")) if word("COUNTS") else None,
            listing=Listing(word("LISTING")) if word("LISTING") else None,
            datum=Datum(word("DATUM")) if word("DATUM") else None,
            crs=crs.authid() or crs.toWkt() if crs.isValid() else "",
            time_zone=self.parameterAsString(parameters, "TIME_ZONE", context).strip(),
            date_order=word("DATE_ORDER"),
            year=self.parameterAsInt(parameters, "YEAR", context) if has_year else None,
            report_date=self.parameterAsString(parameters, "REPORT_DATE", context).strip(),
            step=Step(word("STEP")),
            keep_unchanged=self.parameterAsBool(parameters, "KEEP_UNCHANGED", context),
            outbreak_start={NEW: True, UNKNOWN: False}.get(word("FIRST_VALUES")),
            gazetteer=self.parameterAsFile(parameters, "GAZETTEER", context),
            sheet=self.parameterAsString(parameters, "SHEET", context).strip(),
        )
        paths = [Path(name) for name in self.parameterAsFileList(parameters, "INPUT", context) if name]
        return LoadParameters(
            paths, output_path(self.parameterAsOutputLayer(parameters, "OUTPUT", context)), options)


def output_path(destination: str) -> Path:
    """The GeoPackage to write, or an error when the destination is anything else."""
    path = Path(destination)
    if destination.startswith(("ogr:", "postgis:", "memory:")) or path.suffix.lower() != SUFFIX:
        message = tr("A dataset is written to a GeoPackage file of its own: choose a file name that ends "
                     "with {suffix} instead of {name}.")
        raise AtlasError(message.format(suffix=SUFFIX, name=path.name))
    if path_of_layer_string(layer_string(path)) != path:
        message = tr("QGIS could not open a file called {name} again: leave out % and |.")
        raise AtlasError(message.format(name=path.name))
    return path


def refuse_open_output(output: Path, context: QgsProcessingContext) -> None:
    """A file that is open in the project is not written over."""
    project = context.project()
    open_layers = layers_of(project, output) if project is not None else []
    if open_layers:
        message = tr("{file} is open in this project as layer “{layer}”. Remove the layer first, or choose "
                     "another file name.")
        raise AtlasError(message.format(file=output.name, layer=open_layers[0].name()))


def parse_columns(text: str) -> dict[str, str]:
    """Read `role=header; role=header` into a dictionary; no header: no column for that role.

    >>> parse_columns("time=updated at; confirmed = total; lat=#3; active=")
    {'time': 'updated at', 'confirmed': 'total', 'lat': '#3', 'active': ''}
    >>> parse_columns("deaths=n (status=dead)")
    {'deaths': 'n (status=dead)'}
    """
    columns = {}
    for part in filter(str.strip, (text or "").split(";")):
        role, equals, header = part.partition("=")
        if not (equals and role.strip()):
            message = tr("COLUMNS is written role=header; role=header. This part is not: {part}")
            raise AtlasError(message.format(part=part.strip()))
        if role.strip() in columns:
            raise AtlasError(tr("COLUMNS names {role} twice: give one header for it.").format(role=role.strip()))
        columns[role.strip()] = header.strip()
    return columns


def declare_results(algorithm: AtlasAlgorithm) -> None:
    """The outputs of a load beside its layer."""
    table = Qgis.ProcessingSourceType.Vector
    algorithm.addOutput(QgsProcessingOutputVectorLayer("REJECTED", tr("Rows not understood"), table))
    algorithm.addOutput(QgsProcessingOutputVectorLayer("FINDINGS", tr("Findings"), table))
    algorithm.addOutput(QgsProcessingOutputHtml("REPORT", tr("Report")))
    for name, text in NUMBERS.items():
        algorithm.addOutput(QgsProcessingOutputNumber(name, tr(text)))
    for name, text in TEXTS.items():
        algorithm.addOutput(QgsProcessingOutputString(name, tr(text)))


def results_of(cleaned: Cleaned, output: Path, warn: Callable[[str], None]) -> dict[str, Any]:
    """The results of a load in the words of the contract; the report is written on the way."""
    from ..core.report import moment_text

    info = cleaned.info
    return {
        "OUTPUT": layer_string(output, LAYER_UPDATES),
        "REJECTED": layer_string(output, TABLE_REJECTED),
        "FINDINGS": layer_string(output, TABLE_FINDINGS),
        "REPORT": _written_report(cleaned, output, warn),
        **{name: getattr(info, name.lower()) for name in NUMBERS},
        "FIRST": moment_text(info.first),
        "LAST": moment_text(info.last),
        "COUNTS_KIND": str(info.kind.value),
        "LISTING_KIND": str(info.listing.value),
        "TIME_ZONE_USED": info.time_zone.value,
    }


def _written_report(cleaned: Cleaned, output: Path, warn: Callable[[str], None]) -> str:
    """The report's path; a report that cannot be written is no reason to lose the dataset."""
    from ..core.report import write_report

    try:
        return str(write_report(cleaned, output))
    except AtlasError as error:
        warn(error.message)
        return ""
