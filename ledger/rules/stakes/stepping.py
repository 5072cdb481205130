"""An allocation strategy stepped from staking close to staking close, exact to the wei.

What happens at a close, as Numerai does it: the claims of enabled models come back to idle, those
of others once their time is up; then each enabled model stakes from idle. Constant mode stakes
the per-round stake, compound mode the newest claim since the last close, or the per-round stake
where there is none. Every enabled model is taken to submit to every round. Amounts are whole wei
as ``int``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from ledger.dataclass import dataclass
from ledger.domain.nmr import ZERO
from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import ModelSetting, Position, PositionState
from ledger.rules.rounds.schedule import RoundSchedule
from ledger.rules.stakes.strategy_facts import StrategyFacts, active

BILLION = 10**9
"""Payout rates are whole billionths: what one NMR in a position earns."""


class Rates(Protocol):
    """What a position is expected to earn, in billionths of its stake."""

    def rate(self, model_id: str, number: int) -> int:
        """Of the position of a model in a round; negative: burns."""


@dataclass(frozen=True, slots=True)
class Close:
    """A strategy right after the staking close of ``round`` at ``at``; amounts in wei.

    ``locked`` and ``positions`` are what each model has in running rounds and in how many, in the
    order of :class:`StrategySteps`. ``idle`` is left after staking, ``claimable`` waits to come
    back to it, and ``missing`` is what this round's positions lacked.
    """

    round: int
    at: datetime
    locked: tuple[int, ...]
    positions: tuple[int, ...]
    idle: int
    claimable: int
    missing: int


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A claim that is not in idle yet."""

    model: int
    wei: int
    until: datetime


def last_close(schedule: RoundSchedule, now: datetime) -> datetime:
    """The staking close before ``now``."""
    return schedule.close(schedule.next_round(now) - 1)


def pending_claim(row: Position, since: datetime) -> bool:
    """Whether a position's NMR still waits to be claimed.

    Without the claims, one that resolved after the staking close at ``since`` does: Numerai
    claims and restakes at the next.
    """
    if row.state is PositionState.RESOLVED:
        return row.resolves is not None and row.resolves > since
    return row.state is PositionState.CLAIMABLE


def claim_wei(row: Position) -> int:
    """What a resolved position is worth."""
    if row.claimable is not None:
        return row.claimable.wei
    return (row.stake + (row.payout or ZERO)).wei


class StrategySteps:
    """A strategy before its first step; :meth:`unlimited` and :meth:`limited` begin anew each time.

    ``settings`` replaces present ones by model id. ``rounds`` is how many closes there are, the
    concurrent rounds when ``None``. ``rates`` is ``None`` for no payouts.
    """

    def __init__(
        self,
        facts: StrategyFacts,
        settings: Mapping[str, ModelSetting] | None = None,
        rounds: int | None = None,
        rates: Rates | None = None,
    ) -> None:
        self.facts = facts
        self.schedule = facts.schedule
        self.rows = facts.by_model()
        self.settings = facts.settings() | dict(settings or {})
        listed = [model.id for model in facts.own_models()]
        others = sorted((self.rows.keys() | self.settings.keys()) - set(listed))
        self.models = (*listed, *others)
        self.first = self.schedule.next_round(facts.now)
        count = self.schedule.concurrent if rounds is None else rounds
        self.numbers = range(self.first, self.first + count)
        self.since = last_close(self.schedule, facts.now)
        self._rates = rates

    def unlimited(self) -> Iterator[Close]:
        """As if idle were never short: it begins at zero and falls below as NMR is needed."""
        return _Run(self, self._rates).steps(0, limited=False)

    def limited(self, idle: int) -> Iterator[Close]:
        """With ``idle`` wei to begin with; models are served in their order while it lasts."""
        return _Run(self, self._rates).steps(idle, limited=True)


