"""Layouts as PDF, PNG or SVG: text stays text, and a file appears whole or not at all."""
from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from qgis.core import Qgis, QgsFeedback, QgsLayoutExporter, QgsPrintLayout
from qgis.PyQt.QtCore import QSize

from ..bridge.translation import tr
from ..core.errors import AtlasError
from ..core.progress import Progress
from ..store.atomic import explained, refuse_long_name, replacing

#: What a finished file ends with, near its last byte.
_ENDS = {".pdf": b"%%EOF", ".svg": b"</svg>", ".png": b"IEND"}
SUFFIXES = tuple(_ENDS)
_TAIL = 64
_LEAST_DPI, _MOST_DPI = 10.0, 2400.0
_NEEDED_BYTES = 2_000_000
_MM_PER_INCH = 25.4


def print_layout(layout: QgsPrintLayout, target: Path, dpi: float, progress: Progress) -> None:
    """Write a layout as what the file's ending says. A PDF holds all pages, and those of the layout's atlas if that is
    on; PNG and SVG the first page. Raises `AtlasError`, and leaves an existing file as it was."""
    refuse_target(target)
    refuse_dpi(dpi)
    write = _WRITERS[target.suffix.lower()]
    with replacing(target, _NEEDED_BYTES) as part:
        progress.report(0.0, tr("Drawing {file}").format(file=target.name))
        _explain(write(layout, part, dpi, progress), target, dpi)
        _refuse_cut_off(part, target)
        progress.check()
    progress.report(1.0)


def refuse_target(target: Path) -> None:
    """Only endings that say what is wanted, and names that the system takes."""
    refuse_long_name(target)
    if target.suffix.lower() not in _ENDS:
        raise AtlasError(tr("A layout is written as PDF, PNG or SVG, not as “{name}”: give OUTPUT one of these "
                            "endings.").format(name=target.name))


def refuse_dpi(dpi: float) -> None:
    if not _LEAST_DPI <= dpi <= _MOST_DPI:
        raise AtlasError(tr("DPI is {dpi}: choose one from {least} to {most}.").format(
            dpi=f"{dpi:g}", least=f"{_LEAST_DPI:g}", most=f"{_MOST_DPI:g}"))


def _write_pdf(layout: QgsPrintLayout, part: Path, dpi: float, progress: Progress) -> QgsLayoutExporter.ExportResult:
    settings = QgsLayoutExporter.PdfExportSettings()
    settings.dpi = dpi
    settings.textRenderFormat = Qgis.TextRenderFormat.AlwaysText
    settings.forceVectorOutput = False
    settings.rasterizeWholeImage = False
    settings.exportMetadata = True
    if not layout.atlas().enabled():
        return QgsLayoutExporter(layout).exportToPdf(str(part), settings)
    feedback = _following(progress)
    result, _ = QgsLayoutExporter.exportToPdf(layout.atlas(), str(part), settings, feedback)
    progress.check()
    return result


def _following(progress: Progress) -> QgsFeedback:
    """A feedback that passes on a page's number and asks after each page whether to go on."""
    feedback = QgsFeedback()

    def follow(percent: float) -> None:
        if progress.is_cancelled():
            feedback.cancel()
        else:
            progress.report(percent / 100)

    feedback.progressChanged.connect(follow)
    return feedback


def _write_svg(layout: QgsPrintLayout, part: Path, dpi: float, progress: Progress) -> QgsLayoutExporter.ExportResult:
    settings = QgsLayoutExporter.SvgExportSettings()
    settings.dpi = dpi
    settings.textRenderFormat = Qgis.TextRenderFormat.AlwaysText
    settings.exportMetadata = True
    # QGIS writes each further page into a file of its own beside the first, whose place is no concern of theirs.
    with TemporaryDirectory(prefix="outbreak_atlas_") as folder:
        first = Path(folder) / "page.svg"
        result = QgsLayoutExporter(layout).exportToSvg(str(first), settings)
        if first.is_file():
            shutil.copyfile(first, part)
    return result


def _write_png(layout: QgsPrintLayout, part: Path, dpi: float, progress: Progress) -> QgsLayoutExporter.ExportResult:
    # Not by the exporter, which takes the format from the file's ending.
    image = QgsLayoutExporter(layout).renderPageToImage(0, QSize(), dpi)
    if image.isNull():
        return QgsLayoutExporter.ExportResult.MemoryError
    image.setDotsPerMeterX(round(dpi / _MM_PER_INCH * 1000))
    image.setDotsPerMeterY(round(dpi / _MM_PER_INCH * 1000))
    progress.check()
    saved = image.save(str(part), "PNG")
    return QgsLayoutExporter.ExportResult.Success if saved else QgsLayoutExporter.ExportResult.FileError


Writer = Callable[[QgsPrintLayout, Path, float, Progress], QgsLayoutExporter.ExportResult]
_WRITERS: dict[str, Writer] = {".pdf": _write_pdf, ".svg": _write_svg, ".png": _write_png}


def _explain(result: QgsLayoutExporter.ExportResult, target: Path, dpi: float) -> None:
    if result == QgsLayoutExporter.ExportResult.Success:
        return
    if result == QgsLayoutExporter.ExportResult.MemoryError:
        raise AtlasError(tr("“{file}” at {dpi} DPI is larger than the memory takes: choose a smaller DPI.").format(
            file=target.name, dpi=f"{dpi:g}"))
    if result == QgsLayoutExporter.ExportResult.IteratorError:
        raise AtlasError(tr("The atlas of the layout has no page: choose another coverage or filter for it."))
    raise AtlasError(_not_written(target))


def _refuse_cut_off(part: Path, target: Path) -> None:
    """Qt does not tell that a disk was full: only the end of the file does."""
    with explained(target, 0), part.open("rb") as file:
        file.seek(max(0, part.stat().st_size - _TAIL))
        tail = file.read()
    if _ENDS[target.suffix.lower()] not in tail:
        raise AtlasError(_not_written(target))


def _not_written(target: Path) -> str:
    return tr("“{file}” could not be written to its end: the disk of “{folder}” is full or refuses it. Free some room, "
              "or choose another folder.").format(file=target.name, folder=target.parent)
