"""``?``: what the screen in front shows, and every key that works there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, cast

from textual.binding import Binding, BindingType
from textual.content import Content

from tui import keys
from tui.host import Host
from tui.screens.dialogs.text_dialog import HINT, TextDialog


class HelpScreen(TextDialog):
    """Generated from the action registry and the text of the mode; leads on into the manual."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "back", "Close"),
        keys.binding("chapter"),
        keys.binding("chapters"),
        keys.binding("tour"),
    ]

    def __init__(
        self, mode: str, text: str, actions: Sequence[keys.Action], remapped: Mapping[str, str]
    ) -> None:
        ways_on = (
            f"{keys.shown_key(action, remapped)} {action.label}"
            for action in (keys.BY_ID["chapter"], keys.BY_ID["chapters"])
        )
        hint = " · ".join([*ways_on, HINT])
        super().__init__(mode.capitalize(), _content(text, actions, remapped), hint)
        self._mode = mode
        self._remapped = remapped

    def action_chapter(self) -> None:
        """Open the chapter on the screen explained here."""
        from tui.screens.dialogs.chapters import show_chapter

        show_chapter(self.app, self._mode, self._remapped)

    def action_tour(self) -> None:
        """In the demo: close, and be shown around."""
        tour = cast("Host", self.app).tour
        if tour is not None:
            self.dismiss(None)
            tour.begin()

    def action_chapters(self) -> None:
        """List all chapters."""
        from tui.screens.dialogs.chapters import show_chapters

        show_chapters(self.app, self._mode, self._remapped)


def _content(text: str, actions: Sequence[keys.Action], remapped: Mapping[str, str]) -> Content:
    blocks = [Content(text)] if text else []
    for group in dict.fromkeys(action.group for action in actions):
        lines = [Content.styled(group, "bold")]
        lines += [_line(action, remapped) for action in actions if action.group == group]
        blocks.append(Content("\n").join(lines))
    return Content("\n\n").join(blocks)


def _line(action: keys.Action, remapped: Mapping[str, str]) -> Content:
    names = " ".join(keys.display(key) for key in keys.keys_of(action, remapped))
    return Content.assemble((f"  {names:<16}", "$mark"), action.help)
