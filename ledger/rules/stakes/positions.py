"""Atomic positions from what Numerai, its claims and the chain tell of them.

A position is one model's own stake in one round. Its stake is told by ``stakeTransactions``, by
the payout list (at risk), by a claim (claimable - payout + burn) and by the staking contract;
the most trusted of them counts, the others are kept where they differ.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.records.transaction import STRATEGY_STAKE, StakeTransaction
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.strategy import ChainStake, Claim, Figure, Origin, Position, PositionState
from ledger.rules.rounds import payout as payout_rules
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.stakes.atomic import is_atomic

_Key = tuple[Tournament, str, int]


@dataclass(slots=True)
class _Evidence:
    """Everything told about one model in one round."""

    transactions: list[StakeTransaction] = field(default_factory=list)
    performance: Performance | None = None
    claim: Claim | None = None
    chain: ChainStake | None = None


@dataclass(frozen=True, slots=True)
class _Dates:
    """A round's times, and whether it has resolved."""

    closes: datetime
    resolves: datetime
    resolved: bool


def positions(
    transactions: Sequence[StakeTransaction],
    performances: Sequence[Performance],
    rounds: Sequence[Round],
    now: datetime,
    *,
    claims: Sequence[Claim] | None = None,
    chain: Sequence[ChainStake] = (),
    finalise_days: int,
) -> tuple[Position, ...]:
    """Every position there is evidence of, newest round first, then by model id.

    ``claims`` is ``None`` where the scope to read them is missing. Then a resolved position is
    ``restaked`` where a later stake can only be its claim, and otherwise just ``resolved``. With
    claims, one that is gone from them is ``restaked`` where that shows, ``finalised`` when the
    model staked nothing until its time was up, and otherwise ``claimed``.
    """
    schedules = {tournament: RoundSchedule(rounds, tournament) for tournament in Tournament}
    rounds_by_key = {(entry.tournament, entry.number): entry for entry in rounds}
    dates: dict[tuple[Tournament, int], _Dates] = {}
    by_model: dict[tuple[Tournament, str], list[Position]] = {}
    for key, evidence in _evidence(transactions, performances, claims or (), chain).items():
        tournament, model_id, number = key
        when = dates.get((tournament, number))
        if when is None:
            entry = rounds_by_key.get((tournament, number))
            when = dates[tournament, number] = _dates(entry, number, schedules[tournament], now)
        position = _position(key, evidence, when, now, finalise_days)
        if position is not None:
            by_model.setdefault((tournament, model_id), []).append(position)
    concluded = [
        position
        for rows in by_model.values()
        for position in _what_became(rows, now, claims_known=claims is not None)
    ]
    return tuple(sorted(concluded, key=lambda row: (-row.round, row.tournament, row.model_id)))


def _evidence(
    transactions: Iterable[StakeTransaction],
    performances: Iterable[Performance],
    claims: Iterable[Claim],
    chain: Iterable[ChainStake],
) -> dict[_Key, _Evidence]:
    evidence: dict[_Key, _Evidence] = {}
    for row in transactions:
        if row.type == STRATEGY_STAKE and row.round is not None:
            key = (row.tournament, row.model_id, row.round)
            evidence.setdefault(key, _Evidence()).transactions.append(row)
    for claim in claims:
        key = (claim.tournament, claim.model_id, claim.round)
        evidence.setdefault(key, _Evidence()).claim = claim
    for stake in chain:
        key = (stake.tournament, stake.model_id, stake.round)
        if stake.stake or key in evidence:
            evidence.setdefault(key, _Evidence()).chain = stake
    for entry in performances:
        key = (entry.tournament, entry.model_id, entry.round)
        if key in evidence or (is_atomic(entry.clip) and entry.at_risk):
            evidence.setdefault(key, _Evidence()).performance = entry
    return evidence


def _dates(entry: Round | None, number: int, schedule: RoundSchedule, now: datetime) -> _Dates:
    """Numerai's word on whether a round it lists has resolved, else the calendar's."""
    resolves = schedule.resolves(number)
    return _Dates(
        closes=schedule.close(number),
        resolves=resolves,
        resolved=entry.resolved if entry is not None else resolves <= now,
    )


