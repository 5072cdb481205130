"""Tournaments, models (slots) and the account that owns them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from ledger.dataclass import dataclass
from ledger.domain.nmr import NMR


class Tournament(IntEnum):
    """Numerai's tournament numbers, as its API uses them."""

    CLASSIC = 8
    SIGNALS = 11
    CRYPTO = 12

    @property
    def label(self) -> str:
        """``Classic``, ``Signals``, ``Crypto``."""
        return self.name.capitalize()


class System(StrEnum):
    """How stakes work in a tournament."""

    CONTINUOUS = "continuous"
    ATOMIC = "atomic"


@dataclass(frozen=True, slots=True)
class Reputation:
    """Where a model stands by one score (``latestUserScores``).

    ``name`` is the score's, ``value`` the model's, and ``rank`` its place among all models, 1 the
    best.
    """

    name: str
    value: Decimal | None
    rank: int | None


@dataclass(frozen=True, slots=True)
class Returns:
    """Returns as Numerai reports them: fractions (0.05 is 5 %).

    Over ``one_day``, ``three_months``, ``one_year`` and ``all_time``; ``None`` where it tells none.
    """

    one_day: Decimal | None = None
    three_months: Decimal | None = None
    one_year: Decimal | None = None
    all_time: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """A slot: a named place in one ``tournament`` that takes one submission a round.

    ``id`` is its UUID, ``name`` the user's for it, ``created`` when it was made (UTC); one that is
    ``archived`` is hidden at Numerai. ``reputations`` and ``returns`` are Numerai's figures.
    ``earliest_release`` is Numerai's own word on when a release asked for now would be paid.
    ``missing_since``: since which sync Numerai lists the model no longer; it is believed to be gone
    when a later sync says the same, and until then its last figures stand. ``gone``: that is so; it
    stays, as archived, for the history it has.
    """

    id: str
    name: str
    tournament: Tournament
    archived: bool = False
    created: datetime | None = None
    earliest_release: datetime | None = None
    reputations: tuple[Reputation, ...] = ()
    returns: Returns = Returns()
    missing_since: datetime | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """The account behind an API key, as of ``as_of`` (UTC). Amounts in NMR.

    ``username`` is Numerai's. ``available`` is what the wallet has free. ``held_increases`` left
    the wallet for stake increases that count from the next staking close, ``held_withdrawals`` for
    withdrawals under way. ``wallet_address`` is where to deposit. ``key_name`` and ``scopes`` are
    those of the key in use, ``currency`` is the one the user has chosen at Numerai. An amount that
    was never told is ``None``; whether it is old says
    :class:`ledger.domain.knowledge.MissingFacts`.
    """

    username: str
    as_of: datetime
    wallet_address: str | None
    available: NMR | None
    held_increases: NMR | None
    held_withdrawals: NMR | None
    key_name: str | None
    scopes: frozenset[str]
    currency: str | None = None
