"""The blocks of the first page: what there is, whether it grows, what hurts, what is next."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from rich.cells import cell_len

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.sums import Sum
from ledger.reports.home.places import Spot
from tui.format import (
    ABSENT,
    LEVEL_SIGNS,
    Dates,
    exact,
    nmr,
    number,
    payout,
    percent,
    shorten,
)
from tui.screens.home import ways
from tui.theme import LEVELS, Meaning, Parts
from tui.widgets.blocks import Block, Entry, Label
from tui.widgets.charts.plot import Curve
from tui.widgets.missing import UNKNOWN_CELL, estimate, sum_cell
from tui.widgets.tables.columns import GUTTER, Cell

if TYPE_CHECKING:
    from ledger.domain.records.worth import Growth
    from ledger.reports.home.places import SpotLine
    from ledger.reports.notices.notice import Notice
    from tui.screens.home.view import HomeView

WAITS = Cell("…", "muted")
"""What is being read."""

MOST_URGENT = 3
"""How many notices there are at most."""

_SPOTS = {
    Spot.STAKED: "staked",
    Spot.LOCKED: "locked in rounds",
    Spot.IDLE: "idle in strategies",
    Spot.CLAIMABLE: "claimable",
    Spot.WALLET: "Numerai wallet",
    Spot.MOVING: "on its way",
    Spot.OWNER: "owner's wallet",
}


def gain_or_burn(amount: NMR) -> Meaning:
    """How an amount with a sign is written."""
    return "gain" if amount > ZERO else "burn" if amount < ZERO else "muted"


def signed_cell(amount: NMR, decimals: int) -> Cell:
    """A gain or a burn; nothing is a quiet dot."""
    return Cell(payout(amount, decimals) if amount else ABSENT, gain_or_burn(amount))


# What there is


def worth(view: HomeView, column: int) -> Block:
    """Every place with its NMR, in the account's currency too, and all of them together."""
    price = view.closer.price if view.closer is not None else None
    labels = (
        Label("Net worth"),
        Label("NMR", right=True),
        Label(price.currency if price is not None else "", right=True, drop=2),
        Label("share", right=True, drop=1),
    )
    total = view.worth.total
    rows = [_total(view, total)]
    rows += [_place(view, line, total) for line in view.worth.lines]
    return Block("worth", labels, tuple(rows), column=column)


def _total(view: HomeView, total: Sum) -> Entry:
    if not view.worth.read:
        return Entry("worth", (Cell("in all", "strong"), WAITS, WAITS, Cell()), ways.mode("models"))
    amount = sum_cell(total, view.decimals, "strong")
    amount = estimate(amount) if view.worth.estimated else amount
    cells = (Cell("in all", "strong"), amount, _money(view, total, amount), Cell())
    return Entry("worth", cells, ways.mode("models"), _exact(total))


def _place(view: HomeView, line: SpotLine, total: Sum) -> Entry:
    name = Cell(_SPOTS[line.spot])
    if not line.read and not line.nmr.known:
        return Entry(line.spot, (name, WAITS, WAITS, Cell()), ways.spot(line.spot))
    amount = sum_cell(line.nmr, view.decimals)
    amount = estimate(amount) if line.estimated else amount
    share = Cell()
    if view.worth.read and total.known and line.nmr.known:
        share = Cell(percent(line.nmr.known.over(total.known), 0), "muted")
    cells = (name, amount, _money(view, line.nmr, amount), share)
    return Entry(line.spot, cells, ways.spot(line.spot), _exact(line.nmr))


def _money(view: HomeView, total: Sum, amount: Cell) -> Cell:
    """``total`` at the newest price, with the signs that ``amount`` has in NMR."""
    if view.closer is None:
        return WAITS
    price = view.closer.price
    if price is None or amount is UNKNOWN_CELL:
        return UNKNOWN_CELL
    return Cell(number(total.known.amount * price.price, 2), "muted", hang=amount.hang)


def _exact(total: Sum) -> str:
    return f"{exact(total.known)} NMR" + ("" if total.sure else " in part")


# Whether it grows


