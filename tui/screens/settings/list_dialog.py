"""One of a few things, chosen from a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from tui.screens.dialogs.dialog import Dialog
from tui.widgets.note import Note

_FRAME = 4
"""Rows of the screen that are not for the list."""


class ListDialog(Dialog[str]):
    """Ends with the one chosen; that of ``now`` is marked first."""

    DEFAULT_CSS = "ListDialog #choices { text-wrap: nowrap; }"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("home,g", "move(-1000)", show=False),
        Binding("end,G", "move(1000)", show=False),
        Binding("enter", "choose", show=False),
        Binding("q", "back", show=False),
    ]

    def __init__(
        self, title: str, choices: Sequence[str], now: str, hint: str = "↑↓ · enter choose · esc"
    ) -> None:
        super().__init__(title, hint)
        self._choices = choices
        self._now = now
        self._at = choices.index(now) if now in choices else 0

    @property
    def marked(self) -> str:
        """The one that enter chooses."""
        return self._choices[self._at]

    def compose_frame(self) -> Iterable[Widget]:
        note = Note(id="choices")
        note.styles.height = self._room
        note.show(self._listed())
        yield note

    def action_move(self, rows: int) -> None:
        """Mark another one."""
        self._at = max(0, min(len(self._choices) - 1, self._at + rows))
        self.query_one("#choices", Note).show(self._listed())

    def action_choose(self) -> None:
        """End with the one that is marked."""
        self.dismiss(self.marked)

    @property
    def _room(self) -> int:
        return max(1, min(len(self._choices), self.app.size.height - _FRAME))

    def _listed(self) -> Content:
        first = max(0, min(self._at - self._room // 2, len(self._choices) - self._room))
        shown = range(first, first + self._room)
        return Content("\n").join(self._row(at) for at in shown)

    def _row(self, at: int) -> Content:
        choice = self._choices[at]
        here = at == self._at
        return Content.assemble(
            ("▌ " if here else "  ", "$mark"),
            (choice, "bold" if here else ""),
            ("  now" if choice == self._now else "", "$muted"),
        )
