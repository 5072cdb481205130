"""The past once more, with and without a policy.

Without: the payouts as they were. With: what a policy would have moved by then counts as staked
elsewhere, so a round pays in proportion to what would have been at risk; one of which that is
not known pays what it paid. Amounts move when a
round resolves and count from the next staking close; where staking is atomic they spread over
the rounds that run at a time. The past is taken to have compounded, whatever take profit was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.policy import (
    ITSELF,
    Destination,
    Policy,
    Replay,
    ReplayPoint,
)
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.rounds.round import Round
from ledger.rules.policy.owed import FREE
from ledger.rules.policy.split import Accountant, shares_of
from ledger.rules.rounds.payout import payout_rate, weighted_score


@dataclass(frozen=True, slots=True)
class ReplayFacts:
    """What a ``policy`` is tried on: settled ``rounds`` and ``performances`` of one tournament.

    They may come in any order. ``spread``: over how many rounds a moved amount is staked (1 where
    staking is continuous).
    """

    policy: Policy
    performances: Sequence[Performance]
    rounds: Sequence[Round]
    spread: int = 1


def replay(facts: ReplayFacts) -> Replay:
    """What ``facts.policy`` would have made of the settled rounds in ``facts``."""
    return _Replaying(facts).replay()


@dataclass(slots=True)
class _Replaying:
    facts: ReplayFacts
    moved: dict[str, int] = field(default_factory=dict)
    waiting: dict[datetime, dict[str, int]] = field(default_factory=dict)
    gives: dict[str, bool] = field(default_factory=dict)
    accrued: dict[Destination, int] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    changes: int = 0
    away: int = 0
    since_drafted: int = 0

    def replay(self) -> Replay:
        closes = {entry.number: entry.closes_staking or entry.opens for entry in self.facts.rounds}
        accountant, points = Accountant(), list[ReplayPoint]()
        without, with_policy = ZERO, ZERO
        for number, performances in _by_round(self.facts.performances).items():
            self._arrive(closes.get(number))
            paid, replayed = [], []
            for performance in performances:
                paid.append(performance.payout or ZERO)
                replayed.append(self._paid(performance))
                parts = accountant.parts(performance.model_id, replayed[-1], self.facts.policy)
                self._book(performance, paid[-1], parts)
            without += NMR.total(paid)
            with_policy += NMR.total(replayed)
            points.append(ReplayPoint(number, without, with_policy))
            self._draft()
        return Replay(
            points=tuple(points),
            accrued={destination: NMR.from_wei(wei) for destination, wei in self.accrued.items()},
            moved=NMR.from_wei(self.away),
            changes=self.changes,
        )

    def _arrive(self, close: datetime | None) -> None:
        """What had resolved by this close is staked where the policy wants it."""
        if close is None:
            return
        for resolved in [moment for moment in self.waiting if moment <= close]:
            for name, wei in self.waiting.pop(resolved).items():
                self.moved[name] = self.moved.get(name, 0) + wei

    def _paid(self, performance: Performance) -> NMR:
        """What the round would have paid with what would have been at risk."""
        paid = performance.payout or ZERO
        wei = self.moved.get(performance.model_id, 0) // self.facts.spread
        if not wei:
            return paid
        rate = _rate(performance)
        if rate is None or performance.at_risk is None:
            return paid
        return paid + NMR.from_wei(max(wei, -performance.at_risk.wei)).times(rate)

    def _book(self, performance: Performance, paid: NMR, parts: Mapping[Destination, NMR]) -> None:
        changed = {performance.model_id: -paid.wei}
        for destination, nmr in parts.items():
            wei, own = nmr.wei, destination == ITSELF
            self.accrued[destination] = self.accrued.get(destination, 0) + wei
            self.away += 0 if own else abs(wei)
            if destination.kind in FREE:
                continue
            name = performance.model_id if own else destination.name
            changed[name] = changed.get(name, 0) + wei
            if not own or self._comes_back(performance.model_id, nmr):
                self.open[name] = self.open.get(name, 0) + wei
        if performance.resolves is not None:
            waiting = self.waiting.setdefault(performance.resolves, {})
            for name, wei in changed.items():
                waiting[name] = waiting.get(name, 0) + wei

    def _comes_back(self, model_id: str, nmr: NMR) -> bool:
        """Whether it takes a change for a model to get its own part: where that comes free."""
        gives = self.gives.get(model_id)
        if gives is None:
            shares = shares_of(self.facts.policy, model_id)
            gives = self.gives[model_id] = any(one != ITSELF for one in shares)
        return gives and (nmr > ZERO or self.facts.spread > 1)

    def _draft(self) -> None:
        """Count the changes that would have been drafted after a round."""
        policy = self.facts.policy
        self.since_drafted += 1
        scheduled = policy.every is not None and self.since_drafted >= policy.every
        over = policy.threshold.wei if policy.threshold is not None else None
        lower = self.facts.spread > 1
        due = [
            name
            for name, wei in self.open.items()
            if (wei > 0 or (lower and wei < 0))
            and (scheduled or (over is not None and abs(wei) >= over))
        ]
        for name in due:
            self.open[name] = 0
        self.changes += len(due)
        if due:
            self.since_drafted = 0


def _rate(performance: Performance) -> Decimal | None:
    """What one NMR at risk was paid; from the scores where nothing was at risk."""
    if performance.at_risk and performance.payout is not None:
        return performance.payout.over(performance.at_risk)
    weighted = weighted_score(performance.scores)
    if weighted is None or performance.factor is None or performance.clip is None:
        return None
    return payout_rate(weighted, performance.factor, performance.clip)


def _by_round(performances: Iterable[Performance]) -> dict[int, list[Performance]]:
    """Settled ones by round, oldest first, within a round by model."""
    settled = [
        performance
        for performance in performances
        if performance.state is PayoutState.SETTLED and performance.payout is not None
    ]
    by_round: dict[int, list[Performance]] = {}
    for performance in sorted(settled, key=lambda entry: (entry.round, entry.model_id)):
        by_round.setdefault(performance.round, []).append(performance)
    return by_round
