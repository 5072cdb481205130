"""Which slots take part in an assignment, and the exposure that comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.slots.assignment import (
    AssignmentsByRound,
    ExposureLine,
    ExposurePreview,
    RoundAssignments,
    SlotChoice,
    SlotStakes,
)


def takes_part(slot_id: str, stakes: Mapping[str, NMR], only: SlotChoice) -> bool:
    """Whether ``only`` lets a slot take part, given NMR by slot."""
    staked = stakes.get(slot_id, ZERO) > ZERO
    return only is SlotChoice.ALL or staked is (only is SlotChoice.STAKED)


def exposures(assignments_by_round: AssignmentsByRound, stakes: SlotStakes) -> dict[int, NMR]:
    """NMR x rounds by predictor: the stakes of the slots it was assigned to, in all rounds.

    A predictor without any assignment is left out; a cell without a stake counts nothing.
    """
    amounts: dict[int, list[NMR]] = {}
    for number, assignments in assignments_by_round.items():
        at_risk = stakes.get(number, {})
        for slot_id, predictor in assignments.items():
            if predictor is not None:
                amounts.setdefault(predictor, []).append(at_risk.get(slot_id, ZERO))
    return {predictor: NMR.total(staked) for predictor, staked in amounts.items()}


def preview(
    predictors: Sequence[int],
    before: Mapping[int, NMR],
    assignments_by_round: Iterable[RoundAssignments],
    stakes: Mapping[str, NMR],
) -> ExposurePreview:
    """Exposure of ``predictors`` before and after some rounds' assignments, at ``stakes``.

    ``before``: cumulative exposure in NMR x rounds (:func:`exposures`); ``stakes``: NMR by slot,
    the same in each of the rounds.
    """
    rounds = dict(enumerate(assignments_by_round))
    added = exposures(rounds, dict.fromkeys(rounds, stakes))
    lines = tuple(
        ExposureLine(key, before.get(key, ZERO), before.get(key, ZERO) + added.get(key, ZERO))
        for key in predictors
    )
    first, last = [line.before for line in lines], [line.after for line in lines]
    return ExposurePreview(lines, gap(first), gap(last), unequal(first), unequal(last))


def gap(amounts: Sequence[NMR]) -> NMR:
    """The largest less the smallest; zero for none."""
    return max(amounts) - min(amounts) if amounts else ZERO


def unequal(amounts: Sequence[NMR]) -> Decimal:
    """How far from equal: the share of the whole that would have to move, 28 digits.

    ``sum(|amount - mean|) / (2 * sum)`` for amounts that are not negative: 0 when all are equal,
    1 - 1/n when one has it all.
    """
    wei = [amount.wei for amount in amounts]
    whole, count = sum(wei), len(wei)
    if not whole:
        return Decimal(0)
    return Decimal(sum(abs(count * amount - whole) for amount in wei)) / (2 * count * whole)
