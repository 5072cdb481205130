"""One line to type a value into, with what it is for before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from tui.theme import Meaning
from tui.widgets.line import Line, plain


class Entry(Horizontal):
    """Says a hint until opened. Enter keeps what was typed, Escape leaves it."""

    DEFAULT_CSS = """
    Entry { height: 1; }
    Entry Input { width: 18; height: 1; display: none; background: $panel; padding: 0 1; }
    Entry.open Input { display: block; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave", show=False),
    ]

    @dataclass
    class Kept(Message):
        """``text`` was entered for ``key``."""

        key: str
        text: str

    @dataclass
    class Left(Message):
        """Nothing was entered."""

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._hint = hint
        self._key: str | None = None

    def compose(self) -> ComposeResult:
        yield Line(id="entry-label")
        field = Input(compact=True, id="entry-text")
        field.cursor_blink = False
        yield field

    def on_mount(self) -> None:
        self._label(self._hint, "muted")

    @property
    def is_open(self) -> bool:
        """Whether something is being typed."""
        return self._key is not None

    def open(self, key: str, label: str, text: str) -> None:
        """Begin with ``text``, which the first character typed replaces."""
        self._key = key
        self._label(label, "strong")
        field = self.query_one(Input)
        field.value = text
        field.cursor_position = len(text)
        self.add_class("open")
        field.focus()

    def close(self) -> None:
        """Say the hint again."""
        self._key = None
        self.remove_class("open")
        self._label(self._hint, "muted")

    def action_leave(self) -> None:
        """Nothing is entered."""
        self.close()
        self.post_message(self.Left())

    def _keep(self) -> None:
        if self._key is not None:
            key, text = self._key, self.query_one(Input).value.strip()
            self.close()
            self.post_message(self.Kept(key, text))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._keep()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()

    def _label(self, text: str, meaning: Meaning) -> None:
        label = self.query_one("#entry-label", Line)
        label.styles.width = cell_len(text) + 2 if self.is_open else "1fr"
        label.show((plain(text, meaning),))
