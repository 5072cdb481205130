"""Settings from one TOML file: strict, documented per field, never written back.

A missing file means all defaults. An unknown table or key, a wrong type or a value out of range
is a :class:`ConfigError` that names the file and the key. Secrets are not settings: API keys
live in the system keyring (:mod:`ledger.credentials`).

Of a file that somebody else could have written only what is harmless counts: no command of theirs
is run, no address of theirs is sent a key or NMR.

``config.example.toml`` is what :func:`example` writes; a test keeps it so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import Field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from ledger.domain.nearest import did_you_mean
from ledger.errors import ConfigError
from ledger.exchange import is_loopback
from ledger.ownership import foreign_hand
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
from ledger.user_files import cut, shown, text_of, toml_of

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


_HARMLESS = frozenset({"app", "credentials", "display", "keys"})
"""Tables that count whoever may have written them."""


def load(path: Path) -> Config:
    """The settings in ``path``; all defaults when there is no such file.

    Raises:
        ConfigError: unreadable, not TOML, or anything unknown or out of range in it.
    """
    flaws: list[str | None] = []
    try:
        text = text_of(
            path,
            advice="Make it readable, or move it away.",
            opened=lambda status: flaws.append(foreign_hand(path, status)),
        )
    except FileNotFoundError:
        return Config()
    advice = "Correct that line; config.example.toml shows how every setting is written."
    document = toml_of(path, text, advice=advice)
    flaw = flaws[0]
    if flaw is None:
        return _parse(document, str(path))
    counting = {name: table for name, table in document.items() if name in _HARMLESS}
    ignored = _ignored([name for name in document if name not in _HARMLESS], flaw)
    return replace(_parse(counting, str(path)), ignored=ignored)


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
API keys do not belong here; `numstake-tui login` puts them into the system keyring.
Where others could write the file or its folder, of it only [app], [credentials], [display]
and [keys] count."""

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

    def besides(what: Any) -> str:
        return "" if setting.metadata["private"] else f", not {shown(what)}"

    if expected_type is float and type(value) is int:
        value = float(value)
    if expected_type is tuple and type(value) is list:
        value = tuple(value)
    if type(value) is not expected_type:
        raise ConfigError(
            f"{where} must be {_KIND[expected_type]}{besides(value)}.",
            str(setting.metadata["doc"]),
        )
    low, high = setting.metadata["low"], setting.metadata["high"]
    if low is not None and not low <= value <= high:
        raise ConfigError(
            f"{where} must be between {low:g} and {high:g}{besides(value)}.",
            str(setting.metadata["doc"]),
        )
    expected = setting.metadata["check"](value)
    if expected is not None:
        listed = list(value) if expected_type is tuple else value
        raise ConfigError(
            f"{where} must be {expected}{besides(listed)}.", str(setting.metadata["doc"])
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
                f"{source}: keys.{cut(action)} must be a key in quotes, not {shown(key)}.",
                'For example "f5", "ctrl+y", or several: "j,down".',
            )
    return MappingProxyType(dict(values))


def _unknown(where: str, setting: str, name: str, allowed: list[str]) -> ConfigError:
    hint = did_you_mean(cut(name), allowed)
    return ConfigError(
        f"{where}: {cut(setting)} is not a setting.", f"{hint}There are: {', '.join(allowed)}."
    )
