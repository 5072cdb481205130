"""The last question before something leaves this machine. Its default is No.

Yes takes two deliberate steps: going to the button (tab, an arrow or ``y``), then Enter. Where
much is at stake a model's name is typed, or a number and a total, instead of pressing a key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from ledger.reports.queue.moved import Phrase
from tui.screens.dialogs.dialog import SCROLLING, buttons
from tui.screens.dialogs.fields import Fields
from tui.screens.dialogs.form_dialog import FormDialog, field, objection
from tui.widgets.button import Button
from tui.widgets.static import Static


@dataclass(frozen=True, slots=True)
class Question:
    """``fields`` are what a yes is given to, always in sight; ``statement`` restates what will be
    done, and ``sentences`` say what follows, in order.

    With ``typed`` a Yes needs that typed.
    """

    title: str
    statement: str
    sentences: tuple[str, ...]
    ask: str
    warnings: tuple[str, ...] = ()
    typed: Phrase | None = None
    yes: str = "Yes, send it"
    fields: tuple[tuple[str, str], ...] = ()
    no: str = "No"


class ConfirmDialog(FormDialog[bool]):
    """Ends with ``True`` for Yes, ``False`` for No and Escape."""

    DEFAULT_CSS = """
    ConfirmDialog VerticalScroll {
        height: auto; max-height: 50vh; scrollbar-size-vertical: 1;
        &:focus { background-tint: transparent; }
    }
    ConfirmDialog #fields { margin-bottom: 1; }
    ConfirmDialog #statement { width: 1fr; height: auto; }
    ConfirmDialog #ask { width: 1fr; height: auto; margin-top: 1; text-style: bold; }
    """

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "go_to_yes", show=False),
        Binding("n", "back", show=False),
        *SCROLLING,
    ]

    def __init__(self, question: Question) -> None:
        hint = "y then enter: yes · esc: no"
        super().__init__(
            question.title, hint if question.typed is None else "y then type: yes · esc: no"
        )
        self._question = question

    def compose_frame(self) -> Iterable[Widget]:
        question = self._question
        text = Content.assemble(
            (question.statement, "bold"),
            *(f"\n\n{line}" for line in question.sentences),
            *((f"\n\n! {line}", "$warning") for line in question.warnings),
        )
        if question.fields:
            yield Fields(question.fields, id="fields")
        yield VerticalScroll(Static(text, id="statement"), can_focus=False)
        yield Static(Content(question.ask), id="ask")
        if question.typed is not None:
            yield field("phrase", "To confirm, type", question.typed.text)
            yield objection()
        yield buttons((question.no, "no"), (question.yes, "yes"))

    def action_go_to_yes(self) -> None:
        """Move to where a Yes is given, without giving it."""
        self.query_one("#yes" if self._question.typed is None else "#phrase").focus()

    def action_back(self) -> None:
        """Escape is a No."""
        self.dismiss(False)

    @on(Button.Pressed, "#yes")
    @on(Input.Submitted)
    def yes(self) -> None:
        """The answer is Yes, if what has to be typed stands there."""
        phrase = self._question.typed
        if phrase is None or phrase.matches(self.query_one(Input).value):
            self.dismiss(True)
            return
        self.object_to(f"That is not it. Type {phrase.text}, or press escape.")
        self.query_one(Input).focus()
