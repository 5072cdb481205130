"""What every slot holds in every round: said for the round, or carried over from before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from ledger.domain.model import Tournament
from ledger.domain.rounds.round import Round
from ledger.domain.slots.predictor import Assignment, AssignmentPlace, AssignmentSource
from ledger.rules.rounds import calendar

Filled = Mapping[int, Mapping[str, Assignment]]
"""Round to slot id to what it holds."""

AHEAD = 260
"""How many rounds ahead, about a year, something may be said; beyond it is a slip of the hand."""

_LONG_AGO = datetime(2022, 10, 25, tzinfo=UTC)
"""Before the first daily round: older rounds are on record whatever the time."""


def filled(said: Iterable[Assignment], rounds: Iterable[int]) -> dict[int, dict[str, Assignment]]:
    """What each slot holds in each of ``rounds``; a slot is missing before its first assignment.

    Where nothing was said the slot keeps what it had, with ``CARRIED`` as the source and the
    time at which it was said.
    """
    waiting = sorted(said, key=lambda assignment: assignment.round)
    held: dict[str, Assignment] = {}
    by_round: dict[int, dict[str, Assignment]] = {}
    at = 0
    for number in sorted(set(rounds)):
        while at < len(waiting) and waiting[at].round <= number:
            held[waiting[at].slot_id] = waiting[at]
            at += 1
        by_round[number] = {
            slot_id: _as_of(assignment, number) for slot_id, assignment in held.items()
        }
    return by_round


def _as_of(assignment: Assignment, number: int) -> Assignment:
    if assignment.round == number:
        return assignment
    return Assignment(
        assignment.tournament,
        number,
        assignment.slot_id,
        assignment.predictor_id,
        AssignmentSource.CARRIED,
        assignment.at,
    )


def bare(slots_by_round: Filled) -> dict[int, dict[str, int | None]]:
    """The same as round to slot id to predictor id, ``None`` for empty."""
    return {
        number: {slot_id: assignment.predictor_id for slot_id, assignment in slots.items()}
        for number, slots in slots_by_round.items()
    }


def said_after(
    said: Iterable[Assignment], changes: Mapping[AssignmentPlace, Assignment | None]
) -> list[Assignment]:
    """What is said once ``changes`` are made; ``None`` says nothing any more."""
    kept = [one for one in said if AssignmentPlace(one.round, one.slot_id) not in changes]
    return kept + [one for one in changes.values() if one is not None]


def rewritten(before: Filled, after: Filled) -> dict[AssignmentPlace, Assignment]:
    """The places whose predictor is another one afterwards, with what they held before.

    A place that held nothing yet is recorded, not rewritten.
    """
    return {
        AssignmentPlace(number, slot_id): assignment
        for number, slots in before.items()
        for slot_id, assignment in slots.items()
        if _predictor(after, number, slot_id) != (assignment.predictor_id,)
    }


def _predictor(slots_by_round: Filled, number: int, slot_id: str) -> tuple[int | None] | None:
    assignment = slots_by_round.get(number, {}).get(slot_id)
    return None if assignment is None else (assignment.predictor_id,)


def closes(number: int, tournament: Tournament, rounds: Mapping[int, Round]) -> datetime:
    """When submissions to a round that are to stake something have to be there.

    Numerai's own time where the round is known, else by the calendar.
    """
    entry = rounds.get(number)
    own_time = None if entry is None else entry.closes_staking or entry.closes
    if own_time is not None:
        return own_time
    if number < calendar.FIRST_DAILY_ROUND:
        return _LONG_AGO
    return calendar.closes_staking(number, tournament)


def opens(number: int, rounds: Mapping[int, Round]) -> datetime:
    """When a round opens: Numerai's own time where it is known, else by the calendar."""
    return rounds[number].opens if number in rounds else calendar.opens(number)


def next_round(tournament: Tournament, rounds: Sequence[Round], now: datetime) -> int:
    """The round the next submission goes into: open now, or the first to open."""
    by_number = {entry.number: entry for entry in rounds}
    number = max(by_number, default=calendar.latest_round(now))
    while number - 1 in by_number and closes(number - 1, tournament, by_number) > now:
        number -= 1
    while closes(number, tournament, by_number) <= now:
        number += 1
    return number


def swapped(slots: Mapping[str, Assignment], first: str, other: str) -> dict[str, int | None]:
    """What two slots hold once they have changed places."""

    def held(slot_id: str) -> int | None:
        assignment = slots.get(slot_id)
        return None if assignment is None else assignment.predictor_id

    return {first: held(other), other: held(first)}


def typed(
    tournament: Tournament,
    number: int,
    slots: Mapping[str, int | None],
    source: AssignmentSource,
    at: datetime,
) -> dict[AssignmentPlace, Assignment | None]:
    """A row of assignments as it is to be kept."""
    return {
        AssignmentPlace(number, slot_id): Assignment(
            tournament, number, slot_id, predictor_id, source, at
        )
        for slot_id, predictor_id in slots.items()
    }
