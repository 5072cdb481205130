"""Changing the config file: single settings, its comments and their order as the user left them.

What is edited was read earlier, so the file is read again and only what was edited is put into it.
What comes of that is checked by the reader of the file before it takes the file's place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.config import config
from ledger.config.config import KEYS, SETTINGS, Reading
from ledger.dataclass import dataclass
from ledger.errors import ConfigError
from ledger.files import make_folder, write_file

if TYPE_CHECKING:
    from tomlkit import TOMLDocument
    from tomlkit.container import Container
    from tomlkit.items import Item

Stamp = tuple[int, int, int, int]
"""What tells a file from what it was: inode, size, when it was written and when anything of it
changed (nanoseconds)."""

_TRIES = 3

WHATEVER = object()
"""Stands for whatever a file says of a setting."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What a setting should become, ``None`` for its default without a line in the file.

    ``seen`` is what stood there when it was edited, as it stood, ``None`` for nothing: where
    something else stands there by now, nothing is written.
    """

    value: Any
    seen: Any = WHATEVER


Edits = Mapping[str, Edit]
"""By the settings' names, such as ``app.theme`` or ``keys.sort``."""


class ConfigFile:
    """The config at ``path``; ``check`` refuses what only the front end knows to be wrong."""

    def __init__(self, path: Path, check: Callable[[config.Config], None] = lambda _: None) -> None:
        self.path = path
        self._check = check

    def stamp(self) -> Stamp | None:
        """As the file is now; ``None`` where there is none, or none that can be looked at."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns

    def read(self) -> Reading:
        """What it says now.

        Raises:
            ConfigError: it can't be used; the error names the line where there is one.
        """
        reading = config.read(self.path)
        self._checked(reading.config)
        return reading

    def save(self, edits: Edits) -> Reading:
        """Put ``edits`` into the file, beside what else was changed there meanwhile, and return
        what it says then.

        Raises:
            ConfigError: a setting edited was changed there meanwhile, what would come of it can't
                be used, or others could have written the file.
            FileError: it can't be written.
        """
        for _ in range(_TRIES):
            stamp, raw = self.stamp(), self._raw()
            before = self.read()
            self._refuse(edits, before)
            values = {name: edit.value for name, edit in edits.items()}
            text = edited(raw, values)
            self._prove(raw, text, values)
            if self.stamp() == stamp:
                self._write(text)
                return self.read()
        raise ConfigError(f"{self.path} keeps changing; nothing was written.", "Try again.")

    def _raw(self) -> str:
        """The text with its own line ends."""
        try:
            return self.path.read_bytes().decode()
        except FileNotFoundError:
            return ""
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{self.path} can't be read: {error}.") from error

    def _refuse(self, edits: Edits, now: Reading) -> None:
        if now.flaw:
            raise ConfigError(
                f"Others can change the config: {now.flaw}. Nothing was written, since what they "
                "wrote would count as yours then.",
                "Look through it, take that right away (chmod go-w, chown), then try again.",
            )
        moved = [
            name
            for name, edit in edits.items()
            if edit.seen is not WHATEVER
            and now.values.get(name) not in (edit.seen, _plain(edit.value))
        ]
        if moved:
            raise ConfigError(
                f"{', '.join(moved)} was changed in {self.path} meanwhile; nothing was written.",
                "Look at what stands there now, then change it again.",
            )

    def _prove(self, raw: str, text: str, edits: Mapping[str, Any]) -> None:
        """That ``text`` is the file with ``edits`` and nothing else, and can be used.

        Raises:
            ConfigError: it is not.
        """
        reading = config.parsed(self.path, _unix(text))
        self._checked(reading.config, text)
        before = config.parsed(self.path, _unix(raw)).values
        expected = {**before, **{key: _plain(value) for key, value in edits.items()}}
        for name, value in expected.items():
            stands = reading.values.get(name, _default(name))
            if stands != (_default(name) if value is None else value):
                raise ConfigError(
                    f"{name} can't be changed in {self.path} as it is written there.",
                    "Change it by hand: `numstake-tui config edit`.",
                )

    def _checked(self, settings: config.Config, text: str | None = None) -> None:
        try:
            self._check(settings)
        except ConfigError as error:
            raise config.placed(error, self.path, text) from error

    def _write(self, text: str) -> None:
        try:
            make_folder(self.path.parent)
        except OSError as error:
            raise ConfigError(f"{self.path.parent} can't be made: {error.strerror}.") from error
        write_file(self.path, text)


def _default(name: str) -> Any:
    return _plain(SETTINGS[name].default) if name in SETTINGS else None


def _plain(value: Any) -> Any:
    """As TOML has it, which knows lists only."""
    return list(value) if isinstance(value, tuple) else value


def _unix(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def edited(text: str, edits: Mapping[str, Any]) -> str:
    """A text in TOML with the values ``edits`` in it, ``None`` for no line of its own; everything
    else as it stands, line ends too."""
    import tomlkit

    mark = "\ufeff" if text.startswith("\ufeff") else ""
    returns = "\r\n" in text and text.count("\n") == text.count("\r\n")
    text = text.removeprefix("\ufeff")
    text = _unix(text) if returns else text
    document = tomlkit.parse(text if not text or text.endswith("\n") else f"{text}\n")
    for name, value in edits.items():
        table, _, key = name.partition(".")
        if value is None:
            _take_out(document, table, key)
        else:
            _put(document, table, key, _plain(value))
    text = tomlkit.dumps(document)
    return mark + (text.replace("\n", "\r\n") if returns else text)


def _put(document: TOMLDocument, name: str, key: str, value: Any) -> None:
    import tomlkit
    from tomlkit.items import Array, Table

    if name not in document:
        if document.body:
            document.add(tomlkit.nl())
        document.add(name, tomlkit.table())
    table: Any = document[name]
    if key in table:
        if not (isinstance(table[key], Array) and _put_into(table[key], value)):
            table[key] = value
    elif isinstance(table, Table) and not _is_dotted(document, name):
        _put_in_place(table.value, key, value)
    else:
        table[key] = value


def _is_dotted(document: TOMLDocument, name: str) -> bool:
    """Whether the table stands as ``table.key = value`` lines."""
    return any(key is not None and key.key == name and key.is_dotted() for key, _ in document.body)


def _put_into(array: Any, values: list[Any]) -> bool:
    """Let a list over several lines hold ``values``, so that what is said beside those that stay
    stays too; whether that could be done."""
    if "\n" not in array.as_string():
        return False
    for at in reversed(range(len(array))):
        if array[at] not in values:
            del array[at]
    kept = list(array)
    if kept != values[: len(kept)]:
        return False
    array.extend(values[len(kept) :])
    return bool(array == values)


def _put_in_place(table: Container, key: str, value: Any) -> None:
    """Add a key: behind its line of the example where that was left in, else behind the last."""
    import tomlkit

    place = _place(table.body, key)
    rest = table.body[place:]
    for name, _ in rest:
        if name is not None:
            table.remove(name)
    del table.body[place:]
    item = tomlkit.item(value)
    neighbours = [one for name, one in table.body if name is not None]
    item.trivia.indent = neighbours[-1].trivia.indent if neighbours else ""
    table.append(tomlkit.key(key), item, validate=False)
    for name, one in rest:
        if name is None:
            table.body.append((None, one))
        else:
            table.append(name, one, validate=False)


def _place(body: list[tuple[Any, Item]], key: str) -> int:
    from tomlkit.items import Comment

    for at, (_, item) in enumerate(body):
        if isinstance(item, Comment) and item.trivia.comment.startswith(f"# {key} = "):
            return at + 1
    assigned = [at for at, (name, _) in enumerate(body) if name is not None]
    if assigned:
        return assigned[-1] + 1
    comments = [at for at, (_, item) in enumerate(body) if not isinstance(item, Comment)]
    return comments[0] if comments else len(body)


def _take_out(document: TOMLDocument, name: str, key: str) -> None:
    """Let the default count: by writing it where the line has a comment, else without the line."""
    table: Any = document.get(name)
    if table is None or key not in table:
        return
    default = _default(f"{name}.{key}")
    if name != KEYS and _comment_beside(document, name, key):
        _put(document, name, key, default)
    else:
        table.remove(key)


def _comment_beside(document: TOMLDocument, name: str, key: str) -> str:
    """The table may stand in several places, key by key."""
    places = [one for at, one in document.body if at is not None and at.key == name]
    items = [one.value.item(key) for one in places if isinstance(one, Mapping) and key in one]
    return "".join(item.trivia.comment for item in items)
