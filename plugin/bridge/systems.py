"""Coordinate reference systems whose definition QGIS let go, made anew.

QGIS keeps a system by its name for the whole program, and its definition belongs to the thread that asked for it first.
When that thread ends (of a pool of threads, those that were idle for 30 seconds) and another one had used the system
too, it stays among those kept and “valid”, but has no definition: no WKT, so that files are written without a system
or not at all, and transforms that leave coordinates as they are.
"""
from __future__ import annotations

from qgis.core import Qgis, QgsCoordinateReferenceSystem, QgsCoordinateTransform, QgsCoordinateTransformContext


def sound(crs: QgsCoordinateReferenceSystem) -> QgsCoordinateReferenceSystem:
    """The same system with its definition. For any thread."""
    if not crs.isValid() or crs.toWkt(Qgis.CrsWktVariant.Preferred):
        return crs
    forget_kept()
    known = crs.authid()
    return QgsCoordinateReferenceSystem(known) if known else QgsCoordinateReferenceSystem.fromProj(crs.toProj())


def transform_between(
    source: QgsCoordinateReferenceSystem, target: QgsCoordinateReferenceSystem
) -> QgsCoordinateTransform:
    """The transform from one system to another, which leaves coordinates as they are only if one of them is invalid."""
    source, target = sound(source), sound(target)
    way = QgsCoordinateTransform(source, target, QgsCoordinateTransformContext())
    if source.isValid() and target.isValid() and not way.isValid():  # was made, and kept, while one had no definition
        forget_kept()
        way = QgsCoordinateTransform(source, target, QgsCoordinateTransformContext())
    return way


def forget_kept() -> None:
    """Have QGIS make systems and transforms anew when they are asked for the next time, by the thread that asks."""
    QgsCoordinateReferenceSystem.invalidateCache()
    QgsCoordinateTransform.invalidateCache()
