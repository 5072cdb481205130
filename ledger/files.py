"""Files written for the user: whole or not at all, for the user's eyes, and through nobody's link.

Every file that the program writes where the user says is written by :func:`write_file`, every
folder it makes by :func:`make_folder`.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from ledger.errors import FileError, FileTaken

FOLDER_MODE = 0o700
"""Only the user may look into a folder that the program made."""

_LINKS = 40
"""So many links in one path are a circle; Linux gives up at the same number."""


def write_file(path: Path, content: bytes | str, *, replace: bool = True) -> None:
    """Put ``content``, text as UTF-8, at ``path``: all of it, or what was there stays.

    It is written beside ``path`` into a file that only the user may read, which then takes the
    name. A link is followed in a folder that only the user may write to. What is no file, such as
    a pipe or ``/dev/stdout``, is written to as it stands. ``replace=False``: only to a new name.

    Raises:
        FileTaken: ``path`` is there already, and is not to be replaced.
        FileError: it can't be written, or a link leads there that somebody else may have laid.
        BrokenPipeError: nobody reads from the pipe it is.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        folder = followed(path.parent)
        if replace and is_stream(path):
            _refuse_shared(path)
            path.write_bytes(data)
        elif replace:
            _write_beside(followed(path), data)
        else:
            _write_beside(folder / path.name, data, replace=False)
    except BrokenPipeError:
        raise
    except FileExistsError as error:
        raise FileTaken(f"{path} exists already.", "Name another file.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileError(
            f"The file {path} can't be written ({reason}).", "Choose another place."
        ) from error


def followed(path: Path) -> Path:
    """Where ``path`` leads, by links that only the user can have laid.

    Raises:
        FileError: by a link in a folder others may write to.
        OSError: in a circle.
    """
    reached, ahead, links = Path(path.absolute().anchor), list(path.absolute().parts[1:]), 0
    while ahead:
        step = reached / ahead.pop(0)
        if step.name == "..":
            reached = reached.parent
        elif step.is_symlink():
            links += 1
            if links > _LINKS:
                raise OSError(f"{path} is a circle of links")
            _refuse_shared(step)
            target = step.readlink()
            reached = Path(target.anchor) if target.is_absolute() else reached
            ahead[:0] = [part for part in target.parts if part != target.anchor]
        else:
            reached = step
    return reached


def make_folder(path: Path) -> None:
    """Make ``path`` a folder, with those on the way, that only the user may look into.

    One that is there already stays as it is.

    Raises:
        OSError: it can't be made.
    """
    for folder in reversed([path, *path.parents]):
        if not folder.is_dir():
            folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def _write_beside(path: Path, data: bytes, *, replace: bool = True) -> None:
    import tempfile

    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if not replace:
            path.touch(mode=0o600, exist_ok=False)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Have the new name on disk too, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def is_stream(path: Path) -> bool:
    """Whether what is at ``path`` is written to as it stands: a pipe, a terminal."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _refuse_shared(path: Path) -> None:
    """Take no link, pipe or device where somebody else may have put it.

    Raises:
        FileError: others may write to its folder.
    """
    folder = path.absolute().parent
    if os.name == "posix" and folder.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        what = "a link" if path.is_symlink() else "no ordinary file"
        raise FileError(
            f"{path} is {what}, in a folder others may write to; nothing was written.",
            "Somebody else may have put it there: name a file, or another folder.",
        )
