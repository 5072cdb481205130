"""One sync's fetching, in waves, each of which leaves a consistent ledger behind.

First the account, rounds, payouts and staking contracts; then what still changes (running rounds,
submissions, transactions, claims); then history, backwards; then past rounds' daily scores. A
line that is cut loses no more than the wave it was in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from ledger.clock import TOLERANCE
from ledger.domain.coverage import NO_ROUNDS, Covered, RoundRanges
from ledger.domain.facts import Problem, Refetch, StrategyNews, SyncFacts, SyncProgress
from ledger.domain.knowledge import Fact, MissingFact
from ledger.domain.model import Model, System, Tournament
from ledger.domain.payout import Performance
from ledger.domain.price import DOLLAR
from ledger.errors import NumeraiError
from ledger.numerai import documents, wire
from ledger.numerai.answers import Reply
from ledger.numerai.wire import Problems
from ledger.settings import AtomicSettings
from ledger.syncing import plan
from ledger.syncing.account import AccountNews, AccountReading
from ledger.syncing.chain import with_chain
from ledger.syncing.claims import ClaimReading
from ledger.syncing.corrections import corrected
from ledger.syncing.days import DayReading, unseen_days
from ledger.syncing.former import read_coverage, read_former
from ledger.syncing.missing import missing_facts, recovered
from ledger.syncing.payouts import PayoutReading
from ledger.syncing.plan import evidence
from ledger.syncing.requests import Request, Requests
from ledger.syncing.rounds import ROUND_FACTS, RoundReading
from ledger.syncing.scores import ScoreReading, TournamentRounds
from ledger.syncing.standing import BELIEVED_AFTER, PERFORMANCE_FACTS
from ledger.syncing.stored import StoredRows
from ledger.syncing.submissions import SubmissionReading
from ledger.syncing.systems import Systems, find_systems
from ledger.syncing.transactions import TransactionReading

if TYPE_CHECKING:
    from ledger.chain_sync import ChainReader
    from ledger.clock import Clock
    from ledger.domain.facts import Price, SyncLog
    from ledger.numerai.client import NumeraiClient
    from ledger.store import Store

MOST_REQUESTS = 20
"""Requests of a sync after the first, beyond which it asks for nothing that can wait."""

_BESIDE_SCORES = 9
"""Requests of a sync other than those for scores."""

_DAYS = Fact.DAILY_SCORES
_ONE_REQUEST = 3
"""Spans of daily scores that one request takes."""

_WAVE = 8
"""Requests for history between two steps into the ledger."""

_FRUITLESS = 2
"""Waves in which nothing became complete, after which history is left to the next sync."""

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


_READ_BY_ROWS = PERFORMANCE_FACTS | ROUND_FACTS | {Fact.ROUNDS}
"""All that rows of performances follow from."""


class SyncRun:
    """One sync. Use once: :meth:`run`, then :meth:`finish` with its log."""

    def __init__(
        self,
        client: NumeraiClient,
        store: Store,
        clock: Clock,
        *,
        history_rounds: int | None,
        on_progress: Callable[[SyncProgress], None],
        stop: threading.Event | None,
        atomic: AtomicSettings,
        chain: Callable[[], ChainReader | None],
        again: Refetch | None = None,
    ) -> None:
        self.problems: list[Problem] = []
        self.rounds_read: set[tuple[Tournament, int]] = set()
        self._client = client
        self._store = store
        self._clock = clock
        self._now = now = clock.now()
        self._atomic = atomic
        self._chain = chain
        self._former = read_former(store)
        self._coverage = read_coverage(store)
        self._stored = StoredRows(store)
        self._requests = Requests(client, on_progress=on_progress, stop=stop)
        if again is not None:
            self._coverage.forget(again, self._former.models.values())
        self._account = AccountReading(self._former, now)
        self._rounds = RoundReading(
            self._former.rounds,
            self._coverage,
            history_rounds=history_rounds,
            now=now,
            seen_missing=self._seen_missing,
        )
        self._payouts = PayoutReading()
        named = {one: address for one in Tournament if (address := atomic.strategy(one))}
        moved = {one for one, system in self._former.systems.items() if system is System.ATOMIC}
        self._claims = ClaimReading(named, self._former.model_by_key, moved)
        self._days = DayReading()
        self._conversion: tuple[Price, ...] = ()
        self._chain_missing: dict[tuple[Fact, str], str] = {}
        self._news: AccountNews | None = None
        self._models: dict[str, Model] = {}
        self._evidence: dict[str, RoundRanges] | None = None
        self._scores: ScoreReading | None = None
        self._submissions: SubmissionReading | None = None
        self._transactions: TransactionReading | None = None

    @property
    def first(self) -> bool:
        """Whether the ledger has never had all of the history that is wanted."""
        return not self._former.state.history

    def run(self) -> None:
        """Fetch, and bring what is complete into the ledger as it comes.

        Raises:
            NumeraiError: something without which there is nothing to keep failed.
            Cancelled: the user stopped. What had come by then is in the ledger.
            StoreError: the ledger could not be written.
        """
        batches = -(-len(self._former.models) // self._client.max_aliases)
        self._requests.expect(_BESIDE_SCORES + batches)
        self._requests.run(self._first_wave())
        self._take_time()
        self._requests.run(self._account.doubts())
        self._news = self._account.conclude()
        self._models = {model.id: model for model in self._news.models}
        self._make_readers()
        if self.first:
            self._store.apply(self._account_step(missing=self._missing(_NOW_FACTS)))
        second = list(self._second_wave())
        self._requests.expect(self._requests.done + len(second))
        self._requests.run(second)
        self._take_back_lacking()
        self._store.apply(self._current_step())
        self._history()
        self._daily_scores()

    def finish(self, log: SyncLog) -> None:
        """Keep what was missing, and the sync's log."""
        assert self._scores is not None and self._submissions is not None  # noqa: S101 - run made them
        again = self._settled_before()
        self._scores.believe_absent(again=again)
        self._submissions.believe_absent(again=again)
        step = SyncFacts(
            days=self._days.drain(),
            covered=self._coverage.altered(),
            missing=missing_facts(
                self._all_missing(), self._former.missing, self._former.as_of, self._now
            ),
            history=True if self._whole_history() else None,
        )
        self._store.apply(step, log)

    def all_problems(self) -> tuple[Problem, ...]:
        """What Numerai and the chain said that could not be used."""
        readers = (
            self._account,
            self._rounds,
            self._payouts,
            self._claims,
            self._days,
            self._submissions,
            self._transactions,
            self._scores,
        )
        said = Problems()
        for reader in readers:
            if reader is not None:
                said.take(reader.problems)
        return (*said, *self.problems)

    # the waves

    def _first_wave(self) -> Iterator[Request]:
        yield self._rounds.request()
        yield from self._account.requests()
        yield self._payouts.request()
        yield self._claims.ask_contracts(self._now)

    def _take_time(self) -> None:
        """Go on by the time that the first answers told, where it is another one."""
        now = self._clock.now()
        if abs(now - self._now) > TOLERANCE:
            self._now = self._account.now = self._rounds.now = now

    def _second_wave(self) -> Iterator[Request]:
        assert self._scores is not None and self._news is not None  # noqa: S101 - made before
        yield from self._currency()
        yield from self._claims.requests(
            self._news.account,
            self._models,
            self._rounds.merged(),
            self._now,
            atomic=self._atomic_tournaments(),
        )
        if not self._models:
            return
        if self._submissions is not None:
            yield from self._submissions.requests(
                {model.id: self._scores.wanted(model) for model in self._models.values()}
            )
        if self._transactions is not None:
            yield self._transactions.request()
        yield from self._scores.running(self._models.values(), self._client.max_aliases)

    def _history(self) -> None:
        """What is not complete yet, a few requests at a time, the newest rounds first."""
        scores = self._scores
        assert scores is not None  # noqa: S101 - made before
        batches = scores.history(self._models.values(), self._client.max_aliases)
        self._requests.expect(self._requests.done + len(batches))
        fruitless = 0
        while batches and (self.first or fruitless < _FRUITLESS):
            wave, batches = batches[:_WAVE], batches[_WAVE:]
            before = self._complete()
            try:
                self._requests.run(map(scores.request, wave))
            finally:
                self._store.apply(self._rows_step())
            fruitless = 0 if self._complete() > before else fruitless + 1
        scores.abandon(batches)
        if not self.first and self._settled_before():
            self._look_for_absent(scores)

    def _look_for_absent(self, scores: ScoreReading) -> None:
        """Ask for what was listed as absent once more, as far as there is room for it."""
        room = max(0, MOST_REQUESTS - self._requests.done)
        batches = scores.absent(self._models.values(), self._client.max_aliases)[:room]
        self._requests.expect(self._requests.done + len(batches))
        self._requests.run(map(scores.request, batches))
        self._store.apply(self._rows_step())

    def _daily_scores(self) -> None:
        """All that are wanted with the first sync, then what the budget of a sync has room for."""
        if not self.first and self._requests.done >= MOST_REQUESTS:
            self._days.keep(self._former.missing)
            return
        form = self._client.lessons.performance_form()
        spans = unseen_days(self._store)
        if not self.first:
            missed = {entry.subject for entry in self._former.missing if entry.fact is _DAYS}
            spans = [span for span in spans if span.model.id in missed] or spans[:_ONE_REQUEST]
        requests = self._days.requests(spans, self._client.max_aliases, form)
        self._requests.expect(self._requests.done + len(requests))
        self._requests.run(requests)

    def _currency(self) -> Iterator[Request]:
        """The price in the account's own currency, where that is not the one that comes anyway."""
        currency = self._news.account.currency if self._news else None
        if currency is None or currency == DOLLAR:
            return

        def take(reply: Reply) -> Iterable[Request]:
            self._conversion = wire.read_conversion(
                reply, currency, self._now, self._payouts.problems
            )
            return ()

        def fail(error: NumeraiError) -> Iterable[Request]:
            return take(Reply.failed(error.what))

        variables = {"currency": currency}
        yield Request("prices", documents.CURRENCY, take, fail, variables)

    # what the waves need

    def _make_readers(self) -> None:
        rounds = self._rounds.merged()
        newest = {
            tournament: number
            for tournament, entries in rounds.items()
            if (number := plan.current(entries.values(), self._now)) is not None
        }
        self._scores = ScoreReading(
            self._coverage,
            {
                tournament: TournamentRounds(
                    rounds[tournament],
                    number,
                    self._rounds.oldest(tournament),
                    plan.ended(rounds[tournament], number),
                )
                for tournament, number in newest.items()
            },
            self._payouts.listed,
            stored=self._stored,
            expected=self._expected,
            lacking=self._rounds.lacking(),
            seen_missing=self._seen_missing,
            lessons=self._client.lessons,
        )
        self._submissions = SubmissionReading(
            self._models,
            rounds,
            newest,
            self._coverage,
            self._now,
            unsure={
                subject
                for fact, subject in self._account.missing
                if fact is Fact.ARCHIVED and subject not in self._former.models
            },
        )
        self._transactions = TransactionReading(
            self._models, self._former.transactions, whole=self._former.state.transactions
        )

    def _expected(self, model: Model) -> RoundRanges:
        """Rounds in which every other list shows the model."""
        if self._evidence is None:
            rows = self._transactions.rows if self._transactions else ()
            listed = self._submissions.listed if self._submissions else {}
            self._evidence = evidence(
                self._payouts.listed, (*self._former.transactions, *rows), listed.values()
            )
        return self._evidence.get(model.id, NO_ROUNDS)

    def _take_back_lacking(self) -> None:
        """Where Numerai takes again what it refused for a while, past rows are asked for anew."""
        missing = self._all_missing()
        facts = {entry.fact for entry in recovered(missing, self._former.missing)}
        still = {fact for fact, _ in missing}
        if facts & _READ_BY_ROWS and not still & _READ_BY_ROWS:
            for model_id in self._models:
                self._coverage.take_back(
                    Covered.PERFORMANCES, Covered.LACKING_PERFORMANCES, model_id
                )
        if facts & ROUND_FACTS and not still & ROUND_FACTS:
            for tournament in Tournament:
                subject = str(int(tournament))
                self._coverage.take_back(Covered.ROUNDS, Covered.LACKING_ROUNDS, subject)

    def _complete(self) -> int:
        return sum(
            len(self._coverage.of(Covered.PERFORMANCES, model_id)) for model_id in self._models
        )

    def _seen_missing(self, fact: Fact, subject: str) -> bool:
        entry = self._former.missing.of(fact, subject)
        return entry is not None and self._now - entry.since >= BELIEVED_AFTER

    def _settled_before(self) -> bool:
        """Whether the sync before is long enough ago to be a second witness."""
        as_of = self._former.as_of
        return as_of is not None and self._now - as_of >= BELIEVED_AFTER

    # steps into the ledger

    def _account_step(self, missing: tuple[MissingFact, ...] | None = None) -> SyncFacts:
        """The account and the rounds as they are now."""
        news = self._news
        assert news is not None  # noqa: S101 - concluded before
        systems = self._systems()
        return SyncFacts(
            account=news.account,
            models=news.models,
            stakes=news.stakes,
            scheduled=news.scheduled,
            systems={tournament: system for tournament, (system, _) in systems.items()},
            reasons={tournament: reason for tournament, (_, reason) in systems.items()},
            rounds=self._rounds.new(),
            wallet_transactions=news.wallet_transactions,
            prices=news.prices,
            covered=self._coverage.altered(),
            missing=missing,
        )

    def _current_step(self) -> SyncFacts:
        """What still changes: the account, running rounds, submissions, transactions, claims."""
        scores, transactions = self._scores, self._transactions
        assert scores is not None and transactions is not None  # noqa: S101 - made before
        rows = self._rows_step()
        self._contradict()
        self._claims.lack(self._atomic_tournaments(), self._now)
        account = self._account_step()
        step = replace(
            account,
            performances=rows.performances,
            corrections=rows.corrections,
            submissions=rows.submissions,
            covered={**account.covered, **rows.covered},
            stake_transactions=tuple(transactions.rows),
            transactions=transactions.complete if self._models else None,
            prices=self._prices(),
            strategy=self._strategy(),
        )
        told = with_chain(step, self._store, self._atomic, self._chain)
        self._chain_missing = told.missing
        self.problems += told.problems
        step = replace(step, strategy=told.strategy)
        return replace(step, missing=self._missing(frozenset(Fact) - {Fact.PERFORMANCES}))

    def _rows_step(self) -> SyncFacts:
        """The rows that came since the last step, with what they show of submissions."""
        scores, submissions = self._scores, self._submissions
        assert scores is not None and submissions is not None  # noqa: S101 - made before
        self._evidence = None
        rows, pairs = scores.drain()
        self.rounds_read |= {(row.tournament, row.round) for row in rows}
        listed = submissions.drain()
        lost = frozenset(scores.problems.missing)
        paid = self._paid_again(rows)
        return SyncFacts(
            performances=(*rows, *(row for _, row in paid)),
            corrections=corrected([*pairs, *paid], self._now),
            submissions=(*listed, *submissions.of_rows(rows, lost)),
            covered=self._coverage.altered(),
        )

    def _paid_again(
        self, rows: Iterable[Performance]
    ) -> tuple[tuple[Performance, Performance], ...]:
        fresh = {(row.model_id, row.round) for row in rows}
        return tuple(self._payouts.settled_again(self._models, self._stored, fresh))

    def _prices(self) -> tuple[Price, ...]:
        assert self._news is not None  # noqa: S101 - concluded before
        prices = self._news.prices + self._conversion
        if self._payouts.reply is not None:
            prices += wire.read_payout_prices(
                self._payouts.reply, documents.ALIASES, self._news.account.currency, self._now
            )
        return prices

    def _strategy(self) -> StrategyNews:
        """What is known of strategies; claims that are suddenly gone wait for a second witness."""
        news = self._claims.news(self._now)
        claims = dict(news.claims)
        for tournament, listed in news.claims.items():
            subject = str(int(tournament))
            if listed or not self._store.strategies.claims(tournament):
                continue
            if not self._claimed_since(tournament) and not self._seen_missing(Fact.CLAIMS, subject):
                del claims[tournament]
                self._claims.problems.lacks(Fact.CLAIMS, subject, "The list is suddenly empty.")
        return replace(news, claims=claims)

    def _claimed_since(self, tournament: Tournament) -> bool:
        """Whether a round has closed since claims were last read: Numerai claims all that waits
        when it stakes anew."""
        read = self._store.strategies.claims_read().get(tournament)
        return read is not None and any(
            entry.closes_staking is not None and read < entry.closes_staking <= self._now
            for entry in self._rounds.merged()[tournament].values()
        )

    def _contradict(self) -> None:
        """A stake that is not told although the model's running rounds have NMR at risk is not
        told, whatever null may mean."""
        assert self._news is not None and self._scores is not None  # noqa: S101 - made before
        staked = {stake.model_id for stake in self._news.stakes}
        systems = self._systems()
        for model_id in self._scores.staked - staked:
            model = self._models[model_id]
            if systems[model.tournament][0] is System.CONTINUOUS:
                for fact in (Fact.STAKE, Fact.PENDING, Fact.PROJECTED_STAKE):
                    why = "Numerai tells no stake, but the running rounds have NMR at risk."
                    self._account.missing.setdefault((fact, model_id), why)

    def _atomic_tournaments(self) -> set[Tournament]:
        return {one for one, (system, _) in self._systems().items() if system is System.ATOMIC}

    def _systems(self) -> Systems:
        rows = self._transactions.rows if self._transactions else ()
        return find_systems(
            self._former,
            self._rounds.merged(),
            rows,
            contracts=self._claims.contracts,
            forced=self._atomic.system,
            now=self._now,
        )

    # what is missing

    def _all_missing(self) -> dict[tuple[Fact, str], str]:
        """Everything that was asked for and not told."""
        missing = dict(self._account.missing)
        for reader in (
            self._rounds,
            self._payouts,
            self._claims,
            self._days,
            self._submissions,
            self._transactions,
        ):
            missing |= dict(reader.missing()) if reader is not None else {}
        if self._scores is not None:
            missing |= self._scores.problems.missing
            for model_id, why in self._scores.lost():
                missing[Fact.PERFORMANCES, model_id] = why
        return missing | self._chain_missing

    def _missing(self, asked: frozenset[Fact]) -> tuple[MissingFact, ...]:
        """What is missing so far; what is not ``asked`` for yet stays as it was."""
        missing = {key: why for key, why in self._all_missing().items() if key[0] in asked}
        missing |= {
            (entry.fact, entry.subject): entry.why
            for entry in self._former.missing
            if entry.fact not in asked
        }
        return missing_facts(missing, self._former.missing, self._former.as_of, self._now)

    def _whole_history(self) -> bool:
        """Whether all of the history that is wanted is here, but for what has been acknowledged."""
        if not self._models:
            return True
        accepted = {entry.fact for entry in self._former.missing if entry.acknowledged}
        lacking = {
            fact
            for fact, _ in self._all_missing()
            if fact in {Fact.ROUNDS, Fact.PERFORMANCES, Fact.STAKE_TRANSACTIONS}
        }
        return lacking <= accepted
