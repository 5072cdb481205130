"""The file system a ledger is on: what it is called, whether it has room, whether it can lock."""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

from ledger.dataclass import dataclass

MOUNTS = Path("/proc/self/mountinfo")
"""Where Linux lists what is mounted where."""

NETWORKED = frozenset(
    {"9p", "afs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.cephfs"}
)
"""Kinds that other machines may have at the same time."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""Errors of a disk, or a quota, that is full."""

LOCKLESS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})
"""Errors of a file system that has no locks; another's lock is an error of another kind."""

_ROOM = 256 * 1024
"""Bytes below which a disk is full for SQLite, which may need some beside the file."""

_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class FileSystem:
    """``kind`` is what Linux calls it, ``mounted`` where it is."""

    kind: str
    mounted: str

    def __str__(self) -> str:
        return f"{self.kind} at {self.mounted}"

    @property
    def networked(self) -> bool:
        """Whether other machines may have it too."""
        return self.kind in NETWORKED


def file_system(path: Path) -> FileSystem | None:
    """What ``path`` is on; ``None`` where nobody tells."""
    try:
        lines = MOUNTS.read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return None
    place = path.resolve()
    mounts = [mount for mount in map(_mount, lines) if place.is_relative_to(mount.mounted)]
    # Of those at one place the last one covers the others.
    return max(reversed(mounts), key=lambda mount: len(mount.mounted), default=None)


def _mount(line: str) -> FileSystem:
    before, _, after = line.partition(" - ")
    point = before.split()[4]
    mounted = _ESCAPED.sub(lambda code: chr(int(code[1], 8)), point)
    return FileSystem(after.split()[0], mounted)


def can_lock(folder: Path) -> bool:
    """Whether files in ``folder`` can be locked in both ways that are used; yes where it can't be
    tried."""
    try:
        import fcntl
    except ImportError:
        return True
    import tempfile

    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in LOCKLESS
    return True


def is_full(folder: Path) -> bool:
    """Whether there is no room for the user in ``folder``."""
    try:
        space = os.statvfs(folder)
    except (AttributeError, OSError):
        return False
    return space.f_bavail * space.f_frsize < _ROOM
