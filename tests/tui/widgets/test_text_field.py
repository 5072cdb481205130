"""A line to type into looks as Textual's own would, whatever is done to it."""

from __future__ import annotations

from typing import Any

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import Input

from tui.widgets.text_field import TextField

KEYS = ("a", "left", "ctrl+shift+a", "x", "y", "home", "shift+right", "delete", "ctrl+u", "z")


class Lines(App[None]):
    """Both, one below the other."""

    CSS = "Input { width: 12; height: 1; border: none; padding: 0 1; }"
    AUTO_FOCUS = ""

    def compose(self) -> ComposeResult:
        own = Input("begin", id="own")
        own.cursor_blink = False
        yield own
        yield TextField("begin", id="ours")


async def _looks(pilot: Pilot[Any], name: str) -> list[list[Segment]]:
    """How a line is drawn before it is typed into, after each key, and without the focus again."""
    line = pilot.app.query_one(f"#{name}", Input)
    looks = [list(line.render_line(0))]
    line.focus()
    for key in KEYS:
        await pilot.pause()
        looks.append(list(line.render_line(0)))
        await pilot.press(key)
    pilot.app.set_focus(None)
    await pilot.pause()
    return [*looks, list(line.render_line(0))]


async def test_it_looks_as_textuals_own() -> None:
    async with Lines().run_test() as pilot:
        for theme in ("textual-dark", "textual-light"):
            pilot.app.theme = theme
            await pilot.pause()
            own, ours = await _looks(pilot, "own"), await _looks(pilot, "ours")
            assert own == ours
            assert len({str(look) for look in ours}) > len(KEYS) / 2
