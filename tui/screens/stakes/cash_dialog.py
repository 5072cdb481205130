"""The ways to an amount of NMR: when each has it, what it costs, and the drafts it takes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import App
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget

from ledger.domain.readable import readable
from ledger.domain.stakes.cash import CashAnswer, CashKind, CashRoute
from tui.format import ABSENT, UNKNOWN, Dates, count, exact, full, moment, nmr
from tui.messages import BookChanged
from tui.screens.dialogs.confirm_dialog import ConfirmDialog, Question
from tui.screens.dialogs.dialog import SCROLLING, Dialog
from tui.screens.dialogs.flow import book_of, follow, must_write, read
from tui.screens.queue.selection import show_drafts
from tui.widgets.note import Note
from tui.widgets.tables.grid import Cell, Column, Grid

if TYPE_CHECKING:
    from ledger.domain.nmr import NMR

MOST_ROWS = 8
"""Ways that are in sight at a time."""

HOW = {
    CashKind.NOW: "what is free",
    CashKind.WAIT: "wait",
    CashKind.RELEASE: "ask for releases",
    CashKind.LOWER: "lower all models",
    CashKind.DISABLE: "disable the fewest models",
    CashKind.DISABLE_ALL: "disable all models",
}


class CashDialog(Dialog[CashRoute | None]):
    """Ends with the route to draft, or ``None``. ``rests`` says what the answer leaves out."""

    DEFAULT_CSS = """
    CashDialog {
        #answer { height: auto; }
        #routes { margin-top: 1; }
        #scroll { height: auto; max-height: 8; margin-top: 1; }
        #route { height: auto; }
    }
    """
    BINDINGS = SCROLLING
    AUTO_FOCUS = "Grid"

    def __init__(self, answer: CashAnswer, rests: str, decimals: int) -> None:
        super().__init__(f"When can I have {exact(answer.asked)} NMR?", "enter draft · esc leave")
        self._answer = answer
        self._rests = rests
        self._decimals = decimals

    def compose_frame(self) -> Iterable[Widget]:
        yield Note(id="answer")
        routes = Grid(columns(self._answer, self._decimals), row_key=lambda row: row.key, empty="")
        yield Vertical(routes, id="routes")
        yield VerticalScroll(Note(id="route"), id="scroll", can_focus=False)

    def on_mount(self) -> None:
        super().on_mount()
        said = f"{headline(self._answer)}{self._rests}"
        there = free_now(self._answer, self._decimals)
        content = Content.assemble((said, "bold"), "\n", (there, "$muted"))
        self.query_one("#answer", Note).show(content, layout=True)
        self.query_one("#routes").styles.height = 1 + min(len(self._answer.routes), MOST_ROWS)
        self.query_one(Grid).set_rows(list(self._answer.routes))
        self._explain(self._answer.routes[0])

    @on(Grid.Moved)
    def _row_rested(self, event: Grid.Moved[CashRoute]) -> None:
        if event.row is not None:
            self._explain(event.row)

    def _explain(self, route: CashRoute) -> None:
        self.query_one("#route", Note).show(
            in_words(route, self._answer.now, self._decimals), layout=True
        )

    @on(Grid.Chosen)
    def _row_chosen(self, event: Grid.Chosen[CashRoute]) -> None:
        if event.row.plan is None:
            self.notify("Nothing has to be done for that.", timeout=3)
        else:
            self.dismiss(event.row)


def headline(answer: CashAnswer) -> str:
    """When there is that much, in a sentence: now, by waiting, or never by itself."""
    asked = f"{exact(answer.asked)} NMR"
    if answer.route("now") is not None:
        return f"{asked} are free now."
    wait = answer.route("wait")
    if wait is None or wait.at is None:
        unknown = " by what is known now" if answer.total.unknown else ""
        return f"{asked} never come free by themselves{unknown}, if every setting stays as it is."
    days = (wait.at.date() - answer.now.date()).days
    when = f"{full(wait.at)}, in {count(days, 'day')}"
    return f"{asked} are free from {when}, if every setting stays as it is."


def columns(answer: CashAnswer, decimals: int) -> list[Column[CashRoute]]:
    """The table's columns, amounts with ``decimals``."""
    dates = Dates.of((route.at for route in answer.routes), answer.now)

    def when(route: CashRoute) -> Cell:
        if route.at is None:
            return Cell("not by this", "burn")
        text = "now" if route.at <= answer.now else dates.moment(route.at)
        return Cell(text, "strong")

    return [
        Column("at", "when", when),
        Column("how", "by", _how),
        Column("nmr", "NMR", lambda route: nmr(route.nmr, decimals), align="right"),
        Column("drafts", "drafts", lambda route: Cell(_drafts(route), "muted"), align="right"),
    ]


