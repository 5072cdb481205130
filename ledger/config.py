"""Settings from one TOML file: strict, documented per field; :mod:`ledger.config_file` changes it.

A missing file means all defaults. An unknown table or key, a wrong type or a value out of range
is a :class:`ConfigError` that names file, line and key. Secrets are not settings: API keys live in
the system keyring (:mod:`ledger.credentials`).

Of a file that somebody else could have written only what is harmless counts: no command of theirs
is run, no address of theirs is sent a key or NMR.

``config.example.toml`` is what :func:`example` writes; a test keeps it so.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from ledger.errors import ConfigError
from ledger.exchange import is_loopback
from ledger.ownership import foreign_hand
from ledger.setting import Setting, Takes
from ledger.settings import (
    DEFAULT_API_URL,
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
from ledger.user_files import cut, line_of, shown, text_of, toml_of

__all__ = [
    "DEFAULT_API_URL",
    "KEYS",
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
    "value_of",
]

_PRINTABLE = re.compile(r"[!-~]+")


TABLES: dict[str, type[Any]] = {
    "app": AppSettings,
    "numerai": NumeraiSettings,
    "credentials": CredentialSettings,
    "display": DisplaySettings,
    "limits": LimitSettings,
    "atomic": AtomicSettings,
    "notices": NoticeSettings,
    "records": RecordSettings,
}
"""The tables with fixed keys; ``[keys]`` is the one without."""

KEYS = "keys"
"""The table whose keys are the ids of the front end's actions."""


def _settings() -> Iterator[Setting]:
    for table, kind in TABLES.items():
        for entry in fields(kind):
            yield Setting(table, entry.name, entry.default, entry.metadata)


SETTINGS: Mapping[str, Setting] = MappingProxyType({one.name: one for one in _settings()})
"""Every setting by its name, in the order of the example file."""


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
        config = _parse(counting)
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


def placed(error: ConfigError, path: Path, text: str | None = None) -> ConfigError:
    """``error`` with the file, and the line of the setting it is about where that is known.

    ``text`` is what stands in the file; it is read where that is not said.
    """
    if text is None:
        try:
            text = text_of(path)
        except (OSError, ConfigError):
            text = ""
    table, _, key = error.setting.partition(".")
    line = line_of(text, table, key) if error.setting else None
    where = f"{path}, line {line}" if line else str(path)
    return ConfigError(f"{where}: {error.what}", error.advice)


def value_of(config: Config, name: str) -> Any:
    """What counts of the setting ``name`` in ``config``."""
    setting = SETTINGS[name]
    return getattr(getattr(config, setting.table), setting.key)


def checked(name: str, value: Any) -> Any:
    """``value`` as the setting ``name`` takes it, checked as if it stood in the file.

    Raises:
        ConfigError: it can't stand there.
    """
    setting = SETTINGS[name]
    return value_of(_parse({setting.table: {setting.key: value}}), name)


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
    lines = [_comment(_ABOUT_THE_FILE)]
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
    return "\n".join(lines) + "\n"


_ABOUT_THE_FILE = """\
Settings of numstake-tui. Everything here is as it is without a config file: copy what you
want to change to ~/.config/numstake-tui/config.toml (with --at DIR: DIR/config.toml).
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


def checked_api_url(url: str, where: str) -> str:
    """``url`` if a key may be sent there: https, or http to this machine only.

    Raises:
        ConfigError: anything else; ``where`` says whose value it is (a file and key, an option).
    """
    return _checked_url(
        url,
        where,
        login="Numerai takes an API key instead; `numstake-tui login` stores it.",
        example=f"Numerai's own is {DEFAULT_API_URL}.",
        sends="the API key",
    )


def checked_rpc_url(url: str, where: str) -> str:
    """``url`` if transactions may be sent there: https, or http to this machine only.

    Raises:
        ConfigError: anything else; ``where`` says whose value it is.
    """
    return _checked_url(
        url,
        where,
        login="Use an endpoint that needs none.",
        example="An Ethereum provider or your own node gives one.",
        sends="transactions",
    )


def _checked_url(url: str, where: str, *, login: str, example: str, sends: str) -> str:
    """Of a URL only scheme and host are ever repeated: the rest may hold a provider's key."""
    if "@" in url:
        raise ConfigError(f"{where}: a user name or password has no place in this URL.", login)
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0 and bool(_PRINTABLE.fullmatch(url))
    except ValueError:
        sound = False
    if not sound or parts.scheme not in {"http", "https"}:
        raise ConfigError(f"{where}: this URL is not an endpoint.", example)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigError(
            f"{where}: http to {parts.hostname} would send {sends} unencrypted.",
            "Use https; plain http is allowed to this machine only (127.0.0.1).",
        )
    return url


