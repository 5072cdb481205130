"""A dialog with lines to fill in, and one line for what is wrong with them."""

from __future__ import annotations

from typing import TypeVar

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from ledger.domain.names import cells, cut
from tui.screens.dialogs.dialog import Dialog, entry
from tui.widgets.static import Static

Result = TypeVar("Result")


class FormDialog(Dialog[Result]):
    """Fields are :func:`field` lines; :meth:`object_to` speaks in the line of :func:`objection`.

    Both stand in the frame itself, so that the line can go to the field it is about.
    """

    DEFAULT_CSS = """
    FormDialog .field { height: 1; }
    FormDialog .field .label { width: 18; height: 1; color: $muted; }
    FormDialog .field .hint { width: 1fr; height: 1; padding-left: 2; color: $muted; }
    FormDialog Input { width: 26; height: 1; border: none; padding: 0 1; background: $panel; }
    FormDialog .field Input { margin-left: 18; }
    FormDialog Input:focus { border: none; background: $panel; }
    FormDialog #objection { width: 1fr; height: auto; color: $warning; display: none; }
    FormDialog #objection.shown { display: block; }
    FormDialog #objection.beside { padding-left: 19; }
    """

    def object_to(self, text: str, name: str = "") -> None:
        """Say what is wrong, right under the field ``name`` and with the focus there if it is
        about one; an empty text says nothing is."""
        place = self.query_one("#objection", Static)
        if name:
            line = self.query_one(f"#{name}", Input)
            row = line.query_ancestor(".field", Widget)
            self.query_one(".dialog--frame").move_child(place, after=row)
            line.focus()
        place.set_class(bool(name), "beside")
        place.set_class(bool(text), "shown")
        place.update(Content(f"✗ {text}" if text else ""))


class Field(Horizontal):
    """A line to type into with its label before it, in the line's margin, and a hint behind it;
    a click anywhere on it goes there. Only the line is a widget: each takes its time to open."""

    DEFAULT_CSS = "Field { height: 1; color: $muted; text-wrap: nowrap; text-overflow: clip; }"

    def __init__(self, label: str, line: Input, hint: str) -> None:
        super().__init__(line, classes="field")
        self._line = line
        self._label = label
        self.hint = hint
        """What is said behind it."""

    def say(self, hint: str) -> None:
        """Another hint."""
        self.hint = hint
        self.refresh()

    def on_mount(self) -> None:
        """A line that takes all the room there is leaves some for the hint."""
        styles = self._line.styles
        if self.hint and styles.width is not None and styles.width.is_fraction:
            styles.margin = (0, len(_GAP) + cells(self.hint), 0, styles.margin.left)

    def render(self) -> Content:
        """What stands around the line."""
        before = self._line.region.x - self.region.x
        label = cut(self._label, before)
        gap = " " * (before + self._line.region.width - cells(label)) + _GAP
        return Content(f"{label}{gap}{self.hint}")

    def on_click(self) -> None:
        self._line.focus()


_GAP = "  "
"""Stands before a hint."""


def field(name: str, label: str, hint: str, value: str = "") -> Field:
    """One line: a label, an input with the id ``name``, and what may stand in it."""
    return Field(label, entry(name, value), hint)


def objection() -> Static:
    """The line for what is wrong; hidden while nothing is."""
    return Static(id="objection")
