"""Movements of NMR as an accountant keeps them: from one place to another, never altered."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.records.place import Place


class RecordKind(StrEnum):
    """What a movement is.

    Income and expense are ``payout`` and ``burn``. ``deposit`` and ``withdrawal`` cross the
    border to other addresses. Everything else stays with the owner and is no disposal: ``stake``
    and ``release``, ``sweep`` between wallet and strategy, ``transfer`` that tells which model a
    held amount went to or came from, ``opening`` for what was there before the first record, and
    ``adjustment`` for a difference between Numerai's balances and the movements it lists.
    """

    PAYOUT = "payout"
    BURN = "burn"
    STAKE = "stake"
    RELEASE = "release"
    DEPOSIT = "deposit"
    WITHDRAWAL = "withdrawal"
    SWEEP = "sweep"
    TRANSFER = "transfer"
    OPENING = "opening"
    ADJUSTMENT = "adjustment"


@dataclass(frozen=True, slots=True)
class Movement:
    """What the ledger's facts say of one movement of NMR, all of its parts together.

    ``key`` names the fact and stays the same from one sync to the next. ``nmr``, never negative,
    went from ``giver`` to ``taker`` at ``at`` (UTC); ``kind`` says why. ``source`` is the list it
    stands in. ``tournament``, ``model_id``, ``round`` and ``tx_hash`` are set where they apply.
    ``price`` is in US dollars, where Numerai told the price of this very movement.
    """

    key: str
    kind: RecordKind
    at: datetime
    nmr: NMR
    giver: Place
    taker: Place
    source: str
    tournament: Tournament | None = None
    model_id: str | None = None
    round: int | None = None
    tx_hash: str | None = None
    price: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One kept movement of ``nmr`` (positive) from ``giver`` to ``taker`` at ``at`` (UTC).

    ``part`` 0 is the movement itself; higher ones are differences by which Numerai corrected it
    later, dated when that was seen. ``key``, ``kind``, ``source``, ``tournament``, ``model_id``,
    ``round``, ``tx_hash`` and ``price`` are as in :class:`Movement`.
    """

    key: str
    part: int
    kind: RecordKind
    at: datetime
    nmr: NMR
    giver: Place
    taker: Place
    source: str
    tournament: Tournament | None
    model_id: str | None
    round: int | None
    tx_hash: str | None
    price: Decimal | None

    @property
    def income(self) -> NMR:
        """What it adds to income; negative for a correction downwards."""
        return self._signed(self.giver is Place.INCOME, self.taker is Place.INCOME)

    @property
    def burned(self) -> NMR:
        """What it adds to burns; negative for a correction downwards."""
        return self._signed(self.taker is Place.BURN, self.giver is Place.BURN)

    def _signed(self, more: bool, less: bool) -> NMR:
        if more:
            return self.nmr
        return -self.nmr if less else NMR(0)


@dataclass(frozen=True, slots=True)
class ModelAccount:
    """The ``name`` that the account of a model of ``tournament`` was first given."""

    model_id: str
    tournament: Tournament | None
    name: str


Cell = tuple[Tournament, int, str]
"""A model in a round: tournament, round, model id."""


def cell_text(tournament: Tournament, number: int, model_id: str) -> str:
    """How a cell stands in the keys of its movements, behind their kind: ``payout:8:1402:ID``."""
    return f"{int(tournament)}:{number}:{model_id}"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place told apart as far as balances are.

    ``place`` by ``tournament``, where it has one, and stakes by ``model_id`` as well.
    """

    place: Place
    tournament: Tournament | None = None
    model_id: str | None = None


def spot(place: Place, tournament: Tournament | None, model_id: str | None) -> Spot:
    """Where exactly a movement of ``tournament`` and ``model_id`` touches ``place``."""
    if place is Place.STAKE:
        return Spot(place, tournament, model_id)
    if place in {Place.HELD, Place.STRATEGY}:
        return Spot(place, tournament)
    return Spot(place)


@dataclass(frozen=True, slots=True)
class RecordState:
    """The records up to the one with the id ``last`` (0: there are none), and the balance of every
    place they touch, in wei."""

    last: int
    balances: dict[Spot, int]
