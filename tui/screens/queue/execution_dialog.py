"""What is left to do for a change of a strategy: figures to copy, a line to fill in, a button.

Escape and the button marked at first leave everything as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from ledger.errors import LedgerError
from tui import jobs
from tui.screens.dialogs.answer_dialog import AnswerDialog
from tui.screens.dialogs.copying import copy
from tui.screens.dialogs.fields import Fields
from tui.widgets.button import Button
from tui.widgets.static import Static


@dataclass(frozen=True, slots=True)
class RemainingStep:
    """``fields`` are what it is about, always in sight; ``text`` says what to do, ``figures`` are
    what ``ctrl+y`` copies.

    ``label`` and ``hint`` describe the line to fill in, if there is one; ``secret`` hides what
    is typed into it, ``typed`` stands in it at first. ``object`` says what is wrong with the text
    typed (``""`` where there is no line), ``None`` when nothing is; ``wrong`` what was wrong
    the time before. ``ask`` finds out text and figures, in a thread, where they are not known at
    first; nothing is done before they are. ``website``: the demo's own can do it.
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
    ask: Callable[[], tuple[str, str]] | None = None
    website: bool = False


class ExecutionDialog(AnswerDialog[str]):
    """Ends with what was typed, ``""`` where nothing had to be, or ``None`` for "not yet"."""

    DEFAULT_CSS = """
    ExecutionDialog VerticalScroll { height: auto; max-height: 50vh; scrollbar-size-vertical: 1; }
    ExecutionDialog #about { margin-bottom: 1; }
    ExecutionDialog #remaining-step { width: 1fr; height: auto; }
    ExecutionDialog #answer { margin-top: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+y,c", "copy", show=False),
        Binding("at", "website", show=False),
    ]

    @dataclass
    class Known(Message):
        """Text and figures are there."""

        text: str
        figures: str

    @dataclass
    class NotKnown(Message):
        """They can't be had."""

        error: LedgerError

    def __init__(self, step: RemainingStep) -> None:
        copies, way = ("^y", "enter, → enter") if step.label else ("c", "y then enter")
        there = " · @: the website does it" if step.website else ""
        hint = f"{copies} copy · {way}: {step.yes.lower()}{there} · esc: not yet"
        super().__init__(step.title, hint)
        self.step = step
        """What is left to do, as far as it is known."""
        self.error: LedgerError | None = None
        """Why nothing can be done."""
        self.by_website = False
        """Whether the demo's website is to do it."""

    def compose_frame(self) -> Iterable[Widget]:
        step = self.step
        yield Fields(step.fields, id="about")
        yield VerticalScroll(Static(Content(step.text), id="remaining-step"), can_focus=False)
        line = (step.label, step.hint, step.typed) if step.label else None
        yield from self.compose_answer(step.no, step.yes, line)

    def on_mount(self) -> None:
        super().on_mount()
        for line in self.lines:
            line.password = self.step.secret
        if self.step.wrong:
            self.object_to(self.step.wrong, "typed" if self.step.label else "")
        if self.step.ask is not None:
            jobs.run(
                self, self.step.ask, lambda known: self.Known(*known), self.NotKnown, group="ask"
            )

    @on(Known)
    def known(self, event: Known) -> None:
        """Say what it comes to."""
        self.step = replace(self.step, text=event.text, figures=event.figures, ask=None)
        self.query_one("#remaining-step", Static).update(Content(event.text))
        self.object_to("")

    @on(NotKnown)
    def not_known(self, event: NotKnown) -> None:
        """Leave; the error is for who asked."""
        self.error = event.error
        self.dismiss(None)

    def action_copy(self) -> None:
        """Put the figures into the clipboard."""
        copy(self.app, self.step.figures)

    def action_website(self) -> None:
        """Let the demo's website do it."""
        wrong = self.step.object("")
        if self.step.website and wrong:
            self.object_to(wrong)
        elif self.step.website:
            self.by_website = True
            self.dismiss("")

    @on(Button.Pressed, "#yes")
    def yes(self) -> None:
        """Go on, with what was typed where something has to be."""
        step, typed = self.step, self.typed
        wrong = f"{step.label} is empty." if step.label and not typed.strip() else None
        wrong = wrong or step.object(typed)
        if step.ask is not None:
            self.object_to("The chain has not answered yet.")
        elif wrong:
            self.object_to(wrong, "typed" if step.label else "")
        else:
            self.dismiss(typed)
