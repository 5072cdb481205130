"""How stakes work in each tournament, by everything a sync learned."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime

from ledger.domain.model import System, Tournament
from ledger.domain.records.transaction import STRATEGY_STAKE, StakeTransaction
from ledger.domain.rounds.round import Round
from ledger.domain.stakes.strategy import SystemReason
from ledger.rules.stakes.systems import find_system
from ledger.syncing import fetch_plan
from ledger.syncing.former import Former

Systems = dict[Tournament, tuple[System, SystemReason]]
"""By tournament the system, and why it is known to be that."""

_NEWEST_ROUNDS = 3
"""How many of the newest rounds may show which system a tournament is on; older ones may be from
before it moved."""


def find_systems(
    former: Former,
    rounds: Mapping[Tournament, Mapping[int, Round]],
    transactions: Iterable[StakeTransaction],
    *,
    contracts: Collection[Tournament],
    forced: Callable[[Tournament], System | None],
    now: datetime,
) -> Systems:
    """The system of each tournament. None goes back to continuous staking, so that one which was
    atomic stays so, whatever is missing; ``forced`` is what the config says."""
    strategies = former.strategy_stakes | {
        row.tournament for row in transactions if row.type == STRATEGY_STAKE
    }
    systems = {}
    for tournament, by_number in rounds.items():
        latest = fetch_plan.current(by_number.values(), now) or 0
        numbers = range(latest, latest - _NEWEST_ROUNDS, -1)
        system = find_system(
            forced=forced(tournament),
            refused=tournament in former.moved,
            strategy_stakes=tournament in strategies,
            staking_contract=tournament in contracts,
            newest_rounds=[by_number[number] for number in numbers if number in by_number],
        )
        was_atomic = former.systems.get(tournament) is System.ATOMIC
        if forced(tournament) is None and was_atomic and system[0] is System.CONTINUOUS:
            system = System.ATOMIC, SystemReason.FULL_PAYOUT
        systems[tournament] = system
    return systems
