"""A text too long for a notice: scrolls, and ``c`` copies it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from tui.screens.dialogs.copying import copy
from tui.screens.dialogs.dialog import Dialog
from tui.widgets.note import Note

_WIDTH, _FRAME = 76, 6
"""Columns of the frame at most, and what of them is no text."""
_BORDERS = 2
"""Rows of the frame that are no text."""
HINT = "c copy · esc close"
"""Its keys, as the frame names them."""


class TextDialog(Dialog[None]):
    """Shows ``text``; ``title`` says in a word or two what it is.

    Only the lines that have a place are drawn: wrapping and painting all of a long text would take
    longer than a key may.
    """

    DEFAULT_CSS = "TextDialog #text { width: 1fr; text-wrap: nowrap; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c,y", "copy", "copy", show=False),
        Binding("enter,q", "back", "close", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "scroll(10)", show=False),
        Binding("pageup", "scroll(-10)", show=False),
        Binding("home,g", "scroll(-100000)", show=False),
        Binding("end,G", "scroll(100000)", show=False),
    ]

    def __init__(self, title: str, text: str | Content, hint: str = HINT) -> None:
        super().__init__(title, hint)
        self._text = text if isinstance(text, Content) else Content(text)
        self._wrapped = lru_cache(maxsize=1)(self._text.wrap)
        self._top = 0

    @property
    def text(self) -> str:
        """All of it, as it is copied."""
        return self._text.plain

    def compose_frame(self) -> Iterable[Widget]:
        text = Note(id="text")
        self._fill(text)
        yield text

    def on_mount(self) -> None:
        self._say_where()

    def on_resize(self) -> None:
        """Wrap it for another width."""
        self._draw()

    def on_mouse_scroll_down(self) -> None:
        self.action_scroll(3)

    def on_mouse_scroll_up(self) -> None:
        self.action_scroll(-3)

    def action_copy(self) -> None:
        """Put the text into the clipboard."""
        copy(self.app, self.text)

    def action_scroll(self, lines: int) -> None:
        """Move by ``lines``, at once."""
        self._top += lines
        self._draw()

    @property
    def _rows(self) -> int:
        """How many lines have a place."""
        return max(1, self.app.size.height - _BORDERS)

    def _lines(self) -> list[Content]:
        return self._wrapped(max(1, min(_WIDTH, self.app.size.width) - _FRAME))

    def _fill(self, note: Note) -> None:
        """Put the lines that have a place into ``note``, which need not find out how many."""
        lines = self._lines()
        self._top = max(0, min(self._top, len(lines) - self._rows))
        shown = lines[self._top : self._top + self._rows]
        note.styles.height = len(shown)
        note.show(Content("\n").join(shown))

    def _draw(self) -> None:
        self._fill(self.query_one(Note))
        self._say_where()

    def _say_where(self) -> None:
        lines = len(self._lines())
        frame = self.query_one(".dialog--frame", Vertical)
        last = min(lines, self._top + self._rows)
        where = f"{self._top + 1}-{last} of {lines} · " if lines > self._rows else ""
        frame.border_subtitle = Content(f"{where}{self._hint}")
