"""All models on one page: what is staked, at risk and pending, and how each has been doing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ledger.domain.model import Account, Model, Reputation, System, Tournament
from ledger.domain.nmr import NMR
from ledger.domain.payout import PayoutState, Performance
from ledger.domain.slot import Submission, SubmissionState
from ledger.domain.stake import ContinuousStake, PendingRequest, StakeMode
from ledger.reports.tournament import TournamentFacts, exposure, strategy_setting
from ledger.rules.timing import next_close


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One model.

    ``staked``: the settled stake (continuous), or the sum of all positions still locked (atomic).
    ``at_risk``: NMR that running rounds can burn; overlapping continuous rounds share one stake,
    so their largest counts, atomic positions add up.
    ``per_round`` and ``mode``: atomic only, as inferred from the model's own positions.
    ``recent``: payouts of the last rounds with a score, oldest first, settled or pending;
    ``earned`` is their sum. ``pending_payout``: what unresolved rounds would pay by now.
    ``one_year``: Numerai's own return figure.
    ``submission``: in the current round of its tournament.
    """

    model_id: str
    name: str
    tournament: Tournament
    system: System
    archived: bool
    staked: NMR | None
    at_risk: NMR
    pending: PendingRequest | None
    take_profit: bool | None
    per_round: NMR | None
    mode: StakeMode | None
    recent: tuple[NMR, ...]
    earned: NMR
    pending_payout: NMR
    one_year: Decimal | None
    reputations: tuple[Reputation, ...]
    submission: SubmissionState | None
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True)
class NextClose:
    """The next time a tournament fixes its stakes."""

    tournament: Tournament
    round: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The account at a glance. ``as_of`` is the last sync that finished, ``None`` before one."""

    profile: str
    username: str | None
    as_of: datetime | None
    available: NMR | None
    held: NMR | None
    staked: NMR
    pending_payout: NMR
    lines: tuple[ModelLine, ...]
    next_closes: tuple[NextClose, ...]
    systems: dict[Tournament, System]


RECENT_ROUNDS = 12
"""How many payouts a model's small graph shows."""


def build_portfolio(
    *,
    profile: str,
    account: Account | None,
    models: Iterable[Model],
    stakes: dict[str, ContinuousStake],
    tournaments: dict[Tournament, TournamentFacts],
    now: datetime,
) -> Portfolio:
    """All models of all tournaments, in the order given."""
    histories = {key: facts.by_model() for key, facts in tournaments.items()}
    current = {key: facts.current_round(now) for key, facts in tournaments.items()}
    submissions = {
        (entry.model_id, entry.round): entry
        for facts in tournaments.values()
        for entry in facts.submissions
    }
    lines = []
    for model in models:
        facts = tournaments.get(model.tournament)
        if facts is None:
            continue
        latest = current[model.tournament]
        submission = submissions.get((model.id, latest.number)) if latest else None
        history = histories[model.tournament].get(model.id, [])
        lines.append(_line(model, stakes.get(model.id), facts.system, history, submission))
    return Portfolio(
        profile=profile,
        username=account.username if account else None,
        as_of=account.as_of if account else None,
        available=account.available if account else None,
        held=account.held_increases if account else None,
        staked=NMR.total(line.staked for line in lines if line.staked is not None),
        pending_payout=NMR.total(line.pending_payout for line in lines),
        lines=tuple(lines),
        next_closes=_next_closes(tournaments, now),
        systems={key: facts.system for key, facts in tournaments.items()},
    )


def _line(
    model: Model,
    stake: ContinuousStake | None,
    system: System,
    history: list[Performance],
    submission: Submission | None,
) -> ModelLine:
    pending = [entry for entry in history if entry.state is PayoutState.PENDING]
    recent = [entry.payout for entry in history if entry.payout is not None][:RECENT_ROUNDS]
    at_risk = exposure(pending)
    atomic = system is System.ATOMIC
    per_round, mode = strategy_setting(history) if atomic else (None, None)
    return ModelLine(
        model_id=model.id,
        name=model.name,
        tournament=model.tournament,
        system=system,
        archived=model.archived,
        staked=at_risk if atomic else stake.settled if stake else None,
        at_risk=at_risk,
        pending=None if atomic or stake is None else stake.pending,
        take_profit=None if atomic or stake is None else stake.take_profit,
        per_round=per_round,
        mode=mode,
        recent=tuple(reversed(recent)),
        earned=NMR.total(recent),
        pending_payout=NMR.total(entry.payout for entry in pending if entry.payout is not None),
        one_year=model.returns.one_year,
        reputations=model.reputations,
        submission=submission.state if submission else None,
        submitted_at=submission.at if submission else None,
    )


def _next_closes(
    tournaments: dict[Tournament, TournamentFacts], now: datetime
) -> tuple[NextClose, ...]:
    closes = []
    for key, facts in tournaments.items():
        close = next_close(facts.rounds, key, now)
        closes.append(NextClose(key, close.round, close.at))
    return tuple(sorted(closes, key=lambda close: close.at))
