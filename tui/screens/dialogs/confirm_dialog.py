"""The last question before something leaves this machine. Its default is No.

Yes takes two deliberate steps: going to the button (tab, an arrow or ``y``), then Enter. Where
much is at stake a model's name, or a number and a total, is typed before that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from ledger.reports.queue.moved import Phrase
from tui import jobs
from tui.screens.dialogs.answer_dialog import AnswerDialog
from tui.screens.dialogs.fields import Fields
from tui.widgets.button import Button
from tui.widgets.static import Static

LOOKING = "Looking whether that can work here…"
"""Stands where it is not known yet."""


_WAYS, _APART = "Way     ", "   "
"""What stands before the ways, and between them."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How something can be done: ``sentences`` by a key of each way, that of ``chosen`` at first.

    ``trouble_with`` finds out, in a thread, why a way can't work here, ``None`` where it can;
    ``trouble`` is what it said of the one chosen at first.
    """

    sentences: Mapping[str, str]
    chosen: str
    trouble_with: Callable[[str], str | None]
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """``fields`` are what a yes is given to, always in sight; ``statement`` restates what will be
    done, and ``sentences`` say what follows, in order.

    With ``typed`` a Yes needs that typed. ``ways`` are how it can be done, one of which is
    chosen with ``w``.
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
    ways: Ways | None = None


class ConfirmDialog(AnswerDialog[bool]):
    """Ends with ``True`` for Yes, ``False`` for No and Escape."""

    DEFAULT_CSS = """
    ConfirmDialog VerticalScroll {
        height: auto; max-height: 50vh; scrollbar-size-vertical: 1;
        &:focus { background-tint: transparent; }
    }
    ConfirmDialog #fields { margin-bottom: 1; }
    ConfirmDialog #statement { width: 1fr; height: auto; }
    ConfirmDialog #ways { width: 1fr; height: auto; margin-top: 1; }
    ConfirmDialog #ask { width: 1fr; height: auto; margin-top: 1; text-style: bold; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("w,f3", "other_way", show=False)]

    @dataclass
    class Looked(Message):
        """What stands against a way is known."""

        way: str
        trouble: str | None

    def __init__(self, question: Question) -> None:
        yes = "y then enter" if question.typed is None else "type it, enter, → enter"
        key = "w" if question.typed is None else "f3"
        way = f"{key}: way · " if question.ways is not None else ""
        super().__init__(question.title, f"{way}{yes}: yes · esc: no")
        self._question = question
        self.way = question.ways.chosen if question.ways is not None else ""
        """The way chosen, "" where there is none to choose."""
        self._trouble = question.ways.trouble if question.ways is not None else None

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
        if question.ways is not None:
            yield Static(id="ways")
        yield Static(Content(question.ask), id="ask")
        phrase = question.typed
        line = None if phrase is None else ("To confirm, type", phrase.text, "")
        yield from self.compose_answer(question.no, question.yes, line)

    def on_mount(self) -> None:
        super().on_mount()
        if self._question.ways is not None:
            self._show_way(self._question.ways)

    def action_other_way(self) -> None:
        """Choose the next way, and see whether it can work here."""
        ways = self._question.ways
        if ways is None:
            return
        keys = list(ways.sentences)
        self._choose(ways, keys[(keys.index(self.way) + 1) % len(keys)])

    def on_click(self, event: Click) -> None:
        """A click on a way chooses it."""
        ways = self._question.ways
        if ways is None:
            return
        x, y = event.screen_offset - self.query_one("#ways").region.offset
        end = len(_WAYS)
        for way in ways.sentences:
            end += len(_way(way, chosen=False))
            if y == 0 and end - len(_way(way, chosen=False)) <= x < end and way != self.way:
                self._choose(ways, way)
            end += len(_APART)

    def _choose(self, ways: Ways, way: str) -> None:
        self.way, self._trouble = way, LOOKING
        self._show_way(ways)
        jobs.run(
            self,
            lambda: ways.trouble_with(way),
            lambda trouble: self.Looked(way, trouble),
            group="way",
        )

    @on(Looked)
    def looked(self, event: Looked) -> None:
        """Say at once why the way chosen can't work."""
        ways = self._question.ways
        if ways is not None and event.way == self.way:
            self._trouble = event.trouble
            self._show_way(ways)

    def _show_way(self, ways: Ways) -> None:
        marks = [_way(way, chosen=way == self.way) for way in ways.sentences]
        first = Content.assemble((_WAYS, "$muted"), _APART.join(marks))
        second = Content(f"        {ways.sentences[self.way]}")
        trouble = (
            [Content.styled(f"        ✗ {self._trouble}", "$warning")] if self._trouble else []
        )
        self.query_one("#ways", Static).update(Content("\n").join([first, second, *trouble]))

    def action_back(self) -> None:
        """Escape is a No."""
        self.dismiss(False)

    @on(Button.Pressed, "#yes")
    def yes(self) -> None:
        """The answer is Yes, if the way can work and what has to be typed stands there."""
        phrase = self._question.typed
        if self._trouble:
            self.object_to("That way can't work here; choose another one.")
        elif phrase is None or phrase.matches(self.typed):
            self.dismiss(True)
        else:
            self.object_to(f"That is not it. Type {phrase.text}, or press escape.", "typed")


def _way(way: str, *, chosen: bool) -> str:
    return f"{'●' if chosen else '○'} {way}"
