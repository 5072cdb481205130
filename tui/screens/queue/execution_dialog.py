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
from textual.widgets import Input

from tui.screens.dialogs.copying import copy
from tui.screens.dialogs.dialog import SCROLLING, buttons
from tui.screens.dialogs.fields import Fields
from tui.screens.dialogs.form_dialog import FormDialog, field, objection
from tui.widgets.button import Button
from tui.widgets.static import Static


@dataclass(frozen=True, slots=True)
class RemainingStep:
    """``fields`` are what it is about, always in sight; ``text`` says what to do, ``figures`` are
    what ``ctrl+y`` copies.

    ``label`` and ``hint`` describe the line to fill in, if there is one; ``secret`` hides what
    is typed into it, ``typed`` stands in it at first. ``object`` says what is wrong with the text
    typed (``""`` where there is no line), ``None`` when nothing is; ``wrong`` what was wrong
    the time before.
    """

    title: str
    fields: tuple[tuple[str, str], ...]
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


class ExecutionDialog(FormDialog[str]):
    """Ends with what was typed, ``""`` where nothing had to be, or ``None`` for "not yet"."""

    DEFAULT_CSS = """
    ExecutionDialog VerticalScroll { height: auto; max-height: 50vh; scrollbar-size-vertical: 1; }
    ExecutionDialog #about { margin-bottom: 1; }
    ExecutionDialog #remaining-step { width: 1fr; height: auto; }
    ExecutionDialog .field { margin-top: 1; }
    ExecutionDialog Input { width: 46; }
    """

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "go_to_yes", show=False),
        Binding("n", "back", show=False),
        Binding("ctrl+y,c", "copy", show=False),
        *SCROLLING,
    ]

    def __init__(self, step: RemainingStep) -> None:
        way = "y then type" if step.label else "y then enter"
        super().__init__(step.title, f"c copy · {way}: {step.yes.lower()} · esc: not yet")
        self._step = step

    def compose_frame(self) -> Iterable[Widget]:
        step = self._step
        yield Fields(step.fields, id="about")
        yield VerticalScroll(Static(Content(step.text), id="remaining-step"), can_focus=False)
        if step.label:
            yield field("typed", step.label, step.hint, step.typed)
        yield objection()
        yield buttons((step.no, "no"), (step.yes, "yes"))

    def on_mount(self) -> None:
        super().on_mount()
        if self._step.label:
            self.query_one(Input).password = self._step.secret
        if self._step.wrong:
            self.object_to(self._step.wrong, "typed" if self._step.label else "")

    def action_go_to_yes(self) -> None:
        """Move to where a Yes is given, without giving it."""
        self.query_one("#typed" if self._step.label else "#yes").focus()

    def action_copy(self) -> None:
        """Put the figures into the clipboard."""
        copy(self.app, self._step.figures)

    @on(Button.Pressed, "#yes")
    @on(Input.Submitted)
    def yes(self) -> None:
        """Go on, with what was typed where something has to be."""
        step = self._step
        typed = self.query_one(Input).value if step.label else ""
        wrong = f"{step.label} is empty." if step.label and not typed.strip() else None
        wrong = wrong or step.object(typed)
        if wrong:
            self.object_to(wrong, "typed" if step.label else "")
            return
        self.dismiss(typed)
