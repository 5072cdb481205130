"""Colours by meaning, and the app's own dark and light themes.

A widget never names a colour: it names a meaning, and the theme in use says how that looks. Gains
are blue and burns orange, which colour-blind eyes tell apart; signs and words say it as well.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Literal

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from ledger.domain.concern import Level
from ledger.errors import ConfigError

if TYPE_CHECKING:
    from textual.app import App
    from textual.widget import Widget

Meaning = Literal[
    "",
    "gain",
    "burn",
    "pending",
    "locked",
    "stale",
    "muted",
    "strong",
    "title",
    "row",
    "chosen",
    "line1",
    "line2",
    "line3",
    "line4",
    "line5",
    "line6",
    "line7",
    "line8",
]
"""What a text stands for; the empty meaning is plain text."""

LEVELS: dict[Level, Meaning] = {
    Level.LOUD: "burn",
    Level.QUIET: "pending",
    Level.NEWS: "muted",
}
"""How much a notice asks for attention; its sign says the same."""

Parts = tuple[tuple[str, Meaning], ...]
"""A line in pieces, each with its meaning."""

DEFAULT_THEME = "numstake-dark"

_DARK = {
    "gain": "#7fb2e8",
    "burn": "#e39a5c",
    "pending": "#d8c36a",
    "locked": "#a99ad0",
    "stale": "#9a8f80",
    "muted": "#7b838e",
    "mark": "#8fb4d9",
    "row": "#33404e",
    "line1": "#d8c36a",
    "line2": "#7fb2e8",
    "line3": "#e39a5c",
    "line4": "#8fc79a",
    "line5": "#c79ad0",
    "line6": "#6fc2c2",
    "line7": "#e08fa0",
    "line8": "#b7c3d0",
    "scrollbar": "#2c3541",
    "scrollbar-hover": "#2c3541",
    "scrollbar-active": "#7b838e",
    "scrollbar-background": "#1a1f26",
    "scrollbar-background-hover": "#1a1f26",
    "scrollbar-background-active": "#1a1f26",
    "scrollbar-corner-color": "#1a1f26",
}

_LIGHT = {
    "gain": "#0b5cad",
    "burn": "#a84a00",
    "pending": "#7a5a00",
    "locked": "#5f4a9c",
    "stale": "#7a6f60",
    "muted": "#6b727c",
    "mark": "#0b5cad",
    "row": "#d5dbe3",
    "line1": "#7a5a00",
    "line2": "#0b5cad",
    "line3": "#a84a00",
    "line4": "#2f6f3e",
    "line5": "#7d3f94",
    "line6": "#00707a",
    "line7": "#a8325a",
    "line8": "#4a5560",
    "scrollbar": "#cfd1cc",
    "scrollbar-hover": "#cfd1cc",
    "scrollbar-active": "#6b727c",
    "scrollbar-background": "#f1f1ee",
    "scrollbar-background-hover": "#f1f1ee",
    "scrollbar-background-active": "#f1f1ee",
    "scrollbar-corner-color": "#f1f1ee",
}

THEMES = (
    Theme(
        name=DEFAULT_THEME,
        primary="#8fb4d9",
        secondary="#a99ad0",
        accent="#d8c36a",
        warning="#e39a5c",
        error="#e07a5f",
        success="#7fb2e8",
        foreground="#ccd2da",
        background="#14181d",
        surface="#1a1f26",
        panel="#222932",
        dark=True,
        variables=_DARK,
    ),
    Theme(
        name="numstake-light",
        primary="#0b5cad",
        secondary="#5f4a9c",
        accent="#7a5a00",
        warning="#a84a00",
        error="#a8321a",
        success="#0b5cad",
        foreground="#23282f",
        background="#fafaf8",
        surface="#f1f1ee",
        panel="#e6e7e4",
        dark=False,
        variables=_LIGHT,
    ),
)
"""The app's own themes; Textual's others work too, with :func:`variables` filled in."""


def install(app: App[Any], name: str) -> None:
    """Register our themes and begin with the one called ``name``, before the app runs.

    Set without its watcher, which would parse all styles a second time at the start; they only
    need to know the theme's colours before the first time.

    Raises:
        ConfigError: there is no such theme.
    """
    for theme in THEMES:
        app.register_theme(theme)
    check(name)
    app.set_reactive(type(app).theme, name)
    app.stylesheet.set_variables(app.get_css_variables())


def names() -> list[str]:
    """All themes there are, the app's own first."""
    from textual.theme import BUILTIN_THEMES

    own = [theme.name for theme in THEMES]
    return [*own, *sorted(BUILTIN_THEMES.keys() - set(own))]


def check(name: str) -> None:
    """Take a theme there is.

    Raises:
        ConfigError: there is none called ``name``.
    """
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise ConfigError(
            f"app.theme: there is no theme {name!r}.",
            f"{hint}There are: {', '.join(names())}.",
            setting="app.theme",
        )


def variables(*, dark: bool) -> dict[str, str]:
    """The colours of all meanings for a theme that does not define them."""
    return dict(_DARK if dark else _LIGHT)


class Palette:
    """How one widget draws each meaning on its own background; kept until :meth:`forget`.

    Asked of the theme's variables, not of component classes: those would cost a style
    computation for each meaning and widget at every start.
    """

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[Meaning, Style] = {}

    def __getitem__(self, meaning: Meaning) -> Style:
        style = self._styles.get(meaning)
        if style is None:
            style = self._styles[meaning] = self._make(meaning)
        return style

    def forget(self) -> None:
        """The theme or the widget's background changed."""
        self._styles.clear()

    def _make(self, meaning: Meaning) -> Style:
        if not meaning:
            return self._widget.rich_style
        if meaning == "strong":
            return self[""] + Style(bold=True)
        if meaning == "row":
            ground = Color.parse(self._widget.app.theme_variables["row"])
            return self[""] + Style(bgcolor=ground.rich_color)
        if meaning == "chosen":
            return Style(color=self[""].color, bold=True, reverse=True)
        variable = _VARIABLES.get(meaning, meaning)
        colour = Color.parse(self._widget.app.theme_variables[variable])
        return self[""] + Style(color=colour.rich_color, italic=meaning == "stale")


_VARIABLES = {"title": "mark"}
