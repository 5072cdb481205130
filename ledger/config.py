"""Settings from one TOML file: strict, documented per field, never written back.

A missing file means all defaults. An unknown table or key, a wrong type or a value out of range
is a :class:`ConfigError` that names the file and the key. Secrets are not settings: API keys
live in the system keyring (:mod:`ledger.credentials`).

``config.example.toml`` is what :func:`example` writes; a test keeps it so.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import Field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from ledger.errors import ConfigError
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

__all__ = [
    "DEFAULT_API_URL",
    "TABLES",
    "AppSettings",
    "AtomicSettings",
    "Config",
    "CredentialSettings",
    "DisplaySettings",
    "LimitSettings",
    "NoticeSettings",
    "NumeraiSettings",
    "RecordSettings",
    "checked_api_url",
    "checked_rpc_url",
    "example",
    "load",
]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
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


def load(path: Path) -> Config:
    """The settings in ``path``; all defaults when there is no such file.

    Raises:
        ConfigError: unreadable, not TOML, or anything unknown or out of range in it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(
            f"{path} can't be read: {reason}.", "Make it readable, or move it away."
        ) from error
    import tomllib

    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{path} is not valid TOML: {error}.",
            "Correct that line; config.example.toml shows how every setting is written.",
        ) from error
    return _parse(document, str(path))


def example(actions: Iterable[tuple[str, str]] = ()) -> str:
    """A config file that says all there is to set: every setting, explained, at its default.

    ``actions``, listed below ``[keys]``, are (id, default keys); only the front end knows them.
    """
    lines = [_comment(_ABOUT_THE_FILE)]
    for name, table in TABLES.items():
        purpose = (table.__doc__ or "").partition(": ")[2]
        lines += ["", _comment(purpose[0].upper() + purpose[1:]), f"[{name}]"]
        for setting in fields(table):
            assignment = _assignment(setting.name, setting.default) + _range(setting)
            lines += ["", _comment(str(setting.metadata["doc"])), assignment]
    lines += ["", _comment(_ABOUT_KEYS), "[keys]"]
    lines += [_comment(_ABOUT_ACTIONS)]
    lines += [_comment(_assignment(action, keys)) for action, keys in actions]
    return "\n".join(lines) + "\n"


_ABOUT_THE_FILE = """\
Settings of numstake-tui. Everything here is as it is without a config file: copy what you
want to change to ~/.config/numstake-tui/config.toml (with --at DIR: DIR/config.toml).
API keys do not belong here; `numstake-tui login` puts them into the system keyring."""

_ABOUT_KEYS = """\
Other keys for the app's actions. What stands here replaces all keys of that action; several
are separated by commas. Names are Textual's: "ctrl+y", "f5", "pagedown", "slash". A key that
would mean two things at once is refused."""

_ABOUT_ACTIONS = "All actions with their default keys; `?` in the app says what each does."


def _range(setting: Field[Any]) -> str:
    low, high = setting.metadata["low"], setting.metadata["high"]
    return "" if low is None else f"  # {low:g} to {high:g}"


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
    if "@" in url:
        raise ConfigError(f"{where}: a user name or password has no place in this URL.", login)
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0 and bool(_PRINTABLE.fullmatch(url))
    except ValueError:
        sound = False
    if not sound or parts.scheme not in {"http", "https"}:
        raise ConfigError(f"{where}: {url!r} is not an endpoint.", example)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ConfigError(
            f"{where}: {url!r} would send {sends} unencrypted.",
            "Use https; plain http is allowed to this machine only (127.0.0.1).",
        )
    return url


def _parse(document: Mapping[str, Any], source: str) -> Config:
    allowed = [*TABLES, "keys"]
    tables: dict[str, Any] = {}
    for name, value in document.items():
        if name not in allowed:
            raise _unknown(source, f"[{name}]" if isinstance(value, dict) else name, name, allowed)
        if not isinstance(value, dict):
            raise ConfigError(
                f"{source}: {name} must be a table.", f"Write [{name}] on a line of its own."
            )
        tables[name] = _keys(value, source) if name == "keys" else _table(name, value, source)
    return Config(**tables)


def _table(name: str, values: Mapping[str, Any], source: str) -> Any:
    settings = {setting.name: setting for setting in fields(TABLES[name])}
    for key in values:
        if key not in settings:
            raise _unknown(source, f"{name}.{key}", key, list(settings))
    where = f"{source}: {name}"
    parsed = {key: _value(settings[key], value, f"{where}.{key}") for key, value in values.items()}
    if "api_url" in parsed:
        checked_api_url(parsed["api_url"], f"{where}.api_url")
    if parsed.get("rpc_url"):
        checked_rpc_url(parsed["rpc_url"], f"{where}.rpc_url")
    return TABLES[name](**parsed)


def _value(setting: Field[Any], value: Any, where: str) -> Any:
    """``value`` as the type of the setting's default, in its range."""
    expected_type: type[Any] = type(setting.default)
    if expected_type is float and type(value) is int:
        value = float(value)
    if expected_type is tuple and type(value) is list:
        value = tuple(value)
    if type(value) is not expected_type:
        raise ConfigError(
            f"{where} must be {_KIND[expected_type]}, not {value!r}.", str(setting.metadata["doc"])
        )
    low, high = setting.metadata["low"], setting.metadata["high"]
    if low is not None and not low <= value <= high:
        raise ConfigError(
            f"{where} must be between {low:g} and {high:g}, not {value!r}.",
            str(setting.metadata["doc"]),
        )
    expected = setting.metadata["check"](value)
    if expected is not None:
        shown = list(value) if expected_type is tuple else value
        raise ConfigError(
            f"{where} must be {expected}, not {shown!r}.", str(setting.metadata["doc"])
        )
    return value


_KIND: dict[type[Any], str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text in quotes",
    tuple: "a list in square brackets",
}


def _keys(values: Mapping[str, Any], source: str) -> Mapping[str, str]:
    for action, key in values.items():
        if not isinstance(key, str) or not key.strip():
            raise ConfigError(
                f"{source}: keys.{action} must be a key in quotes, not {key!r}.",
                'For example "f5", "ctrl+y", or several: "j,down".',
            )
    return MappingProxyType(dict(values))


def _unknown(where: str, shown: str, name: str, allowed: list[str]) -> ConfigError:
    near = difflib.get_close_matches(name, allowed, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return ConfigError(
        f"{where}: {shown} is not a setting.", f"{hint}There are: {', '.join(allowed)}."
    )
