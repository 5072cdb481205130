"""What the running rounds may bring together, estimated from the account's own settled rounds.

Amounts that are estimates have six places after the point and are to be shown with a ``~``; what
was paid or is at risk is exact. How the figures come about is told by
:mod:`ledger.rules.earnings.risk`.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ledger.dataclass import dataclass
from ledger.domain.model import Tournament
from ledger.domain.nmr import NMR, ZERO


@dataclass(frozen=True, slots=True)
class RiskBasis:
    """What the figures rest on.

    ``computed`` is when (UTC), from the ledger at ``revision`` (a number that grows with every
    sync). ``rounds`` settled rounds are drawn from, the ``oldest`` and the ``newest`` by number;
    ``needed`` is how many it takes. ``draws`` futures were drawn in blocks of ``block`` rounds on
    average, with random numbers that follow from ``seed``.
    """

    computed: datetime
    revision: int
    rounds: int
    needed: int
    oldest: int | None
    newest: int | None
    draws: int
    block: int
    seed: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the running rounds pay in all, an estimate in NMR; negative where they burn.

    ``expected`` is the mean. One future in twenty ends at ``worst`` or below: that is the value at
    risk (VaR, 95 %). ``shortfall`` is the mean of those: the expected shortfall (ES, also called
    CVaR, 95 %).
    """

    expected: NMR
    worst: NMR
    shortfall: NMR


@dataclass(frozen=True, slots=True)
class Sharpe:
    """Mean over standard deviation of what one NMR at risk earned in a round; not annualised.

    ``error`` is its standard error, with regard to neighbouring rounds that share scoring days;
    ``rounds`` is how many it rests on.
    """

    ratio: Decimal
    error: Decimal
    rounds: int


@dataclass(frozen=True, slots=True)
class Drawdown:
    """How far all payouts together, added up round by round, once fell from their highest.

    ``deepest`` is the largest fall in NMR, after round ``peak`` down to round ``trough``
    (``None`` where they never fell), ``now`` how far below their highest they stand. Exact, over
    the settled rounds looked at.
    """

    deepest: NMR
    peak: int | None
    trough: int | None
    now: NMR


@dataclass(frozen=True, slots=True)
class ModelRisk:
    """One model's part.

    ``at_risk`` is what its running rounds have committed in NMR: all positions on atomic staking,
    the one stake that running rounds share on continuous staking; ``exposure`` is what they can
    burn, added up over the rounds. ``unknown`` counts running rounds of which it is not known.
    ``share`` is its part of all that is at risk, a fraction.

    ``expected`` and ``shortfall`` are its parts of the outlook in NMR, ``variance`` its part of
    the variance of all (a fraction; negative where it steadies the others): they add up to the
    whole. ``expected_rate`` and ``shortfall_rate`` are the same per NMR of exposure, known also
    for models that are not staked. All of these are ``None`` where ``why`` says in a sentence what
    is missing. ``rounds`` settled rounds of its own are known.
    """

    model_id: str
    name: str
    tournament: Tournament
    at_risk: NMR
    exposure: NMR
    unknown: int
    share: Decimal | None
    rounds: int
    expected: NMR | None
    shortfall: NMR | None
    variance: Decimal | None
    expected_rate: Decimal | None
    shortfall_rate: Decimal | None
    sharpe: Sharpe | None
    drawdown: Drawdown | None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class TournamentRisk:
    """What the models of one ``tournament`` come to; fields as in :class:`ModelRisk`.

    ``running`` counts its running rounds.
    """

    tournament: Tournament
    running: int
    at_risk: NMR
    share: Decimal | None
    expected: NMR | None
    shortfall: NMR | None
    variance: Decimal | None


@dataclass(frozen=True, slots=True)
class RiskFigures:
    """All of it. ``models`` are sorted by what they add to the expected shortfall, the largest
    loss first; then come those that are staked and nothing is known of, then those that are not.

    ``at_risk`` is what is committed in running rounds, ``covered`` the part of it that is in the
    ``outlook``, ``unknown`` how many running rounds of a model do not say what they have at risk.
    ``limit`` is the most the running rounds can burn, by their own clips. ``outlook`` is ``None``
    where ``why`` says in a sentence what is missing. ``effective_models`` is how many models of
    one size would be as concentrated.

    ``correlations[i][j]`` is between the payouts per NMR of ``correlated[i]`` and ``[j]`` (model
    ids, in the order of ``models``), in thousandths; ``None`` where they share too few rounds, or
    one of them never moved. ``stale``: the ledger has changed since these were computed.
    """

    basis: RiskBasis
    at_risk: NMR
    covered: NMR
    limit: NMR
    unknown: int
    outlook: Outlook | None
    why: str | None
    models: tuple[ModelRisk, ...]
    tournaments: tuple[TournamentRisk, ...]
    effective_models: Decimal | None
    sharpe: Sharpe | None
    drawdown: Drawdown | None
    correlated: tuple[str, ...] = ()
    correlations: tuple[tuple[int | None, ...], ...] = ()
    stale: bool = False

    def worst(self, count: int) -> tuple[ModelRisk, ...]:
        """The models that lose most in the worst futures; fewer where fewer lose anything."""
        losing = (row for row in self.models if row.shortfall is not None and row.shortfall < ZERO)
        return tuple(losing)[:count]

    def model(self, model_id: str) -> ModelRisk | None:
        """One model's part."""
        return next((row for row in self.models if row.model_id == model_id), None)


@dataclass(frozen=True, slots=True)
class RiskRestated:
    """The outlook as if the running rounds had been staked by the targets, to first order.

    ``expected`` and ``shortfall`` are estimates in NMR as in :class:`Outlook`, ``before`` those of
    the stakes as they are. ``shortfall`` moves each model's part in proportion; where models
    trade places that is the least it can come to, the truth may be worse. ``at_risk`` is what
    would be committed. ``unknown`` counts rows that are left as they are, because their target,
    their stake or their history is not known.
    """

    before: Outlook
    at_risk: NMR
    expected: NMR
    shortfall: NMR
    unknown: int
