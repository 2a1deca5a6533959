"""`./run demo [FILE…]`: make the sample dataset (or take the files), load it, and open QGIS on it, or (`--headless`)
write it all to build/demo.

Writes sample.csv, sample.gpkg, the project outbreak_atlas_demo.qgz that opens with the layer playing, pictures of
five dates, the five layouts as PDF and PNG, and a film of 90 days.
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
TEMPLATES = ("a4_report", "journal_single", "journal_double", "film_16x9", "poster_a3")
SYNTHETIC = "synthetic sample: no real place or count · cities: GeoNames, CC BY 4.0"
FILM, FILM_DAYS = "film.mp4", 90
#: The outbreak's turns: the first days, the eve of and the day after the new case definition in Hubei
#: (12 February), the end of the first wave, the days after Wuhan's revision (17 April).
DATES = ("2020-02-04", "2020-02-11", "2020-02-13", "2020-03-15", "2020-04-20")
WIDTH, HEIGHT = 1600, 1200
DAY_MS = 86_400_000


def main() -> int:
    """Make what is missing, then show it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="files of your own instead of the sample")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="how they are loaded: DATUM=GCJ02")
    parser.add_argument("--headless", action="store_true", help="write files and pictures, open nothing")
    parser.add_argument("--rows", type=int, default=640_000)
    parser.add_argument("--places", type=int, default=24_000)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the files go (build/demo)")
    parser.add_argument("--film", default="1920x1080", metavar="WIDTHxHEIGHT", help="the size of the film")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    if asked.headless:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    folder.mkdir(parents=True, exist_ok=True)
    from session import start_qgis

    session = start_qgis(folder.with_name(f"{folder.name}-profile"))
    dataset = folder / (f"{asked.files[0].name.split('.')[0]}.gpkg" if asked.files else DATASET)
    _make(dataset, asked)
    if asked.headless:
        _pictures(dataset)
        _layouts(dataset)
        _film(dataset, asked.film)
    sys.stdout.flush()
    del session
    if not asked.headless:
        arguments = ["--noversioncheck", "--nologo", "--profiles-path", str(ROOT / "build" / "profile")]
        os.execvp("qgis", ["qgis", *arguments, str(folder / PROJECT)])
    return 0


def _make(dataset: Path, asked: argparse.Namespace) -> None:
    """The sample, the GeoPackage and the project."""
    import processing
    from outbreak_atlas.plugin.bridge.layers import add_to_project
    from qgis.core import QgsProject

    saved = dataset.with_name(PROJECT)
    files, options = [str(path.resolve()) for path in asked.files], dict(one.split("=", 1) for one in asked.set)
    if not files:
        files, options = [_sample(dataset.parent, asked)], {"DATUM": "WGS84", "KEEP_UNCHANGED": True}
    begin = time.monotonic()
    result = processing.run("outbreakatlas:loaddataset", {"INPUT": files, **options, "OUTPUT": str(dataset)})
    print("loaded it in {:.1f} s: {:,.0f} rows read = {:,.0f} states + {:,.0f} merged + {:,.0f} duplicate "
          "+ {:,.0f} rejected".format(time.monotonic() - begin, *(result[name] for name in (
              "ROWS_READ", "STATES", "ROWS_MERGED", "ROWS_DUPLICATE", "ROWS_REJECTED"))))
    project = QgsProject.instance()
    project.clear()
    project.setTitle("Outbreak Atlas demo" if asked.files else "Outbreak Atlas demo: synthetic sample")
    add_to_project(project, dataset)
    if not project.write(str(saved)):
        raise SystemExit(f"the project could not be written: {project.error()}")
    print(f"wrote {_shown(saved)}")


