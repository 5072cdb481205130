"""The command palette: every action of the registry that works on the screen in front."""

from __future__ import annotations

from functools import partial

from textual.app import ComposeResult
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.widgets import Input

from tui import keys
from tui.screens.one_paint import OnePaint
from tui.screens.pane import Pane


class ActionProvider(Provider):
    """Finds actions by label, help or id."""

    async def discover(self) -> Hits:
        for action in self._actions():
            yield DiscoveryHit(self._title(action), partial(self._run, action), help=action.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for action in self._actions():
            title = self._title(action)
            score = max(matcher.match(title), matcher.match(action.help) * 0.9)
            if score:
                yield Hit(
                    score,
                    matcher.highlight(title),
                    partial(self._run, action),
                    text=title,
                    help=action.help,
                )

    def _actions(self) -> list[keys.Action]:
        screen = self.screen
        if not isinstance(screen, Pane):
            return []
        hidden = {"command-palette", "back"}
        return [a for a in screen.actions() if a.group != keys.TABLE and a.id not in hidden]

    def _title(self, action: keys.Action) -> str:
        screen = self.screen
        remapped = screen.remapped if isinstance(screen, Pane) else {}
        group = "" if action.group in {keys.EVERYWHERE, keys.VIEW} else f"{action.group}: "
        return f"{group}{action.label}  ({keys.shown_key(action, remapped)})"

    async def _run(self, action: keys.Action) -> None:
        on_screen = hasattr(self.screen, action.method)
        target = self.screen if on_screen else self.app
        await self.app.run_action(action.action, target)


class Palette(CommandPalette):
    """Textual's palette without shade, spinner, wide glyph and blinking cursor, each of which
    costs more on the wire than all it finds."""

    DEFAULT_CSS = """
    Palette { background: transparent; }
    Palette > Vertical { margin-top: 2; width: 76; max-width: 100%; background: $surface; }
    Palette > Vertical:dark { background: $surface; }
    Palette #--input { border: round $primary; }
    Palette #--input.--list-visible { border: round $primary; }
    Palette CommandInput, Palette CommandInput:focus { border: none; height: 1; padding: 0 1; }
    Palette SearchIcon { display: none; }
    Palette LoadingIndicator { display: none; }
    Palette #--results { width: 76; max-width: 100%; background: $surface; }
    Palette CommandList, Palette CommandList:focus {
        border: none; padding: 0 1; max-height: 16; background: $surface;
        scrollbar-size-vertical: 1;
    }
    """

    def compose(self) -> ComposeResult:
        self._one_paint = OnePaint(self)
        self._one_paint.begin()
        yield from super().compose()

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self._one_paint.mounted()

    def on_unmount(self) -> None:
        self._one_paint.end()
