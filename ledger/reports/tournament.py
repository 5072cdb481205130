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
from ledger.rules.atomic import infer_setting, is_atomic


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


def exposure(unresolved: Iterable[Performance]) -> NMR:
    """NMR that running rounds can burn.

    Atomic positions are independent and add up; continuous rounds share one stake, so the
    largest counts. While a tournament moves, both kinds run at a time.
    """
    entries = list(unresolved)
    positions = NMR.total(entry.at_risk for entry in entries if is_atomic(entry.clip))
    shared = (entry.at_risk for entry in entries if not is_atomic(entry.clip))
    return positions + max(shared, default=ZERO)


def strategy_setting(history: Iterable[Performance]) -> tuple[NMR | None, StakeMode | None]:
    """Per-round stake and mode of an atomic model, from its performances, newest round first.

    Rounds from before the tournament's move say nothing about the strategy; without a position
    that is still open there is no per-round stake.
    """
    positions = [entry for entry in history if entry.at_risk and is_atomic(entry.clip)]
    if not any(entry.state is PayoutState.PENDING for entry in positions):
        return None, None
    paid_out = any(entry.state is PayoutState.SETTLED for entry in positions)
    return infer_setting([entry.at_risk for entry in positions], paid_out=paid_out)
