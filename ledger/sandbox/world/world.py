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
from ledger.sandbox.world import addresses, atomic, continuous, submissions
from ledger.sandbox.world.owners import owner
from ledger.sandbox.world.regimes import KINDS, ScoreKind
from ledger.sandbox.world.schedule import RoundPlan, plan, scores_published
from ledger.sandbox.world.scores import ScoreSource
from ledger.sandbox.world.shuffled import Shuffled
from ledger.sandbox.world.state import (
    Competition,
    Entry,
    RoundState,
    SettingRow,
    Slot,
    Wallet,
    WalletRow,
)

_FACTOR_PLACES = Decimal("1e-10")
"""What payout factors are rounded to, so that answers repeat them exactly."""


class _Event(IntEnum):
    """What can happen, in the order in which it happens at one moment."""

    RESOLVE = 0
    FINALISE = 1
    CLOSE = 2
    OPEN = 3


class World:
    """The state of everything, at ``now``.

    ``payouts=False`` resolves every round with a payout of zero. ``settled`` is the sum of all
    payouts and burns so far: together with ``deposited`` it explains :meth:`total` to the wei.
    ``owner`` is the user's wallet on chain, ``settings`` what was ever set in the strategies.
    ``spoilt`` are the scores, by model id and round, that are told as NaN or (``False``) not.
    """

    def __init__(
        self,
        *,
        seed: int,
        username: str,
        start: datetime,
        payouts: bool = True,
        shuffled: Shuffled | None = None,
    ) -> None:
        self.seed = seed
        self.username = username
        self.now = start
        self.payouts = payouts
        self.currency = "USD"
        self.scores = ScoreSource(seed, shuffled)
        self.owner = owner(seed)
        self.account_wallet = Wallet(address=self.owner.address)
        self.settings: list[SettingRow] = []
        self.moves: dict[Tournament, int] = {}
        self.tournaments: dict[Tournament, Competition] = {}
        self.settled = ZERO
        self.deposited = ZERO
        self.nonce = 0
        self.spoilt: dict[tuple[str, int], bool] = {}
        self.values: list[tuple[datetime, NMR]] = []
        self._events: list[tuple[datetime, _Event, Tournament, int]] = []
        self._by_id: dict[str, Slot] = {}
        self._counter = 0

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

    def deposit(self, amount: NMR) -> None:
        """NMR from outside into the wallet."""
        self.account_wallet.available += amount
        self.deposited += amount
        self.book(
            amount, "deposit", "0x" + self.hash("exchange")[:40], self.account_wallet.address, None
        )

    def deposit_on_chain(self, amount: NMR) -> None:
        """NMR from outside into the owner's wallet on chain."""
        self.owner.nmr += amount
        self.deposited += amount

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

    # looking

    def plan(self, tournament: Tournament, number: int) -> RoundPlan:
        """When a round happens in this world, and by which rules."""
        return plan(tournament, number, self.moves.get(tournament))

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Every slot, archived ones included, deleted ones not."""
        return tuple(slot for slot in self._by_id.values() if not slot.deleted)

    def slot(self, name_or_id: str, tournament: Tournament | None = None) -> Slot:
        """A slot by id or by name.

        Raises:
            KeyError: there is none.
        """
        slots = {slot.id: slot for slot in self.slots}
        if name_or_id in slots:
            return slots[name_or_id]
        for slot in slots.values():
            if slot.name == name_or_id and tournament in {None, slot.tournament}:
                return slot
        raise KeyError(name_or_id)

    def any_slot(self, model_id: str) -> Slot:
        """A slot by id, deleted or not.

        Raises:
            KeyError: there is none.
        """
        return self._by_id[model_id]

    @property
    def wallet(self) -> NMR:
        """Free NMR in the wallet."""
        return self.account_wallet.available

    @property
    def held(self) -> NMR:
        """NMR held for increases that do not count yet."""
        return self.account_wallet.held

    def total(self) -> NMR:
        """All NMR the account owns: both wallets, held, stakes, idle, positions, less debt."""
        return NMR.total(
            [
                self.account_wallet.available,
                self.account_wallet.held,
                self.owner.nmr,
                *(slot.stake for slot in self._by_id.values()),
                *(slot.locked + slot.waiting - slot.debt for slot in self._by_id.values()),
                *(competition.idle for competition in self.tournaments.values()),
            ]
        )

    def hash(self, *parts: object) -> str:
        """64 hex digits that depend on the seed and ``parts`` only."""
        return addresses.digest(self.seed, *parts)

    def number(self) -> int:
        """A number never given out before."""
        self._counter += 1
        return self._counter

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

    # the wallet's book

    def book(
        self,
        amount: NMR,
        kind: str,
        sender: str,
        receiver: str,
        tournament: Tournament | None,
        *,
        later: timedelta = timedelta(0),
        tx_hash: str | None = None,
    ) -> None:
        """Write a wallet transaction; moves nothing. ``tx_hash`` is without ``0x``."""
        if not amount:
            return
        tx = "0x" + (tx_hash or self.hash("tx", len(self.account_wallet.rows), kind))
        self.account_wallet.rows.append(
            WalletRow(self.now + later, amount, kind, sender, receiver, tournament, tx)
        )
