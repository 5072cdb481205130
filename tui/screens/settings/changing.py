"""How each kind of setting is changed: switched, chosen, typed or pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from textual.app import App

from ledger.config.config import KEYS, SETTINGS, typed
from tui import keys
from tui.screens.settings.setting_rows import written

Edited = Callable[[Any], None]
"""Hears what a setting should become, ``None`` for its default; not called where it stays."""


def change(app: App[Any], name: str, now: Any, edited: Edited, remapped: Mapping[str, str]) -> None:
    """Let the user say what the setting ``name`` should become; it is ``now`` before, and the
    actions have the keys ``remapped``."""
    section, _, key = name.partition(".")
    if section == KEYS:
        _press(app, keys.BY_ID[key], now, edited, remapped)
    elif name == "app.theme":
        _wear(app, now, edited)
    elif isinstance(now, bool):
        edited(not now)
    elif SETTINGS[name].choices:
        _choose(app, name, now, edited)
    else:
        _type(app, name, now, edited)


def _press(
    app: App[Any], action: keys.Action, now: str, edited: Edited, remapped: Mapping[str, str]
) -> None:
    from tui.screens.settings.key_dialog import KeyDialog

    def take(given: str | None) -> None:
        if given is not None:
            edited(None if given == action.key else given)

    app.push_screen(KeyDialog(action, now, remapped), take)


def _wear(app: App[Any], now: str, edited: Edited) -> None:
    from tui.screens.settings.theme_dialog import ThemeSettingDialog

    app.push_screen(ThemeSettingDialog(now), _unless_left(edited))


def _choose(app: App[Any], name: str, now: str, edited: Edited) -> None:
    from tui.screens.settings.list_dialog import ListDialog

    app.push_screen(ListDialog(name, SETTINGS[name].choices, now), _unless_left(edited))


def _unless_left(edited: Edited) -> Callable[[str | None], None]:
    def take(choice: str | None) -> None:
        if choice is not None:
            edited(choice)

    return take


def _type(app: App[Any], name: str, now: Any, edited: Edited) -> None:
    from tui.screens.settings.value_dialog import ValueDialog

    def take(value: tuple[Any] | None) -> None:
        if value is not None:
            edited(value[0])

    setting = SETTINGS[name]
    text = now if isinstance(now, str) else written(now)
    taken = partial(typed, name)
    app.push_screen(ValueDialog(name, setting.prose, text, taken, setting.range), take)
