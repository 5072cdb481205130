"""The ledger's files on disk: private to the user, with backups beside the ledger."""

from __future__ import annotations

import os
from pathlib import Path

from ledger.files import make_folder

FILE_MODE = 0o600
"""Only the user may read and write: a ledger tells what its owner holds."""


def create_private(path: Path) -> None:
    """Make ``path`` an empty file only its owner can read, unless it is there already.

    Folders on the way are made private too.
    """
    make_folder(path.parent)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, FILE_MODE))


def make_private(path: Path) -> None:
    """Take away what others may do with ``path``, and the files SQLite keeps beside it."""
    for file in (path, beside(path, "-wal"), beside(path, "-shm")):
        if file.exists() and file.stat().st_mode & 0o077:
            file.chmod(FILE_MODE)


def beside(path: Path, ending: str) -> Path:
    """The file next to ``path`` whose name goes on with ``ending``."""
    return path.with_name(path.name + ending)


def new_backup(path: Path, migration: int) -> Path:
    """A name that is still free for the copy made before ``migration``."""
    backup = beside(path, f".before-{migration:04}.bak")
    copy = 1
    while backup.exists():
        copy += 1
        backup = beside(path, f".before-{migration:04}-{copy}.bak")
    return backup


def newest_backup(path: Path) -> Path | None:
    """The last copy made of this ledger, ``None`` when there is none."""
    name = f"{path.name}.before-"
    backups = [
        file
        for file in _neighbours(path)
        if file.name.startswith(name) and file.name.endswith(".bak")
    ]
    return max(backups, key=lambda file: file.stat().st_mtime_ns, default=None)


def _neighbours(path: Path) -> list[Path]:
    """The files in the same folder; none where it can't be listed."""
    try:
        return list(path.parent.iterdir())
    except OSError:
        return []


def size(path: Path) -> int:
    """How many bytes, 0 when there is no such file."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
