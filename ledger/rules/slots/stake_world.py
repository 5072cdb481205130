"""Stakes under a policy from round to round, to the wei: continuous and atomic, as one account.

Continuous: a slot's standing stake is at risk in every round that closes while it stands, so
overlapping rounds share it. A payout arrives when its own round resolves: compounding, it joins
the stake (a burn leaves it, never below zero, a release being paid shrinking last); constant,
it goes to a cash balance of earnings, and burns come out of it (which may go below zero, as if the
stake were topped up from the wallet). A release stops counting from the next close, can still
burn in rounds that are running and is paid when the last of them resolves.

Atomic: each round takes a position per slot from the idle pool all slots share, in their order,
locked until that round resolves; then stake and payout return to the pool. Constant: ``S`` a
round, or what is idle. Compounding: ``S`` until a position of the slot has been paid out, then
what its newest one came to. A round without a score is one without a submission: it takes no
position.

A tournament that moves while the rounds run: each continuous round that resolves after the first
atomic one has closed moves an equal part of what is left of the stake into the idle pool, and
``S`` is the slot's stake at the move over the number of concurrent rounds.

Rebalancing, on continuous: what a slot has above the mean is released, unless a release of its
is still pending; what releases pay raises the slots below the mean, in proportion to what they
lack. On atomic: ``S`` becomes an equal share of everything (constant: of the start) over the
concurrent rounds, and stays until the next rebalance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from math import lcm
from operator import add


@dataclass(frozen=True, slots=True)
class Rates:
    """Payout per NMR at risk in a round, by slot, with whoever sits in it: exactly so many
    ``parts`` of the ``whole``; ``None`` without a score."""

    parts: Sequence[int | None]
    whole: int

    @classmethod
    def of(cls, rates: Sequence[Decimal | None]) -> Rates:
        """The same rates over one denominator."""
        ratios = [None if rate is None else rate.as_integer_ratio() for rate in rates]
        whole = lcm(*(ratio[1] for ratio in ratios if ratio is not None))
        parts = [None if ratio is None else ratio[0] * (whole // ratio[1]) for ratio in ratios]
        return cls(parts, whole)

    def earned(self, stakes: Sequence[int]) -> list[int]:
        """What ``stakes`` earn in wei, cut towards zero as :meth:`NMR.times` does."""
        whole = self.whole
        return [
            0 if not part else stake * part // whole if part > 0 else -(stake * -part // whole)
            for stake, part in zip(stakes, self.parts, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Cut:
    """Round ``number`` as the stakes see it; times are UTC.

    Stakes are cut at ``fixed`` and paid when the round ``resolves``; ``atomic`` says how it is
    staked.
    """

    number: int
    fixed: datetime
    resolves: datetime
    atomic: bool


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a run stands after so many of its ``events``, all of them continuous: what is
    ``standing``, ``net`` and at risk in running rounds by slot, what is ``earned``, in wei, and the
    ``path`` so far."""

    events: int
    standing: list[int]
    net: list[int]
    earned: int
    at_risk: dict[int, list[int]]
    path: list[tuple[datetime, int]]


def in_order(cuts: Sequence[Cut]) -> list[tuple[datetime, int, int]]:
    """When rounds close (1) and resolve (0), by their place in ``cuts``.

    What resolves at the moment another round closes resolves first.
    """
    events = [(cut.fixed, 1, index) for index, cut in enumerate(cuts)]
    return sorted([*events, *((cut.resolves, 0, index) for index, cut in enumerate(cuts))])


