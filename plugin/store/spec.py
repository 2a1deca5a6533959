"""The tables that make an SQLite file a GeoPackage (OGC 12-128r18, version 1.3)."""
from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from .sql import listed, quoted, statement

#: "GPKG" in ASCII.
APPLICATION_ID = 0x47504B47
VERSION = 10300
WGS84 = 4326
UNDEFINED_CARTESIAN, UNDEFINED_GEOGRAPHIC = -1, 0
RTREE_EXTENSION = "http://www.geopackage.org/spec120/#extension_rtree"

_WGS84_WKT = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
    'AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],'
    'AUTHORITY["EPSG","4326"]]'
)
_SYSTEMS = (
    ("WGS 84 geodetic", WGS84, "EPSG", 4326, _WGS84_WKT, "longitude and latitude in degrees on WGS 84"),
    ("Undefined cartesian", UNDEFINED_CARTESIAN, "NONE", -1, "undefined", "plane coordinates of an unknown system"),
    ("Undefined geographic", UNDEFINED_GEOGRAPHIC, "NONE", 0, "undefined", "degrees of an unknown system"),
)
_TABLES = """
CREATE TABLE gpkg_spatial_ref_sys (
    srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
    organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
    table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
    last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
    table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
    z TINYINT NOT NULL, m TINYINT NOT NULL, CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
    CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (
    table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_ogr_contents (table_name TEXT NOT NULL PRIMARY KEY, feature_count INTEGER DEFAULT NULL);
"""
#: Triggers that keep the number of rows (which GDAL reads instead of counting) and the R-tree true when
#: another program edits the layer. The spatial functions are the editing program's.
_COUNT_TRIGGERS = (
    "CREATE TRIGGER {inserted} AFTER INSERT ON {table} BEGIN UPDATE gpkg_ogr_contents "
    "SET feature_count = feature_count + 1 WHERE lower(table_name) = lower({text}); END",
    "CREATE TRIGGER {deleted} AFTER DELETE ON {table} BEGIN UPDATE gpkg_ogr_contents "
    "SET feature_count = feature_count - 1 WHERE lower(table_name) = lower({text}); END",
)
_HAS_POINT = "(NEW.{geometry} NOTNULL AND NOT ST_IsEmpty(NEW.{geometry}))"
_NO_POINT = "(NEW.{geometry} ISNULL OR ST_IsEmpty(NEW.{geometry}))"
_PUT = (
    "INSERT OR REPLACE INTO {rtree} VALUES (NEW.{fid}, ST_MinX(NEW.{geometry}), ST_MaxX(NEW.{geometry}), "
    "ST_MinY(NEW.{geometry}), ST_MaxY(NEW.{geometry}));"
)
_DROP_OLD = "DELETE FROM {rtree} WHERE id = OLD.{fid};"
_DROP_BOTH = "DELETE FROM {rtree} WHERE id IN (OLD.{fid}, NEW.{fid});"
_RTREE_TRIGGERS = {
    "insert": f"AFTER INSERT ON {{table}} WHEN {_HAS_POINT} BEGIN {_PUT} END",
    "update1": f"AFTER UPDATE OF {{geometry}} ON {{table}} WHEN OLD.{{fid}} = NEW.{{fid}} AND {_HAS_POINT} "
               f"BEGIN {_PUT} END",
    "update2": f"AFTER UPDATE OF {{geometry}} ON {{table}} WHEN OLD.{{fid}} = NEW.{{fid}} AND {_NO_POINT} "
               f"BEGIN {_DROP_OLD} END",
    "update3": f"AFTER UPDATE ON {{table}} WHEN OLD.{{fid}} != NEW.{{fid}} AND {_HAS_POINT} "
               f"BEGIN {_DROP_OLD} {_PUT} END",
    "update4": f"AFTER UPDATE ON {{table}} WHEN OLD.{{fid}} != NEW.{{fid}} AND {_NO_POINT} BEGIN {_DROP_BOTH} END",
    "delete": f"AFTER DELETE ON {{table}} WHEN OLD.{{geometry}} NOTNULL BEGIN {_DROP_OLD} END",
}


@dataclass(frozen=True)
class Extent:
    """Bounds of the points in degrees."""

    min_x: float
    min_y: float
    max_x: float
    max_y: float


@dataclass(frozen=True)
class Layer:
    """The names of a table of points."""

    table: str
    fid: str
    geometry: str

    @property
    def rtree(self) -> str:
        return f"rtree_{self.table}_{self.geometry}"


def create_skeleton(db: sqlite3.Connection) -> None:
    """Make the tables that every GeoPackage of ours has."""
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {VERSION}")
    for one in _TABLES.split(";"):
        db.execute(one)
    db.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", _SYSTEMS)


def create_table(db: sqlite3.Connection, table: str, fid: str, columns: dict[str, str]) -> None:
    """Make a table with a numbered primary key; `columns` maps names to types."""
    typed = [f"{quoted(name)} {kind}" for name, kind in columns.items()]
    key = statement("{fid} INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL", fid=fid)
    db.execute(statement("CREATE TABLE {table} (", table=table) + ", ".join([key, *typed]) + ")")


def register_attributes(db: sqlite3.Connection, table: str, description: str, count: int) -> None:
    """Announce a table without geometry."""
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES (?, ?, ?, ?, ?)",
        (table, "attributes", table, description, UNDEFINED_GEOGRAPHIC),
    )
    _count_rows(db, table, count)


def register_points(db: sqlite3.Connection, layer: Layer, description: str, count: int, extent: Extent | None) -> None:
    """Announce a layer of WGS 84 points with its extent (None: no row has a point)."""
    box = (extent.min_x, extent.min_y, extent.max_x, extent.max_y) if extent else (None,) * 4
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, "
        "min_x, min_y, max_x, max_y, srs_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (layer.table, "features", layer.table, description, *box, WGS84),
    )
    db.execute("INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, ?, ?)",
               (layer.table, layer.geometry, "POINT", WGS84, 0, 0))
    _count_rows(db, layer.table, count)


def register_rtree(db: sqlite3.Connection, layer: Layer) -> None:
    """Announce the spatial index and let edits keep it true."""
    db.execute("INSERT INTO gpkg_extensions VALUES (?, ?, ?, ?, ?)",
               (layer.table, layer.geometry, "gpkg_rtree_index", RTREE_EXTENSION, "write-only"))
    for event, body in _RTREE_TRIGGERS.items():
        db.execute(statement(
            "CREATE TRIGGER {trigger} " + body, trigger=f"{layer.rtree}_{event}", rtree=layer.rtree, table=layer.table,
            geometry=layer.geometry, fid=layer.fid))


def _count_rows(db: sqlite3.Connection, table: str, count: int) -> None:
    db.execute("INSERT INTO gpkg_ogr_contents VALUES (?, ?)", (table, count))
    literal = "'" + table.replace("'", "''") + "'"
    for template in _COUNT_TRIGGERS:
        db.execute(template.format(
            table=quoted(table), text=literal, inserted=listed([f"trigger_insert_feature_count_{table}"]),
            deleted=listed([f"trigger_delete_feature_count_{table}"])))
