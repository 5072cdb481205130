"""Questions whose default is No, some with a line to fill in before the Yes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from tui.screens.dialogs.dialog import SCROLLING, buttons
from tui.screens.dialogs.form_dialog import FormDialog, field, objection

Result = TypeVar("Result")


class AnswerDialog(FormDialog[Result]):
    """Ends by the buttons of :meth:`compose_answer`.

    Without a line, ``y`` goes to Yes and enter there gives it. With one, all that is typed or
    pasted goes into the line, from the first key on; enter there goes on to No, so that a newline
    that was pasted along gives no answer, and the arrows go from No to Yes.
    """

    DEFAULT_CSS = """
    AnswerDialog #answer Input { width: 1fr; }
    """

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "go_to_yes", show=False),
        Binding("n", "back", show=False),
        *SCROLLING,
    ]

    def compose_answer(
        self, no: str, yes: str, line: tuple[str, str, str] | None = None
    ) -> Iterable[Widget]:
        """The end of the frame; ``line`` is the label and the hint of a line to fill in, and what
        stands there at first."""
        if line is not None:
            label, hint, text = line
            row = field("typed", label, hint, text)
            row.id = "answer"
            yield row
        yield objection()
        yield buttons((no, "no"), (yes, "yes"))

    def on_mount(self) -> None:
        super().on_mount()
        for line in self.lines:
            line.focus()

    @property
    def lines(self) -> list[Input]:
        """The line to fill in, if there is one."""
        return list(self.query("#typed").results(Input))

    @property
    def typed(self) -> str:
        """What stands in the line, "" where there is none."""
        return "".join(line.value for line in self.lines)

    def action_go_to_yes(self) -> None:
        """Move to where a Yes is given, without giving it."""
        self.query_one("#yes").focus()

    @on(Input.Submitted)
    def _line_is_full(self) -> None:
        self.query_one("#no").focus()

    def on_key(self, event: events.Key) -> None:
        """A letter that was typed beside the line goes into it."""
        for line in self.lines:
            if self.focused is not line and event.character and event.is_printable:
                event.stop()
                event.prevent_default()
                line.focus()
                line.insert_text_at_cursor(event.character)

    def on_paste(self, event: events.Paste) -> None:
        """What was pasted beside the line goes into it, too."""
        for line in self.lines:
            if self.focused is not line and event.text:
                event.stop()
                line.focus()
                line.insert_text_at_cursor(event.text.splitlines()[0])
