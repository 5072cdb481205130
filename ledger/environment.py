"""Settings from the environment, as containers have them.

Which settings may come from there, their definitions say (:func:`ledger.config.setting.setting`);
whoever adds one has to allow it. A variable that is empty counts as not set. One that is meant for
us and can't be used is an error: with a slip in ``NUMSTAKE_PROFILE`` another account would be
opened.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ledger.config.setting import PREFIX, Setting
from ledger.config.settings import Config
from ledger.config.values import KEYS, SETTINGS, TABLES, typed
from ledger.credentials import PUBLIC_ID_VARIABLE, SECRET_KEY_VARIABLE
from ledger.errors import ConfigError
from ledger.paths import AT_VARIABLE, PROFILE_VARIABLE
from ledger.user_files import cut

_BY_VARIABLE = {one.variable: one for one in SETTINGS.values()}
_OURS = (PROFILE_VARIABLE, AT_VARIABLE, PUBLIC_ID_VARIABLE, SECRET_KEY_VARIABLE)
_ALIKE = 0.7
"""How much of a name has to be one of ours for it to be a slip in that, not somebody else's."""

Environment = Mapping[str, str]


def overlaid(config: Config, environment: Environment = os.environ) -> Config:
    """``config`` with what the environment says in place of what the file does, told in its
    ``elsewhere``.

    Raises:
        ConfigError: a variable holds what its setting can't be, is for a setting that does not come
            from the environment, or seems to be misspelled.
    """
    values: dict[str, dict[str, Any]] = {}
    origins: dict[str, str] = {}
    for variable in sorted(environment):
        setting = _meant(variable) if variable.startswith(PREFIX) else None
        if setting is not None and environment[variable]:
            value = _value(setting, variable, environment[variable])
            values.setdefault(setting.table, {})[setting.key] = value
            origins[setting.name] = variable
    tables = {name: replace(getattr(config, name), **there) for name, there in values.items()}
    elsewhere = MappingProxyType({**config.elsewhere, **origins})
    return replace(config, **tables, elsewhere=elsewhere) if origins else config


def _value(setting: Setting, variable: str, text: str) -> Any:
    try:
        return typed(setting.name, text)
    except ConfigError as error:
        raise ConfigError(f"{variable}: {error.what}", error.advice) from None


def _meant(variable: str) -> Setting | None:
    """The setting that ``variable`` is for; ``None`` if it is for none.

    Raises:
        ConfigError: it is for one that does not come from there, or seems to be misspelled.
    """
    setting = _BY_VARIABLE.get(variable)
    if setting is not None and setting.from_environment:
        return setting
    if setting is not None:
        raise ConfigError(
            f"{variable}: {setting.name} does not come from the environment.",
            f"Write it into the config, under [{setting.table}].",
        )
    if variable not in _OURS and (_names_a_table(variable) or _near(variable, _OURS)):
        raise _unknown(variable)
    return None


def _names_a_table(variable: str) -> bool:
    """Whether it is made as variables of settings are."""
    table, between, _ = variable.removeprefix(PREFIX).partition("__")
    return bool(between) and bool(_near(table, [name.upper() for name in (*TABLES, KEYS)]))


def _near(name: str, among: list[str] | tuple[str, ...]) -> str:
    by_rest = {one.removeprefix(PREFIX): one for one in among}
    near = difflib.get_close_matches(cut(name.removeprefix(PREFIX)), by_rest, n=1, cutoff=_ALIKE)
    return by_rest[near[0]] if near else ""


def _unknown(variable: str) -> ConfigError:
    allowed = [one.variable for one in SETTINGS.values() if one.from_environment]
    near = _near(variable, [*_OURS, *allowed])
    hint = f"Did you mean {near}? " if near else ""
    what = f"{cut(variable)} is not a variable of numstake-tui."
    return ConfigError(what, f"{hint}There are: {', '.join([*_OURS, *allowed])}.")