class _Run:
    def __init__(self, steps: StrategySteps, rates: Rates | None) -> None:
        self._steps, self._rates = steps, rates
        facts = steps.facts
        self._keep = timedelta(days=facts.finalise_days)
        count = len(steps.models)
        self._locked, self._positions = [0] * count, [0] * count
        self._newest: list[int | None] = [None] * count
        self._debts = [facts.debts.get(key, ZERO).wei for key in steps.models]
        self._running: dict[int, list[int]] = {}
        self._waiting: list[_Waiting] = []
        for index, key in enumerate(steps.models):
            for row in reversed(steps.rows.get(key, [])):
                self._take(index, row)
        settings = [steps.settings.get(key) for key in steps.models]
        self._enabled = [active(entry) for entry in settings]
        self._per_round = [0 if entry is None else entry.per_round.wei for entry in settings]
        self._compound = [
            entry is not None and entry.mode is StakeMode.COMPOUND for entry in settings
        ]

    def steps(self, idle: int, *, limited: bool) -> Iterator[Close]:
        steps = self._steps
        for number in steps.numbers:
            at = steps.schedule.close(number)
            self._resolve(at)
            idle += self._claimed(at)
            spent, missing = self._stake(number, idle if limited else None)
            idle -= spent
            yield Close(
                round=number,
                at=at,
                locked=tuple(self._locked),
                positions=tuple(self._positions),
                idle=idle,
                claimable=sum(claim.wei for claim in self._waiting),
                missing=missing,
            )

    def _take(self, index: int, row: Position) -> None:
        """A position as it is now."""
        if row.state.running:
            self._open(index, row.round, row.stake.wei)
            return
        resolves = self._steps.schedule.resolves(row.round)
        if resolves > self._steps.since:
            self._newest[index] = claim_wei(row)
        if pending_claim(row, self._steps.since):
            self._waiting.append(_Waiting(index, claim_wei(row), resolves + self._keep))

    def _open(self, index: int, number: int, wei: int) -> None:
        cohort = self._running.get(number)
        if cohort is None:
            cohort = self._running[number] = [0] * len(self._locked)
        cohort[index] += wei
        self._locked[index] += wei
        self._positions[index] += 1

    def _resolve(self, at: datetime) -> None:
        """Positions whose round has resolved by ``at`` become claims."""
        for number in sorted(self._running):
            resolves = self._steps.schedule.resolves(number)
            if resolves > at:
                continue
            for index, wei in enumerate(self._running.pop(number)):
                if wei:
                    self._locked[index] -= wei
                    self._positions[index] -= 1
                    claim = wei + self._payout(index, number, wei)
                    self._newest[index] = claim
                    self._waiting.append(_Waiting(index, claim, resolves + self._keep))

    def _payout(self, index: int, number: int, wei: int) -> int:
        """What a position earns, cut towards zero; deferred burns are paid off first."""
        if self._rates is None:
            return 0
        rate = self._rates.rate(self._steps.models[index], number)
        earned = max(-wei, wei * rate // BILLION if rate >= 0 else -(wei * -rate // BILLION))
        paid_off = min(self._debts[index], max(0, earned))
        self._debts[index] -= paid_off
        return earned - paid_off

    def _claimed(self, at: datetime) -> int:
        """What comes back to idle at a close."""
        kept, back = [], 0
        for claim in self._waiting:
            if self._enabled[claim.model] or claim.until <= at:
                back += claim.wei
            else:
                kept.append(claim)
        self._waiting = kept
        return back

    def _stake(self, number: int, idle: int | None) -> tuple[int, int]:
        """Open the positions of a round; what they take, and what they lack."""
        already = tuple(self._running.get(number, ()))
        spent = missing = 0
        for index, enabled in enumerate(self._enabled):
            if not enabled or (already and already[index]):
                continue
            stake = self._per_round[index]
            newest = self._newest[index]
            if newest is not None:
                self._newest[index] = None
                stake = newest if self._compound[index] else stake
            wei = stake if idle is None else min(stake, idle - spent)
            if wei > 0:
                spent += wei
                self._open(index, number, wei)
            missing += stake - wei
        return spent, missing
