"""How one payout came about, figure by figure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ledger.dataclass import dataclass
from ledger.domain.earnings.paid_rounds import Band
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR
from ledger.domain.rounds.performance import PayoutSource, PayoutState


@dataclass(frozen=True, slots=True)
class Term:
    """One score of an explained payout, by ``name``.

    ``value`` is the score, ``multiplier`` what it is multiplied with, ``None`` when it pays
    nothing, and ``product`` the two multiplied. ``day`` is the scoring day the value is of,
    ``days`` how many there will be; it is ``provisional`` until the last.
    """

    name: str
    value: Decimal | None
    multiplier: Decimal | None
    product: Decimal | None
    day: int | None
    days: int | None
    provisional: bool


@dataclass(frozen=True, slots=True)
class Check:
    """The recomputed figure beside Numerai's.

    ``difference`` is Numerai's less ours; ``tolerance`` what the rounding of the figures it is
    computed from explains.
    """

    difference: NMR
    tolerance: NMR

    @property
    def agrees(self) -> bool:
        """Whether the difference is no more than rounding."""
        return abs(self.difference) <= self.tolerance


@dataclass(frozen=True, slots=True)
class Explanation:
    """``at_risk * clip(factor * weighted, -clip, +clip)`` of one model in one round.

    ``model_id`` and ``model_name`` are the model's, ``round`` is the one of ``tournament``.
    ``terms`` are the scores that ``weighted`` adds up. ``rate`` is what one NMR earned, ``clipped``
    whether the clip decided it. ``computed`` is our figure in NMR and ``paid`` the ledger's, from
    ``source``; ``check`` compares them where the ledger's is Numerai's own. ``state`` is the
    payout's, ``opens`` and ``resolves`` are the round's times (UTC). ``missing`` names what is not
    known yet; then what follows from it is ``None``; so is ``at_risk`` where Numerai did not tell
    it. ``band``: where it may end, while it can still move.
    """

    tournament: Tournament
    round: int
    model_id: str
    model_name: str
    at_risk: NMR | None
    terms: tuple[Term, ...]
    weighted: Decimal | None
    factor: Decimal | None
    clip: Decimal | None
    rate: Decimal | None
    clipped: bool
    computed: NMR | None
    paid: NMR | None
    source: PayoutSource | None
    check: Check | None
    state: PayoutState
    opens: datetime | None
    resolves: datetime | None
    missing: tuple[str, ...]
    band: Band | None = None

    @property
    def paying(self) -> tuple[Term, ...]:
        """The scores that pay."""
        return tuple(term for term in self.terms if term.multiplier)

    @property
    def disagrees(self) -> bool:
        """Whether Numerai's figure is further from ours than rounding explains."""
        return self.check is not None and not self.check.agrees
