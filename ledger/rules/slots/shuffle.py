"""Assigning predictors to the next round's slots: at random, in rotation, by exposure or by score.

Random numbers are made of SHA-256 and integers alone, so that a seed and a round give the same
assignment on every machine and in every version. Version 1 of the algorithm:

- Words: word ``4 * c + k`` (k = 0..3) of round ``r`` and seed ``s`` is bytes ``8k`` to ``8k + 7``,
  big-endian, of the SHA-256 of the ASCII text ``numstake-shuffle/1/{s}/{r}/{c}``, all three in
  decimal and ``c`` counted from 0.
- A number below ``n``: take the next word ``w``; if ``w >= 2**64 - 2**64 % n`` throw it away and
  take the next; the number is ``w % n``.
- The permutation of ``n`` things: start with ``0, 1, .. n - 1``; for ``i`` from ``n - 1`` down to 1
  draw ``j`` below ``i + 1`` and swap places ``i`` and ``j`` (Fisher-Yates).

Test vectors: the first word of seed 1, round 1343 is 8616769252305920542;
``permutation(8, 1, 1343)`` is ``[7, 3, 5, 1, 4, 0, 2, 6]`` and ``permutation(5, 0, 1)`` is
``[0, 4, 2, 1, 3]``.

Candidates: each predictor is one as many times as its capacity says, less the slots it keeps;
those of one predictor lie side by side, in the order of the setup, and empty candidates are added
at the end until there are as many as slots to fill.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from ledger.domain.nmr import NMR, ZERO
from ledger.domain.slots.assignment import Proposal, ShuffleKind, ShuffleSetup
from ledger.errors import AssignmentError
from ledger.rules.slots.exposure import takes_part

_WORD = 2**64
"""How many values a random word can have."""


def words(seed: int, number: int) -> Iterator[int]:
    """Random 64-bit words of round ``number``, without end."""
    counter = 0
    while True:
        text = f"numstake-shuffle/1/{seed}/{number}/{counter}"
        digest = hashlib.sha256(text.encode("ascii")).digest()
        yield from (int.from_bytes(digest[at : at + 8], "big") for at in range(0, 32, 8))
        counter += 1


def permutation(size: int, seed: int, number: int) -> list[int]:
    """0 to ``size`` - 1 in the random order of ``seed`` and round ``number``."""
    source = words(seed, number)
    order = list(range(size))
    for place in range(size - 1, 0, -1):
        other = _below(place + 1, source)
        order[place], order[other] = order[other], order[place]
    return order


def free_slots(setup: ShuffleSetup) -> tuple[str, ...]:
    """The slots to fill: those that take part, without pinned ones and pinned predictors' own."""
    return tuple(
        slot_id
        for slot_id in setup.slots
        if takes_part(slot_id, setup.stakes, setup.only)
        and slot_id not in setup.pinned_slots
        and setup.previous.get(slot_id) not in setup.pinned_predictors
    )


def candidates(setup: ShuffleSetup) -> list[int | None]:
    """What may go into the free slots (see above), at least as many as those; ``None`` is empty.

    Raises:
        AssignmentError: no slot to fill, no predictor to fill it with, or a capacity below zero.
    """
    free = free_slots(setup)
    if not free:
        raise AssignmentError(
            "No slot takes part.", "Unpin slots or predictors, or choose all slots."
        )
    low = [key for key, capacity in setup.capacities.items() if capacity < 0]
    if low:
        raise AssignmentError(f"The capacity of predictor {low[0]} is below zero.")
    kept = [setup.previous.get(slot_id) for slot_id in setup.slots if slot_id not in free]
    available: list[int | None] = []
    for predictor in setup.predictors:
        if predictor not in setup.pinned_predictors:
            left = setup.capacities.get(predictor, 1) - kept.count(predictor)
            available += [predictor] * max(0, left)
    if not available:
        raise AssignmentError("No predictor takes part.", "Add or unpin predictors.")
    return available + [None] * (len(free) - len(available))