def growth(view: HomeView, column: int, height: int) -> Block:
    """The total over the span as a line of ``height``, and what made it so."""
    labels: tuple[Label, ...] = (
        Label(f"Last {view.span:d} days" if view.span > 1 else "Last day"),
        Label("earned", right=True),
        Label("return", right=True),
        Label("in", right=True, drop=2),
        Label("out", right=True, drop=2),
        Label("not listed", right=True, drop=1),
    )
    grown = view.growth()
    if not grown.points or grown.first is None:
        note: Parts = (("Known once all of the history was brought in.", "muted"),)
        return Block("growth", labels[:3], note=note, column=column)
    if not grown.unlisted:
        labels = labels[:-1]
    first = datetime.combine(grown.first, time(), UTC)
    since = Dates.of([first], view.now).day(first)
    unlisted = (signed_cell(grown.unlisted, view.decimals),) if grown.unlisted else ()
    cells = (
        Cell(f"since {since}"),
        signed_cell(grown.earned, view.decimals),
        _rate(grown),
        _moved(grown.deposited, view.decimals),
        _moved(grown.withdrawn, view.decimals),
        *unlisted,
    )
    row = Entry("growth", cells, ways.period("day", None), _grown(grown))
    totals = tuple(point.amount for point in grown.points)
    chart = Curve(totals, totals, since, "today", zoomed=True) if len(totals) > 1 else None
    return Block(
        "growth", labels, (row,), chart=chart, height=height if chart else 0, column=column
    )


def _rate(grown: Growth) -> Cell:
    if grown.rate is None:
        return UNKNOWN_CELL
    return Cell(percent(grown.rate, 2, signed=True), gain_or_burn(grown.earned))


def _moved(amount: NMR, decimals: int) -> Cell:
    return Cell(nmr(amount, decimals) if amount else ABSENT, "muted")


def _grown(grown: Growth) -> str:
    return (
        f"earned {exact(grown.earned)} NMR, deposited {exact(grown.deposited)}, "
        f"withdrawn {exact(grown.withdrawn)}, not listed {exact(grown.unlisted)}"
    )


# What hurts


def notices(view: HomeView, column: int, width: int) -> Block:
    """The most urgent, each in as much of its sentence as fits."""
    notices = view.notices
    more = f" ({len(notices)})" if notices and len(notices) > MOST_URGENT else ""
    labels = (Label(f"Notices{more}"), Label(""))
    if not notices:
        note = "…" if notices is None else "Nothing needs attention."
        return Block("notices", labels[:1], note=((note, "muted"),), column=column)
    shown = notices[:MOST_URGENT]
    names = [f"{LEVEL_SIGNS[one.level]:<2} {one.kind.value}" for one in shown]
    first = max(cell_len(text) for text in (*names, labels[0].text))
    room = max(1, width - GUTTER - first - _LEAST_GAP)
    rows = tuple(
        _notice(one, name, room, view.decimals) for one, name in zip(shown, names, strict=True)
    )
    return Block("notices", labels, rows, column=column)


_LEAST_GAP = 2


def _notice(one: Notice, name: str, room: int, decimals: int) -> Entry:
    from ledger.domain.readable import readable

    sentence = Cell(shorten(readable(one.sentence, decimals), room))
    return Entry(
        f"notice {one.id}",
        (Cell(name, LEVELS[one.level]), sentence),
        ways.notice(one),
        one.sentence,
    )


def waiting(key: str, name: str, column: int) -> Block:
    """A block that is being read."""
    return Block(key, (Label(name),), note=((WAITS.text, "muted"),), column=column)


def paid_unread(column: int) -> Block:
    """The periods before anything of them was read."""
    rows = tuple(
        Entry(by, (Cell(word), *(WAITS,) * (len(PAID) - 1)), ways.period(by, None))
        for by, word in PERIODS.items()
    )
    return Block("paid", PAID, rows, column=column)


PERIODS = {"day": "today", "week": "this week", "month": "this month", "year": "this year"}
"""What the periods of payouts are called."""

PAID = (
    Label("Payouts"),
    Label("gained", right=True, drop=1),
    Label("burned", right=True, drop=2),
    Label("settled", right=True, drop=4),
    Label("unsettled", right=True),
    Label("ends", right=True, drop=3),
)
"""What is said of each."""
