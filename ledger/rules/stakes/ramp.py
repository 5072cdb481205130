"""By when an allocation strategy holds what its settings ask for."""

from __future__ import annotations

from datetime import datetime
from itertools import takewhile

from ledger.domain.stakes.stake import StakeMode
from ledger.domain.stakes.strategy import Position
from ledger.rules.stakes.strategy_facts import StrategyFacts


def ramps(facts: StrategyFacts) -> dict[str, datetime]:
    """By model id, the staking close from which all rounds that run hold its per-round stake.

    Only of models that are enabled and not in compound mode, where positions do not follow the
    per-round stake. Positions that have it already count as far as they are the newest ones.
    """
    rows, complete = facts.by_model(), {}
    for model_id, reading in facts.best().items():
        per_round = reading.per_round
        if per_round and reading.enabled is not False and reading.mode is not StakeMode.COMPOUND:
            newest = takewhile(
                lambda row, per_round=per_round: row.state.running and row.stake == per_round,  # type: ignore[misc]
                rows.get(model_id, []),
            )
            complete[model_id] = _complete(facts, list(newest))
    return complete


def _complete(facts: StrategyFacts, there: list[Position]) -> datetime:
    schedule = facts.schedule
    coming = schedule.next_round(facts.now)
    if there and there[0].round >= coming:
        coming = there[0].round + 1
    lacking = schedule.concurrent - len(there)
    return facts.now if lacking <= 0 else schedule.close(coming + lacking - 1)
