"""One line to type a filter into: rows are filtered with every key."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message

from ledger.dataclass import dataclass
from tui.widgets.line import Line, plain

if TYPE_CHECKING:
    from textual.widgets import Input


class FilterBar(Horizontal):
    """Hidden until opened. Enter keeps the filter and leaves, Escape drops it."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "drop", "Drop the filter")]

    @dataclass
    class Changed(Message):
        """The text to filter by is now ``text``."""

        text: str

    @dataclass
    class Closed(Message):
        """The user is done typing."""

    def compose(self) -> ComposeResult:
        label = Line(id="filter-label")
        label.show((plain(" / ", "title"),))
        yield label

    async def open(self, text: str) -> None:
        """Show the line with ``text``, to be filtered by already, and put the cursor into it."""
        self.add_class("open")
        if not self.query("#filter-text"):
            await self.mount(self._field(text))
        field = cast("Input", self.query_one("#filter-text"))
        field.value = text
        field.focus()

    def _field(self, text: str) -> Input:
        """Made when first needed: an input's styles take a while at the start of the app."""
        from textual.widgets import Input

        field = Input(text, placeholder="text to look for", compact=True, id="filter-text")
        field.cursor_blink = False
        return field

    def action_drop(self) -> None:
        self.drop()

    def drop(self) -> None:
        """Forget the text and hide."""
        for field in self.query("#filter-text"):
            cast("Input", field).value = ""
        self.post_message(self.Changed(""))
        self._close()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._close()

    def hide_if_left(self) -> None:
        """A click elsewhere keeps the filter, as enter does."""
        focused = self.screen.focused
        if focused is None or self not in focused.ancestors:
            self.remove_class("open")

    def on_click(self) -> None:
        for field in self.query("#filter-text"):
            field.focus()

    def _close(self) -> None:
        self.remove_class("open")
        self.post_message(self.Closed())