def random_assignments(setup: ShuffleSetup, number: int, seed: int) -> Proposal:
    """Round ``number`` at random: free slot ``k`` gets candidate ``permutation(...)[k]``.

    Where there are more candidates than slots, chance decides which are left out.

    Raises:
        AssignmentError: as :func:`candidates`.
    """
    predictors = candidates(setup)
    order = permutation(len(predictors), seed, number)
    return proposal(
        setup,
        ShuffleKind.RANDOM,
        number,
        [predictors[place] for place in order],
        f"Random, seed {seed}, round {number}.",
    )


def latin_assignments(setup: ShuffleSetup, number: int, seed: int) -> Proposal:
    """Round ``number`` of a Latin rotation.

    Candidates are put in the order ``permutation(count, seed, 0)``, once for all rounds; free
    slot ``k`` then gets candidate ``(k + number) % count``. In any ``count`` rounds in a row
    every candidate comes to every slot exactly once, so a predictor as often as its capacity says.

    Raises:
        AssignmentError: as :func:`candidates`.
    """
    predictors = candidates(setup)
    count = len(predictors)
    order = permutation(count, seed, 0)
    turned = [predictors[order[(place + number) % count]] for place in range(count)]
    basis = f"Latin rotation, seed {seed}: every predictor in every slot once in {count} rounds."
    return proposal(setup, ShuffleKind.LATIN, number, turned, basis)


def stake_matched_assignments(
    setup: ShuffleSetup,
    number: int,
    scores: Mapping[int, Decimal],
    *,
    score: str,
    window: str,
) -> Proposal:
    """Round ``number`` with the best ``scores`` in the biggest stakes.

    ``scores``: by predictor; those without one come last, equals in the setup's order, as do
    equal stakes. ``score`` and ``window`` name what the scores are and the rounds they are of
    ("mean payout-weighted score", "rounds 1301 to 1320"); the proposal repeats them.

    Raises:
        AssignmentError: as :func:`candidates`.
    """
    ranked = sorted(
        candidates(setup), key=lambda candidate: _worth(candidate, scores), reverse=True
    )
    free = free_slots(setup)
    by_stake = sorted(free, key=lambda slot_id: setup.stakes.get(slot_id, ZERO), reverse=True)
    assigned = dict(zip(by_stake, ranked, strict=False))
    basis = f"The best {score} over {window} in the biggest stakes."
    order = [assigned[slot_id] for slot_id in free]
    return proposal(setup, ShuffleKind.STAKE_MATCHED, number, order, basis)


def proposal(
    setup: ShuffleSetup,
    kind: ShuffleKind,
    number: int,
    predictors: Sequence[int | None],
    basis: str,
) -> Proposal:
    """``predictors`` put into the free slots in order; every other slot keeps what it has."""
    assignments = {slot_id: setup.previous.get(slot_id) for slot_id in setup.slots}
    assignments |= zip(free_slots(setup), predictors, strict=False)
    changed = tuple(
        slot_id for slot_id in setup.slots if assignments[slot_id] != setup.previous.get(slot_id)
    )
    return Proposal(kind, number, assignments, changed, basis)


def biggest_stake(setup: ShuffleSetup) -> NMR:
    """The biggest stake of a free slot."""
    return max((setup.stakes.get(slot_id, ZERO) for slot_id in free_slots(setup)), default=ZERO)


def _below(count: int, source: Iterator[int]) -> int:
    limit = _WORD - _WORD % count
    return next(word for word in source if word < limit) % count


def _worth(candidate: int | None, scores: Mapping[int, Decimal]) -> tuple[int, Decimal]:
    """Sorts empty candidates below predictors without a score, and those below the others."""
    if candidate is None or candidate not in scores:
        return (0 if candidate is None else 1), Decimal(0)
    return 2, scores[candidate]
