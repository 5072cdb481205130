"""What predictors and slots scored and earned."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Generic, TypeVar

from ledger.dataclass import dataclass
from ledger.domain.nmr import NMR, ZERO

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy as np

    Figure: TypeAlias = np.float64

Key = TypeVar("Key", int, str)


@dataclass(frozen=True, slots=True)
class Earnings:
    """Payouts in NMR.

    ``payouts`` is the sum of the positive ones, ``burns`` of the negative ones (not above
    zero), ``pending`` what of their sum can still move. ``exposure`` is the sum of the NMR at
    risk over slots and rounds, NMR x rounds; ``unknown`` counts those in it whose NMR at risk is
    not known, and ``unrated`` is what these paid.
    """

    payouts: NMR
    burns: NMR
    pending: NMR
    exposure: NMR
    unknown: int = 0
    unrated: NMR = ZERO

    @property
    def net(self) -> NMR:
        """Payouts less burns."""
        return self.payouts + self.burns

    @property
    def rate(self) -> Decimal | None:
        """Return on exposure where that is known: net NMR per NMR and round; ``None`` without."""
        return (self.net - self.unrated).over(self.exposure) if self.exposure else None


@dataclass(frozen=True, slots=True)
class Record(Generic[Key]):
    """One predictor (``key`` is its id) or one slot (its model id).

    ``scores``: round and score, oldest first; a predictor in several slots has the plain mean of
    their scores. ``mean``, ``sd`` (sample), ``sharpe`` (mean / sd, per round) are ``None`` while
    there are too few rounds. ``max_drawdown`` is the deepest fall of the cumulative score below its
    highest so far, starting from zero; not negative. ``rank`` is by mean score among its own kind,
    1 the best, equals share a rank. ``places`` counts (slot, round) cells, ``earnings`` is what
    those paid.
    """

    key: Key
    scores: tuple[tuple[int, Decimal], ...]
    mean: Decimal | None
    sd: Decimal | None
    sharpe: Decimal | None
    max_drawdown: Decimal
    rank: int | None
    places: int
    earnings: Earnings


@dataclass(frozen=True, slots=True)
class Attribution:
    """Records of ``predictors`` and, over the same performances, of ``slots``, by ``score``.

    ``unassigned`` is what slots earned while nobody was known to sit in them, so that over
    ``predictors`` and ``unassigned`` every sum in NMR is the same as over ``slots``.
    ``correlation`` is between predictors, in their order: row by row, ``None`` where two have fewer
    than three rounds in common or one of them does not vary.
    """

    score: str
    predictors: tuple[Record[int], ...]
    slots: tuple[Record[str], ...]
    unassigned: Earnings
    correlation: tuple[tuple[Figure | None, ...], ...]

    def predictor(self, predictor_id: int) -> Record[int] | None:
        """The record of one predictor."""
        return next((record for record in self.predictors if record.key == predictor_id), None)
