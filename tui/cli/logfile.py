"""The log: one small rotating file that only its owner can read; the terminal gets none of it."""

from __future__ import annotations

import io
import logging
import os
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path

from ledger.domain.text import lines
from ledger.errors import FileError
from ledger.files import followed, make_folder
from tui.cli.manner import MANNER

_MEGABYTE = 1_000_000
_KEPT = 2
_AUTHORISATION = re.compile(r"(?i)(token\s+)\S+")
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class PrivateFileHandler(RotatingFileHandler):
    """Creates its files readable by their owner only."""

    def _open(self) -> io.TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")


class WithoutKeys(logging.Formatter):
    """Leaves out whatever looks like the value of an authorisation header, tracebacks included,
    and what would steer the terminal of who reads it."""

    def format(self, record: logging.LogRecord) -> str:
        return lines(_AUTHORISATION.sub(r"\1…", super().format(record)))


def log_to(path: Path) -> None:
    """Send everything worth keeping to ``path``, and nothing to the terminal.

    A folder that can't be written costs the log, not the program; so does a link in one that
    others may write to. Warnings that libraries would print end here, too.
    """
    handler: logging.Handler
    try:
        make_folder(path.parent)
        handler = PrivateFileHandler(followed(path), maxBytes=_MEGABYTE, backupCount=_KEPT)
    except (OSError, FileError):
        handler = logging.NullHandler()
    handler.setFormatter(WithoutKeys(_FORMAT))
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    root = logging.getLogger()
    root.handlers[:] = [handler, *_told()]
    root.setLevel(logging.WARNING)
    for name in ("ledger", "tui"):
        logging.getLogger(name).setLevel(logging.INFO)


def _told() -> list[logging.Handler]:
    """The same on standard error, where that is asked for."""
    if not MANNER.verbose:
        return []
    handler = logging.StreamHandler()
    handler.setFormatter(WithoutKeys(_FORMAT))
    return [handler]


def log_file() -> Path | None:
    """Where the log goes; ``None`` when there is none."""
    handlers = logging.getLogger().handlers
    files = [handler for handler in handlers if isinstance(handler, PrivateFileHandler)]
    return Path(files[0].baseFilename) if files else None
