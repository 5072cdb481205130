"""Who could have written a file: one that says what to run and whom to talk to has to be the
user's own."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

_ROOT = 0
_ACCESS_LIST = "system.posix_acl_access"


def foreign_hand(path: Path, opened: os.stat_result) -> str | None:
    """How somebody other than the user and root could have written ``path``, in words; ``None``
    where nobody could, or where files have no such owners (Windows).

    ``opened`` is the file as it was opened. Who may write its folder may put another one there,
    a link to anything included; in a folder like /tmp only one of their own.
    """
    if os.name != "posix":
        return None
    flaws = (_flaw(place, status) for place, status in _places(path, opened))
    return next((flaw for flaw in flaws if flaw is not None), None)


def _places(path: Path, opened: os.stat_result) -> Iterator[tuple[Path, os.stat_result]]:
    """The file, the folder it is named in, and where a link leads."""
    yield path, opened
    folder, real = path.absolute().parent, path.resolve()
    yield folder, folder.stat()
    if path.is_symlink():
        yield path, path.lstat()
    if real.parent != folder:
        yield real.parent, real.parent.stat()


def _flaw(place: Path, status: os.stat_result) -> str | None:
    mode = status.st_mode
    if status.st_uid not in {_ROOT, os.geteuid()}:
        return f"{place} belongs to {_user(status.st_uid)}"
    if stat.S_ISLNK(mode) or (stat.S_ISDIR(mode) and mode & stat.S_ISVTX):
        return None
    if mode & stat.S_IWOTH:
        return f"everybody may write {place}"
    if mode & stat.S_IWGRP and _has_list(place):
        return f"others are in the access list of {place}"
    if mode & stat.S_IWGRP and _is_shared(status.st_gid):
        return f"the group {_group(status.st_gid)} may write {place}"
    return None


def _has_list(place: Path) -> bool:
    """Whether a list (ACL) names people beside owner and group, for whom the group's right to
    write stands as well."""
    try:
        return bool(os.getxattr(place, _ACCESS_LIST))
    except (OSError, AttributeError):  # none, or a system without such attributes
        return False


def _is_shared(group: int) -> bool:
    """Whether anybody else is in it. Many systems give every user a group of their own."""
    import grp
    import pwd

    trusted = {_ROOT, os.geteuid()}
    people = pwd.getpwall()
    if any(one.pw_gid == group and one.pw_uid not in trusted for one in people):
        return True
    try:
        members = set(grp.getgrgid(group).gr_mem)
    except KeyError:
        return group != os.getegid()
    return bool(members - {one.pw_name for one in people if one.pw_uid in trusted})


def _user(number: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _group(number: int) -> str:
    import grp

    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
