"""A user's own trained models, and which of them sat in which slot in which round."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament


class AssignmentSource(StrEnum):
    """How an assignment came to be. ``carried``: nothing was said for the round, so the slot
    keeps what it had in the round before."""

    TYPED = "typed"
    GENERATED = "generated"
    IMPORTED = "imported"
    CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class Predictor:
    """A model of the user's own, wherever it sits; ``id`` is the ledger's.

    ``name`` is unique, ``notes`` are the user's, ``colour`` is ``#rrggbb``. A ``retired`` one keeps
    its record and is offered no more.
    """

    id: int
    name: str
    notes: str = ""
    colour: str | None = None
    retired: bool = False


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a slot holds in a round of ``tournament``.

    ``slot_id`` is the model's UUID. ``predictor_id`` is ``None`` when the slot is empty on purpose.
    ``source`` is how it came to be, ``at`` when it was said (UTC).
    """

    tournament: Tournament
    round: int
    slot_id: str
    predictor_id: int | None
    source: AssignmentSource
    at: datetime

    @property
    def carried(self) -> bool:
        """Whether nobody said it: it is as in the round before."""
        return self.source is AssignmentSource.CARRIED


@dataclass(frozen=True, slots=True)
class AssignmentPlace:
    """One slot, by its model's UUID as ``slot_id``, in one ``round``."""

    round: int
    slot_id: str


@dataclass(frozen=True, slots=True)
class AssignmentEdit:
    """What one step made of one place: ``before`` and ``after`` it.

    ``None``: nothing is said for ``place``, so what came earlier carries over.
    """

    place: AssignmentPlace
    before: Assignment | None
    after: Assignment | None


@dataclass(frozen=True, slots=True)
class AssignmentStep:
    """One change of the log of ``tournament``, made ``at`` (UTC) and never altered afterwards.

    ``what`` says in words what it did, ``edits`` place by place. ``undoes`` is the ``id`` of the
    step it took back, ``None`` for one of its own.
    """

    id: int
    tournament: Tournament
    at: datetime
    what: str
    undoes: int | None
    edits: tuple[AssignmentEdit, ...]


@dataclass(frozen=True, slots=True)
class AssignmentLog:
    """What was said in one tournament, oldest round first; carried values are not in it.

    ``can_undo`` says in words what undoing would take back, ``None`` when there is nothing.
    """

    tournament: Tournament
    said: tuple[Assignment, ...] = ()
    can_undo: str | None = None