def _how(route: CashRoute) -> str:
    if route.plan is None or route.kind in {CashKind.NOW, CashKind.RELEASE}:
        return HOW[route.kind]
    tournament = route.plan.steps[0].model.tournament if route.plan.steps else None
    return HOW[route.kind] + (f", {tournament.label}" if tournament is not None else "")


def _drafts(route: CashRoute) -> str:
    return ABSENT if route.plan is None else str(len(route.plan.steps))


def free_now(answer: CashAnswer, decimals: int) -> str:
    """What is free now, by place: ``Free now: Numerai wallet 163.642, idle in Crypto 16.793.``"""
    parts = [
        f"{part.place} {UNKNOWN if part.nmr is None else nmr(part.nmr, decimals)}"
        for part in answer.free
    ]
    return f"Free now: {' · '.join(parts)}"


def in_words(route: CashRoute, now: datetime, decimals: int) -> Content:
    """What a route does, what it costs, and its steps."""

    def read_as(text: str) -> str:
        return readable(text, decimals)

    lines = [Content.styled(read_as(route.sentence), "bold")]
    lines += [Content(f"• {read_as(sentence)}") for sentence in route.costs]
    if route.plan is not None:
        lines += [
            Content.assemble((f"{index}. ", "$muted"), read_as(step.reason))
            for index, step in enumerate(route.plan.steps, 1)
        ]
        lines += [Content.styled(f"! {read_as(text)}", "$warning") for text in route.plan.warnings]
    if route.at is None:
        most = f"It comes to {nmr(route.nmr, decimals)} NMR at most."
        lines.append(Content.styled(most, "$warning"))
    elif route.at > now:
        lines.append(Content.styled(f"There {moment(route.at, now)}, payouts left out.", "$accent"))
    return Content("\n").join(lines)


def start_cash(app: App[Any], asked: NMR, rests: str) -> None:
    """Show the ways to an amount; keep the chosen one as drafts after a Yes. ``rests`` says what
    is left out of what is known."""
    follow(app, lambda: _ask(app, asked, rests))


def start_cash_with(app: App[Any], asked: NMR) -> None:
    """The same, from any page: what is left out is read first."""
    from tui.screens.stakes.unlock_columns import rests_on

    async def ask() -> None:
        report = await read(book_of(app).stakes.atomic.unlocks)
        await _ask(app, asked, rests_on(report))

    follow(app, ask)


async def _ask(app: App[Any], asked: NMR, rests: str) -> None:
    book = book_of(app)
    cash, decimals = book.targets.cash, book.config.display.decimals
    answer = await read(lambda: cash.routes(asked))
    route = await app.push_screen_wait(CashDialog(answer, rests, decimals))
    if route is None or route.plan is None:
        return
    await must_write(book)
    if not await app.push_screen_wait(ConfirmDialog(_question(route, asked))):
        return
    drafts = await read(lambda: cash.enqueue(asked, route))
    app.post_message(BookChanged())
    await show_drafts(app, drafts)


def _question(route: CashRoute, asked: NMR) -> Question:
    plan = route.plan
    steps = 0 if plan is None else len(plan.steps)
    return Question(
        title="NMR at hand",
        statement=route.sentence,
        sentences=(
            *route.costs,
            "They become drafts. Nothing is sent before you confirm them in the queue.",
        ),
        ask="Queue these drafts?",
        warnings=plan.warnings if plan is not None else (),
        yes="Yes, queue them",
        fields=(("To have", f"{exact(asked)} NMR"), ("Drafts", str(steps)), ("By", _how(route))),
    )
