"""What a demo's ledger holds beforehand: a year of predictors moving between slots."""

from __future__ import annotations

from datetime import timedelta

from ledger.domain.model import Tournament
from ledger.domain.slots.predictor import Assignment, AssignmentPlace, AssignmentSource, Predictor
from ledger.rules.rounds import calendar
from ledger.sandbox.world.schedule import identify
from ledger.sandbox.world.shuffled import PREDICTORS, SLOTS, Shuffled, dealt
from ledger.store import Store

SEED = 1
"""Of the embedded Numerai's default world."""

YEAR = 260
"""Rounds of history in that world."""

_BEFORE = timedelta(hours=1)


def shuffle_a_year(store: Store, latest: int) -> None:
    """Say who sat where in the rounds up to ``latest``, as the world's scores have it.

    Rounds whose seats were kept are carried over: nothing is said for them.
    """
    predictors = store.predictors.add(
        Predictor(0, one.name, one.notes, one.colour) for one in PREDICTORS
    )
    moves = Shuffled(SEED, latest)
    ids = [identify("model", SEED, int(Tournament.CLASSIC), index) for index in SLOTS]
    said: dict[AssignmentPlace, Assignment | None] = {}
    first = latest - YEAR + 1
    for number in range(first, latest + 1):
        if dealt(number) == number or number == first:
            at = calendar.opens(number) - _BEFORE
            for slot_id, seat in zip(ids, moves.seats(number), strict=True):
                said[AssignmentPlace(number, slot_id)] = Assignment(
                    Tournament.CLASSIC,
                    number,
                    slot_id,
                    predictors[seat].id,
                    AssignmentSource.GENERATED,
                    at,
                )
    store.predictors.say(Tournament.CLASSIC, said, what="A year of shuffles")
