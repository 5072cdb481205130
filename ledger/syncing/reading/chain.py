"""What the chain says of the strategies, added to what Numerai says; what fails is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING

from ledger.config.settings import AtomicSettings
from ledger.dataclass import dataclass
from ledger.domain.knowledge import Fact
from ledger.domain.model import Tournament
from ledger.domain.syncing.facts import Problem, StrategyNews, SyncFacts
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from ledger.store import Store
    from ledger.syncing.reading.strategies import ChainReader


@dataclass(frozen=True, slots=True)
class ChainNews:
    """What is known of strategies now, and what the chain did not tell.

    ``strategy``: ``None`` where nothing is. ``missing``: by fact and subject, why it is.
    """

    strategy: StrategyNews | None
    problems: tuple[Problem, ...] = ()
    missing: dict[tuple[Fact, str], str] = field(default_factory=dict)


def with_chain(
    step: SyncFacts,
    store: Store,
    atomic: AtomicSettings,
    connect: Callable[[], ChainReader | None],
) -> ChainNews:
    """The strategies of ``step`` with the chain's word on those that ``atomic`` names."""
    if step.strategy is None or not any(map(atomic.strategy, Tournament)):
        return ChainNews(step.strategy)
    try:
        chain = connect()
    except LedgerError as error:
        problem = Problem("chain", "rpc_url", error.what)
        return ChainNews(step.strategy, (problem,), {(Fact.CHAIN, ""): error.what})
    if chain is None:
        return ChainNews(step.strategy)
    from ledger.syncing.reading.strategies import ChainReading

    reading = ChainReading(chain, store, atomic, step)
    news = reading.run(step.strategy)
    missing = {(Fact.CHAIN, problem.field): problem.what for problem in reading.problems}
    return ChainNews(news, tuple(reading.problems), missing)
