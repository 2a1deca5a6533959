"""Reads every import of the plugin with `ast` and says which ones cross a ring.

    core  <-  store  <-  bridge  <-  algorithms, export  <-  ui  <-  entry

A module imports from its own ring or from a ring to its left.
`python tests/lint/rings.py` checks the checkout.
"""
from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: Where each ring lives, below the root, and how far from the centre it is.
RING_OF_FOLDER = {
    ("plugin", "core"): "core",
    ("plugin", "store"): "store",
    ("plugin", "bridge"): "bridge",
    ("plugin", "algorithms"): "algorithms",
    ("plugin", "export"): "export",
    ("ui",): "ui",
    ("plugin", "entry"): "entry",
}
DISTANCE = {"core": 0, "store": 1, "bridge": 2, "algorithms": 3, "export": 3, "ui": 4, "entry": 5}

GUI = frozenset({"PyQt5", "PyQt6", "PySide2", "PySide6", "sip"})
#: What a ring must not know of, beside the rings to its right.
FOREIGN = {
    "core": GUI | {"qgis", "osgeo", "gdal", "ogr", "processing", "sqlite3"},
    "store": GUI | {"qgis", "osgeo", "gdal", "ogr", "processing"},
}
#: Nobody takes Qt past qgis.PyQt, imports the plugin by its name, or touches these.
FOREIGN_EVERYWHERE = GUI | {"outbreak_atlas", "plugin", "ui", "subprocess", "random"}


@dataclass(frozen=True)
class Import:
    """One import: absolute (`level` 0) or relative, as it stands in the source."""

    line: int
    module: str
    level: int


def imports_of(source: str) -> Iterator[Import]:
    """Every import of a module, also inside functions and by `import_module("…")`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from _from_import(node)
        elif isinstance(node, ast.Call) and _is_import_call(node.func):
            yield from _called_import(node)


def _from_import(node: ast.ImportFrom) -> Iterator[Import]:
    # `from .. import core` names the module only in its list of names.
    for alias in node.names:
        parts = [node.module, alias.name] if node.module else [alias.name]
        yield Import(node.lineno, ".".join(parts), node.level)


def _is_import_call(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in ("import_module", "__import__")


def _called_import(node: ast.Call) -> Iterator[Import]:
    first = node.args[0] if node.args else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        name = first.value
        level = len(name) - len(name.lstrip("."))
        yield Import(node.lineno, name.lstrip("."), level)


def ring_of(parts: tuple[str, ...]) -> str | None:
    """The ring of a module given by its path below the root without `.py`, if it has one."""
    for length in (2, 1):
        if parts[:length] in RING_OF_FOLDER:
            return RING_OF_FOLDER[parts[:length]]
    # The root's __init__ only hands over to entry, so it stands there too.
    return "entry" if parts == ("__init__",) else None


def _target(parts: tuple[str, ...], found: Import) -> tuple[str, ...] | None:
    """The path below the root that a relative import means; None when it leaves the root."""
    above = len(parts) - found.level
    if above < 0:
        return None
    return (*parts[:above], *found.module.split("."))


def _problem(parts: tuple[str, ...], ring: str, found: Import) -> str | None:
    if found.level == 0:
        top = found.module.split(".")[0]
        if top in FOREIGN_EVERYWHERE | FOREIGN.get(ring, frozenset()):
            return f"{ring} must not import {found.module}"
        return None
    target = _target(parts, found)
    if target is None:
        return f"import of {'.' * found.level}{found.module} leaves the plugin"
    other = ring_of(target)
    if other is not None and DISTANCE[other] > DISTANCE[ring]:
        return f"{ring} must not import from {other} ({'.' * found.level}{found.module})"
    return None


def violations_in(source: str, path: str) -> list[str]:
    """What a module at `path` (below the root, with `/`) imports that it must not."""
    parts = tuple(path[: -len(".py")].split("/"))
    ring = ring_of(parts)
    if ring is None:
        return [] if _only_a_package(parts, source) else [f"{path}: belongs to no ring"]
    problems = ((found.line, _problem(parts, ring, found)) for found in imports_of(source))
    # `from x import a, b` may break the same rule twice in one line.
    return list(dict.fromkeys(f"{path}:{line}: {problem}" for line, problem in problems if problem))


def _only_a_package(parts: tuple[str, ...], source: str) -> bool:
    return parts[-1] == "__init__" and not list(imports_of(source))


def modules(root: Path) -> Iterator[Path]:
    """Every module of the plugin in a checkout."""
    yield root / "__init__.py"
    for folder in ("plugin", "ui"):
        yield from sorted((root / folder).rglob("*.py"))


def violations(root: Path) -> list[str]:
    """Every crossing in a checkout."""
    found: list[str] = []
    for path in modules(root):
        found += violations_in(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())
    return found


if __name__ == "__main__":
    crossings = violations(Path(__file__).resolve().parents[2])
    print(*crossings, sep="\n", end="\n" if crossings else "")
    sys.exit(1 if crossings else 0)
