"""Finds Python that runs on Qt 5 and not on Qt 6, or past `qgis.PyQt`, without running it.

`python tests/lint/qt6.py [FILE…]` checks the plugin's modules, the tests and the forms. What it looks for:
unscoped enums (`Qt.AlignLeft` for `Qt.AlignmentFlag.AlignLeft`), `exec_()` and its kin, `QVariant.Int` for
`QMetaType.Type.Int`, classes and calls that Qt 6 has no more, overloaded signals picked by index,
PyQt by name.
"""
from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path

#: Classes that Qt 6 dropped or moved away, and what to take instead.
GONE_CLASSES = {
    "QRegExp": "QRegularExpression",
    "QRegExpValidator": "QRegularExpressionValidator",
    "QDesktopWidget": "QGuiApplication.screens()",
    "QTextCodec": "Python's codecs",
    "QStringList": "list",
    "QMatrix": "QTransform",
    "QGLWidget": "QOpenGLWidget",
    "QWebView": "QTextBrowser",
    "QWebEngineView": "QTextBrowser",
    "QtWebKit": "QTextBrowser",
    "QtWebKitWidgets": "QTextBrowser",
    "QtWebEngineWidgets": "QTextBrowser",
    "QtScript": "nothing",
    "QtXmlPatterns": "nothing",
    "qApp": "QApplication.instance()",
}
#: Methods that Qt 6 dropped, whatever object they are called on.
GONE_METHODS = {
    "exec_": "exec",
    "print_": "print",
    "toTime_t": "toSecsSinceEpoch",
    "setTime_t": "setSecsSinceEpoch",
    "fromTime_t": "fromSecsSinceEpoch",
    "setTabStopWidth": "setTabStopDistance",
    "setResizeMode": "setSectionResizeMode",
    "setCodec": "setEncoding",
}
#: Only these have overloads that code used to pick by an index; other subscripts are Python's own.
OVERLOADED_SIGNALS = frozenset({
    "activated", "highlighted", "currentIndexChanged", "valueChanged", "buttonClicked", "buttonToggled",
    "triggered", "clicked", "finished", "textActivated", "sourceModelChanged",
})
#: `QVariant()` is a null on both; its members are types of Qt 5.
_QVARIANT_MEMBER = "QMetaType.Type"
_ENUM_MEMBER = re.compile(r"[A-Z]\w*$")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*$")


class _Reader(ast.NodeVisitor):
    """Collects (line, problem) pairs of one module."""

    def __init__(self) -> None:
        self.problems: list[tuple[int, str]] = []
        self._sources: dict[str, str] = {}
        self._inner: set[int] = set()
        self._of_qgis: set[int] = set()

    def _say(self, node: ast.AST, problem: str) -> None:
        self.problems.append((getattr(node, "lineno", 0), problem))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._check_module(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        self._check_module(node, module)
        if not module.startswith("qgis"):
            return
        for alias in node.names:
            self._sources[alias.asname or alias.name] = module
            if alias.name in GONE_CLASSES:
                self._say(node, f"{alias.name} is not in Qt 6: {GONE_CLASSES[alias.name]}")

    def _check_module(self, node: ast.AST, module: str) -> None:
        top = module.split(".")[0]
        if top in ("PyQt5", "PyQt6", "PySide2", "PySide6", "sip"):
            self._say(node, f"{module}: take it from qgis.PyQt")
        elif module.startswith("qgis.PyQt.") and module.split(".")[2] in GONE_CLASSES:
            self._say(node, f"{module} is not in Qt 6: {GONE_CLASSES[module.split('.')[2]]}")

    def visit_Call(self, node: ast.Call) -> None:
        # Of a name that QGIS's own class has as well: it is told from Qt's by the enum that it takes.
        if any(isinstance(part, ast.Name) and part.id.startswith("Qgs") for one in node.args for part in ast.walk(one)):
            self._of_qgis.add(id(node.func))
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        # In Qt.AlignmentFlag.AlignLeft only the inner attribute is read from the class, and it is the scope.
        if isinstance(node.value, ast.Attribute):
            self._inner.add(id(node.value))
        if node.attr in GONE_METHODS and id(node) not in self._of_qgis:
            self._say(node, f".{node.attr}() is not in Qt 6: {GONE_METHODS[node.attr]}")
        if id(node) not in self._inner:
            self._check_enum(node)
        self.generic_visit(node)

    def _check_enum(self, node: ast.Attribute) -> None:
        module, owner = self._owner(node.value)
        if not module or not _ENUM_MEMBER.match(node.attr):
            return
        if owner == "QVariant":
            self._say(node, f"QVariant.{node.attr}: {_QVARIANT_MEMBER}.{node.attr}")
        elif _is_unscoped(module, owner, node.attr):
            self._say(node, f"{owner}.{node.attr} is an unscoped enum: {owner}.<Enum>.{node.attr}")

    def _owner(self, value: ast.expr) -> tuple[str, str]:
        """Module and class an attribute is read from, for `Qt.X` and `QtCore.Qt.X`; else empty."""
        if isinstance(value, ast.Name):
            return self._sources.get(value.id, ""), value.id
        if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
            package = value.value.id
            if self._sources.get(package) == "qgis.PyQt":
                return f"qgis.PyQt.{package}", value.attr
        return "", ""

    def visit_Subscript(self, node: ast.Subscript) -> None:
        signal = node.value
        if isinstance(signal, ast.Attribute) and signal.attr in OVERLOADED_SIGNALS:
            self._say(node, f"{signal.attr}[…] picks an overload that Qt 6 has not")
        self.generic_visit(node)


def _is_unscoped(module: str, owner: str, name: str) -> bool:
    """Ask the class itself where it can be had; else judge by the name alone."""
    try:
        found = getattr(getattr(import_module(module), owner), name)
    except (ImportError, AttributeError):
        # QGIS's own classes write their constants like this, Qt's have no constants.
        return not (owner.startswith("Qgs") and _CONSTANT.match(name))
    return isinstance(found, (int, Enum)) and type(found) not in (int, bool)


def problems_in(source: str, path: str = "<source>") -> list[str]:
    """What in a module would not run on Qt 6."""
    reader = _Reader()
    reader.visit(ast.parse(source))
    return [f"{path}:{line}: {problem}" for line, problem in sorted(set(reader.problems))]


_FORM_HEADER = re.compile(r"<class>(QWebView|QWebEngineView|QGLWidget)</class>")


def problems_in_form(text: str, path: str) -> list[str]:
    """What in a Qt Designer form Qt 6 cannot build."""
    return [f"{path}: {name} is not in Qt 6: {GONE_CLASSES[name]}" for name in _FORM_HEADER.findall(text)]


def sources(root: Path) -> Iterator[Path]:
    """The checkout's own modules and forms."""
    yield root / "__init__.py"
    for folder in ("plugin", "ui", "tests", ".ci"):
        yield from sorted((root / folder).rglob("*.py"))
    yield from sorted((root / "ui").rglob("*.ui"))


def problems(paths: list[Path], root: Path) -> list[str]:
    """Everything found in files, named as seen from `root`."""
    found: list[str] = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        name = path.resolve().relative_to(root).as_posix()
        found += problems_in_form(text, name) if path.suffix == ".ui" else problems_in(text, name)
    return found


if __name__ == "__main__":
    checkout = Path(__file__).resolve().parents[2]
    report = problems([Path(name) for name in sys.argv[1:]] or list(sources(checkout)), checkout)
    print(*report, sep="\n", end="\n" if report else "")
    sys.exit(1 if report else 0)
