"""The project's SQLite file: schema, migrations, connections."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from pathlib import Path

from seisgui.errors import FailureError, InputError

log = logging.getLogger(__name__)

FILE_NAME = "project.sqlite"
APPLICATION_ID = 0x5E15  # tells our file from any other SQLite file
BUSY_S = 10.0

# one script a schema version; never change a published one, append
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE datasets (
        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, axes TEXT, position INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE volumes (
        id TEXT PRIMARY KEY, dataset_id TEXT NOT NULL REFERENCES datasets(id), name TEXT NOT NULL,
        relative TEXT, absolute TEXT NOT NULL, fingerprint TEXT NOT NULL, layout TEXT, axes TEXT,
        position INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE label_sets (
        id TEXT PRIMARY KEY, dataset_id TEXT NOT NULL REFERENCES datasets(id), name TEXT NOT NULL,
        author TEXT NOT NULL, lattice TEXT NOT NULL, classes TEXT NOT NULL, next_class_id INTEGER NOT NULL,
        flushed_revision INTEGER NOT NULL, position INTEGER NOT NULL, UNIQUE (dataset_id, name)
    ) WITHOUT ROWID;
    CREATE TABLE bricks (
        label_set_id TEXT NOT NULL REFERENCES label_sets(id), i INTEGER NOT NULL, x INTEGER NOT NULL,
        z INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (label_set_id, i, x, z)
    );
    CREATE TABLE entries (
        id INTEGER PRIMARY KEY, text TEXT NOT NULL, dataset_id TEXT NOT NULL, label_set_id TEXT,
        operations TEXT NOT NULL, region TEXT, voxels INTEGER NOT NULL, payload BLOB, payload_file TEXT,
        state TEXT NOT NULL CHECK (state IN ('done', 'undone', 'discarded')), created TEXT NOT NULL
    );
    CREATE INDEX entries_by_state ON entries (state, id);
    CREATE TABLE changes (
        revision INTEGER PRIMARY KEY, entry_id INTEGER NOT NULL REFERENCES entries(id),
        forward INTEGER NOT NULL, created TEXT NOT NULL
    );
    CREATE TABLE horizons (
        id TEXT PRIMARY KEY, dataset_id TEXT NOT NULL REFERENCES datasets(id), name TEXT NOT NULL,
        kind TEXT NOT NULL, source TEXT NOT NULL, data BLOB NOT NULL, position INTEGER NOT NULL
    );
    CREATE TABLE runs (id TEXT PRIMARY KEY, created TEXT NOT NULL, stamp TEXT NOT NULL, record TEXT NOT NULL);
    CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    """,
    """
    CREATE TABLE pick_sets (
        id TEXT PRIMARY KEY, dataset_id TEXT NOT NULL REFERENCES datasets(id), name TEXT NOT NULL,
        author TEXT NOT NULL, next_pick_id INTEGER NOT NULL, position INTEGER NOT NULL, UNIQUE (dataset_id, name)
    ) WITHOUT ROWID;
    CREATE TABLE picks (
        pick_set_id TEXT NOT NULL REFERENCES pick_sets(id), id INTEGER NOT NULL, record TEXT NOT NULL,
        phase TEXT NOT NULL, time REAL NOT NULL, uncertainty REAL, polarity TEXT NOT NULL, provenance TEXT NOT NULL,
        probability REAL, run_id TEXT, method TEXT NOT NULL, weight REAL NOT NULL, PRIMARY KEY (pick_set_id, id)
    ) WITHOUT ROWID;
    """,
)


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions are opened by name.

    A connection may move to another thread, but only one thread uses it.
    """
    uri = path.resolve().as_uri()
    query = "?mode=ro" if read_only else "?mode=rwc"
    try:
        connection = sqlite3.connect(
            uri + query, uri=True, isolation_level=None, timeout=BUSY_S, check_same_thread=False
        )
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.DatabaseError as error:
        if not read_only or not path.is_file():
            raise unreadable(path, error) from error
        connection = connect_immutable(path, uri)
    return connection


def connect_immutable(path: Path, uri: str) -> sqlite3.Connection:
    """For a folder that nobody may write, where SQLite cannot make its side files."""
    try:
        connection = sqlite3.connect(
            uri + "?mode=ro&immutable=1", uri=True, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise unreadable(path, error) from error
    return connection


def unreadable(path: Path, error: Exception) -> InputError:
    """The sentence for a project file that SQLite refuses."""
    return InputError(
        f"The project file {path} cannot be read: {error}.",
        "Restore the project folder from a copy; the SEG-Y files are untouched.",
    )


def schema_version(connection: sqlite3.Connection) -> int:
    """Schema version of an open file; 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_schema(connection: sqlite3.Connection, path: Path) -> int:
    """Schema version of one of our files; ``InputError`` for foreign and newer ones."""
    version = schema_version(connection)
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if version and application != APPLICATION_ID:
        raise InputError(f"{path} is a database of another program.", "Choose a project made by this program.")
    if version > len(MIGRATIONS):
        raise InputError(
            f"{path.parent} was written by a newer version of the program (schema {version}, "
            f"this one knows {len(MIGRATIONS)}).",
            "Update the program.",
        )
    return version


def migrate(path: Path) -> None:
    """Bring the file to the newest schema, each step one transaction; a copy of the old file stays beside it."""
    connection = connect(path, read_only=False)
    try:
        version = check_schema(connection, path)
        if 0 < version < len(MIGRATIONS):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copyfile(path, path.with_name(f"{path.stem}.schema{version}.bak"))
        for number in range(version, len(MIGRATIONS)):
            log.info("schema %d of %s", number + 1, path)
            connection.executescript(
                f"BEGIN IMMEDIATE;\n{MIGRATIONS[number]}\nPRAGMA application_id = {APPLICATION_ID};"
                f"\nPRAGMA user_version = {number + 1};\nCOMMIT;"
            )
    except sqlite3.DatabaseError as error:
        raise unreadable(path, error) from error
    finally:
        connection.close()


def set_durability(connection: sqlite3.Connection, network: bool) -> str:
    """Journal mode for the disk at hand; returns the mode that SQLite took.

    WAL survives a killed process without an fsync a commit; on a network mount its shared memory does not work.
    """
    wanted = "TRUNCATE" if network else "WAL"
    mode = str(connection.execute(f"PRAGMA journal_mode = {wanted}").fetchone()[0]).upper()
    connection.execute(f"PRAGMA synchronous = {'NORMAL' if mode == 'WAL' else 'FULL'}")
    return mode


def require_space(error: Exception, path: Path) -> FailureError:
    """The sentence for a project that cannot be written."""
    return FailureError(
        f"The project {path} cannot be written: {error}. The latest edits are in memory only.",
        "Free space or restore access to the disk; writing is tried again by itself.",
    )
