"""A list to choose from: a mark that keys move, and as many lines as there is room for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.widget import Widget

from tui.screens.dialogs.dialog import Dialog
from tui.widgets.note import Note

Result = TypeVar("Result")


class ListDialog(Dialog[Result]):
    """A click on a line is what enter on it would be; the wheel moves the mark."""

    LIST: ClassVar[str] = "lines"
    """The id of the list."""

    BESIDE: ClassVar[int] = 4
    """Rows of the screen that are not for the list."""

    DEFAULT_CSS = "ListDialog Note { text-wrap: nowrap; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("home", "move(-1000)", show=False),
        Binding("end", "move(1000)", show=False),
        Binding("enter", "choose", show=False),
        Binding("q", "back", show=False),
    ]

    def __init__(self, title: str, hint: str, at: int) -> None:
        super().__init__(title, hint)
        self.at = at
        """The number of the line that is marked."""

    # For each dialog to say

    @property
    def length(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def line(self, number: int) -> Content:
        """A line without its mark."""
        raise NotImplementedError

    def action_choose(self) -> None:
        """Take the line that is marked."""
        raise NotImplementedError

    def pick(self, number: int) -> None:
        """Take the line that was clicked."""
        self.action_move(number - self.at)
        self.action_choose()

    # Drawing and moving

    def compose_frame(self) -> Iterable[Widget]:
        note = Note(id=self.LIST)
        note.styles.height = self._room
        note.show(self._listed())
        yield note

    def action_move(self, rows: int) -> None:
        """Mark another one."""
        self.at = max(0, min(self.length - 1, self.at + rows))
        self.draw()

    def draw(self) -> None:
        """Draw the list anew."""
        self.query_one(f"#{self.LIST}", Note).show(self._listed())

    def on_click(self, event: Click) -> None:
        place = self.query_one(f"#{self.LIST}").region
        number = self._first + event.screen_y - place.y
        if place.contains(event.screen_x, event.screen_y) and number < self.length:
            self.pick(number)

    def on_mouse_scroll_down(self) -> None:
        self.action_move(1)

    def on_mouse_scroll_up(self) -> None:
        self.action_move(-1)

    @property
    def _room(self) -> int:
        return max(1, min(self.length, self.app.size.height - self.BESIDE))

    @property
    def _first(self) -> int:
        """The first line drawn: the marked one is among them."""
        return max(0, min(self.at - self._room // 2, self.length - self._room))

    def _listed(self) -> Content:
        first = self._first
        return Content("\n").join(
            Content.assemble(("▌ " if at == self.at else "  ", "$mark"), self.line(at))
            for at in range(first, min(first + self._room, self.length))
        )
