"""Settings from one TOML file: strict, documented per field, never written back.

A missing file means all defaults. An unknown table or key, a wrong type or a value out of range
is a :class:`ConfigError` that names the file and the key. Secrets are not settings: API keys
live in the system keyring (:mod:`ledger.credentials`).

``config.example.toml`` is what :func:`example` writes; a test keeps it so.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.errors import ConfigError

DEFAULT_API_URL = "https://api-tournament.numer.ai/"
"""Numerai's GraphQL endpoint."""

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PRINTABLE = re.compile(r"[!-~]+")
_T = TypeVar("_T")


def _setting(
    default: _T,
    doc: str,
    low: float | None = None,
    high: float | None = None,
    check: Callable[[Any], str | None] = lambda _: None,
) -> _T:
    """A field with its documentation and, for numbers, its range (both ends allowed).

    ``check`` says what a value of the right type must be that this one is not.
    """
    metadata = {"doc": doc, "low": low, "high": high, "check": check}
    value: _T = field(default=default, metadata=metadata)
    return value


def _no_amount(text: str) -> str | None:
    """An amount of NMR in quotes, exact to the wei; nothing stands for no limit."""
    try:
        sound = not text or NMR(text) >= ZERO
    except ValueError:
        sound = False
    return None if sound else 'an amount of NMR in quotes, such as "12.5", or "" for none'


def _no_tournaments(numbers: tuple[Any, ...]) -> str | None:
    known = [int(tournament) for tournament in Tournament]
    if all(type(number) is int and number in known for number in numbers):
        return None
    return f"a list of tournaments out of {', '.join(map(str, known))}"


def _no_names(names: tuple[Any, ...]) -> str | None:
    if all(isinstance(name, str) and name.strip() for name in names):
        return None
    return "a list of names in quotes"


@dataclass(frozen=True, slots=True)
class AppSettings:
    """``[app]``: how the program behaves."""

    theme: str = _setting(
        "numstake-dark",
        "Colours of the screen. `ctrl+p`, then Theme, shows the choices.",
    )
    sync_on_start: bool = _setting(
        True,
        "Whether starting the app asks Numerai for news at once, in the background.",
    )
    sync_every: int = _setting(
        15,
        "Minutes between syncs while the app runs; 0 leaves it to the refresh key.",
        low=0,
        high=24 * 60,
    )


@dataclass(frozen=True, slots=True)
class NumeraiSettings:
    """``[numerai]``: where Numerai is and how to talk to it."""

    api_url: str = _setting(
        DEFAULT_API_URL,
        "Numerai's GraphQL endpoint; https, or http to this machine (the sandbox).",
    )
    connect_timeout: float = _setting(
        5.0,
        "Seconds to wait for a connection.",
        low=0.1,
        high=120,
    )
    read_timeout: float = _setting(
        30.0,
        "Seconds to wait for an answer. Numerai takes 20 on a bad day.",
        low=0.1,
        high=600,
    )
    max_parallel: int = _setting(
        4,
        "Requests under way at a time.",
        low=1,
        high=4,
    )
    history_rounds: int = _setting(
        400,
        "How many rounds back the first sync fetches (five a week); 0 fetches everything.",
        low=0,
        high=10_000,
    )


@dataclass(frozen=True, slots=True)
class CredentialSettings:
    """``[credentials]``: where API keys may come from, never the keys themselves."""

    allow_environment: bool = _setting(
        False,
        "Whether NUMSTAKE_PUBLIC_ID and NUMSTAKE_SECRET_KEY, when both are set, serve instead of\n"
        "the system keyring. Other programs of the same user can read a process's environment.",
    )


