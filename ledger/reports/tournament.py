"""What the ledger knows of one tournament, as the reports read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ledger.domain.model import System, Tournament
from ledger.domain.nmr import NMR, ZERO
from ledger.domain.payout import PayoutState, Performance
from ledger.domain.round import Round
from ledger.domain.slot import Submission
from ledger.domain.stake import StakeMode
from ledger.rules.atomic import infer_setting


@dataclass(frozen=True, slots=True)
class TournamentFacts:
    """What the ledger knows of one tournament: rounds and performances newest first."""

    tournament: Tournament
    system: System
    rounds: tuple[Round, ...]
    performances: tuple[Performance, ...]
    submissions: tuple[Submission, ...]

    def current_round(self, now: datetime) -> Round | None:
        """The newest round that has opened."""
        return next((entry for entry in self.rounds if entry.opens <= now), None)

    def by_model(self) -> dict[str, list[Performance]]:
        """Performances per model id, newest round first."""
        found: dict[str, list[Performance]] = {}
        for performance in self.performances:
            found.setdefault(performance.model_id, []).append(performance)
        return found


def exposure(system: System, unresolved: Iterable[Performance]) -> NMR:
    """NMR at risk in running rounds: continuous rounds share one stake, so the largest counts;
    atomic positions are independent and add up."""
    stakes = [entry.at_risk for entry in unresolved]
    return NMR.total(stakes) if system is System.ATOMIC else max(stakes, default=ZERO)


def strategy_setting(history: Iterable[Performance]) -> tuple[NMR | None, StakeMode | None]:
    """Per-round stake and mode of an atomic model, from its performances, newest round first."""
    positions = [entry for entry in history if entry.at_risk]
    paid_out = any(entry.state is PayoutState.SETTLED for entry in positions)
    return infer_setting([entry.at_risk for entry in positions], paid_out=paid_out)
