"""Fetch everything a ledger wants to know: as little as possible, a few requests at once.

Two waves: the account, rounds, payouts and staking contracts first; what depends on them
(submissions, stake transactions, scores) second.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ledger.clock import Clock
from ledger.domain.coverage import Covered, RoundRanges
from ledger.domain.facts import Price, SyncFacts, SyncProgress
from ledger.domain.model import Model, System, Tournament
from ledger.domain.payout import PayoutState, Performance
from ledger.domain.price import DOLLAR
from ledger.domain.round import Round
from ledger.domain.strategy import SystemReason
from ledger.domain.transaction import STRATEGY_STAKE, StakeTransaction
from ledger.errors import BadAnswer, Unreachable
from ledger.numerai import documents, plan, wire
from ledger.numerai.answers import Reply
from ledger.numerai.claim_list import ClaimList
from ledger.numerai.client import NumeraiClient
from ledger.numerai.day_list import DayList, DaySpan, first_spans
from ledger.numerai.errands import Errand, Errands
from ledger.numerai.plan import Fetched, Known, Span
from ledger.numerai.round_list import RoundList
from ledger.numerai.wire import Problems
from ledger.rules.systems import find_system
from ledger.settings import AtomicSettings

PAGE = 1000
"""Rows of one page of stake transactions."""

MOST_REQUESTS = 20
"""Requests of a sync after the first, beyond which it asks for nothing that can wait."""

_NEWEST_ROUNDS = 3
_BESIDE_SCORES = 6
"""Requests of a sync other than those for scores."""


@dataclass(slots=True)
class _Found:
    """What has come in so far.

    ``open_rounds`` and ``short_of``, by model id: rounds that are not final, and models whose
    older history was asked for and did not come.
    """

    core: Reply | None = None
    extras: Reply | None = None
    account: wire.AccountFacts | None = None
    payout_list: Reply | None = None
    conversion: tuple[Price, ...] = ()
    payouts: dict[tuple[str, int], wire.ListedPayout] = field(default_factory=dict)
    listed: wire.Listed = field(default_factory=wire.Listed)
    transactions: list[StakeTransaction] = field(default_factory=list)
    performances: dict[tuple[str, int], Performance] = field(default_factory=dict)
    open_rounds: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    short_of: set[str] = field(default_factory=set)


def transaction_key(row: StakeTransaction) -> tuple[object, ...]:
    """What tells stake transactions apart; Numerai gives them no id."""
    return (row.model_id, row.round, row.type, row.amount, row.time)


class Gathering:
    """One sync's fetching. Use once: :meth:`run`, then read ``problems``."""

    def __init__(
        self,
        client: NumeraiClient,
        known: Known,
        clock: Clock,
        *,
        history_rounds: int | None,
        on_progress: Callable[[SyncProgress], None],
        stop: threading.Event | None,
        atomic: AtomicSettings | None = None,
        days: Sequence[DaySpan] = (),
    ) -> None:
        self.problems = Problems()
        self._atomic = atomic or AtomicSettings()
        self._known = known
        self._now = clock.now()
        self._history = history_rounds
        self._aliases = client.max_aliases
        self._lessons = client.lessons
        self._found = _Found()
        self._claims = ClaimList(
            {
                tournament: address
                for tournament in Tournament
                if (address := self._atomic.strategy(tournament))
            },
            known.model_by_key,
            self.problems,
        )
        self._unseen = days
        self._days = DayList(self.problems)
        self._rounds = RoundList(known, self._now, self.problems)
        self._errands = Errands(
            client,
            self.problems,
            expected=_BESIDE_SCORES + -(-len(known.fetched) // client.max_aliases),
            on_progress=on_progress,
            stop=stop,
        )

    def run(self) -> SyncFacts:
        """Fetch.

        Raises:
            NumeraiError: something without which there is nothing to keep failed.
            Cancelled: the user stopped.
        """
        self._errands.run(self._first_wave())
        assert self._found.core is not None  # noqa: S101 - its errand is needed
        self._found.account = wire.read_account(
            self._found.core, self._found.extras, self._now, self.problems
        )
        models = {model.id: model for model in self._found.account.models}
        rounds = self._rounds.merged()
        newest = {
            tournament: number
            for tournament, have in rounds.items()
            if (number := plan.current(have.values(), self._now)) is not None
        }
        wanted = plan.spans(
            tuple(models.values()), rounds, self._known.fetched, self._history, self._now
        )
        depth = plan.submission_depth(wanted, self._known, newest, self._now)
        second = list(self._second_wave(models, wanted, rounds, depth))
        second += self._claims.errands(self._found.account.account, models, rounds, self._now)
        self._errands.expect(_BESIDE_SCORES - 2 + len(second))
        self._errands.run(second)
        self._third_wave(models.values())
        return self._facts(self._found.account, rounds, newest, depth)

    def _first_wave(self) -> Iterator[Errand]:
        yield self._rounds.errand(self._history)
        yield Errand("account", documents.ACCOUNT_CORE, self._take_account)
        yield Errand("account details", documents.ACCOUNT_EXTRAS, self._take_extras, needed=False)
        yield Errand("payouts", documents.PAYOUTS, self._take_payouts, needed=False)
        yield Errand(
            "staking contracts",
            documents.STAKING_CONTRACTS,
            self._take_contracts,
            needed=False,
            silent=True,
        )

    def _take_account(self, reply: Reply) -> Iterable[Errand]:
        """Keep the account; an answer without what matters most gets a second chance."""
        try:
            self._keep_account(reply)
        except BadAnswer:
            return [Errand("account", documents.ACCOUNT_CORE, self._keep_account)]
        return ()

    def _take_extras(self, reply: Reply) -> Iterable[Errand]:
        self._found.extras = reply
        return ()

    def _keep_account(self, reply: Reply) -> Iterable[Errand]:
        wire.read_account(reply, None, self._now, Problems())
        self._found.core = reply
        return ()

    def _take_payouts(self, reply: Reply) -> Iterable[Errand]:
        self._found.payout_list = reply
        read = wire.read_listed_payouts(reply, documents.ALIASES, self.problems)
        self._found.payouts = dict(read.payouts)
        return ()

    def _take_contracts(self, reply: Reply) -> Iterable[Errand]:
        contracts = wire.read_staking_contracts(reply, documents.ALIASES, self._now, self.problems)
        self._claims.contracts = contracts
        return ()

    def _second_wave(
        self,
        models: Mapping[str, Model],
        wanted: Iterable[Span],
        rounds: Mapping[Tournament, Mapping[int, Round]],
        depth: int,
    ) -> Iterator[Errand]:
        yield from self._conversion()
        if not models:
            return
        yield self._submissions(models, rounds, depth)
        yield self._transactions(models, offset=0)
        against = {
            tournament: wire.RoundFacts(
                have, self._found.payouts, plan.current(have.values(), self._now)
            )
            for tournament, have in rounds.items()
        }
        for batch in plan.batches(plan.slices(wanted), self._aliases):
            yield self._scores(batch, against)

    def _third_wave(self, models: Iterable[Model]) -> None:
        """Past rounds' daily scores: all with the first sync, then what its budget has room for.

        The first silence ends it: everything else has come, a later sync asks again.
        """
        spans, most = self._unseen, int(self._errands.done < MOST_REQUESTS)
        if not self._known.fetched:
            spans = first_spans(models, self._found.performances.values())
            most = len(spans)
        errands = self._days.errands(spans, self._aliases)[:most]
        self._errands.expect(self._errands.done + len(errands))
        try:
            self._errands.run(errands)
        except Unreachable as silence:
            self.problems.add("daily scores", "answer", silence.what)

    def _conversion(self) -> Iterator[Errand]:
        """The price in the account's own currency, where that is not the one that comes anyway."""
        account = self._found.account
        currency = account.account.currency if account is not None else None
        if currency is None or currency == DOLLAR:
            return

        def take(reply: Reply) -> Iterable[Errand]:
            found = wire.read_conversion(reply, currency, self._now, self.problems)
            self._found.conversion = found
            return ()

        variables = {"currency": currency}
        yield Errand("prices", documents.CURRENCY, take, variables, needed=False, silent=True)

    def _prices(self, account: wire.AccountFacts) -> tuple[Price, ...]:
        listed, found = self._found.payout_list, self._found.conversion
        if listed is not None:
            currency = account.account.currency
            found += wire.read_payout_prices(listed, documents.ALIASES, currency, self._now)
        return account.prices + found

    def _submissions(
        self,
        models: Mapping[str, Model],
        rounds: Mapping[Tournament, Mapping[int, Round]],
        depth: int,
    ) -> Errand:
        def take(reply: Reply) -> Iterable[Errand]:
            self._found.listed = wire.read_submissions(reply, models, rounds, self.problems)
            return ()

        return Errand("submissions", documents.SUBMISSIONS, take, {"rounds": depth}, needed=False)

    def _transactions(self, models: Mapping[str, Model], offset: int) -> Errand:
        """A page of stake transactions, and the next while they are new."""

        def take(reply: Reply) -> Iterable[Errand]:
            page = wire.read_stake_transactions(reply, models, self.problems)
            self._found.transactions.extend(page.rows)
            known = self._known.transactions
            seen = page.newest_first and any(transaction_key(row) in known for row in page.rows)
            if page.size >= PAGE and not seen:
                yield self._transactions(models, offset + PAGE)

        variables = {"modelIds": list(models), "limit": PAGE, "offset": offset}
        return Errand(
            "stake transactions", documents.STAKE_TRANSACTIONS, take, variables, needed=False
        )

    def _scores(
        self,
        batch: tuple[Span, ...],
        against: Mapping[Tournament, wire.RoundFacts],
        *,
        again: bool = False,
    ) -> Errand:
        """Rows of a few models. What is damaged is asked for once more, each model by itself,
        before it is believed: settled rounds are fetched only once, so a passing fault would
        stay for good."""

        def take(reply: Reply) -> Iterable[Errand]:
            if reply.complaints and form != self._lessons.performance_form():
                yield self._scores(batch, against)
                return
            doubtful = []
            for i, span in enumerate(batch):
                problems, facts = Problems(), against[span.model.tournament]
                read = wire.read_performances(reply, f"slice{i}", span.model, facts, problems)
                if problems and not again:
                    doubtful.append(span)
                else:
                    self._keep_performances(span, read)
                    self.problems.take(problems)
            for span in doubtful:
                yield self._scores((span,), against, again=True)

        form = self._lessons.performance_form()
        names = dict.fromkeys(span.model.name for span in batch)
        variables = {
            f"{name}{i}": value
            for i, span in enumerate(batch)
            for name, value in (
                ("model", span.model.id),
                ("tournament", int(span.model.tournament)),
                ("from", span.first),
                ("to", span.last),
                ("limit", span.last - span.first + 1),
                ("last", (against[span.model.tournament].newest or span.last) - span.first + 1),
            )
        }
        stage = f"scores of {', '.join(names)}"
        document = documents.slices(len(batch), form)
        return Errand(stage, document, take, variables, needed=False, spare=True)

    def _keep_performances(self, span: Span, read: wire.Slice) -> None:
        model_id = span.model.id
        if not read.complete:
            self._found.open_rounds[model_id].add(span.first)
            if plan.reaches_back(span, self._known.fetched):
                self._found.short_of.add(model_id)
        for row in read.rows:
            self._found.performances[model_id, row.round] = row
            if row.state is PayoutState.PENDING:
                self._found.open_rounds[model_id].add(row.round)

    def _facts(
        self,
        account: wire.AccountFacts,
        rounds: Mapping[Tournament, Mapping[int, Round]],
        newest: Mapping[Tournament, int],
        depth: int,
    ) -> SyncFacts:
        found = self._found
        systems = self._systems(rounds, newest)
        return SyncFacts(
            account=account.account,
            models=account.models,
            stakes=account.stakes,
            scheduled=account.scheduled,
            systems={tournament: system for tournament, (system, _) in systems.items()},
            reasons={tournament: reason for tournament, (_, reason) in systems.items()},
            strategy=self._claims.news(self._now),
            rounds=self._rounds.new(),
            performances=tuple(found.performances.values()),
            submissions=wire.fill_in(
                found.listed,
                account.models,
                {
                    tournament: [have[n] for n in sorted(have) if n > newest[tournament] - depth]
                    for tournament, have in rounds.items()
                    if tournament in newest
                },
                found.performances,
                self._now,
            ),
            stake_transactions=tuple(found.transactions),
            wallet_transactions=account.wallet_transactions,
            prices=self._prices(account),
            days=tuple(self._days.found),
            covered={
                (Covered.PERFORMANCES, entry.model_id): RoundRanges.span(
                    entry.first_round, entry.final_to or 0
                )
                for entry in self._fetched(account.models, rounds, newest)
            },
            history=True,
        )

    def _fetched(
        self,
        models: Iterable[Model],
        rounds: Mapping[Tournament, Mapping[int, Round]],
        newest: Mapping[Tournament, int],
    ) -> Iterator[Fetched]:
        for model in models:
            latest = newest.get(model.tournament)
            if latest is None:
                continue
            start = plan.history_start(latest, self._history)
            before = self._known.fetched.get(model.id)
            if before is None:
                before = Fetched(model.id, start, None)
            elif model.id in self._found.short_of:
                start = before.first_round
            open_rounds = self._found.open_rounds[model.id]
            yield plan.fetched_now(before, start, rounds[model.tournament], latest, open_rounds)

    def _systems(
        self, rounds: Mapping[Tournament, Mapping[int, Round]], newest: Mapping[Tournament, int]
    ) -> dict[Tournament, tuple[System, SystemReason]]:
        strategies = self._known.strategy_stakes | {
            row.tournament for row in self._found.transactions if row.type == STRATEGY_STAKE
        }
        systems = {}
        for tournament, have in rounds.items():
            latest = newest.get(tournament, 0)
            numbers = range(latest, latest - _NEWEST_ROUNDS, -1)
            systems[tournament] = find_system(
                forced=self._atomic.system(tournament),
                refused=tournament in self._known.moved,
                strategy_stakes=tournament in strategies,
                staking_contract=tournament in self._claims.contracts,
                newest_rounds=[have[number] for number in numbers if number in have],
            )
        return systems
