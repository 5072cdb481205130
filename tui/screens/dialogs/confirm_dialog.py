"""The last question before something leaves this machine. Its default is No.

Yes takes two deliberate steps: going to the button (tab, an arrow or ``y``), then Enter. Where
much is at stake the total is typed before that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual import on
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget

from ledger.domain import typed
from ledger.domain.nmr import NMR
from ledger.errors import ChangeError
from tui.screens.dialogs.answer_dialog import AnswerDialog
from tui.screens.dialogs.fields import Fields
from tui.widgets.button import Button
from tui.widgets.static import Static


@dataclass(frozen=True, slots=True)
class Question:
    """``fields`` are what a yes is given to, always in sight; ``statement`` restates what will be
    done, and ``sentences`` say what follows, in order.

    With ``typed`` a Yes needs that amount typed.
    """

    title: str
    statement: str
    sentences: tuple[str, ...]
    ask: str
    warnings: tuple[str, ...] = ()
    typed: NMR | None = None
    yes: str = "Yes, send it"
    fields: tuple[tuple[str, str], ...] = ()
    no: str = "No"


class ConfirmDialog(AnswerDialog[bool]):
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

    def __init__(self, question: Question) -> None:
        way = "y then enter" if question.typed is None else "the total, enter, → enter"
        super().__init__(question.title, f"{way}: yes · esc: no")
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
        total = question.typed
        line = None if total is None else ("Type the total", f"{total} NMR", "")
        yield from self.compose_answer(question.no, question.yes, line)

    def action_back(self) -> None:
        """Escape is a No."""
        self.dismiss(False)

    @on(Button.Pressed, "#yes")
    def yes(self) -> None:
        """The answer is Yes, if the total stands there where it has to."""
        total = self._question.typed
        if total is None or _amount(self.typed) == total:
            self.dismiss(True)
            return
        self.object_to(f"That is not the total. Type {total}, or press escape.", "typed")


def _amount(text: str) -> NMR | None:
    try:
        return typed.amount(text)
    except ChangeError:
        return None
