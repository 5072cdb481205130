"""Balancing exposure with few moves.

The criterion. ``e(p)`` is predictor ``p``'s cumulative exposure (NMR x rounds) after the round to
be assigned. An assignment is balanced when the largest ``e`` less the smallest is within a
tolerance, by default the biggest stake of a slot that takes part: no predictor is more than one
round at that stake beyond any other. Predictors without a place to move to or from are left out.

Places are the slots that take part and a bench with a stake of zero for every candidate without a
slot. While the assignment is not balanced, the first of these that there is, is made:

1. the swap of two places that makes it balanced,
2. the rotation of three places that makes it balanced,
3. the swap that makes ``sum((e - mean)**2)`` smaller;

of several the one that leaves that sum smallest, then the first in the setup's order. Without
any, stakes are in the opposite order of the exposures, and no assignment of this round is closer
to equal by that sum.

So the number of places that change is the least there is when two or three are enough; where it
takes more, each step is the best next one, which need not be the fewest in the end.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.slots.assignment import Proposal, ShuffleKind, ShuffleSetup
from ledger.rules.slots.shuffle import biggest_stake, candidates, free_slots, proposal

_Cycle = tuple[int, ...]
"""Places whose predictors move on to the next one, the last to the first."""


def minimum_move_assignments(
    setup: ShuffleSetup,
    number: int,
    before: Mapping[int, NMR],
    *,
    tolerance: NMR | None = None,
) -> Proposal:
    """Round ``number`` balanced by the criterion above, starting from the setup's ``previous``.

    ``before``: cumulative exposure by predictor in NMR x rounds. Slots without a predictor that may
    stay there are filled first, the biggest stake with the least exposed predictor.

    Raises:
        AssignmentError: as :func:`ledger.rules.slots.shuffle.candidates`.
    """
    allowed = biggest_stake(setup) if tolerance is None else tolerance
    table = _Table.of(setup, before)
    while table.gap > allowed.wei and table.step(allowed.wei):
        pass
    predictors = table.predictors[: len(free_slots(setup))]
    state = "balanced" if table.gap <= allowed.wei else "as close to equal as this round can be"
    basis = (
        f"Fewest moves by cumulative exposure: {state}, "
        f"gap {NMR.from_wei(table.gap)} NMR x rounds, tolerance {allowed}."
    )
    return proposal(setup, ShuffleKind.MINIMUM_MOVE, number, predictors, basis)


@dataclass(slots=True)
class _Table:
    """Each place's predictor, what it stakes, and each predictor's exposure, in wei."""

    predictors: list[int | None]
    stakes: list[int]
    exposure: dict[int, int]

    @classmethod
    def of(cls, setup: ShuffleSetup, before: Mapping[int, NMR]) -> _Table:
        free = free_slots(setup)
        bench = candidates(setup)
        moving = {candidate for candidate in bench if candidate is not None}
        exposure = {key: before.get(key, ZERO).wei for key in setup.predictors if key in moving}
        for slot_id in setup.slots:
            predictor = setup.previous.get(slot_id)
            if slot_id not in free and predictor in moving and predictor is not None:
                exposure[predictor] += setup.stakes.get(slot_id, ZERO).wei
        stakes = [setup.stakes.get(slot_id, ZERO).wei for slot_id in free]
        predictors = [_taken_from(setup.previous.get(slot_id), bench) for slot_id in free]
        for predictor, stake in zip(predictors, stakes, strict=True):
            if predictor is not None:
                exposure[predictor] += stake
        table = cls(predictors, stakes, exposure)
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
        predictors = [self.predictors[place] for place in best]
        for place, predictor in zip(best, (predictors[-1], *predictors[:-1]), strict=True):
            self.predictors[place] = predictor
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
        return itertools.combinations(range(len(self.predictors)), count)

    def _rotations(self) -> Iterable[_Cycle]:
        return itertools.chain.from_iterable(
            ((one, two, three), (one, three, two)) for one, two, three in self._cycles(3)
        )

    def _matters(self, cycle: _Cycle) -> bool:
        first, second = cycle
        return (
            self.predictors[first] != self.predictors[second]
            and self.stakes[first] != self.stakes[second]
        )

    def _within(self, moving: int, allowed: int) -> bool:
        """Whether all but some ``moving`` predictors are within a gap of ``allowed``."""
        ranked = sorted(self.exposure.values())
        rest = len(ranked) - moving
        return rest <= 0 or any(
            ranked[low + rest - 1] - ranked[low] <= allowed for low in range(moving + 1)
        )

    def _after(self, cycle: _Cycle) -> dict[int, int]:
        """The exposures once each place's predictor has gone to the next place of ``cycle``."""
        after = dict(self.exposure)
        for place, following in zip(cycle, (*cycle[1:], cycle[0]), strict=True):
            predictor = self.predictors[place]
            if predictor is not None:
                after[predictor] += self.stakes[following] - self.stakes[place]
        return after

    def _fill(self, bench: list[int | None]) -> None:
        """Candidates still on the ``bench`` go to empty slots, then to places without a stake."""
        order = sorted(range(len(self.stakes)), key=lambda place: -self.stakes[place])
        for place in order:
            waiting = [candidate for candidate in bench if candidate is not None]
            if self.predictors[place] is None and waiting:
                least = min(waiting, key=lambda candidate: self.exposure[candidate])
                bench.remove(least)
                self.predictors[place] = least
                self.exposure[least] += self.stakes[place]
        left = [candidate for candidate in bench if candidate is not None]
        self.predictors += left
        self.stakes += [0] * len(left)


def _taken_from(predictor: int | None, bench: list[int | None]) -> int | None:
    """``predictor`` if it is on the ``bench``, which it then leaves once."""
    if predictor is None or predictor not in bench:
        return None
    bench.remove(predictor)
    return predictor


def _uneven(exposure: Mapping[int, int]) -> int:
    """``n * sum((e - mean)**2)``, in whole numbers."""
    values = exposure.values()
    return len(values) * sum(value * value for value in values) - sum(values) ** 2
