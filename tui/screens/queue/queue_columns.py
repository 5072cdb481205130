"""The Queue mode's table, the lines around it, and the order of its rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

from textual.content import Content

from ledger.domain.model import System
from ledger.domain.names import listed, marked
from ledger.domain.nmr import NMR
from ledger.domain.queue.change import CONFIRMED, UNSENT, Change, ChangeState
from ledger.domain.stakes.strategy import Channel
from ledger.reports.queue.queue import QueueLine, QueueReport
from tui.changes import CHANGE_SIGNS, CHANGE_STYLES, change_kind, change_state, waits_for
from tui.format import UNKNOWN, age, count, exact, nmr, shorten
from tui.widgets.line import Group, plain
from tui.widgets.tables.grid import Cell, Column

SIGN = "*"
"""Stands beside a change marked with others."""

BESIDE = 88
"""Cells that all columns but the last take at most."""

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
    now: datetime, decimals: int, width: int, marked: Collection[int]
) -> list[Column[QueueLine]]:
    """The columns on a screen of ``width`` cells; the last one takes what is left."""
    room = max(16, width - BESIDE)
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
        Column(
            "tournament",
            "tournament",
            lambda line: Cell(line.change.tournament.label, "muted"),
            lambda line: line.change.tournament,
            drop=2,
        ),
        Column(
            "age",
            "age",
            lambda line: Cell(age(line.change.updated, now), "muted"),
            lambda line: line.change.updated,
            "right",
        ),
        Column("next", "next · last answer", _next(now, room), drop=1),
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


def _next(now: datetime, room: int) -> Callable[[QueueLine], Cell]:
    """What it waits for or needs, else what Numerai said last."""

    def cell(line: QueueLine) -> Cell:
        change = line.change
        if line.uncertain:
            return Cell(shorten(f"{UNKNOWN} {line.uncertain}", room), "burn")
        if change.state not in _WORDS and change.state is not ChangeState.WAITING:
            words = " ".join((line.result or line.last_answer or line.why).split())
            return Cell(shorten(words, room), "muted")
        waits = waits_for(change.conditions, now)
        if change.state is ChangeState.WAITING:
            words = f"waits: {waits}" if waits else line.why
        else:
            words = _word(change) + (f", then: {waits}" if waits else "")
        return Cell(shorten(words, room))

    return cell


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
        total = NMR.total(line.change.nmr for line in marked if line.change.nmr is not None)
        away = f", {hidden} of them out of sight" if hidden else ""
        paragraphs.append(
            Content.styled(f"{SIGN} {len(marked)} marked, {exact(total)} NMR{away}.", "$mark")
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
