"""`./run demo`: make the sample dataset, load it, and open QGIS on it, or (`--headless`) write it all to build/demo.

Writes sample.csv, sample.gpkg, the project outbreak_atlas_demo.qgz that opens with the layer playing, and
pictures of five dates.
"""
from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "demo"
SAMPLE, DATASET, PROJECT = "sample.csv", "sample.gpkg", "outbreak_atlas_demo.qgz"
#: The outbreak's turns: the first days, the eve of and the day after the new case definition in Hubei
#: (12 February), the end of the first wave, the days after Wuhan's revision (17 April).
DATES = ("2020-02-04", "2020-02-11", "2020-02-13", "2020-03-15", "2020-04-20")
WIDTH, HEIGHT = 1600, 1200
DAY_MS = 86_400_000


def main() -> int:
    """Make what is missing, then show it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--headless", action="store_true", help="write files and pictures, open nothing")
    parser.add_argument("--rows", type=int, default=640_000)
    parser.add_argument("--places", type=int, default=24_000)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the files go (build/demo)")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    if asked.headless:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    folder.mkdir(parents=True, exist_ok=True)
    from session import start_qgis

    session = start_qgis(folder.with_name(f"{folder.name}-profile"))
    _make(folder, asked.rows, asked.places)
    if asked.headless:
        _pictures(folder)
    sys.stdout.flush()
    del session
    if not asked.headless:
        arguments = ["--noversioncheck", "--nologo", "--profiles-path", str(ROOT / "build" / "profile")]
        os.execvp("qgis", ["qgis", *arguments, str(folder / PROJECT)])
    return 0


def _make(folder: Path, rows: int, places: int) -> None:
    """The sample, the GeoPackage and the project."""
    import processing
    from outbreak_atlas.plugin.bridge.layers import add_to_project
    from qgis.core import QgsProject

    sample, dataset, saved = folder / SAMPLE, folder / DATASET, folder / PROJECT
    begin = time.monotonic()
    processing.run("outbreakatlas:makesampledataset", {
        "ROWS": rows, "PLACES": places, "CITIES": min(320, max(5, places // 5)), "OUTPUT": str(sample)})
    print(f"made the synthetic sample of {rows:,} reports in {time.monotonic() - begin:.1f} s")
    begin = time.monotonic()
    result = processing.run("outbreakatlas:loaddataset", {
        "INPUT": [str(sample)], "DATUM": "WGS84", "KEEP_UNCHANGED": True, "OUTPUT": str(dataset)})
    print("loaded it in {:.1f} s: {:,.0f} rows read = {:,.0f} states + {:,.0f} merged + {:,.0f} duplicate "
          "+ {:,.0f} rejected".format(time.monotonic() - begin, *(result[name] for name in (
              "ROWS_READ", "STATES", "ROWS_MERGED", "ROWS_DUPLICATE", "ROWS_REJECTED"))))
    project = QgsProject.instance()
    project.clear()
    project.setTitle("Outbreak Atlas demo: synthetic sample")
    add_to_project(project, dataset)
    if not project.write(str(saved)):
        raise SystemExit(f"the project could not be written: {project.error()}")
    print(f"wrote {_shown(saved)}")


def _pictures(folder: Path) -> None:
    """One picture a date, from the project as it was saved."""
    from outbreak_atlas.plugin.store.queries import totals_at
    from qgis.core import QgsProject
    from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QTime

    project = QgsProject.instance()
    project.clear()
    if not project.read(str(folder / PROJECT)):
        raise SystemExit(f"the project could not be read: {project.error()}")
    for date in DATES:
        begin = QDateTime(QDate.fromString(date, "yyyy-MM-dd"), QTime(0, 0), Qt.TimeSpec.UTC)
        totals = totals_at(folder / DATASET, begin.toMSecsSinceEpoch() + DAY_MS - 1)
        confirmed = totals.set_index("metric").loc["confirmed"]
        label = f"{date} 24:00  ·  {confirmed['total']:,.0f} confirmed"
        path = folder / f"frame_{date}.png"
        _draw(project, begin, label).save(str(path))
        print(f"wrote {_shown(path)}: {label}")


def _shown(path: Path) -> Path:
    """A path as it is said: short where it is in the checkout."""
    return path.relative_to(ROOT) if ROOT in path.parents else path


def _draw(project, begin, label):
    """The project's map in the frame of a day, with its date on it."""
    from qgis.core import QgsDateTimeRange, QgsMapRendererParallelJob, QgsMapSettings
    from qgis.PyQt.QtCore import QSize

    settings = QgsMapSettings()
    layers = [node.layer() for node in project.layerTreeRoot().findLayers() if node.isVisible()]
    settings.setLayers(layers)
    settings.setDestinationCrs(project.crs())
    settings.setTransformContext(project.transformContext())
    settings.setBackgroundColor(project.backgroundColor())
    settings.setExtent(project.viewSettings().defaultViewExtent())
    settings.setOutputSize(QSize(WIDTH, HEIGHT))
    settings.setOutputDpi(120)
    settings.setIsTemporal(True)
    settings.setTemporalRange(QgsDateTimeRange(begin, begin.addDays(1), True, False))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    if job.errors():
        raise SystemExit(f"the map was not drawn: {job.errors()[0].message}")
    image = job.renderedImage()
    _write_on(image, label, "synthetic sample: no real place or count · cities: GeoNames, CC BY 4.0")
    return image


def _write_on(image, label: str, note: str) -> None:
    """The date large at the top left, the source small at the bottom."""
    from qgis.PyQt.QtCore import QRect, Qt
    from qgis.PyQt.QtGui import QColor, QFont, QPainter

    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for text, size, top in ((label, 34, 24), (note, 16, HEIGHT - 44)):
        font = QFont("Open Sans")
        font.setPixelSize(size)
        font.setBold(size > 20)
        painter.setFont(font)
        box = painter.boundingRect(QRect(24, top, WIDTH, 60), Qt.AlignmentFlag.AlignLeft, text)
        painter.fillRect(box.adjusted(-10, -6, 10, 6), QColor(255, 255, 255, 210))
        painter.setPen(QColor("#222222"))
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, text)
    painter.end()


if __name__ == "__main__":
    sys.exit(main())
