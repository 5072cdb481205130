"""A text too long for a notice: scrolls, and ``c`` copies it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.copying import copy
from tui.screens.dialog import Dialog


class TextDialog(Dialog[None]):
    """Shows ``text``; ``title`` says in a word or two what it is."""

    DEFAULT_CSS = """
    TextDialog VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; }
    TextDialog Static { width: 1fr; height: auto; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,y", "copy", "copy", show=False),
        Binding("enter,q", "back", "close", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
    ]

    def __init__(self, title: str, text: str | Content) -> None:
        super().__init__(title, "c copy · esc close")
        self._text = text if isinstance(text, Content) else Content(text)

    def compose_frame(self) -> Iterable[Widget]:
        yield VerticalScroll(Static(self._text))

    def action_copy(self) -> None:
        """Put the text into the clipboard."""
        copy(self.app, self._text.plain)

    def action_scroll(self, lines: int) -> None:
        """Move by ``lines``, at once."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
