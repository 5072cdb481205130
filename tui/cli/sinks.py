"""Files that a command writes where the user says: nothing is lost by it unasked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ledger.errors import FileTaken
from ledger.files import is_stream, write_file

force_option = click.option("--force", is_flag=True, help="Replace FILE if it is there.")

_ADVICE = "Name another file, or give --force to replace it."


def check_free(path: Path, *, force: bool) -> None:
    """Refuse what :func:`write_sink` would, before there is anything to write.

    Raises:
        FileTaken: ``path`` is there, and is not to be replaced.
    """
    if not force and path.exists() and not is_stream(path):
        raise FileTaken(f"{path} exists already.", _ADVICE)


def write_sink(path: Path, content: bytes | str, *, force: bool) -> None:
    """Write ``content`` beside ``path``, which it then becomes; a pipe is written to as it is.

    Raises:
        FileTaken: ``path`` is there, and is not to be replaced.
        FileError: it can't be written.
    """
    with sparing():
        write_file(path, content, replace=may_replace(path, force=force))


def may_replace(path: Path, *, force: bool) -> bool:
    """Whether what is at ``path`` may be written to."""
    return force or is_stream(path)


@contextmanager
def sparing() -> Iterator[None]:
    """Where a file is there already, say how it is replaced."""
    try:
        yield
    except FileTaken as error:
        raise FileTaken(error.what, _ADVICE) from None
