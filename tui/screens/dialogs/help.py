"""``?``: what the screen in front shows, and every key that works there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from tui import keys
from tui.screens.dialogs.text_dialog import TextDialog


class HelpScreen(TextDialog):
    """Generated from the action registry and the text of the mode."""

    BINDINGS: ClassVar[list[BindingType]] = [("question_mark", "back", "Close")]

    def __init__(
        self, mode: str, text: str, actions: Sequence[keys.Action], remapped: Mapping[str, str]
    ) -> None:
        super().__init__(mode.capitalize(), _content(text, actions, remapped))


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
