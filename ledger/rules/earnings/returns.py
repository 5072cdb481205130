"""What payouts come to on the NMR that was committed for them.

Committed is what is locked at a time: on atomic staking all running positions, on continuous
staking the one stake that running rounds share. NMR that idles in a strategy or a wallet is not
committed. Numerai's own returns are reported as they are, beside these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from ledger.domain.earnings.paid_rounds import PaidRound
from ledger.domain.earnings.returns import Committed

_ZERO = Decimal(0)

QUARTER, YEAR = timedelta(days=91), timedelta(days=365)


def committed_returns(rounds: Sequence[PaidRound], now: datetime) -> tuple[Committed, ...]:
    """One per column of ``rounds`` (newest first, of one tournament, with what was at risk).

    A period's payouts are those of rounds that resolved in it; what was committed is looked at
    whenever one of its rounds opened.
    """
    opened = [_without_unknown(entry) for entry in reversed(rounds) if entry.opens is not None]
    levels = _levels(opened)
    windows = [_window(opened, levels, since) for since in (now - QUARTER, now - YEAR, None)]
    counts = _unknown(rounds)
    return tuple(
        Committed(quarter, year, ever, count)
        for quarter, year, ever, count in zip(*windows, counts, strict=True)
    )


def _untold(entry: PaidRound) -> list[bool]:
    """Per column, whether it took part and nobody knows with how much."""
    if entry.at_risk is None:
        return [False] * len(entry.taking)
    return [takes and risk is None for takes, risk in zip(entry.taking, entry.at_risk, strict=True)]


def _without_unknown(entry: PaidRound) -> PaidRound:
    """``entry`` without what was paid on a stake nobody knows."""
    untold = _untold(entry)
    if entry.settled is None or not any(untold):
        return entry
    kept = (None if lacks else paid for paid, lacks in zip(entry.settled, untold, strict=True))
    return replace(entry, settled=tuple(kept))


def _unknown(rounds: Sequence[PaidRound]) -> list[int]:
    width = len(rounds[0].taking) if rounds else 0
    columns = zip(*map(_untold, rounds), strict=True)
    return [sum(column) for column in columns] or [0] * width


def _levels(rounds: Sequence[PaidRound]) -> list[Sequence[Decimal]]:
    """What each column had committed when each of ``rounds``, oldest first, had opened."""
    levels: list[Sequence[Decimal]] = []
    held: Sequence[Decimal] = ()
    running: list[tuple[datetime | None, Sequence[Decimal]]] = []
    for entry in rounds:
        stake = [amount or _ZERO for amount in entry.at_risk or ()]
        if not entry.atomic:
            levels.append(stake)
            continue
        held = [a + b for a, b in zip(held or [_ZERO] * len(stake), stake, strict=True)]
        running.append((entry.resolves, stake))
        while running and _over(running[0][0], entry.opens):
            held = [a - b for a, b in zip(held, running.pop(0)[1], strict=True)]
        levels.append(held)
    return levels


def _over(resolves: datetime | None, at: datetime | None) -> bool:
    return resolves is not None and at is not None and resolves <= at


def _window(
    rounds: Sequence[PaidRound], levels: Sequence[Sequence[Decimal]], since: datetime | None
) -> list[Decimal | None]:
    """Payouts over mean level, per column."""
    looked = [
        level
        for entry, level in zip(rounds, levels, strict=True)
        if since is None or (entry.opens is not None and entry.opens >= since)
    ]
    paid = [
        entry.settled
        for entry in rounds
        if entry.settled is not None
        and (since is None or (entry.resolves is not None and entry.resolves >= since))
    ]
    width = len(rounds[0].taking) if rounds else 0
    earned = _sums(paid, width)
    total = _sums(looked, width)
    counts = [sum(map(bool, column)) for column in zip(*looked, strict=True)] or [0] * width
    any_paid = [any(value is not None for value in column) for column in zip(*paid, strict=True)]
    return [
        value * count / level if level and settled else None
        for value, level, count, settled in zip(
            earned, total, counts, any_paid or [False] * width, strict=True
        )
    ]


def _sums(rows: Sequence[Sequence[Decimal | None]], width: int) -> list[Decimal]:
    if not rows:
        return [_ZERO] * width
    return [sum(filter(None, column), _ZERO) for column in zip(*rows, strict=True)]
