"""Balancing exposure with few moves.

The criterion. ``e(p)`` is predictor ``p``'s cumulative exposure (NMR x rounds) after the round to
be seated. A seating is balanced when the largest ``e`` less the smallest is within a tolerance,
by default the biggest stake of a slot that takes part: nobody is more than one round at that
stake ahead of anybody. Predictors without a seat to move to or from are left out.

Places are the slots that take part and a bench with a stake of zero for every seat that has no
slot. While the seating is not balanced, the first of these that there is, is made:

1. the swap of two places that makes it balanced,
2. the rotation of three places that makes it balanced,
3. the swap that makes ``sum((e - mean)**2)`` smaller;

of several the one that leaves that sum smallest, then the first in the setup's order. Without
any, stakes are in the opposite order of the exposures, and no seating of this round is closer to
equal by that sum.

So the number of places that change is the least there is when two or three are enough; where it
takes more, each step is the best next one, which need not be the fewest in the end.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.slots.assignment import Proposal, ShuffleKind, ShuffleSetup
from ledger.rules.slots.shuffle import biggest_stake, free_slots, proposal, seats

_Cycle = tuple[int, ...]
"""Places whose holders move on to the next one, the last to the first."""


def minimum_move_seating(
    setup: ShuffleSetup,
    number: int,
    before: Mapping[int, NMR],
    *,
    tolerance: NMR | None = None,
) -> Proposal:
    """Round ``number`` balanced by the criterion above, starting from the setup's ``previous``.

    ``before``: cumulative exposure by predictor in NMR x rounds. Slots that hold nobody who may
    sit there are filled first, the biggest stake with the least exposed predictor.

    Raises:
        AssignmentError: as :func:`ledger.rules.slots.shuffle.seats`.
    """
    allowed = biggest_stake(setup) if tolerance is None else tolerance
    table = _Table.of(setup, before)
    while table.gap > allowed.wei and table.step(allowed.wei):
        pass
    predictors = table.holders[: len(free_slots(setup))]
    state = "balanced" if table.gap <= allowed.wei else "as close to equal as this round can be"
    basis = (
        f"Fewest moves by cumulative exposure: {state}, "
        f"gap {NMR.from_wei(table.gap)} NMR x rounds, tolerance {allowed}."
    )
    return proposal(setup, ShuffleKind.MINIMUM_MOVE, number, predictors, basis)


@dataclass(slots=True)
class _Table:
    """Who holds which place, what each place stakes and each predictor's exposure, in wei."""

    holders: list[int | None]
    stakes: list[int]
    exposure: dict[int, int]

    @classmethod
    def of(cls, setup: ShuffleSetup, before: Mapping[int, NMR]) -> _Table:
        free = free_slots(setup)
        bench = seats(setup)
        moving = {seat for seat in bench if seat is not None}
        exposure = {key: before.get(key, ZERO).wei for key in setup.predictors if key in moving}
        for slot_id in setup.slots:
            holder = setup.previous.get(slot_id)
            if slot_id not in free and holder in moving and holder is not None:
                exposure[holder] += setup.stakes.get(slot_id, ZERO).wei
        stakes = [setup.stakes.get(slot_id, ZERO).wei for slot_id in free]
        holders = [_seated(setup.previous.get(slot_id), bench) for slot_id in free]
        for holder, stake in zip(holders, stakes, strict=True):
            if holder is not None:
                exposure[holder] += stake
        table = cls(holders, stakes, exposure)
        table._fill(bench)
        return table

    @property
    def gap(self) -> int:
        """The largest exposure less the smallest."""
        return max(self.exposure.values()) - min(self.exposure.values())

    def step(self, allowed: int) -> bool:
        """Make the next move of the criterion; whether there was one."""
        swaps = [cycle for cycle in self._cycles(2) if self._matters(cycle)]
        best = (
            self._best(swaps, allowed)
            or (self._best(self._rotations(), allowed) if self._within(3, allowed) else None)
            or self._best(swaps, None)
        )
        if best is None:
            return False
        self.exposure = self._after(best)
        holders = [self.holders[place] for place in best]
        for place, holder in zip(best, (holders[-1], *holders[:-1]), strict=True):
            self.holders[place] = holder
        return True

    def _best(self, cycles: Iterable[_Cycle], allowed: int | None) -> _Cycle | None:
        """The cycle that leaves exposure most equal: of those that leave a gap of no more than
        ``allowed``, or without that of those that leave it more equal than now."""
        best: tuple[int, _Cycle] | None = None
        now = _uneven(self.exposure)
        for cycle in cycles:
            after = self._after(cycle)
            if allowed is not None and max(after.values()) - min(after.values()) > allowed:
                continue
            uneven = _uneven(after)
            if (allowed is not None or uneven < now) and (best is None or uneven < best[0]):
                best = uneven, cycle
        return best and best[1]

    def _cycles(self, count: int) -> Iterable[_Cycle]:
        return itertools.combinations(range(len(self.holders)), count)

    def _rotations(self) -> Iterable[_Cycle]:
        return itertools.chain.from_iterable(
            ((one, two, three), (one, three, two)) for one, two, three in self._cycles(3)
        )

    def _matters(self, cycle: _Cycle) -> bool:
        one, other = cycle
        return self.holders[one] != self.holders[other] and self.stakes[one] != self.stakes[other]

    def _within(self, moving: int, allowed: int) -> bool:
        """Whether all but some ``moving`` predictors are within a gap of ``allowed``."""
        ranked = sorted(self.exposure.values())
        rest = len(ranked) - moving
        return rest <= 0 or any(
            ranked[low + rest - 1] - ranked[low] <= allowed for low in range(moving + 1)
        )

    def _after(self, cycle: _Cycle) -> dict[int, int]:
        """The exposures once each place's holder has gone to the next place of ``cycle``."""
        after = dict(self.exposure)
        for place, following in zip(cycle, (*cycle[1:], cycle[0]), strict=True):
            holder = self.holders[place]
            if holder is not None:
                after[holder] += self.stakes[following] - self.stakes[place]
        return after

    def _fill(self, bench: list[int | None]) -> None:
        """Seats still on the ``bench`` go to empty slots, then to places without a stake."""
        order = sorted(range(len(self.stakes)), key=lambda place: -self.stakes[place])
        for place in order:
            waiting = [seat for seat in bench if seat is not None]
            if self.holders[place] is None and waiting:
                least = min(waiting, key=lambda seat: self.exposure[seat])
                bench.remove(least)
                self.holders[place] = least
                self.exposure[least] += self.stakes[place]
        left = [seat for seat in bench if seat is not None]
        self.holders += left
        self.stakes += [0] * len(left)


def _seated(holder: int | None, bench: list[int | None]) -> int | None:
    """``holder`` if a seat of theirs is on the ``bench``, which it then leaves."""
    if holder is None or holder not in bench:
        return None
    bench.remove(holder)
    return holder


def _uneven(exposure: Mapping[int, int]) -> int:
    """``n * sum((e - mean)**2)``, in whole numbers."""
    values = exposure.values()
    return len(values) * sum(value * value for value in values) - sum(values) ** 2
