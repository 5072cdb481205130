"""Home: what there is, whether it grows, what hurts, what is next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.geometry import Size
from textual.message import Message

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact
from ledger.domain.records.worth import Span
from tui import jobs, keys
from tui.messages import PortfolioLoaded
from tui.screens.home import blocks
from tui.screens.home.view import HomeView
from tui.screens.nothing_there import nothing_there
from tui.screens.pane import BROAD, WIDE, Pane
from tui.theme import Parts
from tui.widgets.blocks import Block, Label
from tui.widgets.board import Board, widths_of

if TYPE_CHECKING:
    from ledger.reports.earnings.projected import ProjectedPayouts
    from ledger.reports.home.home import CloserLook, Glance

SPANS = tuple(Span)
"""What the keys for fewer and more days step through."""

CLOSER = 0.05
"""Seconds until what takes longer is read: the first paint goes before."""

_LOW, _HIGH, _HIGHEST = 5, 8, 14
"""Lines of the chart where all blocks stand below each other, beside each other, and where the
screen is tall as well."""

_SHORT, _LONG = 8, 16
"""Lines of the next days at most, and on a tall screen."""

_FEW, _MANY = 3, 8
"""Models that earned and that burned most, and on a tall screen."""

_TALL = 45
"""Rows of a tall screen."""


class HomePane(Pane["Glance"]):
    """The first page."""

    MODE = "home"
    GROUPS: ClassVar[tuple[str, ...]] = (keys.HOME,)
    BINDINGS = keys.bindings(keys.HOME)
    HELP = (
        "What there is, whether it grows, what hurts and what is next. Enter opens what a line is "
        "about, left and right go to the block beside.\n\n"
        "Net worth  every NMR in one place; ~ is added up from history\n"
        "Last days  the total by the records. < and > look at fewer and at more\n"
        "           days. The return leaves deposits and withdrawals out: days\n"
        "           are linked one by one (time-weighted)\n"
        "Payouts    by the day rounds resolve, UTC, as in Earnings; ~ is unsettled,\n"
        "           of which 8 of 10 such payouts ended between the ends\n"
        "Notices    the three most urgent; ! has all\n"
        "Models     who earned and who burned most in those days, settled\n"
        "Next       closes, what comes free, releases and changes that are due\n"
        "Risk       what the running rounds lose together in the worst 5%\n\n"
        "The line of the total begins with the first payout the ledger has, and leaves out what is "
        "in the owner's wallet, whose past nobody tells. Times are UTC."
    )
    HAS_TOURNAMENTS = False
    LOADS_PORTFOLIO = True
    AUTO_FOCUS = "Board"
    RESTS_ON = frozenset(
        {
            Fact.LISTED,
            Fact.HELD_INCREASES,
            Fact.HELD_WITHDRAWALS,
            Fact.STAKE_TRANSACTIONS,
            Fact.WALLET_TRANSACTIONS,
        }
    )

    @dataclass
    class LookedCloser(Message):
        """What takes longer was read from a state of the ledger."""

        closer: CloserLook
        generation: int

    @dataclass
    class Projected(Message):
        """Where running payouts may end is known."""

        payouts: ProjectedPayouts

    def __init__(self) -> None:
        super().__init__()
        self._span = Span.QUARTER
        self._closer: CloserLook | None = None
        self._closer_of = -1
        self._projected: ProjectedPayouts | None = None
        self._projected_of = -1
        self._drawn_for: Size | None = None

    def compose_body(self) -> ComposeResult:
        yield Board(id="board")

    @property
    def board(self) -> Board:
        """All there is between the bars."""
        return self.query_one(Board)

    # Loading

    def load(self) -> Glance:
        return self.book.home.glance()

    def show(self, report: Glance) -> None:
        self.app.post_message(PortfolioLoaded(report.portfolio))
        self._draw()
        if self.host.notices is not None:
            self.set_timer(CLOSER, self._look_closer)

    def show_notice(self) -> None:
        """Notices were found: they read much of what takes longer here, so it comes after them."""
        if self.report is not None and self.is_mounted:
            self._draw()
            if self.host.notices is not None:
                self._look_closer()

    def _look_closer(self) -> None:
        """Read what takes longer, once for each state of the ledger."""
        report, generation = self.report, self._generation
        if report is None or self._closer_of == generation:
            return
        self._closer_of = generation
        jobs.run(
            self,
            lambda: self.book.home.closer(report),
            lambda closer: self.LookedCloser(closer, generation),
            self.LoadFailed,
            group="closer",
        )

    def on_home_pane_looked_closer(self, event: HomePane.LookedCloser) -> None:
        """Show it; then see where what is unsettled may end, but for each step of a first sync."""
        self._closer = event.closer
        self._draw()
        if not self.host.syncing.filling and self._projected_of != event.generation:
            self._projected_of = event.generation
            jobs.run(self, self.book.earnings.projected, self.Projected, group="projected")

    def on_home_pane_projected(self, event: HomePane.Projected) -> None:
        """Show where it may end: the last that is read."""
        self._projected = event.payouts
        self._draw()
        self.host.tidy_later()

    def sync_changed(self) -> None:
        self._draw()

    # Drawing

    def _draw(self) -> None:
        report = self.report
        if report is None or not self.is_mounted:
            return
        if not report.portfolio.lines:
            lines = nothing_there(self.host, report.portfolio.as_of).splitlines()
            self.board.show([Block(line, (Label(line),)) for line in lines if line])
            return
        view = HomeView(
            glance=report,
            closer=self._closer,
            notices=self.host.notices,
            projected=self._projected,
            span=self._span,
            decimals=self.book.config.display.decimals,
        )
        self._drawn_for = self._room
        shares = self._shares
        widths = widths_of(self._room.width, shares)
        shown = arranged(view, widths, self.app.size.height >= _TALL)
        self.board.show([self._filtered(block) for block in shown], shares)

    def _filtered(self, block: Block) -> Block:
        """Only lines that the filter lets through."""
        entries = tuple(
            entry
            for entry in block.entries
            if self.matches(block.labels[0].text, *(cell.plain for cell in entry.cells))
        )
        return replace(block, entries=entries)

    @property
    def _room(self) -> Size:
        """What there is before a first layout, too."""
        return Size(self.size.width or self.app.size.width, self.app.size.height)

    @property
    def _shares(self) -> tuple[int, ...]:
        """How blocks share the width where they stand beside each other; figures need more of it
        than sentences, which are cut."""
        width = self._room.width
        return (1, 1, 1) if width >= BROAD else (11, 9) if width >= WIDE else (1,)

    def on_resize(self) -> None:
        """Other columns; a page that opens is told its size more than once."""
        if self._drawn_for != self._room:
            self._draw()

    def caption(self) -> Parts:
        days = f"{self._span:d} days" if self._span > 1 else "1 day"
        return ((days, "muted"),)

    # Keys

    @on(Board.Chosen)
    def line_chosen(self, event: Board.Chosen) -> None:
        """Open what the line is about."""
        if event.entry.about is not None:
            event.entry.about(self)

    def action_span(self, step: int) -> None:
        """Look at more days, or at fewer."""
        at = SPANS.index(self._span) + step
        if 0 <= at < len(SPANS):
            self._span = SPANS[at]
            self._draw()
            self.recaption()

    def action_open(self) -> None:
        self.board.action_choose()

    def action_copy(self) -> None:
        from tui.screens.dialogs.copying import copy

        entry = self.board.selected
        if entry is not None:
            copy(self.app, entry.exact or entry.cells[0].plain, "Line copied.")

    def on_filter_bar_closed(self) -> None:
        self.board.focus()

    def action_sort(self) -> None:
        """Lines stand in the order of what they say."""

    def actions(self) -> list[keys.Action]:
        """Without what tables do."""
        return [action for action in super().actions() if action.id not in {"sort", "sort-reverse"}]


def arranged(view: HomeView, widths: Sequence[int], tall: bool) -> list[Block]:
    """All blocks, each in its place in columns of these ``widths``; what matters first is on top.
    ``tall``: there is room for long ones."""
    last = len(widths) - 1
    chart = _LOW if last == 0 else _HIGHEST if tall else _HIGH
    worth, grown = blocks.worth(view, 0), blocks.growth(view, min(1, last), chart)
    urgent = blocks.notices(view, last, widths[-1])
    paid, *later = _later(view, last, widths[-1], tall=tall and last > 0)
    return [worth, paid, grown, urgent, *later] if last else [worth, grown, urgent, paid, *later]


def _later(view: HomeView, last: int, width: int, *, tall: bool) -> list[Block]:
    """What takes longer to read: payouts first."""
    ranked, risk = last if last == 1 else 0, last - 1 if last else 0
    closer = view.closer
    if closer is None:
        return [
            blocks.paid_unread(0),
            blocks.waiting("coming", "Next 7 days", last),
            blocks.waiting("ranked", "Models", ranked),
            blocks.waiting("risk", "Risk", risk),
        ]
    from tui.screens.home import later_blocks

    return [
        later_blocks.paid(view, closer, 0),
        later_blocks.coming(view, closer, last, width, most=_LONG if tall else _SHORT),
        later_blocks.ranked(view, closer, ranked, each=_MANY if tall else _FEW),
        later_blocks.risk(view, closer, risk),
    ]
