"""The log of who sat where: saying it, taking it back, and what is on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from ledger.domain.names import SHOWN, cut, said
from ledger.domain.slots.predictor import (
    Assignment,
    AssignmentPlace,
    AssignmentSource,
    AssignmentStep,
    Predictor,
)
from ledger.errors import AssignmentError, ReadOnly, RoundClosed
from ledger.rules.slots.assignments import (
    AHEAD,
    bare,
    filled,
    next_round,
    rewritten,
    said_after,
    swapped,
    typed,
)
from ledger.slots.csv_files import Slots

if TYPE_CHECKING:
    from ledger.clock import Clock
    from ledger.domain.model import Tournament
    from ledger.domain.rounds.round import Round
    from ledger.domain.slots.predictor import AssignmentLog
    from ledger.rules.slots.assignments import Filled
    from ledger.store import Store

_AGREE = "Say that it is meant: the old value stays in the history."
"""What to do where a round on record would change."""


class SlotLog:
    """The log of one ledger.

    Rounds whose submissions are closed are on record: what would put another predictor there
    raises :class:`RoundClosed` unless it is called with ``closed=True``; the history keeps the
    old value for good. Every method that writes raises :class:`ReadOnly` where nothing may be.
    """

    def __init__(self, store: Store, clock: Clock, *, read_only: bool) -> None:
        self._store = store
        self._rows = store.predictors
        self._clock = clock
        self._read_only = read_only

    def log(self, tournament: Tournament) -> AssignmentLog:
        """What was said, without what is carried over."""
        return self._rows.log(tournament)

    def assignments(self, tournament: Tournament, rounds: Iterable[int]) -> Filled:
        """What each slot holds in each of ``rounds``, carried over where nothing was said."""
        return filled(self.log(tournament).said, rounds)

    def history(
        self, tournament: Tournament, place: AssignmentPlace | None = None
    ) -> tuple[AssignmentStep, ...]:
        """Every step of the log, oldest first, or those that touched one place."""
        return self._rows.history(tournament, place)

    def slot(self, tournament: Tournament, text: str) -> str:
        """The id of a slot by its name or UUID.

        Raises:
            AssignmentError: there is none.
        """
        try:
            return self._slots(tournament).find(text)
        except ValueError as error:
            what, advice = error.args
            raise AssignmentError(f"{what}.", advice) from error

    def next_number(self, tournament: Tournament) -> int:
        """The round the next submission goes into."""
        return next_round(tournament, self._rounds(tournament), self._clock.now())

    # Saying

    def assign(
        self,
        tournament: Tournament,
        number: int,
        slots: Mapping[str, int | None],
        *,
        source: AssignmentSource = AssignmentSource.TYPED,
        closed: bool = False,
        what: str = "",
    ) -> AssignmentStep | None:
        """Put predictors, by id, into slots of one round; ``None`` leaves a slot empty.

        Answers ``None`` when nothing was new.

        Raises:
            RoundClosed: see the class.
            AssignmentError: the round can't be assigned yet.
        """
        said = typed(tournament, number, slots, source, self._clock.now())
        return self.say(tournament, said, what=what or f"Round {number} assigned", closed=closed)

    def assign_rounds(
        self,
        tournament: Tournament,
        rounds: Mapping[int, Mapping[str, int | None]],
        *,
        source: AssignmentSource,
        what: str,
        closed: bool = False,
    ) -> AssignmentStep | None:
        """Several rounds as one step."""
        said: dict[AssignmentPlace, Assignment | None] = {}
        for number, slots in rounds.items():
            said |= typed(tournament, number, slots, source, self._clock.now())
        return self.say(tournament, said, what=what, closed=closed)

    def carry_over(
        self, tournament: Tournament, number: int, slot_ids: Sequence[str], *, closed: bool = False
    ) -> AssignmentStep | None:
        """Say nothing for these slots any more: they hold what they held the round before."""
        said = dict.fromkeys(AssignmentPlace(number, slot_id) for slot_id in slot_ids)
        return self.say(tournament, said, what=f"Round {number} carried over", closed=closed)

    def swap(
        self, tournament: Tournament, number: int, slot_id: str, other: str, *, closed: bool = False
    ) -> AssignmentStep | None:
        """Let two slots change places in one round."""
        slots = swapped(self.assignments(tournament, [number])[number], slot_id, other)
        what = f"Two slots swapped in round {number}"
        return self.assign(tournament, number, slots, closed=closed, what=what)

    def copy_row(
        self, tournament: Tournament, number: int, to: int, *, closed: bool = False
    ) -> AssignmentStep | None:
        """Put into round ``to`` what round ``number`` holds."""
        row = bare(self.assignments(tournament, [number]))[number]
        what = f"Round {number} copied to {to}"
        return self.assign(tournament, to, row, closed=closed, what=what)

    def undo(self, tournament: Tournament, *, closed: bool = False) -> AssignmentStep | None:
        """Take the last step back, which is a step of its own; ``None`` when there is none."""
        self._check_writable()
        last = self._rows.last_step(tournament)
        if last is None:
            return None
        self._check_closed(tournament, {edit.place: edit.before for edit in last.edits}, closed)
        return self._rows.undo(tournament)

    def say(
        self,
        tournament: Tournament,
        said: Mapping[AssignmentPlace, Assignment | None],
        *,
        what: str,
        closed: bool = False,
        predictors: Sequence[Predictor] = (),
    ) -> AssignmentStep | None:
        """Keep assignments, whatever their rounds, as one step; all of them or none."""
        self._check_writable()
        latest = self.next_number(tournament) + AHEAD
        far = [place.round for place in said if not 0 < place.round <= latest]
        if far:
            raise AssignmentError(
                f"Round {far[0]} can't be assigned.", f"Take one from 1 to {latest}."
            )
        self._check_closed(tournament, said, closed)
        return self._rows.say(tournament, said, what=what, predictors=predictors)

    # What is asked before anything is written

    def _check_writable(self) -> None:
        if self._read_only:
            raise ReadOnly("Started with --read-only: nothing can be changed.")

    def _check_closed(
        self,
        tournament: Tournament,
        said: Mapping[AssignmentPlace, Assignment | None],
        allowed: bool,
    ) -> None:
        """Refuse to put another predictor on record unless that is ``allowed``."""
        if allowed or not said:
            return
        first = min(place.round for place in said)
        rounds = range(first, self.next_number(tournament))
        before = self.log(tournament).said
        lost = rewritten(filled(before, rounds), filled(said_after(before, said), rounds))
        if lost:
            raise self._closed(tournament, lost)

    def _closed(
        self, tournament: Tournament, lost: Mapping[AssignmentPlace, Assignment]
    ) -> RoundClosed:
        numbers = tuple(sorted({place.round for place in lost}))
        place = min(lost, key=lambda place: (place.round, place.slot_id))
        slot = said(self._slots(tournament).name(place.slot_id))
        names = {one.id: one.name for one in self._rows.all()}
        predictor_id = lost[place].predictor_id
        held = "was empty" if predictor_id is None else f"held “{cut(names[predictor_id], SHOWN)}”"
        if len(numbers) > 1:
            which = f"The submissions of {len(numbers)} rounds, {numbers[0]} to {numbers[-1]}, are"
        else:
            which = f"The submissions of round {numbers[0]} are"
        more = f" and {len(lost) - 1} more would change" if len(lost) > 1 else ""
        return RoundClosed(
            numbers, f"{which} closed: in round {place.round} {slot} {held}{more}.", _AGREE
        )

    def _slots(self, tournament: Tournament) -> Slots:
        return Slots(self._store.models(tournament, archived=True), tournament)

    def _rounds(self, tournament: Tournament) -> tuple[Round, ...]:
        return self._store.rounds(tournament, newest=3, scores=False)
