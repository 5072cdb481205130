"""The next seven days: what closes, comes free, returns, and what has to go out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from ledger.domain.knowledge import Fact, MissingFacts
from ledger.domain.model import Tournament
from ledger.domain.queue.change import CONFIRMED, Change
from ledger.domain.stakes.stake import PendingKind
from ledger.domain.stakes.unlock import Unlock, UnlockKind, UnlockView
from ledger.domain.sums import Part, Sum
from ledger.reports.account.portfolio import ModelLine, Portfolio
from ledger.rules.rounds import calendar
from ledger.rules.stakes.staked import part

AHEAD = timedelta(days=7)
"""How far is looked."""


class ComingKind(StrEnum):
    """What happens: staking closes, NMR of strategies comes free, a release returns, an increase
    counts, or a confirmed change is due."""

    CLOSE = "close"
    UNLOCK = "unlock"
    RELEASE = "release"
    INCREASE = "increase"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that happens at ``at`` (UTC).

    ``nmr`` is what it moves, ``None`` where it moves none. ``tournament``, ``model_id`` with the
    model's ``name``, ``round`` and ``change`` (its id and what kind it is) are set where they
    apply; ``day`` on which NMR of any strategy comes free.
    """

    at: datetime
    kind: ComingKind
    nmr: Sum | None = None
    tournament: Tournament | None = None
    model_id: str = ""
    name: str = ""
    round: int | None = None
    change: Change | None = None
    day: date | None = None


def build_coming(
    portfolio: Portfolio,
    unlocks: Iterable[Unlock],
    changes: Iterable[Change],
    now: datetime,
) -> tuple[Coming, ...]:
    """Everything within :data:`AHEAD` of ``now``, the next first. ``unlocks`` is what comes free if
    settings stay as they are."""
    due = [
        *_closes(portfolio),
        *_free(unlocks),
        *_increases(portfolio.lines, portfolio.missing),
        *_changes(changes, now),
    ]
    coming = (entry for entry in due if now <= entry.at <= now + AHEAD)
    return tuple(sorted(coming, key=lambda entry: (entry.at, entry.kind, entry.name)))


def _closes(portfolio: Portfolio) -> Iterator[Coming]:
    for close in portfolio.next_closes:
        yield Coming(close.at, ComingKind.CLOSE, tournament=close.tournament, round=close.round)


def _free(unlocks: Iterable[Unlock]) -> Iterator[Coming]:
    by_day: dict[date, list[Unlock]] = {}
    for entry in unlocks:
        if entry.kind is UnlockKind.RELEASE:
            yield Coming(
                entry.at,
                ComingKind.RELEASE,
                Sum.of([Part(entry.nmr, entry.as_of)]),
                entry.tournament,
                entry.model_id,
                entry.name,
            )
        else:
            by_day.setdefault(entry.at.astimezone(UTC).date(), []).append(entry)
    for day, entries in by_day.items():
        free = Sum.of(entry.part(UnlockView.STAYS) for entry in entries)
        if free.known or free.unknown:
            yield Coming(min(entry.at for entry in entries), ComingKind.UNLOCK, free, day=day)


def _increases(lines: Iterable[ModelLine], missing: MissingFacts) -> Iterator[Coming]:
    for line in lines:
        pending = line.pending
        if pending is None or pending.kind is not PendingKind.INCREASE or pending.due is None:
            continue
        nmr = Sum.of([part(pending.amount, missing, line.model_id, Fact.PENDING)])
        yield Coming(
            pending.due,
            ComingKind.INCREASE,
            nmr,
            line.tournament,
            line.model_id,
            line.name,
        )


def _changes(changes: Iterable[Change], now: datetime) -> Iterator[Coming]:
    for change in changes:
        if change.state in CONFIRMED:
            yield Coming(
                max(now, _not_before(change) or now),
                ComingKind.CHANGE,
                None if change.nmr is None else Sum.of([change.nmr]),
                change.tournament,
                change.model_id,
                change.model_name,
                change=change,
            )


def _not_before(change: Change) -> datetime | None:
    terms = change.conditions
    opens = terms.not_before_round
    times = [
        at
        for at in (terms.not_before, calendar.opens(opens) if opens is not None else None)
        if at is not None
    ]
    return max(times, default=None)
