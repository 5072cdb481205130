"""What a click on the lines around a pane does: always what some key does as well."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.events import Key
from textual.keys import key_to_character

from tui import keys
from tui.screens.filtering import Filtering
from tui.widgets.filterbar import FilterBar
from tui.widgets.keybar import KeyBar
from tui.widgets.missingline import MissingLine
from tui.widgets.modebar import ModeBar
from tui.widgets.noticeline import NoticeLine

if TYPE_CHECKING:
    from tui.theme import Parts


class Clicking(Filtering):
    """Mixed into panes."""

    captions: Mapping[Parts, str]
    """The actions behind what the second line says on the right."""

    @property
    def remapped(self) -> Mapping[str, str]:
        """The user's own keys by action id."""
        raise NotImplementedError

    def press(self, action_id: str) -> None:
        """Do what the key of an action does, whatever is being typed just now."""
        key = keys.keys_of(keys.BY_ID[action_id], self.remapped)[0]
        focused, grid = self.focused, self.grid
        if focused is not None and focused.check_consume_key(key, key_to_character(key)) and grid:
            self.set_focus(grid)
            self.query_one(FilterBar).hide_if_left()
        self.app.call_later(self._send, key)

    def _send(self, key: str) -> None:
        """As a key that comes from the app, and is no character: it must not be typed."""
        event = Key(key, None)
        event.character = None
        self.app.post_message(event)

    def on_click(self) -> None:
        """Wherever it was; not as soon as the button goes down, since rows move up."""
        self.query_one(FilterBar).hide_if_left()

    def on_key_bar_pressed(self, event: KeyBar.Pressed) -> None:
        self.press(event.action_id)

    def on_mode_bar_tab(self, event: ModeBar.Tab) -> None:
        self.press(event.name)

    def on_mode_bar_caption(self, event: ModeBar.Caption) -> None:
        if event.parts in self.captions:
            self.press(self.captions[event.parts])

    def on_mode_bar_step(self, event: ModeBar.Step) -> None:
        if event.number is None:
            self.press("back")
        else:
            self.leave_to(event.number)

    def on_notice_line_pressed(self, event: NoticeLine.Pressed) -> None:
        """Go to what it is about, as enter on it does among all of them, or list all."""
        if event.all:
            self.press("callouts")
            return
        from tui.screens.dialogs.flow import follow
        from tui.screens.notices.destinations import go_to

        follow(self.app, lambda: go_to(self.host, event.notice), group="notice")

    def on_missing_line_pressed(self, _: MissingLine.Pressed) -> None:
        """Say all that is missing, in sentences."""
        from tui.screens.dialogs.flow import follow
        from tui.screens.notices.destinations import show_untold

        follow(self.app, lambda: show_untold(self.host), group="notice")