def _position(
    key: _Key, evidence: _Evidence, when: _Dates, now: datetime, finalise_days: int
) -> Position | None:
    entry, claim = evidence.performance, evidence.claim
    settled = entry is not None and entry.state is PayoutState.SETTLED
    resolved = when.resolved or settled or claim is not None
    figures = _figures(evidence, resolved=resolved)
    if not figures:
        return None
    stake = figures[0]
    payout = _payout(evidence, stake.nmr)
    state = PositionState.LOCKED if when.closes <= now else PositionState.OPEN
    claimable = None
    if claim is not None:
        state = PositionState.CLAIMABLE
        claimable = claim.claimable
        if claimable is None:
            claimable = stake.nmr + claim.payout - claim.burn
    elif resolved:
        state = PositionState.RESOLVED
    tournament, model_id, number = key
    return Position(
        tournament=tournament,
        round=number,
        model_id=model_id,
        stake=stake.nmr,
        state=state,
        opened=min((row.time for row in evidence.transactions), default=None),
        resolves=when.resolves,
        payout=payout,
        claimable=claimable,
        finalises=when.resolves + timedelta(days=finalise_days),
        tx_hash=next((row.note for row in evidence.transactions if row.note), None),
        origin=stake.origin,
        also=_others(figures),
    )


def _figures(evidence: _Evidence, *, resolved: bool) -> list[Figure]:
    """What every source says was staked, the most trusted first.

    The contract's figure of a resolved position may be what is left of it after the claim, so
    nothing there is no contradiction then.
    """
    figures = []
    chain, claim, entry = evidence.chain, evidence.claim, evidence.performance
    if chain is not None and (chain.stake or not resolved):
        figures.append(Figure(Origin.CHAIN, chain.stake))
    if claim is not None and claim.claimable is not None:
        figures.append(Figure(Origin.CLAIMS, claim.claimable - claim.payout + claim.burn))
    if evidence.transactions:
        first, *more = evidence.transactions
        staked = NMR.total((first.amount, *(row.amount for row in more))) if more else first.amount
        figures.append(Figure(Origin.NUMERAI, staked))
    if entry is not None and entry.at_risk:
        figures.append(Figure(Origin.NUMERAI, entry.at_risk))
    return figures


def _others(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """The figures that differ from the first, each once."""
    differing = (figure for figure in figures[1:] if figure.nmr != figures[0].nmr)
    return tuple(dict.fromkeys(differing))


def _payout(evidence: _Evidence, stake: NMR) -> NMR | None:
    """Settled by the claim or the payout list, else by the round's own scores; atomic factor 1."""
    entry, claim = evidence.performance, evidence.claim
    if claim is not None:
        return claim.payout - claim.burn
    if entry is None:
        return None
    if entry.payout is not None and (entry.at_risk or entry.state is PayoutState.SETTLED):
        return entry.payout
    factor = Decimal(1) if entry.factor is None else entry.factor
    return payout_rules.payout(stake, entry.scores, factor, entry.clip)


def _what_became(rows: list[Position], now: datetime, *, claims_known: bool) -> Iterable[Position]:
    """The positions of one model, with what happened to those that have resolved."""
    resolved = [row for row in rows if row.state is PositionState.RESOLVED]
    worth = Counter(row.stake + row.payout for row in resolved if row.payout is not None)
    stakes: dict[NMR, list[Position]] = {}
    for row in rows:
        stakes.setdefault(row.stake, []).append(row)
    opened = sorted(row.opened for row in rows if row.opened is not None)
    for row in rows:
        if row.state is not PositionState.RESOLVED:
            yield row
        elif _restaked(row, worth, stakes):
            yield replace(row, state=PositionState.RESTAKED)
        elif claims_known:
            left = row.finalises is not None and row.finalises <= now
            alone = left and not _any_in_its_days(row, opened)
            state = PositionState.FINALISED if alone else PositionState.CLAIMED
            yield replace(row, state=state)
        else:
            yield row


def _any_in_its_days(row: Position, opened: Sequence[datetime]) -> bool:
    """The same of any that ``opened``, in order of time."""
    if row.resolves is None:
        return False
    at = bisect_left(opened, row.resolves)
    return at < len(opened) and _in_its_days(row, opened[at])


def _in_its_days(row: Position, opened: datetime | None) -> bool:
    """Whether a position of ``opened`` could have been paid for by the claim of ``row``."""
    return (
        opened is not None
        and row.resolves is not None
        and row.finalises is not None
        and row.resolves <= opened <= row.finalises
    )


def _restaked(row: Position, worth: Counter[NMR], stakes: Mapping[NMR, list[Position]]) -> bool:
    """Whether a later stake can only be this claim.

    It is, to the wei, in the days in which claims are restaked; the claim differs from the
    stake it came from, no other claim of the model is worth the same, and one stake alone is.
    """
    if not row.payout:
        return False
    claim = row.stake + row.payout
    same = stakes.get(claim, ())
    if not claim or worth[claim] > 1 or len(same) != 1:
        return False
    return same[0].round > row.round and _in_its_days(row, same[0].opened)
