"""What one sync has read so far, as steps that each leave a consistent ledger behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.config.settings import AtomicSettings
from ledger.domain.knowledge import Fact, MissingFact
from ledger.domain.model import System, Tournament
from ledger.domain.rounds.performance import Performance
from ledger.domain.syncing.facts import Price, StrategyNews, SyncFacts
from ledger.numerai import documents, wire
from ledger.syncing.reading.chain import with_chain
from ledger.syncing.reading.corrections import corrected
from ledger.syncing.readings import Readings
from ledger.syncing.standing import PERFORMANCE_FACTS

if TYPE_CHECKING:
    from ledger.store import Store
    from ledger.syncing.reading.strategies import ChainReader

_NOW_FACTS = (
    frozenset(Fact)
    - PERFORMANCE_FACTS
    - {
        Fact.PERFORMANCES,
        Fact.SUBMISSIONS,
        Fact.STAKE_TRANSACTIONS,
        Fact.CURRENCY_PRICE,
        Fact.CLAIMS,
        Fact.STAKE_ROUNDS,
        Fact.DAILY_SCORES,
        Fact.CHAIN,
    }
)
"""What the first wave asks for."""


class Steps:
    """Makes the steps. ``rounds_read`` are the rounds of which rows came; ``conversion`` is the
    price in the account's own currency, where that is not the one that comes anyway."""

    def __init__(
        self,
        readings: Readings,
        store: Store,
        atomic: AtomicSettings,
        chain: Callable[[], ChainReader | None],
    ) -> None:
        self.rounds_read: set[tuple[Tournament, int]] = set()
        self.conversion: tuple[Price, ...] = ()
        self._read = readings
        self._store = store
        self._atomic = atomic
        self._chain = chain

    def now(self) -> SyncFacts:
        """The account and the rounds, before anything else is asked."""
        return self._account(missing=self._read.missing_facts(_NOW_FACTS))

    def current(self) -> SyncFacts:
        """What still changes: the account, running rounds, submissions, transactions, claims."""
        transactions = self._read.transactions
        self._read.hear_again()
        rows = self.rows()
        paid = self._paid_again(rows.performances)
        self._contradict()
        self._read.claims.lack(self._read.atomic_tournaments(), self._read.now)
        account = self._account()
        step = replace(
            account,
            performances=(*rows.performances, *(row for _, row in paid)),
            corrections=(*rows.corrections, *corrected(paid, self._read.now)),
            submissions=rows.submissions,
            covered={**account.covered, **rows.covered},
            stake_transactions=tuple(transactions.rows),
            transactions=transactions.complete if self._read.models else None,
            prices=self._prices(),
            strategy=self._strategy(),
        )
        chain_facts = with_chain(step, self._store, self._atomic, self._chain)
        self._read.chain_missing = chain_facts.missing
        self._read.chain_problems = chain_facts.problems
        step = replace(step, strategy=chain_facts.strategy)
        return replace(
            step, missing=self._read.missing_facts(frozenset(Fact) - {Fact.PERFORMANCES})
        )

    def rows(self) -> SyncFacts:
        """The rows that came since the last step, with what they show of submissions."""
        scores, submissions = self._read.scores, self._read.submissions
        rows, pairs = scores.drain()
        self.rounds_read |= {(row.tournament, row.round) for row in rows}
        listed = submissions.drain()
        lost = frozenset(scores.problems.missing)
        return SyncFacts(
            performances=tuple(rows),
            corrections=corrected(pairs, self._read.now),
            submissions=(*listed, *submissions.of_rows(rows, lost)),
            covered=self._read.coverage.altered(),
        )

    def _account(self, missing: tuple[MissingFact, ...] | None = None) -> SyncFacts:
        """The account and the rounds as they are now."""
        news = self._read.news
        systems = self._read.systems()
        return SyncFacts(
            account=news.account,
            models=news.models,
            stakes=news.stakes,
            scheduled=news.scheduled,
            systems={tournament: system for tournament, (system, _) in systems.items()},
            reasons={tournament: reason for tournament, (_, reason) in systems.items()},
            rounds=self._read.rounds.new(),
            wallet_transactions=news.wallet_transactions,
            prices=news.prices,
            covered=self._read.coverage.altered(),
            missing=missing,
        )

    def _paid_again(
        self, rows: Iterable[Performance]
    ) -> tuple[tuple[Performance, Performance], ...]:
        fresh = {(row.model_id, row.round) for row in rows}
        read = self._read
        return tuple(read.payouts.settled_again(read.models, read.stored, fresh))

    def _prices(self) -> tuple[Price, ...]:
        prices, listed = self._read.news.prices + self.conversion, self._read.payouts.reply
        if listed is not None:
            currency = self._read.news.account.currency
            prices += wire.read_payout_prices(listed, documents.ALIASES, currency, self._read.now)
        return prices

    def _strategy(self) -> StrategyNews:
        """What is known of strategies; claims that are suddenly gone wait for a second witness."""
        news = self._read.claims.news(self._read.now)
        claims = dict(news.claims)
        for tournament, listed in news.claims.items():
            subject = str(int(tournament))
            if listed or not self._store.strategies.claims(tournament):
                continue
            if self._claimed_since(tournament) or self._read.missing_before(Fact.CLAIMS, subject):
                continue
            del claims[tournament]
            self._read.claims.problems.lacks(Fact.CLAIMS, subject, "The list is suddenly empty.")
        return replace(news, claims=claims)

    def _claimed_since(self, tournament: Tournament) -> bool:
        """Whether a round has closed since claims were last read: Numerai claims all that waits
        when it stakes anew."""
        read = self._store.strategies.claims_read().get(tournament)
        return read is not None and any(
            entry.closes_staking is not None and read < entry.closes_staking <= self._read.now
            for entry in self._read.rounds.merged()[tournament].values()
        )

    def _contradict(self) -> None:
        """A stake that is not told although the model's running rounds have NMR at risk is not
        told, whatever null may mean."""
        staked = {stake.model_id for stake in self._read.news.stakes}
        systems = self._read.systems()
        for model_id in self._read.scores.staked - staked:
            model = self._read.models[model_id]
            if systems[model.tournament][0] is System.CONTINUOUS:
                for fact in (Fact.STAKE, Fact.PENDING, Fact.PROJECTED_STAKE):
                    why = "Numerai tells no stake, but the running rounds have NMR at risk."
                    self._read.account.missing.setdefault((fact, model_id), why)