def _parse(document: Mapping[str, Any]) -> Config:
    allowed = [*TABLES, KEYS]
    tables: dict[str, Any] = {}
    for name, value in document.items():
        if name not in allowed:
            shown_name = f"[{name}]" if isinstance(value, dict) else name
            raise _unknown(shown_name, name, allowed, name)
        if not isinstance(value, dict):
            advice = f"Write [{name}] on a line of its own."
            raise ConfigError(f"{name} must be a table.", advice, setting=name)
        tables[name] = _keys(value) if name == KEYS else _table(name, value)
    return Config(**tables)


def _table(name: str, values: Mapping[str, Any]) -> Any:
    there = [entry.name for entry in fields(TABLES[name])]
    for key in values:
        if key not in there:
            raise _unknown(f"{name}.{key}", key, there, f"{name}.{key}")
    settings = [SETTINGS[f"{name}.{key}"] for key in values]
    return TABLES[name](**{one.key: _value(one, values[one.key]) for one in settings})


_URLS = {"numerai.api_url": checked_api_url, "atomic.rpc_url": checked_rpc_url}


def _value(setting: Setting, value: Any) -> Any:
    """``value`` as the type of the setting's default, in its range."""
    expected_type: type[Any] = type(setting.default)

    def refused(expected: str, given: Any) -> ConfigError:
        besides = "" if setting.private else f", not {shown(given)}"
        what = f"{setting.name} must be {expected}{besides}."
        return ConfigError(what, setting.doc, setting=setting.name)

    if expected_type is float and type(value) is int:
        value = float(value)
    if expected_type is tuple and type(value) is list:
        value = tuple(value)
    if type(value) is not expected_type:
        raise refused(_KIND[expected_type], value)
    low, high = setting.metadata["low"], setting.metadata["high"]
    if low is not None and not low <= value <= high:
        raise refused(f"between {low:g} and {high:g}", value)
    expected = setting.metadata["check"](value)
    if expected is not None:
        raise refused(expected, list(value) if expected_type is tuple else value)
    if setting.name in _URLS and value != setting.default:
        _at_setting(setting.name, value)
    return value


def _at_setting(name: str, url: str) -> None:
    try:
        _URLS[name](url, name)
    except ConfigError as error:
        raise ConfigError(error.what, error.advice, setting=name) from None


_KIND: dict[type[Any], str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text in quotes",
    tuple: "a list in square brackets",
}


def _keys(values: Mapping[str, Any]) -> Mapping[str, str]:
    for action, key in values.items():
        if not isinstance(key, str) or not key.strip():
            raise ConfigError(
                f"keys.{cut(action)} must be a key in quotes, not {shown(key)}.",
                'For example "f5", "ctrl+y", or several: "j,down".',
                setting=f"{KEYS}.{action}",
            )
    return MappingProxyType(dict(values))


def _unknown(said: str, name: str, allowed: list[str], setting: str) -> ConfigError:
    near = difflib.get_close_matches(cut(name), allowed, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    what = f"{cut(said)} is not a setting."
    return ConfigError(what, f"{hint}There are: {', '.join(allowed)}.", setting=setting)
