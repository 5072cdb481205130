"""Tournaments added up, from the performances that tests write down."""

from __future__ import annotations

from ledger.domain.model import Tournament
from ledger.reports.account.tournament import TournamentFacts, TournamentGlance, played
from ledger.rules.stakes.standing import standing


def glance(facts: TournamentFacts) -> TournamentGlance:
    """``facts`` with the performances of each model added up."""
    return TournamentGlance(
        tournament=facts.tournament,
        system=facts.system,
        rounds=facts.rounds,
        submissions=facts.submissions,
        standings={
            model_id: standing([played(entry) for entry in entries])
            for model_id, entries in facts.by_model().items()
        },
    )


def glances(tournaments: dict[Tournament, TournamentFacts]) -> dict[Tournament, TournamentGlance]:
    """The same of several."""
    return {key: glance(facts) for key, facts in tournaments.items()}
