"""The demo's ledger as its first sync left it, kept in the cache for the demos of a day or two.

The world behind it is never kept: it is the same whenever it is made for the same moment, and goes
on from there. A file's name says by what it was made, for which moment, and what it holds; one of
which any of that is not true counts for nothing and is made anew. Several demos may read and write
here at once: a file is whole as soon as it has its name.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledger.errors import FileError, StoreError
from ledger.files import make_folder, write_file
from ledger.version import __version__

LASTS = timedelta(hours=36)
"""How long the scenes of a world hold: a claim that waits for two days is still there then."""

_ROOM = Path(__file__).parent
_MADE_BY = (
    "demo.py",
    "sandbox/world",
    "sandbox/views",
    "rules/rounds",
    "numerai/wire",
    "syncing",
    "store/migrations",
)
"""Where in this package it is decided what a demo's ledger holds."""

_FILE = re.compile(r"demo-([0-9a-f]{16})-(\d{8}T\d{6})Z-([0-9a-f]{32})\.sqlite3")
_MOMENT = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class KeptDemo:
    """A ledger in the cache, and the moment (UTC) that its world was made for."""

    file: Path
    built: datetime

    def content(self) -> bytes | None:
        """The ledger; ``None`` where the file is gone, unreadable, or not what it was."""
        match = _FILE.fullmatch(self.file.name)
        try:
            data = self.file.read_bytes()
        except OSError:
            return None
        return data if match is not None and match[3] == _digest(data) else None


@dataclass(frozen=True, slots=True)
class KeptDemos:
    """The ledgers in the cache at ``folder`` that this program makes by these ``settings``."""

    folder: Path
    settings: tuple[object, ...] = ()

    def newest(self, now: datetime) -> KeptDemo | None:
        """The newest one that can be gone on from at ``now``, unread."""
        key = self._key()
        usable = [
            demo
            for made_by, demo in self._all()
            if made_by == key and timedelta(0) <= now - demo.built < LASTS
        ]
        return max(usable, key=lambda demo: demo.built, default=None)

    def keep(self, ledger: bytes, built: datetime) -> None:
        """Keep a ledger whose world was made for ``built``, in place of all others.

        A cache that can't be written to is none.
        """
        moment = built.astimezone(UTC).strftime(_MOMENT)
        name = f"demo-{self._key()}-{moment}Z-{_digest(ledger)}.sqlite3"
        former = [demo.file for _, demo in self._all() if demo.file.name != name]
        with suppress(FileError, OSError):
            make_folder(self.folder)
            write_file(self.folder / name, ledger)
            for file in former:
                file.unlink(missing_ok=True)

    def _all(self) -> Iterator[tuple[str, KeptDemo]]:
        try:
            files = sorted(self.folder.iterdir())
        except OSError:
            return
        for file in files:
            match = _FILE.fullmatch(file.name)
            with suppress(ValueError):
                if match is not None:
                    built = datetime.strptime(match[2], _MOMENT).replace(tzinfo=UTC)
                    yield match[1], KeptDemo(file, built)

    def _key(self) -> str:
        """What a ledger here is made by: the program's version, its sources, numpy, settings."""
        sources = hashlib.sha256(repr((__version__, _numpy(), self.settings)).encode())
        for place in _MADE_BY:
            path = _ROOM / place
            for file in sorted(path.rglob("*.*")) if path.is_dir() else [path]:
                if file.suffix in {".py", ".sql"}:
                    sources.update(file.name.encode() + b"\0" + file.read_bytes())
        return sources.hexdigest()[:16]


def copy_of(ledger_file: Path, folder: Path) -> bytes | None:
    """The ledger at ``ledger_file`` as it stands, by way of a file in ``folder``; ``None`` where
    it can't be read."""
    from ledger.store.snapshot import snapshot

    draft = folder / f"{ledger_file.name}.copy"
    try:
        snapshot(ledger_file, draft)
        return draft.read_bytes()
    except (StoreError, OSError):
        return None
    finally:
        draft.unlink(missing_ok=True)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]


def _numpy() -> str:
    """The version of what draws the world's scores: another one may draw others."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("numpy")
    except PackageNotFoundError:
        return ""
