"""The simulated Numerai: rounds open, close and resolve, stakes pay and burn.

A world is moved with :meth:`World.advance_to`; everything that happens on the way is handled
in order of time. It knows nothing of GraphQL or of real time.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import Score
from ledger.rules.rounds import payout as payout_rules
from ledger.sandbox.world import atomic, continuous, submissions
from ledger.sandbox.world.regimes import KINDS, ScoreKind
from ledger.sandbox.world.schedule import RoundPlan, scores_published
from ledger.sandbox.world.shuffled import Shuffled
from ledger.sandbox.world.state import Competition, Entry, RoundState, Slot
from ledger.sandbox.world.world_state import WorldState

_FACTOR_PLACES = Decimal("1e-10")
"""What payout factors are rounded to, so that answers repeat them exactly."""


class _Event(IntEnum):
    """What can happen, in the order in which it happens at one moment."""

    RESOLVE = 0
    FINALISE = 1
    CLOSE = 2
    OPEN = 3


class World(WorldState):
    """The state of everything, and what happens to it as time goes on."""

    def __init__(
        self,
        *,
        seed: int,
        username: str,
        start: datetime,
        payouts: bool = True,
        shuffled: Shuffled | None = None,
    ) -> None:
        super().__init__(
            seed=seed, username=username, start=start, payouts=payouts, shuffled=shuffled
        )
        self._events: list[tuple[datetime, _Event, Tournament, int]] = []

    # building

    def add_tournament(
        self, tournament: Tournament, slots: Iterable[Slot], first_round: int
    ) -> None:
        """Let a tournament begin with round ``first_round`` and these slots."""
        competition = Competition(tournament, list(slots), first_round)
        self.tournaments[tournament] = competition
        self._by_id.update((slot.id, slot) for slot in competition.slots)
        opens = self.plan(tournament, first_round).opens
        self._schedule(opens, _Event.OPEN, tournament, first_round)

    def migrate(self, tournament: Tournament) -> int:
        """Move a continuous tournament to atomic staking with its next round; that round.

        Raises:
            ValueError: it is atomic already, or on its way.
        """
        competition = self.tournaments[tournament]
        first = competition.latest + 1
        if competition.system is System.ATOMIC or tournament in self.moves:
            raise ValueError(f"{tournament.label} has moved to atomic staking already")
        self.moves[tournament] = first
        return first

    # scores and payouts

    def payout_scores(self, slot: Slot, round_plan: RoundPlan, now: datetime) -> list[Score]:
        """The paying scores of a round as of ``now``; values are ``None`` before the first."""
        scores = []
        for name, multiplier in round_plan.regime.pays:
            value, day = self.score(slot, round_plan, KINDS[name], now)
            scores.append(Score(name, value, None, day, multiplier))
        return scores

    def score(
        self, slot: Slot, round_plan: RoundPlan, kind: ScoreKind, now: datetime
    ) -> tuple[Decimal | None, int]:
        """The latest value of one score by ``now``, and its scoring day (0: none yet)."""
        day = scores_published(round_plan.number, kind.days, now)
        if not day:
            return None, 0
        path = self.scores.path(
            slot.tournament, slot.index, kind.family, kind.days, round_plan.number
        )
        return Decimal(repr(float(path[day - 1]))), day

    def payout_by(self, slot: Slot, entry: Entry, now: datetime) -> NMR | None:
        """What an entry earns by its scores of ``now``: settled, or as it stands.

        ``None`` before the first score and for a round whose factor is not fixed.
        """
        if entry.payout is not None:
            return entry.payout
        if not self.payouts or not entry.at_risk:
            return ZERO
        state = self.tournaments[slot.tournament].rounds[entry.number]
        scores = self.payout_scores(slot, state.plan, now)
        return payout_rules.payout(entry.at_risk, scores, state.factor, state.plan.regime.clip)

    # time

    def advance_to(self, moment: datetime) -> None:
        """Let everything happen up to and including ``moment``; never goes back."""
        while self._events and self._events[0][0] <= moment:
            at, event, tournament, number = heapq.heappop(self._events)
            self.now = max(self.now, at)
            competition = self.tournaments[tournament]
            if event is _Event.OPEN:
                self._open(competition, number)
            elif event is _Event.CLOSE:
                self._close(competition, competition.rounds[number])
            elif event is _Event.RESOLVE:
                self._resolve(competition, competition.rounds[number])
            else:
                self._finalise(competition, number)
        self.now = max(self.now, moment)

    def _schedule(self, at: datetime, event: _Event, tournament: Tournament, number: int) -> None:
        heapq.heappush(self._events, (at, event, tournament, number))

    def _open(self, competition: Competition, number: int) -> None:
        this = self.plan(competition.tournament, number)
        competition.rounds[number] = RoundState(this)
        competition.latest = number
        if this.regime.system is System.ATOMIC and competition.atomic_since is None:
            atomic.begin_migration(self, competition)
        self._schedule(this.closes_staking, _Event.CLOSE, competition.tournament, number)
        self._schedule(this.resolves, _Event.RESOLVE, competition.tournament, number)
        following = self.plan(competition.tournament, number + 1)
        self._schedule(following.opens, _Event.OPEN, competition.tournament, number + 1)

    def _close(self, competition: Competition, state: RoundState) -> None:
        continuous.count_increases(self, competition)
        for slot in competition.slots:
            if slot.first_round <= state.plan.number and not (slot.archived or slot.deleted):
                self._enter(competition, slot, state)
        state.closed = True
        state.factor = self._payout_factor(competition, state)
        self._note_values(competition)

    def _enter(self, competition: Competition, slot: Slot, state: RoundState) -> None:
        number = state.plan.number
        entry = submissions.entry(self, slot, state.plan)
        slot.entries[number] = entry
        if entry.submission_id is None or entry.late:
            return
        if entry.system is System.ATOMIC:
            atomic.open_position(self, competition, slot, entry)
        else:
            entry.at_risk = slot.counting(number)
            entry.take_profit = slot.take_profit

    def _payout_factor(self, competition: Competition, state: RoundState) -> Decimal:
        regime, number = state.plan.regime, state.plan.number
        if regime.threshold is None:
            return Decimal(1)
        ours = NMR.total(
            slot.entries[number].at_risk for slot in self._entered(competition, number)
        )
        others = self.others_at_risk(competition.tournament, number)
        factor = payout_rules.payout_factor(regime.threshold, ours + others)
        return factor.quantize(_FACTOR_PLACES)

    def others_at_risk(self, tournament: Tournament, number: int) -> NMR:
        """What everybody else has at risk in a round."""
        series = f"{int(tournament)}/total"
        drift = self.scores.normals(series, number, 40).mean() * 0.3
        noise = self.scores.normal(series, number) * 0.01
        swing = Decimal(repr(round(1 + float(drift) + noise, 6)))
        return self.plan(tournament, number).regime.total.times(swing)

    def _entered(self, competition: Competition, number: int) -> list[Slot]:
        return [slot for slot in competition.slots if number in slot.entries]

    def _resolve(self, competition: Competition, state: RoundState) -> None:
        number = state.plan.number
        if state.late:
            self._schedule(self.now + state.late, _Event.RESOLVE, competition.tournament, number)
            state.flagged, state.late = True, timedelta(0)
            return
        for slot in self._entered(competition, number):
            entry = slot.entries[number]
            earned = self.payout_by(slot, entry, self.now) or ZERO
            if entry.system is System.ATOMIC:
                atomic.settle(slot, entry, earned)
            else:
                continuous.settle(self, slot, entry, earned)
            self.settled += entry.payout or ZERO
        state.resolved = True
        continuous.pay_releases(self, competition, number)
        if state.plan.regime.system is System.ATOMIC:
            after = self.now + atomic.FINALISED_AFTER
            self._schedule(after, _Event.FINALISE, competition.tournament, number)
        elif competition.atomic_since is not None:
            atomic.move_share(self, competition)

    def _finalise(self, competition: Competition, number: int) -> None:
        for slot in competition.slots:
            atomic.finalise(competition, slot, number)

    def _note_values(self, competition: Competition) -> None:
        for slot in competition.slots:
            if slot.entries or slot.stake:
                slot.values.append((self.now, slot.stake + slot.locked))
        if competition.tournament is min(self.tournaments):
            everything = [slot.stake + slot.locked for slot in self.slots]
            self.values.append((self.now, NMR.total(everything)))