@dataclass(frozen=True, slots=True)
class DisplaySettings:
    """``[display]``: how figures look on screen. JSON output is always exact."""

    decimals: int = _setting(
        3,
        "Digits after the decimal point of an NMR amount on screen.",
        low=0,
        high=8,
    )


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """``[limits]``: what is never sent to Numerai, whatever was confirmed."""

    per_change_nmr: str = _setting(
        "",
        'The most NMR one change may move, in quotes; "" sets no limit. A drain moves all that is\n'
        "staked; cancelling a release and switching take profit move nothing.",
        check=_no_amount,
    )
    per_day_nmr: str = _setting(
        "",
        'The most NMR all changes of one day (UTC) may move together; "" sets no limit.',
        check=_no_amount,
    )
    smallest_change_nmr: str = _setting(
        "",
        "The least NMR a change should move: a plan warns of a smaller step, since Numerai may\n"
        'refuse it; "" never warns.',
        check=_no_amount,
    )
    tournaments: tuple[int, ...] = _setting(
        (),
        "The only tournaments in which anything may change: 8 Classic, 11 Signals, 12 Crypto.\n"
        "[] allows all.",
        check=_no_tournaments,
    )
    models: tuple[str, ...] = _setting(
        (),
        "The only models that may change, by name; [] allows all.",
        check=_no_names,
    )
    confirm_by_typing_above: str = _setting(
        "100",
        'Confirming changes that move more NMR than this asks for the total to be typed; "" never\n'
        "asks for it.",
        check=_no_amount,
    )


@dataclass(frozen=True, slots=True)
class Config:
    """All settings. ``keys`` maps action ids to keys; the app knows which actions there are."""

    app: AppSettings = AppSettings()
    numerai: NumeraiSettings = NumeraiSettings()
    credentials: CredentialSettings = CredentialSettings()
    display: DisplaySettings = DisplaySettings()
    limits: LimitSettings = LimitSettings()
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


TABLES: dict[str, type[Any]] = {
    "app": AppSettings,
    "numerai": NumeraiSettings,
    "credentials": CredentialSettings,
    "display": DisplaySettings,
    "limits": LimitSettings,
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
are separated by commas. Names are Textual's: "ctrl+r", "f5", "pagedown", "slash". A key that
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
    if "@" in url:
        raise ConfigError(
            f"{where}: a user name or password has no place in this URL.",
            "Numerai takes an API key instead; `numstake-tui login` stores it.",
        )
    try:
        parts = urlsplit(url)
        sound = bool(parts.hostname) and parts.port != 0 and bool(_PRINTABLE.fullmatch(url))
    except ValueError:
        sound = False
    if not sound or parts.scheme not in {"http", "https"}:
        raise ConfigError(
            f"{where}: {url!r} is not an endpoint.", f"Numerai's own is {DEFAULT_API_URL}."
        )
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ConfigError(
            f"{where}: {url!r} would send the API key unencrypted.",
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
    return TABLES[name](**parsed)


def _value(setting: Field[Any], value: Any, where: str) -> Any:
    """``value`` as the type of the setting's default, in its range."""
    wanted: type[Any] = type(setting.default)
    if wanted is float and type(value) is int:
        value = float(value)
    if wanted is tuple and type(value) is list:
        value = tuple(value)
    if type(value) is not wanted:
        raise ConfigError(
            f"{where} must be {_KIND[wanted]}, not {value!r}.", str(setting.metadata["doc"])
        )
    low, high = setting.metadata["low"], setting.metadata["high"]
    if low is not None and not low <= value <= high:
        raise ConfigError(
            f"{where} must be between {low:g} and {high:g}, not {value!r}.",
            str(setting.metadata["doc"]),
        )
    expected = setting.metadata["check"](value)
    if expected is not None:
        shown = list(value) if wanted is tuple else value
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
                'For example "f5", "ctrl+r", or several: "j,down".',
            )
    return MappingProxyType(dict(values))


def _unknown(where: str, shown: str, name: str, allowed: list[str]) -> ConfigError:
    near = difflib.get_close_matches(name, allowed, n=1)
    hint = f"Did you mean {near[0]}? " if near else ""
    return ConfigError(
        f"{where}: {shown} is not a setting.", f"{hint}There are: {', '.join(allowed)}."
    )
