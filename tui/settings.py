"""The config file while the app runs: looked at, taken over, changed.

A file that changes is read once it is the same at two looks in a row, so that none is read while an
editor writes it. How things look follows at once, limits as far as they get tighter; all else
counts from the next start. What can't be used changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.config.config import SETTINGS, Config, Reading, Takes, value_of
from ledger.dataclass import dataclass
from ledger.errors import ConfigError, LedgerError
from tui import jobs, keys, theme
from tui.messages import ConfigLooked, ConfigSaved
from tui.terminal import slow_lines

if TYPE_CHECKING:
    from ledger.book import Book
    from ledger.config.file import ConfigFile, Edit, Stamp
    from tui.host import Host

LOOK_EVERY = 3.0
"""Seconds between two looks at the file."""

_DEMO_KEEPS = ("atomic.channel",)
"""Of ``[atomic]``, what a demo takes from the config: its chain is its own."""

_MOST_NAMED = 4
"""Settings that a notice names."""


def check(config: Config) -> None:
    """Take no key or theme that there is none of.

    Raises:
        ConfigError: there is, or a key would mean two things at once.
    """
    keys.keymap(config.keys)
    theme.check(config.app.theme)


@dataclass(frozen=True, slots=True)
class Difference:
    """What a config says otherwise than the one in force, by names of settings: what counts
    ``now``, and what counts ``later``, from the next start."""

    config: Config
    now: tuple[str, ...]
    later: tuple[str, ...]


def difference(before: Config, after: Config, besides: Iterable[str] = ()) -> Difference:
    """What of ``after`` counts in a program that runs by ``before``; ``besides`` are settings that
    something else than the file decides."""
    changed = [
        setting
        for name, setting in SETTINGS.items()
        if name not in besides and value_of(before, name) != value_of(after, name)
    ]
    now = [
        one
        for one in changed
        if one.takes is Takes.AT_ONCE
        or (
            one.takes is Takes.LIMIT
            and one.is_tighter(value_of(before, one.name), value_of(after, one.name))
        )
    ]
    config = replace(before, keys=after.keys, ignored=after.ignored)
    for one in now:
        table = replace(getattr(config, one.table), **{one.key: value_of(after, one.name)})
        config = replace(config, **{one.table: table})
    remapped = {**before.keys, **after.keys}
    moved = [key for key in remapped if before.keys.get(key) != after.keys.get(key)]
    named = tuple(one.name for one in now) + tuple(f"keys.{key}" for key in moved)
    return Difference(config, named, tuple(one.name for one in changed if one not in now))


class Settings:
    """What the app knows of its config, and what the user has edited and not yet written."""

    def __init__(self, app: Host, book: Book, path: Path | None) -> None:
        self.path = path
        """The file; ``None`` where there is none to be read or written."""
        self.edits: dict[str, Edit] = {}
        """What settings should become, by name."""
        self.reading: Reading | None = None
        """What the file said when it was last read and could be used."""
        self.trouble = ""
        """What is the matter with the file, or counts from the next start only."""
        self.elsewhere = {**book.config.elsewhere, **_of_demo(book)}
        """Settings that something else decides, and what."""
        self._app = app
        self._book = book
        self._taken: Stamp | None = None
        self._seen: Stamp | None = None
        self._has_looked = False
        self._is_looking = False

    # Looking

    def begin(self) -> None:
        """Look at the file from now on."""
        if self.path is not None:
            self._app.set_interval(LOOK_EVERY, self.look)

    def look(self) -> None:
        """Look once, in a thread; not while an earlier look waits for its disk."""
        if self.path is not None and not self._is_looking:
            self._is_looking = True
            jobs.run(self._app, self._look, lambda found: found, group="config")

    def _look(self) -> ConfigLooked:
        """Runs in a thread."""
        file = self._file()
        stamp, settled = file.stamp(), self._seen
        changed = not self._has_looked or (stamp != self._taken and stamp == settled)
        if not changed:
            return ConfigLooked(stamp)
        try:
            return ConfigLooked(stamp, reading=file.read())
        except LedgerError as error:
            return ConfigLooked(stamp, error=error)
        except OSError as error:  # its folder went away in between
            why = ConfigError(f"{self.path} can't be read: {error.strerror}.")
            return ConfigLooked(stamp, error=why)

    def looked(self, event: ConfigLooked) -> None:
        """Take what was found."""
        self._has_looked = True
        self._is_looking, self._seen = False, event.stamp
        if event.reading is not None:
            self._taken = event.stamp
            said = self._take(event.reading)
            if said:
                self._app.notify(f"{said}", title="The config has changed", timeout=8)
        elif event.error is not None:
            self._taken = event.stamp
            self._refuse(event.error)

    def _refuse(self, error: LedgerError) -> None:
        self._say_trouble(f"The config can't be used: {error} What counted before stays.")
        self._app.notify(
            f"{error} What counted before stays.",
            title="The config can't be used",
            severity="warning",
            timeout=10,
        )

    # Taking over

    def _take(self, reading: Reading, *, saved: bool = False) -> str:
        """Go by ``reading``; what follows of it, in words."""
        before, last_read = self._book.config, self.reading
        change = difference(before, reading.config, self.elsewhere)
        self.reading = reading
        self._book.configure(change.config)
        if change.now:
            self._apply(before, change)
        news = (
            change.later
            if last_read is None
            else _later_anew(last_read.config, reading.config, change)
        )
        later = f"From the next start: {_listed(change.later)}." if change.later else ""
        self._say_trouble(f"The config says otherwise now. {later}" if later and not saved else "")
        said = [f"In force: {_listed(change.now)}."] if change.now else []
        said += [f"From the next start: {_listed(news)}."] if news else []
        if last_read is not None or change.now or saved:
            self._app.settings_changed()
        return " ".join(said)

    def _apply(self, before: Config, change: Difference) -> None:
        after, app = change.config, self._app
        if before.app.theme != after.app.theme:
            app.theme = after.app.theme
        app.full_charts = slow_lines.takes_full_charts(after.app.charts, after.app.glyphs)
        if before.keys != after.keys:
            app.set_keymap(keys.keymap(after.keys))

    def _say_trouble(self, sentence: str) -> None:
        if sentence != self.trouble:
            self.trouble = self._book.notices.config = sentence
            self._app.look_for_notices()

    # Writing

    def save(self, edits: Mapping[str, Edit]) -> None:
        """Write ``edits`` in a thread; a dialog says why they can't be written."""
        if self.path is None:
            self._app.notify("There is no config file to write to.", severity="warning")
            return

        def write() -> ConfigSaved:
            file = self._file()
            reading = file.save(edits)
            return ConfigSaved(file.stamp(), reading)

        jobs.run(self._app, write, lambda saved: saved, group="config-save")

    def saved(self, event: ConfigSaved) -> None:
        """Take over what stands in the file now."""
        self._taken = self._seen = event.stamp
        self._has_looked = True
        done = [name for name, one in self.edits.items() if _stands(event.reading, name, one.value)]
        for name in done:
            del self.edits[name]
        said = self._take(event.reading, saved=True)
        self._app.notify(said or "Nothing else follows.", title="Saved", timeout=6)

    def _file(self) -> ConfigFile:
        from ledger.config.file import ConfigFile

        if self.path is None:
            raise ConfigError("There is no config file.")
        return ConfigFile(self.path, check)

    def read_now(self) -> Reading:
        """What the file says, for a page that shows it; runs in a thread.

        Raises:
            ConfigError: it can't be used.
        """
        if self.path is None:
            return Reading(self._book.config)
        return self._file().read()


def _of_demo(book: Book) -> dict[str, str]:
    if not book.demo:
        return {}
    own = (name for name, one in SETTINGS.items() if one.table == "atomic")
    return {name: "the demo" for name in own if name not in _DEMO_KEEPS}


def _later_anew(last_read: Config, now: Config, change: Difference) -> tuple[str, ...]:
    """Of what counts later, what the file has not said before."""
    return tuple(name for name in change.later if value_of(last_read, name) != value_of(now, name))


def _stands(reading: Reading, name: str, value: Any) -> bool:
    """Whether the file says of a setting what was edited."""
    if value is None:
        default = _plain(SETTINGS[name].default) if name in SETTINGS else None
        return bool(reading.values.get(name, default) == default)
    return bool(reading.values.get(name) == _plain(value))


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _listed(names: Iterable[str]) -> str:
    named = list(names)
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return ", ".join(named[:_MOST_NAMED]) + more
