"""Layout templates: those that ship with the plugin, a user's own file, a layout of the project."""
from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from qgis.core import (
    QgsLayoutItemMap,
    QgsPrintLayout,
    QgsProject,
    QgsReadWriteContext,
)
from qgis.PyQt.QtXml import QDomDocument

from ..bridge.translation import tr
from ..core.errors import AtlasError

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "layouts"
SUFFIX = ".qpt"
MAIN_MAP = "map"
#: PDF knows pages of up to 14,400 points.
_LEAST_PAGE_MM, _MOST_PAGE_MM, _LEAST_MAP_MM = 5.0, 5_080.0, 1.0
_TITLES = (
    ("a4_report", "A4 report, landscape"),
    ("journal_single", "Journal, single column (85 mm)"),
    ("journal_double", "Journal, double column (180 mm)"),
    ("film_16x9", "Film, 16:9"),
    ("poster_a3", "A3 poster, landscape"),
    ("city_atlas", "Atlas by city, A4"),
)


@dataclass(frozen=True)
class Template:
    """`name` is what a parameter calls it, `title` words for people; a layout of the project has no `path`."""

    name: str
    path: Path | None
    title: str

    @property
    def is_of_project(self) -> bool:
        return self.path is None


def shipped_templates() -> tuple[Template, ...]:
    """Those of the plugin that are there, the most used first."""
    known = tuple(Template(name, FOLDER / (name + SUFFIX), tr(title)) for name, title in _TITLES)
    return tuple(template for template in known if template.path is not None and template.path.is_file())


def templates_of_project(project: QgsProject) -> tuple[Template, ...]:
    """The print layouts of a project, which serve as templates."""
    layouts = project.layoutManager().printLayouts()
    return tuple(template_of_project(layout.name()) for layout in layouts)


def template_of_project(name: str) -> Template:
    """The print layout of a project that was chosen from a list, though a shipped template may have the same name."""
    return Template(name, None, name)


def find_template(text: str, project: QgsProject | None = None) -> Template:
    """The template of this name: one that ships, a file, or a layout of the project. Case does not matter where no name
    is written just so."""
    wanted = text.strip().strip('"')
    known = (*shipped_templates(), *(templates_of_project(project) if project is not None else ()))
    just_so = [one for one in known if one.name == wanted]
    found = just_so or [one for one in known if _bare(one.name) == _bare(wanted)]
    if found:
        return found[0]
    path = _file_of(wanted)
    if path is None:
        raise AtlasError(tr(
            "There is no layout template “{name}”: choose one of {names}, a .qpt file, or a layout of the project."
        ).format(name=wanted, names=", ".join(template.name for template in shipped_templates())))
    return Template(path.stem, path, path.stem)


def _bare(name: str) -> str:
    return name.casefold().removesuffix(SUFFIX)


def _file_of(text: str) -> Path | None:
    """The file that a text names, with or without its ending."""
    if not text:
        return None
    candidates = (Path(text).expanduser(), Path(text + SUFFIX).expanduser())
    # Not by pathlib, which raises an error of names that are too long.
    return next((path for path in candidates if os.path.isfile(path)), None)  # noqa: PTH113


def new_layout(project: QgsProject, template: Template) -> QgsPrintLayout:
    """The template as a layout that is not in the project's list; an error for a broken one or one without a map."""
    layout = _copy_of_project(project, template) if template.path is None else _read(project, template.path)
    _refuse_size(main_map(layout), layout)
    return layout


def _refuse_size(main: QgsLayoutItemMap, layout: QgsPrintLayout) -> None:
    """Pages that no paper, picture or reader of PDF has, and maps on which nothing is seen."""
    pages = layout.pageCollection().pages()
    if not pages:
        raise AtlasError(tr("The template “{name}” has no page: add one to it.").format(name=layout.name()))
    for number, page in enumerate(pages, 1):
        width_mm, height_mm = page.rect().width(), page.rect().height()
        if not (_LEAST_PAGE_MM <= width_mm <= _MOST_PAGE_MM and _LEAST_PAGE_MM <= height_mm <= _MOST_PAGE_MM):
            raise AtlasError(tr(
                "Page {number} of the template “{name}” is {width} × {height} mm: give it sides of {least} to {most} "
                "mm.").format(number=number, name=layout.name(), width=f"{width_mm:,.6g}", height=f"{height_mm:,.6g}",
                              least=f"{_LEAST_PAGE_MM:g}", most=f"{_MOST_PAGE_MM:,g}"))
    if min(main.rect().width(), main.rect().height()) < _LEAST_MAP_MM:
        raise AtlasError(tr("The map of the template “{name}” is {width} × {height} mm: make it larger.").format(
            name=layout.name(), width=f"{main.rect().width():.3g}", height=f"{main.rect().height():.3g}"))


def _copy_of_project(project: QgsProject, template: Template) -> QgsPrintLayout:
    found = project.layoutManager().layoutByName(template.name)
    if found is None:
        raise AtlasError(tr("The project has no layout “{name}” any more.").format(name=template.name))
    return found.clone()


def _read(project: QgsProject, path: Path) -> QgsPrintLayout:
    document = QDomDocument()
    try:
        # Bytes: the file says its own encoding.
        parsed = document.setContent(path.read_bytes())
    except OSError as problem:
        raise AtlasError(tr("The template {file} cannot be read.").format(file=path.name), str(problem)) from problem
    if not (parsed[0] if isinstance(parsed, tuple) else parsed) or document.documentElement().tagName() != "Layout":
        raise _broken(path)
    layout = QgsPrintLayout(project)
    _, understood = layout.loadFromTemplate(document, QgsReadWriteContext(), True)
    if not understood:
        raise _broken(path)
    layout.setName(path.stem)
    return layout


def _broken(path: Path) -> AtlasError:
    return AtlasError(tr(
        "{file} is not a layout template of QGIS, or it is broken: save it again with Layout, Save as Template."
    ).format(file=path.name))


def main_map(layout: QgsPrintLayout) -> QgsLayoutItemMap:
    """The map with the id `map`, else the largest one."""
    maps = [item for item in layout.items() if isinstance(item, QgsLayoutItemMap)]
    if not maps:
        raise AtlasError(tr("The template “{name}” has no map: add one to it.").format(name=layout.name()))
    named = [item for item in maps if item.id() == MAIN_MAP]
    return named[0] if named else max(maps, key=lambda item: item.rect().width() * item.rect().height())
