"""Makes the checkout importable as package `outbreak_atlas`, whatever its folder is called."""
from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "outbreak_atlas"
#: The real datasets stand beside the checkout; the variable names them elsewhere.
SHARED_DATA = Path(os.environ.get("OUTBREAK_ATLAS_DATA") or ROOT.parent / "shared" / "data")


def register_package(root: Path = ROOT, name: str = PACKAGE) -> ModuleType:
    """Import the root as QGIS would through its link, without a change of `sys.path`."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(
        name, root / "__init__.py", submodule_search_locations=[str(root)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{root} cannot be imported as a package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


register_package()


def _why_no_shared_data() -> str | None:
    return None if SHARED_DATA.is_dir() else f"the real datasets are not at {SHARED_DATA}"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of the real datasets; without it the test is skipped and says so."""
    reason = _why_no_shared_data()
    if reason is not None:
        pytest.skip(reason)
    return SHARED_DATA


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return ROOT


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their suite, and skip those that need data which is not here."""
    reason = _why_no_shared_data()
    for item in items:
        suite = item.path.relative_to(ROOT / "tests").parts[0] if ROOT / "tests" in item.path.parents else ""
        if suite in ("qgis", "desktop"):
            item.add_marker(suite)
        if reason is not None and item.get_closest_marker("shared_data") is not None:
            item.add_marker(pytest.mark.skip(reason=reason))
