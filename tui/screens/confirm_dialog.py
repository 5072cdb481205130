"""The last question before something leaves this machine. Its default is No.

Yes takes two deliberate steps: going to the button (tab, an arrow or ``y``), then Enter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from tui.screens.dialog import Dialog


@dataclass(frozen=True, slots=True)
class Question:
    """``statement`` restates what will be done; ``sentences`` say what follows, in order."""

    title: str
    statement: str
    sentences: tuple[str, ...]
    ask: str
    yes: str = "Yes, send it"
    no: str = "No"


class ConfirmDialog(Dialog[bool]):
    """Ends with ``True`` for Yes, ``False`` for No and Escape."""

    DEFAULT_CSS = """
    ConfirmDialog VerticalScroll {
        height: auto; max-height: 15; scrollbar-size-vertical: 1;
        &:focus { background-tint: transparent; }
    }
    ConfirmDialog Static { width: 1fr; height: auto; }
    ConfirmDialog #ask { margin-top: 1; text-style: bold; }
    """

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "go('yes')", show=False),
        Binding("n", "back", show=False),
    ]

    def __init__(self, question: Question) -> None:
        super().__init__(question.title, "y then enter: yes · esc: no")
        self._question = question

    def compose_frame(self) -> Iterable[Widget]:
        question = self._question
        text = Content.assemble(
            (question.statement, "bold"), *(f"\n\n{line}" for line in question.sentences)
        )
        yield VerticalScroll(Static(text, id="statement"), can_focus=False)
        yield Static(Content(question.ask), id="ask")
        yield Horizontal(
            Button(question.no, id="no", compact=True),
            Button(question.yes, id="yes", compact=True),
            classes="dialog--buttons",
        )

    def action_go(self, button: str) -> None:
        """Move to a button without pressing it."""
        self.query_one(f"#{button}").focus()

    def action_back(self) -> None:
        """Escape is a No."""
        self.dismiss(False)

    @on(Button.Pressed)
    def answer(self, event: Button.Pressed) -> None:
        """Take the button pressed as the answer."""
        self.dismiss(event.button.id == "yes")
