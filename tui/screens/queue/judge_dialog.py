"""What became of a change that nobody can tell: the evidence, and the user's word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget

from ledger.domain.names import said
from ledger.domain.queue.change import ChangeState
from ledger.reports.queue.queue import ChangeHistory
from tui.format import stamp
from tui.screens.dialogs.dialog import SCROLLING, Dialog, buttons
from tui.screens.dialogs.fields import Fields
from tui.screens.queue.accounts import around, compare
from tui.widgets.button import Button
from tui.widgets.static import Static


class JudgeDialog(Dialog[bool]):
    """Ends with ``True`` for "it arrived", ``False`` for "it did not", ``None`` for neither.

    ``trouble`` says why the account could not be looked at just now.
    """

    DEFAULT_CSS = """
    JudgeDialog VerticalScroll { height: auto; max-height: 70vh; scrollbar-size-vertical: 1; }
    JudgeDialog Static { width: 1fr; height: auto; }
    """

    AUTO_FOCUS = "#neither"
    BINDINGS: ClassVar[list[BindingType]] = SCROLLING

    def __init__(self, history: ChangeHistory, trouble: str = "") -> None:
        super().__init__(
            f"What became of change {history.line.change.id}?",
            "tab chooses · pgdn scrolls · esc: neither",
        )
        self._fields = history.line.fields
        self._evidence = evidence(history, trouble)

    def compose_frame(self) -> Iterable[Widget]:
        yield Fields(self._fields)
        yield VerticalScroll(Static(self._evidence), can_focus=False)
        yield buttons(
            ("Leave it unknown", "neither"), ("It arrived", "arrived"), ("It did not", "missing")
        )

    @on(Button.Pressed)
    def judged(self, event: Button.Pressed) -> None:
        """Take the button pressed as the judgement."""
        self.dismiss({"arrived": True, "missing": False}.get(event.button.id or ""))


def evidence(history: ChangeHistory, trouble: str) -> Content:
    """The change, what is known of its answer, and the account before and after it."""
    line, events = history.line, history.events
    parts = [Content.styled(f"{line.sentence}.", "bold")]
    parts += [
        Content(f"Sent {stamp(event.at)} UTC as “{event.request}”.")
        for event in events
        if event.state is ChangeState.SENDING
    ][-1:]
    lost = [event for event in events if event.state is ChangeState.UNKNOWN]
    for event in dict.fromkeys([*lost[:1], *lost[-1:]]):
        parts.append(Content(f"{event.reason} {event.answer or ''}".strip()))
    if trouble:
        parts.append(Content.styled(f"! Not looked at again just now: {trouble}", "$warning"))
    parts += [Content(""), *compare(*around(events)), Content("")]
    parts.append(
        Content(
            "Look on numer.ai whether the change is there. If it arrived, it counts as accepted; "
            "if not, as refused, and T asks for it again. Until you say so nothing else is sent "
            f"for {said(line.change.model_name)}."
        )
    )
    return Content("\n").join(parts)
