"""Makes the checkout importable as package `outbreak_atlas`, whatever its folder is called."""
from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from session import register_package

ROOT = Path(__file__).resolve().parents[1]
#: The real datasets stand beside the checkout; the variable names them elsewhere.
SHARED_DATA = Path(os.environ.get("OUTBREAK_ATLAS_DATA") or ROOT.parent / "shared" / "data")

# A busy machine is no reason to fail.
settings.register_profile("atlas", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("atlas")

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


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their length: packed ones hold the second, and processes that share the tests must agree."""
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their suite, and skip those that need data which is not here."""
    reason = _why_no_shared_data()
    for item in items:
        suite = item.path.relative_to(ROOT / "tests").parts[0] if ROOT / "tests" in item.path.parents else ""
        if suite in ("qgis", "desktop"):
            item.add_marker(suite)
        if reason is not None and item.get_closest_marker("shared_data") is not None:
            item.add_marker(pytest.mark.skip(reason=reason))
