"""Settings from one TOML file: strict, documented per field; :mod:`ledger.config.file` changes it.

A missing file means all defaults. An unknown table or key, a wrong type or a value out of range
is a :class:`ConfigError` that names file, line and key. Secrets are not settings: API keys live in
the system keyring (:mod:`ledger.credentials`).

Of a file that somebody else could have written only what is harmless counts: no command of theirs
is run, no address of theirs is sent a key or NMR.

``config.example.toml`` is what :func:`example` writes; a test keeps it so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ledger.config.setting import PREFIX, Setting, Takes
from ledger.config.settings import (
    DEFAULT_API_URL,
    PANES,
    AppSettings,
    AtomicSettings,
    Config,
    CredentialSettings,
    DisplaySettings,
    LimitSettings,
    NoticeSettings,
    NumeraiSettings,
    RecordSettings,
)
from ledger.config.values import (
    KEYS,
    SETTINGS,
    TABLES,
    checked,
    checked_api_url,
    checked_rpc_url,
    parse,
    typed,
    value_of,
)
from ledger.dataclass import dataclass
from ledger.errors import ConfigError
from ledger.ownership import foreign_hand
from ledger.user_files import line_of, text_of, toml_of

__all__ = [
    "DEFAULT_API_URL",
    "KEYS",
    "PANES",
    "PREFIX",
    "SETTINGS",
    "TABLES",
    "AppSettings",
    "AtomicSettings",
    "Config",
    "CredentialSettings",
    "DisplaySettings",
    "LimitSettings",
    "NoticeSettings",
    "NumeraiSettings",
    "Reading",
    "RecordSettings",
    "Setting",
    "Takes",
    "checked",
    "checked_api_url",
    "checked_rpc_url",
    "example",
    "load",
    "parsed",
    "placed",
    "read",
    "template",
    "typed",
    "value_of",
]


_HARMLESS = frozenset({"app", "credentials", "display", KEYS})
"""Tables that count whoever may have written them."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a config file said when it was read; nothing of one that is not there.

    ``values`` are as they stand in it, by the setting's name, ``lines`` where they stand. Of a file
    that others could have written ``flaw`` says how.
    """

    config: Config = field(default_factory=Config)
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    lines: Mapping[str, int] = field(default_factory=dict)
    flaw: str | None = None


def load(path: Path) -> Config:
    """The settings in ``path``; all defaults when there is no such file.

    Raises:
        ConfigError: unreadable, not TOML, or anything unknown or out of range in it.
    """
    return read(path).config


def read(path: Path) -> Reading:
    """The same, with where each setting stands.

    Raises:
        ConfigError: as in :func:`load`.
    """
    flaws: list[str | None] = []
    try:
        text = text_of(
            path,
            advice="Make it readable, or move it away.",
            opened=lambda status: flaws.append(foreign_hand(path, status)),
        )
    except FileNotFoundError:
        return Reading()
    return parsed(path, text, flaws[0])


def parsed(path: Path, text: str, flaw: str | None = None) -> Reading:
    """What ``text`` would say as the file ``path``.

    Raises:
        ConfigError: as in :func:`load`.
    """
    advice = "Correct that line; config.example.toml shows how every setting is written."
    document = toml_of(path, text, advice=advice)
    counting = {name: one for name, one in document.items() if not flaw or name in _HARMLESS}
    try:
        config = parse(counting)
    except ConfigError as error:
        raise placed(error, path, text) from error
    if flaw:
        rest = [name for name in document if name not in _HARMLESS]
        config = replace(config, ignored=_ignored(rest, flaw))
    values = {f"{table}.{key}": value for table, key, value in _entries(document)}
    found = {f"{table}.{key}": line_of(text, table, key) for table, key, _ in _entries(document)}
    return Reading(config, values, {name: line for name, line in found.items() if line}, flaw)


def _entries(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for table, values in document.items():
        if isinstance(values, dict):
            for key, value in values.items():
                yield table, key, value


def placed(
    error: ConfigError,
    path: Path,
    text: str | None = None,
    *,
    elsewhere: Mapping[str, str] = MappingProxyType({}),
) -> ConfigError:
    """``error`` with the file, and the line of the setting it is about where that is known.

    ``text`` is what stands in the file; it is read where that is not said. ``elsewhere`` names
    settings that something else decides, and what.
    """
    if error.setting in elsewhere:
        return ConfigError(f"{elsewhere[error.setting]}: {error.what}", error.advice)
    if text is None:
        try:
            text = text_of(path)
        except (OSError, ConfigError):
            text = ""
    table, _, key = error.setting.partition(".")
    line = line_of(text, table, key) if error.setting else None
    where = f"{path}, line {line}" if line else str(path)
    return ConfigError(f"{where}: {error.what}", error.advice)


def _ignored(tables: list[str], flaw: str) -> str:
    """That these tables do not count, because of ``flaw``."""
    if not tables:
        return ""
    listed = ", ".join(f"[{name}]" for name in tables)
    limits = ": no limit of yours is in force" if "limits" in tables else ""
    return (
        f"Others can change the config: {flaw}. Defaults apply in place of its {listed}{limits}."
        " Take that right away (chmod go-w, chown), then start again."
    )


def example(actions: Iterable[tuple[str, str]] = ()) -> str:
    """A config file that says all there is to set: every setting, explained, at its default.

    ``actions``, listed below ``[keys]``, are (id, default keys); only the front end knows them.
    """
    return "\n".join(_lines(_ABOUT_THE_FILE, actions)) + "\n"


def template(actions: Iterable[tuple[str, str]] = ()) -> str:
    """The same to begin with: it sets nothing, each line waits for its comment sign to go."""
    lines = _lines(_ABOUT_THE_TEMPLATE, actions)
    settings = [line if line[:1] in {"", "#", "["} else f"# {line}" for line in lines]
    return "\n".join(settings) + "\n"


def _lines(about: str, actions: Iterable[tuple[str, str]]) -> list[str]:
    lines = [_comment(about)]
    for name, table in TABLES.items():
        purpose = (table.__doc__ or "").partition(": ")[2]
        lines += ["", _comment(purpose[0].upper() + purpose[1:]), f"[{name}]"]
        for setting in SETTINGS.values():
            if setting.table == name:
                assignment = _assignment(setting.key, setting.default)
                allowed = f"  # {setting.range}" if setting.range else ""
                lines += ["", _comment(setting.doc), assignment + allowed]
    lines += ["", _comment(_ABOUT_KEYS), "[keys]"]
    lines += [_comment(_ABOUT_ACTIONS)]
    lines += [_comment(_assignment(action, keys)) for action, keys in actions]
    return "\n".join(lines).split("\n")


_ABOUT_THE_FILE = """\
Settings of numstake-tui. Everything here is as it is without a config file: copy what you
want to change to ~/.config/numstake-tui/config.toml (with --at DIR: DIR/config.toml).
API keys do not belong here; `numstake-tui login` puts them into the system keyring.
Where others could write the file or its folder, of it only [app], [credentials], [display]
and [keys] count."""

_ABOUT_THE_TEMPLATE = """\
Settings of numstake-tui: all there are, with what counts without them. To set one, take the
“# ” before its line away and change the value; `numstake-tui config check` looks at it then.
API keys do not belong here; `numstake-tui login` puts them into the system keyring.
Where others could write the file or its folder, of it only [app], [credentials], [display]
and [keys] count."""

_ABOUT_KEYS = """\
Other keys for the app's actions. What stands here replaces all keys of that action; several
are separated by commas. Names are Textual's: "ctrl+y", "f5", "pagedown", "slash". A key that
would mean two things at once is refused."""

_ABOUT_ACTIONS = "All actions with their default keys; `?` in the app says what each does."


def _assignment(key: str, value: Any) -> str:
    import tomli_w

    return tomli_w.dumps({key: value}).rstrip("\n")


def _comment(text: str) -> str:
    return "\n".join(f"# {line}" for line in text.splitlines())