class StakeWorld:
    """All slots of one account. Every amount is in wei.

    ``rebalance_every`` rounds (0 for never) stakes are brought back to equal.
    """

    def __init__(
        self, start: Sequence[int], *, compounding: bool, concurrent: int, rebalance_every: int = 0
    ) -> None:
        self._slots = range(len(start))
        self._compounding = compounding
        self._concurrent = concurrent
        self._every = rebalance_every
        self._start = sum(start)
        self._standing = list(start)
        self._releasing = [0] * len(start)
        self._due: list[datetime | None] = [None] * len(start)
        self._cash = 0
        self._earned = 0
        self._idle = 0
        self._locked = 0
        self._moved = False
        self._per_round = [0] * len(start)
        self._claims: list[int | None] = [None] * len(start)
        self._at_risk: dict[int, list[int]] = {}
        self._running: dict[int, Cut] = {}
        self.net = [0] * len(start)

    @property
    def value(self) -> int:
        """Everything there is, wherever it is."""
        standing = sum(self._standing) + sum(self._releasing)
        return standing + self._cash + self._earned + self._idle + self._locked

    def run(
        self,
        cuts: Sequence[Cut],
        rates: Mapping[int, Rates],
        stopped: Callable[[], None],
        begun: Beginning | None = None,
    ) -> list[tuple[datetime, int]]:
        """Close and resolve every round at its own date; the value after each resolution.

        ``stopped`` is called once a round and may raise. ``begun``: go on from there.
        """
        events, path = in_order(cuts), list[tuple[datetime, int]]()
        if begun is not None:
            self._go_on(begun, cuts)
            events, path = events[begun.events :], begun.path
        value = self.value
        for at, closing, index in events:
            if closing:
                stopped()
                self._pay_releases(at)
                self._close(index, cuts[index], rates[cuts[index].number])
            else:
                # Nothing else changes what there is: it only moves from one place to another.
                value += sum(self._resolve(cuts[index], rates[cuts[index].number]))
                path.append((at, value))
        return path

    def _go_on(self, begun: Beginning, cuts: Sequence[Cut]) -> None:
        self._standing, self.net, self._earned = begun.standing, begun.net, begun.earned
        self._at_risk = begun.at_risk
        self._running = {cut.number: cut for cut in cuts if cut.number in begun.at_risk}

    def _close(self, index: int, cut: Cut, rates: Rates) -> None:
        if cut.atomic and not self._moved:
            self._move_to_atomic()
        if self._every and index and index % self._every == 0:
            self._rebalance(cut)
        if cut.atomic:
            at_risk = [self._position(slot, rates.parts[slot]) for slot in self._slots]
            self._locked += sum(at_risk)
        else:
            at_risk = list(self._standing)
        self._at_risk[cut.number] = at_risk
        self._running[cut.number] = cut

    def _resolve(self, cut: Cut, rates: Rates) -> list[int]:
        """Pay out a round; what was booked, by slot."""
        at_risk = self._at_risk.pop(cut.number)
        if self._moved and not cut.atomic:
            share = sum(not other.atomic for other in self._running.values())
            self._move_part(share)
        del self._running[cut.number]
        payouts = rates.earned(at_risk)
        if cut.atomic:
            self._locked -= sum(at_risk)
            for slot in self._slots:
                self._claim(slot, at_risk[slot], payouts[slot])
        else:
            payouts = self._settle(payouts)
        self.net = list(map(add, self.net, payouts))
        return payouts

    def _position(self, slot: int, part: int | None) -> int:
        claim = self._claims[slot]
        target = self._per_round[slot] if claim is None else claim
        stake = 0 if part is None else min(target, self._idle)
        self._idle -= stake
        return stake

    def _claim(self, slot: int, stake: int, payout: int) -> None:
        self._idle += stake + payout
        if self._compounding and not self._every and stake:
            self._claims[slot] = stake + payout

    def _settle(self, payouts: list[int]) -> list[int]:
        """Book continuous payouts; what of them could be booked."""
        if self._moved:
            return [self._settle_idle(payout) for payout in payouts]
        if not self._compounding:
            self._earned += sum(payouts)
            return payouts
        left = list(map(add, self._standing, payouts))
        if min(left) >= 0:
            self._standing = left
            return payouts
        return [self._compound(slot, payout) for slot, payout in enumerate(payouts)]

    def _settle_idle(self, payout: int) -> int:
        booked = max(payout, -self._idle)
        self._idle += booked
        return booked

    def _compound(self, slot: int, payout: int) -> int:
        booked = max(payout, -self._standing[slot] - self._releasing[slot])
        left = self._standing[slot] + booked
        self._standing[slot] = max(0, left)
        self._releasing[slot] += min(0, left)
        return booked

    def _move_to_atomic(self) -> None:
        """The tournament is atomic from here on."""
        self._moved = True
        for slot in self._slots:
            self._standing[slot] += self._releasing[slot]
            self._releasing[slot], self._due[slot] = 0, None
        self._per_round = [stake // self._concurrent for stake in self._standing]
        self._idle, self._cash = self._cash, 0
        if not self._running:
            self._move_part(1)

    def _move_part(self, share: int) -> None:
        for slot in self._slots:
            part = self._standing[slot] // share
            self._standing[slot] -= part
            self._idle += part

    def _rebalance(self, cut: Cut) -> None:
        count = len(self._standing)
        if self._moved:
            whole = self.value if self._compounding else self._start
            self._per_round = [whole // (count * self._concurrent)] * count
            return
        whole = sum(self._standing) + sum(self._releasing) + self._cash
        due = max((other.resolves for other in self._running.values()), default=cut.fixed)
        for slot in self._slots:
            excess = self._standing[slot] - whole // count
            if excess > 0 and not self._releasing[slot]:
                self._standing[slot] -= excess
                self._releasing[slot], self._due[slot] = excess, due
        self._pay_releases(cut.fixed)

    def _pay_releases(self, at: datetime) -> None:
        """Releases that are due reach the cash, which raises the slots below the mean."""
        if not self._every:
            return
        for slot in self._slots:
            due = self._due[slot]
            if due is not None and due <= at:
                self._cash += self._releasing[slot]
                self._releasing[slot], self._due[slot] = 0, None
        if self._cash and not self._moved:
            self._share_cash()

    def _share_cash(self) -> None:
        standing = sum(self._standing) + sum(self._releasing)
        mean = (standing + self._cash) // len(self._standing)
        short = [
            0 if self._releasing[slot] else max(0, mean - self._standing[slot])
            for slot in self._slots
        ]
        whole, cash = sum(short), self._cash
        for slot in self._slots if whole else ():
            part = min(short[slot], cash * short[slot] // whole)
            self._standing[slot] += part
            self._cash -= part
