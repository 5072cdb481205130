"""What may stand in a config: every table with its settings, each value checked on its own.

What is wrong is a :class:`ConfigError` that names the setting; who reads a file adds its name and
the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from ledger.config.setting import Setting
from ledger.config.settings import (
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
from ledger.errors import ConfigError
from ledger.user_files import cut, shown

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
    return value_of(parse({setting.table: {setting.key: value}}), name)


def typed(name: str, text: str) -> Any:
    """What was typed for the setting ``name``, as the file would take it.

    Raises:
        ConfigError: the file would not.
    """
    default = SETTINGS[name].default
    text = text.strip()
    if isinstance(default, str):
        return checked(name, "" if text == '""' else text)
    return checked(name, _list(text) if isinstance(default, tuple) else _number(name, text))


def _number(name: str, text: str) -> Any:
    value = _toml(text)
    if value is None:
        kind = _KIND[type(SETTINGS[name].default)]
        raise ConfigError(f"{name} must be {kind}, not {shown(text)}.", SETTINGS[name].doc)
    return value


def _list(text: str) -> list[Any]:
    """Items in square brackets as in the file; without them, separated by commas."""
    value = _toml(text if text.startswith("[") else f"[{text}]")
    if isinstance(value, list):
        return value
    return [part.strip() for part in text.strip("[]").split(",") if part.strip()]


def _toml(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(f"x = {text}")["x"]
    except (ValueError, RecursionError):
        return None


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
    from ledger.exchange import is_loopback

    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ConfigError(
            f"{where}: http to {parts.hostname} would send {sends} unencrypted.",
            "Use https; plain http is allowed to this machine only (127.0.0.1).",
        )
    return url


def parse(document: Mapping[str, Any]) -> Config:
    """The settings that a document in TOML says, all others at their defaults.

    Raises:
        ConfigError: anything in it is unknown, of a wrong type or out of range.
    """
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
        raise refused(f"between {low} and {high}", value)
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
    from ledger.domain.nearest import did_you_mean

    hint = did_you_mean(cut(name), allowed)
    what = f"{cut(said)} is not a setting."
    return ConfigError(what, f"{hint}There are: {', '.join(allowed)}.", setting=setting)
