"""What the ledger knows of one tournament, as the reports read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact, MissingFacts
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.rounds.round import Round
from ledger.domain.rounds.standing import Standing
from ledger.domain.slots.submission import Submission
from ledger.domain.stakes.stake import ContinuousStake, StakeMode
from ledger.domain.sums import Part
from ledger.rules.stakes import standing
from ledger.rules.stakes.atomic import is_atomic
from ledger.rules.stakes.staked import counts, part
from ledger.rules.stakes.standing import NO_ROUNDS, Played


@dataclass(frozen=True, slots=True)
class TournamentGlance:
    """One ``tournament`` added up, and by which ``system`` it is staked.

    ``rounds`` are newest first, ``submissions`` are those to some of them; ``standings`` are by
    model id, of those that took part lately.
    """

    tournament: Tournament
    system: System
    rounds: tuple[Round, ...]
    submissions: tuple[Submission, ...]
    standings: Mapping[str, Standing]

    def current_round(self, now: datetime) -> Round | None:
        """The newest round that has opened."""
        return next((entry for entry in self.rounds if entry.opens <= now), None)

    def holds(self, model: Model, stake: ContinuousStake | None, missing: MissingFacts) -> bool:
        """Whether ``model`` belongs into lists and totals: archived ones while they hold NMR."""
        if self.system is System.CONTINUOUS:
            return counts(model, stake, missing)
        return not model.archived or self.standing(model.id).holds

    def standing(self, model_id: str) -> Standing:
        """How a model stands, whether it took part or not."""
        return self.standings.get(model_id) or standing.standing(NO_ROUNDS)


@dataclass(frozen=True, slots=True)
class TournamentFacts:
    """What the ledger knows of one ``tournament``, and by which ``system`` it is staked.

    ``rounds`` and ``performances`` are newest first, ``submissions`` are those to them.
    """

    tournament: Tournament
    system: System
    rounds: tuple[Round, ...]
    performances: tuple[Performance, ...]
    submissions: tuple[Submission, ...]

    def current_round(self, now: datetime) -> Round | None:
        """The newest round that has opened."""
        return next((entry for entry in self.rounds if entry.opens <= now), None)

    def holds(self, model: Model, stake: ContinuousStake | None, missing: MissingFacts) -> bool:
        """Whether ``model`` belongs into lists and totals: archived ones while they hold NMR."""
        if self.system is System.CONTINUOUS:
            return counts(model, stake, missing)
        return not model.archived or any(
            entry.model_id == model.id
            and entry.state is PayoutState.PENDING
            and entry.at_risk != ZERO
            for entry in self.performances
        )

    def by_model(self) -> dict[str, list[Performance]]:
        """Performances per model id, newest round first."""
        grouped: dict[str, list[Performance]] = {}
        for performance in self.performances:
            grouped.setdefault(performance.model_id, []).append(performance)
        return grouped


def exposure(unresolved: Iterable[Performance]) -> NMR | None:
    """NMR that running rounds of a model can burn; see :func:`standing.exposure`."""
    return standing.exposure(map(played, unresolved))


def staked_part(staked: NMR | None, model_id: str, system: System, missing: MissingFacts) -> Part:
    """A model's stake for a total, with the age of what it rests on."""
    if system is System.ATOMIC:
        return part(staked, missing, model_id, Fact.PERFORMANCES, Fact.AT_RISK)
    return part(staked, missing, model_id, Fact.STAKE)


def strategy_setting(history: Iterable[Performance]) -> tuple[NMR | None, StakeMode | None]:
    """Per-round stake and mode of an atomic model, from its performances, newest round first; see
    :func:`standing.setting`."""
    return standing.setting(map(played, history))


def played(entry: Performance) -> Played:
    """``entry`` as it is added up."""
    return (
        None if entry.at_risk is None else entry.at_risk.amount,
        None if entry.payout is None else entry.payout.amount,
        entry.state is PayoutState.PENDING,
        is_atomic(entry.clip),
    )
