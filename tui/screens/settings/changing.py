"""How each kind of setting is changed: switched, chosen, typed or pressed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from ledger.config import KEYS, SETTINGS
from tui import keys
from tui.screens.settings.setting_rows import typed_value, written

if TYPE_CHECKING:
    from tui.screens.settings.settings import SettingsPane


def change(page: SettingsPane, name: str, now: Any) -> None:
    """Let the user say what the setting ``name`` should become; it is ``now`` before."""
    section, _, key = name.partition(".")
    if section == KEYS:
        _press(page, keys.BY_ID[key], now)
    elif name == "app.theme":
        _wear(page, now)
    elif isinstance(now, bool):
        page.edit(name, not now)
    elif SETTINGS[name].choices:
        _choose(page, name, now)
    else:
        _type(page, name, now)


def _press(page: SettingsPane, action: keys.Action, now: str) -> None:
    from tui.screens.settings.key_dialog import KeyDialog

    def take(given: str | None) -> None:
        if given is not None:
            page.edit(f"{KEYS}.{action.id}", None if given == action.key else given)

    page.app.push_screen(KeyDialog(action, now, page.remapped_then), take)


def _wear(page: SettingsPane, now: str) -> None:
    from tui.screens.settings.theme_dialog import ThemeSettingDialog

    def take(theme: str | None) -> None:
        if theme is not None:
            page.edit("app.theme", theme)

    page.app.push_screen(ThemeSettingDialog(now), take)


def _choose(page: SettingsPane, name: str, now: str) -> None:
    from tui.screens.settings.list_dialog import ListDialog

    def take(choice: str | None) -> None:
        if choice is not None:
            page.edit(name, choice)

    page.app.push_screen(ListDialog(name, SETTINGS[name].choices, now), take)


def _type(page: SettingsPane, name: str, now: Any) -> None:
    from tui.screens.settings.value_dialog import ValueDialog

    def take(value: tuple[Any] | None) -> None:
        if value is not None:
            page.edit(name, value[0])

    setting = SETTINGS[name]
    doc = " ".join(setting.doc.splitlines())
    text = now if isinstance(now, str) else written(now)
    read = partial(typed_value, name)
    page.app.push_screen(ValueDialog(name, doc, text, read, setting.range), take)