def _sample(folder: Path, asked: argparse.Namespace) -> str:
    import processing

    sample, begin = folder / SAMPLE, time.monotonic()
    processing.run("outbreakatlas:makesampledataset", {
        "ROWS": asked.rows, "PLACES": asked.places, "CITIES": min(320, max(5, asked.places // 5)),
        "OUTPUT": str(sample)})
    print(f"made the synthetic sample of {asked.rows:,} reports in {time.monotonic() - begin:.1f} s")
    return str(sample)


def _layouts(dataset: Path) -> None:
    """The five templates on the day of most new cases that the demo shows, as PDF and as picture."""
    import processing

    for name in TEMPLATES:
        for suffix in ("pdf", "png"):
            path, begin = dataset.with_name(f"layout_{name}.{suffix}"), time.monotonic()
            processing.run("outbreakatlas:maplayout", {
                "INPUT": _layer_of(dataset), "TEMPLATE": name, "AT": _dates(dataset)[2], "OUTPUT": str(path)})
            print(f"wrote {_shown(path)} in {time.monotonic() - begin:.1f} s")


def _film(dataset: Path, size: str) -> None:
    """Ninety days from the first on, from the layout for films."""
    import processing
    from outbreak_atlas.plugin.bridge.description import read_description
    from outbreak_atlas.plugin.core.frames import day_text

    path, begin = dataset.with_name(FILM), time.monotonic()
    width, height = (int(one) for one in size.split("x"))
    first = read_description(dataset).period.begin_ms
    result = processing.run("outbreakatlas:exportanimation", {
        "INPUT": _layer_of(dataset), "TEMPLATE": "film_16x9", "TO": day_text(first + FILM_DAYS * DAY_MS),
        "STEP": "day", "WIDTH": width, "HEIGHT": height, "FORMAT": "mp4", "OUTPUT": str(path)})
    print("wrote {} of {:.0f} frames, {:.0f} of them drawn, in {:.1f} s".format(
        _shown(path), result["FRAMES"], result["FRAMES_RENDERED"], time.monotonic() - begin))


def _layer_of(dataset: Path) -> str:
    from outbreak_atlas.plugin.bridge.layers import layer_string

    return layer_string(dataset)


def _dates(dataset: Path) -> tuple[str, ...]:
    """The outbreak's turns as far as the dataset has them, else five days evenly."""
    from outbreak_atlas.plugin.bridge.description import read_description
    from outbreak_atlas.plugin.core.frames import day_text

    period = read_description(dataset).period
    first, last = day_text(period.begin_ms)[:10], day_text(period.end_ms - 1)[:10]
    if all(first <= date <= last for date in DATES):
        return DATES
    length = (period.end_ms - period.begin_ms - 1) // 4
    return tuple(dict.fromkeys(day_text(period.begin_ms + n * length)[:10] for n in range(5)))


def _pictures(dataset: Path) -> None:
    """One picture a date, from the project as it was saved."""
    from outbreak_atlas.plugin.bridge.description import read_description
    from outbreak_atlas.plugin.store.queries import totals_at
    from qgis.core import QgsProject
    from qgis.PyQt.QtCore import QDate, QDateTime, Qt, QTime

    project = QgsProject.instance()
    project.clear()
    if not project.read(str(dataset.with_name(PROJECT))):
        raise SystemExit(f"the project could not be read: {project.error()}")
    for date in _dates(dataset):
        begin = QDateTime(QDate.fromString(date, "yyyy-MM-dd"), QTime(0, 0), Qt.TimeSpec.UTC)
        totals = totals_at(dataset, begin.toMSecsSinceEpoch() + DAY_MS - 1)
        main = totals.iloc[0]
        label = f"{date} 24:00  ·  {main['total']:,.0f} {main['metric']}"
        path = dataset.with_name(f"frame_{date}.png")
        note = SYNTHETIC if read_description(dataset).synthetic else dataset.stem
        _draw(project, begin, label, note).save(str(path))
        print(f"wrote {_shown(path)}: {label}")


def _shown(path: Path) -> Path:
    """A path as it is said: short where it is in the checkout."""
    return path.relative_to(ROOT) if ROOT in path.parents else path


def _draw(project, begin, label: str, note: str):
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
    _write_on(image, label, note)
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
