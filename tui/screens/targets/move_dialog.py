"""Where a move of NMR is thought out: from one model, how much, to which others, and what happens
when. It ends with a plan that becomes drafts; nothing leaves this machine from here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget

from ledger.domain.readable import readable
from ledger.domain.targets.move import MovePlan
from ledger.errors import ChangeError, LedgerError
from tui.format import Dates
from tui.messages import BookChanged
from tui.screens.dialogs.dialog import buttons
from tui.screens.dialogs.flow import book_of, follow, host_of, must_write, read
from tui.screens.dialogs.form_dialog import field
from tui.screens.dialogs.preview_dialog import PreviewDialog
from tui.screens.queue.selection import show_drafts
from tui.widgets.note import Note
from tui.widgets.tick import Tick

if TYPE_CHECKING:
    from ledger.domain.model import Tournament

FIRST = "Type how much, and to which models: what happens when shows here."


@dataclass(frozen=True, slots=True)
class Asked:
    """Amount and destinations as typed."""

    amount: str
    to: str
    at_once: bool


class MoveDialog(PreviewDialog[Asked, MovePlan]):
    """Ends with the plan of the move, or ``None``. ``preview`` plans what is asked, in a thread;
    ``to`` and ``amount`` are what stands there at first."""

    DEFAULT_CSS = """
    MoveDialog .field { height: 1; }
    MoveDialog .field Input { margin-left: 8; }
    MoveDialog Input { width: 36; height: 1; border: none; padding: 0 1; background: $panel; }
    MoveDialog Input:focus { border: none; background: $panel; }
    MoveDialog Tick { margin-left: 8; }
    MoveDialog VerticalScroll { margin-top: 1; height: auto; max-height: 16; }
    MoveDialog #comes { height: auto; }
    """

    def __init__(
        self,
        name: str,
        tournament: Tournament,
        preview: Callable[[Asked], MovePlan],
        now: datetime,
        *,
        to: str = "",
        amount: str = "",
    ) -> None:
        super().__init__(f"Move NMR · {name} · {tournament.label}", "enter draft · esc leave")
        self._preview = preview
        self._now = now
        self._to = to
        self._amount = amount

    def compose_frame(self) -> Iterable[Widget]:
        yield from self._fields()
        yield Tick("with free NMR at once, instead of waiting", False, id="at-once")
        yield VerticalScroll(Note(id="comes"), can_focus=False)
        yield buttons(("Draft it", "draft"), ("Leave it", "leave"))

    def _fields(self) -> Sequence[Widget]:
        return (
            field("amount", "Amount", "NMR, 25%, or all", self._amount),
            field("to", "To", "names, with =30% or =5", self._to),
        )

    def on_mount(self) -> None:
        super().on_mount()
        self._say(Content.styled(FIRST, "$muted"))
        self.query_one("#amount").focus()

    @property
    def asked(self) -> Asked:
        at_once = self.query_one(Tick).value
        return Asked(self.text_in("amount"), self.text_in("to"), at_once)

    def preview(self, asked: Asked) -> MovePlan:
        return self._preview(asked)

    def show(self, preview: MovePlan) -> None:
        self._say(in_words(preview, self._now, host_of(self.app).book.config.display.decimals))

    def show_failure(self, error: LedgerError) -> None:
        untouched = not self.asked.amount or not self.asked.to
        hint, trouble = Content.styled(FIRST, "$muted"), Content.styled(f"✗ {error}", "$warning")
        self._say(hint if untouched else trouble)

    def _say(self, content: Content) -> None:
        self.query_one("#comes", Note).show(content, layout=True)


def in_words(planned: MovePlan, now: datetime, decimals: int) -> Content:
    """The move in a sentence, exact, what happens when, and what it costs."""
    style = Dates.of((stage.at for stage in planned.stages), now)
    dates = [style.moment(stage.at) for stage in planned.stages]
    width = max((len(date) for date in dates), default=0)
    lines = [Content.styled(planned.statement, "bold")]
    lines += [
        Content.assemble((f"{date:>{width}}  ", "$accent"), stage.sentence)
        for date, stage in zip(dates, planned.stages, strict=True)
    ]
    warnings = (readable(text, decimals) for text in planned.plan.warnings)
    lines += [Content(f"• {readable(sentence, decimals)}") for sentence in planned.costs]
    lines += [Content.styled(f"! {text}", "$warning") for text in warnings]
    return Content("\n").join(lines)


def start_move(
    app: App[Any], source: tuple[str, str, Tournament], to: Sequence[str] = (), amount: str = ""
) -> None:
    """Ask how much goes where from a model (id, name, tournament); keep it as drafts."""
    follow(app, lambda: _ask(app, source, to, amount))


async def _ask(
    app: App[Any], source: tuple[str, str, Tournament], to: Sequence[str], amount: str
) -> None:
    book = book_of(app)
    model_id, name, tournament = source
    await must_write(book)
    moves = book.targets.moves

    def preview(asked: Asked) -> MovePlan:
        return moves.plan(model_id, asked.amount, asked.to, at_once=asked.at_once)

    dialog = MoveDialog(name, tournament, preview, book.now(), to=", ".join(to), amount=amount)
    planned = await app.push_screen_wait(dialog)
    if planned is None:
        return
    try:
        drafts = await read(lambda: moves.enqueue(planned))
    except ChangeError:
        app.post_message(BookChanged())
        raise
    app.post_message(BookChanged())
    await show_drafts(app, drafts)
