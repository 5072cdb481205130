"""The Queue mode's table, the lines around it, and the order of its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from textual.content import Content

from ledger.domain.model import System
from ledger.domain.names import cells, listed, marked
from ledger.domain.queue.change import CONFIRMED, UNSENT, Change, ChangeState
from ledger.domain.stakes.strategy import Channel
from ledger.reports.queue.moved import Order, moved_together
from ledger.reports.queue.queue import QueueLine, QueueReport
from tui.changes import CHANGE_SIGNS, CHANGE_STYLES, change_kind, change_state, waits_for
from tui.format import UNKNOWN, Dates, age, count, nmr, shorten
from tui.widgets.line import Group, plain
from tui.widgets.tables.columns import cell_of
from tui.widgets.tables.grid import Cell, Column

SIGN = "*"
"""Stands beside a change marked with others."""

SHORTEST = 16
"""Cells that what a change waits for has at least."""

_GAPS = 2
"""Cells before a column."""

_SOME = {"tournament": 10, "age": 5}
"""Columns with their cells that give way to what a change waits for."""

_WORDS = {
    ChangeState.DRAFT: "confirm it",
    ChangeState.QUEUED: "run the queue",
    ChangeState.SENDING: "on its way",
}
_CARRY = {
    Channel.BY_HAND: "set it by hand (w)",
    Channel.UNSIGNED: "sign it elsewhere (w)",
    Channel.SIGNED: "sign it (w)",
}
_CLAUSE = re.compile(r"[:;,.](?:\s|$)")
"""Where the first clause of a reason ends."""

_RANK = {ChangeState.UNKNOWN: 0, ChangeState.SENDING: 1, ChangeState.ACCEPTED: 3}
"""What needs the user first; then what is still to be sent (2), in its order."""


def arranged(lines: Iterable[QueueLine]) -> list[QueueLine]:
    """Lost ones, those to be sent in their order, accepted ones, and what is done with: the last
    two newest first."""

    def place(line: QueueLine) -> tuple[int, int, int]:
        change = line.change
        if change.state in UNSENT:
            return 2, change.position, change.id
        return _RANK.get(change.state, 4), 0, -change.id

    return sorted(lines, key=place)


def columns(
    lines: Sequence[QueueLine], now: datetime, decimals: int, width: int, marked: Collection[int]
) -> list[Column[QueueLine]]:
    """The columns for ``lines`` on a screen of ``width`` cells; the last one, for what a change
    waits for, takes all that is left, and others give way to it."""
    dates = Dates.of((line.change.conditions.not_before for line in lines), now)
    room = width - sum(_GAPS + _widest(column, lines) for column in _always(decimals, marked))
    longest = max((cells(_whole(line, dates)) for line in lines), default=0)
    room, there = room - 2 * _GAPS, []
    for key, taken in _SOME.items():
        if room - taken - _GAPS >= max(SHORTEST, longest):
            room -= taken + _GAPS
            there.append(key)
    last = Column("next", "next · last answer", _next(dates, max(SHORTEST, room)))
    some = [column for column in _sometimes(now) if column.key in there]
    return [*_always(decimals, marked), *some, last]


def _widest(column: Column[QueueLine], lines: Iterable[QueueLine]) -> int:
    return max([len(column.label), *(cells(cell_of(column, line).plain) for line in lines)])


def _always(decimals: int, marked: Collection[int]) -> list[Column[QueueLine]]:
    return [
        Column("mark", " ", lambda line: _mark(line, marked)),
        Column("id", "#", lambda line: Cell(str(line.change.id), "muted"), _number, "right"),
        Column("state", "state", _state, lambda line: line.change.state),
        Column("change", "change", _kind, _kind),
        Column(
            "nmr",
            "NMR",
            lambda line: _amount(line, decimals),
            lambda line: line.change.nmr,
            "right",
        ),
        Column("model", "model", _model, _model),
    ]


def _sometimes(now: datetime) -> list[Column[QueueLine]]:
    return [
        Column(
            "tournament",
            "tournament",
            lambda line: Cell(line.change.tournament.label, "muted"),
            lambda line: line.change.tournament,
        ),
        Column(
            "age",
            "age",
            lambda line: Cell(age(line.change.updated, now), "muted"),
            lambda line: line.change.updated,
            "right",
        ),
    ]


def _mark(line: QueueLine, marked: Collection[int]) -> Cell:
    return Cell(SIGN if line.change.id in marked else " ", "title")


def _number(line: QueueLine) -> int:
    return line.change.id


def _kind(line: QueueLine) -> str:
    return change_kind(line.change.kind)


def _model(line: QueueLine) -> str:
    return marked(line.name)


def _amount(line: QueueLine, decimals: int) -> Cell:
    change = line.change
    if change.setting is not None:
        per_round = nmr(change.setting.per_round, decimals)
        return Cell(f"{per_round}/r", "" if change.setting.enabled else "muted")
    return Cell(nmr(change.nmr, decimals), "muted" if change.nmr is None else "")


def _state(line: QueueLine) -> Cell:
    state = line.change.state
    return Cell(change_state(state), CHANGE_STYLES[state])


def _next(dates: Dates, room: int) -> Callable[[QueueLine], Cell]:
    """What it waits for or needs, else what Numerai said last."""

    def cell(line: QueueLine) -> Cell:
        change = line.change
        if line.uncertain:
            return Cell(shorten(f"{UNKNOWN} {line.uncertain}", room), "burn")
        if change.state not in _WORDS and change.state is not ChangeState.WAITING:
            words = " ".join((line.result or line.last_answer or line.why).split())
            return Cell(shorten(words, room), "muted")
        return Cell(_fitting(line, dates, room))

    return cell


def _fitting(line: QueueLine, dates: Dates, room: int) -> str:
    """As many conditions as there is room for, and how many more there are: none is cut off."""
    lead, waits = _lead(line), waits_for(line.change.conditions, dates)
    for kept in range(len(waits), -1, -1):
        more = f" +{len(waits) - kept}" if kept < len(waits) else ""
        words = _said(lead, waits[:kept]) + more
        if cells(words) <= room:
            return words
    return shorten(lead, room)


def _whole(line: QueueLine, dates: Dates) -> str:
    return _said(_lead(line), waits_for(line.change.conditions, dates))


def _said(lead: str, waits: Sequence[str]) -> str:
    return ", ".join([lead, *waits] if lead else waits)


def _lead(line: QueueLine) -> str:
    """What is needed first; a change that waits says no more than for what."""
    if line.change.state is not ChangeState.WAITING:
        return _word(line.change) if line.change.state in _WORDS else ""
    if any(waits_for(line.change.conditions, Dates.of((), line.change.updated))):
        return ""
    return _CLAUSE.split(line.why, maxsplit=1)[0]


def _word(change: Change) -> str:
    """What is needed of a change that was not sent, or is on its way."""
    if change.system is System.ATOMIC and change.state is ChangeState.QUEUED:
        return _CARRY[change.channel]
    return _WORDS[change.state]


def summary(report: QueueReport) -> tuple[Group, ...]:
    """How many changes are in each state."""
    if not report.lines:
        return (plain(" Nothing was asked for yet.", "muted"),)
    return tuple(
        (
            1 if state.open else 2,
            ((f" {CHANGE_SIGNS[state]} ", CHANGE_STYLES[state]), (f"{changes} {state.value}", "")),
        )
        for state, changes in report.counts.items()
    )


def notice(
    lines: Sequence[QueueLine], marked: Sequence[QueueLine], hidden: int, locked: str | None
) -> Content:
    """What has to be known before a key is pressed: why nothing can be changed, which changes
    are lost, how many are marked (``hidden`` of them filtered away)."""
    paragraphs: list[Content] = []
    if locked:
        paragraphs.append(Content.styled(f"! {locked}", "$pending"))
    lost = [line for line in lines if line.change.state is ChangeState.UNKNOWN]
    if lost:
        names = listed(dict.fromkeys(line.name for line in lost))
        paragraphs.append(
            Content.styled(
                f"? What became of {count(len(lost), 'change')} is not known. Nothing else is "
                f"sent for {names} until it is.",
                "$burn",
            )
        )
    if marked:
        orders = (Order(line.change.kind, line.change.nmr, line.name) for line in marked)
        together = moved_together(orders) or "no amounts"
        away = f", {hidden} of them out of sight" if hidden else ""
        paragraphs.append(
            Content.styled(f"{SIGN} {len(marked)} marked, {together}{away}.", "$mark")
        )
    return Content("\n").join(paragraphs)


def about(line: QueueLine, position: int | None) -> Content:
    """One change: what it is, what it waits for, what comes next, what Numerai said.

    ``position``: its place among those to be sent.
    """
    change = line.change
    waits = f", {', '.join(line.conditions)}" if line.conditions else ""
    place = f" Number {position} in the queue." if position else ""
    settled = change.state is ChangeState.SETTLED and line.why
    parts: list[str | tuple[str, str]] = [
        (f"{line.sentence}{waits}.\n", "bold"),
        f"{change_state(change.state)}: {line.why if settled else line.next_action}{place}",
    ]
    if line.uncertain:
        parts.append((f"\n{UNKNOWN} {line.uncertain}", "$warning"))
    if line.why != line.wanted and not settled and change.state is not ChangeState.SENDING:
        parts += [("\nSince: ", "$muted"), line.why]
    if line.wanted:
        parts += [("\nWhy: ", "$muted"), line.wanted]
    answer = line.result or line.last_answer
    if answer and answer not in line.why:
        parts += [("\nResult: " if line.result else "\nLast answer: ", "$muted"), answer]
    return Content.assemble(*parts)


def state_filters(report: QueueReport) -> list[str]:
    """What ``f`` goes through: everything, what is open, then each state there is."""
    return ["", "open", *(state.value for state in report.counts)]


def in_state(line: QueueLine, filter_text: str) -> bool:
    """Whether a state filter lets ``line`` through."""
    state = line.change.state
    return state.open if filter_text == "open" else filter_text in {"", state.value}


def confirmable(line: QueueLine) -> bool:
    """Whether a yes to it can be asked for."""
    return line.change.state is ChangeState.DRAFT


def confirmed(line: QueueLine) -> bool:
    """Whether it goes out when it is due."""
    return line.change.state in CONFIRMED
