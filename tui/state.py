"""What the app remembers for its user from one run to the next: columns, recent commands.

None of it is worth an error: what can't be read is forgotten, what can't be written is remembered
until the app ends, and the log says so. Several apps may run on one profile: each puts what it has
changed into the file as that stands then.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.errors import LedgerError

if TYPE_CHECKING:
    from filelock import FileLock

log = logging.getLogger(__name__)

Value = str | int | bool | list[str]
"""What can be remembered."""

_PATIENCE = 2.0
"""Seconds for which another process may hold the file."""

_NO_ADVICE = "It is written anew when there is something to remember."


class State:
    """Values by room and name, in memory at once and on disk soon after.

    ``saver`` is called when there is something for :meth:`save` to write, and has it done off the
    UI thread; without one it waits for the next call.
    """

    def __init__(self, file: Path | None) -> None:
        self.saver: Callable[[], object] = lambda: None
        self._file = file
        self._rooms: dict[str, dict[str, Value]] | None = None if file else {}
        self._unsaved: dict[tuple[str, str], Value | None] = {}
        self._memory = threading.Lock()
        self._saving = threading.Lock()

    @classmethod
    def open(cls, file: Path | None) -> State:
        """What ``file`` remembers, read when it is first asked for; ``None``: memory alone."""
        return cls(file)

    def read(self) -> None:
        """Read the file now, unless that was done."""
        with self._memory:
            self._read()

    def get(self, room: str, name: str) -> Value | None:
        """The value remembered under ``name`` in ``room``, ``None`` where there is none."""
        with self._memory:
            value = self._read().get(room, {}).get(name)
        return list(value) if isinstance(value, list) else value

    def put(self, room: str, name: str, value: Value | None) -> None:
        """Remember ``value``; ``None`` forgets what was there."""
        value = _encodable(value)
        with self._memory:
            rooms = self._read()
            before = rooms.get(room, {}).get(name)
            if before == value and type(before) is type(value):
                return
            _set(rooms, room, name, value)
            if self._file is not None:
                self._unsaved[room, name] = value
        self.saver()

    def save(self) -> None:
        """Write what was put since the last time; takes the time that a disk does."""
        with self._saving:
            with self._memory:
                unsaved = dict(self._unsaved)
            if self._file is None or not unsaved:
                return
            try:
                self._merge(self._file, unsaved)
            except (LedgerError, OSError) as error:  # among the latter, a lock that is held
                log.warning("What to remember can't be written: %s", error)
                return
            with self._memory:
                for key, value in unsaved.items():
                    if key in self._unsaved and self._unsaved[key] == value:
                        del self._unsaved[key]

    def _read(self) -> dict[str, dict[str, Value]]:
        if self._rooms is None:
            self._rooms = _rooms_in(self._file) if self._file else {}
        return self._rooms

    def _merge(self, file: Path, unsaved: dict[tuple[str, str], Value | None]) -> None:
        import tomli_w

        from ledger.files import make_folder, write_file

        make_folder(file.parent)
        with _lock(file):
            rooms = _rooms_in(file)
            for (room, name), value in unsaved.items():
                _set(rooms, room, name, value)
            write_file(file, tomli_w.dumps(rooms))


def _lock(file: Path) -> FileLock:
    from filelock import FileLock

    return FileLock(file.with_suffix(".lock"), timeout=_PATIENCE, mode=0o600)


def _set(rooms: dict[str, dict[str, Value]], room: str, name: str, value: Value | None) -> None:
    if value is not None:
        rooms.setdefault(room, {})[name] = value
    elif name in rooms.get(room, {}):
        del rooms[room][name]


def _rooms_in(file: Path) -> dict[str, dict[str, Value]]:
    from ledger.errors import ConfigError
    from ledger.user_files import text_of, toml_of

    try:
        document = toml_of(file, text_of(file), advice=_NO_ADVICE)
    except FileNotFoundError:
        return {}
    except ConfigError as error:
        log.warning("What was remembered is forgotten: %s", error)
        return {}
    return {
        room: {name: value for name, value in names.items() if _is_value(value)}
        for room, names in document.items()
        if isinstance(names, dict)
    }


def _is_value(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(item, str) for item in value)
    return isinstance(value, str | int)


def _encodable(value: Value | None) -> Value | None:
    """The value as UTF-8 can hold it."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, list):
        return [item.encode(errors="replace").decode() for item in value]
    return value
