"""What the ledger knows of one tournament, as the reports read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ledger.domain.knowledge import Fact, MissingFacts
from ledger.domain.model import Model, System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.rounds.performance import PayoutState, Performance
from ledger.domain.rounds.round import Round
from ledger.domain.slots.submission import Submission
from ledger.domain.stakes.stake import ContinuousStake, StakeMode
from ledger.domain.sums import Part
from ledger.rules.stakes.atomic import infer_setting, is_atomic
from ledger.rules.stakes.staked import counts, part


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
    """NMR that running rounds can burn, ``None`` when that of any of them is not known."""
    return at_stake((entry.at_risk, entry.clip) for entry in unresolved)


def at_stake(unresolved: Iterable[tuple[NMR | None, Decimal | None]]) -> NMR | None:
    """The same from what is at risk in each round, and its clip.

    Atomic positions are independent and add up; continuous rounds share one stake, so the
    largest counts. While a tournament moves, both kinds run at a time.
    """
    positions: list[NMR] = []
    shared: list[NMR] = []
    for at_risk, clip in unresolved:
        if at_risk is None:
            return None
        (positions if is_atomic(clip) else shared).append(at_risk)
    return NMR.total(positions) + max(shared, default=ZERO)


def staked_part(staked: NMR | None, model_id: str, system: System, missing: MissingFacts) -> Part:
    """A model's stake for a total, with the age of what it rests on."""
    if system is System.ATOMIC:
        return part(staked, missing, model_id, Fact.PERFORMANCES, Fact.AT_RISK)
    return part(staked, missing, model_id, Fact.STAKE)


def strategy_setting(history: Iterable[Performance]) -> tuple[NMR | None, StakeMode | None]:
    """Per-round stake and mode of an atomic model, from its performances, newest round first.

    Rounds from before the tournament's move say nothing about the strategy; without a position
    that is still open there is no per-round stake, and where the stake of one is not known there
    is nothing to tell it from.
    """
    positions = [entry for entry in history if is_atomic(entry.clip) and entry.at_risk != ZERO]
    if not any(entry.state is PayoutState.PENDING for entry in positions):
        return None, None
    stakes = [entry.at_risk for entry in positions if entry.at_risk is not None]
    if len(stakes) < len(positions):
        return None, None
    paid_out = any(entry.state is PayoutState.SETTLED for entry in positions)
    return infer_setting(stakes, paid_out=paid_out)
