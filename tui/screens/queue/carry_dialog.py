"""What is left to do for a change of a strategy: figures to copy, a line to fill in, a button.

Escape and the button marked at first leave everything as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from tui.screens.dialogs.dialog import SCROLLING, buttons
from tui.screens.dialogs.form_dialog import FormDialog, field, objection
from tui.terminal.copying import copy


@dataclass(frozen=True, slots=True)
class Errand:
    """``text`` says what to do, ``figures`` are what ``ctrl+y`` copies.

    ``label`` and ``hint`` describe the line to fill in, if there is one; ``secret`` hides what
    is typed into it, ``typed`` stands in it at first. ``object`` says what is wrong with the text
    typed (``""`` where there is no line), ``None`` when nothing is; ``wrong`` what was wrong
    the time before.
    """

    title: str
    text: str
    figures: str
    yes: str
    no: str = "Not yet"
    label: str = ""
    hint: str = ""
    secret: bool = False
    typed: str = ""
    wrong: str = ""
    object: Callable[[str], str | None] = lambda _: None


class CarryDialog(FormDialog[str]):
    """Ends with what was typed, ``""`` where nothing had to be, or ``None`` for "not yet"."""

    DEFAULT_CSS = """
    CarryDialog VerticalScroll { height: auto; max-height: 50vh; scrollbar-size-vertical: 1; }
    CarryDialog #errand { width: 1fr; height: auto; }
    CarryDialog .field { margin-top: 1; }
    CarryDialog Input { width: 46; }
    """

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "go_to_yes", show=False),
        Binding("n", "back", show=False),
        Binding("ctrl+y,c", "copy", show=False),
        *SCROLLING,
    ]

    def __init__(self, errand: Errand) -> None:
        way = "y then type" if errand.label else "y then enter"
        super().__init__(errand.title, f"c copy · {way}: {errand.yes.lower()} · esc: not yet")
        self._errand = errand

    def compose_frame(self) -> Iterable[Widget]:
        errand = self._errand
        yield VerticalScroll(Static(Content(errand.text), id="errand"), can_focus=False)
        if errand.label:
            yield field("typed", errand.label, errand.hint, errand.typed)
        yield objection()
        yield buttons((errand.no, "no"), (errand.yes, "yes"))

    def on_mount(self) -> None:
        super().on_mount()
        if self._errand.label:
            self.query_one(Input).password = self._errand.secret
        if self._errand.wrong:
            self.object_to(self._errand.wrong, "typed" if self._errand.label else "")

    def action_go_to_yes(self) -> None:
        """Move to where a Yes is given, without giving it."""
        self.query_one("#typed" if self._errand.label else "#yes").focus()

    def action_copy(self) -> None:
        """Put the figures into the clipboard."""
        copy(self.app, self._errand.figures)

    @on(Button.Pressed, "#yes")
    @on(Input.Submitted)
    def yes(self) -> None:
        """Go on, with what was typed where something has to be."""
        errand = self._errand
        typed = self.query_one(Input).value if errand.label else ""
        wrong = f"{errand.label} is empty." if errand.label and not typed.strip() else None
        wrong = wrong or errand.object(typed)
        if wrong:
            self.object_to(wrong, "typed" if errand.label else "")
            return
        self.dismiss(typed)
